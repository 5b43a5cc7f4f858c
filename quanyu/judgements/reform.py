"""What a change of a policy's numbers does: to whom it gives and takes, how evenly, how well it hits, what is worth it.

Payments are yuan by firm; a firm that is not among them gets nothing. Nothing here knows how they were found.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import product

from quanyu.measures.formula import Column, Comparison, Holds, InList, Node, Text, walk
from quanyu.measures.query import measure_of
from quanyu.registry.model import Indicator, Parameter, Registry

Payments = Mapping[int, Decimal]
"""Firm → yuan."""
NOTHING = Decimal(0)


def gini(amounts: Collection[Decimal]) -> Fraction | None:
    """How concentrated amounts are: 0 when all are equal, towards 1 when one has all; None when there is nothing."""
    ranked, total = sorted(amounts), sum(amounts, NOTHING)
    if not total:
        return None
    n, weighted = len(ranked), sum((rank * amount for rank, amount in enumerate(ranked, 1)), NOTHING)
    return Fraction(2 * weighted) / (n * Fraction(total)) - Fraction(n + 1, n)


@dataclass(frozen=True, slots=True)
class Shift:
    """What a change does to one group of firms: how many gain and lose, how much; `before` and `after` in all."""

    group: str
    winners: int
    losers: int
    gained: Decimal
    lost: Decimal
    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal:
        """What the group gets more, in all."""
        return self.after - self.before


def shifts(before: Payments, after: Payments, group: Callable[[int], str]) -> list[Shift]:
    """Winners and losers group by group, those that move most first; firms with nothing before and after are left."""
    groups: dict[str, list[tuple[Decimal, Decimal]]] = {}
    for firm in sorted({*before, *after}):
        groups.setdefault(group(firm), []).append((before.get(firm, NOTHING), after.get(firm, NOTHING)))
    found = []
    for name, pairs in groups.items():
        moves = [then - now for now, then in pairs]
        up, down = [m for m in moves if m > 0], [-m for m in moves if m < 0]
        totals = (sum((pair[i] for pair in pairs), NOTHING) for i in (0, 1))
        found.append(Shift(name, len(up), len(down), sum(up, NOTHING), sum(down, NOTHING), *totals))
    return sorted(found, key=lambda s: (-(s.gained + s.lost), s.group))


def coverage(target: Collection[int], reached: Collection[int]) -> Fraction | None:
    """Which share of the firms meant gets something; None when nobody is meant."""
    return Fraction(sum(firm in reached for firm in target), len(target)) if target else None


def outside(target: Collection[int], paid: Payments) -> Fraction | None:
    """Which share of the money goes to firms that are not meant; None when there is no money."""
    total = sum(paid.values(), NOTHING)
    return Fraction(sum((v for f, v in paid.items() if f not in target), NOTHING)) / Fraction(total) if total else None


def anyway(before: Payments, after: Payments) -> Fraction | None:
    """Of the money a change adds, the share that goes to firms which had something without it; None: it adds none."""
    added = {firm: v - before.get(firm, NOTHING) for firm, v in after.items() if v > before.get(firm, NOTHING)}
    total = sum(added.values(), NOTHING)
    held = sum((v for firm, v in added.items() if before.get(firm)), NOTHING)
    return Fraction(held) / Fraction(total) if total else None


@dataclass(frozen=True, slots=True)
class Range:
    """The values of one parameter that are tried: from `lowest` by `step` up to `highest`, both ends included."""

    parameter: str
    lowest: Decimal
    highest: Decimal
    step: Decimal

    @property
    def count(self) -> int:
        """How many values are tried."""
        return int((self.highest - self.lowest) / self.step) + 1 if self.highest >= self.lowest else 0

    @property
    def values(self) -> list[Decimal]:
        """The values that are tried, lowest first."""
        return [self.lowest + n * self.step for n in range(self.count)]


def bounded(parameter: Parameter) -> Range | None:
    """Within which bounds a parameter may move; None where the policy sets none."""
    low, high, step = parameter.lowest, parameter.highest, parameter.step
    return Range(parameter.key, low, high, step) if low is not None and high is not None and step else None


def grid(ranges: Sequence[Range]) -> Iterable[dict[str, Decimal]]:
    """Every way to set the parameters, the last one moving fastest."""
    for values in product(*(r.values for r in ranges)):
        yield {r.parameter: value for r, value in zip(ranges, values, strict=True)}


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to set the parameters: what it costs in yuan, what it gains, how many firms it reaches."""

    changes: Mapping[str, Decimal]
    cost: Decimal
    gain: Fraction
    firms: int = 0


def front(choices: Iterable[Choice]) -> list[Choice]:
    """The choices of which no other costs no more and gains no less (one of the two better), cheapest first.

    Of several that cost and gain the same, the first counts.
    """
    best: list[Choice] = []
    for choice in sorted(choices, key=lambda c: (c.cost, -c.gain)):
        if not best or choice.gain > best[-1].gain:
            best.append(choice)
    return best


def best_within(choices: Iterable[Choice], budget: Decimal) -> Choice | None:
    """The choice that gains most under a budget, the cheapest of them; None when each costs more."""
    held = [c for c in front(choices) if c.cost <= budget]
    return held[-1] if held else None


def counting(registry: Registry, title: str) -> list[Indicator]:
    """The indicators whose formula counts a title, main ones first; none where no title is granted."""
    found = []
    for indicator in registry.indicators.values() if title else ():
        measure = measure_of(registry, indicator) if f"'{title}'" in indicator.formula else None
        if measure and not measure.divides and any(_names(node, title) for node in walk(measure.tree)):
            found.append(indicator)
    return sorted(found, key=lambda i: (not i.main, i.order, i.key))


def _names(node: Node, title: str) -> bool:
    match node:
        case Holds():
            return node.title == title
        case Comparison(op="=", left=Column(name="title"), right=Text(value=value)):
            return value == title
        case InList(operand=Column(name="title")):
            return Text(title) in node.values
    return False
