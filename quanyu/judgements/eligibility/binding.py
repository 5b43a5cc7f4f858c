"""The formulas of a policy as SQL on one firm: whole numbers with a fixed count of decimal places.

A number is held in 64 bits where the least and the greatest of every trait prove that this and all it is made of fit,
else in 128.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from quanyu.measures.compile import Binder, name

from quanyu.measures.formula import (  # isort: skip
    Arithmetic, Case, Column, Comparison, Function, Node, Null, Number, walk,
)  # fmt: skip

PLACES = 4  # of the points of a score
DECIMALS = 6  # of a trait that is not a whole number
FIT = 2**63 - 1
Bounds = Mapping[str, tuple[int | Decimal, int | Decimal]]
"""The least and the greatest of a trait in the table, (0, 0) where it is known of no firm."""


@dataclass
class OneFirm(Binder):
    """SQL on one firm. What is not known decides nothing, not even which branch of a `case` is taken; a score is read
    at one `end` of its range, and compared at both."""

    scores: frozenset[str] = frozenset()
    end: str = "low"
    both: bool = True  # compare at both ends; else at `end` alone
    bounds: Bounds = field(default_factory=dict)
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)  # of SQL that is proven to fit in 64 bits

    def number(self, node: Node) -> tuple[str, int]:
        if isinstance(node, Column) and node.name in self.scores:
            return name(f"{node.name}__{self.end}"), PLACES
        if isinstance(node, Column) and node.name in self.bounds:
            low, high = self.bounds[node.name]
            unit = 10**DECIMALS if node.type == "decimal" else 1
            ends = math.floor(low) * unit, math.ceil(high) * unit
            if ends[0] >= -FIT and ends[1] <= FIT:
                sql = name(node.name) if unit == 1 else f"({name(node.name)} * {unit})::BIGINT"
                return self.within(sql, *ends), 0 if unit == 1 else DECIMALS
        if isinstance(node, Null):
            return self.within("null::BIGINT", 0, 0), 0
        if isinstance(node, Number):
            sql, scale = super().number(node)
            whole = int(node.value * 10**scale)
            return (self.within(f"({whole})::BIGINT", whole, whole) if abs(whole) <= FIT else sql), scale
        if isinstance(node, Function):
            parts, scale = self.aligned([self.number(a) for a in node.arguments])
            sql = f"{node.name}({', '.join(parts)})"
            open_ = [p for p, a in zip(parts, node.arguments, strict=True) if not isinstance(a, Number)]
            if node.name in ("least", "greatest") and open_:
                sql = f"(case when {' or '.join(f'{o} is null' for o in open_)} then null else {sql} end)"
            return self.among(sql, parts), scale
        if isinstance(node, Case):
            (*values, last), scale = self.aligned(
                [self.number(v) for v in (*(v for _, v in node.branches), node.otherwise)]
            )
            whens, known = "", set[str]()
            for (c, _), value in zip(node.branches, values, strict=True):
                test, strict = self.condition(c), _strict(c)
                if strict is None or not strict <= known:
                    whens += f" when {test} is null then null"
                known |= strict or set()
                whens += f" when {test} then {value}"
            return self.among(f"(case{whens} else {last} end)", [*values, last]), scale
        return super().number(node)

    def within(self, sql: str, low: int, high: int) -> str:
        self.ranges[sql] = (low, high)
        return sql

    def among(self, sql: str, parts: Sequence[str]) -> str:
        """SQL that is one of the parts, or nearer to nothing, or the size of one."""
        held = [self.ranges[p] for p in parts if p in self.ranges]
        most = max((abs(end) for ends in held for end in ends), default=0)
        least = 0 if all(low >= 0 for low, _ in held) else -most
        return self.within(sql, least, most) if len(held) == len(parts) else sql

    def joined(self, left: str, op: str, right: str) -> str:
        a, b = self.ranges.get(left), self.ranges.get(right)
        if a and b:
            ends = [x * y if op == "*" else x + y if op == "+" else x - y for x in a for y in b]
            if min(ends) >= -FIT and max(ends) <= FIT:
                return self.within(f"({left} {op} {right})", min(ends), max(ends))
        return super().joined(left, op, right)

    def scaled(self, sql: str, places: int) -> str:
        return sql if places <= 0 else self.joined(sql, "*", self.number(Number(Fraction(10**places)))[0])

    def positive(self, sql: str) -> str:
        """A divisor; not known where it is not above nothing."""
        if self.ranges.get(sql, (0, 0))[0] > 0:
            return sql
        return self.among(f"(case when {sql} > 0 then {sql} end)", [sql])

    def condition(self, node: Node) -> str:
        if isinstance(node, Null):
            return "null::BOOLEAN"
        if isinstance(node, Comparison) and self.both and _names(node, self.scores):
            low, high = super().condition(node), self.high(lambda: super(OneFirm, self).condition(node))
            return f"(case when {low} = {high} then {low} end)"
        return super().condition(node)

    def high(self, made: Callable[[], str]) -> str:
        """SQL made at the high end of scores."""
        self.end = "high"
        sql = made()
        self.end = "low"
        return sql

    def held(self, of: tuple[str, int], op: str, bound: tuple[str, int], per: tuple[str, int] | None = None) -> str:
        """of ÷ per held against a bound, without dividing; `per` is positive or not known."""
        (a, scale_a), (b, scale_b) = of, bound
        if per:
            b, scale_b = self.joined(b, "*", per[0]), scale_b + per[1]
        return f"({self.scaled(a, scale_b - scale_a)} {op} {self.scaled(b, scale_a - scale_b)})"


def _names(node: Node, scores: frozenset[str]) -> bool:
    return any(isinstance(n, Column) and n.name in scores for n in walk(node))


def _strict(node: Node) -> set[str] | None:
    """The columns of a condition that is not known when, and only when, one of them is not; None of any other."""
    parts = list(walk(node))
    strict = all(isinstance(n, Comparison | Arithmetic | Column | Number) for n in parts)
    return {n.name for n in parts if isinstance(n, Column)} if strict else None


@dataclass
class Keys(Binder):
    """A formula over the keys of conditions, each put in as its own SQL."""

    truth: Mapping[str, str] = field(default_factory=dict)

    def condition(self, node: Node) -> str:
        return self.truth[node.name] if isinstance(node, Column) else super().condition(node)
