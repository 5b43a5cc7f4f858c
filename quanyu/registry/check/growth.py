"""What the plan says of growth, against its own figures (codes P212, P213)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from quanyu.registry.check.figures import Said, plan_rule
from quanyu.registry.model import Growth, Statement
from quanyu.registry.problem import Problem

NEAR = Decimal("0.01")  # 翻番 of 14.96 is 29.92; the plan writes 30


def factors(growth: Growth) -> dict[str, Decimal]:
    """How many times the starting value the grown value is, by reading; empty where the change is in points."""
    if growth.how == "doubles":
        return {"": Decimal(2)}
    if growth.by is None or growth.how == "points":
        return {}
    if growth.how == "percent":
        return {"": 1 + growth.by / 100}
    readings = {"by": {"增加了": 1 + growth.by}, "to": {"增加到": growth.by}}
    return readings.get(growth.reading, readings["by"] | readings["to"])


def starts(plan: Said, statement: Statement) -> dict[str, Decimal]:
    """The starting values (base unit) that a growth statement implies, by reading."""
    growth, value = statement.growth, plan.known(statement)
    if growth is None:
        return {}
    if growth.how == "points" and growth.by is not None:
        return {"": value - growth.by * plan.registry.units[statement.unit].factor}
    return {reading: value / factor for reading, factor in factors(growth).items() if factor}


@plan_rule("P212", "unwise", "增长的说法与自己的数字不符")
def growth_contradicted(plan: Said) -> Iterator[Problem]:
    said = plan.levels
    for s in plan.spoken:
        if s.growth is None:
            continue
        quantity = s.growth.of or s.subject
        bases = [b for b in said.get(quantity, []) if b.period == s.growth.since]
        implied = starts(plan, s).values()
        met = any(abs(x - plan.known(b)) <= NEAR * abs(x) for x in implied for b in bases)
        if bases and implied and not met:
            unit = plan.registry.quantities[quantity].unit
            reach = "或".join(plan.shown(x, unit) for x in implied)
            told = f"{plan.name(quantity)}按增长的说法推回{s.growth.since}年应是{reach}，与原文不符"
            yield plan.finding("P212", quantity, [s, *bases], told)


@plan_rule("P213", "unwise", "“增长n倍”有两种读法，结果不同")
def ambiguous_times(plan: Said) -> Iterator[Problem]:
    said = plan.levels
    for s in plan.spoken:
        implied = starts(plan, s)
        if s.growth is None or len(implied) < 2:
            continue
        quantity = s.growth.of or s.subject
        bases = [b for b in said.get(quantity, []) if b.period == s.growth.since]
        if any(abs(x - plan.known(b)) <= NEAR * abs(x) for x in implied.values() for b in bases):
            continue
        unit = plan.registry.quantities[quantity].unit
        reach = "，".join(f"读作“{reading}”则为{plan.shown(x, unit)}" for reading, x in implied.items())
        told = f"{plan.name(quantity)}的“{s.growth.by}倍”有两种读法，{s.growth.since}年{reach}"
        yield plan.finding("P213", quantity, [s], told, "查明基期数")
