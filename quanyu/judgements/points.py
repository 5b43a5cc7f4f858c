"""Innovation points of a firm: each indicator's value against the value that earns full points, weighed by stage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from quanyu.registry.identity import parse_expression, parse_rule
from quanyu.registry.model import PointGroup, PointItem, Points, PointScale, PointStage, Registry, ScoreItem, Unit

Traits = Mapping[str, object]
FEN = 100

_expression, _rule = lru_cache(None)(parse_expression), lru_cache(None)(parse_rule)


@dataclass(frozen=True, slots=True)
class Earned:
    """One indicator of a firm: its value in the item's unit, what it could earn and what it earned.

    `most` None: no weight is in force. `points` None: that, or the value is not known; a value below zero earns none.
    """

    group: PointGroup
    item: PointItem
    value: Fraction | None
    full: Fraction | None
    most: Fraction | None
    points: Fraction | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A firm's points. `total` None where no scale is in force; what is not known earns nothing and lowers `known`."""

    stage: PointStage
    scale: PointScale | None
    lines: tuple[Earned, ...]

    @property
    def total(self) -> Fraction | None:
        return sum((e.points for e in self.lines if e.points is not None), Fraction(0)) if self.scale else None

    @property
    def known(self) -> int:
        """Of how many indicators the value is known."""
        return sum(e.value is not None for e in self.lines)

    def of(self, group: PointGroup) -> tuple[Fraction, Fraction]:
        """What a group earned, and the most it could."""
        mine = [e for e in self.lines if e.group is group]
        return sum((e.points or Fraction(0) for e in mine), Fraction(0)), sum(
            (e.most or Fraction(0) for e in mine), Fraction(0)
        )


def numbers(traits: Traits) -> dict[str, Fraction]:
    """The traits arithmetic can be done with: numbers, and flags as 0 or 1."""
    return {k: Fraction(v) for k, v in traits.items() if isinstance(v, int | Fraction | Decimal)}


def holds(rule: str, traits: Traits) -> bool | None:
    """Whether a relation over traits holds; None where it is not known. No relation: it holds."""
    return _rule(rule).holds(numbers(traits)) if rule else True


def value_of(item: PointItem | ScoreItem, traits: Traits, units: Mapping[str, Unit]) -> Fraction | None:
    """`of` over `per` in the item's unit; None where something is not known or the divisor is zero or below.

    Money traits are whole fen, so a ratio of two of them is a plain number and a sum of them is brought to yuan.
    """
    known = numbers(traits)
    value = _expression(item.of).value(known)
    divisor = _expression(item.per).value(known) if item.per else Fraction(1)
    if value is None or divisor is None or divisor <= 0:
        return None
    unit = units.get(item.unit)
    factor = Fraction(unit.factor) * (FEN if unit.dimension == "money" else 1) if unit else Fraction(1)
    return value / divisor / factor


def points_of(index: Points, registry: Registry, traits: Traits, on: dt.date) -> Sheet:
    """The points of one firm on a day, indicator by indicator."""
    stage = next(s for s in index.stages if not s.when or holds(s.when, traits))
    scales = [
        s for s in registry.point_scales.values()
        if (s.points, s.stage) == (index.key, stage.key) and s.since <= on
    ]  # fmt: skip
    scale = max(scales, key=lambda s: s.since, default=None)
    lines = []
    for group in index.groups:
        for item in group.items:
            value = value_of(item, traits, registry.units)
            most = _of(scale.weights if scale else {}, item.key)
            full = _of(scale.full if scale else {}, item.key)
            share = None if value is None or not full else min(max(value / full, Fraction(0)), Fraction(1))
            lines.append(
                Earned(group, item, value, full, most, None if share is None or most is None else most * share)
            )
    return Sheet(stage, scale, tuple(lines))


def _of(held: Mapping[str, object], key: str) -> Fraction | None:
    return Fraction(str(held[key])) if key in held else None
