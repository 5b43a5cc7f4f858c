"""Should somebody be warned about an indicator? One rule held against one verdict and the figures behind it.

A finding says in one sentence what was seen, where it can with the gap as something to do, and the number measured.
A promise that is kept is not warned about for its pace; one the plan contradicts itself on, not for its gap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from statistics import fmean, median
from typing import NamedTuple

from quanyu.judgements.figures import Points, summed
from quanyu.judgements.forecast import Outlook, even_row
from quanyu.judgements.verdict import Verdict, decimal_of
from quanyu.measures.periods import Period
from quanyu.registry.model import SEVERITIES, Alert, Label, Registry, Severity, in_force

LEAST_STEPS = 8
"""An indicator has a history of its own from this many earlier steps on."""
ROBUST, PLAIN = 0.6745, 1.2533
"""What makes a median and a mean absolute deviation comparable with a standard deviation (Iglewicz and Hoaglin)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule met: how grave, the sentence, what was measured (`size`) beside its `limit`."""

    rule: str
    severity: Severity
    text: Label
    size: Decimal
    limit: Decimal

    def to_dict(self) -> dict[str, object]:
        """As plain JSON values; numbers travel as text."""
        plain = {"rule": self.rule, "severity": self.severity, "size": str(self.size), "limit": str(self.limit)}
        return {**plain, "text": {"zh": self.text.zh, "en": self.text.en}}


class _Seen(NamedTuple):
    """What was measured, the sentence; `overdue`: it warns whatever the limit."""

    size: Decimal
    text: Label
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class _Look:
    """What a measurement may look at: the verdict, and the even row of figures that ends with its own."""

    registry: Registry
    verdict: Verdict
    outlook: Outlook | None
    cycle: int
    values: Sequence[float]

    def paces(self) -> list[float]:
        """The change on a year before, up for the better; of what is summed since the plan began, that of its years."""
        indicator, year, values = self.registry.indicators[self.verdict.indicator], 12 // self.cycle, self.values
        if self.verdict.state == "done" or indicator.direction == "range":
            return []
        if summed(indicator):
            values = [now - before for before, now in zip(values, values[year:], strict=False)]
        sign = -1 if indicator.direction == "lower" else 1
        return [sign * (now - before) for before, now in zip(values, values[year:], strict=False)]

    def amount(self, value: float) -> Label:
        """A difference with its unit: 12 家, 0.35 个百分点."""
        unit, units = self.registry.units[self.verdict.unit], self.registry.units
        shown = f"{abs(decimal_of(Fraction(value), unit.decimals)):,.{unit.decimals}f}"
        spoken = units["pp"] if unit.key == "percent" and "pp" in units else unit
        return Label(f"{shown} {spoken.label.zh}", f"{shown} {spoken.label.of('en')}")


def examine(
    rule: Alert, registry: Registry, verdict: Verdict, points: Points, outlook: Outlook | None, period: Period
) -> Finding | None:
    """What a rule says of an indicator at the end of a period, with the limits that bind on the verdict's day.

    `points` are the figures that may be compared (`figures.comparable`); None where the rule has nothing to say.
    """
    indicator = registry.indicators[verdict.indicator]
    if not (indicator.key in rule.indicators if rule.indicators else rule.only == "all" or indicator.main):
        return None
    known = {t: p for t, p in points.items() if t.last_month <= period.last_month}
    cycle, months, values = even_row(known, indicator, registry.plan)
    if verdict.value is None or not months or months[-1] != Period.parse(verdict.value_period).last_month:
        values = []  # nothing is said of an old figure
    seen = _MEASURES[rule.what](_Look(registry, verdict, outlook, cycle, values))
    held = [(s, in_force(rule.limits[s], verdict.on)) for s in SEVERITIES if s in rule.limits]
    limits = [(s, dated.value) for s, dated in held if dated and isinstance(dated.value, Decimal)]
    if seen is None or not limits:
        return None
    beyond = [(s, x) for s, x in limits if (seen.size < x if rule.what == "chance" else seen.size > x)]
    if not beyond and not seen.overdue:
        return None
    severity, limit = beyond[-1] if beyond else limits[0]
    return Finding(rule.key, severity, seen.text, seen.size, limit)


def _behind(look: _Look) -> _Seen | None:
    v = look.verdict
    if v.state not in ("ok", "warn", "late") or v.ahead is None or v.progress is None or v.due is None:
        return None
    done, due, short = (f"{decimal_of(x * 100, 1):.1f}" for x in (v.progress, v.due, v.due - v.progress))
    overdue = any(r.code == "overdue" for r in v.reasons)
    zh, en = f"目标期限已过，完成率 {done}%", f"the target's date has passed with {done}% done"
    if not overdue:
        zh, en = f"完成率 {done}%，序时应为 {due}%，落后 {short} 个百分点", f"{done}% done, {due}% due, {short} behind"
    return _Seen(-v.ahead, _with_todo(zh, en, v), overdue)


def _chance(look: _Look) -> _Seen | None:
    if look.outlook is None or look.outlook.probability is None or look.verdict.state in ("done", "conflict"):
        return None
    chance = decimal_of(Fraction(look.outlook.probability) * 100, 1)
    zh, en = ("不到 1%", "under 1%") if chance < 1 else (f"约 {chance:.0f}%", f"{chance:.0f}%")
    zh, en = f"按现有走势，达到目标的可能性{zh}", f"at this pace the target is reached with a probability of {en}"
    return _Seen(chance, _with_todo(zh, en, look.verdict))


def _with_todo(zh: str, en: str, verdict: Verdict) -> Label:
    todo = verdict.todo
    return Label(f"{zh}；{todo.zh}", f"{en}; {todo.of('en')}") if todo else Label(zh, en)


def _reversed(look: _Look) -> _Seen | None:
    paces, before = look.paces(), abs(look.verdict.year_ago or Decimal(0))
    now, best = (paces or [0.0])[-1], max(paces[-1 - 12 // look.cycle : -1], default=0.0)
    if now >= 0 or best <= 0 or not before:
        return None
    indicator = look.registry.indicators[look.verdict.indicator]
    then, here, en = ("减", "增", "more") if indicator.direction == "lower" else ("增", "减", "less")
    size, was = look.amount(now), look.amount(best)
    told = Label(
        f"由{then}转{here}：比上年同期{here} {size.zh}，此前一年内同比曾{then} {was.zh}",
        f"the trend has turned: {size.en} {en} than a year before; within the year it was {was.en} the other way",
    )
    return _Seen(decimal_of(Fraction(-now) / Fraction(before) * 100, 2), told)


def _fading(look: _Look) -> _Seen | None:
    paces, falls = look.paces(), 0
    for before, now in reversed(list(pairwise(paces))):
        if now >= before or before <= 0:
            break
        falls += 1
    if not falls:
        return None
    first, last = look.amount(paces[-1 - falls]), look.amount(max(paces[-1], 0))
    told = Label(
        f"比上年同期的改善连续 {falls} 期收窄：由 {first.zh}收窄到 {last.zh}",
        f"the gain on a year before has shrunk {falls} periods in a row, from {first.en} to {last.en}",
    )
    return _Seen(Decimal(falls), told)


def _late_reports(look: _Look) -> _Seen | None:
    due, late = look.verdict.expected, look.verdict.late_reports
    if not late:
        return None
    share = decimal_of(Fraction(late, due) * 100, 2)
    told = Label(
        f"应报 {due:,} 份，还缺 {late:,} 份（{share:.1f}%），报齐后现值会变",
        f"{late:,} of {due:,} reports ({share:.1f}%) are missing: the figure is not final",
    )
    return _Seen(share, told)


def _outlier(look: _Look) -> _Seen | None:
    steps = [now - before for before, now in pairwise(look.values)]
    score = modified_z(steps[-1], steps[:-1]) if len(steps) > LEAST_STEPS else None
    if score is None:
        return None
    size, (zh, en) = look.amount(steps[-1]), ("减少", "fell") if steps[-1] < 0 else ("增加", "rose")
    told = Label(
        f"比上期{zh} {size.zh}，与历来各期的变动相差很大，请核实数据",
        f"it {en} by {size.en} on the period before, unlike its own history: please check the figure",
    )
    return _Seen(abs(score), told)


def modified_z(step: float, past: Sequence[float]) -> Decimal | None:
    """How unlike its past a step is, by medians, which one wild step among them does not move; None without scatter."""
    middle = median(past)
    near = [abs(s - middle) for s in past]
    spread = median(near) / ROBUST or fmean(near) * PLAIN
    return decimal_of(Fraction((step - middle) / spread), 2) if spread else None


_MEASURES: Mapping[str, Callable[[_Look], _Seen | None]] = {
    "behind": _behind, "chance": _chance, "reversed": _reversed, "fading": _fading, "late_reports": _late_reports,
    "outlier": _outlier,
}  # fmt: skip
