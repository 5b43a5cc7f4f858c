"""How a plan is summed up: composite indices, and the rounds in which it is evaluated (年度, 中期, 总结评估)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from quanyu.registry.model.basics import Cite, Label
from quanyu.registry.problem import Place

Normalisation = Literal["target", "min_max", "z_score", "rank"]
Weighting = Literal["equal", "group", "given"]
Mean = Literal["arithmetic", "geometric"]
OutcomeKey = Literal["ahead", "expected", "behind", "unlikely", "unknown"]


@dataclass(frozen=True, slots=True)
class IndexGroup:
    """Indicators that are summed up together first. `weight`, `weights`: given ones, in any scale, where there are."""

    key: str
    label: Label
    indicators: tuple[str, ...]
    place: Place
    weight: Decimal | None = None
    weights: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Varied:
    """What could as well have been chosen: each draw takes one of these, and moves every weight by up to ± `share`."""

    normalisation: tuple[Normalisation, ...]
    weighting: tuple[Weighting, ...]
    mean: tuple[Mean, ...]
    share: Decimal
    place: Place
    draws: int = 2000
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Index:
    """A composite index: indicators made comparable, weighed, and summed up from indicator to group to total.

    `compares`: years of the plan (each at its end), or parks at the end of the period evaluated. `normalisation`:
    share of the target capped at 100, min–max (0 to 100), z-score, or rank (0 to 100). `weighting`: all indicators
    alike, all groups alike, or as given. `within` groups and `across` them: the mean taken. `missing`: refuse; leave
    the indicator out and weigh the rest up; carry the last value up to `carry` years, then leave out.
    `floor`: what a geometric mean takes for a lower score (a zero would make all zero).
    """

    key: str
    label: Label
    place: Place
    compares: Literal["years", "parks"]
    normalisation: Normalisation
    weighting: Weighting
    within: Mean
    across: Mean
    missing: Literal["refuse", "leave_out", "carry"]
    groups: Mapping[str, IndexGroup]
    varied: Varied
    carry: int = 0
    floor: Decimal = Decimal(1)
    cites: tuple[Cite, ...] = ()
    note: Label | None = None
    unverified: bool = False

    @property
    def indicators(self) -> tuple[str, ...]:
        return tuple(i for g in self.groups.values() for i in g.indicators)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an evaluation says of a promise: its word and mark, in the colour of one of the lamps."""

    key: str
    label: Label
    mark: str
    lamp: str


@dataclass(frozen=True, slots=True)
class Round:
    """A kind of evaluation round, its words and thresholds.

    Progress less the due share, in percentage points: from `ahead_from` ahead, from `expected_from` as expected, else
    behind. Unlikely: the probability of reaching the target is below `unlikely_below`, or without a forecast the
    lag is `unlikely_gap` points or more. `closing`: held after the plan's end, when only reached or not reached counts.
    `sections`: the headings of the report, in order. `scores`: the words of the three scores (self, third, public).
    """

    key: str
    label: Label
    place: Place
    outcomes: Mapping[str, Outcome]
    sections: Mapping[str, Label]
    scores: Mapping[str, Label]
    question: Label
    ahead_from: Decimal
    expected_from: Decimal
    unlikely_below: Decimal
    unlikely_gap: Decimal
    closing: bool = False
    cites: tuple[Cite, ...] = ()
    note: Label | None = None
    unverified: bool = False
