"""Official papers: the layout of GB/T 9704, what is left open, and that the same paper is the same bytes."""

from __future__ import annotations

import datetime as dt
import io
import os
import struct
import zipfile
import zlib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt

from quanyu.pagekit import charts
from quanyu.pagekit.documents import Numbering, Paper, answer, awaited, chinese, drawn
from tests.factories import tiny_registry

ON = dt.date(2026, 10, 8)
GOLDEN = Path(__file__).resolve().parents[1] / "golden/paper.xml"


def notice(**fields: object) -> Paper:
    fields = {
        "head": "虚构领导小组文件",
        "number": "虚创办〔2026〕　号",
        "to": "各成员单位",
        "sign": "虚构领导小组",
        "on": ON,
    } | fields
    return Paper("关于2026年三季度虚构规划实施情况的通报", **fields)  # type: ignore[arg-type]  # the words named above


def opened(paper: Paper):
    return Document(io.BytesIO(paper.bytes()))


def run_of(paper: Paper, text: str):
    return next(r for p in opened(paper).paragraphs for r in p.runs if text in r.text)


def test_the_page_has_the_margins_and_grid_of_the_standard():
    section = opened(notice()).sections[0]
    assert (round(section.page_width.mm, 1), round(section.page_height.mm, 1)) == (210, 297)
    edges = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(e.mm) for e in edges] == [37, 35, 28, 26]
    assert round(section.footer_distance.mm) == 28
    grid = section._sectPr.find(qn("w:docGrid"))
    assert (grid.get(qn("w:type")), grid.get(qn("w:linePitch"))) == ("lines", "579")
    assert section._sectPr[-1] is grid


def test_body_text_gives_28_characters_to_a_line_and_22_lines_to_a_page():
    paper = notice()
    paper.paragraph("正文一段。")
    found = next(p for p in opened(paper).paragraphs if p.text == "正文一段。")
    assert found.paragraph_format.line_spacing == Pt(28.95)
    run = found.runs[0]._r.rPr
    assert run.find(qn("w:rFonts")).get(qn("w:eastAsia")) == "仿宋_GB2312"
    size, spacing = int(run.find(qn("w:sz")).get(qn("w:val"))) / 2, int(run.find(qn("w:spacing")).get(qn("w:val"))) / 20
    assert (size, spacing) == (16, -0.25)
    width, height = 156 / 25.4 * 72, (297 - 37 - 35) / 25.4 * 72
    assert int(width / (size + spacing)) == 28 and int(height / 28.95) == 22
    assert found._p.pPr.find(qn("w:ind")).get(qn("w:firstLineChars")) == "200"


def test_headings_are_numbered_and_set_in_their_faces():
    paper = notice()
    for level, text in ((1, "总体"), (2, "较快"), (2, "较慢"), (3, "其一"), (1, "要求"), (2, "报送")):
        paper.heading(level, text)
    texts = [p.text for p in opened(paper).paragraphs]
    assert [t for t in texts if t[:1] in "一二（1"] and "（一）报送" in texts
    wanted = ["一、总体", "（一）较快", "（二）较慢", "1. 其一", "二、要求", "（一）报送"]
    assert [t for t in texts if t in wanted] == wanted
    faces = [
        run_of(paper, w)._r.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia")) for w in ("总体", "较快", "其一", "关于")
    ]
    assert faces == ["黑体", "楷体_GB2312", "仿宋_GB2312", "方正小标宋简体"]


@pytest.mark.parametrize(("n", "word"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (31, "三十一")])
def test_chinese_numbers(n, word):
    assert chinese(n) == word
    numbers = Numbering()
    assert [numbers.following(1) for _ in range(n)][-1] == f"{word}、"


