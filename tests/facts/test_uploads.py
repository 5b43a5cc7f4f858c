"""Files as people and pests hand them in: refused in one sentence with nothing loaded, or read for what they hold."""

import datetime as dt
import io
import random
import re
import struct
import subprocess
import sys
import zipfile
import zlib

import openpyxl
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from quanyu.facts import sheets, workbook
from quanyu.facts.models import Report
from quanyu.registry.problem import Refused
from tests.facts.desk import make_firms
from tests.facts.test_imports import row, said, take, titles, write_csv, write_xlsx

REVENUE = titles(revenue="here").index("here")
LETTER = openpyxl.utils.get_column_letter(REVENUE + 1)
SHEET = "xl/worksheets/sheet1.xml"
BIG = "展开后大得反常（超过 1 GB，或是压缩炸弹），不予导入。请删去多余的工作表、图片和空行后重新保存。"
BROKEN = "打不开：文件已损坏，或不是真正的 Excel 文件。请用 Excel 打开并另存为 .xlsx 后再试。"
MACROS = "含有宏，不予导入。请另存为不含宏的 .xlsx 后再试。"


def repack(path, change=None, add=None):
    """The same workbook with parts changed (name → function of its bytes) or added."""
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    for name, alter in (change or {}).items():
        parts[name] = alter(parts[name])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in (parts | (add or {})).items():
            packed.writestr(name, content)
    return path


def only(path):
    return list(next(iter(sheets.read_sheets(path))).rows)


def bomb(path, megabytes, declared=None, crc=None):
    """A workbook whose sheet is blanks: it packs a thousandfold. It may lie about its size."""
    write_xlsx(path, [titles(), row(1)])
    blanks = b" " * (megabytes << 20)
    repack(path, {SHEET: lambda b: b.replace(b"</sheetData>", blanks + b"</sheetData>")})
    if declared is not None:
        raw = bytearray(path.read_bytes())
        with zipfile.ZipFile(path) as packed:
            item, start = packed.getinfo(SHEET), packed.start_dir
            told = packed.read(SHEET)[:declared]
        struct.pack_into("<L", raw, item.header_offset + 22, declared)
        place = start
        while raw[place + 46 : place + 46 + len(SHEET)] != SHEET.encode():
            place += 46 + sum(struct.unpack_from("<HHH", raw, place + 28))
        struct.pack_into("<LLL", raw, place + 16, zlib.crc32(told), item.compress_size, declared)
        path.write_bytes(raw)
    return path


def overlapping(path):
    """Two names for one stretch of the file, as the quine-like bombs do it a thousand times."""
    write_xlsx(path, [titles(), row(1)])
    with zipfile.ZipFile(path, "a") as packed:
        twin = zipfile.ZipInfo("xl/worksheets/sheet2.xml")
        first = packed.getinfo(SHEET)
        twin.header_offset, twin.compress_size, twin.file_size = first.header_offset, first.compress_size, 1
        twin.CRC, twin.compress_type, twin.orig_filename = first.CRC, first.compress_type, twin.filename
        packed.filelist.append(twin)
        packed.NameToInfo[twin.filename] = twin
        packed._didModify = True
    return path


def locked(path):
    """What a workbook with a password looks like from outside: an old container with the real one inside."""
    name = "EncryptedPackage".encode("utf-16-le")
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000 + name + b"\0" * 2000)
    return path


def renamed(make, ending):
    def write(path):
        make(path.with_suffix(".xlsx")).rename(path.with_suffix(ending))
        return path.with_suffix(ending)

    return write


def good_book(path):
    return write_xlsx(path, [titles(), row(1)])


def content(data, ending=".xlsx"):
    def write(path):
        path.with_suffix(ending).write_bytes(data)
        return path.with_suffix(ending)

    return write


