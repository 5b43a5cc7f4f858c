"""Tables that people hand in: reading CSV and Excel as they are, and finding which column means what.

Cells stay as written (text, number or date) so that a complaint can quote them. Rows and columns keep the numbers a
spreadsheet shows. Everything unreadable is `Refused` with one sentence.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import mmap
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from quanyu.facts.workbook import BROKEN, CELLS, LOCKED, MACROS, Table, Workbook, read_table, too_many
from quanyu.registry.model import Form, Unit
from quanyu.registry.problem import Refused

CONTENTS = {b"pk\x03\x04": ".xlsx", b"\xd0\xcf\x11\xe0": ".xls"} | dict.fromkeys(
    (b"<html", b"<!doc", b"<table", b"<meta"), "网页"
)
BESIDE = frozenset({"填报说明", "审核关系"})  # sheets of the template that hold no data
HEADER_WITHIN = 20  # rows
_CHECK_CODE = re.compile(
    r"(?P<form>[\w-]+)\|(?P<period>[^|]*)\|(?:(?P<firm>[0-9A-Z]{18})\|)?(?P<fields>[0-9A-F]{6})\|(?P<sum>[0-9A-F]{4})"
)
_ORDINAL = re.compile(r"^(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十0-9]+\)|[0-9]+[.、])|^其中:")

FIRM = {"firm_code": ("统一社会信用代码", "社会信用代码", "信用代码", "firm_code", "uscc"),
        "firm_name": ("单位详细名称", "单位名称", "企业名称", "firm_name")}  # fmt: skip
PERIOD = {"period": ("报告期", "所属期", "period")}
STANDING = {
    "title": ("称号", "资质", "title"), "level": ("级别", "类别", "level"), "person": ("姓名", "person"),
    "valid_from": ("有效期起", "起始日期", "授予日期", "from"), "valid_to": ("有效期止", "终止日期", "to"),
    "decision": ("文号", "证书编号", "decision"),
}  # fmt: skip


@dataclass(slots=True)
class Sheet:
    """One table as handed in. `top` and `left` number (from 1) the first row and column held."""

    name: str
    rows: Sequence[Sequence[Any]]
    top: int = 1
    left: int = 1
    notes: Sequence[str] = ()

    def letter(self, column: int) -> str:
        """The letters a spreadsheet shows above a column (counted from 0 here)."""
        number, letters = column + self.left, ""
        while number:
            number, rest = divmod(number - 1, 26)
            letters = chr(65 + rest) + letters
        return letters

    @property
    def check_code(self) -> re.Match[str] | None:
        """The check code of a template, in cell A1; its digits are verified by `CheckCode`."""
        first = self.rows[0][0] if self.rows and self.rows[0] and (self.top, self.left) == (1, 1) else None
        return _CHECK_CODE.fullmatch(first.strip()) if isinstance(first, str) else None


@dataclass(slots=True)
class Header:
    """Where the data begin and which column holds what; `factors`: what turns a column into its field's unit."""

    columns: dict[str, int]
    data: int  # index of the first data row
    titles: Sequence[Any]
    factors: dict[str, Fraction] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_sheets(path: Path) -> Iterator[Sheet]:
    """The sheets of an uploaded file that are shown and may hold data, in order; a CSV is one sheet.

    The one door for every table handed in: what a file really is, macros, formulas without a value, passwords and
    archives that explode are answered here. A sheet's `notes` tell which hidden ones were not read.
    """
    ending = path.suffix.lower()
    with path.open("rb") as file:
        head = file.read(512).lstrip().lower()
    content = next((name for magic, name in CONTENTS.items() if head.startswith(magic)), ending)
    if ending == ".xlsm":
        raise MACROS
    if ending not in {".xlsx", ".xls", ".csv", ".txt"}:
        raise Refused("不是 Excel 或 CSV 文件，无法导入。", "请另存为 .xlsx 或 .csv。")
    if content == "网页" or (content != ending and (ending, content) != (".xlsx", ".xls")):
        mend = "用 Excel 打开并另存为 .xlsx" if content == "网页" else f"把扩展名改为 {content}"
        raise Refused(
            f"扩展名是 {ending}，内容却是{content if content == '网页' else f' {content}'}。", f"请{mend} 后再试。"
        )
    if ending in {".csv", ".txt"}:
        yield _csv(path)
    elif head.startswith(b"pk"):
        book = Workbook(path)
        yield from _shown(book.hidden, ((name, read_table(book, name)) for name in book.sheets if name not in BESIDE))
    else:
        yield from _old_excel(path)


