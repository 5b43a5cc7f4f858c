"""What a firm's R&D ledger says of a month: its columns recognised, its postings summed up by cost category."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from quanyu.bureaus.reporting.models import LedgerMapping
from quanyu.facts import sheets
from quanyu.facts.cells import clean_date, clean_number
from quanyu.measures.periods import BadPeriod, Period, month_index
from quanyu.people.models import Organisation
from quanyu.registry.model import Field, Form, Ledger, Registry
from quanyu.registry.problem import Refused

ROLES = ("date", "category", "amount")
KINDS = 60
"""More different words than this in one column are no cost categories."""


@dataclass
class LedgerSheet:
    """One ledger as handed in, with what its columns and words are taken to mean."""

    ledger: Ledger
    fields: Sequence[Field]  # the cells of the form that a ledger can fill
    titles: Sequence[str]
    rows: Sequence[tuple[int, Sequence[Any]]]  # the postings, with the row numbers a spreadsheet shows
    columns: dict[str, str] = field(default_factory=dict)  # title → date, category, amount, a field, ""
    categories: dict[str, str] = field(default_factory=dict)  # word → field or ""
    unit: str = ""

    def place(self, role: str) -> int | None:
        return next((i for i, title in enumerate(self.titles) if title and self.columns.get(title) == role), None)

    @property
    def words(self) -> list[tuple[int, str, str | None]]:
        """The different words in the column of categories: number, word, the field it goes to (None: nobody said)."""
        at = self.place("category")
        found = dict.fromkeys(w for _n, row in self.rows if (w := sheets.text_of(row[at]))) if at is not None else {}
        return [(n, word, self.categories.get(word)) for n, word in enumerate(found)][:KINDS]

    @property
    def samples(self) -> list[tuple[int, str, str, str]]:
        """For the page: number, title, first values and meaning of each column."""
        first = ["、".join(sheets.text_of(row[i])[:20] for _n, row in self.rows[:3]) for i in range(len(self.titles))]
        return [(i, title, first[i], self.columns[title]) for i, title in enumerate(self.titles) if title]

    @property
    def open(self) -> bool:
        """Does a person have to say what something means?"""
        told = set(self.columns.values())
        if "category" in told:
            return "amount" not in told or any(name is None for _n, _word, name in self.words)
        return told.isdisjoint(self.ledger.fields)

    def understand(self, mapping: LedgerMapping | None) -> None:
        """Take what was confirmed last time, then what the words say by themselves."""
        known, taken = _meanings(self.ledger, self.fields), set[str]()
        columns, self.categories = (mapping.columns, dict(mapping.categories)) if mapping else ({}, {})
        for title in filter(None, self.titles):
            said = columns.get(title, known.get(sheets.heading(title), ""))
            self.columns[title] = "" if said in taken else said
            taken.add(said)
        self.unit = mapping.unit if mapping else self.ledger.unit
        for _n, word, name in self.words:
            if name is None and sheets.heading(word) in known:
                self.categories[word] = known[sheets.heading(word)]

    def told(self, given: Mapping[str, str]) -> None:
        """Take what a person said on the page: `col-<n>` of a column, `cat-<n>` of a word, `unit`."""
        allowed = {*ROLES, *(f.name for f in self.fields)}
        for n, title, _first, _role in self.samples:
            self.columns[title] = said if (said := given.get(f"col-{n}", "")) in allowed else ""
        self.unit = given["unit"] if given.get("unit") in self.ledger.units else self.unit
        for n, word, _name in self.words:
            if (said := given.get(f"cat-{n}")) is not None:
                self.categories[word] = said if said in allowed else ""

    def sums(self, registry: Registry, period: str) -> dict[str, str]:
        """Field name → the month's sum in the field's unit, rounded half up to whole units; at least one of them.

        Rows without a date (totals, carried balances) are passed over where the ledger has a column of dates.
        """
        month, day = Period.parse(period), self.place("date")
        category, amount = self.place("category"), self.place("amount")
        wide = [(i, self.columns[t]) for i, t in enumerate(self.titles) if self.columns.get(t) in self.ledger.fields]
        found: dict[str, Decimal] = {}
        for number, row in self.rows:
            if day is not None and _month(row[day], number) not in range(month.first_month, month.last_month + 1):
                continue
            at = [(amount, self.categories.get(sheets.text_of(row[category]), ""))] if category is not None else wide
            for index, name in at:
                if name and index is not None:
                    found[name] = found.get(name, Decimal(0)) + _amount(row[index], number, self.titles[index])
        if not found:
            told = f"这本账里没有{month.label('zh')}的研发费用。"
            raise Refused(told, "请核对日期列和费用类别的对应，或换用本月的账。")
        factors = {f.name: registry.units[self.unit].factor / registry.units[f.unit].factor for f in self.fields}
        return {n: str((found[n] * f).quantize(Decimal(1), "ROUND_HALF_UP")) for n, f in factors.items() if n in found}


def _month(cell: Any, number: int) -> int | None:
    """The month a posting belongs to; None for a row without a date."""
    text = sheets.text_of(cell)
    if not text:
        return None
    try:
        return month_index(dt.date.fromisoformat(str(clean_date(cell))))
    except ValueError:
        pass
    try:
        return Period.parse(text).last_month
    except BadPeriod:
        if not any(c.isdigit() for c in text):  # 合计, 期初余额
            return None
        raise Refused(f"辅助账第 {number} 行的日期“{text}”看不懂。", "请写成 2024-09-30。") from None


def _amount(cell: Any, number: int, title: str) -> Decimal:
    try:
        return clean_number(cell) or Decimal(0)
    except ValueError:
        told = f"辅助账第 {number} 行“{title}”填的是“{sheets.text_of(cell)}”，不是数字。"
        raise Refused(told, "请改正后再导入。") from None


def _meanings(ledger: Ledger, fields: Sequence[Field]) -> dict[str, str]:
    """What a word means: the column's role, or the field it goes to."""
    own = [(w, f.name) for f in fields for w in (f.label.zh, f.label.en, f.name)]
    roles = [(word, role) for role in ROLES for word in getattr(ledger, role)]
    return {
        sheets.heading(w): name
        for w, name in [*own, *((w, name) for name, words in ledger.fields.items() for w in words), *roles]
    }


