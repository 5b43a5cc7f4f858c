"""What sticks out in a month: hand-computed scores, and what must hold whatever the figures are."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.judgements import plausibility as p
from quanyu.judgements.plausibility import Seen

NONE = {"score": 0.0, "alarms": 0.5, "scatter": 1.0001, "least": 0}
BY_Z = {"score": 3.5, "alarms": 0.2, "scatter": 1.05, "least": 0}


def test_modified_z_by_hand():
    """Powers of e, so that logarithms are whole: 1..9 and 30. Median 5.5, deviations 4.5 3.5 2.5 1.5 .5 .5 1.5 2.5 3.5
    24.5, their median 2.5, scatter 2.5 / 0.6745."""
    values = [math.exp(n) for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 30)]
    found = p.peers(Seen(values), **BY_Z | {"alarms": 5})
    assert list(found) == [9]
    assert found[9].score == pytest.approx(24.5 * 0.6745 / 2.5)
    assert found[9].usual == pytest.approx(math.exp(5.5))
    assert found[9].limit == 3.5


def test_plain_z_by_hand():
    """Nineteen alike in twos around 1 (logs 0 and 2, mean and deviation 1 with the rest) and one far off."""
    logs = [0, 2] * 10 + [9]
    mean, deviation = sum(logs) / 21, math.sqrt(sum((x - sum(logs) / 21) ** 2 for x in logs) / 20)
    found = p.peers(Seen([math.exp(x) for x in logs]), method="mean", **BY_Z | {"score": 3, "alarms": 0.5})
    assert {i: round(o.score, 6) for i, o in found.items()} == {20: round((9 - mean) / deviation, 6)}


def test_where_all_are_alike_the_least_scatter_stands_in():
    values = [1000.0] * 20 + [1100.0, 3000.0]
    found = p.peers(Seen(values), **BY_Z | {"scatter": 1.2})
    assert list(found) == [21]
    assert found[21].score == pytest.approx(math.log(3) / math.log(1.2))


def test_limit_grows_with_the_number_of_firms_and_never_falls_below_the_given_one():
    limits = [p.threshold(n, 0.2, 1e9) for n in (20, 239, 5000, 20000)]
    assert [round(x, 2) for x in limits] == [2.58, 3.34, 4.11, 4.42]  # normal quantiles of 1 - 0.1/n
    assert p.threshold(20, 0.2, 7) > limits[0]


def test_nothing_is_said_of_too_few_or_of_zeros():
    assert p.peers(Seen([1.0, 2.0, 4.0, 1e9]), **BY_Z) == {}
    assert p.peers(Seen([0.0, None, -5.0] + [100.0] * 20), **BY_Z) == {}


def zone(n: int, rng: Random, months: int = 13) -> list[list[float]]:
    """Firms of all sizes over months that all of them feel, each with its own unrest; nobody sticks out."""
    season = [rng.gauss(0, 0.3) for _ in range(months)]
    rows = []
    for _ in range(n):
        size, unrest = rng.gauss(6, 1.2), rng.choice((0.1, 0.2, 0.3))
        rows.append([math.exp(size + s + rng.gauss(0, unrest)) for s in season])
    return rows


def test_own_history_knows_the_season_and_the_month_of_last_year():
    rows = zone(40, Random(7))
    rows[3][-1] *= 12  # unlike itself in every way
    rows[4][0] *= 9  # each year's great month
    rows[4][-1] *= 9
    seen = Seen([r[-1] for r in rows], [r[:-1] for r in rows])
    found = p.own(seen, **BY_Z)
    assert list(found) == [3]
    assert found[3].usual == pytest.approx(found[3].value / 12, rel=0.6)
    halved = [r[-1] / 3 for r in rows]  # everybody falls to a third: a bad month, no outlier
    assert list(p.own(Seen([*halved[:3], rows[3][-1], *halved[4:]], seen.past), **BY_Z)) == [3]


def test_swing_needs_both_the_score_and_the_factor():
    rows = zone(40, Random(7))
    rows[5][-1] = rows[5][-2] * 20
    seen = Seen([r[-1] for r in rows], [r[:-1] for r in rows])
    found = p.swing(seen, times=3, **BY_Z)
    assert list(found) == [5]
    assert (found[5].value, found[5].usual) == pytest.approx((rows[5][-1], rows[5][-2]))
    assert p.swing(seen, times=25, **BY_Z) == {}


def test_big_spenders_that_stopped():
    past = [[100.0] * 12, [1000.0] * 12, [2000.0] * 12, [None] * 12, [0.0] * 12]
    rule = {"top": 50, "share": 10, "least": 500}
    found = p.stopped(Seen([0, 0, 150, 0, 0], past), **rule)
    assert found == {1: p.Odd(0, 1000, 0, 10), 2: p.Odd(150, 2000, 7.5, 10)}
    assert p.stopped(Seen([0, 101, 201, 0, 0], past), **rule) == {}
    assert p.stopped(Seen([0, None, None, 0, 0], past), **rule) == {}
    assert p.stopped(Seen([]), **rule) == {}


def test_something_last_year_and_nothing_this_year():
    found = p.ceased(Seen([0, 0, 0, None, 5], [], [0, 8, 0, 0, 5], [200, 200, 99, 200, 200]), least=100)
    assert found == {0: p.Odd(0, 200, 0, 0)}


@pytest.mark.parametrize(("firms", "months"), [(20, 300), (239, 40), (5000, 3)])
def test_false_alarms_stay_bounded_in_calm_zones_of_any_size(firms, months):
    """Half a false alarm a month and rule is allowed; what sound zones give must not be more than twice that."""
    rng, found = Random(firms), dict.fromkeys(("peers", "mean", "own", "swing"), 0)
    for _ in range(months):
        rows = zone(firms, rng)
        seen = Seen([r[-1] for r in rows], [r[:-1] for r in rows])
        found["peers"] += len(p.peers(seen, **NONE))
        found["mean"] += len(p.peers(seen, method="mean", **NONE))
        found["own"] += len(p.own(seen, **NONE))
        found["swing"] += len(p.swing(seen, times=1, **NONE))
    assert {name: n / months <= 1 for name, n in found.items()} == dict.fromkeys(found, True), found


amounts = st.lists(st.one_of(st.none(), st.just(0.0), st.floats(1, 1e9)), min_size=8, max_size=40)


@given(amounts, st.sampled_from((0.1, 1000.0, 10000.0, 1 / 3)), st.randoms(use_true_random=False))
def test_the_unit_of_money_changes_no_verdict(values, unit, rng):
    rows = [[None if v is None else v * rng.uniform(0.5, 2) for _ in range(12)] for v in values]
    sums = [sum(x or 0 for x in r) for r in rows]

    def verdicts(k: float) -> list[dict[int, float]]:
        def scaled(row):
            return [None if v is None else v * k for v in row]

        seen, least = Seen(scaled(values), [scaled(r) for r in rows], [0] * len(rows), scaled(sums)), {"least": 100 * k}
        found = [
            p.peers(seen, **BY_Z | least), p.peers(seen, method="mean", **BY_Z | least), p.own(seen, **BY_Z | least),
            p.swing(seen, times=3, **BY_Z | least), p.stopped(seen, top=20, share=10, **least), p.ceased(seen, **least),
        ]  # fmt: skip
        return [{i: round(o.score, 6) for i, o in each.items()} for each in found]

    assert verdicts(unit) == verdicts(1)


clean = st.lists(st.floats(-1, 1), min_size=10, max_size=40)
wild = st.floats(1e2, 3e2).flatmap(lambda x: st.sampled_from((x, -x)))


@given(clean, st.data())
def test_below_the_breakdown_point_no_outlier_hides_another(logs, data):
    """As long as fewer than half are wild, each is found: median and MAD stay within what the sound ones span."""
    strange = data.draw(st.lists(wild, min_size=1, max_size=len(logs) - 1))
    values = [math.exp(x) for x in (*logs, *strange)]
    found = p.peers(Seen(values), **BY_Z)
    assert set(range(len(logs), len(values))) <= set(found)


@given(clean, st.lists(wild, min_size=1, max_size=4), st.floats(1.1, 2))
def test_an_outlier_that_moves_further_out_changes_nobody_elses_verdict(logs, strange, further):
    values = [math.exp(x) for x in (*logs, *strange)]
    moved = [*values[:-1], math.exp(strange[-1] * further)]
    before, after = (p.peers(Seen(each), **BY_Z) for each in (values, moved))
    assert {i: o for i, o in before.items() if i < len(values) - 1} == {
        i: o for i, o in after.items() if i < len(values) - 1
    }
