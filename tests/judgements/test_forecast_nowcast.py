"""Late reporters: estimated from their own last value and the growth of those who came in time."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.judgements.nowcast import nowcast


def test_who_is_late_grows_as_the_others_did():
    made = nowcast({"a": 100, "b": 300, "c": 50}, {"a": 110, "b": 330}, {"a", "b", "c"})
    assert (made.value, made.filled) == (pytest.approx(495), {"c": pytest.approx(55)})
    assert (made.low, made.high) == (pytest.approx(495), pytest.approx(495))  # all grew alike: nothing to doubt
    assert made.reported_share == pytest.approx(2 / 3)


def test_uneven_growth_widens_the_interval():
    made = nowcast({"a": 100, "b": 100, "c": 100}, {"a": 150, "b": 70}, {"a", "b", "c"})
    assert made.value == pytest.approx(330)
    assert 220 <= made.low < 330 < made.high


def test_a_firm_never_heard_of_counts_as_the_average_and_nobody_late_changes_nothing():
    made = nowcast({}, {"a": 10, "b": 30}, {"a", "b", "c"})
    assert made.filled == {"c": 20}
    assert made.low < 60 < made.high
    whole = nowcast({"a": 9}, {"a": 10, "b": 30}, {"a", "b"})
    assert (whole.value, whole.low, whole.high, whole.reported_share) == (40, 40, 40, 1)


def test_without_any_report_nothing_is_guessed():
    assert nowcast({"a": 10}, {}, {"a"}) is None


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 1000).map(float), min_size=2), st.integers(1, 7))
def test_the_estimate_lies_in_its_interval_above_what_was_reported(previous, here):
    firms = sorted(previous)
    current = {firm: previous[firm] * (1 + 0.1 * i) for i, firm in enumerate(firms[:here])}
    made = nowcast(previous, current, set(firms))
    assert sum(current.values()) <= made.low <= made.value + 1e-9
    assert made.value <= made.high


def test_coverage_when_one_firm_in_five_is_late():
    dice, hits = random.Random(5), 0
    for _ in range(300):
        previous = {str(i): dice.lognormvariate(4, 1) for i in range(60)}
        whole = {firm: value * dice.lognormvariate(0.05, 0.2) for firm, value in previous.items()}
        late = set(dice.sample(sorted(whole), 12))
        made = nowcast(previous, {f: v for f, v in whole.items() if f not in late}, set(whole))
        hits += made.low <= sum(whole.values()) <= made.high
    assert 0.7 <= hits / 300 <= 0.9
