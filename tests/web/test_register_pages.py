"""组织 and 报表: who is here, what each holds and reported, and whom that concerns."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quanyu.facts import acts as facts
from quanyu.facts.models import Report
from quanyu.plan.reads import registry
from tests.decisions.zone import file, moment
from tests.web.test_plan_pages import BANNER, page, sheet, words
from tests.web.whole import browser_of, more_firms, whole_zone


@pytest.fixture
def whole(db, tmp_path):
    return whole_zone(tmp_path)


@pytest.fixture
def desk(whole):
    return browser_of("st_office")


@pytest.fixture
def owner(whole):
    """A browser of the first firm's owner."""
    return browser_of("enterprise", whole[0])


def names(html: str) -> list[str]:
    return re.findall(r'<td data-label="名称"><a href="/orgs/\d+/">([^<]+)</a>', html)


def queries(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as made:
        assert client.get(address).status_code == 200
    return len(made)


def test_the_register_lists_firms_before_the_areas_that_hold_them(desk):
    found = names(page(desk, "/orgs/"))
    assert found[2:5] == ["虚构企业1号", "虚构企业2号", "虚构企业3号"]
    assert found[:2] == ["虚构经发局", "虚构科技科"]
    assert set(found[5:]) == {"云上省", "云上市", "云上虚构开发区", "东虚构片区", "西虚构片区"}


def test_the_register_is_searched_and_narrowed_by_the_title_held(desk):
    assert names(page(desk, "/orgs/?q=2号")) == ["虚构企业2号"]
    assert names(page(desk, "/orgs/?kind=department")) == ["虚构经发局", "虚构科技科"]
    assert names(page(desk, "/orgs/?title=above_scale")) == ["虚构企业1号", "虚构企业2号", "虚构企业3号"]
    assert "没有符合条件的内容" in page(desk, "/orgs/?q=不存在")


def test_the_register_downloads_under_the_banner(desk):
    rows = sheet(desk.get("/orgs.xlsx?kind=firm"))
    assert rows[0][0] == BANNER and rows[2][:2] == ["名称", "统一社会信用代码"]
    assert [row[0] for row in rows[3:]] == ["虚构企业1号", "虚构企业2号", "虚构企业3号"]


def test_an_organisation_shows_what_it_is_holds_and_reported(desk, whole):
    text = words(page(desk, f"/orgs/{whole[0].pk}/"))
    assert "所在园区东虚构片区" in text and "演示单位" in text
    assert "规模以上11长期" in text
    assert "研发月报2024年9月2已更正2024年11月10日" in text
    rows = desk.get(f"/orgs/{whole[0].pk}/titles.csv").content.decode("utf-8-sig").splitlines()
    assert rows[0] == BANNER and any(row.startswith("高新技术企业,,,2022-06-01,2025-06-01,") for row in rows)
    rows = desk.get(f"/orgs/{whole[0].pk}/reports.csv").content.decode("utf-8-sig").splitlines()
    assert rows[0] == BANNER and rows[3].startswith("研发月报,2024年9月,2,")


def test_a_firm_sees_only_itself(owner, whole):
    assert names(page(owner, "/orgs/")) == ["虚构企业1号"]
    assert owner.get(f"/orgs/{whole[0].pk}/").status_code == 200
    for address in (f"/orgs/{whole[1].pk}/", f"/orgs/{whole[1].pk}/titles.csv", f"/orgs/{whole[1].pk}/reports.csv"):
        assert owner.get(address).status_code == 403, address
    assert "虚构企业2号" not in owner.get("/orgs.csv").content.decode("utf-8-sig")


def reports(html: str) -> list[tuple[str, str]]:
    return re.findall(r'<td data-label="报送单位"><a href="/reports/(\d+)/">([^<]+)</a>', html)


def test_the_returns_of_a_period_say_who_is_late_and_who_is_missing(desk):
    html = page(desk, "/reports/")
    assert [name for _pk, name in reports(html)] == ["虚构企业1号", "虚构企业2号"]
    text = words(html)
    assert "应报3家截止2024年10月12日已报2家其中迟报0家未报1家" in text
    assert "未报单位列出1家，共1家虚构企业3号" in text
    assert [name for _pk, name in reports(page(desk, "/reports/?state=corrected"))] == ["虚构企业1号"]
    assert "没有符合条件的内容" in page(desk, "/reports/?state=late")


def test_a_form_nobody_filed_says_so(desk):
    assert "这一期还没有收到报表。" in page(desk, "/reports/?form=published")


def test_a_firm_sees_only_its_own_reports_and_no_counts_over_all(owner, whole):
    html = page(owner, "/reports/")
    assert [name for _pk, name in reports(html)] == ["虚构企业1号"]
    assert "应报" not in html and "虚构企业3号" not in html
    other = Report.objects.get(organisation=whole[1])
    assert [owner.get(f"/reports/{other.pk}{tail}").status_code for tail in ("/", ".csv", ".xlsx")] == [403, 403, 403]
    assert "虚构企业2号" not in owner.get("/reports.csv").content.decode("utf-8-sig")


def test_a_correction_stands_beside_what_it_replaced(desk, whole):
    first, second = Report.objects.filter(organisation=whole[0]).order_by("version")
    html = page(desk, f"/reports/{second.pk}/")
    text = words(html)
    assert "研发费用千元2500200—" in text and "<del>200</del>" in html
    assert '<tr id="revenue"><td' in re.sub(r"\s+", " ", html).replace("> <", "><")
    assert "更正理由漏报一个项目更正处1处" in text and "报送截止：2024年10月12日" in text
    assert "已被第2版取代" not in text
    assert "这一版已被第2版取代" in words(page(desk, f"/reports/{first.pk}/"))
    rows = sheet(desk.get(f"/reports/{second.pk}.xlsx"))
    assert rows[0][0] == BANNER and rows[4] == ["2", "研发费用", "千元", "500", "200", "—"]


def test_a_withdrawn_report_shows_no_figures(desk, whole):
    form = registry().forms["rd"]
    facts.withdraw_report(form, whole[1], "2024-09", None, moment("2024-11-12"), "重复报送")
    last = Report.objects.filter(organisation=whole[1]).latest("version")
    text = words(page(desk, f"/reports/{last.pk}/"))
    assert "已撤回" in text and "营业收入千元1—30,000" in text
    assert [name for _pk, name in reports(page(desk, "/reports/?state=withdrawn"))] == ["虚构企业2号"]


def test_the_year_ago_figure_stands_beside(desk, whole):
    file(whole[0], "2023-09", "2023-10-08", 8_000, 150)
    last = Report.objects.filter(organisation=whole[0], period="2024-09").latest("version")
    assert "营业收入千元110,00010,0008,000" in words(page(desk, f"/reports/{last.pk}/"))


def test_lists_ask_the_same_questions_however_long_they_are(desk, whole):
    short = {address: queries(desk, address) for address in ("/orgs/?kind=firm", "/reports/")}
    for n, who in enumerate(more_firms(3)):
        file(who, "2024-09", "2024-10-11", 1000 + n, 10)
    assert {address: queries(desk, address) for address in short} == short
    assert short == {"/orgs/?kind=firm": 11, "/reports/": 15}
