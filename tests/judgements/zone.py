"""A small plan in memory: one indicator at a time, and figures written down by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from quanyu.judgements.status import judge
from quanyu.judgements.verdict import Verdict
from quanyu.measures.periods import Period
from quanyu.measures.points import Point
from quanyu.registry.model import (
    Column,
    Contract,
    Dated,
    Department,
    Indicator,
    Label,
    Lamps,
    Plan,
    Registry,
    Role,
    TitleKind,
    Unit,
)
from quanyu.registry.problem import Place, Problem

HERE = Place("test/plan.yaml", 1)
ON = dt.date(2024, 10, 15)


STANDING = {"title": "text", "level": "text", "person": "text", "valid_from": "date", "valid_to": "date"}


def unit(key: str, zh: str, en: str, dimension: str, factor: str, decimals: int) -> Unit:
    return Unit(key, Label(zh, en), dimension, Decimal(factor), decimals, HERE)


UNITS = {
    u.key: u
    for u in (
        unit("firm", "家", "firms", "count:firm", "1", 0),
        unit("piece", "件", "pieces", "count:piece", "1", 0),
        unit("percent", "%", "%", "share", "0.01", 2),
        unit("pp", "个百分点", "percentage points", "share", "0.01", 2),
        unit("yi_yuan", "亿元", "hundred million yuan", "money", "100000000", 2),
    )
}


@dataclass(frozen=True)
class Ledger:
    """Figures by period, for the only indicator there is."""

    held: dict[Period, Point] = field(default_factory=dict)
    said: dict[Period, Point] = field(default_factory=dict)

    def points(self, indicator: str) -> dict[Period, Point]:
        return self.held

    def published(self, indicator: str) -> dict[Period, Point]:
        return self.said


def figure(period: str, value: str | None, state: str = "", **more: Any) -> tuple[Period, Point]:
    """One figure of the zone."""
    number = None if value is None else Decimal(value)
    state = state or ("missing" if value is None else "ok")
    given = {"reports": 0, "expected": 0, "origin": "computed"} | more
    when = Period.parse(period)
    return when, Point("it", "zone", "", when, number, number, None, state, **given)


def ledger(**values: str | None) -> Ledger:
    """`ledger(m2024_09="263")`: figures by period; None is a figure that is missing."""
    return Ledger(dict(figure(name[1:].replace("_", "-"), value) for name, value in values.items()))


def said(**values: str) -> Ledger:
    """`said(y2023="3")`: figures by period that somebody published; `s2021_2023` is a span of years."""
    rows = [figure(n[1:].replace("_", "/" if n[0] == "s" else "-"), v, origin="published") for n, v in values.items()]
    return Ledger({t: p for t, p in rows if t.kind != "span"}, dict(rows))


def indicator(**fields: Any) -> Indicator:
    """A stock counted in firms, 176 → 350 from the end of 2020 to the end of 2025, unless told otherwise."""
    given: dict[str, Any] = {
        "key": "it",
        "label": Label("它", "it"),
        "unit": "firm",
        "nature": "stock",
        "direction": "higher",
        "quantity": "it",
        "place": HERE,
        "cites": (),
        "baseline": "176",
        "target": "350",
        "baseline_year": 2020,
        "target_year": 2025,
        "formula": "count(distinct firm)",
        "window": "point",
        "source": "science",
        "frequency": "month",
        "lamps": "default",
    } | fields
    for name in ("baseline", "target"):
        value = given[name]
        given[name] = () if value is None else (Dated(dt.date(2021, 1, 1), Decimal(value), "专栏1"),)
    return Indicator(**given)


def registry(it: Indicator, *findings: Problem, **more: Any) -> Registry:
    """The definitions around one indicator, with what the plan linter is to have found."""
    made = Registry(
        "0" * 64,
        ("test",),
        units=UNITS,
        indicators={"it": it},
        contracts={
            "standing": Contract(
                "standing",
                Label("资格"),
                HERE,
                "standing",
                {name: Column(name, Label(name), kind) for name, kind in STANDING.items()},
            )
        },
        titles={key: TitleKind(key, Label(key), HERE) for key in ("lab", "big")},
        roles={"science": Role("science", Label("科技工作", "science work"), HERE)},
        departments={"office": Department("office", Label("科技局", "Science Bureau"), "department", HERE)},
        lamps={"default": Lamps("default", Label("默认", "default"), HERE, {}, Decimal("0"), Decimal("-15"))},
        plans={
            "plan": Plan(
                "plan",
                Label("规划", "plan"),
                HERE,
                dt.date(2021, 1, 1),
                dt.date(2025, 12, 31),
                Label("园区", "zone"),
                (),
                holders={"science": "office"},
            )
        },
        **more,
    )
    made.__dict__["findings"] = findings  # the linter has its own tests; here only its answer matters
    return made


def verdict(figures: Ledger, period: str = "2024-09", on: dt.date = ON, **fields: Any) -> Verdict:
    """The verdict on an indicator with these fields, by these figures."""
    it = indicator(**fields)
    return judge(registry(it), it, figures, Period.parse(period), on)


def codes(v: Verdict) -> list[str]:
    return [r.code for r in v.reasons]