def test_the_head_is_red_with_a_line_under_the_number_which_stays_open():
    paper = notice()
    title = run_of(paper, "虚构领导小组文件")._r.rPr
    assert title.find(qn("w:color")).get(qn("w:val")) == "C00000"
    numbered = next(p for p in opened(paper).paragraphs if p.text == "虚创办〔2026〕　号")
    line = numbered._p.pPr.find(qn("w:pBdr")).find(qn("w:bottom"))
    assert (line.get(qn("w:color")), line.get(qn("w:sz"))) == ("C00000", "18")
    assert not [p for p in opened(notice(head="")).paragraphs if "〔2026〕" in p.text]


@pytest.mark.parametrize(("draft", "first"), [(True, "【待核稿】"), (False, "【待用印】")])
def test_a_paper_is_never_stamped_but_says_what_it_waits_for(draft, first):
    texts = [p.text for p in opened(notice(draft=draft, banner="演示数据")).paragraphs]
    assert texts[:2] == [first, "演示数据"]
    assert opened(notice(draft=None)).paragraphs[0].text == "虚构领导小组文件"


def test_what_is_missing_is_said_and_marked():
    paper = notice(on=None)
    paper.missing("滞后原因")
    paper.paragraph(f"原因是{awaited('数据')}，其余正常。")
    marked = [r.text for p in opened(paper).paragraphs for r in p.runs if r.font.highlight_color]
    assert marked == ["【待核稿】", "【待补：滞后原因】", "【待补：数据】", "【待补：成文日期】"]


def test_signature_and_date_stand_before_the_attachments():
    paper = notice(copies="虚构办公室")
    paper.paragraph("正文。")
    paper.attachment("甲表")
    paper.attachment("乙表")
    texts = [p.text for p in opened(paper).paragraphs if p.text]
    tail = texts[texts.index("正文。") + 1 :]
    assert tail == ["附件：1. 甲表", "2. 乙表", "虚构领导小组", "2026年10月8日", "附件1", "甲表", "附件2", "乙表"]
    imprint = [c.text for c in opened(paper).tables[-1].columns[0].cells]
    assert imprint == ["抄送：虚构办公室。", "虚构领导小组\t2026年10月8日印发"]


def test_tables_are_fixed_with_a_repeated_head_off_the_grid():
    paper = notice()
    paper.table(["指标", "现值"], [["高企（家）", "312"], ["研发", None]], widths=[120, 60], align="lr", caption="表1")
    table = opened(paper).tables[0]
    assert [[c.text for c in r.cells] for r in table.rows] == [["指标", "现值"], ["高企（家）", "312"], ["研发", "—"]]
    grid = [int(c.get(qn("w:w"))) for c in table._tbl.tblGrid]
    assert grid == [5896, 2948] and sum(grid) <= 8845  # 180 mm brought down to 156
    assert table._tbl.tblPr.find(qn("w:tblLayout")).get(qn("w:type")) == "fixed"
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(p._p.pPr.find(qn("w:snapToGrid")) is not None for r in table.rows for c in r.cells for p in c.paragraphs)
    assert [c.paragraphs[0].alignment for c in table.rows[1].cells] == [0, 2]


def test_page_numbers_lean_outward():
    section = opened(notice()).sections[0]
    assert opened(notice()).settings.odd_and_even_pages_header_footer
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        element = footer.paragraphs[0]._p
        assert "".join(e.text for e in element.iter(qn("w:t"), qn("w:instrText"))) == "— PAGE —"
        assert element.pPr.find(qn("w:jc")).get(qn("w:val")) == side
        assert {s.get(qn("w:val")) for s in element.iter(qn("w:sz"))} == {"28"}


