"""The oracle: every figure by the plainest possible reading of its definition, in exact fractions. Slow on purpose.

`tables` maps a contract to its rows, with the columns a snapshot has. For each figure the rows are sifted one by
one: by what is known on the day asked, by group, by window, by the formula's own condition; then they are added up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from typing import Any, Literal, cast

from quanyu.measures.periods import Period, month_end, month_index
from quanyu.measures.points import DEFAULT_GRAINS, Point, check_question
from quanyu.measures.source import DEPARTMENT, ORGANISATION, STANDING

from quanyu.measures.formula import (  # isort: skip
    Aggregate, Arithmetic, BoolOp, Case, Column, Comparison, Flag, Function, Holds, InList, IsNull, Measure, Moment,
    Node, Not, Null, Number, Text, timeless, window_of,
)  # fmt: skip

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]
UNDEFINED: Literal["undefined"] = "undefined"
Value = Fraction | str | None  # a figure outside aggregates; the str is UNDEFINED


def run(
    measures: Sequence[Measure], tables: Tables, periods: Sequence[Period] | Mapping[str, Sequence[Period]],
    grains: Sequence[str] = DEFAULT_GRAINS, as_of: dt.date | None = None, where: Mapping[str, object] | None = None,
) -> list[Point]:  # fmt: skip
    """Every measure in every period (or the periods of its own frequency, where a mapping is given), group by group.

    The zone always gets a point; another group only when there is some fact for it.
    """
    check_question(tuple(grains), where)
    world = _World(tables, as_of, dict(where or {}))
    points = []
    for measure in measures:
        for period in periods.get(measure.frequency, ()) if isinstance(periods, Mapping) else periods:
            for grain in grains:
                for group in world.groups(grain):
                    point = _Asked(world, measure, period, grain, group).point()
                    if grain == "zone" or point.state != "missing":
                        points.append(point)
    return points


@dataclass
class _World:
    """The facts as known on a day, and who they are about."""

    tables: Tables
    as_of: dt.date | None
    where: dict[str, object]

    def __post_init__(self) -> None:
        self.organisations = {o["firm"]: o for o in self.tables.get(ORGANISATION, ())}
        self.standings = self.known(STANDING)

    def known(self, table: str) -> list[Row]:
        """The rows of a table as they stood on the day asked (today's versions without one)."""
        rows = self.tables.get(table, ())
        if table == ORGANISATION:
            return list(rows)
        if self.as_of is None:
            return [r for r in rows if r["known_to"] is None]
        day = self.as_of
        return [r for r in rows if r["known_from"] <= day and (r["known_to"] is None or r["known_to"] > day)]

    def dimension(self, firm: int, name: str) -> str:
        return str(firm) if name == "firm" else str(self.organisations.get(firm, {}).get(name) or "")

    def is_department(self, firm: int) -> bool:
        return self.organisations.get(firm, {}).get("kind") == DEPARTMENT

    def asked_for(self, firm: int) -> bool:
        """An organisation passes the filters; departments belong to the whole zone only."""
        if self.is_department(firm) and set(self.where) - {"firm"}:
            return False
        return all(self.dimension(firm, name) == str(value) for name, value in self.where.items())

    def holds(self, firm: int, title: str, day: dt.date) -> bool:
        return any(s["firm"] == firm and s["title"] == title and _valid(s, day) for s in self.standings)

    def groups(self, grain: str) -> list[str]:
        if grain == "zone":
            return [""]
        if grain == "title":
            return sorted({s["title"] for s in self.standings if self.asked_for(s["firm"])})
        firms = [f for f in self.organisations if self.asked_for(f) and not self.is_department(f)]
        return sorted({self.dimension(f, grain) for f in firms})


@dataclass
class _Asked:
    """One question: a measure, a period, a group."""

    world: _World
    measure: Measure
    period: Period
    grain: str
    group: str

    def __post_init__(self) -> None:
        m, p = self.measure, self.period
        self.first, self.last = window_of(m.window, p.first_month, p.last_month, m.plan_start)

    def point(self) -> Point:
        tree = self.measure.tree
        top, bottom = (tree.left, tree.right) if isinstance(tree, Arithmetic) and tree.op == "/" else (tree, None)
        a, b = self.figure(top), Fraction(1) if bottom is None else self.figure(bottom)
        reports, expected = self.filed()
        fixed = (self.measure.key, self.grain, self.group, self.period)
        if a is None or b is None:
            return Point(*fixed, None, _exact(a), _exact(b), "missing", reports, expected)
        if a == UNDEFINED or b == UNDEFINED or b == 0:
            return Point(*fixed, None, _exact(a), _exact(b), "undefined", reports, expected)
        assert isinstance(a, Fraction) and isinstance(b, Fraction)
        value = a / b * self.measure.factor
        shown = (_exact(a), _exact(b))
        if shown[0] is None or shown[1] is None:
            shown = (Decimal((a / b).numerator), Decimal((a / b).denominator))
        return Point(*fixed, _rounded(value), *shown, "ok", reports, expected)

    # --- which rows ------------------------------------------------------------------------------------------------

    def mine(self, table: str, row: Row) -> bool:
        """The row belongs to the group."""
        firm = row["firm"]
        if not self.world.asked_for(firm):
            return False
        if self.grain == "zone":
            return True
        if self.world.is_department(firm):
            return False
        if self.grain == "title":
            if table == STANDING:
                return bool(row["title"] == self.group)
            return self.world.holds(firm, self.group, self.day_of(table, row))
        return self.world.dimension(firm, self.grain) == self.group

    def day_of(self, table: str, row: Row) -> dt.date:
        """The day on which the titles of a row's organisation count: the end of a report's own period, else of ours."""
        return self.period.end if table in (STANDING, ORGANISATION) else month_end(row["last_month"])

    def rows(self, aggregate: Aggregate) -> list[Row]:
        """The rows of an aggregate's contract that belong to the group and lie in time, before the formula's filter."""
        table = aggregate.contract
        return [r for r in self.world.known(table) if self.mine(table, r) and self.in_time(aggregate, r)]

    def in_time(self, aggregate: Aggregate, row: Row) -> bool:
        if aggregate.contract == ORGANISATION:
            return True
        if aggregate.contract == STANDING:
            return bool(row["valid_from"] <= self.period.end)
        if aggregate.function == "last":
            opens = 0 if self.measure.window == "point" else self.first
            return bool(opens <= row["last_month"] <= self.last)
        return bool(self.first <= row["first_month"] and row["last_month"] <= self.last)

    def filed(self) -> tuple[int, int]:
        """Reports on hand and reports expected."""
        reports = expected = 0
        for due in self.measure.expects:
            held = [r for r in self.world.known(due.contract) if self.first <= r["first_month"]]
            held = [r for r in held if r["last_month"] <= self.last and self.mine(due.contract, r)]
            reports += sum(self.world.holds(r["firm"], due.title, month_end(r["last_month"])) for r in held)
            for last in range(self.first + due.months - 1, self.last + 1):
                if (last + 1) % due.months == 0:
                    firms = {s["firm"] for s in self.world.standings}
                    must = [f for f in firms if self.world.holds(f, due.title, month_end(last))]
                    expected += sum(self.mine(due.contract, {"firm": f, "last_month": last}) for f in must)
        if not self.measure.expects:
            for table in self.measure.tables:
                if table not in (STANDING, ORGANISATION):
                    held = [r for r in self.world.known(table) if self.mine(table, r)]
                    reports += sum(self.first <= r["first_month"] and r["last_month"] <= self.last for r in held)
        return reports, expected

    # --- outside aggregates ----------------------------------------------------------------------------------------

    def figure(self, node: Node) -> Value:
        if isinstance(node, Number):
            return node.value
        if isinstance(node, Null):
            return None
        if isinstance(node, Aggregate):
            return self.aggregate(node)
        if isinstance(node, Arithmetic):
            return cast(Value, _calculate(node.op, self.figure(node.left), self.figure(node.right)))
        if isinstance(node, Function):
            return cast(Value, _apply(node.name, [self.figure(a) for a in node.arguments]))
        assert isinstance(node, Case)
        for condition, value in node.branches:
            if self.truth(condition):
                return self.figure(value)
        return self.figure(node.otherwise)

    def truth(self, node: Node) -> bool | None:
        def plain(n: Node) -> object:
            value = self.figure(n)
            return None if value == UNDEFINED else value

        return _truth(node, plain, self.truth)

    def aggregate(self, node: Aggregate) -> Value:
        in_group = self.rows(node)
        kept = [r for r in in_group if node.where is None or self.row_truth(node.where, node.contract, r)]
        if node.function == "count":
            if not self.anything_known(node, in_group):
                return None
            if node.operand is None:
                return Fraction(len(kept))
            held = [self.cell(node.operand, node.contract, r) for r in kept]
            present = [v for v in held if v is not None and v != ""]
            return Fraction(len(set(present)) if node.distinct else len(present))
        assert node.operand is not None
        given = [(r, v) for r in kept if (v := self.cell(node.operand, node.contract, r)) is not None]
        if not given:
            return None
        if node.function == "last":
            latest: dict[int, tuple[tuple[int, int], Fraction]] = {}
            for row, value in given:
                when = (row["last_month"], row["report"])
                if row["firm"] not in latest or when > latest[row["firm"]][0]:
                    latest[row["firm"]] = (when, value)
            return sum((v for _, v in latest.values()), Fraction(0))
        values: list[Fraction] = [v for _, v in given]
        if node.function == "sum":
            return sum(values, Fraction(0))
        return min(values) if node.function == "min" else max(values)

    def anything_known(self, node: Aggregate, in_group: list[Row]) -> bool:
        """Whether a count of nothing is a zero: some report of the group lies in the window; for titles and the
        register, some entry of the kind had begun anywhere in the zone."""
        if node.contract not in (STANDING, ORGANISATION):
            return bool(in_group)
        begun = [r for r in self.world.known(node.contract) if self.in_time(node, r)]
        return any(all(self.row_truth(c, node.contract, r) for c in timeless(node.where)) for r in begun)

    # --- on one row ------------------------------------------------------------------------------------------------

    def row_truth(self, node: Node, table: str, row: Row) -> bool | None:
        if isinstance(node, Moment):
            if node.name == "valid":
                return _valid(row, self.period.end)
            return self.first <= month_index(row["valid_from"]) <= self.last
        if isinstance(node, Holds):
            return self.world.holds(row["firm"], node.title, self.day_of(table, row))
        return _truth(node, lambda n: self.cell(n, table, row), lambda n: self.row_truth(n, table, row))

    def cell(self, node: Node, table: str, row: Row) -> Any:
        if isinstance(node, Number | Text):
            return node.value
        if isinstance(node, Null):
            return None
        if isinstance(node, Column):
            if node.name in ("area", "industry", "size"):
                return self.world.dimension(row["firm"], node.name)
            value = row[node.name]
            return Fraction(value) if value is not None and node.type in ("integer", "decimal") else value
        if isinstance(node, Arithmetic):
            return _calculate(node.op, self.cell(node.left, table, row), self.cell(node.right, table, row))
        if isinstance(node, Function):
            return _apply(node.name, [self.cell(a, table, row) for a in node.arguments])
        assert isinstance(node, Case)
        for condition, value in node.branches:
            if self.row_truth(condition, table, row):
                return self.cell(value, table, row)
        return self.cell(node.otherwise, table, row)


def _valid(standing: Row, day: dt.date) -> bool:
    return standing["valid_from"] <= day and (standing["valid_to"] is None or standing["valid_to"] > day)


def _truth(node: Node, value: Any, truth: Any) -> bool | None:
    """Three-valued logic as SQL has it: None where a side is missing."""
    if isinstance(node, BoolOp):
        results = [truth(o) for o in node.operands]
        decisive = node.op == "or"
        return decisive if decisive in results else None if None in results else not decisive
    if isinstance(node, Not):
        inner = truth(node.operand)
        return None if inner is None else not inner
    if isinstance(node, IsNull):
        return value(node.operand) is None
    if isinstance(node, Flag):
        return node.value
    if isinstance(node, InList):
        held = value(node.operand)
        return None if held is None else held in [v.value for v in node.values]
    if isinstance(node, Column):
        flag = value(node)
        return None if flag is None else bool(flag)
    assert isinstance(node, Comparison), node
    a, b = value(node.left), value(node.right)
    if a is None or b is None:
        return None
    if node.op in ("=", "<>"):
        return bool(a == b) == (node.op == "=")
    return bool({"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[node.op])


def _calculate(op: str, a: Any, b: Any) -> Any:
    if a is None or b is None:
        return None
    if a == UNDEFINED or b == UNDEFINED or (op == "/" and b == 0):
        return UNDEFINED
    return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}[op]()


def _apply(name: str, arguments: list[Any]) -> Any:
    if name == "round":
        value, places = arguments
        if value is None or value == UNDEFINED:
            return value
        unit = 10 ** int(places)
        whole = int(abs(value) * unit + Fraction(1, 2))
        return Fraction(whole if value >= 0 else -whole, unit)
    if name == "coalesce":
        return next((a for a in arguments if a is not None), None)
    if UNDEFINED in arguments:
        return UNDEFINED
    held = [a for a in arguments if a is not None]
    if not held:
        return None
    return abs(held[0]) if name == "abs" else min(held) if name == "least" else max(held)


def _exact(value: Value) -> Decimal | None:
    """A fraction as a decimal without loss; None where it does not end, or is no number."""
    if not isinstance(value, Fraction):
        return None
    rest, places = value.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest, count = rest // prime, count + 1
        places = max(places, count)
    if rest != 1:
        return None
    with localcontext() as context:
        context.prec = 500
        return Decimal(int(value * 10**places)).scaleb(-places)


def _rounded(value: Fraction) -> Decimal:
    with localcontext() as context:
        context.prec, context.rounding = 12, ROUND_HALF_EVEN
        return Decimal(value.numerator) / Decimal(value.denominator)
