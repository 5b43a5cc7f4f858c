"""From the tree of a formula to what the fast engine runs: SQL over one row, and closures over whole numbers.

Exactness: inside SQL every number is a whole number with a fixed count of decimal places (`scale`), so sums are integer
sums; outside, a figure is a pair (numerator, denominator) of Python integers. Values from packages enter SQL as bound
parameters; names are those of a contract and are checked to be plain identifiers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from quanyu.measures.points import State, quotient, terminating

from quanyu.measures.formula import (  # isort: skip
    Aggregate, Arithmetic, BoolOp, Case, Column, Comparison, Flag, Function, Holds, InList, IsNull, Measure, Moment,
    Node, Not, Null, Number, Text, conjuncts, timeless, walk,
)  # fmt: skip

DECIMAL_PLACES = 6  # of decimal columns in a snapshot
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")


def name(identifier: str) -> str:
    """A column or table name, safe to stand in SQL."""
    if not IDENTIFIER.fullmatch(identifier):
        raise ValueError(f"not a plain identifier: {identifier!r}")
    return f'"{identifier}"'


@dataclass
class Binder:
    """Collects the parameters of one statement and writes the SQL of expressions on one row.

    `moments`: SQL of `valid` and `started`, where the relation has them; `holds` makes the SQL of
    `holds(title)` from the placeholder of its title.
    """

    moments: Mapping[str, str] = field(default_factory=dict)
    holds: Callable[[str], str] | None = None
    values: dict[str, object] = field(default_factory=dict)

    def bind(self, value: object) -> str:
        for key, held in self.values.items():
            if held == value and type(held) is type(value):
                return f"${key}"
        key = f"p{len(self.values)}"
        self.values[key] = value
        return f"${key}"

    def condition(self, node: Node) -> str:
        """A condition, true, false or null as SQL has it."""
        if isinstance(node, BoolOp):
            return "(" + f" {node.op} ".join(self.condition(o) for o in node.operands) + ")"
        if isinstance(node, Not):
            return f"(not {self.condition(node.operand)})"
        if isinstance(node, Comparison):
            left, right = self._sides(node.left, node.right)
            return f"({left} {node.op} {right})"
        if isinstance(node, InList):
            return "(" + " or ".join("({} = {})".format(*self._sides(node.operand, v)) for v in node.values) + ")"
        if isinstance(node, IsNull):
            return f"({self._any(node.operand)} is null)"
        if isinstance(node, Flag):
            return "true" if node.value else "false"
        if isinstance(node, Moment):
            return self.moments[node.name]
        if isinstance(node, Holds):
            assert self.holds is not None
            return self.holds(self.bind(node.title))
        assert isinstance(node, Column), node
        return name(node.name)

    def number(self, node: Node) -> tuple[str, int]:
        """A number as (SQL of a whole number, its decimal places)."""
        if isinstance(node, Number):
            places = _places(node.value)
            return f"({int(node.value * 10**places)})::HUGEINT", places
        if isinstance(node, Null):
            return "null::HUGEINT", 0
        if isinstance(node, Column):
            if node.type == "decimal":
                return f"({name(node.name)} * {10**DECIMAL_PLACES})::HUGEINT", DECIMAL_PLACES
            return name(node.name), 0
        if isinstance(node, Arithmetic):
            left, right = self.number(node.left), self.number(node.right)
            if node.op == "*":
                return self.joined(left[0], "*", right[0]), left[1] + right[1]
            (a, b), scale = self.aligned([left, right])
            return self.joined(a, node.op, b), scale
        if isinstance(node, Function):
            parts, scale = self.aligned([self.number(a) for a in node.arguments])
            return f"{node.name}({', '.join(parts)})", scale
        assert isinstance(node, Case), node
        parts, scale = self.aligned([self.number(v) for v in (*(v for _, v in node.branches), node.otherwise)])
        whens = " ".join(
            f"when {self.condition(c)} then {v}" for (c, _), v in zip(node.branches, parts[:-1], strict=True)
        )
        return f"(case {whens} else {parts[-1]} end)", scale

    def joined(self, left: str, op: str, right: str) -> str:
        """Two whole numbers added, subtracted or multiplied."""
        return f"({wide(left)} {op} {wide(right)})"

    def aligned(self, parts: Sequence[tuple[str, int]]) -> tuple[list[str], int]:
        """Numbers brought to the same count of decimal places."""
        scale = max(s for _, s in parts)
        return [sql if s == scale else self.joined(sql, "*", f"{10 ** (scale - s)}") for sql, s in parts], scale

    def _sides(self, left: Node, right: Node) -> list[str]:
        if _is_text(left) or _is_text(right):
            return [self._any(left), self._any(right)]
        return self.aligned([self.number(left), self.number(right)])[0]

    def _any(self, node: Node) -> str:
        if isinstance(node, Text):
            return self.bind(node.value)
        return name(node.name) if isinstance(node, Column) else self.number(node)[0]


def _is_text(node: Node) -> bool:
    return isinstance(node, Text) or (isinstance(node, Column) and node.type not in ("integer", "decimal"))


def _places(value: Fraction) -> int:
    decimal = terminating(value.numerator, value.denominator)
    assert decimal is not None, value
    return max(0, -int(decimal.as_tuple().exponent))


def wide(sql: str) -> str:
    """In 128 bits, said aloud: by its statistics DuckDB 2.0 may add a 64-bit column in 64 bits, and wrap."""
    return sql if sql.endswith("::HUGEINT") else f"{sql}::HUGEINT"


def scale_of(aggregate: Aggregate) -> int:
    """How many decimal places the engine's whole number for an aggregate carries."""
    if aggregate.function == "count" or aggregate.operand is None:
        return 0
    return Binder(moments={"valid": "", "started": ""}, holds=lambda _: "").number(aggregate.operand)[1]


