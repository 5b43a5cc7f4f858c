"""`/plan/compare/`: the plan in force beside the one before or after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from quanyu.decisions.reads import Judged, closing_assessment
from quanyu.judgements.compare import not_comparable
from quanyu.judgements.verdict import Reason, Verdict
from quanyu.pagekit import format
from quanyu.pagekit.charts.marks import slope
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, Table, link, respond
from quanyu.people.reads import banner
from quanyu.plan.access import needs
from quanyu.plan.reads import beside, registry
from quanyu.registry.model import Indicator, InForce, LampState, Registry, Unit


@dataclass(frozen=True)
class Pair:
    """One indicator in two plans; `after` is None where the other plan does not have it."""

    indicator: Indicator
    after: Indicator | None
    verdict: Verdict
    lamp: LampState
    unit: Unit
    baseline: InForce | None
    target: InForce | None
    apart: Sequence[Reason]

    @property
    def reached(self) -> str:
        return format.number(self.verdict.value, self.unit.decimals, self.verdict.point_state)

    def amount(self, promised: InForce | None) -> str:
        return format.number(promised.value if promised else None, self.unit.decimals, "undefined")

    @cached_property
    def why_apart(self) -> str:
        if self.after is None:
            return _("另一规划没有这一指标")
        return "；".join(tr(reason.text) for reason in self.apart)

    @property
    def chart(self) -> SafeString:
        v = self.verdict
        label = _("%(name)s：上期基期 %(base)s，实绩 %(now)s；下期基期 %(next)s，目标 %(goal)s") % {
            "name": tr(self.indicator.label), "base": format.number(v.baseline, self.unit.decimals, "undefined"),
            "now": self.reached, "next": self.amount(self.baseline), "goal": self.amount(self.target),
        }  # fmt: skip
        following = (self.baseline.value if self.baseline else None, self.target.value if self.target else None)
        return slope((v.baseline, v.value), following, label, apart=bool(self.why_apart))


def pairs(before: Registry, after: Registry, judged: Judged) -> list[Pair]:
    """Every main indicator of the plan that ended beside the same one of the next."""
    on, found = after.plan.starts_on, []
    for i in before.main_indicators:
        other, verdict = after.indicators.get(i.key), judged.verdicts[i.key]
        apart = not_comparable(i, other, verdict, before.plan) if other else ()
        base, goal = (after.baseline(i.key, on), after.target(i.key, on)) if other else (None, None)
        lamp = before.lamps[i.lamps].states[verdict.state]
        found.append(Pair(i, other, verdict, lamp, before.units[i.unit], base, goal, apart))
    return found


def _table(found: Sequence[Pair]) -> Table:
    return Table(
        [
            Column(_("指标"), lambda p: tr(p.indicator.label), width=34,
                   show=lambda p: link(reverse("indicator", args=[p.indicator.key]), tr(p.indicator.label))),
            Column(_("单位"), lambda p: tr(p.unit.label), width=8),
            Column(_("上期基期"), lambda p: p.verdict.baseline, width=10),
            Column(_("上期目标"), lambda p: p.verdict.target, width=10),
            Column(_("上期实绩"), lambda p: p.verdict.value, width=10),
            Column(_("下期基期"), lambda p: p.baseline.value if p.baseline else None, width=10),
            Column(_("下期目标"), lambda p: p.target.value if p.target else None, width=10),
            Column(_("不可比之处"), lambda p: p.why_apart, width=40),
        ],
        found, title=_("多规划对照"),
    )  # fmt: skip


def _compared() -> tuple[Registry, Registry | None, list[Pair], Judged | None]:
    before, after = registry(), beside()
    if after is None:
        return before, None, [], None
    judged = closing_assessment()
    return before, after, pairs(before, after, judged), judged


@needs("assess")
def compare(request: HttpRequest) -> HttpResponse:
    before, after, found, judged = _compared()
    context = {
        "before": before.plan, "after": after.plan if after else None, "pairs": found, "judged": judged,
        "apart": sum(bool(p.why_apart) for p in found),
        "open": sum(p.target is None or p.target.value is None for p in found),
    }  # fmt: skip
    return render(request, "decisions/compare.html", context)


@needs("assess")
def compare_file(request: HttpRequest, suffix: str) -> HttpResponse:
    return respond(_table(_compared()[2]), _("多规划对照"), suffix, banner())


urls = [
    path("plan/compare/", compare, name="compare"),
    path("plan/compare.<sheet:suffix>", compare_file, name="compare_file"),
]
