"""A verdict: what was promised, what is, whether that is good, and why; exact, and the same after a trip through JSON.

Decimals travel as strings, exact shares as `numerator/denominator`, dates in ISO form.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from quanyu.registry.model import Label

PLACES = 10
"""Decimal places kept where an exact share becomes a Decimal for display."""


def decimal_of(share: Fraction, places: int = PLACES) -> Decimal:
    """A share as Decimal, half away from zero at `places`, no trailing zeros, never through a binary float."""
    scaled = abs(share) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    value = Decimal(-whole if share < 0 else whole).scaleb(-places)
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict is as it is. `code` is stable (contested, no_target, no_data, …), `text` for people."""

    code: str
    text: Label

    @classmethod
    def told(cls, code: str, zh: str, en: str) -> Reason:
        return cls(code, Label(zh, en))


@dataclass(frozen=True, slots=True)
class Verdict:
    """One indicator judged for one period as on one day.

    `state`: done ok warn late none conflict. Values are in `unit`. `value_period` is the period the value belongs to:
    the indicator's own reporting rhythm may lag behind the period asked for. `progress` is the share of the promise
    kept, `due` the share that should be kept by now on the promised path (equal to `elapsed` on a straight line),
    both unrounded and unclipped; None where nothing may be divided. `gap` is what is missing in `unit` (0 when
    reached). `reports` of `expected` reports over the window are in (of 0: nobody must). `growth` is
    change on the same period a year ago in per cent, `points` in 个百分点 (shares only). Where there is no value,
    `last_value` is the last one ever known and `last_period` when: shown, never judged.
    """

    indicator: str
    period: str
    on: dt.date
    state: str
    unit: str
    value: Decimal | None = None
    value_period: str = ""
    point_state: str = "missing"
    origin: str = ""
    baseline: Decimal | None = None
    baseline_year: int | None = None
    target: Decimal | None = None
    target_upper: Decimal | None = None
    target_year: int | None = None
    progress: Fraction | None = None
    elapsed: Fraction | None = None
    due: Fraction | None = None
    path_value: Decimal | None = None
    gap: Decimal | None = None
    todo: Label | None = None
    reports: int = 0
    expected: int = 0
    year_ago: Decimal | None = None
    growth: Decimal | None = None
    points: Decimal | None = None
    last_value: Decimal | None = None
    last_period: str = ""
    reasons: tuple[Reason, ...] = ()

    @property
    def reason(self) -> Reason | None:
        """The first reason: why the state is what it is; None for a plain comparison with the path."""
        return self.reasons[0] if self.reasons else None

    @property
    def late_reports(self) -> int:
        """How many reports that are due have not come."""
        return max(self.expected - self.reports, 0)

    @property
    def ahead(self) -> Decimal | None:
        """Percentage points of progress ahead of the path (negative: behind); None where nothing was divided."""
        if self.progress is None or self.due is None:
            return None
        return decimal_of((self.progress - self.due) * 100)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values; `Verdict.from_dict` gives back an equal verdict."""
        return dict(json.loads(json.dumps(asdict(self), default=str)))

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Verdict:
        """The verdict that `to_dict` wrote."""
        held = dict(plain)
        decimals = ("value", "baseline", "target", "target_upper", "path_value", "gap", "year_ago", "growth", "points",
                    "last_value")  # fmt: skip
        for name in decimals:
            held[name] = None if held.get(name) is None else Decimal(held[name])
        for name in ("progress", "elapsed", "due"):
            held[name] = None if held[name] is None else Fraction(held[name])
        held["on"] = dt.date.fromisoformat(held["on"])
        held["todo"] = None if held["todo"] is None else Label(**held["todo"])
        held["reasons"] = tuple(Reason(r["code"], Label(**r["text"])) for r in held["reasons"])
        return cls(**held)