def _old_excel(path: Path) -> Iterator[Sheet]:
    """.xls, and what only claims to be .xlsx: locked or broken."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
            for name, refusal in (("_VBA_PROJECT", MACROS), ("EncryptedPackage", LOCKED)):
                if raw.find(name.encode("utf-16-le")) >= 0:
                    raise refusal
        with CalamineWorkbook.from_path(str(path)) as book:
            shown = {s.name: s.visible == SheetVisibleEnum.Visible for s in book.sheets_metadata}
            names = [name for name in book.sheet_names if name not in BESIDE and shown[name]]
            yield from _shown(
                [n for n in shown if not shown[n]], ((n, _table(book.get_sheet_by_name(n))) for n in names)
            )
    except PasswordError:
        raise LOCKED from None
    except (CalamineError, OSError, ValueError):
        raise BROKEN from None


def _table(sheet: Any) -> Table | None:
    return Table(sheet.start[0] + 1, sheet.start[1] + 1, sheet.to_python()) if sheet.start else None


def _shown(hidden: Sequence[str], tables: Iterable[tuple[str, Table | None]]) -> Iterator[Sheet]:
    told = (
        [f"隐藏的工作表没有读取：{'、'.join(hidden)}。"] if (hidden := [n for n in hidden if n not in BESIDE]) else []
    )
    filled = False
    for name, table in tables:
        if table:
            filled = True
            yield Sheet(name, table.rows, table.top, table.left, told)
    if told and not filled:
        raise Refused(f"看得见的工作表里没有数据；{told[0]}", "请取消隐藏后重新保存。")


def _csv(path: Path) -> Sheet:
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            break
    else:
        raise Refused("文字编码认不出来。", "请另存为“CSV UTF-8（逗号分隔）”。")
    first = text.partition("\n")[0]
    sign = "\t" if first.count("\t") > first.count(",") else ","
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=sign))
    except csv.Error:
        raise Refused(
            "不是一张表：有一格长得反常，或引号没有配对。", "请用 Excel 打开并另存为 .xlsx 后再试。"
        ) from None
    width = max(map(len, rows), default=0)
    if width * len(rows) > CELLS:
        raise too_many()
    return Sheet("", [row + [""] * (width - len(row)) for row in rows])


def written(cell: Any) -> str:
    """A cell as the text a person typed: 202409.0 is 202409, a day is ISO."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, dt.date):
        return cell.isoformat()[:10]
    return "" if cell is None else str(cell)


def text_of(cell: Any) -> str:
    """The same, with full-width characters and blanks around it mended."""
    return unicodedata.normalize("NFKC", written(cell)).strip()


def heading(cell: Any) -> str:
    """A column's title reduced to what identifies it: no blanks, no 其中：, no leading number."""
    plain = re.sub(r"\s+", "", text_of(cell)).lower()
    return _ORDINAL.sub("", _ORDINAL.sub("", plain))


def names_of(form: Form) -> dict[str, str]:
    """Every title a column of this form may carry → field name: its code, Chinese label, English label, name."""
    found: dict[str, str] = {}
    for f in form.fields:
        code = "" if f.code.isdigit() else heading(f.code)
        for title in {f.name, heading(f.label.zh), heading(f.label.en), code} - {""}:
            found[title] = f.name if found.get(title, f.name) == f.name else ""
    return {title: name for title, name in found.items() if name} | aliases(FIRM | PERIOD)


