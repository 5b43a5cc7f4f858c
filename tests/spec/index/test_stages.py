"""A composite index is built in stages, and each can be followed by hand: normalised, weighted, aggregated.

The steps and their names are those of the OECD/JRC handbook; the table and every figure below were made and worked out
for this page. Three places are compared by four indicators in two groups:

    group      indicator              A     B     C    better
    knowledge  patents               10    20    40    more
    knowledge  papers                 2     8     5    more
    access     lines                 50    60   100    more
    access     illiteracy (%)        30    20    10    less
"""

from decimal import Decimal
from fractions import Fraction

import pytest

from quanyu.judgements.index import compose, normalise
from tests.judgements.indices import index, row

GROUPS = {"knowledge": ("patents", "papers"), "access": ("lines", "illiteracy")}
ROWS = [
    row("patents", "10", "20", "40"),
    row("papers", "2", "8", "5"),
    row("lines", "50", "60", "100"),
    row("illiteracy", "30", "20", "10", lower=True),
]
PLACES = ("A", "B", "C")


def figures(*written: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, written))


def scores(made):
    return {line.key: line.scores for line in made.lines}


def test_min_max_puts_the_lowest_at_0_and_the_highest_at_100():
    """B's patents: (20 − 10) ÷ (40 − 10) = 1/3. B's illiteracy is half-way between the worst, 30, and the best, 10."""
    made = compose(index(GROUPS), PLACES, ROWS)
    assert scores(made) == {
        "patents": figures("0", "33.3333333333", "100"),
        "papers": figures("0", "100", "50"),
        "lines": figures("0", "20", "100"),
        "illiteracy": figures("0", "50", "100"),
    }


def test_z_scores_are_distances_from_the_mean_in_standard_deviations():
    """1, 1, 3, 3 have mean 2 and deviation 1; 0, 4, 0, 4 have mean 2 and deviation 2; equal values tell nothing."""
    assert normalise("z_score", row("x", "1", "1", "3", "3")) == [-1, -1, 1, 1]
    assert normalise("z_score", row("x", "0", "4", "0", "4")) == [-1, 1, -1, 1]
    assert normalise("z_score", row("x", "1", "1", "3", "3", lower=True)) == [1, 1, -1, -1]
    assert normalise("z_score", row("x", "5", "5")) == [0, 0]
    uneven = normalise("z_score", row("x", "10", "20", "40"))
    assert sum(uneven) == pytest.approx(0)
    assert [round(float(z), 6) for z in uneven] == [-1.069045, -0.267261, 1.336306]


def test_a_share_of_the_target_is_capped_at_100():
    """Against a standard of 40: 10 → 25, 20 → 50, 44 → 100; where less is better the standard ÷ the value."""
    assert normalise("target", row("x", "10", "20", "44", target="40")) == [25, 50, 100]
    assert normalise("target", row("x", "30", "20", "10", lower=True, target="15")) == [50, 75, 100]
    assert normalise("target", row("x", "10")) == [None]


def test_ranks_run_from_0_to_100_and_ties_share():
    assert normalise("rank", row("x", "10", "20", "40")) == [0, 50, 100]
    assert normalise("rank", row("x", "10", "20", "20", "40")) == [0, 50, 50, 100]
    assert normalise("rank", row("x", "30", "20", "10", lower=True)) == [0, 50, 100]


def test_weights_are_equal_by_group_or_given():
    """Two groups alike: a half each, a quarter for each of four indicators. Given 3 : 1; within, 2 : 1 and 1 : 1."""
    assert {line.key: line.weight for line in compose(index(GROUPS), PLACES, ROWS).lines} == dict.fromkeys(
        ("patents", "papers", "lines", "illiteracy"), Decimal("0.25")
    )
    uneven = {"one": ("patents",), "three": ("papers", "lines", "illiteracy")}
    by_group = compose(index(uneven), PLACES, ROWS)
    assert [part.weight for part in by_group.groups] == [Decimal("0.5"), Decimal("0.5")]
    alike = compose(index(uneven, weighting="equal"), PLACES, ROWS)
    assert [part.weight for part in alike.groups] == [Decimal("0.25"), Decimal("0.75")]
    said = {"knowledge": "3", "access": "1", "patents": "2", "papers": "1", "lines": "1", "illiteracy": "1"}
    given = compose(index(GROUPS, said, weighting="given"), PLACES, ROWS)
    assert tuple(line.weight for line in given.lines) == figures("0.5", "0.25", "0.125", "0.125")


def test_arithmetic_sums_let_one_indicator_make_up_for_another():
    """Knowledge of B: (33⅓ + 100) ÷ 2 = 66⅔; access of B: (20 + 50) ÷ 2 = 35; B in all: 50 5/6. C: (75 + 100) ÷ 2."""
    made = compose(index(GROUPS), PLACES, ROWS)
    assert [part.scores for part in made.groups] == [figures("0", "66.6666666667", "75"), figures("0", "35", "100")]
    assert made.totals == figures("0", "50.8333333333", "87.5")
    assert made.ranks == (3, 2, 1)


def test_z_scores_add_up_around_0():
    """With weights 3 : 1, z-scores −1 and 1 make −1 × ¾ + 1 × ¼ = −½."""
    rows = [row("x", "1", "1", "3", "3"), row("y", "0", "4", "0", "4")]
    said = {"g": "1", "x": "3", "y": "1"}
    made = compose(index({"g": ("x", "y")}, said, weighting="given", normalisation="z_score"), "ABCD", rows)
    assert made.totals == figures("-1", "-0.5", "0.5", "1")


def test_geometric_means_punish_what_is_uneven():
    """Knowledge of B: √(33⅓ × 100) = 57.735…; access: √(20 × 50) = 31.622…; in all √ of their product, 42.7287….

    A has the lowest of everything; a zero would wipe out whatever else there was, so a score below the floor (1) counts
    as the floor.
    """
    made = compose(index(GROUPS, within="geometric", across="geometric"), PLACES, ROWS)
    assert made.groups[0].scores == figures("1", "57.7350269190", "70.7106781187")
    assert made.groups[1].scores == figures("1", "31.6227766017", "100")
    assert made.totals == figures("1", "42.7287006396", "84.0896415254")


def test_levels_may_be_summed_up_differently():
    """Arithmetic within groups, geometric across them: √(66⅔ × 35) = 48.304…; √(75 × 100) = 86.602…"""
    made = compose(index(GROUPS, across="geometric"), PLACES, ROWS)
    assert made.totals == figures("1", "48.3045891540", "86.6025403784")


def test_a_geometric_mean_takes_z_scores_lifted_to_50_and_10():
    """−1 and 1 become 40 and 60: √(40 × 60) = 48.989…"""
    rows = [row("x", "1", "3"), row("y", "4", "0")]
    made = compose(index({"g": ("x", "y")}, normalisation="z_score", within="geometric"), "AB", rows)
    assert scores(made) == {"x": figures("40", "60"), "y": figures("60", "40")}
    assert made.totals == figures("48.9897948557", "48.9897948557")
    assert made.ranks == (1, 1)


def test_sums_are_exact_fractions_until_they_are_shown():
    """A third and two thirds make one, not 0.9999999999."""
    rows = [row("x", "0", "1", "3"), row("y", "0", "2", "3")]
    made = compose(index({"g": ("x", "y")}, weighting="equal"), PLACES, rows)
    assert made.totals == figures("0", "50", "100")
    assert normalise("min_max", rows[0])[1] == Fraction(100, 3)
