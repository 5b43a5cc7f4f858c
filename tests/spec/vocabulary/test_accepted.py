"""A formula is one expression over the columns of fact contracts."""

import pytest

from quanyu.measures.formula import Aggregate, Arithmetic
from tests.spec.world import measure


def test_an_aggregate_reads_the_one_contract_that_has_its_columns():
    assert measure("sum(rd) / last(gdp)", "percent").tables == ("monthly_rd", "zone_economy")


def test_without_a_column_of_its_own_it_reads_the_register_of_organisations():
    assert measure("count(distinct firm) filter (where size = 'small')", "firm").tables == ("organisation",)


def test_an_average_is_a_sum_divided_by_how_many_values_there_are():
    tree = measure("avg(rd)").tree
    assert isinstance(tree, Arithmetic) and tree.op == "/"
    assert [a.function for a in (tree.left, tree.right)] == ["sum", "count"]


def test_a_factor_after_a_division_goes_to_the_numerator():
    tree = measure("sum(rd) / sum(revenue) * 2", "percent").tree
    assert isinstance(tree, Arithmetic) and tree.op == "/" and isinstance(tree.right, Aggregate)


def test_equal_aggregates_are_one():
    assert len(measure("sum(rd) / (sum(rd) + sum(revenue))", "percent").aggregates) == 2


@pytest.mark.parametrize(
    "formula",
    [
        "sum(case when rd > 100 then 100 else rd end)",
        "sum(rd) filter (where branch in ('a', 'b') or not branch is null)",
        "sum(greatest(rd, 0) - coalesce(revenue, 0))",
        "max(rd) filter (where revenue between 1 and 9)",
        "case when sum(revenue) > 0 then sum(rd) else 0 end",
        "round(abs(min(rd) - max(rd)), 0)",
        "-sum(rd) + least(sum(rd), last(revenue))",
        "sum(rd) filter (where holds('high_tech') and size <> 'small')",
    ],
)
def test_the_whole_vocabulary(formula):
    assert measure(formula).tables == ("monthly_rd",)
