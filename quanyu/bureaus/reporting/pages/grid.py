"""A statutory form as the page, the print and the phone show it: one line a cell, with what stands beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from django.utils.translation import gettext as _

from quanyu.bureaus.reporting.reads import draft as reads
from quanyu.bureaus.reporting.reads.checks import complaints
from quanyu.bureaus.reporting.reads.context import context
from quanyu.facts.cells import Complaint
from quanyu.facts.templates_xlsx import Printed
from quanyu.measures.periods import Period
from quanyu.pagekit import format
from quanyu.pagekit.format import named
from quanyu.people.models import Organisation
from quanyu.registry.identity import Expression, parse_expression
from quanyu.registry.model import Field, Form, Registry

CIRCLED = "①②③④⑤⑥⑦⑧⑨"
NUMERIC = ("integer", "decimal")


@dataclass(frozen=True)
class Line:
    """One line of the form. `text`: the cell as it stands; `before`, `last`: what its cumulated columns start from.

    `asked`: code of a 核实性 check, what it is called, what was said. `terms`: the sum a page keeps live.
    """

    field: Field
    mark: str
    indent: int
    unit: str
    text: str
    before: Decimal | None
    last: Decimal | None
    total: str
    growth: str
    origin: str
    terms: str
    complaints: Sequence[Complaint]
    asked: Sequence[tuple[str, str, str]]

    @property
    def numeric(self) -> bool:
        return self.field.type in NUMERIC

    @property
    def mood(self) -> str:
        return "wrong" if any(c.mood == "wrong" for c in self.complaints) else "unwise" if self.complaints else ""


class Grid:
    """The whole sheet: who, for when, its lines, and with `checked` what must be mended and what explained."""

    def __init__(
        self, registry: Registry, form: Form, organisation: Organisation, period: str, working: reads.Working,
        on: dt.date, checked: bool = False,
    ) -> None:  # fmt: skip
        self.registry, self.form, self.organisation, self.period = registry, form, organisation, Period.parse(period)
        self.working, self.checked = working, checked
        self.clean, found = complaints(registry, form, organisation, period, working.cells, on=on)
        self.complaints = found if checked else []

    @property
    def wrong(self) -> list[Complaint]:
        return [c for c in self.complaints if c.mood == "wrong"]

    @property
    def unwise(self) -> list[Complaint]:
        return [c for c in self.complaints if c.mood == "unwise"]

    @property
    def problems(self) -> list[tuple[str, str, list[tuple[str, str]]]]:
        """What the summary lists: what must be mended, then what must be explained, each with its cell's address."""
        first = self.form.fields[0].name
        told = (("wrong", _("必须改正（强制性）"), self.wrong), ("unwise", _("需要说明（核实性）"), self.unwise))
        return [
            (m, words, [(c.message, f"#c-{_place(c) or first}") for c in found]) for m, words, found in told if found
        ]

    @property
    def whole_period(self) -> str:
        """2024年1—9月 where the sheet shows the sum, else the period itself."""
        return format.period(self.period.ytd() if self.form.cumulated else self.period)

    @property
    def columns(self) -> int:
        return 7 if self.form.cumulated else 4

    @property
    def carried(self) -> str:
        """25 项中 17 项由2024年8月结转、辅助账带入 (computed cells counted in)."""
        sources = list(dict.fromkeys(map(reads.told, self.working.origins.values())))
        if any(f.formula for f in self.form.fields):
            sources.append(_("自动计算"))
        said = {"all": len(self.form.fields), "known": self.working.known, "from": _("、").join(sources)}
        return _("%(all)s 项中 %(known)s 项不用填：%(from)s") % said if self.working.known else ""

    @cached_property
    def lines(self) -> list[Line]:
        around = context(self.registry, self.form, self.organisation, str(self.period)) if self.form.cumulated else {}
        by_cell: dict[str, list[Complaint]] = {}
        for complaint in self.complaints:
            by_cell.setdefault(_place(complaint) or self.form.fields[0].name, []).append(complaint)
        marks, made, asked, notes = _marks(self.form), list[Line](), set[str](), self.working.notes
        for f in self.form.fields:
            mine, value, origin = by_cell.get(f.name, []), self.clean.get(f.name), self.working.origins.get(f.name, "")
            codes = {c.code: named(self.registry.edits, c.code) for c in mine if c.mood == "unwise" and c.code}
            number = Decimal(value) if value is not None and f.type in NUMERIC else None
            before, last = (around.get(f"{head}.{f.name}") for head in ("cumulated", "last_cumulated"))
            total = number if f.stock or before is None else Decimal(before) + (number or 0)
            rate = Decimal(100) * (total - last) / last if number is not None and total is not None and last else None
            made.append(Line(
                f, *marks[f.name], named(self.registry.units, f.unit, ""),
                self.working.cells.get(f.name, "") if number is None else format.number(number), before, last,
                format.number(total, state="undefined"), format.change(rate), reads.told(origin) if origin else "",
                terms(f.formula), mine, [(c, words, notes.get(c, "")) for c, words in codes.items() if c not in asked],
            ))  # fmt: skip
            asked |= codes.keys()
        return made

    @property
    def printed(self) -> list[Printed]:
        """The lines as the Excel sheet has them."""
        held = {**self.working.cells, **self.clean}
        return [
            Printed(
                n.field, f"{'　' * (n.indent + 1)}{n.mark}{n.field.label}{'*' if n.field.starred else ''}", n.unit,
                str(held.get(n.field.name, "")), n.before, n.last, "；".join(said for *_c, said in n.asked if said),
            )
            for n in self.lines
        ]  # fmt: skip


def _place(complaint: Complaint) -> str:
    """The cell a complaint is shown at."""
    return complaint.field or next(iter(complaint.fields), "")


def _marks(form: Form) -> dict[str, tuple[str, int]]:
    """How a line that belongs to another is introduced, `1.` and ① where the parts make the whole, else 其中：, and how
    far it is set in."""
    whole = {f.name: parse_expression(f.formula).names for f in form.fields if f.formula}
    found, counts = dict[str, tuple[str, int]](), dict[str, int]()
    for f in form.fields:
        depth, mark = found[f.parent][1] + 1 if f.parent in found else 0, _("其中：") if f.parent else ""
        if f.name in whole.get(f.parent, ()):
            n = counts[f.parent] = counts.get(f.parent, 0) + 1
            mark = f"{n}." if depth == 1 else CIRCLED[n - 1]
        found[f.name] = "" if f.label.zh.startswith(mark) else mark, min(depth, 2)
    return found


def terms(formula: str) -> str:
    """A sum or difference of cells as a page can follow it: `rd_labour:1 refund:-1`; "" for anything else."""
    found = _linear(parse_expression(formula), 1) if formula else None
    return " ".join(f"{name}:{sign}" for name, sign in found) if found else ""


def _linear(term: Expression, sign: int) -> list[tuple[str, int]] | None:
    if isinstance(term.parts, str):
        return [(term.parts, sign)]
    if isinstance(term.parts, Fraction):
        return [] if term.parts == 0 else None
    operator, left, right = term.parts
    sides = (_linear(left, sign), _linear(right, sign if operator == "+" else -sign))
    return None if operator not in "+-" or None in sides else [t for side in sides for t in side or []]
