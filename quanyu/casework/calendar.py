"""Working days: weekends and the State Council's yearly arrangement (调休) taken into account, never guessed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import chinese_calendar

from quanyu.registry.model import Holidays

DAY = dt.timedelta(days=1)


class NotAnnounced(Exception):
    """The days off of `year` are not announced yet: neither the library nor the packages know them."""

    def __init__(self, year: int) -> None:
        super().__init__(f"{year}年的节假日安排尚未公布")
        self.year = year


def is_working(day: dt.date, holidays: Mapping[str, Holidays]) -> bool:
    """Is this a working day? What the packages say of a year counts before the library. Raises `NotAnnounced`."""
    said = next((h for h in holidays.values() if h.year == day.year), None)
    if said is not None:
        return day in said.work or (day not in said.off and day.weekday() < 5)
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        raise NotAnnounced(day.year) from None


def is_announced(year: int, holidays: Mapping[str, Holidays]) -> bool:
    """Are the days off of a year known?"""
    try:
        is_working(dt.date(year, 1, 1), holidays)
    except NotAnnounced:
        return False
    return True


def working_days_after(day: dt.date, number: int, holidays: Mapping[str, Holidays]) -> dt.date:
    """The last day of a term of `number` working days that begins the day after `day`. Raises `NotAnnounced`."""
    while number > 0:
        day += DAY
        number -= is_working(day, holidays)
    return day


def working_days_before(day: dt.date, number: int, holidays: Mapping[str, Holidays]) -> dt.date:
    """The working day on which a term that ends with `day` has `number` of them left. Raises `NotAnnounced`."""
    while number > 0 or not is_working(day, holidays):
        number -= is_working(day, holidays)
        day -= DAY
    return day


def working_days_between(first: dt.date, last: dt.date, holidays: Mapping[str, Holidays]) -> int:
    """How many working days lie after `first` up to and with `last`; negative the other way. Raises `NotAnnounced`."""
    if last < first:
        return -working_days_between(last, first, holidays)
    return sum(is_working(first + DAY * n, holidays) for n in range(1, (last - first).days + 1))
