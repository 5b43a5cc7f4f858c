"""Working days as the State Council arranged them; a year not announced is said, never guessed."""

from __future__ import annotations

import datetime as dt

import pytest

from quanyu.casework.calendar import (
    NotAnnounced,
    is_announced,
    is_working,
    working_days_after,
    working_days_before,
    working_days_between,
)
from quanyu.registry.load import load_files
from tests.factories import TINY

DAY = dt.date
YEAR_2027 = """
key: y2027
year: 2027
off: [2027-01-01, 2027-02-05, 2027-02-08]
work: [2027-01-03]
"""


def said_2027():
    registry, problems = load_files(TINY | {"tiny/holidays/y2027.yaml": YEAR_2027})
    assert [str(p) for p in problems] == []
    return registry.holidays


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (DAY(2026, 9, 20), True),  # a Sunday worked for National Day
        (DAY(2026, 10, 10), True),  # a Saturday worked for National Day
        (DAY(2026, 10, 1), False),
        (DAY(2026, 10, 7), False),  # a Wednesday inside the holiday
        (DAY(2026, 10, 8), True),
        (DAY(2026, 11, 21), False),  # an ordinary Saturday
        (DAY(2026, 11, 23), True),
    ],
)
def test_a_day_of_2026(day: dt.date, working: bool):
    assert is_working(day, {}) is working


def test_a_term_over_national_day_counts_the_saturday_that_is_worked():
    assert working_days_after(DAY(2026, 9, 30), 3, {}) == DAY(2026, 10, 10)
    assert working_days_between(DAY(2026, 9, 30), DAY(2026, 10, 10), {}) == 3
    assert working_days_between(DAY(2026, 10, 10), DAY(2026, 9, 30), {}) == -3
    assert working_days_before(DAY(2026, 10, 10), 3, {}) == DAY(2026, 9, 30)


def test_a_term_of_no_days_ends_where_it_begins():
    assert working_days_after(DAY(2026, 11, 21), 0, {}) == DAY(2026, 11, 21)


def test_2027_is_not_announced():
    assert is_announced(2026, {}) and not is_announced(2027, {})
    assert working_days_after(DAY(2026, 12, 24), 5, {}) == DAY(2026, 12, 31)
    with pytest.raises(NotAnnounced, match="2027年的节假日安排尚未公布"):
        working_days_after(DAY(2026, 12, 24), 6, {})


def test_what_a_package_says_of_a_year_counts_before_the_library():
    said = said_2027()
    assert is_announced(2027, said)
    assert working_days_after(DAY(2026, 12, 31), 2, said) == DAY(2027, 1, 4)  # Sunday 3 January is worked
    assert not is_working(DAY(2027, 2, 5), said)
