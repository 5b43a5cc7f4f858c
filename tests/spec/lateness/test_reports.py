"""Late data are visible: how many reports are on hand of how many that are due."""

from tests.spec.world import measure


def test_due_are_the_holders_of_the_forms_title_at_the_end_of_each_form_period(world):
    world.title(1, "above_scale", "2023-01-01")
    world.title(2, "above_scale", "2024-02-10")
    world.title(3, "above_scale", "2023-01-01", "2024-02-15")
    world.report("monthly_rd", 1, "2024-01", rd=1)
    points = {
        str(p.period): (p.reports, p.expected, p.late)
        for p in world.ask(measure("sum(rd)"), "2024-01", "2024-02", "2024-Q1")
    }
    assert points == {"2024-01": (1, 2, True), "2024-02": (0, 2, True), "2024-Q1": (1, 6, True)}


def test_a_report_from_one_who_need_not_file_does_not_stand_in_for_one_who_must(world):
    world.title(1, "above_scale", "2023-01-01")
    world.report("monthly_rd", 2, "2024-01", rd=1)
    (point,) = world.ask(measure("sum(rd)"), "2024-01")
    assert (point.value, point.reports, point.expected, point.late) == (1, 0, 1, True)


def test_where_nobody_in_particular_must_file_the_reports_read_are_told(world):
    world.report("zone_economy", 9, "2024-Q1", gdp=1)
    world.report("zone_economy", 9, "2024-Q2", gdp=2)
    (point,) = world.ask(measure("last(gdp)", "wan_yuan", "year"), "2024-Q2")
    assert (point.reports, point.expected, point.late) == (2, 0, False)


def test_due_reports_are_counted_group_by_group(world):
    for firm, area in ((1, "east"), (2, "east"), (3, "west")):
        world.firm(firm, area=area)
        world.title(firm, "above_scale", "2023-01-01")
    world.report("monthly_rd", 1, "2024-01", rd=1)
    world.report("monthly_rd", 3, "2024-01", rd=1)
    points = world.ask(measure("sum(rd)"), "2024-01", grains=("area",))
    assert {p.group: (p.reports, p.expected) for p in points} == {"east": (1, 2), "west": (1, 1)}