def pixels(png: bytes) -> set[tuple[int, int, int]]:
    """The colours of an 8-bit RGBA picture, filters undone."""
    at, data, wide = 8, b"", 0
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IHDR":
            wide = struct.unpack(">I", png[at + 8 : at + 12])[0]
            assert png[at + 16 : at + 18] == b"\x08\x06"
        data += png[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    raw, step, before, seen = zlib.decompress(data), wide * 4, bytes(wide * 4), set()
    for top in range(0, len(raw), step + 1):
        line, how = bytearray(raw[top + 1 : top + 1 + step]), raw[top]
        for i in range(step):
            a, b, c = (line[i - 4] if i > 3 else 0), before[i], (before[i - 4] if i > 3 else 0)
            paeth = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
            line[i] = (line[i] + (0, a, b, (a + b) // 2, paeth)[how]) & 255
        seen |= {tuple(line[i : i + 3]) for i in range(0, step, 4)}
        before = bytes(line)
    return seen


def test_a_chart_becomes_a_picture_with_its_colours_and_chinese_words():
    lamp = next(iter(tiny_registry().lamps.values())).states["late"]
    chart = charts.bullets([("高新技术企业（家）", "312", None, None, lamp)], "主要指标")
    png = drawn(chart, 60)
    assert png.startswith(b"\x89PNG") and struct.unpack(">I", png[16:20])[0] == round(60 / 25.4 * 300)
    assert {(0xE7, 0xEB, 0xF1), (0x8F, 0x1A, 0x17), (255, 255, 255)} <= pixels(png)  # track, the lamp's ink, ground
    assert drawn(chart, 60) != drawn(chart.replace("高新", "低旧"), 60)  # the characters themselves are drawn
    paper = notice()
    paper.picture(chart, 150, "图1 主要指标", alt="各指标完成率")
    shape = opened(paper).inline_shapes[0]
    assert (round(shape.width.mm), shape._inline.docPr.get("descr")) == (150, "各指标完成率")


def test_the_same_paper_is_the_same_bytes_and_sound_xml():
    def made() -> bytes:
        paper = notice(copies="虚构办公室")
        paper.heading(1, "总体 <&> 情况")
        paper.paragraph("含有\x07控制符与<标签>的正文。")
        paper.attachment("表")
        paper.picture(charts.bar(None, 1, "空"), 40)
        return paper.bytes()

    first = made()
    assert first == made()
    with zipfile.ZipFile(io.BytesIO(first)) as held:
        assert {i.date_time for i in held.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for name in held.namelist():
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(held.read(name))
        assert "含有控制符与&lt;标签&gt;的正文。" in held.read("word/document.xml").decode()


def test_the_spelling_of_a_whole_paper():
    """After a wished-for change of the layout: run once with QUANYU_GOLDEN=1 and read the difference."""
    paper = notice(copies="虚构办公室", draft=False)
    paper.heading(1, "总体情况")
    paper.paragraph(f"技术合同13.8亿元，{awaited('原因')}。")
    paper.attachment("主要指标完成情况表")
    paper.table(["指标", "现值"], [["高企（家）", "312"]], align="lr")
    with zipfile.ZipFile(io.BytesIO(paper.bytes())) as held:
        body = held.read("word/document.xml").decode().split("<w:body>")[1].split("</w:body>")[0]
    spelt = body.replace("<w:p>", "\n<w:p>").replace("<w:tbl>", "\n<w:tbl>").strip() + "\n"
    if os.environ.get("QUANYU_GOLDEN"):
        GOLDEN.write_text(spelt, "utf-8")
    assert spelt == GOLDEN.read_text("utf-8")


def test_long_titles_are_broken_where_a_phrase_ends():
    title = "关于2026年三季度赣州经济技术开发区科技创新规划实施情况的通报"
    found = next(p.text for p in opened(Paper(title)).paragraphs if p.text.startswith("关于"))
    assert found.split("\n") == ["关于2026年三季度赣州经济技术开发区", "科技创新规划实施情况的通报"]


def test_a_paper_is_served_as_a_word_file():
    response = answer(notice(), "通报.docx")
    assert response["Content-Type"].endswith("wordprocessingml.document")
    assert response["Content-Disposition"].startswith('attachment; filename="quanyu.docx"')