def timed(aggregate: Aggregate) -> tuple[Node, ...]:
    """The conjuncts of a filter that depend on the period asked about."""
    static = timeless(aggregate.where)
    return tuple(c for c in conjuncts(aggregate.where) if c not in static)


def columns_of(nodes: Sequence[Node | None]) -> set[str]:
    """The columns that expressions read."""
    return {n.name for node in nodes if node is not None for n in walk(node) if isinstance(n, Column)}


# --- outside aggregates: closures over a row of whole numbers -------------------------------------------------------

Pair = tuple[int, int]  # numerator and denominator (never 0, perhaps negative)
Figure = Pair | None | bool  # None: missing; False: undefined (division by zero)
Row = Sequence[int | None]
Closure = Callable[[Row], Figure]


def closure(node: Node, slots: Mapping[Aggregate, int]) -> Closure:
    """A function from the aggregates' whole numbers (by slot) to an exact figure."""
    if isinstance(node, Aggregate):
        slot, unit = slots[node], 10 ** scale_of(node)

        def read(row: Row) -> Figure:
            value = row[slot]
            return None if value is None else (value, unit)

        return read
    if isinstance(node, Number):
        constant = (node.value.numerator, node.value.denominator)
        return lambda row: constant
    if isinstance(node, Null):
        return lambda row: None
    if isinstance(node, Arithmetic):
        return _arithmetic(node.op, closure(node.left, slots), closure(node.right, slots))
    if isinstance(node, Function):
        return _function(node, [closure(a, slots) for a in node.arguments if node.name != "round"], slots)
    assert isinstance(node, Case), node
    branches = [(_test(c, slots), closure(v, slots)) for c, v in node.branches]
    otherwise = closure(node.otherwise, slots)

    def choose(row: Row) -> Figure:
        for holds, value in branches:
            if holds(row):
                return value(row)
        return otherwise(row)

    return choose


def _arithmetic(op: str, left: Closure, right: Closure) -> Closure:
    def compute(row: Row) -> Figure:
        a, b = left(row), right(row)
        if a is None or b is None:
            return None
        if isinstance(a, bool) or isinstance(b, bool):
            return False
        if op == "*":
            return a[0] * b[0], a[1] * b[1]
        if op == "/":
            return (a[0] * b[1], a[1] * b[0]) if b[0] else False
        sign = 1 if op == "+" else -1
        return a[0] * b[1] + sign * b[0] * a[1], a[1] * b[1]

    return compute


