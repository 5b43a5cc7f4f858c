"""One table, three forms: on the page, as CSV for Excel (UTF-8 with BOM), as an Excel sheet.

Units stand in the headings, so a cell is a bare number that can be added up. Text that a spreadsheet would take for a
formula is disarmed. A fictional zone's banner is the first line of every file.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import quote

import xlsxwriter
from django.http import HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from quanyu.pagekit.format import MISSING, bracketed, date, number

Cell = str | int | Decimal | dt.date | None
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
EXCEL_DIGITS = 15


class Shown(NamedTuple):
    """One cell on the page; a day is not broken over lines."""

    label: str
    text: str
    classes: str


@dataclass(frozen=True)
class Column:
    """One column: heading, unit, how to get its bare value from a row, and how the page shows it (else value as text).

    `absent` is what an empty cell says: `…` (not available) unless the page knows better. `order`: an ORM field or a
    key function by which a desk sorts under `name`. `shown` on the page, `exported` into files; a `minor` one
    is left out of a tight table on a phone; `width` is Excel's.
    """

    label: str
    value: Callable[[Any], Cell]
    unit: str = ""
    show: Callable[[Any], str] | None = None
    places: int | None = None
    numeric: bool = False
    absent: str = MISSING
    order: str | Callable[[Any], Any] = ""
    name: str = ""
    exported: bool = True
    shown: bool = True
    minor: bool = False
    width: int = 14

    @property
    def classes(self) -> str:
        return " ".join(name for name, on in (("num", self.numeric), ("minor", self.minor)) if on)

    @property
    def heading(self) -> str:
        return bracketed(self.label, self.unit)

    def text(self, row: Any) -> str:
        """The cell as the page shows it."""
        return self.cell(row).text

    def cell(self, row: Any) -> Shown:
        if self.show:
            return Shown(self.heading, self.show(row), self.classes)
        value = self.value(row)
        match value:
            case None:
                return Shown(self.heading, self.absent, self.classes)
            case dt.date():
                return Shown(self.heading, date(value), f"{self.classes} nm".strip())
            case Decimal() | int():
                return Shown(self.heading, number(value, self.places), self.classes)
        return Shown(self.heading, str(value), self.classes)


@dataclass(frozen=True)
class Table:
    """Rows under columns. `title` heads the file, `notes` close it, `caption` is read out before the table."""

    columns: Sequence[Column]
    rows: Sequence[Any]
    title: str = ""
    notes: Sequence[str] = field(default_factory=tuple)
    empty: str = ""

    @property
    def shown_columns(self) -> list[Column]:
        return [c for c in self.columns if c.shown]

    @property
    def body(self) -> list[list[Shown]]:
        return [[c.cell(r) for c in self.shown_columns] for r in self.rows]

    def _sheet(self, banner: str) -> tuple[list[list[str]], list[Column]]:
        columns = [c for c in self.columns if c.exported]
        head = [[line] for line in (banner, self.title) if line]
        return [*head, [c.heading for c in columns]], columns

    def csv(self, banner: str = "") -> bytes:
        """Comma-separated text that Excel opens in Chinese: BOM, CRLF, banner and title lines above the headings."""
        out = io.StringIO()
        writer = csv.writer(out)
        head, columns = self._sheet(banner)
        writer.writerows([[disarm(t) for t in line] for line in head])
        for row in self.rows:
            writer.writerow([_csv_cell(c.value(row), c.absent) for c in columns])
        writer.writerows([[disarm(note)] for note in self.notes])
        return out.getvalue().encode("utf-8-sig")

    def xlsx(self, banner: str = "") -> bytes:
        """An Excel sheet: bold frozen headings, real numbers and dates, notes below; formulas are never written."""
        out = io.BytesIO()
        book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        sheet = book.add_worksheet(_("数据"))
        bold = book.add_format({"bold": True, "bg_color": "#e8f0fa", "border": 1, "text_wrap": True})
        warned = book.add_format({"font_color": "#6b4a00", "bg_color": "#fff7e0"})
        titled = book.add_format({"bold": True, "font_size": 13})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        head, columns = self._sheet(banner)
        for i, line in enumerate(head):
            style = bold if i == len(head) - 1 else warned if banner and i == 0 else titled
            for j, words in enumerate(line):
                sheet.write_string(i, j, disarm(words), style)
        sheet.freeze_panes(len(head), 1)
        for j, column in enumerate(columns):
            sheet.set_column(j, j, column.width)
        formats: dict[str, Any] = {}
        at = len(head)
        for at, row in enumerate(self.rows, len(head)):
            for j, column in enumerate(columns):
                value = column.value(row)
                if isinstance(value, (int, Decimal)) and len(Decimal(value).as_tuple().digits) <= EXCEL_DIGITS:
                    pattern = _pattern(value, column.places)
                    if pattern not in formats:
                        formats[pattern] = book.add_format({"num_format": pattern})
                    sheet.write_number(at, j, value, formats[pattern])
                elif isinstance(value, dt.date):
                    sheet.write_datetime(at, j, dt.datetime(value.year, value.month, value.day), day)  # noqa: DTZ001 - a date cell has no zone
                else:
                    sheet.write_string(at, j, _csv_cell(value, column.absent))
        for i, note in enumerate(self.notes, at + 2):
            sheet.write_string(i, 0, disarm(note))
        book.close()
        return out.getvalue()


def _pattern(value: int | Decimal, places: int | None) -> str:
    exponent = Decimal(value).as_tuple().exponent
    shown = places if places is not None else max(0, -int(exponent))
    return "#,##0" + ("." + "0" * shown if shown else "")


def _csv_cell(value: Cell, absent: str) -> str:
    match value:
        case None:
            return absent
        case dt.date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case int():
            return str(value)
    return disarm(value)


def disarm(words: str) -> str:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front, as Excel itself does."""
    return f"'{words}" if words.startswith(FORMULA_STARTS) else words


TYPES = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "svg": "image/svg+xml",
    "json": "application/json; charset=utf-8",
}


def send(content: bytes, name: str, suffix: str) -> HttpResponse:
    """A download under a Chinese file name."""
    response = HttpResponse(content, content_type=TYPES[suffix])
    kind = "inline" if suffix in ("svg", "json") else "attachment"
    file_name = quote(f"{name}.{suffix}")
    response["Content-Disposition"] = f"{kind}; filename=\"quanyu.{suffix}\"; filename*=UTF-8''{file_name}"
    return response


def respond(table: Table, name: str, suffix: str, banner: str = "") -> HttpResponse:
    """A table as the file asked for (`csv` or `xlsx`), the demonstration banner on top."""
    return send(table.csv(banner) if suffix == "csv" else table.xlsx(banner), name, suffix)


def link(href: str, words: str) -> str:
    """A link inside a cell, both parts escaped."""
    return format_html('<a href="{}">{}</a>', href, words)
