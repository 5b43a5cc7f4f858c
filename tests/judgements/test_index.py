"""The composite index: missing values, how far a result hangs on the choices made, and what must be refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanyu.judgements.index import Row, compose, ranked, spread
from quanyu.registry.problem import Refused
from tests.judgements.indices import index, row, varied

YEARS = ("2021", "2022", "2023", "2024")
TWO = {"a": ("x", "y"), "b": ("z",)}
GAPPED = [row("x", "0", "5", None, "10"), row("y", "0", "10", "20", "20"), row("z", "0", "1", "3", "4")]


def line(made, key):
    return next(found for found in made.lines if found.key == key)


def test_refuse_says_what_is_missing_and_where():
    with pytest.raises(Refused, match="x 缺 2023 的数据"):
        compose(index(TWO, missing="refuse"), YEARS, GAPPED)


def test_refuse_also_wants_a_target_for_everything():
    full = [row("x", "1", "2", target="4"), row("y", "1", "2")]
    with pytest.raises(Refused, match="y没有可比的目标值"):
        compose(index({"a": ("x", "y")}, missing="refuse", normalisation="target"), ("2021", "2022"), full)


def test_left_out_means_that_the_rest_of_the_group_weighs_more():
    made = compose(index(TWO), YEARS, GAPPED)
    assert line(made, "x").scores == (0, 50, None, 100)
    assert made.groups[0].scores == (0, 50, 100, 100)  # 2023: y alone
    assert made.totals == (0, Decimal("37.5"), Decimal("87.5"), 100)


def test_a_group_without_anything_leaves_its_weight_to_the_others():
    rows = [row("x", "0", None), row("y", "0", None), row("z", "0", "4")]
    made = compose(index(TWO), ("2021", "2022"), rows)
    assert made.groups[0].scores == (50, None)  # a single value tells nothing: the middle of the scale
    assert made.totals == (25, 100)


def test_carried_values_are_marked_and_go_no_further_than_said():
    rows = [row("x", "2", None, None, "8"), row("y", "0", "10", "20", "20"), row("z", None, "1", "3", "4")]
    made = compose(index(TWO, missing="carry", carry=1), YEARS, rows)
    assert (line(made, "x").raw, line(made, "x").carried) == ((2, 2, None, 8), (False, True, False, False))
    assert line(made, "z").raw[0] is None  # there is nothing before the first year
    farther = compose(index(TWO, missing="carry", carry=2), YEARS, rows)
    assert (line(farther, "x").raw, line(farther, "x").carried) == ((2, 2, 2, 8), (False, True, True, False))


def test_parks_have_no_year_before_to_carry_from():
    rows = [row("x", "2", None), row("y", "0", "10"), row("z", "1", "1")]
    made = compose(index(TWO, missing="carry", carry=3, compares="parks"), ("east", "west"), rows)
    assert line(made, "x").raw == (2, None)


def test_nothing_to_compare_is_refused():
    with pytest.raises(Refused, match="没有可比的数据"):
        compose(index({"a": ("x",)}), ("2021",), [row("x", None)])


def test_ranks_share_and_skip():
    assert ranked([5, 7, 7, None, 1]) == [3, 1, 1, None, 4]


# --- uncertainty -----------------------------------------------------------------------------------------------------

PARKS = ("东", "西", "南", "北", "中")
FIVE = [
    row("x", "10", "30", "20", "50", "40"), row("y", "5", "4", "9", "1", "7"), row("z", "3", "3", "8", "2", "1"),
]  # fmt: skip
EVERYTHING = varied(normalisation=("min_max", "z_score", "rank"))
OPEN = index(TWO, compares="parks", varied=EVERYTHING)


def test_the_same_seed_gives_the_same_spread_and_another_seed_another():
    assert spread(OPEN, PARKS, FIVE) == spread(OPEN, PARKS, FIVE)
    other = index(TWO, compares="parks", varied=varied(normalisation=("min_max", "z_score", "rank"), seed=8))
    assert spread(other, PARKS, FIVE) != spread(OPEN, PARKS, FIVE)


def test_the_declared_result_lies_inside_its_own_interval():
    made, found = compose(OPEN, PARKS, FIVE), spread(OPEN, PARKS, FIVE)
    for rank, (low, half, high) in zip(made.ranks, found.ranks, strict=True):
        assert low <= rank <= high and low <= half <= high
    for total, (low, _half, high) in zip(made.totals, found.scores, strict=True):
        assert low <= total <= high


def test_close_places_have_wide_rank_intervals_and_clear_ones_narrow():
    rows = [row("x", "10", "11", "50"), row("y", "11", "10", "50"), row("z", "10", "10", "50")]
    found = spread(index(TWO, compares="parks", varied=EVERYTHING), ("A", "B", "C"), rows)
    assert found.ranks[2] == (1, 1, 1)
    assert [(low, high) for low, _h, high in found.ranks[:2]] == [(2, 3), (2, 3)]


def test_where_only_one_thing_may_vary_it_explains_all():
    only = varied(normalisation=("min_max",), weighting=("equal", "group"), mean=("arithmetic",), share=Decimal(0))
    found = spread(index(TWO, compares="parks", varied=only), PARKS, FIVE)
    assert found.shares == {"normalisation": 0.0, "weighting": pytest.approx(1), "mean": 0.0, "rest": 0.0}


def test_where_nothing_may_vary_nothing_moves():
    still = varied(weighting=("group",), mean=("arithmetic",), share=Decimal(0))
    made = compose(index(TWO, compares="parks", varied=still), PARKS, FIVE)
    found = spread(index(TWO, compares="parks", varied=still), PARKS, FIVE)
    assert [low for low, _h, _high in found.ranks] == list(made.ranks)
    assert set(found.shares.values()) == {0.0}


def test_shares_of_the_shift_are_shares():
    found = spread(OPEN, PARKS, FIVE)
    assert sum(found.shares.values()) == pytest.approx(1, abs=1e-5)
    assert all(0 <= s <= 1 for s in found.shares.values())
    assert found.draws == 1000


def test_what_has_no_total_has_no_interval():
    rows = [Row(r.key, (*r.values, None)) for r in FIVE]
    found = spread(OPEN, (*PARKS, "荒"), rows)
    assert (found.ranks[-1], found.scores[-1]) == (None, None)
    assert found.ranks[:-1] == spread(OPEN, PARKS, FIVE).ranks


NUMBERS = st.decimals(min_value=0, max_value=1000, places=2)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=2, max_size=6), st.data())
def test_totals_of_scores_from_0_to_100_stay_there_and_follow_the_better(rows, data):
    """Whatever the means and weights: within the scale, and who is at least as good in everything ranks no lower."""
    mean, weighting = st.sampled_from(["arithmetic", "geometric"]), st.sampled_from(["equal", "group"])
    made = compose(
        index(TWO, within=data.draw(mean), across=data.draw(mean), weighting=data.draw(weighting)),
        [str(n) for n in range(len(rows))],
        [Row(key, tuple(r[n] for r in rows)) for n, key in enumerate("xyz")],
    )  # fmt: skip
    assert all(0 <= t <= 100 for t in made.totals)
    for a, mine in enumerate(rows):
        for b, yours in enumerate(rows):
            if all(x >= y for x, y in zip(mine, yours, strict=True)):
                assert made.ranks[a] <= made.ranks[b]
