"""Was a whole column typed in another unit? Amounts that all jump by the same power of ten against earlier reports, or
against what other sources say of the same firms and period."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from statistics import median
from typing import Any

from quanyu.facts import reads
from quanyu.measures.periods import Period
from quanyu.registry.model import Form, Registry, Unit

SAMPLE = 2000  # rows looked at
FEWEST = 3  # amounts needed to speak of a whole column
ALIKE = 0.6  # share of them that must jump alike
WIDTH = 0.25  # how far from an exact power of ten, in decades

Cells = Mapping[int, Mapping[str, Any]]
"""Firm → field → amount, in the unit of the form's field."""
Beside = Callable[[str, Collection[int]], Cells]
"""What other sources say of a period and firms, as amounts of about the size that the form's fields should have."""


def suspected(
    form: Form, registry: Registry, rows: Iterable[tuple[int, str, Mapping[str, Any]]], beside: Beside | None = None
) -> list[str]:
    """One sentence for each unit that seems to have been used by mistake; rows are (firm, period, cells)."""
    sample = list(islice(rows, SAMPLE))
    months: dict[str, set[int]] = {}
    for firm, month, _cells in sample:
        months.setdefault(month, set()).add(firm)
    earlier = {month: _earlier(form, month, firms) for month, firms in months.items()}
    if (found := list(_told(form, registry.units, sample, earlier, "以往"))) or beside is None:
        return found
    others = {month: beside(month, firms) for month, firms in months.items()}
    return list(_told(form, registry.units, sample, others, "其他来源数据"))


def _told(
    form: Form, units: Mapping[str, Unit], sample: Sequence[tuple[int, str, Mapping[str, Any]]],
    before: Mapping[str, Cells], what: str,
) -> Iterator[str]:  # fmt: skip
    money = {f.name: f for f in form.fields if f.unit in units and units[f.unit].dimension == "money"}
    decades = _decades(money, sample, before)
    if all(len(jumps) < FEWEST for jumps in decades.values()):
        pooled = [jump for jumps in decades.values() for jump in jumps]
        decades = {name: pooled for name, jumps in decades.items() if jumps}
    found: dict[tuple[str, str, int], list[str]] = {}
    for name, jumps in decades.items():
        power = round(median(jumps)) if len(jumps) >= FEWEST else 0
        if power and sum(abs(jump - power) < WIDTH for jump in jumps) >= ALIKE * len(jumps):
            own = units[money[name].unit]
            if typed := _unit(units, own, power):
                found.setdefault((own.label.zh, typed.label.zh, power), []).append(money[name].label.zh)
    for (own_label, typed_label, power), labels in found.items():
        which = f"“{labels[0]}”" + (f"等 {len(labels)} 项" if len(labels) > 1 else "")
        times = f"{10**power} 倍" if power > 0 else f"1/{10**-power}"
        told = f"{which}整列约为{what}的 {times}，疑似把{typed_label}当{own_label}"
        yield f"{told}；请改正单位，如属实请在导入时写明原因。"


def _earlier(form: Form, month: str, firms: Collection[int]) -> Cells:
    """The cells of the period before, or a year before, whichever is the likelier to be alike."""
    period = Period.parse(month)
    nearest = [period.previous(), period.year_ago()]
    if period.kind in ("quarter", "half_year"):  # often cumulated, so like goes with like a year ago
        nearest.reverse()
    first, second = (reads.current_cells(form.key, each, firms) for each in nearest)
    return second | first


def _decades(
    money: Iterable[str], sample: Sequence[tuple[int, str, Mapping[str, Any]]], before: Mapping[str, Cells]
) -> dict[str, list[float]]:
    """For each field: log10 of the value against the one before, where both are positive."""
    jumps: dict[str, list[float]] = {name: [] for name in money}
    for firm, month, cells in sample:
        last = before[month].get(firm)
        if last is None:
            continue
        for name, found in jumps.items():
            now, then = float(cells.get(name) or 0), float(last.get(name) or 0)
            if now > 0 and then > 0:
                found.append(math.log10(now / then))
    return jumps


def _unit(units: Mapping[str, Unit], own: Unit, power: int) -> Unit | None:
    """The unit of money in which amounts come out 10**power times what they should."""
    factor = own.factor.scaleb(-power)
    return next((u for u in units.values() if u.dimension == own.dimension and u.factor == factor), None)
