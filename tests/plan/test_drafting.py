"""The next plan begins where the last one ended: baselines that may be carried over are, the others say why not."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from quanyu.decisions.reads import closing_assessment
from quanyu.judgements.compare import no_baseline, not_comparable
from quanyu.measures.examine import examine
from quanyu.people.models import Organisation
from quanyu.plan import acts, reads
from quanyu.plan.drafting import skeleton
from quanyu.registry.problem import Refused
from tests.decisions.amended import RULED, judge, ruled_zone
from tests.decisions.zone import file, moment

pytestmark = pytest.mark.django_db
FIRST, LAST = dt.date(2026, 1, 1), dt.date(2030, 12, 31)


@pytest.fixture
def people(tmp_path):
    people = ruled_zone(tmp_path)
    file(Organisation.objects.filter(kind="firm").first(), "2025-12", "2026-01-08", 10_000, 400)
    judge("2026-01-20")
    return people


def drafted():
    before = reads.registry()
    files = skeleton(before, closing_assessment().verdicts, "next", FIRST, LAST)
    whole = {f"core/{path.partition('/')[2]}": text for path, text in RULED.items() if wanted(path)}
    whole["core/package.yaml"] = "{key: core, label: {zh: 通用}, version: '1'}\n"
    return files, whole


def wanted(path: str) -> bool:
    regional = "plans indicators tasks areas departments quantities titles units documents package statements rulings"
    return not any(word in path for word in regional.split())


def test_the_skeleton_loads_and_starts_from_what_was_reached(people):
    files, shared = drafted()
    registry, problems = examine(shared | files)
    assert [p for p in problems if p.blocks] == []
    assert (registry.plan.starts_on, registry.plan.ends_on) == (FIRST, LAST)
    rate = registry.indicators["rd_rate"]
    assert registry.baseline("rd_rate", FIRST).value == closing_assessment().verdicts["rd_rate"].value == 4
    assert (rate.baseline_year, rate.target, rate.target_year) == (2025, (), 2030)
    assert rate.formula == reads.registry().indicators["rd_rate"].formula
    assert set(registry.titles) == set(reads.registry().titles)


def test_the_other_plan_stands_beside_and_the_page_compares(people):
    files, shared = drafted()
    acts.adopt(shared | files, by=None, at=moment("2026-02-01"), beside=True)
    assert reads.registry().plan.ends_on == dt.date(2025, 12, 31)
    assert reads.beside().plan.starts_on == FIRST
    client = Client()
    client.force_login(people["clerk"])
    page = client.get("/plan/compare/").content.decode()
    assert "研发投入占比" in page and "上期实绩" in page
    assert "不可比之处" in client.get("/plan/compare.csv").content.decode()


def test_what_is_counted_otherwise_cannot_be_compared(people):
    before, verdicts = reads.registry(), closing_assessment().verdicts
    rate, firms = before.indicators["rd_rate"], before.indicators["high_tech"]
    assert not_comparable(rate, rate, verdicts["rd_rate"], before.plan) == []
    told = [r.code for r in not_comparable(rate, firms, verdicts["rd_rate"], before.plan)]
    assert told == ["unit", "nature", "formula", "window"]
    assert no_baseline(before.indicators["literacy"], verdicts["literacy"], before.plan).code == "no_data"


def test_years_that_overlap_the_plan_are_refused(people):
    with pytest.raises(Refused, match="新规划须在 2025-12-31 之后起"):
        skeleton(reads.registry(), {}, "next", dt.date(2025, 1, 1), LAST)
