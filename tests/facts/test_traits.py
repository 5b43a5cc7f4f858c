"""The table of traits: firm-years in fen, gaps unknown, the first source that has a value, titles by day."""

import dataclasses
import datetime as dt

import pytest

from quanyu.facts import acts
from quanyu.facts.traits import trait_table, traits_of
from quanyu.measures.source import Source
from quanyu.people.models import Organisation
from quanyu.registry.model import Label, Trait, TraitSource
from quanyu.registry.problem import Place
from tests.facts.desk import core, file, make_firms, moment, sound_year

pytestmark = pytest.mark.django_db
P, ON = Place("test.yaml", 1), dt.date(2025, 6, 1)


def trait(key, kind="number", unit="wan_yuan", back=0, zero=False, *sources):
    return Trait(key, Label(key), kind, P, unit, back, tuple(TraitSource(P, **s) for s in sources), zero)


MONTHLY, YEARLY = {"contract": "monthly_rd"}, {"contract": "yearly_rd", "column": "y_labour", "take": "last"}
PATENT = {"title": "patent", "level": "invention"}
TRAITS = [
    trait("revenue", "number", "wan_yuan", 1, False, MONTHLY | {"column": "revenue"}),
    trait("labour", "number", "wan_yuan", 0, False, YEARLY, MONTHLY | {"column": "rd_labour"}),
    trait("staff", "number", "person", 0, False, MONTHLY | {"column": "staff", "take": "last"}),
    trait("most_staff", "number", "person", 0, False, MONTHLY | {"column": "staff", "take": "most"}),
    trait("patents", "number", "piece", 0, True, PATENT),
    trait("patents_new", "number", "piece", 1, False, PATENT | {"held": "started"}),
    trait("high_tech", "flag", "", 1, True, {"title": "high_tech"}),
    trait("high_tech_ever", "number", "piece", 4, True, {"title": "high_tech", "held": "ever"}),
    trait("size", "choice", "", 0, False, {"register": "size"}),
    trait("age_days", "number", "day", 0, False, {"register": "age_days"}),
    trait("asked", "number", "wan_yuan"),
]


@pytest.fixture
def facts(tmp_path):
    one, two = make_firms(2)
    Organisation.objects.filter(pk=one.pk).update(opened_on=dt.date(2024, 6, 1))
    for month in range(1, 13):
        file(one, f"2024-{month:02}", "2025-01-20", revenue=10_000 + month, staff=100 - month)
        if month != 7:
            file(two, f"2024-{month:02}", "2025-01-20")
    file(one, "2024-12", "2025-02-20", "漏记", revenue=20_000, staff=88)
    acts.file_report(core().forms["qy107_2"], one, "2024", sound_year(), None, moment("2025-03-01"))
    when = moment("2025-03-01")
    for title, level, since, until in (
        ("patent", "invention", "2023-05-01", None), ("patent", "invention", "2024-05-01", None),
        ("patent", "utility", "2024-05-01", None), ("high_tech", "", "2021-09-01", "2024-09-01"),
    ):  # fmt: skip
        day = dt.date.fromisoformat
        acts.grant(core().titles[title], one, day(since), None, when, until and day(until), level)
    registry = dataclasses.replace(core(), traits={t.key: t for t in TRAITS})
    sealed = acts.freeze(moment("2025-05-01"), registry=registry, home=tmp_path, full=False)
    return registry, Source.open(tmp_path, sealed.digest), one.pk, two.pk


def test_one_row_a_firm(facts):
    registry, source, one, _ = facts
    held = traits_of(registry, source, one, ON)
    whole = sum(10_000 + m for m in range(1, 12)) + 20_000  # thousand yuan
    assert {k: v for k, v in held.items() if not k.startswith("holds_")} == {
        "revenue": whole * 100_000, "revenue_1": None, "labour": 3600 * 100_000, "staff": 88, "most_staff": 99,
        "patents": 2, "patents_new": 1, "patents_new_1": 1, "high_tech": False, "high_tech_1": True,
        "high_tech_ever": 1, "high_tech_ever_1": 1, "high_tech_ever_2": 1, "high_tech_ever_3": 1, "high_tech_ever_4": 0,
        "size": "中型", "age_days": 365, "asked": None,
    }  # fmt: skip
    assert held["holds_high_tech"] is False and held["holds_patent"] is True


def test_a_year_with_a_month_missing_is_not_known(facts):
    registry, source, _, two = facts
    held = traits_of(registry, source, two, ON)
    assert (held["revenue"], held["labour"], held["staff"], held["patents"], held["patents_new"]) == (
        None,
        None,
        120,
        0,
        None,
    )


def test_a_table_is_made_once_for_a_day_and_nothing_is_known_of_a_stranger(facts):
    registry, source, *_ = facts
    made = trait_table(registry, source, ON, source.home)
    before = made.stat().st_mtime_ns
    assert trait_table(registry, source, ON, source.home) == made and made.stat().st_mtime_ns == before
    assert trait_table(registry, source, ON.replace(year=2026), source.home) != made
    assert set(traits_of(registry, source, 10**9, ON).values()) == {None}
