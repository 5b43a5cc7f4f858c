"""Official papers (公文) as Word files in the layout of GB/T 9704—2012: what an office expects before it stamps.

A4 with margins of 37, 35, 28 and 26 mm, 22 lines of 28 characters: a grid of lines of 28.95 pt, body in 16 pt
仿宋_GB2312 drawn 0.25 pt closer. Fonts are named, never shipped. Nothing here stamps or gives out a number: the paper
says 待核稿 or 待用印, and what is missing stands as 【待补：…】 on yellow. The same input gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import manimgx_fonts_cjk
import resvg_py
from django.http import HttpResponse
from docx import Document
from docx.opc.pkgwriter import PackageWriter
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.text.paragraph import Paragraph

from quanyu.pagekit import wordml as xml
from quanyu.pagekit.charts import document as svg_file
from quanyu.pagekit.tables import send

MARGINS = {"top_margin": 37, "bottom_margin": 35, "left_margin": 28, "right_margin": 26}  # mm
HEADINGS = {1: xml.HEI, 2: xml.KAI, 3: xml.FANG}
DIGITS = "零一二三四五六七八九"
FONT_FILE = str(Path(manimgx_fonts_cjk.__file__).with_name("NotoSansCJK-VF.otf.ttc"))
LAST_HOUR = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - written into every file, so that equal papers are equal bytes
ALIGN = {"l": "left", "c": "center", "r": "right"}


def awaited(what: str) -> str:
    """The mark of something a person must still supply."""
    return f"【待补：{what}】"


def answer(paper: Paper, name: str) -> HttpResponse:
    """The paper as a download."""
    return send(paper.bytes(), name.removesuffix(".docx"), "docx")


def drawn(svg: str, width_mm: float) -> bytes:
    """An SVG of our own as PNG at 300 dots per inch, with the one font file that travels with the program."""
    text = svg if "xmlns=" in svg[: svg.find(">")] else svg_file(svg).decode()
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=text, width=round(width_mm / 25.4 * 300), background="#ffffff", skip_system_fonts=True,
            font_files=[FONT_FILE], font_family="Noto Sans CJK SC", sans_serif_family="Noto Sans CJK SC",
        )
    )  # fmt: skip


class Numbering:
    """The marks before headings: 一、 then （一） then 1. , each anew under the one above."""

    def __init__(self) -> None:
        self._counts = [0, 0, 0]

    def following(self, level: int) -> str:
        """The mark of the next heading of a level (1 to 3)."""
        self._counts[level - 1] += 1
        self._counts[level:] = [0] * (3 - level)
        n = self._counts[level - 1]
        return {1: f"{chinese(n)}、", 2: f"（{chinese(n)}）", 3: f"{n}. "}[level]


class Paper:
    """One official paper, written from top to bottom.

    `head`: the red name of the issuer ("": none, as for a sheet or a report); `number`: 发文字号 given by hand, left
    open until then; `to`: 主送; `sign`, `on`: 署名 and 成文日期; `copies`: 抄送; `draft`: 待核稿, else 待用印 (None:
    neither); `banner`: the line that files of a fictional zone carry. What comes after `attachment()` stands on a page
    of its own behind the signature.
    """

    def __init__(
        self, title: str, *, head: str = "", number: str = "", to: str = "", sign: str = "", on: dt.date | None = None,
        copies: str = "", draft: bool | None = True, banner: str = "",
    ) -> None:  # fmt: skip
        self.title, self.head, self.number, self.to, self.sign, self.on = title, head, number, to, sign, on
        self.copies, self.draft, self.banner = copies, draft, banner
        self.attachments: list[str] = []
        self._text: list[Any] = []
        self._behind: list[Any] = []
        self._numbers = Numbering()
        self._word = Document()

    def heading(self, level: int, text: str, *, numbered: bool = True) -> None:
        """一、黑体; （一）楷体; 1. 仿宋. Numbered by itself, anew under each heading above."""
        mark = self._numbers.following(level) if numbered else ""
        self._add(xml.paragraph(mark + text, font=HEADINGS[level], indent=2, keep=True))

    def paragraph(self, text: str, *, indent: bool = True) -> None:
        """A paragraph of the body; whatever stands in 【】 is marked."""
        self._add(xml.paragraph(text, indent=2 if indent else 0))

    def missing(self, what: str) -> None:
        """A paragraph that says what is still to be written here."""
        self.paragraph(awaited(what))

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[str | None]], widths: Sequence[float] | None = None,
        caption: str = "", align: str = "",
    ) -> None:  # fmt: skip
        """A ruled table of fixed columns (`widths` in mm, scaled down where they are too wide); its head repeats.

        `align`: a letter l, c or r for each column; without it the first is flush left, the others are centred.
        """
        sizes = list(widths or [xml.WIDTH / len(columns)] * len(columns))
        scale = min(1.0, xml.WIDTH / sum(sizes)) * 1440 / 25.4
        grid = [int(w * scale) for w in sizes]
        sides = [ALIGN[a] for a in align or "l" + "c" * (len(columns) - 1)]
        if caption:
            self._add(xml.paragraph(caption, font=xml.HEI, size=24, align="center", keep=True, snap=False, line=400))
        lines = [xml.row(columns, grid, ["center"] * len(grid), xml.HEI, head=True)]
        lines += [xml.row([c if c else "—" for c in row], grid, sides, xml.SONG) for row in rows]
        self._add(xml.table(grid, lines))
        self._add(xml.paragraph("", snap=False, line=200))

    def picture(self, svg: str, width_mm: float = 150, caption: str = "", alt: str = "") -> None:
        """A chart of our own, drawn on the server, with its caption below and its words for who cannot see it."""
        width = min(width_mm, xml.WIDTH)
        held = parse_xml(xml.paragraph("", snap=False, line=0, align="center", keep=bool(caption)))
        shape = Paragraph(held, self._word._body).add_run().add_picture(io.BytesIO(drawn(svg, width)), Mm(width))
        shape._inline.docPr.set("descr", alt or caption)
        self._here.append(held)
        if caption:
            self._add(xml.paragraph(caption, font=xml.HEI, size=24, align="center", snap=False, line=400))

    def attachment(self, title: str) -> None:
        """Begin a new page 附件; the list of attachments under the text grows by it."""
        self.attachments.append(title)
        self._numbers = Numbering()
        self._add(f"<attachment {xml.NS}/>")  # named when all are known: 附件, or 附件1, 附件2
        self._add(xml.title(title))

    def bytes(self) -> bytes:
        """The Word file."""
        body = self._word.element.body
        for old in list(body)[:-1]:
            body.remove(old)
        for element in [*map(parse_xml, self._opening()), *self._text, *map(parse_xml, self._closing()), *self._last()]:
            body.insert(len(body) - 1, element)
        self._lay_out()
        held = io.BytesIO()
        package = self._word.part.package
        PackageWriter.write(held, package.rels, package.parts)
        return _sealed(held)

    @property
    def _here(self) -> list[Any]:
        return self._behind if self.attachments else self._text

    @property
    def _day(self) -> str:
        return f"{self.on.year}年{self.on.month}月{self.on.day}日" if self.on else ""

    def _add(self, text: str) -> None:
        self._here.append(parse_xml(text))

    def _opening(self) -> list[str]:
        out, down = [], 1984  # the red name begins 35 mm below the margin
        if self.draft is not None:
            out.append(xml.paragraph(f"【{'待核稿' if self.draft else '待用印'}】", font=xml.HEI))
            down -= xml.LINE
        if self.banner:
            out.append(xml.paragraph(self.banner, font=xml.SONG, size=21, line=340, snap=False))
            down -= 340
        if self.head:
            out.append(
                xml.paragraph(xml.broken(self.head, 17), font=xml.TITLE, size=52, align="center", line=800,
                              snap=False, squeeze=0, colour=xml.RED, before=down)
            )  # fmt: skip
            out += ["", xml.paragraph(self.number, align="center", rule=True), ""]
        out += ["", xml.title(self.title), ""]
        if self.to:
            out.append(xml.paragraph(f"{self.to}："))
        return [line or xml.paragraph("") for line in out]

    def _closing(self) -> list[str]:
        """Attachments named, signature and date: kept with the last paragraph, for no page may hold them alone."""
        out, many = [], len(self.attachments) > 1
        if self._text and self._text[-1].tag == qn("w:p"):
            Paragraph(self._text[-1], self._word._body).paragraph_format.keep_with_next = True
        for n, title in enumerate(self.attachments, 1):
            words = f"{n}. {title}" if many else title
            words = f"附件：{words}" if n == 1 else words
            out.append(xml.paragraph(words, indent=2 * (n == 1), left=5 * (n > 1), keep=True))
        if self.sign:
            date = self._day or awaited("成文日期")
            longer = (xml.wide(self.sign) - xml.wide(date)) / 2
            right = max(Decimal(2), 4 - longer)
            out += [
                "", "", xml.paragraph(self.sign, align="right", right=right, keep=True),
                xml.paragraph(date, align="right", right=right + longer),
            ]  # fmt: skip
        return [line or xml.paragraph("", keep=True) for line in (["", *out] if out else [])]

    def _last(self) -> list[Any]:
        """The attachments, then the 版记 at the foot of the last page of a paper with a head."""
        out, n = [], 0
        for element in self._behind:
            if element.tag == "attachment":
                n += 1
                name = f"附件{n if len(self.attachments) > 1 else ''}"
                out += [parse_xml(xml.paragraph(name, font=xml.HEI, new_page=True)), parse_xml(xml.paragraph(""))]
            else:
                out.append(element)
        if self.head:
            day = self._day or "　　年　月　日"
            lines = [f"抄送：{self.copies}。"] if self.copies else []
            gap = "\t" if xml.wide(self.sign + day) < 26 else "\n\t"
            out += [parse_xml(xml.imprint([*lines, f"{self.sign}{gap}{day}印发"]))]
            out += [parse_xml(xml.paragraph("", line=20, snap=False))]  # a table cannot end a document
        return out

    def _lay_out(self) -> None:
        """Page, grid, page numbers, the base style and the properties of the file."""
        word, section = self._word, self._word.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        for name, mm in MARGINS.items():
            setattr(section, name, Mm(mm))
        section.footer_distance = Mm(35 - 7)
        for grid in section._sectPr.findall(qn("w:docGrid")):
            section._sectPr.remove(grid)
        section._sectPr.append(parse_xml(f'<w:docGrid {xml.NS} w:type="lines" w:linePitch="{xml.LINE}"/>'))
        word.settings.odd_and_even_pages_header_footer = True
        for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
            footer.is_linked_to_previous = False
            for old in list(footer._element):
                footer._element.remove(old)
            footer._element.append(parse_xml(xml.page_number(side)))
        styles = word.styles.element
        for kind in styles.findall(f".//{qn('w:lang')}"):
            kind.set(qn("w:val"), "en-US")
            kind.set(qn("w:eastAsia"), "zh-CN")
        normal = word.styles["Normal"].element
        for old in normal.findall(qn("w:rPr")) + normal.findall(qn("w:pPr")):
            normal.remove(old)
        normal.append(parse_xml(xml.properties(0, 0, xml.LINE, 0, "", alone=True)))
        normal.append(parse_xml(xml.run_properties(xml.FANG, 32, -5, "", "", alone=True)))
        core = word.core_properties
        core.title, core.author, core.last_modified_by, core.comments, core.keywords = self.title, self.sign, "", "", ""
        core.language, core.revision, core.created, core.modified = "zh-CN", 1, LAST_HOUR, LAST_HOUR


def chinese(n: int) -> str:
    """1 → 一, 12 → 十二, 30 → 三十."""
    tens, ones = divmod(n, 10)
    return (("" if tens == 1 else DIGITS[tens]) + "十" if tens else "") + (DIGITS[ones] if ones or not tens else "")


def _sealed(held: io.BytesIO) -> bytes:
    """The same file with nothing in it of the moment it was made."""
    out = io.BytesIO()
    with zipfile.ZipFile(held) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as sealed:
        for name in sorted(made.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            sealed.writestr(zipfile.ZipInfo(name), made.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
