"""Where an indicator should stand: straight, compound and stepped paths; and a lag put as something to do."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest

from quanyu.judgements.gaps import gap_sentence
from quanyu.judgements.paths import Path
from quanyu.judgements.verdict import decimal_of
from tests.judgements.zone import UNITS, codes, ledger, verdict

START, END = dt.date(2021, 1, 1), dt.date(2025, 12, 31)


def path(shape: str, baseline: str = "100", target: str = "200", **steps: int) -> Path:
    marks = {int(y[1:]): Decimal(v) for y, v in steps.items()}
    return Path.through(shape, START, END, Decimal(baseline), Decimal(target), marks)


@pytest.mark.parametrize(
    ("on", "value"),
    [((2020, 12, 31), 100), ((2021, 12, 31), 120), ((2024, 9, 30), 175), ((2025, 12, 31), 200), ((2027, 1, 1), 200)],
)
def test_a_straight_line(on: tuple[int, int, int], value: int):
    assert path("linear").at(dt.date(*on)) == value


def test_a_compound_path_doubles_evenly_and_meets_its_ends_exactly():
    doubling = path("compound")
    assert (doubling.at(dt.date(2020, 12, 31)), doubling.at(END)) == (100, 200)
    half = doubling.at(dt.date(2023, 6, 30))  # half of the span: 100 × √2
    assert decimal_of(half) == Decimal("141.4213562373")


def test_a_compound_path_needs_values_above_zero_and_says_so():
    fallen = path("compound", baseline="0")
    assert (fallen.shape, fallen.fallback.code, fallen.at(dt.date(2023, 6, 30))) == ("linear", "path_fallback", 100)
    v = verdict(ledger(m2024_09="300"), baseline="0", path="compound")
    assert codes(v) == ["path_fallback"]


def test_a_stepped_path_joins_year_ends():
    stepped = path("stepped", y2021=110, y2023=160)
    days = [
        (2020, 12, 31),
        (2021, 6, 30),
        (2021, 12, 31),
        (2022, 12, 31),
        (2023, 12, 31),
        (2024, 12, 31),
        (2025, 12, 31),
    ]
    assert [stepped.at(dt.date(*d)) for d in days] == [100, 105, 110, 135, 160, 180, 200]
    assert path("stepped").fallback.code == "path_fallback"


def test_a_stepped_path_sets_what_is_due():
    steps = {2023: Decimal(190), 2024: Decimal(200)}
    v = verdict(ledger(m2024_12="200"), "2024-12", path="stepped", steps=steps)
    assert (v.state, v.elapsed, v.due, v.path_value) == ("ok", Fraction(4, 5), Fraction(24, 174), 200)


@pytest.mark.parametrize(
    ("gap", "unit", "sentence"),
    [
        ("21.2", "firm", "再增 22 家可达目标"),
        ("1250", "piece", "再增 1,250 件可达目标"),
        ("0.38", "percent", "再提高 0.38 个百分点可达目标"),
        ("0.381", "percent", "再提高 0.39 个百分点可达目标"),
        ("0.0004", "percent", "再提高 0.0004 个百分点可达目标"),
        ("1.2", "yi_yuan", "再增 1.20 亿元可达目标"),
    ],
)
def test_a_gap_is_something_to_do(gap: str, unit: str, sentence: str):
    assert gap_sentence(Decimal(gap), UNITS[unit], UNITS).zh == sentence


def test_a_gap_in_english_and_downwards():
    assert gap_sentence(Decimal(2), UNITS["firm"], UNITS, fall=True).en == "2 fewer firms to reach the target"
    assert gap_sentence(Decimal(2), UNITS["firm"], UNITS, fall=True).zh == "再减少 2 家可达目标"
    down = gap_sentence(Decimal("0.5"), UNITS["percent"], UNITS, fall=True)
    assert down.en == "Bring down by 0.50 percentage points to reach the target"


def test_shares_round_half_away_from_zero():
    assert [decimal_of(Fraction(n, 2), 0) for n in (1, -1, 3, 4)] == [1, -1, 2, 2]
