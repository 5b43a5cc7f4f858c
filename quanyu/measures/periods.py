"""The spans of time that reports, targets and figures are about, and the arithmetic on them.

A month is counted as `year * 12 + month - 1`, so every period is a run of whole months. Six kinds: month, quarter,
half_year, year, ytd (January to a month, 1—本月) and span (whole years or months, `2021/2025`).
Periods sort by their end, then their start; they are hashable and never change.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from quanyu.registry.problem import Refused

Kind = Literal["month", "quarter", "half_year", "year", "ytd", "span"]
LENGTHS: dict[str, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
KINDS: dict[int, Kind] = {1: "month", 3: "quarter", 6: "half_year", 12: "year"}
FIRST_YEAR, LAST_YEAR = 1949, 2199

_MONTH = r"(\d{4})[-/.]?(0[1-9]|1[0-2])|(\d{4})[-/.年]([1-9]|1[0-2]|0[1-9])月?"
_QUARTER = r"(\d{4})年?-?(?:Q([1-4])|第?([1-4一二三四])季度?)"
_HALF = r"(\d{4})年?-?(?:H([12])|([上下])半年)"
_YEAR = r"(\d{4})年?"
_YTD = r"(\d{4})(?:-?YTD(0[1-9]|1[0-2])|年?(?:1|0?1月?)[-—–~至]+([2-9]|1[0-2])月)"
_SPAN = r"(\d{4})(?:[-年](0[1-9]|1[0-2]|[1-9])月?)?年?[/—–~至]+(\d{4})(?:[-年](0[1-9]|1[0-2]|[1-9])月?)?年?"
_CHINESE = {"一": 1, "二": 2, "三": 3, "四": 4, "上": 1, "下": 2}
_QUARTER_ZH = ("一", "二", "三", "四")
_MONTH_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class BadPeriod(ValueError):
    """A text that names no period; the message is one Chinese sentence for the person who typed it."""


def month_index(day: dt.date) -> int:
    """Which month a day falls in, counted from year 0: 2024-09 is 24296."""
    return day.year * 12 + day.month - 1


def month_start(month: int) -> dt.date:
    """The first day of a month given by its index."""
    return dt.date(month // 12, month % 12 + 1, 1)


def month_end(month: int) -> dt.date:
    """The last day of a month given by its index."""
    year, index = divmod(month, 12)
    return dt.date(year, index + 1, calendar.monthrange(year, index + 1)[1])


def elapsed_share(start: dt.date, end: dt.date, on: dt.date) -> Fraction:
    """How much of a span has passed at the end of a day (序时进度), 0 to 1, exactly.

    Each month weighs the same and a month is spent evenly over its days: 2021—2025 is at 3/5 when 2023 ends.
    """

    def months(day: dt.date) -> Fraction:
        return month_index(day) + Fraction(day.day, calendar.monthrange(day.year, day.month)[1])

    before = start - dt.timedelta(days=1)
    share = (months(on) - months(before)) / (months(end) - months(before))
    return min(max(share, Fraction(0)), Fraction(1))


def day(written: str, what: str) -> dt.date:
    """A day as it was typed; refused by the name `what` where it is none."""
    try:
        return dt.date.fromisoformat(written.strip())
    except ValueError:
        raise Refused(f"“{what}”应是日期，现在是“{written}”。", "请写成 2026-11-23。") from None


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A run of whole months with a name. Use `parse` or the makers; the fields are in sorting order."""

    last_month: int
    first_month: int
    kind: Kind

    def __post_init__(self) -> None:
        if self.first_month > self.last_month:
            raise BadPeriod(f"时期的起点在终点之后：{month_start(self.first_month)}—{month_start(self.last_month)}")

    @classmethod
    def of_month(cls, month: int) -> Period:
        return cls(month, month, "month")

    @classmethod
    def of_year(cls, year: int) -> Period:
        return cls(year * 12 + 11, year * 12, "year")

    @classmethod
    def ending(cls, month: int, kind: Kind) -> Period:
        """The period of a kind whose last month is `month`: ending(2024-09, "quarter") is 2024-Q3."""
        if kind == "ytd":
            return cls(month, month - month % 12, "ytd")
        length = LENGTHS[kind]
        if (month + 1) % length:
            raise BadPeriod(f"{month_start(month):%Y-%m} 不是{_KIND_ZH[kind]}的最后一个月")
        return cls(month, month - length + 1, kind)

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read a period as people and files write it: `2024-09` `202409` `2024年9月` `2024-Q3` `2024年三季度` `2024-H1`
        `2024` `2024-YTD09` `2024年1—9月` `2021/2025`; full-width characters too. Raises `BadPeriod`."""
        plain = unicodedata.normalize("NFKC", str(text)).upper().replace(" ", "")
        for pattern, make in _READERS:
            if found := re.fullmatch(pattern, plain):
                period = make(*(g for g in found.groups()))
                if not FIRST_YEAR <= period.first_month // 12 <= period.last_month // 12 <= LAST_YEAR:
                    break
                return period
        raise BadPeriod(f"看不懂的时期“{text}”，请写成 2024-09、2024-Q3、2024-H1、2024、2024-YTD09 或 2021/2025")

    @property
    def start(self) -> dt.date:
        return month_start(self.first_month)

    @property
    def end(self) -> dt.date:
        return month_end(self.last_month)

    def __str__(self) -> str:
        year, month = divmod(self.last_month, 12)
        match self.kind:
            case "month":
                return f"{year}-{month + 1:02}"
            case "quarter":
                return f"{year}-Q{month // 3 + 1}"
            case "half_year":
                return f"{year}-H{month // 6 + 1}"
            case "year":
                return f"{year}"
            case "ytd":
                return f"{year}-YTD{month + 1:02}"
        if self.first_month % 12 == 0 and month == 11:
            return f"{self.first_month // 12}/{year}"
        return f"{month_start(self.first_month):%Y-%m}/{month_start(self.last_month):%Y-%m}"

    def label(self, language: str = "zh") -> str:
        """The name for people: 2024年9月, 2024年三季度, 2024年上半年, 2024年, 2024年1—9月, 2021—2025年."""
        return self._english() if language.startswith("en") else self._chinese()

    def _chinese(self) -> str:
        year, month = divmod(self.last_month, 12)
        match self.kind:
            case "month":
                return f"{year}年{month + 1}月"
            case "quarter":
                return f"{year}年{_QUARTER_ZH[month // 3]}季度"
            case "half_year":
                return f"{year}年{'上' if month < 6 else '下'}半年"
            case "year":
                return f"{year}年"
            case "ytd":
                return f"{year}年1—{month + 1}月" if month else f"{year}年1月"
        first = Period.of_month(self.first_month)
        if self.first_month % 12 == 0 and month == 11:
            return f"{first.last_month // 12}—{year}年"
        return f"{first.label()}—{Period.of_month(self.last_month).label()}"

    def _english(self) -> str:
        year, month = divmod(self.last_month, 12)
        match self.kind:
            case "month":
                return f"{_MONTH_EN[month]} {year}"
            case "quarter":
                return f"Q{month // 3 + 1} {year}"
            case "half_year":
                return f"H{month // 6 + 1} {year}"
            case "year":
                return f"{year}"
            case "ytd":
                return f"Jan–{_MONTH_EN[month]} {year}" if month else f"Jan {year}"
        if self.first_month % 12 == 0 and month == 11:
            return f"{self.first_month // 12}–{year}"
        return f"{Period.of_month(self.first_month)._english()} – {Period.of_month(self.last_month)._english()}"

    def _shift(self, months: int) -> Period:
        return Period(self.last_month + months, self.first_month + months, self.kind)

    def year_ago(self) -> Period:
        """The same stretch of the year before (上年同期)."""
        return self._shift(-12)

    def previous(self) -> Period:
        """The one before of the same kind (上期); for 1—9月 it is 1—8月, for 1月 the whole year before."""
        if self.kind == "ytd":
            return Period.ending(self.last_month - 1, "ytd")
        return self._shift(self.first_month - self.last_month - 1)

    def following(self) -> Period:
        """The one after of the same kind (下期)."""
        if self.kind == "ytd":
            return Period.ending(self.last_month + 1, "ytd")
        return self._shift(self.last_month - self.first_month + 1)

    def year(self) -> Period:
        """The calendar year in which it ends."""
        return Period.of_year(self.last_month // 12)

    def ytd(self) -> Period:
        """January of its last year up to its end (1—本月)."""
        return Period.ending(self.last_month, "ytd")

    def months(self) -> tuple[Period, ...]:
        return tuple(Period.of_month(m) for m in range(self.first_month, self.last_month + 1))

    def contains(self, other: Period) -> bool:
        return self.first_month <= other.first_month and other.last_month <= self.last_month


_KIND_ZH = {"month": "月度", "quarter": "季度", "half_year": "半年度", "year": "年度"}


def between(first_month: int, last_month: int, kind: Kind) -> tuple[Period, ...]:
    """All periods of a kind that end inside a run of months, in order."""
    length = LENGTHS.get(kind, 1)
    return tuple(Period.ending(m, kind) for m in range(first_month, last_month + 1) if (m + 1) % length == 0)


def _read_span(first_year: str, first: str | None, last_year: str, last: str | None) -> Period:
    return Period(int(last_year) * 12 + int(last or 12) - 1, int(first_year) * 12 + int(first or 1) - 1, "span")


def _number(text: str) -> int:
    return _CHINESE.get(text) or int(text)


_READERS = (
    (_YTD, lambda y, a, b: Period.ending(int(y) * 12 + int(a or b) - 1, "ytd")),
    (_MONTH, lambda y, m, y2, m2: Period.of_month(int(y or y2) * 12 + int(m or m2) - 1)),
    (_QUARTER, lambda y, a, b: Period.ending(int(y) * 12 + _number(a or b) * 3 - 1, "quarter")),
    (_HALF, lambda y, a, b: Period.ending(int(y) * 12 + _number(a or b) * 6 - 1, "half_year")),
    (_YEAR, lambda y: Period.of_year(int(y))),
    (_SPAN, _read_span),
)
