"""What the plan's figures imply when put together (codes P214, P225)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from quanyu.registry.check.figures import ADDITIONS, Said, plan_rule, quotations
from quanyu.registry.check.growth import starts
from quanyu.registry.identity import Unreadable, parse_expression
from quanyu.registry.model import Derivation, Statement
from quanyu.registry.problem import Problem


@dataclass(frozen=True, slots=True)
class Figure:
    """A value in base units and the statements it rests on."""

    value: Decimal
    statements: tuple[Statement, ...]


Figures = Mapping[tuple[str, str], list[Figure]]  # (quantity, year) → all that is said or implied of it


def figures(plan: Said) -> dict[tuple[str, str], list[Figure]]:
    """Every yearly value the plan states, and the starting values its growth statements imply where it states none."""
    found: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    said = [s for s in plan.spoken if s.aspect not in ADDITIONS]
    stated = {(s.subject, s.period) for s in said}
    for s in said:
        _add(found[s.subject, s.period], Figure(plan.known(s), (s,)))
        start = (s.growth.of or s.subject, s.growth.since) if s.growth else None
        if start and start not in stated:
            for value in starts(plan, s).values():
                _add(found[start], Figure(value, (s,)))
    return dict(found)


def _add(group: list[Figure], figure: Figure) -> None:
    if all(f.value != figure.value for f in group):
        group.append(figure)


def derived(derivation: Derivation, said: Figures) -> dict[str, list[Figure]]:
    """Year → every value the derivation yields from what is said of that year."""
    expression = parse_expression(derivation.formula)
    names = sorted(expression.names)
    found: dict[str, list[Figure]] = {}
    for year in sorted({period for key, period in said if key in names}):
        for combination in product(*(said.get((key, year), []) for key in names)):
            value = expression.value({key: f.value for key, f in zip(names, combination, strict=True)})
            if value is not None:
                rest = tuple(dict.fromkeys(s for f in combination for s in f.statements))
                exact = Decimal(value.numerator) / value.denominator
                _add(found.setdefault(year, []), Figure(exact, rest))
    return found


def _readable(plan: Said) -> Iterator[Derivation]:
    """Derivations whose formula can be read (P134 tells the others)."""
    for d in plan.registry.derivations.values():
        try:
            parse_expression(d.formula, plan.registry.quantities)
        except Unreadable:
            continue
        yield d


def _implausible(plan: Said, d: Derivation, said: Figures) -> Iterator[tuple[str, list[Figure]]]:
    """What is hard to believe of a derivation's values, in words, with the figures in question."""
    factor, unit = plan.registry.units[d.unit].factor, d.unit
    found = derived(d, said)
    for year, figures_ in found.items():
        stated = [] if d.result in parse_expression(d.formula).names else said.get((d.result, year), [])
        every = sorted([*figures_, *stated], key=lambda f: f.value)
        low, high = every[0], every[-1]
        if d.low is not None and low.value < d.low * factor:
            yield f"{year}年推得{plan.shown(low.value, unit)}，低于{d.low}", [low]
        if d.high is not None and high.value > d.high * factor:
            yield f"{year}年推得{plan.shown(high.value, unit)}，高于{d.high}", [high]
        if d.max_change is not None and low.value > 0 and high.value / low.value - 1 > d.max_change:
            two = f"{plan.shown(low.value, unit)}与{plan.shown(high.value, unit)}"
            yield f"{year}年推得{two}两个值", [low, high]
    if d.max_growth is None:
        return
    for first, then in zip(found, list(found)[1:], strict=False):
        span = int(then[:4]) - int(first[:4])
        low, high = max(found[first], key=lambda f: f.value), min(found[then], key=lambda f: f.value)
        if span > 0 and low.value > 0 and high.value > low.value * (1 + d.max_growth) ** span:
            yearly = ((high.value / low.value) ** (Decimal(1) / span) - 1) * 100
            words = f"{first}年{plan.shown(low.value, unit)}至{then}年{plan.shown(high.value, unit)}"
            yield f"{words}，年均增长至少{yearly:.1f}%", [low, high]


@plan_rule("P214", "unwise", "几个数放在一起，推出难以置信的结果")
def implausible(plan: Said) -> Iterator[Problem]:
    said = figures(plan)
    for d in _readable(plan):
        for words, clash in _implausible(plan, d, said):
            rest = list(dict.fromkeys(s for f in clash for s in f.statements))
            told = f"由{d.label.zh}，{words}：{quotations(rest)}"
            keys = tuple(s.key for s in rest)
            yield Problem("P214", "unwise", d.place, told, d.because, plan.subject(d.result), keys)


@plan_rule("P225", "unwise", "关键的数只能推算，原文没有写")
def only_implied(plan: Said) -> Iterator[Problem]:
    said = figures(plan)
    for d in _readable(plan):
        found = derived(d, said)
        if found and not any(key == d.result for key, _ in said):
            spans = "、".join(
                f"{year}年{'或'.join(plan.shown(f.value, d.unit) for f in group)}" for year, group in found.items()
            )
            told = f"「{plan.registry.quantities[d.result].label.zh}」原文没有写，只能由{d.label.zh}推得{spans}"
            yield Problem("P225", "unwise", d.place, told, "补上这个数和出处", plan.subject(d.result))
