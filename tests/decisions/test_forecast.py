"""Forecasts are made after judging, kept like assessments, and shown on the indicator's page with their record."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import override

from quanyu.decisions import acts, reads
from quanyu.decisions.models import Forecast
from quanyu.facts import acts as facts
from quanyu.judgements.nowcast import complete
from quanyu.measures import query
from quanyu.measures.periods import Period
from quanyu.measures.source import Source
from quanyu.people.models import Event
from quanyu.plan import acts as plan
from quanyu.plan.reads import registry
from tests.decisions.zone import file, moment, tiny_zone
from tests.factories import firm, person, write_packages
from tests.web.conftest import OPEN

NOW, ON = moment("2024-11-20"), dt.date(2024, 11, 20)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _chinese():
    with override("zh-hans"):
        yield


@pytest.fixture
def firms(tmp_path: Path):
    """High-tech firms: two in mid 2022, one more every fourth month from 2023 to mid 2024; no reports before August."""
    found = tiny_zone(tmp_path / "before")
    plan.load(write_packages(tmp_path / "packages", OPEN), ["tiny"], by=None, at=NOW)
    for n, day in enumerate(dt.date(2023 + n // 3, 1 + 4 * (n % 3), 1) for n in range(5)):
        made = firm(10 + n)
        facts.grant(
            registry().titles["high_tech"], made, day, None, moment(str(day)), dt.date(2028, 1, 1), decision="虚构"
        )
    for who, amount in zip(found, (200, 600, 100), strict=True):
        file(who, "2024-08", "2024-09-08", 10 * amount, amount)
    return found


@pytest.fixture
def forecast(firms):
    facts.freeze(NOW)
    acts.measure(at=NOW)
    acts.judge(at=NOW, on=ON)
    return acts.forecast(at=NOW, on=ON)


def test_each_judged_period_has_its_forecast_and_the_same_is_never_kept_twice(forecast):
    assert [f.period for f in forecast] == list(reads.assessments_of(reads.current_series()))
    event = Event.objects.get(act="decisions.forecast")
    assert (event.body["on"], len(event.body["periods"])) == ("2024-11-20", len(forecast))
    acts.forecast(at=moment("2024-12-01"), on=ON)
    assert (Forecast.objects.count(), Event.objects.filter(act="decisions.forecast").count()) == (len(forecast), 1)
    acts.forecast(at=moment("2024-12-01"), on=dt.date(2024, 12, 1))
    assert Forecast.objects.count() == 2 * len(forecast)


def test_a_running_promise_has_a_probability_from_every_vantage_point(forecast):
    now, before = reads.forecast("high_tech"), reads.forecast("high_tech", "2023-Q4")
    assert (now.state, now.asked, now.value) == ("ahead", "2024-09", 7)
    assert Period.of_month(now.steps[-1].month) == Period.parse("2025-12")
    assert now.probability == pytest.approx(0.94, abs=0.02)  # four are wanted, seven are there
    assert (before.asked, before.value, len(before.steps)) == ("2023-12", 5, 24)
    assert reads.forecast("literacy").state == "too_short"
    assert reads.forecast("high_tech", "2030-01") is None


def test_without_a_forecast_there_is_none(firms):
    facts.freeze(NOW)
    acts.measure(at=NOW)
    acts.judge(at=NOW, on=ON)
    assert reads.forecast("high_tech") is None


def test_late_reports_are_estimated_by_the_growth_of_the_others(forecast):
    """August: revenue 2,000, 6,000 and 1,000, expense a tenth; September: 10,000 (500), 30,000 (900), the third late.

    Revenue of the two grew fivefold, expense 1.75-fold: the third should bring 5,000 and 175.
    """
    late = reads.forecast("rd_rate").nowcast
    assert late.value == pytest.approx(100 * (1400 + 900 + 175) / (40_000 + 9_000 + 5_000), rel=1e-9)
    assert late.low < late.value < late.high
    assert late.reported_share == pytest.approx(5 / 27)
    assert reads.forecast("high_tech").nowcast is None


def test_what_is_no_sum_of_reports_is_not_completed(forecast):
    run = reads.current_series()
    source, points = Source.open(settings.QUANYU_HOME, run.snapshot), reads.figures(run).points("rd_rate")
    figure = points[Period.parse("2024-09")]
    last = query.parse("last(rd_expense) / last(revenue)", registry(), "percent", "year")
    assert complete(registry(), last, source, figure) is None
    whole = query.parse("sum(rd_expense) / sum(revenue)", registry(), "percent", "year")
    assert complete(registry(), whole, source, figure._replace(reports=27)) is None


def test_the_page_says_where_it_is_heading_how_sure_that_is_and_how_it_fared(forecast):
    client = Client()
    client.force_login(person("st_office"))
    html = client.get("/indicators/high_tech/").content.decode()
    said = re.sub(r"\s", "", re.sub(r"<[^>]+>", "", html))
    assert re.search(r"按现有走势，2025年末预计\d+家（80%区间\d+—\d+），达到目标的可能性(\d+%|99%以上)。", said)
    assert re.search(
        r"方法：.+（在几种简单方法中按以往误差选出），用截至2024年9月的数。过去\d+次回测：80%区间命中\d+%", said
    )
    assert "<polygon" in html and "预测及80%区间" in said
    assert "可比的历史数据只有0期，至少要5期才预测。" in re.sub(
        r"\s|<[^>]+>", "", client.get("/indicators/literacy/").content.decode()
    )
    rate = re.sub(r"\s|<[^>]+>", "", client.get("/indicators/rd_rate/").content.decode())
    assert "估计报齐后约4.583%" in rate and "已报18.5%" in rate
    plain = json.loads(client.get("/indicators/high_tech.json").content)
    assert plain["outlook"]["state"] == "ahead"


def test_an_ended_promise_shows_how_it_was_foreseen(forecast):
    """In 2026 the plan's last figure is known: the page tells what was foreseen for it and makes no new promise."""
    later = moment("2026-03-20")
    file(firm(90), "2026-02", "2026-03-10", 1000, 30)
    facts.freeze(later)
    acts.measure(at=later)
    acts.judge(at=later, on=later.date())
    acts.forecast(at=later, on=later.date())
    seen = reads.forecast("high_tech")
    assert (seen.state, seen.asked, seen.probability, len(seen.steps)) == ("trend", "2025-12", None, 12)
    assert [(r.asked, r.kept) for r in seen.reviews] == [("2024-12", True), ("2023-12", True), ("2022-12", True)]
    client = Client()
    client.force_login(person("st_office"))
    html = client.get("/indicators/high_tech/").content.decode()
    assert "只作参考，不判断可能性。" in html
    assert "2024年12月时的预测" in html
    assert re.findall(r'data-label="(?:提前（月）|实际（家）|命中)"[^>]*>([^<]+)<', html)[:3] == [
        "12",
        "5",
        "否",
    ]  # two titles ran out
