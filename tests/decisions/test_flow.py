"""From sealed facts to verdicts and back home, on a zone small enough to count by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from quanyu.decisions import acts, reads
from quanyu.decisions.models import Assessment, SeriesRun
from quanyu.facts import acts as facts
from quanyu.facts import reads as facts_reads
from quanyu.people.models import Event
from quanyu.plan import acts as plan
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.decisions.zone import RICH, file, moment, tiny_zone
from tests.factories import write_packages

NOW, ON = moment("2024-11-20"), dt.date(2024, 11, 20)
pytestmark = pytest.mark.django_db


@pytest.fixture
def firms(tmp_path: Path):
    found = tiny_zone(tmp_path / "packages")
    facts.freeze(NOW)
    return found


@pytest.fixture
def judged(firms):
    acts.measure(at=NOW)
    acts.judge(at=NOW, on=ON)
    return reads.assessment()


def test_the_flow_ends_in_verdicts(judged):
    assert (str(judged.period), judged.on, judged.contested) == ("2024-09", ON, 0)
    stock, rate, literacy = (judged.verdicts[k] for k in ("high_tech", "rd_rate", "literacy"))
    assert (stock.value, stock.state, stock.progress, str(stock.todo)) == (
        2,
        "late",
        Fraction(1, 2),
        "再增 2 家可达目标",
    )
    assert (rate.value, rate.state, rate.progress) == (Decimal("3.5"), "done", 1)
    assert (rate.reports, rate.expected, rate.reason.code) == (2, 27, "late_reports")
    assert (literacy.state, literacy.reason.code) == ("none", "no_formula")


def test_every_quarter_since_the_plan_began_can_be_looked_at(judged):
    periods = reads.assessments()
    assert (len(periods), str(periods[0]), str(periods[-1])) == (15, "2024-09", "2021-03")
    assert reads.assessment("2022-Q2").verdicts["high_tech"].value == 2
    assert reads.assessment("2022-03").verdicts["high_tech"].point_state == "missing"
    with pytest.raises(Refused, match="没有“2030-01”的研判结果"):
        reads.assessment("2030-01")


def test_doing_it_again_changes_nothing_and_writes_nothing(judged):
    before = (SeriesRun.objects.count(), Assessment.objects.count(), Event.objects.count())
    later = NOW + dt.timedelta(hours=1)
    facts.freeze(later)
    acts.measure(at=later)
    acts.judge(at=later, on=ON)
    assert (SeriesRun.objects.count(), Assessment.objects.count(), Event.objects.count()) == before
    assert reads.assessment().digest == judged.digest
    assert reads.stale() == []


def test_new_facts_make_the_chain_stale_until_it_is_walked(judged, firms):
    file(firms[2], "2024-09", "2024-11-20", 60_000, 600)
    facts.freeze(NOW)
    assert reads.stale() == ["measure", "judge"]
    acts.measure(at=NOW)
    assert reads.stale() == ["judge"]
    assert reads.assessment().digest == judged.digest  # meanwhile pages stand on what was judged
    acts.judge(at=NOW, on=ON)
    verdict = reads.assessment().verdicts["rd_rate"]
    assert (verdict.value, verdict.reports, verdict.late_reports) == (2, 3, 24)
    assert reads.stale() == []


def test_a_changed_definition_must_be_measured_before_it_is_judged(judged, tmp_path: Path):
    changed = RICH["tiny/indicators/high_tech.yaml"].replace("value: 4", "value: 5")
    root = write_packages(tmp_path / "packages", RICH | {"tiny/indicators/high_tech.yaml": changed})
    plan.load(root, ["tiny"], by=None, at=NOW)
    with pytest.raises(Refused, match="规划定义在上次计算之后有改动"):
        acts.judge(at=NOW, on=ON)
    acts.measure(at=NOW)
    acts.judge(at=NOW, on=ON)
    assert reads.assessment().verdicts["high_tech"].target == 5


def test_nothing_to_measure_or_look_at_is_told_with_the_step_that_is_missing(tmp_path: Path):
    plan.load(write_packages(tmp_path / "packages", RICH), ["tiny"], by=None, at=NOW)
    with pytest.raises(Refused, match="还没有数据快照"):
        acts.measure(at=NOW)
    with pytest.raises(Refused, match="还没有计算过指标"):
        reads.assessment()
    assert reads.stale() == ["freeze", "measure", "judge"]


def test_a_zone_without_facts_is_judged_as_having_none(tmp_path: Path):
    plan.load(write_packages(tmp_path / "packages", RICH), ["tiny"], by=None, at=NOW)
    facts.freeze(NOW)
    assert acts.measure(at=NOW).until == "2024-10"
    acts.judge(at=NOW, on=ON)
    rate = reads.assessment().verdicts["rd_rate"]
    assert (rate.state, rate.reason.text.zh) == ("none", "暂无数据，应由统计科按月提供")


def test_the_way_home_of_a_ratio(judged, firms):
    home = reads.explain("rd_rate")
    assert (home.value, home.formula) == (Decimal("3.5"), "sum(rd_expense) / sum(revenue)")
    assert str(home.words) == "研发费用合计 ÷ 营业收入合计"
    assert home.words.en == "total R&D expense ÷ total Revenue"
    assert (home.numerator.value, home.denominator.value, str(home.numerator.unit)) == (1400, 40_000, "千元")
    assert [str(c) for c in home.numerator.contracts] == ["研发月报数"]
    assert (home.reports, home.expected, home.total) == (2, 27, 4)
    first = next(c for c in home.contributions if c.organisation_id == firms[0].pk and c.value == 500)
    assert (first.organisation, first.period, first.by, first.version) == (firms[0].name, "2024-09", "张虚构", 2)
    assert (first.at, first.source) == (moment("2024-11-10"), "月报.xlsx")
    assert [(str(q.document), q.lines, q.quote) for q in home.quotations] == [
        ("云上虚构规划", (5, 6), "研发投入占比达到")
    ]
    run = reads.current_series()
    digests = [run.revision, run.snapshot, run.digest, judged.digest]
    assert [digest for _, digest in home.chain] == digests
    assert registry().digest == digests[0]


def test_the_way_home_of_a_stock_names_who_granted_what(judged, firms):
    home = reads.explain("high_tech", "2024-09")
    assert (home.value, home.total, home.denominator) == (2, 2, None)
    granted = [(c.organisation, c.what.zh, c.by, c.source) for c in home.contributions]
    assert granted == [(f.name, "高新技术企业", "张虚构", "虚构1号文") for f in firms[:2]]


def test_as_it_was_known_on_a_past_day(judged):
    home = reads.explain("rd_rate", as_of=dt.date(2024, 11, 9))
    assert (home.value, home.numerator.value, home.as_of) == (Decimal("2.75"), 1100, dt.date(2024, 11, 9))
    assert home.verdict.state == "warn"
    assert {c.version for c in home.contributions} == {1}
    nothing = reads.explain("rd_rate", as_of=dt.date(2024, 10, 1))
    assert (nothing.value, nothing.verdict.reason.code) == (None, "no_data")


def test_a_run_as_of_a_past_day_does_not_replace_the_one_in_use(judged):
    run = acts.measure(at=NOW, as_of=dt.date(2024, 11, 9))
    assert reads.figures(run).points("rd_rate")[judged.period].value == Decimal("2.75")
    assert reads.current_series().pk != run.pk
    assert reads.assessment().digest == judged.digest


def test_an_indicator_that_is_not_there_is_refused(judged):
    with pytest.raises(Refused, match="没有名为“rd_rat”的指标"):
        reads.explain("rd_rat")


def test_what_is_paid_meanwhile_does_not_make_reports_look_old(judged, firms):
    """A payment of November does not move the month that is looked at: reports that are due at set times do."""
    source = facts_reads.current_source()
    moved = replace(source, manifest={**source.manifest, "tables": {
        **source.manifest["tables"], "paid": {"parts": [{"part": "2024-11", "rows": 1, "file": "x"}]},
    }})  # fmt: skip
    known = registry()
    contract = replace(known.contracts["monthly"], key="paid", provider="report:paid")
    form = replace(known.forms["rd"], key="paid", due_days=None)
    wider = replace(known, contracts={**known.contracts, "paid": contract}, forms={**known.forms, "paid": form})
    assert str(reads.latest_month(moved, wider, ON)) == "2024-09"
    late = replace(form, due_days=10)
    assert str(reads.latest_month(moved, replace(wider, forms={**wider.forms, "paid": late}), ON)) == "2024-11"
