"""Where an indicator will stand when its target falls due, how sure that is, and how earlier forecasts came out.

`asked` is the vantage point: only figures that end by then are used, so any past forecast can be made again. The
figures are those known today; what was revised since is not undone.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

from quanyu.judgements.figures import Figures, Points, comparable, summed, whole_year
from quanyu.judgements.nowcast import Estimate
from quanyu.judgements.rolling import Bounds, Check, Vantage, roll
from quanyu.judgements.status import promised_path
from quanyu.measures.periods import Period, month_end, month_index
from quanyu.registry.model import Indicator, Label, Plan, Registry

METHODS = {
    "last": Label("沿用最近值", "the last value kept"),
    "drift": Label("按以往平均增减外推", "the average change so far"),
    "level": Label("平滑水平", "a smoothed level"),
    "damped": Label("渐缓趋势", "a fading trend"),
    "seasonal": Label("季节变化加平均增长", "the usual change of each season"),
}
LOOK_BACKS = (12, 24, 36, 48)
"""How many months before its end an ended promise is looked back from."""


class Step(NamedTuple):
    """The value foreseen for the end of a month, its 80 % interval (low, high) and 95 % interval (lowest, highest)."""

    month: int
    middle: float
    low: float
    high: float
    lowest: float
    highest: float


class Review(NamedTuple):
    """What was foreseen for the end from `asked`, `months` before it, and what came; `kept`: the target was reached."""

    asked: str
    months: int
    step: Step
    probability: float | None
    actual: float
    kept: bool

    @property
    def hit(self) -> bool:
        """The actual value fell into the 80 % interval."""
        return self.step.low <= self.actual <= self.step.high


@dataclass(frozen=True, slots=True)
class Outlook:
    """One indicator seen from one period.

    `state`: ahead (to the end of the target's year), trend (the next twelve months: no target, or its date has passed),
    too_short. `known` figures end with `since`. `probability` of reaching the target. Of `checked` past forecasts:
    `coverage` of their 80 % interval, `relative` error (1: no better than keeping the last value), `brier` score of the
    probabilities of keeping to the path. `nowcast`: the latest figure with the late reports estimated.
    """

    indicator: str
    asked: str
    state: str
    known: int
    since: str = ""
    value: float = 0
    method: str = ""
    steps: tuple[Step, ...] = ()
    probability: float | None = None
    checked: int = 0
    coverage: float | None = None
    relative: float | None = None
    brier: float | None = None
    reviews: tuple[Review, ...] = ()
    nowcast: Estimate | None = None

    def to_dict(self) -> Any:
        """As plain JSON values, estimates to ten digits."""
        return json.loads(json.dumps(asdict(self)), parse_float=lambda digits: float(f"{float(digits):.10g}"))

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Outlook:
        """The outlook that `to_dict` wrote."""
        steps = tuple(Step(*s) for s in plain["steps"])
        reviews = tuple(Review(r[0], r[1], Step(*r[2]), r[3], r[4], r[5]) for r in plain["reviews"])
        late = plain["nowcast"] and Estimate(**plain["nowcast"])
        return cls(**{**plain, "steps": steps, "reviews": reviews, "nowcast": late})


@dataclass(frozen=True, slots=True)
class Course:
    """An indicator's figures as one even row `cycle` months apart, and what could be said after each of them.

    `ends`, `bounds`: the month in which the target falls due and the values that reach it; None where there is none.
    """

    indicator: Indicator
    cycle: int
    months: Sequence[int]
    values: Sequence[float]
    vantages: Sequence[Vantage | None]
    checks: Sequence[Check]
    ends: int | None
    bounds: Bounds | None

    @classmethod
    def of(cls, registry: Registry, indicator: Indicator, series: Figures, on: dt.date) -> Course:
        """With the targets and rulings that bind on `on`; prepared once for any number of vantage points."""
        cycle, months, values = even_row(comparable(series, indicator, registry.plan), indicator, registry.plan)
        path = None if registry.contested(indicator.key, on) else promised_path(registry, indicator, on)
        target = registry.target(indicator.key, on)
        if path is None or target is None or target.value is None:
            return cls(indicator, cycle, months, values, *roll(values, 12 // cycle), None, None)
        ranged = indicator.direction == "range"
        bounds = _bounds(indicator, float(target.value))
        starts = month_index(path.start)
        due = [
            None if month < starts else bounds if ranged else _bounds(indicator, float(path.at(month_end(month))))
            for month in months
        ]
        return cls(indicator, cycle, months, values, *roll(values, 12 // cycle, due), month_index(path.end), bounds)

    def outlook(self, asked: Period) -> Outlook:
        """What can be said at the end of `asked`."""
        known = bisect_right(self.months, asked.last_month)
        vantage, seen = self.vantages[known], Outlook(self.indicator.key, str(asked), "too_short", known)
        if vantage is None:
            return seen
        last, past = self.months[known - 1], self.checks[: vantage.checked]
        ahead = self.ends is not None and last < self.ends
        until = self.ends if ahead and self.ends is not None else last + 12
        least = self._least(known)
        steps = tuple(
            _step(vantage, n, last + n * self.cycle, middle, least)
            for n, middle in enumerate(vantage.ahead(known, (until - last) // self.cycle), 1)
        )
        naive, squares = sum(c.naive for c in past), [c.square for c in past if c.square is not None]
        return replace(
            seen, state="ahead" if ahead else "trend", since=str(Period.of_month(last)), value=self.values[known - 1],
            method=vantage.method, steps=steps, probability=self._chance(vantage, steps, least) if ahead else None,
            checked=len(past), coverage=sum(c.hit for c in past) / len(past) if past else None,
            relative=sum(c.missed for c in past) / naive if naive else None,
            brier=sum(squares) / len(squares) if squares else None,
            reviews=() if ahead else tuple(r for months in LOOK_BACKS if (r := self._review(months))),
        )  # fmt: skip

    def _least(self, known: int) -> float:
        """No value to come is lower: a sum never falls, a count is not negative."""
        past = self.values[:known]
        return past[-1] if summed(self.indicator) else 0.0 if min(past) >= 0 else -math.inf

    def _chance(self, vantage: Vantage, steps: Sequence[Step], least: float) -> float | None:
        if self.bounds is None or not steps:
            return None
        low, high = self.bounds
        return vantage.chance(steps[-1].middle, len(steps), (-math.inf if low <= least else low, high))

    def _review(self, months: int) -> Review | None:
        """The forecast made so long before the end, beside what came; None where either is not there."""
        if self.ends is None or self.ends not in self.months or self.bounds is None:
            return None
        past = self.outlook(Period.of_month(self.ends - months))
        if not past.steps or past.steps[-1].month != self.ends:
            return None
        actual = self.values[self.months.index(self.ends)]
        kept = self.bounds[0] <= actual <= self.bounds[1]
        return Review(past.asked, months, past.steps[-1], past.probability, actual, kept)


def even_row(points: Points, indicator: Indicator, plan: Plan) -> tuple[int, list[int], list[float]]:
    """How many months apart, the last month of each, the values: the newest unbroken run of comparable figures.

    A yearly flow counts by its last twelve months, so that every December is the year. What is summed since the plan
    began starts at nothing on the eve of the plan.
    """
    held: dict[int, float] = {}
    eve = month_index(plan.starts_on) - 1
    for period, point in sorted(points.items(), key=lambda item: item[1].origin == "computed"):
        month, value = period.last_month, point.value
        if value is None or (summed(indicator) and month <= eve):
            continue
        held[month] = float(value)
        if indicator.nature == "flow" and indicator.window == "year" and month % 12 != 11:
            total, reason = whole_year(points, period, value)
            held[month] = float(total)
            if reason.code != "trailing_year":
                del held[month]
    if held and summed(indicator):
        held[eve] = 0.0
    months = sorted(held)
    gaps = [after - before for before, after in pairwise(months)]
    cycle = gaps[-1] if gaps and gaps[-1] in (1, 3, 6, 12) else 12
    first = next((i + 1 for i in reversed(range(len(gaps))) if gaps[i] != cycle), 0)
    return cycle, months[first:], [held[month] for month in months[first:]]


def _bounds(indicator: Indicator, value: float) -> Bounds:
    """The values that are as good as `value` or better; of a range, those inside."""
    if indicator.direction == "range":
        return value, float(indicator.target_upper or value)
    return (-math.inf, value) if indicator.direction == "lower" else (value, math.inf)


def _step(vantage: Vantage, n: int, month: int, middle: float, least: float) -> Step:
    near, far = vantage.spread.half(0.8, n), vantage.spread.half(0.95, n)
    reach = (middle, middle - near, middle + near, middle - far, middle + far)
    return Step(month, *(max(value, least) for value in reach))
