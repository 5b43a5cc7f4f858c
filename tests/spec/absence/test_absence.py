"""Missing (…), undefined (—) and zero (0) are three things and stay three."""

from tests.spec.world import measure


def ask(world, formula, unit="thousand_yuan", period="2024-01", window="month"):
    (point,) = world.ask(measure(formula, unit, window), period)
    return point


def test_no_report_at_all_is_missing_not_zero(world):
    assert (ask(world, "sum(rd)").state, ask(world, "sum(rd)").value) == ("missing", None)


def test_reported_zeros_are_zero(world):
    world.report("monthly_rd", 1, "2024-01", rd=0)
    assert (ask(world, "sum(rd)").state, ask(world, "sum(rd)").value) == ("ok", 0)


def test_reports_that_leave_the_field_blank_are_missing(world):
    world.report("monthly_rd", 1, "2024-01", staff=3)
    assert ask(world, "sum(rd)").state == "missing"
    assert ask(world, "coalesce(sum(rd), 0)").value == 0


def test_a_division_by_zero_is_undefined_and_shows_both_sides(world):
    world.report("monthly_rd", 1, "2024-01", rd=5, revenue=0)
    point = ask(world, "sum(rd) / sum(revenue)", "percent")
    assert (point.state, point.value, point.numerator, point.denominator) == ("undefined", None, 5, 0)


def test_what_is_missing_makes_the_whole_missing_even_beside_a_division_by_zero(world):
    world.report("monthly_rd", 1, "2024-01", rd=5, revenue=0)
    assert ask(world, "sum(rd) / sum(revenue) + sum(rd) / sum(spent)", "percent").state == "missing"
    assert ask(world, "sum(rd) / sum(revenue) + sum(rd) / sum(rd)", "percent").state == "undefined"


def test_a_count_is_zero_where_others_reported_and_missing_where_nobody_did(world):
    world.report("monthly_rd", 1, "2024-01", rd=0)
    formula = "count(distinct firm) filter (where rd > 0)"
    assert (ask(world, formula, "firm").state, ask(world, formula, "firm").value) == ("ok", 0)
    assert ask(world, formula, "firm", "2024-02").state == "missing"


def test_a_register_says_nothing_of_a_title_before_its_first_entry_and_zero_after_the_last_has_ended(world):
    world.title(1, "high_tech", "2024-02-01", "2024-05-01")
    formula = "count(distinct firm) filter (where title = 'high_tech' and valid)"
    assert ask(world, formula, "firm", "2024-01", "point").state == "missing"
    assert ask(world, formula, "firm", "2024-02", "point").value == 1
    assert ask(world, formula, "firm", "2024-06", "point").value == 0
    assert (
        ask(world, "count(*) filter (where title = 'patent' and valid)", "piece", "2024-06", "point").state == "missing"
    )


def test_conditions_on_what_is_missing_do_not_hold(world):
    world.report("monthly_rd", 1, "2024-01", rd=5)
    assert ask(world, "case when sum(revenue) > 0 then 1 else 2 end", "ratio").value == 2
    assert ask(world, "case when not sum(revenue) > 0 then 1 else 2 end", "ratio").value == 2
    assert ask(world, "case when sum(revenue) is null then 1 else 2 end", "ratio").value == 1


def test_the_zone_always_has_a_point_another_group_only_with_some_fact(world):
    world.firm(1, area="east")
    world.firm(2, area="west")
    world.report("monthly_rd", 1, "2024-01", rd=5)
    points = world.ask(measure("sum(rd)"), "2024-01", "2024-02", grains=("zone", "area"))
    assert [(p.grain, p.group, p.state) for p in points] == [
        ("zone", "", "ok"),
        ("area", "east", "ok"),
        ("zone", "", "missing"),
    ]
