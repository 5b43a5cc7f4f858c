"""Taking an .xlsx apart: nothing in it is believed, and rows that are alike are read quickly.

A part is inflated piece by piece, counting what really comes out. Rows go to calamine in small workbooks made of just
these rows; once it has read some, further rows built the same way are taken without it, to the same values. Empty rows
cost next to nothing wherever they are. Everything that will not do is `Refused` with one sentence.
"""

from __future__ import annotations

import html
import io
import operator
import posixpath
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from quanyu.registry.problem import Refused

UNPACKED = 1 << 30  # bytes: more than any honest form unpacks to
RATIO, SMALL = 200, 16 << 20  # an honest sheet packs to a tenth or twentieth; below so many bytes nobody asks
FIRST_PIECE, PIECE = 1 << 16, 1 << 20  # bytes inflated at a time; the first shows how rows are built
CELLS = 8_000_000  # filled rows times columns
LAST_ROW, LAST_COLUMN = 1 << 20, 1000
ODD_CELLS = 250_000  # handed to calamine at a time
LEARNED = 200  # rows looked at to learn how the others are built

_ATTRIBUTE = re.compile(r'([\w:]+)\s*=\s*"([^"]*)"')
_CELL = re.compile(rb'<c\b(?: r="([A-Z]{1,3})([0-9]{1,7})")?([^>]*)(?<!/)>(.*?)</c>', re.DOTALL)
_EMPTY_CELL = re.compile(rb"<c\b[^>]*/>")
_ELSEWHERE = re.compile(rb"\[[0-9]+\][^\]\[()]*!")  # [1]Sheet1!A1
_PLAIN = rb"<t>(?!\s)([^<&_]*)(?<!\s)</t>"
_STRING = re.compile(rb"<si\s*/>|<si>(?:" + _PLAIN + rb"</si>|(.*?)</si>)", re.DOTALL)
_BODY = {"s": rb"<v>([0-9]{1,9})</v>", "n": rb"<v>([-+0-9.eE]+)</v>", "inlineStr": b"<is>" + _PLAIN + b"</is>"}
_ODD = rb"<row((?:\s[^>]*)?(?<!/)>[^<]*(?:<(?!/?row)[^<]*)*+)"  # a filled row built in any way
_BOOK = """<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr date1904="{}"/>
 <sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>"""
_LINK = (
    '<Relationship Id="{}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/>'
)
_LINKS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_ROOT = _LINKS.format(_LINK.format("r1", "officeDocument", "xl/workbook.xml"))
_INNER = _LINKS.format(
    _LINK.format("r1", "worksheet", "worksheets/sheet1.xml")
    + _LINK.format("r2", "styles", "styles.xml") + _LINK.format("r3", "sharedStrings", "sharedStrings.xml")
)  # fmt: skip
BROKEN = Refused("打不开：文件已损坏，或不是真正的 Excel 文件。", "请用 Excel 打开并另存为 .xlsx 后再试。")
LOCKED = Refused("设了打开密码，无法读取。", "请去掉密码后重新保存。")
MACROS = Refused("含有宏，不予导入。", "请另存为不含宏的 .xlsx 后再试。")
EXPLODES = Refused(
    "展开后大得反常（超过 1 GB，或是压缩炸弹），不予导入。", "请删去多余的工作表、图片和空行后重新保存。"
)


def too_many() -> Refused:
    return Refused(f"单元格超过 {CELLS // 10_000} 万个，一次读不完。", "请分成几个文件。")


@dataclass(slots=True)
class Table:
    """The used range of a sheet: `top` and `left` number its corner from 1; every row is as wide as the widest."""

    top: int
    left: int
    rows: list[Sequence[Any]]


