"""A file being read: where it is, what was found wrong, row by row, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress, islice
from pathlib import Path
from typing import Any, NamedTuple

from quanyu.facts import sheets
from quanyu.facts.cells import Checked
from quanyu.facts.firms import Register
from quanyu.facts.sheets import Header, Sheet
from quanyu.registry.model import Form
from quanyu.registry.problem import Mood

BLOCK = 5000  # rows checked at a time


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong at one place of a file, and what would be right. `row` 0: the file as a whole."""

    file: str
    sheet: str
    row: int
    column: str
    message: str
    mood: Mood = "wrong"

    def __str__(self) -> str:
        sheet = f"工作表“{self.sheet}”" if self.sheet else ""
        row = f"第 {self.row} 行" if self.row else ""
        column = f" {self.column} 列" if self.column else ""
        return f"“{self.file}”{sheet}{row}{column}：{self.message}"


@dataclass(slots=True)
class Outcome:
    """What became of a file. `loaded` is False when it was refused or only tried; `refused` counts rows not loaded.

    `problems` must be mended, `warnings` should be explained, `notes` tell what was converted or passed over.
    `form` is what the file was read as: a form key, or `standings`.
    """

    file: str
    form: str = ""
    period: str = ""
    rows: int = 0
    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    refused: int = 0
    loaded: bool = False
    problems: list[RowProblem] = field(default_factory=list)
    warnings: list[RowProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused_file: Path | None = None

    @property
    def ok(self) -> bool:
        return not self.problems


@dataclass(slots=True)
class Reading:
    """A sheet being read: where things are, which rows were refused and why."""

    outcome: Outcome
    sheet: Sheet
    header: Header
    register: Register
    form: Form | None = None  # standings have none
    period: str = ""
    bad: dict[int, list[str]] = field(default_factory=dict)  # row → messages
    seen: dict[tuple[int, str], int] = field(default_factory=dict)  # (firm, period) → row

    def complain(self, row: int, column: str, message: str, mood: Mood = "wrong") -> None:
        where = self.sheet.letter(self.header.columns[column]) if column in self.header.columns else ""
        problem = RowProblem(self.outcome.file, self.sheet.name, row, where, message, mood)
        if mood == "unwise":
            self.outcome.warnings.append(problem)
            return
        self.outcome.problems.append(problem)
        self.bad.setdefault(row, []).append(message)

    def cell(self, row: Sequence[Any], name: str) -> str:
        column = self.header.columns.get(name)
        return "" if column is None else sheets.text_of(row[column])

    def blocks(self) -> Iterator[tuple[Sequence[int], list[Sequence[Any]]]]:
        """Row numbers and rows, some thousand at a time; rows that say nothing left out, a second header refused.

        A row prepared with a firm or period and filled no further says nothing; such firms are counted in a note.
        """
        columns = self.header.columns
        key = next(column for name, column in columns.items() if name in sheets.FIRM)
        told = [column for name, column in columns.items() if name not in sheets.FIRM | sheets.PERIOD]
        lead = told[0] if told else key
        odd, rows, untouched = {"", None, self.header.titles[key]}, iter(self.sheet.rows), 0
        first = self.sheet.top + sum(1 for _skipped in islice(rows, self.header.data))
        while block := list(islice(rows, BLOCK)):
            numbers: Sequence[int] = range(first, first + len(block))
            first += len(block)
            if any(row[key] in odd for row in block):
                for number, row in zip(numbers, block, strict=True):
                    if row[key] and sheets.is_header_again(row, self.header):
                        self.complain(number, "", "这里又出现一行表头，请删去。")
            says = [row[lead] not in ("", None) or any(is_filled(row[c]) for c in told) for row in block]
            if not all(says) or self.bad:
                untouched += sum(is_filled(row[key]) for row, said in zip(block, says, strict=True) if not said)
                kept = [said and n not in self.bad for n, said in zip(numbers, says, strict=True)]
                numbers, block = list(compress(numbers, kept)), list(compress(block, kept))
            self.outcome.rows += len(block)
            yield numbers, block
        if untouched:
            self.outcome.notes.append(f"有 {untouched} 家单位只有名称、没有填数，没有导入。")

    def kept(self, blocks: Iterable[Block]) -> Iterator[Row]:
        """Every row that was not refused."""
        for block in blocks:
            for index, (number, firm, month) in enumerate(zip(block.numbers, block.firms, block.periods, strict=True)):
                if number not in self.bad and firm is not None:
                    yield Row(number, firm, month, block.checked, index)


class Row(NamedTuple):
    """A sound row; its cells are put together only when asked for."""

    number: int
    firm: int
    period: str
    checked: Checked
    index: int

    @property
    def cells(self) -> dict[str, Any]:
        return self.checked.row(self.index)


@dataclass(slots=True)
class Block:
    numbers: Sequence[int]
    firms: list[int | None]
    periods: list[str]
    checked: Checked


def is_filled(cell: Any) -> bool:
    return cell not in ("", None)
