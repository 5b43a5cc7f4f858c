"""as_of: the value as known on a past date; nothing is ever overwritten."""

from tests.spec.world import measure


def test_a_correction_changes_what_is_known_from_its_day_on(world):
    world.report("monthly_rd", 1, "2024-01", rd=10, known_from="2024-02-10", known_to="2024-03-05")
    world.report("monthly_rd", 1, "2024-01", rd=12, known_from="2024-03-05")
    known = [
        world.value("sum(rd)", "thousand_yuan", "2024-01", as_of=d)
        for d in ("2024-02-09", "2024-02-10", "2024-03-04", "2024-03-05")
    ]
    assert known == [None, 10, 10, 12]
    assert world.value("sum(rd)", "thousand_yuan", "2024-01") == 12


def test_a_withdrawn_report_was_known_until_it_was_withdrawn(world):
    world.report("monthly_rd", 1, "2024-01", rd=10, known_from="2024-02-10", known_to="2024-03-05")
    assert world.value("sum(rd)", "thousand_yuan", "2024-01", as_of="2024-03-01") == 10
    assert world.ask(measure("sum(rd)"), "2024-01")[0].state == "missing"


def test_a_title_recorded_late_was_not_known_before(world):
    formula = "count(distinct firm) filter (where title = 'high_tech' and valid)"
    world.title(1, "high_tech", "2023-11-01", known_from="2023-12-01")
    world.title(2, "high_tech", "2023-11-01", known_from="2024-05-01")
    assert world.value(formula, "firm", "2024-01", "point", as_of="2024-02-01") == 1
    assert world.value(formula, "firm", "2024-01", "point") == 2
