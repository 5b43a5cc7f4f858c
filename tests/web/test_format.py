"""Numbers and periods as people here write them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as D
from fractions import Fraction as F

import pytest
from django.utils.translation import override

from quanyu.pagekit import format
from quanyu.registry.model import Label, Unit
from quanyu.registry.problem import Place

NOWHERE = Place("", 0)


def unit(key: str, zh: str, dimension: str, decimals: int, en: str = "") -> Unit:
    return Unit(key, Label(zh, en), dimension, D(1), decimals, NOWHERE)


FIRMS = unit("firm", "家", "count:firm", 0, "firms")
PERCENT = unit("percent", "%", "share", 1, "%")
YI = unit("yi_yuan", "亿元", "money", 2, "100 million yuan")
PER_10K = unit("piece_per_wan_person", "件/万人", "count:piece/count:person", 2)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (D("1234567.891"), 2, "1,234,567.89"),
        (D("2.0"), None, "2.0"),
        (D("-3.25"), 1, "−3.3"),
        (D("0.005"), 2, "0.01"),
        (D("-0.004"), 2, "0.00"),
        (0, 0, "0"),
        (F(2, 3), 3, "0.667"),
        (F(-1, 2), 0, "−1"),
    ],
)
def test_numbers_round_half_up_and_carry_commas(value, places, text):
    assert format.number(value, places) == text


def test_what_is_not_there_says_how():
    assert format.number(None) == "…"
    assert format.number(None, state="missing") == "…"
    assert format.number(None, state="undefined") == "—"


@pytest.mark.parametrize(
    ("measured", "printed", "places"),
    [
        (FIRMS, (D(176), D(350)), 0),
        (PERCENT, (D("2.5"), D("3.5")), 2),
        (PERCENT, (D(35), D(45)), 1),
        (PER_10K, (D("14.96"), D(30)), 2),
        (YI, (D(3), D(15)), 2),
        (PERCENT, (None, None), 1),
    ],
)
def test_places_give_three_digits_of_what_the_plan_prints_and_count_things_whole(measured, printed, places):
    assert format.places(measured, *printed) == places


def test_a_quantity_closes_up_in_chinese_and_stands_apart_in_english():
    with override("zh-hans"):
        assert format.quantity(D(312), FIRMS) == "312家"
        assert format.quantity(D("13.8"), YI) == "13.80亿元"
    with override("en"):
        assert format.quantity(D(312), FIRMS) == "312 firms"
        assert format.quantity(D("3.5"), PERCENT) == "3.5%"


def test_growth_always_shows_its_sign():
    with override("zh-hans"):
        assert format.growth(D("14.06")) == "+14.1%"
        assert format.growth(D("-0.04")) == "持平"
        assert format.growth(None) == "—"
        assert format.points(D("-2")) == "−2.0个百分点"
        assert format.change(D("0.004"), 2) == "持平"
        assert format.change(D("0.006"), 2) == "+0.01"
    with override("en"):
        assert format.points(D("0.25")) == "+0.3 percentage points"
        assert format.growth(D(0)) == "unchanged"


def test_a_share_is_printed_as_per_cent_with_one_place():
    assert format.percent(F(2, 3)) == "66.7%"
    assert format.percent(F(-1, 8), 2) == "−12.50%"
    assert format.percent(None) == "—"


@pytest.mark.parametrize(
    ("machine", "zh"),
    [("2024-09", "2024年9月"), ("2024-YTD09", "2024年1—9月"), ("2024-Q3", "2024年三季度"), ("2024", "2024年")],
)
def test_periods_in_words(machine, zh):
    with override("zh-hans"):
        assert format.period(machine) == zh


def test_dates_in_both_languages():
    with override("zh-hans"):
        assert format.date(dt.date(2024, 9, 30)) == "2024年9月30日"
    with override("en"):
        assert format.date(dt.date(2024, 9, 30)) == "30 Sep 2024"
    assert format.date(None) == "…"
