"""A formula as a sentence: `研发费用合计 ÷ 地区生产总值最新值`, in Chinese or English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_noop as later

from quanyu.measures import formula as f
from quanyu.registry.model import Label, Registry

WINDOWS: Mapping[str, tuple[Label, str]] = {
    "month": (Label("当期", "the period itself"), later("所看当期")),
    "point": (Label("期末", "as on the last day"), later("期末时点")),
    "year": (Label("当年1月至本期", "January to the period"), later("当年1月至期末累计")),
    "plan": (Label("规划期初至本期", "the plan's start to the period"), later("规划期开始至期末累计")),
    "trailing_year": (Label("最近12个月", "the last twelve months"), later("截至期末的最近12个月")),
}
"""The span that a formula reads: in short, and as a sentence of the pages."""

_SIGNS = {"+": "＋", "-": "－", "*": "×", "/": "÷"}
_COMPARE = {"=": "＝", "<>": "≠", "<": "＜", "<=": "≤", ">": "＞", ">=": "≥"}
_AGGREGATES = {
    "sum": ("{0}合计", "total {0}"),
    "last": ("{0}最新值", "latest {0}"),
    "min": ("{0}最小值", "lowest {0}"),
    "max": ("{0}最大值", "highest {0}"),
    "count": ("有{0}的条数", "records with {0}"),
}
_MOMENTS = {"valid": ("期末有效", "held at the period's end"), "started": ("期内取得", "gained in the period")}
_FUNCTIONS = {
    "coalesce": ("首个有值的", "first known of"),
    "least": ("最小的", "least of"), "greatest": ("最大的", "greatest of"),
    "abs": ("绝对值", "absolute"), "round": ("四舍五入", "rounded"),
}  # fmt: skip


def in_words(node: f.Node, registry: Registry) -> Label:
    """A formula, or a part of one, as people say it."""
    return Label(_Speaker(registry, "zh").say(node), _Speaker(registry, "en").say(node))


@dataclass(frozen=True)
class _Speaker:
    registry: Registry
    language: str

    def pick(self, pair: tuple[str, str]) -> str:
        return pair[self.language == "en"]

    def say(self, node: f.Node | None) -> str:
        match node:
            case f.Number(value):
                return str(value)
            case f.Text(value):
                known = self.registry.titles.get(value)
                return known.label.of(self.language) if known else f"“{value}”"
            case f.Column(name):
                return self.column(name)
            case f.Moment(name):
                return self.pick(_MOMENTS[name])
            case f.Holds(title):
                return self.pick(("持有", "holds ")) + self.say(f.Text(title))
            case f.Arithmetic(op, left, right):
                return f"{self.bracketed(left)} {_SIGNS[op]} {self.bracketed(right)}"
            case f.Comparison("=", f.Column("title"), f.Text() as title):
                return self.say(title)
            case f.Comparison(op, left, right):
                return f"{self.say(left)}{_COMPARE[op]}{self.say(right)}"
            case f.BoolOp(op, operands):
                joint = self.pick(("且", " and ") if op == "and" else ("或", " or "))
                return joint.join(self.bracketed(o) if isinstance(o, f.BoolOp) else self.say(o) for o in operands)
            case f.Not(operand):
                return self.pick(("非", "not ")) + self.bracketed(operand)
            case f.InList(operand, values):
                return f"{self.say(operand)}{self.pick(('属于', ' in '))}{self.listed(values)}"
            case f.IsNull(operand):
                return self.say(operand) + self.pick(("未填", " is empty"))
            case f.Case(branches, otherwise):
                whens = [f"{self.say(when)}{self.pick(('时取', ': '))}{self.say(then)}" for when, then in branches]
                return "；".join([*whens, self.pick(("否则取", "else ")) + self.say(otherwise)])
            case f.Function(name, arguments):
                return f"{self.pick(_FUNCTIONS[name])}（{self.listed(arguments)}）"
            case f.Aggregate():
                return self.aggregate(node)
        return self.pick(("空", "nothing"))

    def aggregate(self, node: f.Aggregate) -> str:
        contract = self.registry.contracts[node.contract].label.of(self.language)
        if node.function == "count" and node.distinct and node.operand == f.Column("firm", "integer"):
            text = self.pick(("单位数", "number of organisations"))
        elif node.operand is None:
            text = self.pick((f"{contract}条数", f"records of {contract}"))
        else:
            what = self.say(node.operand)
            plain = node.function == "sum" and what.endswith("合计")
            text = what if plain else self.pick(_AGGREGATES[node.function]).format(what)
        return text + (f"（{self.say(node.where)}）" if node.where else "")

    def column(self, name: str) -> str:
        if name == "firm":
            return self.pick(("单位", "organisation"))
        held = (c.columns[name] for c in self.registry.contracts.values() if name in c.columns)
        column = next(held, None)
        return column.label.of(self.language) if column else name

    def bracketed(self, node: f.Node) -> str:
        text = self.say(node)
        return f"（{text}）" if isinstance(node, f.Arithmetic | f.BoolOp | f.Case) else text

    def listed(self, nodes: tuple[f.Node, ...]) -> str:
        return self.pick(("、", ", ")).join(self.say(n) for n in nodes)
