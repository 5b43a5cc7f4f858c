"""The way home: which facts feed a figure, biggest first, page by page."""

from decimal import Decimal

from quanyu.measures.engines.duckdb import contributors
from quanyu.measures.periods import Period
from tests.spec.world import measure


def ask(world, formula, unit="thousand_yuan", period="2024-02", window="year", **question):
    return contributors(measure(formula, unit, window), world.source(), Period.parse(period), **question)


def test_reports_come_biggest_first_with_their_total(world):
    world.firm(1)
    for month, rd in ((1, 5), (2, 9), (3, 100)):
        world.report("monthly_rd", 1, f"2024-{month:02}", rd=rd)
    total, rows = ask(world, "sum(rd)")
    assert total == 2
    assert [(r.period, r.amount, r.name, r.contract) for r in rows] == [
        ("2024-02", 9, "示例企业1", "monthly_rd"),
        ("2024-01", 5, "示例企业1", "monthly_rd"),
    ]


def test_the_numerators_facts_come_before_the_denominators(world):
    world.report("monthly_rd", 1, "2024-01", rd=5, spent="2.5")
    total, rows = ask(world, "sum(rd) / sum(spent)", "percent")
    assert total == 2
    assert [(r.aggregate, r.amount) for r in rows] == [("sum(rd)", 5), ("sum(spent)", Decimal("2.5"))]


def test_a_page_runs_on_over_aggregates(world):
    for firm in (1, 2, 3):
        world.report("monthly_rd", firm, "2024-01", rd=firm, revenue=10 * firm)
    _, everything = ask(world, "sum(rd) / sum(revenue)", "percent")
    pages = [ask(world, "sum(rd) / sum(revenue)", "percent", limit=2, offset=n)[1] for n in (0, 2, 4)]
    assert [r for page in pages for r in page] == everything
    assert ask(world, "sum(rd) / sum(revenue)", "percent", limit=2, offset=6) == (6, [])


def test_a_group_is_fed_by_its_own_facts_only(world):
    world.firm(1, area="east")
    world.firm(2, area="west")
    world.title(2, "high_tech", "2024-02-01")
    for firm in (1, 2):
        for month in (1, 2):
            world.report("monthly_rd", firm, f"2024-{month:02}", rd=firm)
    assert {r.firm for r in ask(world, "sum(rd)", grain="area", group="west")[1]} == {2}
    assert [(r.firm, r.period) for r in ask(world, "sum(rd)", grain="title", group="high_tech")[1]] == [(2, "2024-02")]


def test_standings_tell_the_title_the_person_and_the_days(world):
    world.title(1, "talent", "2024-01-05", "2024-12-31", person="甲")
    world.title(1, "talent", "2024-03-05", person="乙")
    total, (row,) = ask(world, "count(*) filter (where title = 'talent' and valid)", "person", window="point")
    assert (total, row.title, row.person, str(row.since), str(row.until)) == (
        1,
        "talent",
        "甲",
        "2024-01-05",
        "2024-12-31",
    )


def test_of_last_only_the_latest_report_of_each_organisation(world):
    for month, staff in ((1, 5), (2, 6)):
        world.report("monthly_rd", 1, f"2024-{month:02}", staff=staff)
    total, (row,) = ask(world, "last(staff)", "person")
    assert (total, row.period, row.amount) == (1, "2024-02", 6)


def test_as_known_on_a_past_day(world):
    old = world.report("monthly_rd", 1, "2024-01", rd=5, known_from="2024-02-01", known_to="2024-03-01")
    new = world.report("monthly_rd", 1, "2024-01", rd=6, known_from="2024-03-01")
    assert [r.fact for r in ask(world, "sum(rd)")[1]] == [new]
    from datetime import date

    assert [r.fact for r in ask(world, "sum(rd)", as_of=date(2024, 2, 15))[1]] == [old]
