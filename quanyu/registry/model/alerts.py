"""When to warn about an indicator, and what could close its gap, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from quanyu.registry.model.basics import Cite, Dated, Label
from quanyu.registry.model.promise import Window
from quanyu.registry.problem import Place

Watched = Literal["behind", "chance", "reversed", "fading", "late_reports", "outlier"]
"""What a rule measures: percentage points of progress below the path; the probability of reaching the target in %;
how far a change on a year before went the wrong way, in %; for how many of its periods in a row that change shrank;
reports not in, in % of those due; how unlike its own history the last step was (modified z)."""
Severity = Literal["watch", "warn", "grave"]
SEVERITIES: tuple[Severity, ...] = ("watch", "warn", "grave")


@dataclass(frozen=True, slots=True)
class Alert:
    """One rule of early warning. It warns where what it measures goes beyond a limit (`chance`: falls below it).

    `limits`: severity → the limit as it changed over time. `who` answers: `owner` or `source` of the indicator, or a
    role, `within` working days. `indicators`: which it looks at; none named: all, or the `main` ones `only`.
    """

    key: str
    label: Label
    what: Watched
    limits: Mapping[Severity, tuple[Dated, ...]]
    place: Place
    who: str = "owner"
    within: int = 5
    only: Literal["all", "main"] = "all"
    indicators: tuple[str, ...] = ()
    note: Label | None = None


@dataclass(frozen=True, slots=True)
class LeverTest:
    """One thing looked at firm by firm: a formula, and the bound its value must keep (`at_least`, or `below`).

    `ahead`: asked of so many months later (a certificate that will have ended).
    """

    label: Label
    formula: str
    unit: str
    place: Place
    window: Window = "month"
    at_least: Decimal | None = None
    below: Decimal | None = None
    ahead: int = 0

    def met(self, value: Decimal) -> bool:
        """Does a firm with this value keep the bound?"""
        return value >= self.at_least if self.at_least is not None else self.below is not None and value < self.below


@dataclass(frozen=True, slots=True)
class Lever:
    """What could close the gap of some indicators: firms `among` which all tests hold and of whose `needs` all but
    `short` are met. Without tests it only says which facts are awaited (`awaits`)."""

    key: str
    label: Label
    indicators: tuple[str, ...]
    because: str
    place: Place
    among: tuple[LeverTest, ...] = ()
    needs: tuple[LeverTest, ...] = ()
    short: int = 0
    awaits: Label | None = None
    cites: tuple[Cite, ...] = ()
    unverified: bool = False

    @property
    def tests(self) -> tuple[LeverTest, ...]:
        """All tests, in the order a list of firms shows them."""
        return (*self.needs, *self.among)
