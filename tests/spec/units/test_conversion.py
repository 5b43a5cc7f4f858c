"""The engine converts: a formula in the units of its columns comes out in the indicator's unit, exactly."""

from decimal import Decimal
from fractions import Fraction

import pytest

from tests.spec.world import measure, refusal


@pytest.mark.parametrize(
    ("formula", "unit", "factor"),
    [
        ("sum(rd)", "thousand_yuan", 1),
        ("sum(rd)", "wan_yuan", Fraction(1, 10)),
        ("sum(rd)", "yi_yuan", Fraction(1, 100_000)),
        ("sum(rd) / sum(revenue)", "percent", 100),
        ("sum(rd) / last(gdp)", "percent", 10),
        ("sum(rd) / last(gdp)", "ratio", Fraction(1, 10)),
        ("sum(rd) / sum(staff)", "thousand_yuan_per_person", 1),
        ("last(population)", "wan_person", Fraction(1, 10_000)),
        ("count(*) filter (where title = 'patent' and valid) / last(population)", "piece_per_wan_person", 10_000),
        ("count(distinct firm) filter (where title = 'high_tech' and valid) / count(distinct firm)", "percent", 100),
    ],
)
def test_the_factor_is_exact(formula, unit, factor):
    assert measure(formula, unit).factor == factor


@pytest.mark.parametrize(
    ("formula", "unit"),
    [
        ("sum(rd)", "person"),
        ("sum(rd) / sum(staff)", "percent"),
        ("count(distinct firm)", "piece"),
        ("count(distinct person)", "firm"),
        ("sum(rd) + sum(staff)", "thousand_yuan"),
        ("last(population) - count(distinct firm)", "person"),
        ("sum(rd) * sum(rd)", "yuan"),
        ("case when sum(rd) > sum(staff) then 1 else 0 end", "ratio"),
        ("1 / sum(rd)", "ratio"),
    ],
)
def test_another_quantity_is_refused(formula, unit):
    assert refusal(formula, unit) == "M104"


def test_counting_rows_counts_what_the_indicator_counts():
    for unit in ("firm", "piece", "person"):
        assert measure("count(*) filter (where title = 'patent')", unit).factor == 1
    assert refusal("count(*) filter (where title = 'patent')", "yuan") == "M104"


def test_units_of_one_dimension_are_brought_together(world):
    world.firm(1)
    world.report("monthly_rd", 1, "2024-01", rd=15, spent="2.5")
    assert world.value("sum(rd) + sum(spent)", "wan_yuan", "2024-01") == Decimal("4")
    assert world.value("sum(spent) - sum(rd)", "thousand_yuan", "2024-01") == Decimal("10")
    assert world.value("case when sum(spent) > sum(rd) then 1 else 0 end", "ratio", "2024-01") == 1


def test_a_plain_number_beside_a_quantity_is_in_its_unit_beside_a_quotient_a_ratio(world):
    world.firm(1)
    world.report("monthly_rd", 1, "2024-01", rd=15, spent="2.5")
    assert world.value("sum(rd) + 5", "thousand_yuan", "2024-01") == 20
    assert world.value("1 - sum(rd) / sum(spent)", "percent", "2024-01") == 40


def test_numerator_and_denominator_keep_their_own_units():
    per_head = measure("count(*) filter (where title = 'patent' and valid) / last(population)", "piece_per_wan_person")
    assert (per_head.top_unit, per_head.bottom_unit) == ("piece", "person")
    assert (measure("sum(rd)", "yi_yuan").top_unit, measure("sum(rd)", "yi_yuan").bottom_unit) == ("thousand_yuan", "")