def aliases(words: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {heading(word): name for name, group in words.items() for word in group}


def find_header(sheet: Sheet, names: Mapping[str, str]) -> Header | None:
    """The row whose titles say most; None when no row names a firm and something about it.

    A row of codes or ordinals beside it belongs to it. Titles spread over two rows are refused, never guessed.
    """
    head = sheet.rows[: min(HEADER_WITHIN, len(sheet.rows))]
    found = [_named(row, names) for row in head]
    best = max(range(len(found)), key=lambda i: len(found[i]), default=0)
    if not found or len(found[best]) < 2 or not found[best].keys() & FIRM.keys():
        return None
    columns = found[best]
    for near in (best - 1, best + 1):
        if 0 <= near < len(found) and (others := found[near].keys() - columns.keys()):
            lines = sorted((best + sheet.top, near + sheet.top))
            which = sheet.rows[near][min(found[near][name] for name in others)]
            told = f"表头占了第 {lines[0]}、{lines[1]} 两行（“{written(which)}”不在主表头行），无法对应列。"
            raise Refused(told, "请把表头合并成一行，或使用系统下载的模板。")
    data = best + 1
    while data < len(head) and (_repeats(found[data], columns) or _is_ordinals(head[data])):
        data += 1
    return Header(columns, data, head[best])


def _named(row: Sequence[Any], names: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column, cell in enumerate(row):
        if isinstance(cell, str) and cell:
            title = heading(cell)
            name = names.get(title) or names.get(without_unit(title)[0])
            if name:
                found.setdefault(name, column)
    return found


def without_unit(title: str) -> tuple[str, str]:
    """`营业收入(万元)` → 营业收入, 万元."""
    match = re.fullmatch(r"(.+?)\(([^()]+)\)", title)
    return (match[1], match[2]) if match else (title, "")


def _repeats(row: Mapping[str, int], columns: Mapping[str, int]) -> bool:
    return bool(row) and all(columns[name] == column for name, column in row.items())


def _is_ordinals(row: Sequence[Any]) -> bool:
    """The 甲 乙 丙 1 2 3 row of a printed form."""
    return bool(row) and text_of(row[0]) == "甲"


def is_header_again(row: Sequence[Any], header: Header) -> bool:
    """Two tables pasted under each other carry two headers."""
    return all(row[column] == header.titles[column] for column in header.columns.values())


def state_units(
    header: Header, form: Form, names: Mapping[str, str], units: Mapping[str, Unit], assumed: Unit | None = None
) -> None:
    """Read the units that titles state; another than the form's is converted exactly, or refused.

    `assumed`: the unit of amounts whose title states none, where it is not the form's own.
    """
    fields = {f.name: f for f in form.fields}
    for name, column in header.columns.items():
        title = heading(header.titles[column])
        if name not in fields or (title in names and not (assumed and fields[name].unit)):
            continue
        f, said = fields[name], without_unit(title)[1]
        own = units[f.unit]
        if title in names:
            said = heading((assumed if assumed and assumed.dimension == own.dimension else own).label.zh)
        alike = [own, *(unit for unit in units.values() if unit.dimension == own.dimension)]
        stated = next((u for u in alike if said in map(heading, (u.label.zh, u.label.en, u.key))), None)
        if stated is None:
            raise Refused(
                f"“{f.label}”按{own.label}填报，表头写的单位“{said}”不能换算。", f"请改为“{f.label}（{own.label}）”。"
            )
        if stated.factor != own.factor:
            factor = Fraction(stated.factor) / Fraction(own.factor)
            header.factors[name] = factor
            times = f"×{factor}" if factor > 1 else f"÷{1 / factor}"
            where = "指明的" if title in names else "表头写的"
            header.notes.append(f"“{f.label}”{where}是{stated.label}，已按{own.label}换算（{times}）。")


@dataclass(frozen=True, slots=True)
class CheckCode:
    """What a template says of itself in A1: `form|period|fields|sum`, with `firm|` before `fields` where it is one
    firm's sheet; `fields` digests the form's lines."""

    form: str
    period: str
    fields: str
    firm: str = ""

    @classmethod
    def of(cls, form: Form, period: str, firm: str = "") -> CheckCode:
        printed = "\n".join(f"{f.name} {f.code} {f.label} {f.type} {f.unit}" for f in form.fields)
        return cls(form.key, period, hashlib.sha256(printed.encode()).hexdigest()[:6].upper(), firm)

    def __str__(self) -> str:
        body = f"{self.form}|{self.period}|{self.firm and f'{self.firm}|'}{self.fields}"
        return f"{body}|{hashlib.sha256(body.encode()).hexdigest()[:4].upper()}"


def check_template(sheet: Sheet, form: Form, period: str, firm: str = "") -> str:
    """The period a template was made for ("" for a sheet that is none); refused for another form, period or firm."""
    found = sheet.check_code
    if found is None:
        return ""
    if found["form"] != form.key:
        told = f"这是“{found['form']}”的模板，不是“{form.label}”（{form.key}）的。"
        raise Refused(told, "请选对报表，或下载对应的模板。")
    said = CheckCode(found["form"], found["period"], found["fields"], found["firm"] or "")
    if str(said) != found[0]:
        raise Refused("A1 单元格的校验码被改动过。", "请重新下载模板，把数据粘贴过去。")
    if said.fields != CheckCode.of(form, said.period).fields:
        raise Refused(f"“{form.label}”的表式已经更新，这份模板是旧的。", "请下载新模板后重填。")
    if period and said.period and said.period != period:
        raise Refused(f"模板的报告期是 {said.period}，要导入的是 {period}。", "请核对报告期，或换用对应的模板。")
    if firm and said.firm and said.firm != firm:
        raise Refused("这份模板是另一家单位的，不能导入到本单位的报表。", "请在本单位的填报页下载模板。")
    return said.period
