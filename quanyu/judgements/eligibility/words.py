"""How a decision was come to, in Chinese or English: formulas with the numbers of the firm put in."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from quanyu.judgements.eligibility.rule import HELD, MONEY, Formula, Rule, base, kind_of_unit, trait_columns
from quanyu.measures.formula import Arithmetic, Case, Column, Function, Node, Number
from quanyu.registry.model import Label

SAID = {"+": "＋", "-": "－", "*": "×", ">=": "不低于", ">": "高于", "<=": "不高于", "<": "低于"}
CALLED = {"least": "取小", "greatest": "取大", "coalesce": "依次取有数的", "abs": "绝对值"}
YEARS = ("", "（上年）", "（前年）")
ENGLISH = {
    "不低于": "at least", "高于": "above", "不高于": "at most", "低于": "below", "取小": "least of",
    "取大": "greatest of", "依次取有数的": "first known of", "绝对值": "size of", "（上年）": " (year before)",
    "（前年）": " (two years before)", "（{n} 年前）": " ({n} years before)", "未知": "not known", "符合": "met",
    "不符合": "not met", "还缺数据": "data missing", "要看专家打分": "hangs on experts' points",
    "没有这种情形": "does not apply", "有这种情形": "applies", "由专家或主管部门判断": "judged by people",
    "触发线：": "applies from: ", "要求": "asked: ", "差 {n}": "short by {n}",
    "还缺数据，金额未知": "data missing, amount not known", "不在任何一档，不兑现": "in no band, nothing is paid",
    "保底": "the floor", "封顶": "the cap", "舍到 {n} 元": "cut down to {n} yuan", "{n} 元": "{n} yuan", "，": ", ",
    "（{words}）": "({words})", "＝": "=", "＋": "+", "－": "-",
}  # fmt: skip
"""What is said here, in English; signs that are missing are the same."""
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


class Tongue:
    """One language to speak: of phrases, labels and quantities."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, phrase: str, **put: object) -> str:
        said = phrase if self.language == "zh" else ENGLISH.get(phrase, phrase)
        return said.format(**put) if put else said

    def of(self, label: Label) -> str:
        return label.of(self.language)

    def quantity(self, rule: Rule, value: Fraction | None, unit: str, beside: Fraction | None = None) -> str:
        """A value that is already in a unit, with its name: 4.27%, 1,200 万元; 1,200 × 10,000 yuan."""
        if value is None:
            return self("未知")
        name = self.of(rule.registry.units[unit].label) if unit else ""
        between = "" if name in ("", "%", "‰") else " × " if name[:1].isdigit() else " "
        return number(value, beside) + between + name

    def yuan(self, fen: int) -> str:
        """An amount in yuan, to the fen: 1,200.00 元."""
        return self("{n} 元", n=f"{Decimal(fen).scaleb(-2):,.2f}")

    def spoken(self, rule: Rule, formula: Formula, compute: Compute, test: Test) -> str:
        """A formula with its numbers: 研发费用 120 万元 × 补助比例 10%. Of a `case` only the branch taken is said."""
        known = trait_columns(rule.registry)
        parameters = {p.key: p for p in rule.policy.parameters}

        def say(raw: Node, settled: Node, inner: bool = False) -> str:
            if isinstance(raw, Column):
                if raw.name in parameters:
                    label, back = self.of(parameters[raw.name].label), 0
                elif raw.name in known:
                    trait, back = known[raw.name]
                    label = self.of(trait.label)
                else:
                    label, back = raw.name.removeprefix(HELD), 0
                value = compute(settled)
                shown = None if value is None else value / base(rule.registry, raw.unit)
                year = self(YEARS[back]) if back < len(YEARS) else self("（{n} 年前）", n=back)
                return f"{label}{year} {self.quantity(rule, shown, raw.unit)}"
            if isinstance(raw, Number):
                return number(raw.value)
            if isinstance(raw, Arithmetic) and isinstance(settled, Arithmetic):
                loose = raw.op in "+-"
                left, right = say(raw.left, settled.left, not loose), say(raw.right, settled.right, True)
                text = f"{left} {self(SAID[raw.op])} {right}"
                return self("（{words}）", words=text) if inner and loose else text
            if isinstance(raw, Function) and isinstance(settled, Function):
                parts = [say(a, s) for a, s in zip(raw.arguments, settled.arguments, strict=True)]
                return self(CALLED[raw.name]) + self("（{words}）", words=self("，").join(parts))
            if isinstance(raw, Case) and isinstance(settled, Case):
                for (_, branch), (condition, chosen) in zip(raw.branches, settled.branches, strict=True):
                    holds = test(condition)
                    if holds is None:
                        return self("未知")
                    if holds:
                        return say(branch, chosen, inner)
                return say(raw.otherwise, settled.otherwise, inner)
            return self("未知")

        return say(formula.raw, formula.node)


def unit_shown(rule: Rule, unit: str, formula: Formula) -> str:
    """The unit a value is said in: the condition's own, else yuan for money."""
    return unit or ("yuan" if formula.kind == MONEY and kind_of_unit(rule.registry, "yuan") == MONEY else "")
