"""`/orders/`: an order from a lamp or a task, several of the plan's tasks put under supervision at once, slips."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST

from quanyu.casework.models import Case
from quanyu.casework.reads import may_see
from quanyu.decisions import reads as decisions
from quanyu.decisions.acts import supervision as acts
from quanyu.decisions.models import Directive
from quanyu.decisions.reads import supervision as reads
from quanyu.decisions.reads.promises import Promise, promise
from quanyu.measures.periods import day
from quanyu.pagekit import format
from quanyu.pagekit.documents import Paper, answer, awaited
from quanyu.people.reads import banner
from quanyu.plan.access import needs, permit_of, reader
from quanyu.plan.reads import registry
from quanyu.registry.model import Registry, Task
from quanyu.registry.problem import Refused

CHINESE = "zh-hans"


@needs("order")
def order(request: HttpRequest) -> HttpResponse:
    """交办: one matter handed to one unit with a day; the lamp it came from stands beside the short form."""
    known, refusal = registry(), None
    lit, task = _about(known, request.GET)
    about = {"task": task.key if task else "", "indicator": lit.key if lit else ""}
    supports = task.supports if task else lit.indicator.supports if lit else ()
    given = _prefilled(known, lit, task) | request.POST.dict()
    if request.method == "POST":
        title = task.label.zh if task else lit.indicator.label.zh if lit else given.get("title", "")
        try:
            if given["lead"] not in reads.units(known):
                raise Refused("还没有选牵头单位。", "请选择由哪个单位牵头。")
            made = acts.set_up(
                title, given["requirement"], lead=reads.seat_of(known, given["lead"]), by=reader(request),
                due_on=day(given["due_on"], "完成期限"), at=timezone.now(), note=given["note"],
                supports=[reads.seat_of(known, r) for r in supports], **about,
            )  # fmt: skip
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("已发出：%(case)s。") % {"case": made.case})
            return redirect("case", made.pk)
    context = {
        "lit": lit, "task": task, "given": given, "refusal": refusal, "held": reads.open_about(**about),
        "units": reads.units(known).items(), "term": reads.order_term(known),
        "supports": [reads.units(known).get(role, role) for role in supports],
    }  # fmt: skip
    return render(request, "decisions/directive_order.html", context, status=409 if refusal else 200)


def _about(known: Registry, asked: Any) -> tuple[Promise | None, Task | None]:
    """The indicator and the task an order is about: either brings the other where the plan ties them."""
    key, task = asked.get("indicator", ""), known.tasks.get(asked.get("task", ""))
    if (key and key not in known.indicators) or (asked.get("task") and task is None):
        raise Http404
    task = task or next((t for t in known.tasks.values() if key and key in t.indicators), None)
    key = key or next(iter(task.indicators if task else ()), "")
    judged = decisions.assessment() if key else None
    return promise(known, judged, key) if judged and key in judged.verdicts else None, task


def _prefilled(known: Registry, lit: Promise | None, task: Task | None) -> dict[str, str]:
    """What the form says before anybody touched it: the gap as something to do, who leads, the usual term."""
    asked = reads.requirement_of(known, task) if task else ""
    with override(CHINESE):
        if lit and lit.todo:
            now = f"现值 {lit.value}{lit.unit_text}（{lit.value_period}）"
            asked = f"{lit.name}：{'，'.join(filter(None, (now, lit.ahead, lit.todo)))}。请拿出措施，按期补上差距。"
    lead = (lit.indicator.owner if lit else "") or (task.lead if task else "")
    return {"requirement": asked, "lead": lead, "due_on": reads.order_day(known, timezone.localdate()), "note": ""}


@needs("order")
def batch(request: HttpRequest) -> HttpResponse:
    """批量立项: what will happen to each chosen task, and then it does, all or none."""
    known, on, user, refusal = registry(), timezone.localdate(), reader(request), None
    tasks = [known.task_on(key, on) for key in dict.fromkeys(request.GET.getlist("task")) if key in known.tasks]
    if not tasks:
        messages.error(request, _("还没有勾选任务。请在台账里勾选“未立项”的任务，再点批量立项。"))
        return redirect(reverse("tasks") + "?state=new")
    passed = [t for t in tasks if t.due_on is None or t.due_on <= on]
    given = {"days": "one" if passed else "own", "due_on": reads.order_day(known, on), "note": ""} | request.POST.dict()
    if request.method == "POST":
        try:
            due_on = day(given["due_on"], "完成期限") if given["days"] == "one" else None
            keys = [t.key for t in tasks]
            made = acts.set_up_tasks(keys, due_on=due_on, by=user, at=timezone.now(), note=given["note"])
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("已立项 %(n)s 项。") % {"n": len(made)})
            return redirect("tasks")
    rows = [(t, reads.units(known).get(t.lead, ""), t in passed) for t in tasks]
    direct = reads.goes_out_at_once(known, user, on)
    context = {"rows": rows, "passed": passed, "given": given, "refusal": refusal, "direct": direct}
    return render(request, "decisions/directive_batch.html", context, status=409 if refusal else 200)


@require_POST
@needs("order")
def slip(request: HttpRequest, pk: int) -> HttpResponse:
    """A slip sent by hand."""
    case = get_object_or_404(Case, pk=pk, type=reads.KIND)
    _demand_sight(request, case)
    sent = acts.send_slip(case, request.POST.get("slip", ""), by=reader(request), at=timezone.now())
    messages.success(request, _("已发 %(number)s。") % {"number": sent.number})
    return redirect("case", pk)


def _demand_sight(request: HttpRequest, case: Case) -> None:
    everywhere = permit_of(request).everywhere("cases")
    if not may_see(case, reader(request), timezone.localdate(), everywhere=everywhere):
        raise PermissionDenied(_("这件事项只对经办各方开放。"))


@needs("tasks")
def slips(request: HttpRequest) -> HttpResponse:
    """督办单（Word） of the matters chosen, or of all that are overdue when none is."""
    chosen, on = [int(pk) for pk in request.GET.getlist("case") if pk.isdecimal()], timezone.localdate()
    found = list(reads.directives().filter(pk__in=chosen)) if chosen else reads.overdue_directives(on)
    for held in found:
        _demand_sight(request, held.case)
    if not found:
        messages.error(request, _("没有逾期的督办事项。要为其他事项生成督办单，请先在台账里勾选。"))
        return redirect("tasks")
    with override(CHINESE):
        paper = _paper(found, registry(), on)
    return answer(paper, f"督办单-{found[0].case.number}" + ("等" if len(found) > 1 else ""))


def _paper(found: list[Directive], known: Registry, on: dt.date) -> Paper:
    """督办单 in the layout of official papers: one matter, or several under numbered headings."""
    one, last = found[0], found[0].slips.last() if len(found) == 1 else None
    title = known.slips[last.slip].title.zh if last and last.slip in known.slips else "督办单"
    paper = Paper(
        title, to="、".join(dict.fromkeys(reads.lead_words(d, known) for d in found)), banner=banner(),
        number=_number(one) if len(found) == 1 else "", sign=settings.QUANYU_SITE_HOST or awaited("签发单位"), on=on,
    )  # fmt: skip
    for d in found:
        if len(found) > 1:
            paper.heading(1, d.case.title)
        paper.table(["项目", "内容"], _rows(d, known), widths=[30, 126], align="ll")
    paper.paragraph("请按要求抓紧办理，按时反馈进展；办结后在系统中申请销号。")
    return paper


def _number(d: Directive) -> str:
    return next((s.number for s in reversed(d.slips.all())), d.case.number)


def _rows(d: Directive, known: Registry) -> list[list[str | None]]:
    clerk = d.case.opened_by
    phone = settings.QUANYU_SITE_PHONE or (clerk.phone if clerk else "") or awaited("联系电话")
    return [
        ["单号", _number(d)],
        ["督办事项", d.case.title],
        ["规划出处", reads.source_words(d, known)],
        ["办理要求", d.requirement],
        ["牵头单位", reads.lead_words(d, known)],
        ["配合单位", reads.supports_words(d, known)],
        ["挂点领导", d.in_charge or awaited("挂点领导")],
        ["完成期限", format.date(d.due_on)],
        ["当前进度", f"{d.shown_progress}%"],
        ["联系人", "，".join(filter(None, (str(clerk or ""), phone)))],
    ]


urls = [
    path("orders/new/", order, name="order"),
    path("orders/batch/", batch, name="order_batch"),
    path("orders/slips.docx", slips, name="slips"),
    path("orders/<int:pk>/slip/", slip, name="send_slip"),
]
