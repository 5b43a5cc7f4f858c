"""The same formula by area, industry, size, title and firm."""

import pytest

from tests.spec.world import measure


@pytest.fixture
def zone(world):
    world.firm(1, area="east", industry="39", size="large")
    world.firm(2, area="east", industry="26", size="small")
    world.firm(3, area="west", industry="39", size="small")
    world.firm(9, area="zone", kind="department")
    for firm in (1, 2, 3):
        world.report("monthly_rd", firm, "2024-01", rd=10**firm, revenue=10 ** (firm + 1))
    return world


def test_by_area_industry_and_size(zone):
    assert zone.by_group("sum(rd)", "thousand_yuan", "area", "2024-01") == {"east": 110, "west": 1000}
    assert zone.by_group("sum(rd)", "thousand_yuan", "industry", "2024-01") == {"26": 100, "39": 1010}
    assert zone.by_group("sum(rd)", "thousand_yuan", "size", "2024-01") == {"large": 10, "small": 1100}


def test_by_firm(zone):
    assert zone.by_group("sum(rd)", "thousand_yuan", "firm", "2024-01") == {"1": 10, "2": 100, "3": 1000}


def test_by_title_groups_overlap_and_follow_the_title_held_when_the_report_was_for(zone):
    zone.title(1, "high_tech", "2023-01-01")
    zone.title(1, "above_scale", "2023-01-01")
    zone.title(3, "high_tech", "2024-02-01")
    zone.report("monthly_rd", 3, "2024-02", rd=7)
    assert zone.by_group("sum(rd)", "thousand_yuan", "title", "2024-01") == {"above_scale": 10, "high_tech": 10}
    assert zone.by_group("sum(rd)", "thousand_yuan", "title", "2024-02", "year") == {"above_scale": 10, "high_tech": 17}


def test_a_department_reports_for_the_zone_and_for_no_part_of_it(zone):
    zone.report("zone_economy", 9, "2024-Q1", gdp=500)
    assert zone.value("last(gdp)", "wan_yuan", "2024-Q1") == 500
    assert zone.by_group("last(gdp)", "wan_yuan", "area", "2024-Q1") == {}
    assert zone.by_group("sum(rd) / last(gdp)", "percent", "area", "2024-Q1") == {}


def test_a_firm_without_an_industry_is_in_the_group_without_a_name_so_that_parts_make_the_whole(zone):
    zone.firm(4, industry="")
    zone.report("monthly_rd", 4, "2024-01", rd=1)
    parts = zone.by_group("sum(rd)", "thousand_yuan", "industry", "2024-01")
    assert parts == {"": 1, "26": 100, "39": 1010}
    assert sum(parts.values()) == zone.value("sum(rd)", "thousand_yuan", "2024-01")


def test_filters_leave_the_rest_out_and_departments_with_it(zone):
    zone.report("zone_economy", 9, "2024-Q1", gdp=500)
    assert zone.value("sum(rd)", "thousand_yuan", "2024-01", where={"area": "east"}) == 110
    assert zone.value("sum(rd)", "thousand_yuan", "2024-01", where={"industry": "39", "size": "small"}) == 1000
    assert zone.value("last(gdp)", "wan_yuan", "2024-Q1", where={"area": "east"}) is None
    assert zone.value("sum(rd)", "thousand_yuan", "2024-01", where={"firm": 2}) == 100


def test_an_unknown_grain_or_filter_is_a_slip_of_the_caller(zone):
    with pytest.raises(ValueError, match="colour"):
        zone.ask(measure("sum(rd)"), "2024-01", grains=("colour",))


def test_a_register_by_group_counts_zero_where_there_is_none(zone):
    zone.title(1, "high_tech", "2023-01-01")
    formula = "count(distinct firm) filter (where title = 'high_tech' and valid)"
    assert zone.by_group(formula, "firm", "area", "2024-01", "point") == {"east": 1, "west": 0}
