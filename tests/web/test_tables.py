"""One table as page, CSV and Excel: the same figures, units in the headings, nothing a spreadsheet would run."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal as D

import pytest
from django.template.loader import render_to_string
from python_calamine import CalamineWorkbook

from quanyu.pagekit.tables import Column, Table, disarm, link, respond

COLUMNS = [
    Column("名称", lambda r: r[0], show=lambda r: link("/x/", r[0])),
    Column("金额", lambda r: r[1], "万元", places=2, numeric=True),
    Column("日期", lambda r: r[2]),
    Column("内部", lambda r: "x", exported=False),
]
ROWS = [("甲", D("1234.5"), dt.date(2024, 9, 30)), ("=1+1", None, None)]
TABLE = Table(COLUMNS, ROWS, "台账", ["@注"])


def test_csv_has_mark_banner_title_units_and_bare_numbers():
    text = TABLE.csv("演示数据")
    assert text.startswith(b"\xef\xbb\xbf")
    assert text.decode("utf-8-sig").split("\r\n") == [
        "演示数据", "台账", "名称,金额（万元）,日期", "甲,1234.5,2024-09-30", "'=1+1,…,…", "'@注", "",
    ]  # fmt: skip


def test_excel_has_the_same_with_real_numbers_and_dates():
    book = CalamineWorkbook.from_filelike(io.BytesIO(TABLE.xlsx("演示数据")))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[:5] == [
        ["演示数据", "", ""],
        ["台账", "", ""],
        ["名称", "金额（万元）", "日期"],
        ["甲", 1234.5, dt.date(2024, 9, 30)],
        ["'=1+1", "…", "…"],
    ]
    assert rows[-1][0] == "'@注"


def test_a_number_too_long_for_excel_stays_whole_as_text():
    long = D("12345678901234567.89")
    book = CalamineWorkbook.from_filelike(io.BytesIO(Table([Column("数", lambda r: r)], [long]).xlsx()))
    assert book.get_sheet_by_index(0).to_python()[1] == ["12345678901234567.89"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＠"])
def test_whatever_could_start_a_formula_is_disarmed(start):
    assert disarm(f"{start}cmd") == f"'{start}cmd"
    assert disarm(f"甲{start}cmd") == f"甲{start}cmd"


def test_the_page_shows_columns_text_and_labels_for_phones():
    html = render_to_string("pagekit/table.html", {"table": TABLE})
    assert '<td data-label="金额（万元）" class="num">1,234.50</td>' in html
    assert '<td data-label="名称"><a href="/x/">甲</a></td>' in html
    assert '<td data-label="日期" class="nm">2024年9月30日</td>' in html


def test_an_empty_table_says_what_to_do():
    html = render_to_string("pagekit/table.html", {"table": Table(COLUMNS, [], empty="本期还没有报表。")})
    assert "本期还没有报表。" in html and "<table" not in html


def test_a_download_carries_its_chinese_name_and_type():
    response = respond(TABLE, "台账-2024-09", "csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == (
        "attachment; filename=\"quanyu.csv\"; filename*=UTF-8''%E5%8F%B0%E8%B4%A6-2024-09.csv"
    )
