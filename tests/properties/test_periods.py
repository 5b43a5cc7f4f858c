"""Periods: what is written is read back, arithmetic returns where it came from, order is order in time."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from quanyu.measures.periods import LENGTHS, Period, between

months = st.integers(2000 * 12, 2100 * 12)
named = st.one_of(
    months.map(Period.of_month),
    months.map(lambda m: Period.ending(m, "ytd")),
    st.tuples(st.sampled_from(sorted(LENGTHS)), st.integers(2000, 2099)).map(
        lambda t: Period.ending(t[1] * 12 + 11, t[0])
    ),
)
spans = st.tuples(months, st.integers(0, 120)).map(lambda t: Period(t[0] + t[1], t[0], "span"))
periods = named | spans


@given(periods)
def test_reading_what_was_written_gives_the_same_period(period):
    assert Period.parse(str(period)) == period


@given(periods)
def test_full_width_characters_are_read_alike(period):
    wide = str(period).translate({n: n + 0xFEE0 for n in range(0x21, 0x7F)})
    assert Period.parse(wide) == period


@given(periods.filter(lambda p: not (p.kind == "ytd" and p.first_month == p.last_month)))
def test_the_chinese_name_is_read_back(period):
    assert Period.parse(period.label()) == period


@given(periods)
def test_the_one_after_the_one_before_is_itself(period):
    assert period.previous().following() == period
    assert period.year_ago().last_month == period.last_month - 12


@given(periods)
def test_a_period_is_its_months(period):
    held = period.months()
    assert held[0].start == period.start and held[-1].end == period.end
    assert len(held) == period.last_month - period.first_month + 1
    assert all(period.contains(m) for m in held)


@given(periods, periods)
def test_order_is_order_in_time(a, b):
    if a.end < b.end:
        assert a < b


@given(months, st.integers(0, 40), st.sampled_from(sorted(LENGTHS)))
def test_periods_between_follow_each_other(first, count, kind):
    found = between(first, first + count, kind)
    assert all(first <= p.last_month <= first + count and p.kind == kind for p in found)
    assert all(a.following() == b for a, b in itertools.pairwise(found))