def _function(node: Function, arguments: list[Closure], slots: Mapping[Aggregate, int]) -> Closure:
    if node.name == "round":
        inner, places = closure(node.arguments[0], slots), node.arguments[1]
        assert isinstance(places, Number)
        unit = 10 ** int(places.value)

        def round_half_away(row: Row) -> Figure:
            a = inner(row)
            if a is None or isinstance(a, bool):
                return a
            top, bottom = abs(a[0]) * unit, abs(a[1])
            whole = (2 * top + bottom) // (2 * bottom)
            return (whole if (a[0] < 0) == (a[1] < 0) else -whole), unit

        return round_half_away

    def compute(row: Row) -> Figure:
        held: list[Pair] = []
        for argument in arguments:
            a = argument(row)
            if isinstance(a, bool):
                return False
            if a is not None:
                if node.name == "coalesce":
                    return a
                held.append(a)
        if not held:
            return None
        if node.name == "abs":
            return abs(held[0][0]), abs(held[0][1])
        return (min if node.name == "least" else max)(held, key=lambda a: Fraction(*a))

    return compute


def _test(node: Node, slots: Mapping[Aggregate, int]) -> Callable[[Row], bool | None]:
    """A condition on figures with SQL's third truth value (None) for what is missing or undefined."""
    if isinstance(node, BoolOp):
        tests = [_test(o, slots) for o in node.operands]
        decisive = node.op == "or"

        def join(row: Row) -> bool | None:
            results = [t(row) for t in tests]
            return decisive if decisive in results else None if None in results else not decisive

        return join
    if isinstance(node, Not):
        inner = _test(node.operand, slots)
        return lambda row: None if (held := inner(row)) is None else not held
    if isinstance(node, IsNull):
        value = closure(node.operand, slots)
        return lambda row: not isinstance(value(row), tuple)
    if isinstance(node, Flag):
        truth = node.value
        return lambda row: truth
    if isinstance(node, InList):
        return _test(BoolOp("or", tuple(Comparison("=", node.operand, v) for v in node.values)), slots)
    assert isinstance(node, Comparison), node
    left, right, op = closure(node.left, slots), closure(node.right, slots), node.op

    def compare(row: Row) -> bool | None:
        a, b = left(row), right(row)
        if not isinstance(a, tuple) or not isinstance(b, tuple):
            return None
        d = (a[0] * b[1] - b[0] * a[1]) * (1 if (a[1] > 0) == (b[1] > 0) else -1)
        return {"=": d == 0, "<>": d != 0, "<": d < 0, "<=": d <= 0, ">": d > 0, ">=": d >= 0}[op]

    return compare


ONE = Decimal(1)
Made = tuple[Decimal | None, Decimal | None, Decimal | None, State]  # value, numerator, denominator


def figure_of(measure: Measure, slots: Mapping[Aggregate, int]) -> Callable[[Sequence[int | None]], Made]:
    """From a row of whole numbers to (value, numerator, denominator, state)."""
    tree: Node = measure.tree
    divides = isinstance(tree, Arithmetic) and tree.op == "/"
    top = closure(tree.left if isinstance(tree, Arithmetic) and divides else tree, slots)
    bottom = closure(tree.right, slots) if isinstance(tree, Arithmetic) and divides else None
    up, down = measure.factor.numerator, measure.factor.denominator

    def compute(row: Sequence[int | None]) -> Made:
        a: Figure = top(row)
        b: Figure = bottom(row) if bottom is not None else (1, 1)
        if a is None or b is None:
            return None, _shown(a), _shown(b), "missing"
        if isinstance(a, bool) or isinstance(b, bool) or b[0] == 0:
            return None, _shown(a), _shown(b), "undefined"
        value = quotient(a[0] * b[1] * up, a[1] * b[0] * down)
        shown = (_shown(a), ONE if bottom is None else _shown(b))
        if shown[0] is None or shown[1] is None:
            reduced = Fraction(a[0] * b[1], a[1] * b[0])
            shown = (Decimal(reduced.numerator), Decimal(reduced.denominator))
        return value, *shown, "ok"

    return compute


def _shown(figure: Figure) -> Decimal | None:
    """A figure as an exact decimal; None where it is none or does not end."""
    if figure is None or isinstance(figure, bool):
        return None
    if figure[1] == 1:
        return Decimal(figure[0])
    reduced = Fraction(*figure)
    return terminating(reduced.numerator, reduced.denominator)