def mapping_of(ledger: Ledger, organisation: Organisation) -> LedgerMapping | None:
    """What was confirmed last time."""
    return LedgerMapping.objects.filter(ledger=ledger.key, organisation=organisation).first()


def read_ledger(ledger: Ledger, form: Form, path: Path, mapping: LedgerMapping | None) -> LedgerSheet:
    """The row whose titles say most of a ledger, with all below it; refused when there is no table."""
    fields = [f for f in form.fields if f.name in ledger.fields and not f.formula]
    known = {*_meanings(ledger, fields), *(sheets.heading(title) for title in (mapping.columns if mapping else ()))}
    best: tuple[int, LedgerSheet] | None = None
    for sheet in sheets.read_sheets(path):
        rows = list(enumerate(iter(sheet.rows), sheet.top))
        for at, (_number, row) in enumerate(rows[: sheets.HEADER_WITHIN]):
            titles = [sheets.text_of(cell) for cell in row]
            score = sum(sheets.heading(t) in known for t in titles if t)
            if sum(map(bool, titles)) > 1 and (best is None or score > best[0]):
                filled = [(n, below) for n, below in rows[at + 1 :] if any(map(sheets.text_of, below))]
                best = score, LedgerSheet(ledger, fields, titles, filled)
    if best is None:
        raise Refused("没有找到辅助账的表头。", "第一行应是列名，如日期、费用类别、金额。")
    best[1].understand(mapping)
    return best[1]


def ledger_for(registry: Registry, form: Form) -> Ledger | None:
    """The kind of ledger that can fill cells of a form."""
    names = {f.name for f in form.fields if not f.formula}
    return next((ledger for ledger in registry.ledgers.values() if ledger.fields.keys() & names), None)
