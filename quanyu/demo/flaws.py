"""What goes wrong at desks, on purpose and in known numbers: late, missing, corrected, mistyped, withdrawn reports."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quanyu.demo.shape import Filing, Shape

MONEY = (
    "revenue",
    "rd_expense",
    "rd_labour",
    "rd_materials",
    "rd_depreciation",
    "rd_amortisation",
    "rd_design",
    "rd_trial",
    "rd_outsourced",
    "rd_outsourced_domestic",
    "rd_other",
    "rd_gov_funded",
    "rd_fixed_assets",
    "new_product_revenue",
    "hightech_revenue",
    "export_revenue",
    "tax_paid",
    "super_deduction",
)
PARTS = (*MONEY[2:9], "rd_other")
"""The eight parts of R&D expense, in the form's order."""
INSIDE = ("rd_outsourced_domestic", "rd_gov_funded", "super_deduction")
"""What is part of R&D expense without being one of the eight."""
MENDED = ("corrected", "unit_slip", "withdrawn")
"""Flaws that somebody notices some weeks later; they are not put on the last months, where nobody has had the time."""
KINDS = (*MENDED, "missing", "late", "electricity_slip", "swing")


@dataclass(frozen=True, slots=True)
class Lot:
    """Rows to draw from by weight; `upto` are the weights summed up."""

    rows: Sequence[Sequence[Any]]
    upto: Sequence[int]

    def draw(self, rng: Random) -> Sequence[Any]:
        return self.rows[bisect_right(self.upto, int(rng.random() * self.upto[-1]))]


class Flaws:
    """Deals the flaws out month by month: rates are per 10,000 reports expected, carried over, so totals are exact."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.rates: Mapping[str, Any] = shape.settings["flaws"]
        self.owed = dict.fromkeys(KINDS, 0)

    def _due(self, kind: str, expected: int, last: bool) -> int:
        self.owed[kind] += expected * int(self.rates[kind])
        if last and kind in MENDED:
            return 0
        now, self.owed[kind] = divmod(self.owed[kind], 10_000)
        return now

    def month(self, month: int, right: Iterator[Filing]) -> tuple[list[Filing], list[Filing]]:
        """The month's reports as filed, and the later ones that mend or withdraw some of them."""
        rows = list(right)
        rng, last = self.shape.random(f"flaws/{month}"), month > self.shape.months[-1] - 2
        order = rng.sample(range(len(rows)), len(rows))
        dealt: dict[int, str] = {}
        extra = self.rates["missing_at_the_end"].get(rows[0].period, 0) * len(rows) // 10_000
        for kind in KINDS:
            number = self._due(kind, len(rows), last) + (extra if kind == "missing" else 0)
            for _ in range(number):
                dealt[self._take(order, rows, kind)] = kind
        first, later = [], []
        for k, row in enumerate(rows):
            kind = dealt.get(k, "")
            if kind == "missing":
                continue
            filed, mended = self._spoil(rng, row, kind) if kind else (row, None)
            first.append(filed)
            if mended:
                later.append(mended)
        return first, sorted(later, key=lambda f: f.filed_at)

    def _take(self, order: list[int], rows: Sequence[Filing], kind: str) -> int:
        """The next row in the shuffled order; wild figures fall on small firms with R&D, lest they drown the zone's."""
        if kind not in ("swing", "unit_slip"):
            return order.pop()
        fit = (k for k, index in enumerate(order) if 0 < int(rows[index].cells["rd_expense"]) < 900)
        return order.pop(next(fit, -1))

    def _spoil(self, rng: Random, row: Filing, kind: str) -> tuple[Filing, Filing | None]:
        cells = dict(row.cells)
        weeks = dt.timedelta(days=9 + int(rng.random() * 40), hours=int(rng.random() * 3))
        room = dt.datetime.combine(self.shape.last_day, dt.time(17))
        mended = replace(row, filed_at=min(row.filed_at + weeks, room), flaw=kind)
        if kind == "late":
            due = dt.datetime.combine(row.filed_at.date().replace(day=1), row.filed_at.time())
            due += dt.timedelta(days=self.shape.due_days["qy101"] + int(rng.random() * 30))
            return replace(row, filed_at=min(due, room), flaw=kind), None
        if kind == "withdrawn":
            return replace(row, flaw=kind), replace(mended, withdraw=True, reason="重复报送，企业申请撤回")
        if kind == "electricity_slip":
            return replace(row, cells=cells | {"electricity": int(cells["electricity"]) * 1000}, flaw=kind), None
        if kind == "unit_slip":
            wrong = cells | {name: int(cells[name]) * 1000 for name in MONEY}
            return replace(row, cells=wrong, flaw=kind), replace(mended, reason="金额误按元填报，更正为千元")
        if kind == "swing":
            return replace(row, cells=cells | _grown(cells, 4, 1), flaw=kind), None
        wrong = cells | _grown(cells, 94 + int(rng.random() * 5), 100)
        return replace(row, cells=wrong, flaw=kind), replace(mended, reason=rng.choice(self.rates["reasons"]))


def _grown(cells: Mapping[str, int | str], by: int, of: int) -> dict[str, int | str]:
    """R&D by/of times as large, its parts still summing to the whole, revenue left as it is."""
    rd = int(cells["rd_expense"]) * by // of
    parts = {name: int(cells[name]) * by // of for name in PARTS}
    parts["rd_other"] += rd - sum(parts.values())
    inside = {name: int(cells[name]) * by // of for name in INSIDE}
    return {"rd_expense": rd, **parts, **inside}
