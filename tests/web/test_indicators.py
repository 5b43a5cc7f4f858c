"""指标库 and 指标页: find an indicator, see its course, know where every figure comes from."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree


def words(html: str) -> str:
    return re.sub(r"<[^>]+>|\s", "", html)


def names(html: str) -> list[str]:
    return re.findall(r'<td data-label="指标"><a href="/indicators/(\w+)/">', html)


def test_the_list_holds_every_indicator_main_ones_first(desk):
    assert names(desk.get("/indicators/").content.decode()) == ["high_tech", "rd_rate", "literacy"]


def test_it_is_searched_and_narrowed(desk):
    assert names(desk.get("/indicators/?q=研发").content.decode()) == ["rd_rate"]
    assert names(desk.get("/indicators/?state=none").content.decode()) == ["literacy"]
    assert names(desk.get("/indicators/?kind=main&sort=-rate").content.decode()) == ["rd_rate", "high_tech"]


def test_the_list_downloads_as_the_ledger(desk):
    lines = desk.get("/indicators.csv?state=none").content.decode("utf-8-sig").splitlines()
    assert lines[2].startswith("一级指标,二级指标,单位")
    assert lines[3].split(",")[1:8] == ["科学素质", "%", "", "—", "", "…", ""]
    assert desk.get("/indicators.xlsx").status_code == 200


def test_a_page_shows_the_figure_its_gap_and_its_formula(desk):
    html = desk.get("/indicators/high_tech/").content.decode()
    text = words(html)
    assert "现值·2024年9月2家" in text
    assert "再增2家可达目标" in text
    assert "低于序时25.0个百分点" in text
    assert "count(distinctfirm)filter(wheretitle=&#x27;high_tech&#x27;andvalid)" in text
    assert '<svg class="chart"' in html


def test_numerator_denominator_and_reports_stand_in_the_origin_box(desk):
    text = words(desk.get("/indicators/rd_rate/").content.decode())
    assert "1,400千元" in text and "40,000千元" in text
    assert "第5、6行" in text


def test_a_figure_nobody_supplied_says_who_should(desk):
    text = words(desk.get("/indicators/literacy/").content.decode())
    assert "○无数据" in text
    assert "应由虚构科技科按年提供" in text


def test_the_breakdown_by_park_is_a_table_and_files(desk):
    html = desk.get("/indicators/high_tech/").content.decode()
    assert '<td data-label="园区">东虚构片区</td>' in html
    lines = desk.get("/indicators/high_tech.csv?by=area").content.decode("utf-8-sig").splitlines()
    assert lines[2:] == ["园区,现值（家）", "东虚构片区,2"]
    svg = ElementTree.fromstring(desk.get("/indicators/high_tech.svg?by=area").content)
    assert "东虚构片区" in [e.text for e in svg.iter("{http://www.w3.org/2000/svg}text")]


def test_history_newest_first_with_change_on_a_year_before(desk):
    lines = desk.get("/indicators/high_tech.csv").content.decode("utf-8-sig").splitlines()
    assert lines[2] == "数据期,现值（家）,同比（%）,应报,已报,来源"
    assert lines[3] == "2024-09,2,0.0,—,—,按报送数据计算"


def test_for_machines_decimals_are_text_and_the_artefacts_are_named(desk):
    body = json.loads(desk.get("/indicators/rd_rate.json").content)
    assert body["verdict"]["value"] == "3.5"
    assert body["figures"][0]["value"] == "3.5" and body["figures"][0]["expected"] == 3 * 9
    assert len(body["series"]) == 64 and len(body["assessment"]) == 64


def test_a_flow_of_the_year_is_not_drawn_before_december():
    from quanyu.measures.periods import Period
    from quanyu.web.indicators import partial
    from tests.factories import tiny_registry

    stock = tiny_registry().indicators["high_tech"]
    assert not partial(stock, Period.parse("2024-09"))


def test_an_unknown_indicator_is_a_page_that_helps(desk):
    response = desk.get("/indicators/nothing/")
    assert response.status_code == 404
    assert "/indicators/nothing/" in response.content.decode() and "到指标库查找" in response.content.decode()
