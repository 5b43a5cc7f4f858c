"""出处: from one figure back to its division, its facts, who put them on record, and the line of the plan."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quanyu.facts.models import Report
from tests.web.test_plan_pages import BANNER, page, words
from tests.web.whole import browser_of, whole_zone

HOME = "/indicators/rd_rate/home/"


@pytest.fixture
def whole(db, tmp_path):
    return whole_zone(tmp_path)


@pytest.fixture
def desk(whole):
    return browser_of("st_office")


def test_the_figure_is_divided_before_the_readers_eyes(desk):
    text = words(page(desk, HOME))
    assert "3.50%=1,400千元研发费用合计÷40,000千元营业收入合计" in text
    assert "sum(rd_expense)/sum(revenue)" in text and "当年1月至本期" in text
    assert "应报27份，已报2份" in text


def test_each_fact_leads_to_its_report_and_its_firm(desk, whole):
    html = page(desk, HOME)
    last = Report.objects.filter(organisation=whole[0]).latest("version")
    assert f'<a href="/reports/{last.pk}/">研发月报数 · 研发费用合计</a>' in html
    assert f'<a href="/orgs/{whole[0].pk}/">虚构企业1号</a>' in html
    text = words(html)
    assert "虚构企业1号研发月报数·研发费用合计2024年9月5002024年11月10日张虚构2月报.xlsx" in text
    assert "虚构企业2号研发月报数·研发费用合计2024年9月9002024年10月9日系统导入1月报.xlsx" in text


def test_the_plans_words_and_the_sealed_steps_close_the_walk(desk):
    text = words(page(desk, HOME))
    assert "“研发投入占比达到”云上虚构规划·第5、6行" in text
    assert "目标3.5以正文为准" in text
    assert re.search(r"定义[0-9a-f]{12}快照[0-9a-f]{12}指标结果[0-9a-f]{12}研判[0-9a-f]{12}", text)


def test_as_known_on_a_past_day_the_figure_is_another(desk):
    text = words(page(desk, f"{HOME}?as_of=2024-10-31"))
    assert "按2024年10月31日当时所知" in text and "2.75%=1,100千元" in text
    assert "5002024年11月10日" not in text
    refused = desk.get(f"{HOME}?as_of=昨天")
    assert refused.status_code == 409 and "“昨天”不是日期。" in refused.content.decode()


def test_a_figure_without_facts_says_what_is_missing(desk):
    text = words(page(desk, "/indicators/literacy/home/"))
    assert "还没有事实支撑这个数字" in text and "应由虚构科技科按年提供" in text


def test_an_unknown_indicator_or_period(desk):
    assert desk.get("/indicators/nothing/home/").status_code == 404
    assert desk.get(f"{HOME}?period=2024-13").status_code == 409
    assert "这一页没有内容" in page(desk, f"{HOME}?page=9")
    assert page(desk, f"{HOME}?page=x")


def test_the_facts_download(desk):
    lines = desk.get("/indicators/rd_rate/home.csv").content.decode("utf-8-sig").splitlines()
    assert lines[0] == BANNER
    assert lines[3].startswith("虚构企业2号,研发月报数 · 研发费用合计,2024年9月,900,2024-10-09,系统导入,1,月报.xlsx")
    assert len(lines) == 8 and lines[-1].startswith("共 4 条")


def test_who_sees_only_their_own_house_sees_only_how_many(whole):
    owner = browser_of("enterprise", whole[0])
    html = page(owner, HOME)
    assert "这个数字由 4 条事实构成" in html and "虚构企业" not in html.split("<main")[1]
    rows = owner.get("/indicators/rd_rate/home.csv").content.decode("utf-8-sig")
    assert "虚构企业" not in rows and "共 4 条；您的角色只能看到条数。" in rows


def test_the_walk_asks_the_same_questions_however_many_facts_there_are(desk):
    def asked(address: str) -> int:
        desk.get(address)
        with CaptureQueriesContext(connection) as made:
            desk.get(address)
        return len(made)

    assert (asked(HOME), asked("/indicators/literacy/home/")) == (11, 11)