MACRO_TYPE = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
PLAIN_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
PESTS = {
    "blanks that unpack a thousandfold": (lambda p: bomb(p, 60), BIG),
    "a small size told, a big one inside": (lambda p: bomb(p, 60, declared=5000), BROKEN),
    "a huge size told": (lambda p: bomb(p, 1, declared=3 << 30), BIG),
    "parts over each other": (overlapping, BROKEN),
    "macros": (lambda p: repack(good_book(p), add={"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"}), MACROS),
    "macros by type": (
        lambda p: repack(good_book(p), {"[Content_Types].xml": lambda b: b.replace(PLAIN_TYPE, MACRO_TYPE)}), MACROS),
    "old macro sheets": (lambda p: repack(good_book(p), add={"xl/macrosheets/sheet1.xml": b"<m/>"}), MACROS),
    ".xlsm": (renamed(good_book, ".xlsm"), MACROS),
    "a sheet cut short": (
        lambda p: content(good_book(p).read_bytes()[:3000])(p), BROKEN),
    "a byte turned over": (
        lambda p: content(bytes(b ^ (i == 1500) * 255 for i, b in enumerate(good_book(p).read_bytes())))(p), BROKEN),
    "noise": (content(random.Random(1).randbytes(5000)), BROKEN),
    "nothing": (content(b""), BROKEN),
    "an archive that is no workbook": (lambda p: repack(empty_zip(p), add={"a.txt": b"1"}), BROKEN),
    "a workbook called .csv": (
        renamed(good_book, ".csv"), "扩展名是 .csv，内容却是 .xlsx。请把扩展名改为 .xlsx 后再试。"),
    "a workbook called .xls": (
        renamed(good_book, ".xls"), "扩展名是 .xls，内容却是 .xlsx。请把扩展名改为 .xlsx 后再试。"),
    "a page called .xls": (
        content(b"<html><table><tr><td>1</td></tr></table>", ".xls"),
        "扩展名是 .xls，内容却是网页。请用 Excel 打开并另存为 .xlsx 后再试。"),
    "a password": (locked, "设了打开密码，无法读取。请去掉密码后重新保存。"),
    "rows out of order": (
        lambda p: repack(good_book(p), {SHEET: lambda b: b.replace(b'<row r="2"', b'<row r="1"')}), BROKEN),
    "entities": (
        lambda p: repack(good_book(p), {SHEET: lambda b: b.replace(b"<work", b'<!DOCTYPE a [<!ENTITY b "c">]><work')}),
        BROKEN),
    "another alphabet": (
        lambda p: repack(good_book(p), {SHEET: lambda b: b.decode().replace("F-8", "F-16").encode("utf-16")}), BROKEN),
}  # fmt: skip


def empty_zip(path):
    with zipfile.ZipFile(path, "w"):
        pass
    return path


@pytest.mark.django_db
@pytest.mark.parametrize("pest", PESTS)
def test_a_pest_is_refused_in_one_sentence_and_nothing_is_loaded(tmp_path, pest):
    make_firms(1)
    make, sentence = PESTS[pest]
    path = make(tmp_path / "月报.xlsx")
    assert said(take(path)) == [f"“{path.name}”：{sentence}"]
    assert said(take(path, skip_bad=True)) == [f"“{path.name}”：{sentence}"]
    assert Report.objects.count() == 0


@pytest.mark.django_db
def test_archives_in_a_workbook_are_never_opened(tmp_path):
    make_firms(1)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a", b"\0" * (200 << 20))
    path = repack(good_book(tmp_path / "a.xlsx"), add={"xl/embeddings/a.zip": inner.getvalue()})
    assert (said(take(path)), Report.objects.count()) == ([], 1)


READ = """
import resource, sys
from pathlib import Path
from quanyu.facts import sheets
from quanyu.registry.problem import Refused
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read = sheets.read_sheets(Path(sys.argv[1]))
    found = [(len(s.rows), [c for row in s.rows for c in row if c != ""]) for s in read]
except Refused as refused:
    found = str(refused.sentence)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, found)
"""


def megabytes_to_read(path):
    """Read a file in a process of its own: (memory it took, what came out as text)."""
    words = [sys.executable, "-c", READ, str(path)]
    memory, found = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split(" ", 1)
    return int(memory), found.strip()


