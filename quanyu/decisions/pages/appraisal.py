"""`/appraisals/`: the year-end appraisal of units, each point down to the fact it rests on."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quanyu.casework.reads import fits, seats_of
from quanyu.decisions.acts import appraisal as acts
from quanyu.decisions.models import Appraisal
from quanyu.decisions.reads import appraisal as reads
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, Table, respond
from quanyu.people.reads import banner
from quanyu.plan.access import demand, needs, permit_of
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused


@needs("appraisal")
def appraisals(request: HttpRequest) -> HttpResponse:
    """All appraisals; the office starts one for a year that has closed."""
    refusal, given = None, request.POST
    if request.method == "POST":
        demand(request, "amend")
        try:
            year = int(given.get("year", ""))
            made = acts.appraise(given.get("scheme", ""), year, by=request.user, at=timezone.now())
            return redirect("appraisal", made.pk)
        except ValueError:
            refusal = Refused(_("年度应是四位数的年份。"))
        except Refused as refused:
            refusal = refused
    last = timezone.localdate().year - 1
    context = {
        "appraisals": reads.appraisals(), "schemes": reads.schemes(), "refusal": refusal, "given": given,
        "may": permit_of(request).may("amend"), "year": min(last, registry().plan.ends_on.year),
    }  # fmt: skip
    return render(request, "decisions/appraisals.html", context, status=409 if refusal else 200)


@needs("appraisal")
def appraisal(request: HttpRequest, pk: int) -> HttpResponse:
    made = get_object_or_404(reads.appraisals(), pk=pk)
    seats = seats_of(request.user, timezone.localdate())
    sheets = reads.sheets(made)
    open_to = made.case.state == "announced"
    mine = {s.role.key for s in sheets if open_to and fits((s.role.key, s.seat.pk if s.seat else None), seats)}
    context = {
        "made": made, "scheme": reads.scheme_of(made), "sheets": sheets, "mine": mine,
        "objections": reads.objections(made), "may": permit_of(request).may("amend") and made.frozen_at is None,
        "state": registry().case_types[reads.KIND].states[made.case.state].label, "refusal": None,
    }  # fmt: skip
    return render(request, "decisions/appraisal.html", context)


@needs("appraisal")
def appraisal_file(request: HttpRequest, pk: int, suffix: str) -> HttpResponse:
    made = get_object_or_404(reads.appraisals(), pk=pk)
    rows = [(sheet, told) for sheet in reads.sheets(made) for told in sheet.lines]
    table = Table(
        [
            Column(_("单位"), lambda r: r[0].seat.name if r[0].seat else tr(r[0].role.label), width=30),
            Column(_("考核项目"), lambda r: tr(r[1].item.label) if r[1].item else _("异议调整"), width=24),
            Column(_("指标"), lambda r: tr(r[1].indicator.label) if r[1].indicator else "", width=30),
            Column(_("基础分"), lambda r: r[1].line.base, width=10),
            Column(_("得分"), lambda r: r[1].line.points, width=10),
            Column(_("计分说明"), lambda r: tr(r[1].line.told), width=60),
            Column(_("总分"), lambda r: Decimal(r[0].total) if r[0].total else None, width=10),
            Column(_("等次"), lambda r: tr(r[0].grade.label) if r[0].grade else "", width=10),
        ],
        rows, title=str(made.case.title),
    )  # fmt: skip
    return respond(table, str(made.case.title), suffix, banner())


@require_POST
@needs("appraisal")
def appraisal_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """What is done to a result: a unit objects; the office adds a line decided on an objection, or a veto."""
    made, given, by, at = get_object_or_404(Appraisal, pk=pk), request.POST, request.user, timezone.now()
    role = given.get("role", "")
    if act == "object":
        form = {name: given.get(name, "") for name in ("reason", "wanted")}
        return redirect("case", acts.object_to(made, role, form, by=by, at=at).pk)
    demand(request, "amend")
    if act == "adjust":
        objection = get_object_or_404(reads.objections(made), pk=given.get("objection"), phase="done")
        try:
            points = Decimal(given.get("points", ""))
        except ArithmeticError:
            raise Refused(_("分数应是一个数。"), _("加分写 1.5，扣分写 -1.5。")) from None
        because = given.get("because", "")
        acts.adjust(made, objection.subject.rsplit(":", 1)[-1], points, because, objection, by=by, at=at)
    elif act == "veto":
        acts.veto(made, role, given.get("veto", ""), given.get("evidence", ""), by=by, at=at)
    else:
        acts.recompute(made, by=by, at=at)
    return redirect("appraisal", pk)


urls = [
    path("appraisals/", appraisals, name="appraisals"),
    path("appraisals/<int:pk>/", appraisal, name="appraisal"),
    path("appraisals/<int:pk>.<sheet:suffix>", appraisal_file, name="appraisal_file"),
    path("appraisals/<int:pk>/<slug:act>/", appraisal_act, name="appraisal_act"),
]
