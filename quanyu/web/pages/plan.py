"""`/plan/text/`, `/plan/conflicts/`, `/plan/technologies/`, `/tasks/`: the plan as written, and what it leaves open."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from quanyu.decisions import reads as decisions
from quanyu.pagekit import format
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, Table, respond
from quanyu.people.reads import banner
from quanyu.plan.access import needs
from quanyu.plan.reads import registry
from quanyu.web import tasks as ledger
from quanyu.web.conflicts import Conflicts, Finding
from quanyu.web.text import PlanText


@needs("plan")
def text(request: HttpRequest) -> HttpResponse:
    judged = decisions.assessment(request.GET.get("period") or None)
    context = {"text": PlanText(registry(), judged), "periods": decisions.assessments()}
    return render(request, "web/plan_text.html", context)


def _conflicts(request: HttpRequest) -> Conflicts:
    return Conflicts(registry(), timezone.localdate(), request.GET.get("show", ""))


@needs("conflicts")
def conflicts(request: HttpRequest) -> HttpResponse:
    return render(request, "web/conflicts.html", {"conflicts": _conflicts(request)})


@needs("conflicts")
def conflicts_file(request: HttpRequest, suffix: str) -> HttpResponse:
    def said(found: Finding, n: int) -> str:
        return f"{found.quotes[n].figure}（{found.quotes[n].where}）" if n < len(found.quotes) else ""

    table = Table(
        [
            Column(_("编号"), lambda c: c.problem.code, width=8),
            Column(_("事项"), lambda c: c.subject, width=28),
            Column(_("问题"), lambda c: c.problem.message, width=60),
            Column(_("说法一"), lambda c: said(c, 0), width=40),
            Column(_("说法二"), lambda c: said(c, 1), width=40),
            Column(_("其余说法"), lambda c: "；".join(said(c, n) for n in range(2, len(c.quotes))), width=40),
            Column(_("裁定值"), lambda c: c.ruled_value, width=14),
            Column(_("裁定依据"), lambda c: c.ruling.because if c.ruling else "", width=40),
            Column(_("裁定人"), lambda c: tr(c.ruling.by) if c.ruling else "", width=20),
            Column(_("裁定日期"), lambda c: c.ruling.on if c.ruling else None, absent=_("待裁定"), width=14),
        ],
        _conflicts(request).listed,
        _("口径待核"),
    )
    return respond(table, _("口径待核"), suffix, banner())


@needs("conflicts")
def ruling_draft(request: HttpRequest, code: str, subject: str) -> HttpResponse:
    """The ruling to be filled in, as a YAML file for `rulings/`."""
    found = _conflicts(request).find(code, subject)
    if found is None:
        raise Http404
    response = HttpResponse(found.draft, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{code.lower()}-{subject}.yaml"'
    return response


@needs("plan")
def technologies(request: HttpRequest) -> HttpResponse:
    known = registry()
    fields = [(t, ledger.cited(t.cites)) for t in ledger.as_printed(known.technologies.values())]
    strategies = [(s, ledger.cited(s.cites)) for s in known.strategies.values()]
    return render(request, "web/technologies.html", {"fields": fields, "strategies": strategies})


@needs("plan")
def technologies_file(request: HttpRequest, suffix: str) -> HttpResponse:
    rows = [(t, item) for t in ledger.as_printed(registry().technologies.values()) for item in t.items]
    table = Table(
        [
            Column(_("领域"), lambda r: tr(r[0].label), width=28),
            Column(_("关键技术"), lambda r: tr(r[1]), width=60),
            Column(_("出处"), lambda r: ledger.cited(r[0].cites), width=20),
        ],
        rows,
        _("技术目录"),
    )
    return respond(table, _("技术目录"), suffix, banner())


@needs("tasks")
def tasks(request: HttpRequest) -> HttpResponse:
    judged = decisions.assessment()
    found = ledger.Ledger(ledger.task_lines(registry(), judged))
    context = {"desk": ledger.desk(request.GET, found), "ledger": found, "judged": judged}
    return render(request, "web/tasks.html", context)


@needs("tasks")
def tasks_file(request: HttpRequest, suffix: str) -> HttpResponse:
    judged = decisions.assessment()
    desk = ledger.desk(request.GET, ledger.Ledger(ledger.task_lines(registry(), judged)))
    return respond(desk.table(), f"{_('任务台账')}-{format.period(judged.period)}", suffix, banner())


@needs("tasks")
def task(request: HttpRequest, key: str) -> HttpResponse:
    lines = ledger.task_lines(registry(), decisions.assessment())
    found = next((line for line in lines if line.key == key), None)
    if found is None:
        raise Http404
    near = {n.number: n for n in lines}
    context = {"line": found, "previous": near.get(found.number - 1), "next": near.get(found.number + 1),
               "beside": [n for n in lines if n.task.section == found.task.section and n is not found]}  # fmt: skip
    return render(request, "web/task.html", context)