def test_a_bomb_takes_little_memory(tmp_path):
    memory, found = megabytes_to_read(bomb(tmp_path / "a.xlsx", 900, declared=5000))
    assert (memory < 60, found) == (True, BROKEN.partition("请")[0])


def blank_rows(path, styled):
    """A table of two rows, then a million rows that Excel keeps for their look alone."""
    write_xlsx(path, [["甲", "乙"], [1, 2]])
    cells = '<c r="A{0}" s="1"/><c r="B{0}" s="1"/>' if styled else ""
    look = f'<row r="{{0}}" spans="1:2" ht="15" customHeight="1">{cells}</row>'
    blanks = "".join(map((look if styled else look.replace("></row>", "/>")).format, range(3, 1_000_003))).encode()
    return repack(path, {SHEET: lambda b: b.replace(b"</sheetData>", blanks + b"</sheetData>")})


@pytest.mark.parametrize("styled", [False, True])
def test_a_million_empty_rows_count_for_nothing(tmp_path, styled):
    path = blank_rows(tmp_path / "a.xlsx", styled)
    memory, found = megabytes_to_read(path)
    assert (found, memory < 100) == ("[(2, ['甲', '乙', 1, 2])]", True)


def test_a_cell_far_below_or_far_to_the_right(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["甲"] * 30)
        page.write(1_048_575, 29, 7)
    memory, found = megabytes_to_read(tmp_path / "a.xlsx")
    assert (found, memory < 100) == (f"[(1048576, {['甲'] * 30 + [7]})]", True)
    write_xlsx(tmp_path / "b.xlsx", [["甲", *[""] * 16382, 1]])
    with pytest.raises(Refused, match=r"工作表“数据”XFD1 单元格离表格太远，超过了 1000 列。"):
        only(tmp_path / "b.xlsx")


