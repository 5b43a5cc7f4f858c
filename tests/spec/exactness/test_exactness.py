"""Numerators and denominators are exact; a value is their quotient rounded once to 12 significant digits."""

from decimal import Decimal

from tests.spec.world import measure


def test_decimals_add_up_to_the_last_place(world):
    for month in range(1, 11):
        world.report("monthly_rd", 1, f"2024-{month:02}", spent="0.1")
    (point,) = world.ask(measure("sum(spent)", "wan_yuan", "year"), "2024-10")
    assert (point.value, point.numerator) == (Decimal("1"), Decimal("1"))


def test_sums_beyond_64_bits_are_exact(world):
    world.report("monthly_rd", 1, "2024-01", rd=9_000_000_000_000_000_000)
    world.report("monthly_rd", 2, "2024-01", rd=9_000_000_000_000_000_001)
    (point,) = world.ask(measure("sum(rd)"), "2024-01")
    assert point.numerator == Decimal(18_000_000_000_000_000_001)
    assert world.value("sum(rd * 3)", "thousand_yuan", "2024-01") == Decimal("54000000000000000000")


def test_a_third_has_twelve_digits(world):
    world.report("monthly_rd", 1, "2024-01", rd=1, revenue=3)
    (point,) = world.ask(measure("sum(rd) / sum(revenue)", "percent"), "2024-01")
    assert (point.value, point.numerator, point.denominator) == (Decimal("33.3333333333"), 1, 3)


def test_what_has_no_finite_decimal_is_shown_as_a_reduced_fraction(world):
    world.report("monthly_rd", 1, "2024-01", rd=1, revenue=3)
    (point,) = world.ask(measure("sum(rd) / sum(revenue) + sum(rd) / sum(rd)", "ratio"), "2024-01")
    assert (point.value, point.numerator, point.denominator) == (Decimal("1.33333333333"), 4, 3)


def test_a_literal_with_more_places_than_the_column_loses_none(world):
    world.report("monthly_rd", 1, "2024-01", spent="1.000001")
    assert world.value("sum(spent * 0.12345678)", "wan_yuan", "2024-01") == Decimal("0.123456903457")
    (point,) = world.ask(measure("sum(coalesce(spent, 0.1234567))", "wan_yuan"), "2024-01")
    assert point.numerator == Decimal("1.000001")


def test_rounding_is_half_away_from_zero(world):
    world.report("monthly_rd", 1, "2024-01", rd=5, revenue=1000)
    world.report("monthly_rd", 2, "2024-02", rd=-5, revenue=1000)
    assert world.value("round(sum(rd) / sum(revenue), 2)", "ratio", "2024-01") == Decimal("0.01")
    assert world.value("round(sum(rd) / sum(revenue), 2)", "ratio", "2024-02") == Decimal("-0.01")
