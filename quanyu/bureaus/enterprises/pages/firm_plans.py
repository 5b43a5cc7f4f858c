"""`/firms/plans/`, `/firms/<id>/plan/`: one firm, one plan (一企一策), made from what it lacks before its next rung."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quanyu.bureaus.enterprises.acts import firm_plans as acts
from quanyu.bureaus.enterprises.models import FirmPlan, PlanMeasure
from quanyu.bureaus.enterprises.pages.ladder import may_nurture, named
from quanyu.bureaus.enterprises.reads import firm_plans as reads
from quanyu.bureaus.enterprises.reads import ladder as ladders
from quanyu.bureaus.enterprises.reads.firm_plans import PlanLine
from quanyu.bureaus.enterprises.reads.ladder import OFF, Ladder, Near
from quanyu.measures.periods import day
from quanyu.pagekit import format
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.tables import Column, link, respond
from quanyu.people.models import Organisation, User
from quanyu.people.reads import banner
from quanyu.plan.access import needs, permit_of
from quanyu.plan.reads import registry
from quanyu.registry.model import Pool
from quanyu.registry.problem import Refused

TERM, MORE = 6, 3
"""Months a proposed measure is given; empty lines the form offers beside those proposed."""


@needs("firms")
def plans(request: HttpRequest, suffix: str = "") -> HttpResponse:
    """Every firm's plan, the late ones first; a firm is led to its own."""
    permit = permit_of(request)
    if not permit.everywhere("firms"):
        own = permit.seen_organisations("firms").first()
        return redirect("firm_plan", own.pk if own else 0)
    known, on = registry(), timezone.localdate()
    lines = [PlanLine(row, known, on) for row in reads.plans()]
    lines.sort(key=lambda p: (p.closed, not p.overdue, p.next.due_on if p.next else dt.date.max))
    desk = Desk(
        request.GET, lines,
        [Column(_("企业"), lambda p: p.row.organisation.name, show=lambda p: named(p.row.organisation), width=32),
         Column(_("目标"), lambda p: p.goal, width=18),
         Column(_("进展"), lambda p: f"{p.done}/{len(p.measures)}", numeric=True, width=8),
         Column(_("下一措施"), lambda p: p.next.text if p.next else "", absent="", width=40),
         Column(_("期限"), lambda p: p.next.due_on if p.next else None, absent="", width=14,
                show=lambda p: p.state(p.next).html if p.next else ""),
         Column(_("责任人"), lambda p: p.case.holder if not p.closed else "", width=14, minor=True),
         Column(_("状态"), lambda p: str(p.case.state), width=12,
                show=lambda p: link(reverse("case", args=[p.row.pk]), str(p.case.state)))],
        title=_("一企一策"), filters=[
            Filter("state", _("状态"), [("open", _("实施中")), ("late", _("有逾期措施")), ("closed", _("已办结"))],
                   lambda r, v: [p for p in r if (p.overdue if v == "late" else p.closed == (v == "closed"))],
                   settled="open"),
            Filter("goal", _("目标"), [(k, format.tr(p.label)) for k, p in known.pools.items()],
                   lambda r, v: [p for p in r if p.row.goal == v])],
        search=lambda r, w: [p for p in r if w in p.row.organisation.name], search_label=_("企业名称"),
        empty=_("还没有一企一策。可从梯度培育的“差一步”名单点企业名称制定。"),
        downloads=reverse("plans_firm").rstrip("/"),
    )  # fmt: skip
    if suffix:
        return respond(desk.table(), desk.title, suffix, banner())
    return render(request, "enterprises/ladder_list.html", {"desk": desk})


def _firm(request: HttpRequest, pk: int) -> Organisation:
    """A firm that the reader may see; of any other it is not said that it is there."""
    return get_object_or_404(permit_of(request).seen_organisations("firms").select_related("area"), pk=pk, kind="firm")


@needs("firms")
def firm_plan(request: HttpRequest, organisation: int) -> HttpResponse:
    return _page(request, _firm(request, organisation))