def test_a_csv_that_is_no_table(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text('甲,"乙' + "丙" * 200_000)
    with pytest.raises(Refused, match="不是一张表：有一格长得反常"):
        only(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text("甲\n" * 1000 + "," * 9_000)
    with pytest.raises(Refused, match="单元格超过 800 万个"):
        only(tmp_path / "a.csv")


def test_more_cells_than_can_be_read_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "CELLS", 20_000)
    write_xlsx(tmp_path / "a.xlsx", [list(range(30))] * 1000)
    with pytest.raises(Refused, match="超过 2 万个，一次读不完"):
        only(tmp_path / "a.xlsx")


@pytest.mark.django_db
def test_formulas_count_by_the_value_saved_with_them(tmp_path):
    make_firms(2)
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("数据")
        for number, cells in enumerate([titles(), row(1), row(2)]):
            page.write_row(number, 0, cells)
        page.write_formula(2, REVENUE, "=SUM(E3:F3)*9", None, 10000)
    assert (said(take(path)), Report.objects.count()) == ([], 2)
    assert Report.objects.last().cells["revenue"] == 10000
    book = openpyxl.Workbook()
    for cells in (titles(), row(1), row(2)):
        book.active.append(cells)
    book.active[f"{LETTER}3"] = "=SUM(E3:F3)"
    book.save(path)
    told = f"工作表“Sheet”{LETTER}3 单元格是公式，文件里没有它的计算结果。请用 Excel 打开并保存一次，或改填数值。"
    assert said(take(path)) == [f"“a.xlsx”：{told}"]


@pytest.mark.django_db
def test_a_formula_over_another_file_is_refused_by_its_address(tmp_path):
    make_firms(1)
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("数据")
        for number, cells in enumerate([titles(), row(1)]):
            page.write_row(number, 0, cells)
        page.write_formula(1, REVENUE, "=[1]表一!A1*2", None, 10000)
    repack(path, add={"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})
    told = f"“a.xlsx”：工作表“数据”{LETTER}2 单元格的公式引用了别的文件，不予导入。请复制后“选择性粘贴”为数值，再保存。"
    assert (said(take(path)), Report.objects.count()) == ([told], 0)


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["hide", "very_hidden"])
def test_hidden_sheets_are_told_and_not_read(tmp_path, how):
    make_firms(2)
    path = tmp_path / "a.xlsx"
    for shown in (True, False):
        with xlsxwriter.Workbook(path) as book:
            if shown:
                for number, cells in enumerate([titles(), row(1)]):
                    page = book.get_worksheet_by_name("甲表") or book.add_worksheet("甲表")
                    page.write_row(number, 0, cells)
            else:
                book.add_worksheet("甲表")
            page = book.add_worksheet("暗表")
            getattr(page, how)()
            for number, cells in enumerate([titles(), row(2)]):
                page.write_row(number, 0, cells)
        outcome = take(path)
        if shown:
            assert (said(outcome), outcome.notes) == ([], ["隐藏的工作表没有读取：暗表。"])
        else:
            told = "“a.xlsx”：看得见的工作表里没有数据；隐藏的工作表没有读取：暗表。请取消隐藏后重新保存。"
            assert said(outcome) == [told]
    assert Report.objects.count() == 1


def test_big_sheets_are_read_as_calamine_reads_them(tmp_path):
    """Rows read quickly and rows read by calamine give the same values, whoever wrote the file."""
    dice = random.Random(5)
    odd = ["", None, "一千万", 0.5, -3, True, dt.datetime(2024, 3, 5), "a_x_b", " 前后 ", "&<>", 10**14, 1e-7, 1e21]
    rows = [[f"code{n}", "同名", *(dice.choice(odd) if not dice.randrange(40) else n * c for c in range(12))]
            for n in range(3000)]  # fmt: skip
    rows[7] = [None] * 14
    paths = [write_xlsx(tmp_path / "a.xlsx", rows), tmp_path / "b.xlsx", tmp_path / "c.xlsx"]
    with xlsxwriter.Workbook(paths[1], {"constant_memory": True, "date_1904": True}) as book:
        page = book.add_worksheet("数据")
        look = book.add_format({"num_format": "#,##0", "border": 1})
        for number, cells in enumerate(rows, start=4):
            for column, cell in enumerate(cells, start=1):
                page.write(number, column, cell, look)
    book = openpyxl.Workbook()
    for cells in rows:
        book.active.append(cells)
    book.save(paths[2])
    for path in paths:
        sheet = next(iter(sheets.read_sheets(path)))
        with CalamineWorkbook.from_path(str(path)) as book:
            own = book.get_sheet_by_index(0)
            assert sheet.top == own.start[0] + 1
            before = [""] * own.start[1]
            expected = [[*before, *cells] for cells in own.to_python()]
        assert [list(cells) for cells in sheet.rows] == expected
        assert [[isinstance(c, bool) for c in r] for r in sheet.rows] == [
            [isinstance(c, bool) for c in r] for r in expected
        ]


def test_parts_with_a_prefix_and_strings_with_looks(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", [["甲", "乙&丙"], ["丁", 5], ["甲", 6]])
    rich = b"<si><r><t>\xe7\x94\xb2</t></r><r><rPr><b/></rPr><t>!</t></r></si>"
    repack(path, {
        SHEET: lambda b: re.sub(rb"<(/?)(\w)", rb"<\1x:\2", b).replace(b"sheet xmlns=", b"sheet xmlns:x="),
        "xl/sharedStrings.xml": lambda b: b.replace(b"<si><t>\xe7\x94\xb2</t></si>", rich),
    })  # fmt: skip
    assert [list(cells) for cells in only(path)] == [["甲!", "乙&丙"], ["丁", 5], ["甲!", 6]]


@pytest.mark.django_db
def test_a_csv_is_no_way_round(tmp_path):
    make_firms(1)
    path = write_csv(tmp_path / "a.csv", [titles(), row(1, revenue="=1+1")])
    assert said(take(path)) == [
        f"“a.csv”第 2 行 {LETTER} 列：“营业收入”填的是“=1+1”，应填阿拉伯数字（千元），没有发生请填 0。"
    ]
