"""A paper as PDF, for what is only read, printed or kept; official papers (公文) go out as Word, to be written on.

The Word file is read back block by block and set again by typst with the one font that travels with the program. All
text goes in as string literals, so that nothing in it is ever taken for a command.
"""

from __future__ import annotations

import io
from pathlib import Path

import typst
from docx import Document
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

from quanyu.pagekit import wordml as xml
from quanyu.pagekit.documents import FONT_FILE, Paper

FONTS = str(Path(FONT_FILE).parent)
SET = """
#set page(paper: "a4", margin: (top: 25mm, bottom: 22mm, x: 22mm), numbering: "1 / 1")
#set text(font: "Noto Sans CJK SC", size: 10.5pt, lang: "zh")
#set par(leading: 0.75em, spacing: 0.8em, justify: false)
#set table(inset: 5pt, stroke: 0.5pt + rgb("#8a94a3"))
#show table.cell.where(y: 0): set text(weight: "bold")
"""


def pdf(paper: Paper) -> bytes:
    """The paper as PDF; the same paper gives the same bytes."""
    word = Document(io.BytesIO(paper.bytes()))
    blocks = [_table(b) if isinstance(b, Table) else _paragraph(b) for b in word.iter_inner_content()]
    source = SET + f"#set document(title: {_quoted(paper.title)}, date: none)\n" + "\n\n".join(filter(None, blocks))
    return bytes(typst.compile(source.encode(), font_paths=[FONTS], ignore_system_fonts=True))


def _quoted(text: str) -> str:
    text = text.replace("✕", "×")  # the font has the one and not the other
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _paragraph(paragraph: Paragraph) -> str:
    """A paragraph with its weight, size and side; empty lines of the official layout are left out."""
    text = paragraph.text.strip()
    if not text:
        return ""
    font = next((f.get(qn("w:eastAsia")) for f in paragraph._p.iter(qn("w:rFonts"))), "")
    title = font == xml.TITLE
    look = 'weight: "bold"' if font in (xml.HEI, xml.KAI, xml.TITLE) else 'weight: "regular"'
    set_ = f"#text({look}, size: {18 if title else 12 if font == xml.HEI else 10.5}pt, {_quoted(text)})"
    centred = title or paragraph._p.find(f".//{qn('w:jc')}[@{qn('w:val')}='center']") is not None
    return f"#align(center)[{set_}]" if centred else set_


def _table(table: Table) -> str:
    """A table whose head repeats, its columns as wide to one another as in Word."""
    grid = [int(column.get(qn("w:w"), "1")) for column in table._tbl.tblGrid.findall(qn("w:gridCol"))]
    cells = [f"[#{_quoted(cell.text)}]" for row in table.rows for cell in row.cells]
    head, rest = ", ".join(cells[: len(grid)]), ", ".join(cells[len(grid) :])
    columns = ", ".join(f"{width}fr" for width in grid)
    return f"#table(columns: ({columns},), table.header({head}), {rest})"
