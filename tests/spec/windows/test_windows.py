"""Which reports a figure reads: the window of the indicator, laid on the period asked."""

import pytest

from tests.spec.world import measure


@pytest.fixture
def monthly(world):
    """One firm; rd is 1 in January 2023, 2 in February … 24 in December 2024."""
    world.firm(1)
    for i in range(24):
        world.report("monthly_rd", 1, f"{2023 + i // 12}-{i % 12 + 1:02}", rd=i + 1, staff=i + 1)
    return world


@pytest.mark.parametrize(
    ("window", "period", "value"),
    [
        ("month", "2024-03", 15),
        ("month", "2024-Q1", 13 + 14 + 15),
        ("month", "2024", sum(range(13, 25))),
        ("month", "2024-YTD02", 13 + 14),
        ("month", "2023/2024", 300),
        ("year", "2024-03", 13 + 14 + 15),
        ("year", "2024-Q2", sum(range(13, 19))),
        ("year", "2024-01", 13),
        ("trailing_year", "2024-03", sum(range(4, 16))),
        ("plan", "2023-02", 3),
        ("plan", "2024-12", 300),
        ("point", "2024-03", 15),
    ],
)
def test_a_sum_reads_the_window(monthly, window, period, value):
    assert monthly.value("sum(rd)", "thousand_yuan", period, window) == value


def test_before_the_plan_there_is_nothing_to_add_up_since_its_start(monthly):
    (point,) = monthly.ask(measure("sum(rd)", window="plan"), "2020-06")
    assert point.state == "missing"


def test_a_report_is_added_only_when_its_whole_period_lies_in_the_window(world):
    world.report("zone_economy", 9, "2024-Q1", gdp=5)
    assert world.value("sum(gdp)", "wan_yuan", "2024-03") is None
    assert world.value("sum(gdp)", "wan_yuan", "2024-YTD03") == 5
    assert world.value("sum(gdp)", "wan_yuan", "2024-02", "year") is None


def test_last_takes_each_organisations_latest_report_that_ends_in_the_window(world):
    world.report("monthly_rd", 1, "2024-01", staff=10)
    world.report("monthly_rd", 1, "2024-03", staff=12)
    world.report("monthly_rd", 2, "2024-02", staff=100)
    assert world.value("last(staff)", "person", "2024-03", "year") == 112
    assert world.value("last(staff)", "person", "2024-03", "month") == 12
    assert world.value("last(staff)", "person", "2024-02", "year") == 110


def test_a_blank_does_not_hide_the_last_figure_given(world):
    world.report("monthly_rd", 1, "2024-01", staff=10)
    world.report("monthly_rd", 1, "2024-02", rd=3)
    assert world.value("last(staff)", "person", "2024-02", "year") == 10


def test_in_a_point_window_last_looks_back_as_far_as_need_be_and_a_sum_reads_the_period(world):
    world.report("zone_society", 9, "2022", population=200)
    world.report("monthly_rd", 1, "2024-01", staff=10)
    world.report("monthly_rd", 1, "2024-02", staff=20)
    assert world.value("last(population)", "person", "2024-02", "point") == 200
    assert world.value("sum(staff) / last(population)", "percent", "2024-02", "point") == 10
    assert world.value("last(population)", "person", "2024-02", "year") is None


def test_a_quarterly_cumulated_figure_over_the_year(world):
    for quarter, gdp, industrial in ((1, 100, 40), (2, 210, 84), (3, 330, 99)):
        world.report("zone_economy", 9, f"2024-Q{quarter}", gdp=gdp, industrial=industrial)
    assert world.value("last(industrial) / last(gdp)", "percent", "2024-Q3", "year") == 30
    assert world.value("last(industrial) / last(gdp)", "percent", "2024-Q2", "year") == 40


def test_firms_are_counted_once_in_a_window(world):
    for firm, month in ((1, 1), (1, 2), (1, 3), (2, 3), (3, 1)):
        world.report("monthly_rd", firm, f"2024-{month:02}", rd=5 if firm < 3 else 0)
    formula = "count(distinct firm) filter (where rd > 0)"
    assert world.value(formula, "firm", "2024-03", "year") == 2
    assert world.value(formula, "firm", "2024-02", "year") == 1
    assert world.value(formula, "firm", "2024-03", "month") == 2
