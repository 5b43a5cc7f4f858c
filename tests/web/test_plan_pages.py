"""规划原文, 口径待核, 技术目录, 任务: the plan as it is written, what it leaves open, and how each promise stands."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from django.utils.translation import override

from tests.web.whole import browser_of, whole_zone

BANNER = "演示数据：企业、人员与数字均为虚构，不代表任何真实单位。"


def words(html: str) -> str:
    return re.sub(r"<[^>]+>|\s", "", html)


def page(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def sheet(response) -> list[list[object]]:
    assert response.status_code == 200
    found = openpyxl.load_workbook(io.BytesIO(response.content)).active
    return [list(row) for row in found.iter_rows(values_only=True)]


@pytest.fixture
def whole(db, tmp_path):
    return whole_zone(tmp_path)


@pytest.fixture
def desk(whole):
    return browser_of("st_office")


def test_the_plans_text_puts_each_promise_under_its_heading(desk):
    html = page(desk, "/plan/text/")
    chapters = html.split('<details class="card flow chapter"')[1:]
    assert [re.search(r' id="(\w+)"', c)[1] for c in chapters] == ["c1", "c2", "c3"]
    assert "只述情况，没有承诺" in chapters[0] and " open>" not in chapters[0].split("<summary>")[0] + ">"
    assert "研发投入占比" in chapters[1] and "1.5→3.50→3.5%" in words(chapters[1])
    assert re.search(r'id="c3_1_2".*?任务 2.*?=设立引导基金', chapters[2], re.S)


def test_a_chapter_counts_the_lamps_and_tasks_below_it(desk):
    chapters = page(desk, "/plan/text/").split('<details class="card flow chapter"')[1:]
    assert [words(c.split("</summary>")[0]).split("行", 1)[1] for c in chapters[1:]] == [
        "✓已达标1◇口径待核1○无数据1", "任务3项",
    ]  # fmt: skip


def test_without_a_role_for_the_pages_behind_them_promises_are_not_links(whole):
    html = page(browser_of("public"), "/plan/text/")
    assert "研发投入占比" in html and "/indicators/" not in html and "/tasks/" not in html


def test_a_contradiction_stands_with_both_quotations_and_awaits_a_ruling(desk):
    html = page(desk, "/plan/conflicts/")
    open_one, settled = html.split('<section class="card clash"')[1:3]
    assert 'id="high_tech"' in open_one and "待裁定" in open_one and "影响基期值，完成率暂不计算" in open_one
    assert re.findall(r'<span class="letter">(\w)</span>(\S+?)</div>', open_one) == [("A", "0家"), ("B", "1家")]
    assert "“高企尚未起步”" in open_one and "二、目标 · 第3行" in open_one
    assert "专栏1 主要指标 · 第31行" in open_one
    assert 'id="rd_rate"' in settled and "采用 3.50%" in settled.replace("3.5%", "3.50%") and "以正文为准" in settled
    assert settled.count("裁定采用") == 1


def test_contradictions_are_narrowed_by_state(desk):
    assert 'id="rd_rate"' not in page(desk, "/plan/conflicts/?show=open")
    assert 'id="high_tech"' not in page(desk, "/plan/conflicts/?show=settled")
    assert "这一类里没有内容" in page(desk, "/plan/conflicts/?show=doubt")
    assert 'id="high_tech"' in page(desk, "/plan/conflicts/?show=nonsense")


def test_what_the_plan_leaves_out_is_counted(desk):
    text = words(page(desk, "/plan/conflicts/"))
    assert "P219任务没有牵头单位1" in text and "P204目标没有基期值1" in text


def test_contradictions_download_with_the_banner_and_the_ruling(desk):
    rows = sheet(desk.get("/plan/conflicts.xlsx"))
    assert rows[0][0] == BANNER and rows[2][:2] == ["编号", "事项"]
    assert [row[1] for row in rows[3:]] == ["高新技术企业", "研发投入占比"]
    assert rows[3][9] == "待裁定" and rows[4][7] == "以正文为准"
    assert desk.get("/plan/conflicts.csv?show=settled").content.decode("utf-8-sig").count("P201") == 1


def test_a_draft_ruling_names_every_statement(desk):
    draft = desk.get("/plan/conflicts/P201-high_tech.yaml").content.decode()
    assert "subject: high_tech\nsettles: [P201]\nwhat: baseline\n" in draft
    assert "#   text_high_tech: 0 firm" in draft and "#   box_high_tech: 1 firm" in draft
    assert desk.get("/plan/conflicts/P201-nothing.yaml").status_code == 404


def test_technologies_and_strategies(desk):
    text = words(page(desk, "/plan/technologies/"))
    assert "一体战略第9行一个中心" in text and "云彩材料第14行造云拨云" in text
    rows = desk.get("/plan/technologies.csv").content.decode("utf-8-sig").splitlines()
    assert rows[3:] == ["云彩材料,造云,第14行", "云彩材料,拨云,第14行"]


def tasks(html: str) -> list[str]:
    return re.findall(r'href="/tasks/(\w+)/"', html)


def test_the_ledger_lists_tasks_in_the_plans_order(desk):
    html = page(desk, "/tasks/")
    assert tasks(html) == ["firms", "fund", "rate"]
    text = words(html)
    assert "3.1-01培育高新技术企业三（一）虚构科技科统计科——2025年6月30日○未立项—" in text
    assert "3.1-02=设立引导基金三（一）2统计科————○未立项—" in text
    assert "3.2-01提高研发投入专栏1虚构科技科————○未立项—" in text
    assert "3项任务，来自规划1章和1个专栏·未立项3项" in text


def test_the_ledger_is_searched_sorted_and_narrowed(desk):
    assert tasks(page(desk, "/tasks/?q=研发")) == ["rate"]
    assert tasks(page(desk, "/tasks/?unit=statistics")) == ["fund"]
    assert tasks(page(desk, "/tasks/?section=box1")) == ["rate"]
    assert tasks(page(desk, "/tasks/?state=new")) == ["firms", "fund", "rate"]
    assert tasks(page(desk, "/tasks/?sort=-n")) == ["rate", "fund", "firms"]
    assert "没有符合条件的内容" in page(desk, "/tasks/?q=不存在")


def test_the_ledger_downloads_whole_with_text_disarmed_in_the_order_of_its_columns(desk):
    rows = sheet(desk.get("/tasks.xlsx"))
    assert rows[0][0] == BANNER
    assert rows[2] == ["编号", "任务", "规划出处", "牵头", "配合", "挂点领导", "进度（%）", "节点", "状态", "督办"]
    assert [row[1] for row in rows[3:6]] == ["培育高新技术企业", "'=设立引导基金", "提高研发投入"]
    assert rows[3][:5] == ["3.1-01", "培育高新技术企业", "三（一）", "虚构科技科", "统计科"]
    assert len(desk.get("/tasks.csv?unit=statistics").content.decode("utf-8-sig").strip().splitlines()) == 4


def test_a_task_says_who_when_what_and_how_its_numbers_stand(desk):
    text = words(page(desk, "/tasks/firms/"))
    assert "牵头虚构科技科配合统计科完成时限2025年6月30日成果与数量高新技术企业4家" in text
    assert "“培育4家”" in text and "◇口径待核高新技术企业" in text and "2/目标4家" in text
    other = words(page(desk, "/tasks/fund/"))
    assert "牵头统计科规划未写明，默认分工" in other and "规划没有写明牵头单位、完成时限" in other
    assert "这项任务没有对应的量化指标" in other
    assert desk.get("/tasks/nothing/").status_code == 404


def test_pages_read_in_english(desk):
    desk.cookies["quanyu_language"] = "en"
    with override("en"):
        ledger = words(page(desk, "/tasks/"))
        assert "Growhigh-techfirms3.1" in ledger and "Box1" in ledger
        assert "1Wherewestand" in words(page(desk, "/plan/text/"))
        assert "Cloudparting" in words(page(desk, "/plan/technologies/"))


PAGES = {
    "/plan/text/": "plan", "/plan/technologies/": "plan", "/plan/technologies.csv": "plan",
    "/plan/conflicts/": "conflicts", "/plan/conflicts.csv": "conflicts",
    "/plan/conflicts/P201-high_tech.yaml": "conflicts",
    "/tasks/": "tasks", "/tasks.xlsx": "tasks", "/tasks/firms/": "tasks",
    "/orgs/": "organisations", "/orgs.csv": "organisations", "/reports/": "reports", "/reports.csv": "reports",
    "/indicators/rd_rate/home/": "indicators", "/indicators/rd_rate/home.csv": "indicators",
}  # fmt: skip
SEES = {
    "st_office": {"plan", "indicators", "tasks", "conflicts", "organisations", "reports"},
    "enterprise": {"plan", "indicators", "organisations", "reports"},
    "public": {"plan"},
    "administrator": set(),
}


@pytest.mark.parametrize("role", SEES)
def test_each_role_opens_what_it_sees_and_nothing_else(whole, role):
    client = browser_of(role, whole[0] if role == "enterprise" else None)
    assert {a: client.get(a).status_code for a in PAGES} == {
        address: 200 if area in SEES[role] else 403 for address, area in PAGES.items()
    }


def test_a_stranger_is_sent_to_log_in(whole, client):
    assert {client.get(a)["Location"] for a in PAGES} == {f"/accounts/login/?next={a}" for a in PAGES}
