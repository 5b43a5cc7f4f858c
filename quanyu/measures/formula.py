"""A formula as a tree of frozen values: all that is left of the text once `query.parse` has accepted it.

There are two levels. Outside aggregates stand quantities (aggregates, numbers and arithmetic on them); inside an
aggregate stand the columns of one row of one contract. Nothing here can name a table, a file or a query.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Literal

from quanyu.registry.model import Frequency, Window
from quanyu.registry.problem import Place

AggregateName = Literal["sum", "count", "last", "min", "max"]
MomentName = Literal["valid", "started"]
ColumnType = Literal["integer", "decimal", "text", "date", "flag"]


class Wrong(Exception):
    """One reason why a formula cannot be accepted: becomes a `Problem` in `query.parse`."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


@dataclass(frozen=True, slots=True)
class Number:
    value: Fraction


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Flag:
    value: bool


@dataclass(frozen=True, slots=True)
class Null:
    pass


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the row at hand; `unit` is the key it is stated in, "" for text and plain numbers."""

    name: str
    type: ColumnType
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """`valid`: the standing holds on the period's last day. `started`: it began inside the window."""

    name: MomentName


@dataclass(frozen=True, slots=True)
class Holds:
    """The row's organisation holds a title: on the last day of a report's own period, else of the period asked."""

    title: str


@dataclass(frozen=True, slots=True)
class Arithmetic:
    op: Literal["+", "-", "*", "/"]
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Comparison:
    op: Literal["=", "<>", "<", "<=", ">", ">="]
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class BoolOp:
    op: Literal["and", "or"]
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    operand: Node


@dataclass(frozen=True, slots=True)
class InList:
    operand: Node
    values: tuple[Number | Text, ...]


@dataclass(frozen=True, slots=True)
class IsNull:
    operand: Node


@dataclass(frozen=True, slots=True)
class Case:
    """The value of the first branch whose condition is true, else `otherwise`."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Function:
    """coalesce, least and greatest pass over what is missing; abs; round(x, places) rounds halves away from zero."""

    name: Literal["coalesce", "least", "greatest", "abs", "round"]
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One number out of the rows of one contract. `operand` None is `count(*)`; `where` None keeps every row."""

    function: AggregateName
    contract: str
    operand: Node | None = None
    distinct: bool = False
    where: Node | None = None
    text: str = field(default="", compare=False)  # as written, for the way home


Node = (
    Number | Text | Flag | Null | Column | Moment | Holds | Arithmetic | Comparison | BoolOp | Not | InList | IsNull
    | Case | Function | Aggregate
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expectation:
    """Who should have filed: holders of `title`, once for every form period of `months` months, in `contract`."""

    contract: str
    title: str
    months: int


@dataclass(frozen=True, slots=True)
class Measure:
    """A formula ready to be computed. Its value in `unit` is `factor` × the tree, exactly.

    `top_unit` and `bottom_unit` are the unit keys of the numerator and the denominator ("" where no unit names them);
    a measure that does not divide has the denominator 1. `plan_start` is the month the plan window opens.
    """

    key: str
    formula: str
    tree: Node
    unit: str
    factor: Fraction
    window: Window
    frequency: Frequency
    plan_start: int
    top_unit: str = ""
    bottom_unit: str = ""
    expects: tuple[Expectation, ...] = ()
    place: Place = field(default=Place("", 0), compare=False)

    @property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """The aggregates in the order they are written, each once."""
        return tuple(dict.fromkeys(n for n in walk(self.tree) if isinstance(n, Aggregate)))

    @property
    def tables(self) -> tuple[str, ...]:
        """The contracts it reads."""
        return tuple(dict.fromkeys(a.contract for a in self.aggregates))

    @property
    def divides(self) -> bool:
        return isinstance(self.tree, Arithmetic) and self.tree.op == "/"


def walk(node: Node) -> Iterator[Node]:
    """A node and everything below it, in the order it is written."""
    yield node
    for f in fields(node):
        yield from _walk_value(getattr(node, f.name))


def _walk_value(value: object) -> Iterator[Node]:
    if isinstance(value, tuple):
        for item in value:
            yield from _walk_value(item)
    elif isinstance(value, Node):
        yield from walk(value)


def conjuncts(node: Node | None) -> tuple[Node, ...]:
    """The conditions that must all hold: the operands of the outermost `and`s."""
    if node is None:
        return ()
    if isinstance(node, BoolOp) and node.op == "and":
        return tuple(c for o in node.operands for c in conjuncts(o))
    return (node,)


def timeless(node: Node | None) -> tuple[Node, ...]:
    """Those conjuncts of a filter that do not depend on the period asked about."""
    return tuple(c for c in conjuncts(node) if not any(isinstance(n, Moment | Holds) for n in walk(c)))


def window_of(window: Window, first_month: int, last_month: int, plan_start: int) -> tuple[int, int]:
    """The first and last month a measure reads for a period: month and point read the period itself, year opens in
    January, trailing_year twelve months before the end, plan with the plan (an empty run before it)."""
    match window:
        case "year":
            return last_month - last_month % 12, last_month
        case "trailing_year":
            return last_month - 11, last_month
        case "plan":
            return plan_start, last_month
    return first_month, last_month
