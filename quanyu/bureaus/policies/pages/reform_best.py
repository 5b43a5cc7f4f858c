"""`/reforms/best/`: which setting of a policy's numbers is worth most under a budget, every one of them tried."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cached_property

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.bureaus.policies.pages.reform import WAN, asked_day, budget_of, office, targets, wan
from quanyu.bureaus.policies.reads import reform as reads
from quanyu.bureaus.policies.reads.formulas import measured
from quanyu.bureaus.policies.reads.reform import Side, Trial
from quanyu.facts.reads import holders
from quanyu.judgements.reform import Choice, Range, best_within, bounded, counting, front
from quanyu.pagekit import charts
from quanyu.pagekit.charts.svg import SERIES, tick_label, ticks
from quanyu.pagekit.format import number, sign, tr
from quanyu.pagekit.tables import Column, Table
from quanyu.plan.reads import registry
from quanyu.registry.model import Parameter, Policy
from quanyu.registry.problem import Refused

MOST = 3
"""So many parameters are moved at once."""
GOALS = {
    "firms": later("得到资金的企业家数"), "target": later("面向对象中得到资金的家数"),
    "title": later("可新认定家数（计入规划指标）"),
}  # fmt: skip
NAMES = {"low": "lowest", "high": "highest", "step": "step"}


class Search:
    """What is asked by the address: a policy, which parameters move, what is aimed at, the budget."""

    def __init__(self, request: HttpRequest) -> None:
        self.known, self.asked = registry(), request.GET
        self.on = asked_day(self.asked.get("on", ""))
        open_ = reads.reformable(self.known, self.on)
        self.policies = [p for p in open_.values() if any(bounded(one) for one in p.parameters)]
        self.policy = next((p for p in self.policies if p.key == self.asked.get("policy")), None)
        self.goal = self.asked.get("goal", "") if self.asked.get("goal") in self.goals else "firms"
        self.target = self.asked.get("target", "")
        self.judged = self.asked.get("judged", "1") == "1" or "go" not in self.asked
        self.refusal: Refused | None = None
        self.choices: list[Choice] = []
        if self.policy and "go" in self.asked:
            try:
                self.choices = self.search()
            except Refused as refused:
                self.refusal = refused

    @property
    def movable(self) -> list[tuple[Parameter, Range, bool]]:
        """(parameter, the range asked for, whether it moves)."""
        found = []
        for one in self.policy.parameters if self.policy else ():
            if (range_ := bounded(one)) is not None:
                ends = (self.asked.get(f"{end}.{one.key}") for end in ("low", "high", "step"))
                low, high, step = (_decimal(text) for text in ends)
                typed = Range(
                    one.key, range_.lowest if low is None else low, range_.highest if high is None else high,
                    range_.step if step is None else step,
                )  # fmt: skip
                found.append((one, typed, one.key in self.asked.getlist("vary")))
        return found

    @property
    def goals(self) -> dict[str, str]:
        """What may be aimed at; a title only where an indicator counts it."""
        linked = self.policy and counting(self.known, self.policy.grants)
        return {key: _(words) for key, words in GOALS.items() if key != "title" or linked}

    @property
    def targets(self) -> list[tuple[str, str]]:
        return targets(self.known)

    @property
    def budget(self) -> Decimal | None:
        """Yuan: as typed (in 万元), else those of the policy and of what it stacks with, as the amounts are."""
        written = _decimal(self.asked.get("budget"))
        if written is not None or self.policy is None:
            return None if written is None else written * WAN
        held = [budget_of(p, self.on) for p in (self.policy, *self.partners)]
        return None if held[0] is None else sum(filter(None, held), Decimal(0))

    @property
    def partners(self) -> list[Policy]:
        """The policies whose payments move with this one's."""
        assert self.policy is not None
        return [p for p in reads.moved(self.known, {self.policy.key: {}}, self.on) if p != self.policy]

    @property
    def share(self) -> Decimal:
        """How many of those who may have it are expected to take it, in percent."""
        return _decimal(self.asked.get("share")) or Decimal(100)

    def search(self) -> list[Choice]:
        assert self.policy is not None
        ranges = [r for _one, r, moves in self.movable if moves]
        if not 0 < len(ranges) <= MOST:
            raise Refused(_("请选一至三个要调的参数。"))
        own = {one.key: bounded(one) for one, _range, _moves in self.movable}
        for r in ranges:
            outer = own[r.parameter]
            if outer is None or r.step <= 0 or not outer.lowest <= r.lowest <= r.highest <= outer.highest:
                raise Refused(
                    _("取值范围超出了政策允许的上下限，或步长不是正数。"), _("请在“范围”一栏所列的上下限以内填写。")
                )
        trial = Trial(self.known, self.on, self.judged)
        return trial.choices(self.policy.key, ranges, self.gain(trial), self.share / 100)

    def gain(self, trial: Trial) -> Callable[[Side], int]:
        """How a setting's gain is counted."""
        assert self.policy is not None
        key = self.policy.key
        if self.goal == "target":
            meant = trial.target([key], self.target)
            return lambda side: len(side.reached([key]) & meant)
        if self.goal == "title":
            held = frozenset(holders(self.policy.grants, self.on).values_list("pk", flat=True))
            return lambda side: len(side.had[key] - held)
        return lambda side: len(side.reached([key]))

    @property
    def sheet(self) -> Table:
        """The parameters that may move: as they stand, their bounds, and boxes for what is to be tried."""
        assert self.policy is not None

        def box(end: str, words: str) -> Column:
            return Column(words, lambda r: "", show=lambda r: format_html(
                '<input class="input" name="{}.{}" value="{}" inputmode="decimal" autocomplete="off" size="8" '
                'aria-label="{} {}">', end, r[0].key, format(getattr(r[1], NAMES[end]), "f"), tr(r[0].label), words,
            ))  # fmt: skip

        return Table([
            Column(_("参数"), lambda r: tr(r[0].label), show=lambda r: format_html(
                '<label><input type="checkbox" name="vary" value="{}"{}> {}</label>', r[0].key,
                mark_safe(" checked") if r[2] else "", tr(r[0].label))),
            Column(_("现行"), lambda r: measured(self.known, reads.standing_value(r[0], self.on), r[0].unit),
                   numeric=True),
            Column(_("允许范围"), lambda r: f"{number(r[0].lowest)} — {number(r[0].highest)}", minor=True),
            box("low", _("从")), box("high", _("到")), box("step", _("每步")),
            Column(_("单位"), lambda r: tr(self.known.units[r[0].unit].label), minor=True),
        ], self.movable, _("要调的参数"))  # fmt: skip

    @property
    def budget_typed(self) -> str:
        return "" if self.budget is None else format((self.budget / WAN).normalize(), "f")

    def setting(self, choice: Choice) -> str:
        """The parameters as a choice sets them."""
        assert self.policy is not None
        own = {one.key: one for one in self.policy.parameters}
        return sign("，").join(
            f"{tr(own[k].label)} {measured(self.known, v, own[k].unit)}" for k, v in choice.changes.items()
        )

    @property
    def told(self) -> str:
        """The best setting in a sentence."""
        assert self.policy is not None and self.best is not None
        return _("预算内最优：%(values)s；金额%(cost)s万元，%(goal)s%(gain)s。") % {
            "values": self.setting(self.best), "cost": wan(self.best.cost),
            "goal": self.goals[self.goal], "gain": _gain(self.best.gain),
        }  # fmt: skip

    @cached_property
    def front(self) -> list[Choice]:
        return front(self.choices)

    @property
    def best(self) -> Choice | None:
        """The most that fits the budget; without a budget the most there is."""
        most = max((c.cost for c in self.choices), default=Decimal(0))
        return best_within(self.choices, most if self.budget is None else self.budget)

    def make(self, choice: Choice) -> str:
        """Where a setting becomes a scenario."""
        assert self.policy is not None
        asked = [(f"{self.policy.key}.{k}", format(v, "f")) for k, v in choice.changes.items()]
        return f"{reverse('reform_new')}?{urlencode([('policy', self.policy.key), ('on', self.on), *asked])}"

    @property
    def table(self) -> Table:
        assert self.policy is not None
        best = self.best
        return Table([
            Column(_("取法"), self.setting),
            Column(_("金额"), lambda c: wan(c.cost), _("万元"), numeric=True),
            Column(self.goals[self.goal], lambda c: _gain(c.gain), numeric=True),
            Column(_("可享受企业"), lambda c: c.firms, _("家"), numeric=True, minor=True),
            Column(_("预算"), lambda c: "", show=lambda c: format_html(
                '<span class="st {}">{}</span>', *(("ok", _("● 最优")) if c is best else
                                                   ("none", _("以内")) if self.within(c) else ("warn", _("▲ 超出"))))),
            Column(_("下一步"), lambda c: "", show=lambda c: format_html(
                '<a class="btn sm" href="{}">{}</a>', self.make(c), _("做成方案"))),
        ], self.front, _("有效前沿：再多一家就要多花钱的取法"))  # fmt: skip

    def within(self, choice: Choice) -> bool:
        return self.budget is None or choice.cost <= self.budget

    @property
    def chart(self) -> str:
        """Every setting as a dot, those worth having joined: cost across, gain up."""
        costs = [float(c.cost / WAN) for c in self.choices]
        scale = ticks(min(costs), max(costs))
        every = [p for c in self.choices for p in ((_spot(c), _height(c)), (_spot(c), None))]
        lines = [
            charts.Line(_("全部取法"), every, SERIES[5], width=1.5),
            charts.Line(_("有效前沿"), [(_spot(c), _height(c)) for c in self.front], SERIES[0], dots=True),
        ]
        if self.best:
            lines.append(charts.Line(_("预算内最优"), [(_spot(self.best), _height(self.best))], SERIES[1], width=4))
        budget = [(int(self.budget), _("预算"))] if self.budget and scale[0] <= self.budget / WAN <= scale[-1] else []
        marks = [(int(t * 10000), tick_label(t, scale)) for t in scale]
        title = _("横轴金额（万元），纵轴%(goal)s") % {"goal": self.goals[self.goal]}
        return charts.line_chart(title, lines, marks, self.goals[self.goal], breaks=budget, width=760, height=320)


def _decimal(text: str | None) -> Decimal | None:
    try:
        value = Decimal((text or "").strip().replace(",", "") or "nan")
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _gain(gain: Fraction) -> str:
    return number(gain, 0 if gain.denominator == 1 else 1)


def _spot(choice: Choice) -> int:
    return int(choice.cost)


def _height(choice: Choice) -> Decimal:
    return Decimal(choice.gain.numerator) / choice.gain.denominator


@office
def best(request: HttpRequest) -> HttpResponse:
    search = Search(request)
    return render(request, "policies/reform_best.html", {"q": search, "most": reads.MOST_CHOICES})


urls = [path("reforms/best/", best, name="reform_best")]
