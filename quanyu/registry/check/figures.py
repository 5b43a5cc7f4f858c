"""The plan's numbers made comparable: in base units, by period, with the words of the text beside them.

A *level* is a value at or in one year (stock, yearly flow, share); an *addition* is a value over a span of years
(cumulative, increment). The two never compare with each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from typing import Literal

from quanyu.registry.check.rule import rule
from quanyu.registry.model import Dated, Indicator, Quantity, Registry, Statement
from quanyu.registry.problem import Mood, Problem

LEVELS = frozenset({"stock", "flow", "share", "unstated"})
ADDITIONS = frozenset({"cumulative", "increment"})
ABOUT = Decimal("0.05")  # two values meet when one of them is 左右 and they differ by no more than this

Contest = Literal["baseline", "target"]
ByQuantity = dict[str, list[Statement]]


class Said:
    """What the plan says: its statements with their values in base units, and how to complain about them."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    @cached_property
    def spoken(self) -> tuple[Statement, ...]:
        """Statements that give a value of their subject."""
        every = self.registry.statements.values()
        return tuple(s for s in every if self.amount(s) is not None and not self.is_share_of_another(s))

    @cached_property
    def levels(self) -> ByQuantity:
        """By quantity: statements of one year's value."""
        return gathered((s for s in self.spoken if s.aspect in LEVELS), lambda s: s.subject)

    @cached_property
    def additions(self) -> ByQuantity:
        """By quantity: statements of what a span of years adds up to."""
        return gathered((s for s in self.spoken if s.aspect in ADDITIONS), lambda s: s.subject)

    def amount(self, statement: Statement, value: Decimal | None = None) -> Decimal | None:
        """A statement's value (or another in its unit) in base units; without a unit, the quantity's is meant."""
        value = statement.value if value is None else value
        unit = self.registry.units[statement.unit or self.quantity(statement).unit]
        return None if value is None else value * unit.factor

    def known(self, statement: Statement) -> Decimal:
        """`amount` of a statement that gives one."""
        found = self.amount(statement)
        assert found is not None
        return found

    def quantity(self, statement: Statement) -> Quantity:
        return self.registry.quantities[statement.subject]

    def is_share_of_another(self, statement: Statement) -> bool:
        """`占全市的43%`: a share whose quantity is a count, so not a value of that quantity."""
        return statement.aspect == "share" and self.quantity(statement).nature != "ratio"

    def agree(self, a: Statement, b: Statement) -> bool:
        """Two statements give one value (`3.5以上` agrees with `3.5`; 左右 allows a little)."""
        x, y = self.known(a), self.known(b)
        if "about" in (a.qualifier, b.qualifier):
            return abs(x - y) <= ABOUT * max(abs(x), abs(y))
        return x == y and self.amount(a, a.upper or a.value) == self.amount(b, b.upper or b.value)

    def shown(self, base: Decimal, unit: str) -> str:
        """A base-unit value as people read it: `346.88亿元`."""
        found = self.registry.units[unit]
        value = base / found.factor
        places = Decimal("0.01") if value != value.to_integral_value() else Decimal(1)
        return f"{value.quantize(places)}{found.label.zh}"

    def name(self, quantity: str) -> str:
        return f"「{self.registry.quantities[quantity].label.zh}」"

    def indicators_of(self, quantity: str) -> list[Indicator]:
        """Indicators about a quantity: the plan's table first, then the one of the same name."""
        found = [i for i in self.registry.indicators.values() if i.quantity == quantity]
        return sorted(found, key=lambda i: (not i.main, i.key != quantity, i.key))

    def subject(self, quantity: str) -> str:
        """Whom a finding about a quantity is told to: its indicator where there is one."""
        found = self.indicators_of(quantity)
        return found[0].key if found else quantity

    def contests(self, quantity: str, year: int) -> tuple[Contest, ...]:
        """Which value of the quantity's indicator a clash in that year leaves open."""
        found = self.indicators_of(quantity)
        if found and year == found[0].baseline_year and found[0].baseline:
            return ("baseline",)
        return ("target",) if found and year == found[0].target_year and found[0].target else ()

    def closes(self, quantity: str) -> bool:
        """The plan's own sum works out: a year's value plus what is to be added is the target (3 + 2 = 5)."""
        levels, goals = self.levels.get(quantity, []), [s for s in self.levels.get(quantity, []) if s.role == "target"]
        return any(
            self.known(start) + self.known(more) == self.known(goal)
            for more in self.additions.get(quantity, [])
            for goal in goals
            for start in levels
            if more.role == "target"
            and start.role != "target"
            and years(start.period)[1] < years(more.period)[0] <= years(goal.period)[1] == years(more.period)[1]
        )

    def finding(
        self, code: str, quantity: str, statements: Iterable[Statement], message: str, hint: str = "",
        contested: tuple[Contest, ...] = (),
    ) -> Problem:  # fmt: skip
        """An unwise finding about a quantity, placed at the first statement and told to the quantity's indicator."""
        told = tuple(dict.fromkeys(s.key for s in statements))
        clash = [self.registry.statements[key] for key in told]
        words = f"{message}：{quotations(clash)}"
        return Problem(code, "unwise", clash[0].place, words, hint, self.subject(quantity), told, contested)


def plan_rule(code: str, mood: Mood, meaning: str) -> Callable[[Callable[[Said], Iterator[Problem]]], None]:
    """A check (see `rule`) that is handed what the plan says."""

    def enter(find: Callable[[Said], Iterator[Problem]]) -> None:
        rule(code, mood, meaning)(lambda registry: find(Said(registry)))

    return enter


def gathered(statements: Iterable[Statement], by: Callable[[Statement], str]) -> ByQuantity:
    """Statements in groups, in the order they were written."""
    found: ByQuantity = defaultdict(list)
    for statement in statements:
        found[by(statement)].append(statement)
    return dict(found)


def years(period: str) -> tuple[int, int]:
    """First and last year of a period: `2020` → (2020, 2020), `2016/2020` → (2016, 2020)."""
    first, _, last = period.partition("/")
    return int(first[:4]), int((last or first)[:4])


def spell(period: str) -> str:
    """A period as people write it: `2020年`, `2016—2020年`."""
    return f"{period.replace('/', '—')}年"


def declared(values: tuple[Dated, ...]) -> Decimal | None:
    """The value first declared, before any revision."""
    value = min(values, key=lambda v: v.since).value if values else None
    return value if isinstance(value, Decimal) else None


def quotations(statements: Iterable[Statement]) -> str:
    """Where and how the text says it: `第13行“数量总数达186家”；第128行“176”`."""
    ordered = sorted(statements, key=lambda s: (s.cite.lines, s.key))
    return "；".join(f"第{'、'.join(map(str, s.cite.lines))}行“{s.cite.quote or s.value}”" for s in ordered)