class Workbook:
    """An .xlsx by its parts. `sheets`: name → part, those that are shown; `hidden`: names of the others."""

    def __init__(self, path: Path) -> None:
        self._path, self._left = path, UNPACKED
        try:
            with zipfile.ZipFile(path) as packed:
                items = sorted(packed.infolist(), key=lambda item: item.header_offset)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise BROKEN from None
        if any(item.flag_bits & 1 for item in items):
            raise LOCKED
        self._parts = {item.filename.replace("\\", "/").lstrip("/").lower(): item for item in items}
        ends = [item.header_offset + 30 + len(item.filename) + item.compress_size for item in items]
        overlap = any(end > after.header_offset for end, after in zip(ends, items[1:], strict=False))
        if overlap or len(self._parts) < len(items) or any(item.compress_type not in (0, 8) for item in items):
            raise BROKEN
        declared = sum(item.file_size for item in items)
        if declared > UNPACKED or declared > max(SMALL, RATIO * sum(item.compress_size for item in items)):
            raise EXPLODES
        types = self._read("[content_types].xml")
        if b"macroEnabled" in types or any("vbaproject" in name or "/macrosheets/" in name for name in self._parts):
            raise MACROS
        book = next((part for kind, part in self._relations("").values() if kind == "officeDocument"), "")
        text, links = self._read(book).decode("utf-8", "replace"), self._relations(book)
        self.linked = any("/externallinks/" in name for name in self._parts)
        self._since_1904 = int(bool(re.search(r'date1904\s*=\s*"(?:1|true)"', text)))
        parts = dict(links.values())
        self._styles = self._read(parts["styles"]) if "styles" in parts else b"<styleSheet/>"
        self._strings = self._read(parts["sharedStrings"]) if "sharedStrings" in parts else b"<sst/>"
        self.sheets: dict[str, str] = {}
        self.hidden: list[str] = []
        for found in re.findall(r"<(?:\w+:)?sheet\b([^>]*)>", text):
            said = {name.rpartition(":")[2]: html.unescape(value) for name, value in _ATTRIBUTE.findall(found)}
            kind, part = links.get(said.get("id", ""), ("", ""))
            if kind == "worksheet" and said.get("state", "visible") == "visible":
                self.sheets[said.get("name", "")] = part
            elif kind == "worksheet":
                self.hidden.append(said.get("name", ""))

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Id → (kind, the part it leads to)."""
        folder, name = posixpath.split(part)
        text = self._read(posixpath.join(folder, "_rels", f"{name}.rels")).decode("utf-8", "replace")
        found = {}
        for said in map(dict, map(_ATTRIBUTE.findall, re.findall(r"<(?:\w+:)?Relationship\b([^>]*)>", text))):
            to = posixpath.normpath(posixpath.join("/", folder, html.unescape(said.get("Target", ""))))
            found[said.get("Id", "")] = (said.get("Type", "").rpartition("/")[2], to.lstrip("/").lower())
        return found

    def _read(self, part: str) -> bytes:
        return b"".join(self.unpack(part))

    def unpack(self, part: str) -> Iterator[bytes]:
        """The bytes of a part, some at a time. What it says of its own size must come out, no more and no less."""
        if (item := self._parts.get(part)) is None:
            raise BROKEN
        with self._path.open("rb") as file:
            file.seek(item.header_offset + 26)
            file.seek(sum(struct.unpack("<HH", file.read(4))), 1)
            packed, out = file.read(item.compress_size), 0
        inflate = zlib.decompressobj(-15)
        while packed and not inflate.eof and out <= item.file_size:
            try:
                piece = inflate.decompress(packed, PIECE if out else FIRST_PIECE) if item.compress_type else packed
            except zlib.error:
                raise BROKEN from None
            packed, out, self._left = inflate.unconsumed_tail, out + len(piece), self._left - len(piece)
            if self._left < 0:
                raise EXPLODES
            yield piece
        if out != item.file_size or not (inflate.eof or item.compress_type == 0):
            raise BROKEN

    @cached_property
    def strings(self) -> list[str | None]:
        """The shared strings; None for those built in a way of their own, which calamine reads."""
        found = _STRING.findall(self._strings)
        return [None if odd or not plain else plain.decode("utf-8", "replace") for plain, odd in found]

    def read(self, rows: Sequence[bytes]) -> list[Sequence[Any]]:
        """These rows of a sheet (their XML, numbered from 1 without gaps) as calamine reads them, from column A on."""
        packed = io.BytesIO()
        sheet = b"<worksheet><sheetData>" + b"".join(rows) + b"</sheetData></worksheet>"
        with zipfile.ZipFile(packed, "w") as book:
            for name, text in (
                ("_rels/.rels", _ROOT), ("xl/_rels/workbook.xml.rels", _INNER), ("xl/styles.xml", self._styles),
                ("xl/workbook.xml", _BOOK.format(self._since_1904)), ("xl/sharedStrings.xml", self._strings),
                ("xl/worksheets/sheet1.xml", sheet),
            ):  # fmt: skip
                book.writestr(name, text)
        packed.seek(0)
        try:
            found = CalamineWorkbook.from_filelike(packed).get_sheet_by_index(0)
        except CalamineError:
            raise BROKEN from None
        above, before = found.start or (len(rows), 0)
        filled = [
            (*[""] * before, *(int(v) if type(v) is float and v.is_integer() else v for v in row))
            for row in found.to_python()
        ]
        return [()] * above + filled + [()] * (len(rows) - above - len(filled))


def read_table(book: Workbook, name: str) -> Table | None:
    """The cells of a sheet as calamine would give them; None when nothing is filled."""
    reader = _Reader(book, name)
    rest, mark, prefix = b"", b"<row", b""
    for number, piece in enumerate(book.unpack(book.sheets[name])):
        if number == 0:
            if not (begun := re.search(rb"<(\w+:)?worksheet\b", piece)):
                raise BROKEN  # not UTF-8 either
            prefix = begun[1] or b""
            mark = b"<" + prefix + b"row"
        if b"<!" in piece or len(rest) > 8 * PIECE:  # no spreadsheet writes such
            raise BROKEN
        text = rest + piece
        cut = max(text.rfind(mark), 0)
        rest, text = text[cut:], text[:cut]
        reader.take(text.replace(b"<" + prefix, b"<").replace(b"</" + prefix, b"</") if prefix else text)
    reader.take(rest.replace(b"<" + prefix, b"<").replace(b"</" + prefix, b"</") if prefix else rest)
    return reader.table()


class _Reader:
    """One sheet on its way: rows taken at once because they are built in the `learned` way, others set aside."""

    def __init__(self, book: Workbook, name: str) -> None:
        self._book, self._name = book, name
        self._rows: dict[int, Sequence[Any]] = {}  # number → cells from column A on
        self._odd: list[tuple[int, bytes]] = []
        self._width, self._last = 1, 0
        self._learn([], [])

    def take(self, text: bytes) -> None:
        """Whole rows of a sheet's XML."""
        if not (found := self._pattern.findall(text)):
            return
        said, *cells, odd = zip(*found, strict=True)
        numbers = [int(n or _number(piece)) for n, piece in zip(said, odd, strict=True)]
        if not all(map(operator.lt, [self._last, *numbers], numbers)) or numbers[-1] > LAST_ROW:
            raise BROKEN
        self._last = numbers[-1]
        if any(odd):
            for number, piece in zip(numbers, odd, strict=True):
                if piece:
                    self._set_aside(number, piece)
            numbers, *cells = (list(compress(column, said)) for column in (numbers, *cells))
        read = {c: self._values(k, values) for c, k, values in zip(self._columns, self._kinds, cells, strict=True)}
        blank = [""] * len(numbers)
        rows = zip(*(read.get(column, blank) for column in range(max(read, default=-1) + 1)), strict=True)
        self._rows |= compress(zip(numbers, rows, strict=False), map(any, zip(*cells, strict=True)))
        if len(self._rows) * self._width > CELLS:
            raise too_many()
        if self._odd and not read:
            self._read_odd()

    def _values(self, kind: str, column: Sequence[bytes]) -> list[Any]:
        if kind == "n":
            try:
                return list(map(int, column))
            except ValueError:
                return [int(v) if v.lstrip(b"-").isdigit() else float(v) if v else "" for v in column]
        if kind == "inlineStr":
            return [v.decode("utf-8", "replace") for v in column]
        strings = self._book.strings
        return [strings[int(v)] if v else "" for v in column]

    def _set_aside(self, number: int, piece: bytes) -> None:
        piece = _EMPTY_CELL.sub(b"", piece)
        cells = _CELL.findall(piece)
        if not cells:
            return
        letters = cells[-1][0]
        self._width = max(self._width, width := _column(letters) if letters else len(cells))
        if width > LAST_COLUMN:
            told = f"工作表“{self._name}”{letters.decode()}{number} 单元格离表格太远，超过了 {LAST_COLUMN} 列。"
            raise Refused(told, "请删去多余的列后重新保存。")
        if b"<f" in piece:
            self._demand_values(cells)
        if (len(self._odd) + 1) * self._width > ODD_CELLS:
            self._read_odd()
        self._odd.append((number, piece))

    def _demand_values(self, cells: Sequence[tuple[bytes, ...]]) -> None:
        """A formula counts by the value that was saved with it; without one, or of another file, it is refused."""
        for letters, number, attributes, body in cells:
            where = f"工作表“{self._name}”{letters.decode()}{number.decode()} 单元格"
            if self._book.linked and b"<f" in body and _ELSEWHERE.search(body):
                raise Refused(f"{where}的公式引用了别的文件，不予导入。", "请复制后“选择性粘贴”为数值，再保存。")
            if b"<f" in body and b'"str"' not in attributes and not re.search(rb"<v\b[^>/]*>[^<]", body):
                raise Refused(f"{where}是公式，文件里没有它的计算结果。", "请用 Excel 打开并保存一次，或改填数值。")

    def _read_odd(self) -> None:
        """Let calamine read what was set aside, and learn from it."""
        pieces = []
        for place, (_number, piece) in enumerate(self._odd, start=1):
            row = b'%d"' % place
            body = re.sub(rb'(<c\b[^>]*? r="[A-Z]{1,3})[0-9]+"', rb"\g<1>" + row, piece.partition(b">")[2])
            pieces.append(b'<row r="' + row + b">" + body + b"</row>")
        rows = self._book.read(pieces)
        self._rows |= ((number, row) for (number, _piece), row in zip(self._odd, rows, strict=True) if row)
        self._learn(pieces[:LEARNED], rows)
        self._odd.clear()

    def _learn(self, pieces: Sequence[bytes], rows: Sequence[Sequence[Any]]) -> None:
        """How most cells of each column are built, of those taken here for just what calamine took them for."""
        ways: dict[int, Counter[tuple[str, bytes]]] = {}
        wrong = set()
        for piece, row in zip(pieces, rows, strict=False):
            for letters, _row, attributes, body in _CELL.findall(piece):
                kind = re.search(rb' t="(\w+)"', attributes)
                way = (kind[1].decode() if kind else "n"), attributes
                if way[0] in _BODY and letters and (inner := re.fullmatch(_BODY[way[0]], body)):
                    held = row[_column(letters) - 1]
                    if self._values(way[0], [inner[1]]) != [held] or isinstance(held, bool):
                        wrong.add(way)
                    ways.setdefault(_column(letters), Counter())[way] += 1
        best = {column: max(good, key=lambda w: found[w]) for column, found in sorted(ways.items())
                if (good := found.keys() - wrong)}  # fmt: skip
        self._columns, self._kinds = [column - 1 for column in best], [kind for kind, _attributes in best.values()]
        cells = [
            rb'(?:<c r="%s\1"(?:%s>%s</c>|[^>/]*/>))?+' % (_letters(column), re.escape(attributes), _BODY[kind])
            for column, (kind, attributes) in best.items()
        ]
        alike = rb'<row r="([0-9]{1,7})"[^>]*>' + b"".join(cells) + b"</row>|" if cells else b"()(?!)|"
        self._pattern = re.compile(alike + _ODD)

    def table(self) -> Table | None:
        if self._odd:
            self._read_odd()
        if not self._rows:
            return None
        numbers = sorted(self._rows)
        width = max(map(len, self._rows.values()))
        blank = ("",) * width
        rows: list[Sequence[Any]] = [blank] * (numbers[-1] - numbers[0] + 1)
        for number in numbers:
            row = self._rows.pop(number)
            rows[number - numbers[0]] = row if len(row) == width else (*row, *blank[len(row) :])
        return Table(numbers[0], 1, rows)


def _number(piece: bytes) -> bytes:
    found = re.match(rb'[^>]*? r="([0-9]{1,7})"', piece)
    return found[1] if found else b"0"


def _column(letters: bytes) -> int:
    """A → 1, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _letters(column: int) -> bytes:
    letters = b""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = bytes([65 + rest]) + letters
    return letters
