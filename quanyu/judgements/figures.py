"""Which figure of a series a verdict is about: the newest in the indicator's own rhythm, fit to compare."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from quanyu.judgements.verdict import Reason, decimal_of
from quanyu.measures.periods import KINDS, LENGTHS, Period, month_index
from quanyu.measures.points import Point
from quanyu.registry.model import Indicator, Plan

LOOK_BACK = 2
"""How many of its own reporting cycles an indicator's latest figure may lie behind before it counts as no data."""

Points = Mapping[Period, Point]


class Figures(Protocol):
    """The series a verdict is about: the zone's figures of an indicator, computed or published, in its unit."""

    def points(self, indicator: str) -> Points: ...
    def published(self, indicator: str) -> Points: ...


def summed(indicator: Indicator) -> bool:
    """A flow summed since the plan began: its progress is Σ ÷ target whatever the baseline was."""
    return indicator.nature == "flow" and indicator.window == "plan"


def comparable(series: Figures, indicator: Indicator, plan: Plan) -> Points:
    """The figures that may be held against the promise.

    For a flow summed since the plan began a published year is only a part of the sum: published years are added up
    while none is missing, published spans count where they open with the plan.
    """
    points = series.points(indicator.key)
    if not summed(indicator):
        return points
    said, first = series.published(indicator.key), month_index(plan.starts_on)
    held: dict[Period, Point] = {}
    total, year = Decimal(0), Period.of_year(plan.starts_on.year)
    while (part := said.get(year)) is not None and part.value is not None and year.first_month >= first:
        total += part.value
        held[year] = part._replace(value=total, numerator=None, denominator=None)
        year = year.following()
    held |= {span: p for span, p in said.items() if span.kind == "span" and span.first_month == first}
    return held | {period: p for period, p in points.items() if p.origin == "computed"}


def latest_figure(points: Points, indicator: Indicator, asked: Period) -> tuple[Period, Point | None]:
    """The newest figure not after `asked`, and the period it belongs to; of two for one day the computed one.

    It may lie up to `LOOK_BACK` reporting cycles behind. Where none has a value, the newest one that is missing or
    undefined, else the cycle that closed last with None.
    """
    cycle = LENGTHS[indicator.frequency]
    closed = (asked.last_month + 1) // cycle * cycle - 1
    oldest = closed - LOOK_BACK * cycle
    near = [(t, p) for t, p in points.items() if oldest <= t.last_month <= asked.last_month]
    known = [(t, p) for t, p in near if p.value is not None] or near
    if not known:
        return Period.ending(closed, indicator.frequency), None
    return max(known, key=lambda item: (item[0].last_month, item[1].origin == "computed", item[0]))


def last_known(points: Points, asked: Period) -> tuple[Period, Decimal] | None:
    """The newest value not after `asked`, however old; None where there never was one."""
    known = [(t, p.value) for t, p in points.items() if p.value is not None and t.last_month <= asked.last_month]
    return max(known, key=lambda item: (item[0].last_month, item[0])) if known else None


def whole_year(points: Points, held: Period, so_far: Decimal) -> tuple[Fraction, Reason]:
    """A yearly flow part-way through its year: with last year's rest added or, without it, scaled up evenly."""
    number = held.last_month % 12 + 1
    last_year, same_part = (_closing(points, held.last_month - back) for back in (number, 12))
    if last_year is not None and same_part is not None:
        zh, en = "年度指标按最近12个月累计判断", "a yearly figure, judged by the last twelve months"
        return Fraction(last_year - same_part + so_far), Reason.told("trailing_year", zh, en)
    zh, en = (
        f"年度指标，上年同期数据不全，按已过{number}个月折算全年判断",
        f"a yearly figure, scaled up from {number} months",
    )
    return Fraction(so_far) * 12 / number, Reason.told("annualised", zh, en)


def _closing(points: Points, month: int) -> Decimal | None:
    """The year-to-date figure that closes with a month, whatever rhythm it was counted in."""
    names = (Period.ending(month, kind) for length, kind in KINDS.items() if (month + 1) % length == 0)
    return next((points[n].value for n in names if n in points and points[n].value is not None), None)


def change(points: Points, held: Period, value: Decimal) -> tuple[Decimal | None, Fraction | None, Decimal | None]:
    """On the same period a year ago: its value, the difference, and that in per cent of a positive value."""
    before = points.get(held.year_ago())
    if before is None or before.value is None:
        return None, None, None
    difference = Fraction(value) - Fraction(before.value)
    percent = decimal_of(difference / Fraction(before.value) * 100) if before.value > 0 else None
    return before.value, difference, percent