def _page(request: HttpRequest, firm: Organisation, refusal: Refused | None = None) -> HttpResponse:
    """Where a firm stands, what it lacks before the rungs above, its plan with its measures, or the form of one."""
    permit, now = permit_of(request), Ladder(registry(), timezone.localdate())
    rung, row = now.registry.pools.get(now.highest(now.now).get(firm.pk, OFF)), reads.running(firm)
    steps, asked = _steps(now, firm, rung.order if rung else 0), request.GET.get("goal") or request.POST.get("goal")
    goal, near = next((s for s in steps if s[0].key == asked), next(iter(steps), (None, None)))
    past = reads.plans().filter(organisation=firm).exclude(case__closed_at=None)
    may_make = may_nurture(request) and row is None and goal is not None
    return render(request, "enterprises/firm_plan.html", {
        "firm": firm, "rung": rung, "steps": steps, "goal": goal, "refusal": refusal, "on": now.on, "owners": owners(),
        "plan": PlanLine(row, now.registry, now.on) if row else None, "may": may_nurture(request), "may_make": may_make,
        "past": [PlanLine(p, now.registry, now.on) for p in past], "office": permit.everywhere("firms"),
        "lines": _lines(request, near, now) if may_make else [], "case_open": permit.everywhere("cases"),
    }, status=409 if refusal else 200)  # fmt: skip


def _steps(now: Ladder, firm: Organisation, above: int) -> list[tuple[Pool, Near]]:
    """The rungs above with a rule, and what the firm lacks before each."""
    traits = now.traits.get(firm.pk)
    rules = [(p, ladders.read_rule(now.registry, p, "entry", now.on)) for p in now.pools if p.order > above and traits]
    return [(p, ladders.before(firm.pk, rule, traits or {})) for p, rule in rules if rule]


def owners() -> list[tuple[str, str]]:
    """Who may be given a measure: the offices that work here, and the firm itself."""
    roles = registry().roles.values()
    return [(r.key, format.tr(r.label)) for r in roles if {"firms", "requests"} & set(r.sees)]


def _lines(request: HttpRequest, near: Near | None, now: Ladder) -> list[dict[str, str]]:
    """What the form of a new plan holds: what was typed, or a measure proposed for each thing that is lacking."""
    typed = request.POST
    if typed:
        return [dict(zip(("text", "owner", "due_on", "condition"), each, strict=True)) for each in _typed(request)]
    due = ladders.months_on(now.on, TERM).isoformat()
    firm = next((r.key for r in now.registry.roles.values() if r.own_only and "firms" in r.sees), "")
    proposed = [
        {"text": format.tr(f.condition.advice or f.condition.label) + (f"（{f.words}）" if f.words else ""),
         "owner": firm, "due_on": due, "condition": f.condition.key}
        for f in (near.lacking if near else ())
    ]  # fmt: skip
    return proposed + [{"text": "", "owner": "", "due_on": due, "condition": ""}] * MORE


def _typed(request: HttpRequest) -> list[tuple[str, ...]]:
    return list(zip(*(request.POST.getlist(n) for n in ("text", "owner", "due_on", "condition")), strict=False))


def _measures(request: HttpRequest) -> list[acts.Measure]:
    return [
        acts.Measure(text, owner, day(due, "期限"), condition)
        for text, owner, due, condition in _typed(request)
        if text.strip()
    ]


@require_POST
@needs("firms")
def make(request: HttpRequest, organisation: int) -> HttpResponse:
    """Make the plan, add a measure to it, or tick one off."""
    firm, by, at = _firm(request, organisation), request.user, timezone.now()
    if not may_nurture(request):
        raise PermissionDenied(_("一企一策由主管科室制定和办结，您可以查看。"))
    assert isinstance(by, User)
    held, goal, tick = (
        reads.running(firm),
        registry().pools.get(request.POST.get("goal", "")),
        request.POST.get("done", ""),
    )
    try:
        if tick.isdecimal():
            done = acts.finish_measure(get_object_or_404(PlanMeasure, pk=tick, plan__organisation=firm), by=by, at=at)
            messages.success(request, _("“%(what)s”已办结。") % {"what": done.text})
        elif held:
            for measure in _measures(request):
                acts.add_measure(held, measure, by=by, at=at)
                messages.success(request, _("已增补措施。"))
        elif goal:
            made: FirmPlan = acts.make_plan(firm, goal, _measures(request), by=by, at=at)
            messages.success(request, _("已制定一企一策：%(number)s。") % {"number": made.case.number})
    except Refused as refusal:
        return _page(request, firm, refusal)
    return redirect("firm_plan", firm.pk)


urls = [
    path("firms/plans/", plans, name="plans_firm"),
    path("firms/plans.<sheet:suffix>", plans, name="plans_firm_file"),
    path("firms/<int:organisation>/plan/", firm_plan, name="firm_plan"),
    path("firms/<int:organisation>/plan/make/", make, name="firm_plan_make"),
]
