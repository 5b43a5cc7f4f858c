"""规划驾驶页: every main promise with its lamp, by filter, period, language and file; for those it is open to."""

from __future__ import annotations

import io
import json
import re
from xml.etree import ElementTree

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

LEDGER = [
    "一级指标", "二级指标", "单位", "基期年", "基期值", "原文标记", "现值", "数据期", "目标年", "目标值",
    "完成率（%）", "序时（%）", "状态", "还差", "牵头", "说明",
]  # fmt: skip


def cells(html: str) -> list[list[str]]:
    """The cockpit's table as plain text, row by row."""
    table = re.search(r'<table class="t ind">.*?</table>', html, re.S)
    assert table
    rows = re.findall(r"<tr>(.*?)</tr>", table[0].split("<tbody>")[1], re.S)
    texts = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S) for row in rows]
    return [[re.sub(r"<svg.*?</svg>|<[^>]+>", "", t, flags=re.S).strip() for t in row] for row in texts]


def test_each_promise_shows_baseline_value_target_rate_lamp_and_leader(desk):
    found = cells(desk.get("/plan/").content.decode())
    assert [row[-8:] for row in found] == [
        ["高新技术企业 （家）", "0", "2", "4", "", "50.0%", "■ 滞后", "虚构科技科"],
        ["研发投入占比 （%）", "1.5", "3.50", "3.5", "", "100.0%", "✓ 已达标", "虚构科技科"],
    ]


def test_the_bullet_says_progress_and_elapsed_time_in_words(desk):
    html = desk.get("/plan/").content.decode()
    assert 'aria-label="完成率 50.0%，序时 75.0%"' in html


def test_only_slow_and_late_ones_on_demand(desk):
    found = cells(desk.get("/plan/?show=slow").content.decode())
    assert [row[-8] for row in found] == ["高新技术企业 （家）"]


def test_the_strip_counts_lamps_reports_and_contradictions(desk):
    html = re.sub(r"<[^>]+>|\s", "", desk.get("/plan/").content.decode())
    assert "2项主要指标" in html
    assert "✓已达标1●正常0▲偏慢0■滞后1" in html
    assert "没有待裁定的矛盾" in html


def test_missing_reports_are_named_in_the_rail(desk):
    html = desk.get("/plan/").content.decode()
    rail = html[html.index("缺报与待供数据") :]
    assert "研发投入占比" in rail and "未报" in rail


def test_an_earlier_period_is_asked_for_by_address_and_offered_in_the_list(desk):
    html = desk.get("/plan/?period=2023-12").content.decode()
    assert '<option value="2023-12" selected>2023年12月</option>' in html
    assert "数据截至 2023年12月" in html


def test_a_period_nobody_judged_is_refused_in_a_sentence(desk):
    response = desk.get("/plan/?period=1999-12")
    assert response.status_code == 409
    assert "没有“1999-12”的研判结果" in response.content.decode()


def test_the_big_screen_is_the_same_page_with_other_tokens(desk):
    assert '<html lang="zh-CN" class=" screen">' in desk.get("/plan/?screen=1").content.decode()


def test_its_files_hold_the_same_rows(desk):
    text = desk.get("/plan/indicators.csv").content.decode("utf-8-sig").splitlines()
    assert text[0].startswith("演示数据") and text[2] == ",".join(LEDGER)
    assert text[3].split(",")[:13] == [
        "", "高新技术企业", "家", "2020", "0", "", "2", "2024年9月", "2025", "4", "50.0", "75.0", "滞后",
    ]  # fmt: skip
    book = CalamineWorkbook.from_filelike(io.BytesIO(desk.get("/plan/indicators.xlsx").content))
    assert book.get_sheet_by_index(0).to_python()[3][6:11] == [2, "2024年9月", "2025", 4, 50]
    slow = json.loads(desk.get("/plan/indicators.json?show=slow").content)
    assert [(v["indicator"], v["state"]) for v in slow["verdicts"]] == [("high_tech", "late")]
    svg = ElementTree.fromstring(desk.get("/plan/indicators.svg").content)
    assert "高新技术企业（家）" in [e.text for e in svg.iter("{http://www.w3.org/2000/svg}text")]


def test_in_english_by_cookie(desk):
    desk.cookies["quanyu_language"] = "en"
    html = desk.get("/plan/").content.decode()
    assert '<html lang="en"' in html and "High-tech firms" in html and "Sep 2024" in html


def test_in_large_type_by_cookie(desk):
    desk.cookies["quanyu_large"] = "1"
    assert '<html lang="zh-CN" class="big">' in desk.get("/plan/").content.decode()


def test_a_stranger_is_sent_to_the_log_in_page(judged):
    response = Client().get("/plan/")
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/plan/")


def test_somebody_without_the_role_is_told_who_may(administrator):
    response = administrator.get("/plan/")
    assert response.status_code == 403
    assert "本页对这些角色开放：科技科、统计科" in response.content.decode()


def test_its_questions_do_not_grow_with_the_zone(desk, django_assert_num_queries):
    desk.get("/plan/")
    with django_assert_num_queries(11):
        desk.get("/plan/")


def test_nothing_loaded_is_a_sentence_with_the_command(db):
    from tests.factories import person

    client = Client()
    client.force_login(person("st_office"))
    response = client.get("/plan/")
    assert response.status_code == 409
    assert "还没有载入规划定义" in response.content.decode() and "quanyu load" in response.content.decode()


@pytest.mark.parametrize("address", ["/plan/", "/indicators/", "/indicators/rd_rate/"])
def test_no_page_carries_inline_script_or_style(desk, address):
    html = desk.get(address).content.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", html)
