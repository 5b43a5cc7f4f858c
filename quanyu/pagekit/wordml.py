"""The few words that Word files are spelled with: paragraphs, runs and rows as WordprocessingML text.

Lengths in twentieths of a point (`line`, `before`, `squeeze`), sizes in half points, indents in characters of the grid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

from docx.oxml.ns import nsdecls

WIDTH, LINE = 156, 579  # mm between the margins; one line of the grid
FANG, KAI, HEI, SONG, TITLE = "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体", "方正小标宋简体"
RED, CHAR = "C00000", 315  # a body character with its spacing
NS = nsdecls("w")
RULES = dict.fromkeys(("top", "left", "bottom", "right", "insideH", "insideV"), 4)


def wide(text: str) -> Decimal:
    """How many characters of the grid a text takes: Latin letters and digits half."""
    return sum((Decimal("0.5") if c < "\u2000" else Decimal(1) for c in text), Decimal(0))


def broken(text: str, most: int) -> str:
    """A centred text over lines of about equal length, broken where a phrase ends when one ends near by."""
    lines = -(-int(wide(text) * 2) // (most * 2))
    out: list[str] = []
    for left in range(lines, 1, -1):
        wanted = len(text) // left
        near = sorted(range(max(1, wanted - 5), min(len(text), wanted + 6)), key=lambda i: abs(i - wanted))
        fits = [i for i in near if wide(text[:i]) <= most and wide(text[i:]) <= most * (left - 1)] or [wanted]
        at = next((i for i in fits if text[i - 1] in "的》”）、，区度年"), fits[0])
        out.append(text[:at])
        text = text[at:]
    return "\n".join([*out, text])


def run_properties(font: str, size: int, squeeze: int, colour: str, highlight: str, *, alone: bool = False) -> str:
    """A run's look."""
    return (
        f"<w:rPr{' ' + NS if alone else ''}>"
        f'<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{font}" w:hint="eastAsia"/>'
        + (f'<w:color w:val="{colour}"/>' if colour else "")
        + (f'<w:spacing w:val="{squeeze}"/>' if squeeze else "")
        + f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'
        + (f'<w:highlight w:val="{highlight}"/>' if highlight else "")
        + '<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr>'
    )


def properties(
    indent: int, left: int, line: int, right: Decimal | int, align: str, *, before: int = 0, keep: bool = False,
    snap: bool = True, new_page: bool = False, extra: str = "", alone: bool = False,
) -> str:  # fmt: skip
    """A paragraph's look; `line` is exact (0: as high as its content)."""
    ind = (f' w:firstLineChars="{indent * 100}" w:firstLine="{indent * CHAR}"' if indent else "") + (
        f' w:left="{left * CHAR}"' if left else ""
    ) + (f' w:right="{int(right * CHAR)}"' if right else "")  # fmt: skip
    spacing = f'w:line="{line}" w:lineRule="exact"' if line else 'w:line="240" w:lineRule="auto"'
    head = ("<w:keepNext/>" if keep else "") + ("<w:pageBreakBefore/>" if new_page else "") + extra
    grid = "" if snap else '<w:snapToGrid w:val="0"/>'
    side = (f"<w:ind{ind}/>" if ind else "") + (f'<w:jc w:val="{align}"/>' if align else "")
    space = f'<w:spacing w:before="{before}" w:after="0" {spacing}/>'
    return f"<w:pPr{' ' + NS if alone else ''}>{head}{grid}{space}{side}</w:pPr>"


def paragraph(
    text: str, *, font: str = FANG, size: int = 32, align: str = "", indent: int = 0, left: int = 0,
    right: Decimal | int = 0, line: int = LINE, before: int = 0, keep: bool = False, snap: bool = True,
    new_page: bool = False, squeeze: int = -5, colour: str = "", rule: bool = False,
) -> str:  # fmt: skip
    """A paragraph as XML. `rule`: the red line of the head below it. What stands in 【】 is highlighted."""
    red = f'<w:pBdr><w:bottom w:val="single" w:sz="18" w:space="11" w:color="{RED}"/></w:pBdr>' if rule else ""
    look = properties(
        indent, left, line, right, align, before=before, keep=keep, snap=snap, new_page=new_page, extra=red
    )
    return f"<w:p {NS}>{look}{runs(text, font, size, squeeze, colour)}</w:p>"


