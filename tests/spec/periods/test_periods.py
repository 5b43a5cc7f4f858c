"""How people and files write a period, what it is called, and how much of a plan has passed."""

import datetime as dt
from fractions import Fraction

import pytest

from quanyu.measures.periods import BadPeriod, Period, elapsed_share


@pytest.mark.parametrize(
    ("text", "canonical", "zh", "en"),
    [
        ("2024-09", "2024-09", "2024年9月", "Sep 2024"),
        ("202409", "2024-09", "2024年9月", "Sep 2024"),
        ("２０２４年９月", "2024-09", "2024年9月", "Sep 2024"),
        ("2024Q3", "2024-Q3", "2024年三季度", "Q3 2024"),
        ("2024年第三季度", "2024-Q3", "2024年三季度", "Q3 2024"),
        ("2024-H1", "2024-H1", "2024年上半年", "H1 2024"),
        ("2024年", "2024", "2024年", "2024"),
        ("2024年1—9月", "2024-YTD09", "2024年1—9月", "Jan–Sep 2024"),
        ("2024-YTD09", "2024-YTD09", "2024年1—9月", "Jan–Sep 2024"),
        ("2021—2025年", "2021/2025", "2021—2025年", "2021–2025"),
        ("2021-03/2024-05", "2021-03/2024-05", "2021年3月—2024年5月", "Mar 2021 – May 2024"),
    ],
)
def test_a_period_is_read_and_named(text, canonical, zh, en):
    period = Period.parse(text)
    assert (str(period), period.label(), period.label("en")) == (canonical, zh, en)


@pytest.mark.parametrize(
    "text", ["", "2024-13", "202400", "24-09", "2024-Q5", "2025/2021", "0001", "九月", "2024-09-01"]
)
def test_what_is_no_period_is_refused_in_words(text):
    with pytest.raises(BadPeriod, match="时期"):
        Period.parse(text)


def test_neighbours():
    assert [
        str(Period.parse(p).previous()) for p in ("2024-01", "2024-Q1", "2024-H1", "2024", "2024-YTD09", "2024-YTD01")
    ] == [
        "2023-12",
        "2023-Q4",
        "2023-H2",
        "2023",
        "2024-YTD08",
        "2023-YTD12",
    ]
    assert str(Period.parse("2024-Q3").year_ago()) == "2023-Q3"
    assert (str(Period.parse("2024-Q3").ytd()), str(Period.parse("2024-Q3").year())) == ("2024-YTD09", "2024")


def test_every_month_of_a_plan_weighs_the_same():
    start, end = dt.date(2021, 1, 1), dt.date(2025, 12, 31)
    days = [
        dt.date(2020, 6, 1),
        dt.date(2020, 12, 31),
        dt.date(2021, 4, 15),
        dt.date(2023, 12, 31),
        end,
        dt.date(2027, 1, 1),
    ]
    assert [elapsed_share(start, end, d) for d in days] == [0, 0, Fraction(7, 120), Fraction(3, 5), 1, 1]
