"""`/plan/text/`, `/plan/conflicts/`, `/plan/technologies/`, `/tasks/`: the plan as written, and what it leaves open."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from quanyu.casework import reads as cases
from quanyu.decisions import reads as decisions
from quanyu.decisions.models import Directive
from quanyu.decisions.reads import supervision
from quanyu.pagekit.desk import Desk
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, Table, respond
from quanyu.people.models import User
from quanyu.people.reads import banner, history
from quanyu.plan.access import needs, permit_of
from quanyu.plan.reads import registry
from quanyu.web import tasks as ledger
from quanyu.web.board import Board, board
from quanyu.web.board import desk as ledger_desk
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

    table = Table([
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
    ], _conflicts(request).listed, _("口径待核"))  # fmt: skip
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
    table = Table([
        Column(_("领域"), lambda r: tr(r[0].label), width=28),
        Column(_("关键技术"), lambda r: tr(r[1]), width=60),
        Column(_("出处"), lambda r: ledger.cited(r[0].cites), width=20),
    ], rows, _("技术目录"))  # fmt: skip
    return respond(table, _("技术目录"), suffix, banner())


def _board(request: HttpRequest) -> tuple[Board, Desk]:
    """The ledger as this person may use it: items they may open lead to the case, the others to the task."""
    user, on, permit = request.user, timezone.localdate(), permit_of(request)
    assert isinstance(user, User)
    everywhere, posts = permit.everywhere("cases"), cases.seats_of(user, on)

    def sees(d: Directive) -> bool:
        seats = [(d.lead_role, d.lead_id), *((role, organisation) for role, organisation in d.supports)]
        return everywhere or d.case.opened_by_id == user.pk or any(cases.fits(seat, posts) for seat in seats)

    held = board(registry(), decisions.assessment(), on, sees)
    return held, ledger_desk(request.GET, held, on, picks=permit.may("order"))


@needs("tasks")
def tasks(request: HttpRequest, suffix: str = "") -> HttpResponse:
    held, desk = _board(request)
    if suffix:
        return respond(desk.table(), f"{desk.title}-{timezone.localdate():%Y%m%d}", suffix, banner())
    return render(request, "web/tasks.html", {"desk": desk, "board": held, "plan": registry().plan})


@needs("tasks")
def task(request: HttpRequest, key: str) -> HttpResponse:
    lines = ledger.task_lines(registry(), decisions.assessment())
    found = next((line for line in lines if line.key == key), None)
    if found is None:
        raise Http404
    near = {n.number: n for n in lines}
    rows = [r for r in _board(request)[0].rows if r.directive and r.directive.task == key]
    told = [(r, supervision.steps(r.directive.case, history(r.directive.case.tag))) for r in rows if r.directive]
    context = {"line": found, "previous": near.get(found.number - 1), "next": near.get(found.number + 1), "told": told,
               "beside": [n for n in lines if n.task.section == found.task.section and n is not found]}  # fmt: skip
    return render(request, "web/task.html", context)
