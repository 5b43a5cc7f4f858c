"""A policy as both engines see it: every formula a tree over traits, in base units and whole fen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, cast

from quanyu.measures.formula import Column, ColumnType, Node, walk
from quanyu.measures.units import Dimension, dimension
from quanyu.registry.model import Condition, Dated, PayBand, Policy, Registry, Score, ScoreItem, Trait

MONEY: Dimension = (("money", 1),)
HELD = "holds_"  # of the column that says whether a title is held on the day
Kind = Dimension | Literal["any", "plain", "text", "flag"]
"""What an expression measures: a dimension, or `any` (0 and null fit everywhere), a plain number, a text, a flag."""


@dataclass(frozen=True, slots=True)
class Formula:
    """`raw` as written, with names for parameters; `node` with their values, in base units and fen."""

    text: str
    raw: Node
    node: Node
    kind: Kind

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(n.name for n in walk(self.node) if isinstance(n, Column))


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition read: a `test`, or `of`/`per` held by `op` against `bound`; nothing of it where a person judges."""

    condition: Condition
    test: Formula | None = None
    of: Formula | None = None
    per: Formula | None = None
    op: str = ""
    bound: Formula | None = None

    @property
    def columns(self) -> frozenset[str]:
        return _columns(self.test, self.of, self.per, self.bound)


@dataclass(frozen=True, slots=True)
class Band:
    points: Fraction
    most: Fraction
    when: Formula | None
    at_least: Fraction | None


@dataclass(frozen=True, slots=True)
class Item:
    item: ScoreItem
    of: Formula | None
    per: Formula | None
    bands: tuple[Band, ...]

    @property
    def columns(self) -> frozenset[str]:
        return _columns(self.of, self.per, *(b.when for b in self.bands))


@dataclass(frozen=True, slots=True)
class Table:
    score: Score
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Pay:
    """A band of a benefit: what is paid where the benefit's value is in it."""

    band: PayBand | None
    at_least: Formula | None
    below: Formula | None
    pays: Formula


@dataclass(frozen=True, slots=True)
class Paying:
    """A benefit read. `step`: it is cut down to a whole number of so many fen."""

    of: Formula | None
    per: Formula | None
    bands: tuple[Pay, ...]
    floor: Formula | None
    cap: Formula | None
    step: int

    @property
    def columns(self) -> frozenset[str]:
        held = [f for b in self.bands for f in (b.at_least, b.below, b.pays)]
        return _columns(self.of, self.per, self.floor, self.cap, *held)


@dataclass(frozen=True)
class Rule:
    """A policy as it decides on a day. `traits`: the columns it reads of a firm (`revenue_1`, `holds_high_tech`)."""

    policy: Policy
    on: dt.date
    parameters: Mapping[str, Dated | None]
    clauses: tuple[Clause, ...]
    tables: tuple[Table, ...]
    when: Formula | None
    benefit: Paying | None
    ranked_by: Formula | None
    registry: Registry = field(repr=False, compare=False)
    names: Mapping[str, Column] = field(repr=False, compare=False, default_factory=dict)

    @cached_property
    def traits(self) -> tuple[str, ...]:
        read = [c.columns for c in self.clauses] + [i.columns for t in self.tables for i in t.items]
        read += [self.benefit.columns] if self.benefit else []
        read += [self.ranked_by.columns] if self.ranked_by else []
        return tuple(sorted(frozenset[str]().union(*read) - set(score_names(self.policy))))

    @cached_property
    def unverified(self) -> bool:
        p, parts = self.policy, [c.condition for c in self.clauses]
        items = [i.item for t in self.tables for i in t.items]
        traits = [self.registry.traits[t] for t in {trait_of(self.registry, n) for n in self.traits} if t]
        marked = [p, *parts, *items, *(b for i in items for b in i.bands), *traits, *filter(None, [p.benefit])]
        marked += [d for d in self.parameters.values() if d] + [*(p.benefit.bands if p.benefit else ())]
        return any(m.unverified for m in cast(list[Any], marked))


def trait_columns(registry: Registry) -> dict[str, tuple[Trait, int]]:
    """Every column traits have, with its trait and how many years it lies back."""
    return {
        f"{t.key}_{back}" if back else t.key: (t, back) for t in registry.traits.values() for back in range(t.back + 1)
    }


def trait_of(registry: Registry, column: str) -> str:
    """The key of the trait a column belongs to, "" where it is none."""
    found = trait_columns(registry).get(column)
    return found[0].key if found else ""


def kind_of_unit(registry: Registry, unit: str) -> Kind:
    """What is measured in a unit; without one it is a plain number."""
    return dimension(registry.units[unit].dimension) if unit else "plain"


def base(registry: Registry, unit: str) -> Fraction:
    """What a number in a unit is multiplied by to be in the base unit, money in fen."""
    if not unit:
        return Fraction(1)
    powers = dict(dimension(registry.units[unit].dimension))
    return Fraction(registry.units[unit].factor) * Fraction(100) ** powers.get("money", 0)


def column_type(registry: Registry, trait: Trait) -> ColumnType:
    """How a trait is held: money in whole fen, counts in whole numbers, other numbers in their own unit."""
    if trait.type != "number":
        return "flag" if trait.type == "flag" else "text"
    kind = kind_of_unit(registry, trait.unit)
    whole = kind == MONEY or (isinstance(kind, tuple) and len(kind) == 1 and kind[0][0].startswith("count:"))
    return "integer" if whole else "decimal"


def score_names(policy: Policy) -> tuple[str, ...]:
    """What formulas may call the scores of a policy: the totals, their items and groups."""
    parts = [(s.key, [*(i.key for i in s.items), *(g.key for g in s.groups)]) for s in policy.scores]
    return tuple(name for key, below in parts for name in (key, *(f"{key}_{part}" for part in below)))


def _columns(*formulas: Formula | None) -> frozenset[str]:
    return frozenset[str]().union(*(f.columns for f in formulas if f))
