"""Whatever is not in the vocabulary is a problem with a code; nothing else gets through to an engine."""

import pytest

from quanyu.measures import query
from tests.spec.world import refusal, registry


@pytest.mark.parametrize("formula", ["sum(rd", "", "sum(rd) +", "'", "sum(rd))", "+" * 3000, "(" * 1500 + ")" * 1500])
def test_m101_what_cannot_be_read(formula):
    assert refusal(formula) == "M101"


@pytest.mark.parametrize("formula", ["sum(rdd)", "rdd", "sum(rd) filter (where brand = 'a')", "sum(selekt)"])
def test_m102_a_name_that_no_contract_has(formula):
    assert refusal(formula) == "M102"


def test_m102_suggests_the_name_that_was_meant():
    (problem,) = query.parse("sum(revenu)", registry(), "thousand_yuan")
    assert problem.hint == "是不是 revenue？"


@pytest.mark.parametrize(
    "formula",
    [
        "select 1",
        "(select sum(rd) from monthly_rd)",
        "sum(rd); drop table x",
        "sum(rd) over ()",
        "sum(rd) over (order by rd)",
        "read_csv('/etc/passwd')",
        "sum(read_text('/etc/passwd'))",
        "sum(monthly_rd.rd)",
        'sum("rd")',
        "sum(rd::INT)",
        "sum(rd // 2)",
        "sum(rd % 2)",
        "sum(rd) filter (where branch like 'a%')",
        "sum(rd) filter (where branch in (select 1))",
        "sum(*)",
        "count()",
        "sum(distinct rd)",
        "last(rd order by firm)",
        "median(rd)",
        "nullif(sum(rd), 0)",
        "sum(rd / 2)",
        "sum(round(rd, 1))",
        "round(sum(rd), 13)",
        "case rd when 1 then 2 end",
        "sum(rd) filter (where branch is true)",
        "count(distinct firm, rd)",
        "'a' || 'b'",
        "sum($1)",
        "sum(?)",
        "getenv('HOME')",
        "sum(rd) filter (where holds(branch))",
        "list(rd)",
        "sum(rd) between 1 and ?",
        "count(* exclude rd)",
        "abs(sum(rd)) filter (where branch = 'a')",
        "sum(rd, 2)",
        "exists(select 1)",
        "sum(rd)[1]",
    ],
)
def test_m103_what_is_not_in_the_vocabulary(formula):
    assert refusal(formula) in ("M101", "M103")


@pytest.mark.parametrize(
    "formula",
    [
        "sum(rd) / last(gdp) * sum(rd) filter (where branch = staff)",
        "sum(branch)",
        "sum(rd) filter (where branch = 1)",
        "sum(rd) filter (where rd)",
        "sum(rd) / 0",
        "sum(rd + staff)",
        "sum(rd + spent)",
        "sum(rd * revenue)",
        "case when sum(rd) then 1 else 0 end",
        "sum(rd) + last(population)",
        "sum(firm)",
        "sum(rd) filter (where valid_from = '2024-01-01')",
    ],
)
def test_m104_what_does_not_fit_together(formula):
    assert refusal(formula) in ("M104", "M105")


@pytest.mark.parametrize(
    "formula", ["sum(rd + gdp)", "sum(rd) filter (where title = 'high_tech')", "sum(rd) filter (where valid)"]
)
def test_m105_an_aggregate_over_two_contracts(formula):
    assert refusal(formula) == "M105"


@pytest.mark.parametrize("formula", ["rd", "sum(sum(rd))", "1 + 1", "sum(rd) + revenue", "holds('high_tech')"])
def test_m106_a_column_outside_or_an_aggregate_inside(formula):
    assert refusal(formula) == "M106"


@pytest.mark.parametrize(
    "formula",
    [
        "count(*) filter (where title = 'hi_tech')",
        "sum(rd) filter (where holds('hi_tech'))",
        "count(*) filter (where title in ('patent', 'patient'))",
        "count(*) filter (where level = 'inventive')",
    ],
)
def test_m107_a_title_or_level_that_is_not_defined(formula):
    assert refusal(formula, "firm") == "M107"


def test_m108_last_of_something_that_is_not_reported():
    assert refusal("last(valid_from)", "firm") == "M108"


def test_all_indicators_are_checked_and_all_problems_told():
    indicators = [
        _indicator("a", "sum(rdd)"),
        _indicator("b", "sum(rd"),
        _indicator("c", "sum(rd)"),
        _indicator("d", ""),
    ]
    held = registry(*indicators)
    assert [(p.code, p.subject) for p in query.check(held)] == [("M102", "a"), ("M101", "b")]
    assert [m.key for m in query.measures(held)] == ["c"]


def _indicator(key, formula):
    from quanyu.registry.model import Indicator, Label
    from tests.spec.world import HERE

    return Indicator(key, Label(key), "wan_yuan", "flow", "higher", HERE, (), formula=formula)
