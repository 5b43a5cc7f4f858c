"""What the plan's figures imply when put together (codes P214, P225)."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from quanyu.registry.check.figures import known, levels, shown, subject, quotations
from quanyu.registry.check.growth import starts
from quanyu.registry.check.rule import rule
from quanyu.registry.model import Derivation, Registry, Statement
from quanyu.registry.problem import Problem


@dataclass(frozen=True, slots=True)
class Figure:
    """A value in base units and the statements it rests on."""

    value: Decimal
    statements: tuple[Statement, ...]


Figures = Mapping[tuple[str, str], list[Figure]]  # (quantity, year) → all that is said or implied of it


def figures(registry: Registry) -> dict[tuple[str, str], list[Figure]]:
    """Every yearly value the plan states, and every starting value its growth statements imply."""
    found: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    for quantity, statements in levels(registry).items():
        for s in statements:
            _add(found[quantity, s.period], Figure(known(registry, s), (s,)))
            if s.growth is not None:
                for value in starts(registry, s).values():
                    _add(found[s.growth.of or quantity, s.growth.since], Figure(value, (s,)))
    for s in registry.statements.values():
        if s.aspect == "growth" and s.value is not None:
            _add(found[s.subject, s.period], Figure(known(registry, s), (s,)))
    return dict(found)


def _add(group: list[Figure], figure: Figure) -> None:
    if all(f.value != figure.value for f in group):
        group.append(figure)


class Unreadable(ValueError):
    """A derivation's formula is not + - * / over quantity keys."""


def operands(formula: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(n.id for n in ast.walk(_tree(formula)) if isinstance(n, ast.Name)))


def _tree(formula: str) -> ast.expr:
    try:
        return ast.parse(formula, mode="eval").body
    except SyntaxError as fault:
        raise Unreadable(formula) from fault


def evaluate(formula: str, values: Mapping[str, Decimal]) -> Decimal | None:
    """The formula over values in base units; None where it divides by zero."""

    def at(node: ast.expr) -> Decimal:
        match node:
            case ast.Name(id=key) if key in values:
                return values[key]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return at(left) + at(right)
            case ast.BinOp(left=left, op=ast.Sub(), right=right):
                return at(left) - at(right)
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                return at(left) * at(right)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return at(left) / at(right)
        raise Unreadable(formula)

    try:
        return at(_tree(formula))
    except ArithmeticError:
        return None


def derived(derivation: Derivation, said: Figures) -> dict[str, list[Figure]]:
    """Year → every value the derivation yields from what is said of that year."""
    names = operands(derivation.formula)
    found: dict[str, list[Figure]] = {}
    for year in sorted({period for key, period in said if key in names}):
        for combination in product(*(said.get((key, year), []) for key in names)):
            value = evaluate(derivation.formula, dict(zip(names, (f.value for f in combination), strict=True)))
            if value is not None:
                rest = tuple(dict.fromkeys(s for f in combination for s in f.statements))
                _add(found.setdefault(year, []), Figure(value, rest))
    return found


def _implausible(registry: Registry, d: Derivation, said: Figures) -> Iterator[tuple[str, list[Figure]]]:
    """What is hard to believe of a derivation's values, in words, with the figures in question."""
    factor, unit = registry.units[d.unit].factor, d.unit
    found = derived(d, said)
    for year, figures_ in found.items():
        stated = said.get((d.result, year), []) if d.result not in operands(d.formula) else []
        every = sorted([*figures_, *stated], key=lambda f: f.value)
        low, high = every[0], every[-1]
        if d.low is not None and low.value < d.low * factor:
            yield f"{year}年推得{shown(registry, low.value, unit)}，低于{d.low}", [low]
        if d.high is not None and high.value > d.high * factor:
            yield f"{year}年推得{shown(registry, high.value, unit)}，高于{d.high}", [high]
        if d.max_change is not None and low.value > 0 and high.value / low.value - 1 > d.max_change:
            yield f"{year}年推得{shown(registry, low.value, unit)}与{shown(registry, high.value, unit)}两个值", [low, high]
    if d.max_growth is None:
        return
    for first, then in zip(found, list(found)[1:], strict=False):
        span = int(then[:4]) - int(first[:4])
        low, high = max(found[first], key=lambda f: f.value), min(found[then], key=lambda f: f.value)
        if span > 0 and low.value > 0 and high.value > low.value * (1 + d.max_growth) ** span:
            yearly = ((high.value / low.value) ** (Decimal(1) / span) - 1) * 100
            words = f"{first}年{shown(registry, low.value, unit)}至{then}年{shown(registry, high.value, unit)}"
            yield f"{words}，年均增长至少{yearly:.1f}%", [low, high]


@rule("P214", "unwise", "几个数放在一起，推出难以置信的结果")
def implausible(registry: Registry) -> Iterator[Problem]:
    said = figures(registry)
    for d in registry.derivations.values():
        for words, clash in _implausible(registry, d, said):
            rest = list(dict.fromkeys(s for f in clash for s in f.statements))
            told = f"由{d.label.zh}，{words}：{quotations(rest)}"
            keys = tuple(s.key for s in rest)
            yield Problem("P214", "unwise", d.place, told, d.because, subject(registry, d.result), keys)


@rule("P225", "unwise", "关键的数只能推算，原文没有写")
def only_implied(registry: Registry) -> Iterator[Problem]:
    said = figures(registry)
    for d in registry.derivations.values():
        found = derived(d, said)
        if found and not any(key == d.result for key, _ in said):
            spans = "、".join(
                f"{year}年{'或'.join(shown(registry, f.value, d.unit) for f in group)}" for year, group in found.items()
            )
            told = f"「{registry.quantities[d.result].label.zh}」原文没有写，只能由{d.label.zh}推得{spans}"
            yield Problem("P225", "unwise", d.place, told, "补上这个数和出处", subject(registry, d.result))
