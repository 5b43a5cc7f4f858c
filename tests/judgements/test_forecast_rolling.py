"""The forecaster of one row of numbers: exact where the row is exact, honest where it is not."""

from __future__ import annotations

import math
import random
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanyu.judgements.rolling import LEAST, Spread, Vantage, roll, student


def final(values, season=12) -> Vantage:
    vantage = roll(values, season)[0][-1]
    assert vantage is not None
    return vantage


def ahead(vantage: Vantage, steps: int) -> list[float]:
    return vantage.ahead(vantage.known, steps)


def test_a_straight_line_goes_on():
    vantage = final([10 + 3 * i for i in range(24)])
    assert vantage.method == "drift"
    assert ahead(vantage, 3) == [82, 85, 88]
    assert vantage.spread.half(0.8, 1) < 0.5  # one error of the usual size of a step is counted in, no more


def test_a_yearly_pattern_on_a_rise_comes_back():
    pattern = [0, 5, 1, 7]
    values = [100 + 2 * i + pattern[i % 4] for i in range(24)]
    vantage = final(values, 4)
    assert vantage.method == "seasonal"
    assert ahead(vantage, 8) == pytest.approx([100 + 2 * i + pattern[i % 4] for i in range(24, 32)])


def test_what_never_moves_stays_and_is_certain():
    vantage = final([5.0] * 12)
    assert (vantage.method, ahead(vantage, 2), vantage.spread.half(0.95, 2)) == ("last", [5.0, 5.0], 0.0)
    assert (vantage.chance(5, 1, (5, math.inf)), vantage.chance(5, 1, (6, math.inf))) == (1.0, 0.0)


def test_a_handful_of_yearly_values_gets_only_the_simplest():
    said, checks = roll([0, 10, 21, 29, 40, 51], 1)
    assert [v and v.method for v in said] == [None] * LEAST + ["drift", "drift"]
    assert ahead(final([0, 10, 21, 29, 40], 1), 1) == [50]
    assert [(c.hit, c.missed, c.naive) for c in checks] == [(True, pytest.approx(1), 11)]


def test_too_little_says_nothing():
    assert roll([1, 2, 3, 4], 12) == ([None] * 5, [])
    assert roll([], 1) == ([None], [])


def test_probability_falls_as_the_target_rises_and_agrees_with_the_interval():
    spread = Spread(2.0, 0.7, 12)
    vantage = Vantage("last", 20, lambda known, steps: [0.0] * steps, spread, 0)
    chances = [vantage.chance(50, 6, (target, math.inf)) for target in range(30, 71)]
    assert chances == sorted(chances, reverse=True)
    assert vantage.chance(50, 6, (50, math.inf)) == pytest.approx(0.5)
    assert vantage.chance(50, 6, (50 - spread.half(0.8, 6), math.inf)) == pytest.approx(0.9, abs=1e-6)
    assert vantage.chance(50, 6, (-math.inf, 50 - spread.half(0.95, 6))) == pytest.approx(0.025, abs=1e-6)
    near, both = spread.half(0.8, 6), vantage.chance(50, 6, (50 - spread.half(0.8, 6), 50 + spread.half(0.8, 6)))
    assert near > 0
    assert both == pytest.approx(0.8, abs=1e-6)


@pytest.mark.parametrize("freedom, quantile", [(2, 1.886), (3, 1.638), (5, 1.476), (10, 1.372), (30, 1.310)])
def test_students_quantiles_are_those_of_the_tables(freedom, quantile):
    assert student(NormalDist().inv_cdf(0.9), freedom) == pytest.approx(quantile, rel=0.01)


def test_coverage_on_random_walks_is_honest():
    """Thirty walks with and without drift, five years of months: the 80 % interval holds 70 to 90 % of what comes."""
    dice = random.Random(20261123)
    hits = total = 0
    for walk in range(30):
        values = [100.0]
        for _ in range(59):
            values.append(values[-1] + dice.gauss(0.4 * (walk % 3), 1))
        checks = roll(values, 12)[1]
        hits, total = hits + sum(c.hit for c in checks), total + len(checks)
    assert total > 10_000
    assert 0.7 <= hits / total <= 0.9


def test_coverage_of_short_yearly_rows_is_honest():
    """Four hundred rows of six yearly values: one forecast each from five points."""
    dice = random.Random(7)
    checks = []
    for _ in range(400):
        values = [10.0]
        for _ in range(5):
            values.append(values[-1] + dice.gauss(2, 1))
        checks += roll(values, 1)[1]
    assert len(checks) == 400
    assert 0.7 <= sum(c.hit for c in checks) / 400 <= 0.9


def test_past_probabilities_are_scored_against_what_was_promised():
    values = [float(i) for i in range(24)]
    kept = roll(values, 4, [(-1.0, math.inf)] * 24)[1]
    missed = roll(values, 4, [(1000.0, math.inf)] * 24)[1]
    assert max(c.square for c in kept) < 0.01
    assert max(c.square for c in missed) < 0.01
    assert {c.square for c in roll(values, 4, [None] * 24)[1]} == {None}


rows = st.lists(st.integers(-1000, 1000).map(float), min_size=LEAST + 1, max_size=40)
seasons = st.sampled_from([1, 2, 4, 12])


@settings(max_examples=60, deadline=None)
@given(rows, seasons)
def test_intervals_widen_with_the_distance_and_with_the_level(values, season):
    spread = final(values, season).spread
    near = [spread.half(0.8, step) for step in range(1, 13)]
    assert near == sorted(near)
    assert all(spread.half(0.95, step) >= spread.half(0.8, step) >= 0 for step in range(1, 13))


@settings(max_examples=60, deadline=None)
@given(rows, seasons)
def test_nothing_looks_ahead(values, season):
    """What is said after some values is the same whether or not more follow."""
    whole, cut = roll(values, season)[0], roll(values[:-1], season)[0]
    for told, again in zip(cut, whole, strict=False):
        assert (told is None) == (again is None)
        if told and again:
            assert (told.method, told.spread, told.checked) == (again.method, again.spread, again.checked)
            assert ahead(told, 5) == ahead(again, 5)


@settings(max_examples=60, deadline=None)
@given(rows, seasons)
def test_another_unit_gives_the_same_forecast(values, season):
    """Eight times the values (exact in binary): eight times the forecast and its interval, the same method."""
    one, other = final(values, season), final([8 * v for v in values], season)
    assert other.method == one.method
    assert ahead(other, 6) == pytest.approx([8 * v for v in ahead(one, 6)])
    assert other.spread.half(0.8, 3) == pytest.approx(8 * one.spread.half(0.8, 3))
