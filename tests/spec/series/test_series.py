"""The series: every indicator over the plan, computed and published, sealed in a folder."""

from decimal import Decimal

import pytest

from quanyu.measures.periods import Period
from quanyu.measures.series import Series, build
from quanyu.registry.model import Indicator, Label
from quanyu.registry.problem import Refused
from tests.spec.world import HERE, registry


def indicator(key, formula, unit, window="month", frequency="month", quantity=""):
    return Indicator(
        key,
        Label(key),
        unit,
        "flow",
        "higher",
        HERE,
        (),
        quantity=quantity or key,
        formula=formula,
        window=window,
        frequency=frequency,
    )


REGISTRY = registry(
    indicator("rd", "sum(rd)", "wan_yuan", "year"),
    indicator("intensity", "sum(rd) / sum(revenue)", "percent"),
    indicator("gdp", "last(gdp)", "yi_yuan", "year", "quarter"),
    indicator("population", "last(population)", "wan_person", "year", "year"),
    indicator("clusters", "", "piece", quantity="clusters"),
)


@pytest.fixture
def zone(world):
    world.firm(1, area="east")
    world.firm(2, area="west")
    for month in ("2023-01", "2023-02", "2024-01", "2024-02"):
        for firm in (1, 2):
            world.report("monthly_rd", firm, month, rd=100 * firm if month < "2024" else 150 * firm, revenue=10_000)
    world.report("zone_economy", 9, "2023-Q4", gdp=200_000)
    return world


def test_points_run_from_a_year_before_the_plan_to_the_last_month_reported(zone):
    held = build(REGISTRY, zone.source()).points("rd")
    assert (str(min(held)), str(max(held)), len(held)) == ("2020-01", "2024-02", 50)
    assert held[Period.parse("2024-02")].value == 90


def test_an_indicator_has_points_of_its_own_frequency(zone):
    series = build(REGISTRY, zone.source())
    assert {p.kind for p in series.points("gdp")} == {"quarter"}
    assert [str(p) for p in series.points("population")] == ["2020", "2021", "2022", "2023"]


def test_at_gives_the_latest_figure_that_ends_by_then_with_its_own_period(zone):
    series = build(REGISTRY, zone.source())
    point = series.at("gdp", Period.parse("2024-02"))
    assert (str(point.period), point.value) == ("2023-Q4", 20)
    assert series.at("gdp", Period.parse("2022")).state == "missing"
    assert series.at("gdp", Period.parse("2015")) is None
    assert str(series.at("intensity", Period.parse("2023")).period) == "2023-02"


def test_growth_is_in_percent_and_for_shares_in_percentage_points(zone):
    series = build(REGISTRY, zone.source())
    rise = series.growth("intensity", Period.parse("2024-02"))
    assert (rise.now.value, rise.before.value) == (Decimal("2.25"), Decimal("1.5"))
    assert (rise.percent, rise.points) == (50, Decimal("0.75"))
    assert series.growth("rd", Period.parse("2024-02")).points is None
    assert series.growth("rd", Period.parse("2023-02")) is None


def test_groups_break_a_figure_down(zone):
    series = build(REGISTRY, zone.source())
    parts = series.groups("rd", "area", Period.parse("2024-02"))
    assert {g: p.value for g, p in parts.items()} == {"east": 30, "west": 60}
    assert series.points("rd", "area", "west")[Period.parse("2023-01")].value == 20


def test_a_published_figure_fills_in_where_nothing_can_be_computed(zone):
    zone.report("published", 9, "2022", quantity="gdp", published_value="19.5", published_unit="yi_yuan")
    zone.report("published", 9, "2023-Q4", quantity="gdp", published_value="21", published_unit="yi_yuan")
    zone.report("published", 9, "2023", quantity="clusters", published_value="3", published_unit="piece")
    zone.report("published", 9, "2016/2020", quantity="clusters", published_value="2", published_unit="piece")
    zone.report("published", 9, "2023", quantity="rd", published_value="7", published_unit="person")
    series = build(REGISTRY, zone.source())
    assert (series.at("gdp", Period.parse("2023-06")).value, series.at("gdp", Period.parse("2023-06")).origin) == (
        Decimal("19.5"),
        "published",
    )
    assert (series.at("gdp", Period.parse("2023")).value, series.at("gdp", Period.parse("2023")).origin) == (
        20,
        "computed",
    )
    assert [(str(p), q.value) for p, q in series.published("gdp").items()] == [
        ("2022", Decimal("19.5")),
        ("2023-Q4", 21),
    ]
    assert series.at("clusters", Period.parse("2024")).value == 3
    assert [str(p) for p in series.published("clusters")] == ["2016/2020", "2023"]
    assert series.published("rd") == {}


def test_a_published_figure_is_brought_to_the_indicators_unit(zone):
    zone.report("published", 9, "2022", quantity="gdp", published_value="195000", published_unit="wan_yuan")
    point = build(REGISTRY, zone.source()).published("gdp")[Period.parse("2022")]
    assert (point.value, point.numerator, point.denominator) == (Decimal("19.5"), 195_000, 1)


def test_equal_facts_give_the_same_folder_and_what_is_written_is_read_back(zone, tmp_path):
    series = build(REGISTRY, zone.source())
    digest = series.write(tmp_path)
    assert build(REGISTRY, zone.source()).digest == digest
    again = Series.open(tmp_path, digest)
    assert again.digest == digest and again.indicators == series.indicators
    for key in series.indicators:
        assert again.points(key) == series.points(key)
        assert again.points(key, "area", "east") == series.points(key, "area", "east")
    assert sorted(p.name for p in (tmp_path / "series" / digest).iterdir()) == sorted(
        ["manifest.json", *(f"{k}.json" for k in series.indicators)]
    )


def test_another_day_of_knowledge_is_another_series(zone):
    from datetime import date

    known = build(REGISTRY, zone.source(), as_of=date(2019, 1, 1))
    assert known.as_of == date(2019, 1, 1)
    assert known.digest != build(REGISTRY, zone.source()).digest
    assert known.points("rd")[Period.parse("2024-02")].state == "missing"


def test_a_series_that_is_not_there_is_refused_in_words(tmp_path):
    with pytest.raises(Refused, match="没有序列"):
        Series.open(tmp_path, "0" * 64)
