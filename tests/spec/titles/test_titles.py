"""Titles are held from a day to a day: valid on a period's last day, or started inside its window."""

from tests.spec.world import measure

HELD = "count(distinct firm) filter (where title = 'high_tech' and valid)"
GRANTED = "count(*) filter (where title = 'patent' and started)"


def test_valid_is_held_on_the_last_day_of_the_period(world):
    world.title(1, "high_tech", "2024-03-31", "2024-06-30")
    assert [world.value(HELD, "firm", p, "point") for p in ("2024-03", "2024-05", "2024-06")] == [1, 1, 0]


def test_the_day_a_title_ends_is_the_first_without_it(world):
    world.title(1, "high_tech", "2024-01-01", "2024-04-30")
    world.title(2, "high_tech", "2024-01-01", "2024-05-01")
    assert world.value(HELD, "firm", "2024-04", "point") == 1


def test_a_firm_with_two_overlapping_titles_of_one_kind_counts_once(world):
    world.title(1, "high_tech", "2021-06-01", "2024-06-01")
    world.title(1, "high_tech", "2024-03-01")
    assert [world.value(HELD, "firm", p, "point") for p in ("2023-12", "2024-04", "2025-01")] == [1, 1, 1]


def test_each_standing_counts_where_standings_are_counted(world):
    world.title(1, "patent", "2024-01-10", level="invention")
    world.title(1, "patent", "2024-02-10", level="utility")
    assert world.value("count(*) filter (where title = 'patent' and valid)", "piece", "2024-02", "point") == 2
    assert (
        world.value(
            "count(*) filter (where title = 'patent' and level = 'invention' and valid)", "piece", "2024-02", "point"
        )
        == 1
    )


def test_started_is_granted_inside_the_window(world):
    for day in ("2023-12-31", "2024-01-01", "2024-02-29", "2024-03-01"):
        world.title(1, "patent", day)
    assert world.value(GRANTED, "piece", "2024-02", "month") == 1
    assert world.value(GRANTED, "piece", "2024-02", "year") == 2
    assert world.value(GRANTED, "piece", "2024-02", "plan") == 3


def test_talents_are_counted_with_their_employer_each_person_once(world):
    world.firm(1, area="east")
    world.title(1, "talent", "2024-01-01", level="a", person="甲")
    world.title(1, "talent", "2024-02-01", level="b", person="甲")
    world.title(1, "talent", "2024-02-01", level="b", person="乙")
    world.title(1, "talent", "2024-02-01", level="b", person="")
    formula = "count(distinct person) filter (where title = 'talent' and valid)"
    assert world.value(formula, "person", "2024-02", "point") == 2
    assert world.by_group(formula, "person", "area", "2024-02", "point") == {"east": 2}
    assert world.value("count(*) filter (where title = 'talent' and valid)", "person", "2024-02", "point") == 4


def test_holds_restricts_reports_to_firms_that_held_the_title_when_the_reports_period_ended(world):
    world.title(1, "high_tech", "2024-02-15")
    for firm in (1, 2):
        for month in (1, 2, 3):
            world.report("monthly_rd", firm, f"2024-{month:02}", rd=10 * firm + month)
    assert world.value("sum(rd) filter (where holds('high_tech'))", "thousand_yuan", "2024-03", "year") == 12 + 13


def test_holds_on_titles_asks_for_two_titles_at_once(world):
    world.title(1, "high_tech", "2024-01-01")
    world.title(1, "above_scale", "2024-01-01")
    world.title(2, "high_tech", "2024-01-01")
    formula = "count(distinct firm) filter (where title = 'high_tech' and valid and holds('above_scale'))"
    assert world.value(formula, "firm", "2024-01", "point") == 1


def test_what_begins_after_the_period_is_not_there_yet(world):
    world.title(1, "patent", "2024-01-10")
    world.title(1, "patent", "2024-05-10")
    assert world.ask(measure("count(*) filter (where title = 'patent')", "piece"), "2024-03")[0].value == 1