def title(text: str) -> str:
    """2号小标宋, centred, broken into even lines, off the grid."""
    return paragraph(broken(text, 20), font=TITLE, size=44, align="center", line=680, snap=False, squeeze=0)


def runs(text: str, font: str, size: int, squeeze: int, colour: str = "") -> str:
    out = ""
    for part in filter(None, re.split(r"(【[^】]*】)", text)):
        marked = "yellow" if part.startswith("【") else ""
        words = "<w:br/>".join(
            "<w:tab/>".join(f'<w:t xml:space="preserve">{escape(_clean(t))}</w:t>' for t in line.split("\t"))
            for line in part.split("\n")
        )
        out += f"<w:r>{run_properties(font, size, squeeze, colour, marked)}{words}</w:r>"
    return out


def _clean(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return re.sub(r"[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


def table(
    grid: list[int], rows: Sequence[str], rules: Mapping[str, int] = RULES, side: int = 60, place: str = ""
) -> str:
    """Rows in a fixed layout: without `gridCol` widths Word would set its own. `rules`: eighths of a point by edge."""
    lines = "".join(f'<w:{e} w:val="single" w:sz="{size}" w:space="0" w:color="000000"/>' for e, size in rules.items())
    columns = "".join(f'<w:gridCol w:w="{w}"/>' for w in grid)
    return (
        f'<w:tbl {NS}><w:tblPr>{place}<w:tblW w:w="{sum(grid)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{lines}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>'
        f'<w:left w:w="{side}" w:type="dxa"/><w:right w:w="{side}" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def row(cells: Sequence[str], grid: list[int], sides: list[str], font: str, *, head: bool = False) -> str:
    out = ""
    for cell, wide, side in zip(cells, grid, sides, strict=True):
        look = properties(0, 0, 340, 0, side, snap=False)
        out += (
            f'<w:tc><w:tcPr><w:tcW w:w="{wide}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
            f"<w:p>{look}{runs(cell, font, 21, 0)}</w:p></w:tc>"
        )
    return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if head else ''}</w:trPr>{out}</w:tr>"


def imprint(lines: Sequence[str]) -> str:
    """The 版记 at the foot of the last page: thick rules outside, a thin one between; 14 pt."""
    across = int(WIDTH * 1440 / 25.4)
    tabs = f'<w:tabs><w:tab w:val="right" w:pos="{across - 560}"/></w:tabs>'
    look = properties(0, 0, 480, 0, "", snap=False, extra=tabs)
    cell = f'<w:tc><w:tcPr><w:tcW w:w="{across}" w:type="dxa"/></w:tcPr><w:p>{look}'
    foot = 'w:vertAnchor="margin" w:horzAnchor="margin" w:tblpXSpec="center" w:tblpYSpec="bottom"'
    rows = [f"<w:tr>{cell}{runs(line, FANG, 28, 0)}</w:p></w:tc></w:tr>" for line in lines]
    return table([across], rows, {"top": 8, "bottom": 8, "insideH": 4}, 280, f"<w:tblpPr {foot}/>")


def page_number(side: str) -> str:
    """— 1 — in 14 pt, one character from the outer edge."""
    look = run_properties(SONG, 28, 0, "", "")
    field = "".join(
        f"<w:r>{look}{inner}</w:r>"
        for inner in (
            '<w:t xml:space="preserve">— </w:t>', '<w:fldChar w:fldCharType="begin"/>',
            '<w:instrText xml:space="preserve">PAGE</w:instrText>', '<w:fldChar w:fldCharType="end"/>',
            '<w:t xml:space="preserve"> —</w:t>',
        )
    )  # fmt: skip
    edge = properties(0, int(side == "left"), 0, int(side == "right"), side, snap=False)
    return f"<w:p {NS}>{edge}{field}</w:p>"
