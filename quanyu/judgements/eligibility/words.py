"""How a decision was come to, in Chinese: formulas with the numbers of the firm put in."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from quanyu.judgements.eligibility.rule import HELD, MONEY, Formula, Rule, base, kind_of_unit, trait_columns
from quanyu.measures.formula import Arithmetic, Case, Column, Function, Node, Number

SAID = {"+": "＋", "-": "－", "*": "×", ">=": "不低于", ">": "高于", "<=": "不高于", "<": "低于"}
CALLED = {"least": "取小", "greatest": "取大", "coalesce": "依次取有数的", "abs": "绝对值"}
YEARS = ("", "（上年）", "（前年）")
Compute = Callable[[Node], Fraction | None]
Test = Callable[[Node], bool | None]


def number(value: Fraction, beside: Fraction | None = None) -> str:
    """A number with thousands and at most two decimals; more where it would look like the one beside it and is not."""
    for places in (2, 4, 8):
        shown = _cut(value, places)
        if beside is None or value == beside or shown != _cut(beside, places):
            break
    return shown


def _cut(value: Fraction, places: int) -> str:
    whole = Decimal(round(value * 10**places)).scaleb(-places)
    text = f"{whole:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity(rule: Rule, value: Fraction | None, unit: str, beside: Fraction | None = None) -> str:
    """A value that is already in a unit, with its name: 4.27%, 1,200 万元."""
    if value is None:
        return "未知"
    name = rule.registry.units[unit].label.zh if unit else ""
    return number(value, beside) + (name if name in ("", "%", "‰") else f" {name}")


def yuan(fen: int) -> str:
    """An amount in yuan, to the fen: 1,200.00 元."""
    return f"{Decimal(fen).scaleb(-2):,.2f} 元"


def spoken(rule: Rule, formula: Formula, compute: Compute, test: Test) -> str:
    """A formula with its numbers: 研发费用 120 万元 × 补助比例 10%. Of a `case` only the branch taken is said."""
    known = trait_columns(rule.registry)
    parameters = {p.key: p for p in rule.policy.parameters}

    def say(raw: Node, settled: Node, inner: bool = False) -> str:
        if isinstance(raw, Column):
            if raw.name in parameters:
                label, back = parameters[raw.name].label.zh, 0
            elif raw.name in known:
                trait, back = known[raw.name]
                label = trait.label.zh
            else:
                label, back = raw.name.removeprefix(HELD), 0
            value = compute(settled)
            shown = None if value is None else value / base(rule.registry, raw.unit)
            year = YEARS[back] if back < len(YEARS) else f"（{back} 年前）"
            return f"{label}{year} {quantity(rule, shown, raw.unit)}"
        if isinstance(raw, Number):
            return number(raw.value)
        if isinstance(raw, Arithmetic) and isinstance(settled, Arithmetic):
            loose = raw.op in "+-"
            text = f"{say(raw.left, settled.left, not loose)} {SAID[raw.op]} {say(raw.right, settled.right, True)}"
            return f"（{text}）" if inner and loose else text
        if isinstance(raw, Function) and isinstance(settled, Function):
            parts = [say(a, s) for a, s in zip(raw.arguments, settled.arguments, strict=True)]
            return f"{CALLED[raw.name]}（{'，'.join(parts)}）"
        if isinstance(raw, Case) and isinstance(settled, Case):
            for (_, branch), (condition, chosen) in zip(raw.branches, settled.branches, strict=True):
                holds = test(condition)
                if holds is None:
                    return "未知"
                if holds:
                    return say(branch, chosen, inner)
            return say(raw.otherwise, settled.otherwise, inner)
        return "未知"

    return say(formula.raw, formula.node)


def unit_shown(rule: Rule, unit: str, formula: Formula) -> str:
    """The unit a value is said in: the condition's own, else yuan for money."""
    return unit or ("yuan" if formula.kind == MONEY and kind_of_unit(rule.registry, "yuan") == MONEY else "")
