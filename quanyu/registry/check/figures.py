"""The plan's numbers made comparable: in base units, by period, with the words of the text beside them.

A *level* is a value at or in one year (stock, yearly flow, share); an *addition* is a value over a span of years
(cumulative, increment). The two never compare with each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Literal

from quanyu.registry.model import Dated, Indicator, Quantity, Registry, Statement
from quanyu.registry.problem import Place, Problem

LEVELS = frozenset({"stock", "flow", "share", "unstated"})
ADDITIONS = frozenset({"cumulative", "increment"})
ABOUT = Decimal("0.05")  # two values meet when one of them is 左右 and they differ by no more than this

Contest = Literal["baseline", "target"]


def amount(registry: Registry, statement: Statement, value: Decimal | None = None) -> Decimal | None:
    """A statement's value (or another in its unit) in the base unit of its dimension; where no unit is said, the quantity's."""
    value = statement.value if value is None else value
    unit = registry.units.get(statement.unit or registry.quantities[statement.subject].unit)
    return None if value is None or unit is None else value * unit.factor


def known(registry: Registry, statement: Statement) -> Decimal:
    """`amount` of a statement that `spoken` let through."""
    found = amount(registry, statement)
    assert found is not None
    return found


def shown(registry: Registry, base: Decimal, unit: str) -> str:
    """A base-unit value as people read it: `346.9亿元`."""
    found = registry.units[unit]
    value = base / found.factor
    places = Decimal(1).scaleb(-2) if value != value.to_integral_value() else Decimal(1)
    return f"{value.quantize(places)}{found.label.zh}"


def is_share_of_another(registry: Registry, statement: Statement) -> bool:
    """`占全市的43%`: a share whose quantity is a count, so not a value of that quantity."""
    return statement.aspect == "share" and registry.quantities[statement.subject].nature != "ratio"


def spoken(registry: Registry) -> Iterator[Statement]:
    """Statements that give a value of their subject."""
    for statement in registry.statements.values():
        if amount(registry, statement) is not None and not is_share_of_another(registry, statement):
            yield statement


def levels(registry: Registry) -> dict[str, list[Statement]]:
    """By quantity: statements of one year's value."""
    return _by_quantity(s for s in spoken(registry) if s.aspect in LEVELS)


def additions(registry: Registry) -> dict[str, list[Statement]]:
    """By quantity: statements of what a span of years adds up to."""
    return _by_quantity(s for s in spoken(registry) if s.aspect in ADDITIONS)


def _by_quantity(statements: Iterable[Statement]) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = defaultdict(list)
    for statement in statements:
        found[statement.subject].append(statement)
    return dict(found)


def by_period(statements: Iterable[Statement]) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = defaultdict(list)
    for statement in statements:
        found[statement.period].append(statement)
    return dict(found)


def years(period: str) -> tuple[int, int]:
    """First and last year of a period: `2020` → (2020, 2020), `2016/2020` → (2016, 2020)."""
    first, _, last = period.partition("/")
    return int(first[:4]), int((last or first)[:4])


def agree(registry: Registry, a: Statement, b: Statement) -> bool:
    """Two statements give one value (`3.5以上` agrees with `3.5`; 左右 allows a little)."""
    x, y = known(registry, a), known(registry, b)
    if "about" in (a.qualifier, b.qualifier):
        return abs(x - y) <= ABOUT * max(abs(x), abs(y))
    return x == y and amount(registry, a, a.upper or a.value) == amount(registry, b, b.upper or b.value)


def indicators_of(registry: Registry, quantity: str) -> list[Indicator]:
    """Indicators about a quantity: the plan's table first, then the one of the same name."""
    found = [i for i in registry.indicators.values() if i.quantity == quantity]
    return sorted(found, key=lambda i: (not i.main, i.key != quantity, i.key))


def subject(registry: Registry, quantity: str) -> str:
    """Whom a finding about a quantity is told to: its indicator where there is one."""
    found = indicators_of(registry, quantity)
    return found[0].key if found else quantity


def contests(registry: Registry, quantity: str, year: int) -> tuple[Contest, ...]:
    """Which value of the quantity's indicator a clash in that year leaves open."""
    found = indicators_of(registry, quantity)
    if found and year == found[0].baseline_year and found[0].baseline:
        return ("baseline",)
    return ("target",) if found and year == found[0].target_year and found[0].target else ()


def declared(values: tuple[Dated, ...]) -> Decimal | None:
    """The value first declared, before any revision."""
    value = min(values, key=lambda v: v.since).value if values else None
    return value if isinstance(value, Decimal) else None


def name(registry: Registry, quantity: str) -> str:
    return f"「{registry.quantities[quantity].label.zh}」"


def quoted(statement: Statement) -> str:
    """Where and how the text says it: `第13行“数量总数达186家”`."""
    lines = "、".join(str(line) for line in statement.cite.lines)
    return f"第{lines}行“{statement.cite.quote or statement.value}”"


def quotations(statements: Iterable[Statement]) -> str:
    return "；".join(quoted(s) for s in sorted(statements, key=lambda s: (s.cite.lines, s.key)))


def finding(
    registry: Registry,
    code: str,
    quantity: Quantity | str,
    statements: Iterable[Statement],
    message: str,
    hint: str = "",
    contested: tuple[Contest, ...] = (),
) -> Problem:
    """An unwise finding about a quantity: placed at the first statement, told to the indicator, quotations at the end."""
    key = quantity if isinstance(quantity, str) else quantity.key
    clash = list(dict.fromkeys(s.key for s in statements))
    told = [registry.statements[k] for k in clash]
    place: Place = told[0].place if told else registry.quantities[key].place
    text = f"{message}：{quotations(told)}" if told else message
    return Problem(code, "unwise", place, text, hint, subject(registry, key), tuple(clash), contested)
