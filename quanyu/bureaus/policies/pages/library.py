"""`/policies/`: the library for everybody, one page a policy, a calculator for guests; for staff who has it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cache

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from quanyu.bureaus.policies.reads import match as matching
from quanyu.bureaus.policies.reads.library import KINDS, LEVELS, MODES, STANDINGS, PolicyLine, PolicySheet
from quanyu.bureaus.policies.reads.match import STATES, FirmLine
from quanyu.bureaus.policies.reads.mine import Benefits, rules_on
from quanyu.bureaus.policies.reads.paper import words_of
from quanyu.bureaus.policies.reads.trial import ask, guest_names
from quanyu.judgements.eligibility import Verdict
from quanyu.pagekit import format
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.format import language, tr
from quanyu.pagekit.tables import Column, link, respond
from quanyu.people.reads import banner
from quanyu.plan.access import permit_of
from quanyu.plan.reads import registry
from quanyu.registry.model import Policy

STAFF = ("entitle", "reform")
"""The page areas that open which firms have a policy."""


def _day(request: HttpRequest) -> dt.date:
    """The day asked for (`?on=`), else today."""
    try:
        return dt.date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return timezone.localdate()


def _sees_firms(request: HttpRequest) -> bool:
    return any(permit_of(request).everywhere(area) for area in STAFF)


def _desk(request: HttpRequest) -> Desk:
    on, known = _day(request), registry()
    lines = sorted((PolicyLine(known, p, on) for p in known.policies.values()), key=lambda n: n.rank)
    counted = matching.counts() if _sees_firms(request) else {}

    def choice(name: str, label: str, source: dict[str, str]) -> Filter:
        choices = [(key, _(text)) for key, text in source.items()]
        return Filter(name, label, choices, lambda rows, v: [n for n in rows if getattr(n.policy, name) == v])

    columns = [
        Column(_("政策"), lambda n: n.label, width=36, name="label", order=lambda n: n.label,
               show=lambda n: link(reverse("policy", args=[n.policy.key]), n.label)),
        Column(_("层级"), lambda n: n.level, width=8),
        Column(_("方式"), lambda n: n.mode, width=10),
        Column(_("类别"), lambda n: n.kind, width=10),
        Column(_("牵头"), lambda n: n.lead, width=16, minor=True),
        Column(_("施行"), lambda n: n.policy.from_, width=14, name="from", order=lambda n: n.policy.from_),
        Column(_("状态"), lambda n: str(n.state), show=lambda n: n.state.html, width=10),
    ]  # fmt: skip
    if counted:
        columns += [
            Column(_("可享受"), lambda n: matching.number_of(counted, n.policy.key, "yes"), numeric=True, absent="",
                   unit=_("家"), name="yes", order=lambda n: matching.number_of(counted, n.policy.key, "yes") or 0),
            Column(_("合计"), lambda n: matching.sum_of(counted, n.policy.key), numeric=True, absent="", unit=_("万元"),
                   places=2, width=14),
        ]  # fmt: skip
    return Desk(
        request.GET, lines, columns, title=_("政策库"),
        filters=[
            Filter("standing", _("效力"), [(key, _(words)) for key, (_l, _m, words) in STANDINGS.items()],
                   lambda rows, v: [n for n in rows if n.standing == v]),
            choice("level", _("层级"), LEVELS), choice("mode", _("方式"), MODES), choice("kind", _("类别"), KINDS),
        ],
        search=lambda rows, q: [n for n in rows if q in n.label or q in PolicySheet(known, n.policy, on).basis],
        search_label=_("名称或依据"), empty=_("定义包里还没有政策。"), downloads=reverse("policies").rstrip("/"),
    )  # fmt: skip


def policies(request: HttpRequest, suffix: str = "") -> HttpResponse:
    """Open to everybody, logged in or not: policies are public, and no figure of a firm stands here."""
    desk = _desk(request)
    if suffix:
        return respond(desk.table(), _("政策库"), suffix, banner())
    return render(request, "policies/library.html", {"desk": desk, "on": _day(request), "today": timezone.localdate()})


def _policy(key: str) -> Policy:
    found = registry().policies.get(key)
    if found is None:
        raise Http404
    return found


def policy(request: HttpRequest, key: str) -> HttpResponse:
    sheet = PolicySheet(registry(), _policy(key), _day(request))
    held = matching.last() if _sees_firms(request) else None
    counts = held.counts.get(key) if held else None
    context = {
        "sheet": sheet, "policy": sheet.policy, "match": held,
        "sum": matching.sum_of(held.counts, key) if held else None,
        "counts": [(*said, counts[state]) for state, said in STATES.items()] if counts else [],
    }  # fmt: skip
    return render(request, "policies/policy.html", context)


def policy_firms(request: HttpRequest, key: str, suffix: str = "") -> HttpResponse:
    """Which firms have a policy: for the desks that pay it and those that reform it; nobody else finds this page."""
    found, held = _policy(key), matching.last()
    if not _sees_firms(request) or held is None or key not in held.counts:
        raise Http404
    sheet = PolicySheet(registry(), found, held.on)
    desk = _firms_desk(request, matching.lines(held, key), sheet, cache(lambda: matching.told(held, key, language())))
    if suffix:
        return respond(desk.table(), f"{sheet.label}·{_('企业名单')}", suffix, banner())
    return render(request, "policies/firms.html", {"desk": desk, "sheet": sheet, "match": held})


def _firms_desk(
    request: HttpRequest, lines: list[FirmLine], sheet: PolicySheet, told: Callable[[], Mapping[int, Verdict]]
) -> Desk:
    """`told`: every step of every firm, worked out where the list is downloaded."""

    def step(key: str) -> Callable[[FirmLine], str]:
        return lambda n: next((f.words for f in told()[n.firm].conditions if f.condition.key == key), "")

    on, here = sheet.on, reverse("policy_firms", args=[sheet.policy.key])
    return Desk(
        request.GET, lines,
        [
            Column(_("企业"), lambda n: n.name, width=36, name="firm", order=lambda n: n.name,
                   show=lambda n: link(reverse("mine_of", args=[n.firm]), n.name)
                   if permit_of(request).everywhere("firms") else n.name),
            Column(_("统一社会信用代码"), lambda n: n.code, width=22, minor=True),
            Column(_("结果"), lambda n: str(n.state), show=lambda n: n.state.html, width=14),
            Column(_("金额"), lambda n: n.amount, numeric=True, unit=_("元"), absent="", places=2, width=16,
                   name="amount", order=lambda n: n.amount or 0),
            Column(_("差在哪里"), lambda n: n.why, width=50, absent=""),
            *(Column(tr(c.label), step(c.key), width=40, shown=False) for c in sheet.policy.conditions),
            Column(_("金额怎么算"), lambda n: told()[n.firm].words, width=60, shown=False),
        ],
        title=_("企业名单"),
        filters=[
            Filter("state", _("结果"), [(s, _(words)) for s, (words, _m, _l) in STATES.items()],
                   lambda rows, v: [n for n in rows if n.verdict == v]),
        ],
        search=lambda rows, q: [n for n in rows if q in n.name or q.upper() in n.code],
        search_label=_("名称或信用代码"), downloads=here.rstrip("/"),
        notes=[_("按 %(on)s 有效的政策与最近封存的数据匹配。") % {"on": format.date(on)}],
    )  # fmt: skip


@sensitive_post_parameters()
def trial(request: HttpRequest) -> HttpResponse:
    """The numbers come by POST, so that they stand in no address and no log; the answer is this page again."""
    known, on = registry(), timezone.localdate()
    asked, values = ask(known, guest_names(known), {}, request.POST.dict(), on)
    problems = [a for a in asked if a.problem]
    found = Benefits(known, on, rules_on(known.digest, on), values) if values and not problems else None
    groups = []
    if found:  # of a guest too little is known to say what is near
        by = found.groups
        groups = [
            (_("可以享受"), True, by["yes"]), (_("可能享受，还要看别的条件"), True, by["judged"] + by["open"]),
            (_("不符合"), False, by["near"] + by["no"]),
        ]  # fmt: skip
    context = {"asked": asked, "problems": problems, "groups": groups, "words": words_of(known)}
    return render(request, "policies/trial.html", context)


urls: list[URLPattern] = [
    path("policies/try/", trial, name="policies_try"),
    path("policies/", policies, name="policies"),
    path("policies.<sheet:suffix>", policies, name="policies_file"),
    path("policies/<slug:key>/", policy, name="policy"),
    path("policies/<slug:key>/firms/", policy_firms, name="policy_firms"),
    path("policies/<slug:key>/firms.<sheet:suffix>", policy_firms, name="policy_firms_file"),
]
