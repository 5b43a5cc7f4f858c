"""A point: one figure of one measure, for one group, in one period, with what it was made of.

`value` is numerator ÷ denominator × the measure's factor, rounded to 12 significant digits; numerator and denominator
are exact. Three states never to be confused: `ok`; `missing` (…, no fact at all); `undefined` (—, division by zero).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Literal, NamedTuple

from quanyu.measures.periods import Period

State = Literal["ok", "missing", "undefined"]
Origin = Literal["computed", "published"]
GRAINS = ("zone", "area", "industry", "size", "title", "firm")
FILTERS = ("area", "industry", "size", "firm")
DEFAULT_GRAINS = ("zone", "area", "industry", "size")
_TWELVE = Context(prec=12, rounding=ROUND_HALF_EVEN)


class Point(NamedTuple):
    """`reports` are the reports on hand of those who had to file, `expected` how many there should be; where nobody in
    particular had to, `expected` is 0 and `reports` counts the reports read."""

    measure: str
    grain: str
    group: str
    period: Period
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    state: State
    reports: int
    expected: int
    origin: Origin = "computed"

    @property
    def late(self) -> bool:
        """Some who should have reported have not."""
        return self.reports < self.expected


class Contribution(NamedTuple):
    """One fact that feeds a point: which aggregate it feeds, whose it is, what it adds.

    `fact` is the id of the report or standing (the organisation's for the register itself). `period` for reports,
    `since`/`until` for standings. `amount` is the operand's value, 1 for what is counted.
    """

    aggregate: str
    contract: str
    fact: int
    firm: int
    name: str
    period: str
    title: str
    person: str
    since: dt.date | None
    until: dt.date | None
    amount: Decimal


def quotient(numerator: int, denominator: int) -> Decimal:
    """An exact quotient rounded once to 12 significant digits, written without needless zeros."""
    return plain(_TWELVE.divide(Decimal(numerator), Decimal(denominator)))


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros or exponent, so that equal values are written alike."""
    if value == value.to_integral_value():
        return value.quantize(Decimal(1), context=_WIDE)
    return value.normalize(_WIDE)


_WIDE = Context(prec=200)


def terminating(numerator: int, denominator: int) -> Decimal | None:
    """A reduced fraction as an exact decimal, None where it does not end (1/3)."""
    places, rest = 0, denominator
    while rest % 10 == 0:
        rest, places = rest // 10, places + 1
    twos = fives = 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return None
    more = max(twos, fives)
    scaled = numerator * 2 ** (more - twos) * 5 ** (more - fives)
    return plain(Decimal(scaled).scaleb(-(places + more), _WIDE))


def check_question(grains: tuple[str, ...] | list[str], where: Mapping[str, object] | None) -> None:
    """A programmer's slip in asking an engine: an unknown grain or filter."""
    if wrong := [g for g in grains if g not in GRAINS] + [w for w in where or () if w not in FILTERS]:
        raise ValueError(f"no such grain or filter: {wrong}")
