"""What each part of a formula measures: quantities with their unit outside aggregates and on one row inside them.

Where quantities of one dimension but different units meet outside aggregates, the exact conversion is written into the
tree; inside an aggregate they must already be in the same unit. What does not fit raises `Wrong` M104.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from quanyu.measures import units
from quanyu.measures.units import PLAIN, Quantity, Type
from quanyu.registry.model import Registry

from quanyu.measures.formula import (  # isort: skip
    Aggregate, Arithmetic, BoolOp, Case, Column, Comparison, Flag, Function, Holds, InList, IsNull, Moment, Node, Not,
    Null, Number, Text, Wrong,
)  # fmt: skip


@dataclass(frozen=True)
class Meaning:
    """Infers what expressions measure, by the units of the registry."""

    registry: Registry

    def outer(self, node: Node) -> tuple[Node, Quantity]:
        """A quantity outside aggregates, with exact conversions put in where units of one dimension meet."""
        if isinstance(node, Number):
            return node, PLAIN
        if isinstance(node, Aggregate):
            return node, self._aggregate_kind(node)
        if isinstance(node, Arithmetic):
            (left, lk), (right, rk) = self.outer(node.left), self.outer(node.right)
            if node.op in "+-":
                (left, right), kind = self._alike((left, right), (lk, rk), f"“{node.op}”两边")
                return Arithmetic(node.op, left, right), kind
            if node.op == "/" and right == Number(Fraction(0)):
                raise Wrong("M104", "除数写成了 0", "")
            return Arithmetic(node.op, left, right), units.combine(lk, rk, 1 if node.op == "*" else -1)
        if isinstance(node, Function):
            if node.name == "round":
                inner, kind = self.outer(node.arguments[0])
                return Function("round", (inner, node.arguments[1])), kind
            parts, kind = self._alike(*self._each(node.arguments), f"{node.name} 的各项")
            return Function(node.name, parts), kind
        if isinstance(node, Case):
            conditions = [self._outer_condition(c) for c, _ in node.branches]
            parts, kind = self._alike(*self._each((*(v for _, v in node.branches), node.otherwise)), "case 的各个结果")
            return Case(tuple(zip(conditions, parts[:-1], strict=True)), parts[-1]), kind
        if isinstance(node, Null):
            return node, PLAIN
        raise Wrong("M104", "这里要的是数，不是条件或文字", "条件只能写在 case when 或 filter (where …) 里")

    def _outer_condition(self, node: Node) -> Node:
        if isinstance(node, BoolOp):
            return BoolOp(node.op, tuple(self._outer_condition(o) for o in node.operands))
        if isinstance(node, Not):
            return Not(self._outer_condition(node.operand))
        if isinstance(node, Comparison):
            (left, right), _ = self._alike(*self._each((node.left, node.right)), f"“{node.op}”两边")
            return Comparison(node.op, left, right)
        if isinstance(node, IsNull):
            return IsNull(self.outer(node.operand)[0])
        if isinstance(node, InList):
            operand = self.outer(node.operand)[0]
            if any(isinstance(v, Text) for v in node.values):
                raise Wrong("M104", "汇总出来的数不能和文字比", "")
            return InList(operand, node.values)
        if isinstance(node, Flag):
            return node
        raise Wrong("M104", "when 后面要写条件", "例如 sum(revenue) > 0")

    def _each(self, nodes: tuple[Node, ...]) -> tuple[tuple[Node, ...], tuple[Quantity, ...]]:
        done = [self.outer(n) for n in nodes]
        return tuple(n for n, _ in done), tuple(k for _, k in done)

    def _alike(
        self, nodes: tuple[Node, ...], kinds: tuple[Quantity, ...], where: str
    ) -> tuple[tuple[Node, ...], Quantity]:
        met = units.meet(kinds)
        if met is None:
            raise Wrong("M104", f"{where}不是同一种量：{self._words(kinds)}", "钱、件数、人数不能相加或比较")
        kind, factors = met
        return tuple(n if f == 1 else _scale(n, f) for n, f in zip(nodes, factors, strict=True)), kind

    def _words(self, kinds: Iterable[Type]) -> str:
        return "、".join(dict.fromkeys(units.in_words(self.registry.units, k) for k in kinds))

    def _aggregate_kind(self, node: Aggregate) -> Quantity:
        if node.function != "count":
            return cast(Quantity, self.kind(cast(Node, node.operand)))
        if node.operand is not None and not node.distinct and isinstance(self.kind(node.operand), Quantity):
            return PLAIN  # how many values there are: what avg divides by
        name = node.operand.name if node.distinct and isinstance(node.operand, Column) else ""
        atom = {"firm": "count:firm", "person": "count:person"}.get(name, units.ANY_COUNT)
        return Quantity(((atom, 1),))

    def kind(self, node: Node) -> Type:
        """What an expression on one row is; units must already be the same where they meet."""
        if isinstance(node, Column):
            if node.type in ("integer", "decimal"):
                return units.quantity(self.registry.units, node.unit)
            return cast(Type, node.type)
        if isinstance(node, Number):
            return PLAIN
        if isinstance(node, Text):
            return "text"
        if isinstance(node, Null):
            return "null"
        if isinstance(node, Arithmetic):
            left, right = self._number(node.left), self._number(node.right)
            if node.op == "*":
                if left.dimension and right.dimension:
                    raise Wrong("M104", "汇总里面不能把两个带单位的列相乘", "")
                return units.combine(left, right, 1)
            return self._same((left, right), f"“{node.op}”两边")
        if isinstance(node, Function):
            return self._same([self._number(a) for a in node.arguments], f"{node.name} 的各项")
        if isinstance(node, Case):
            for condition, _ in node.branches:
                self.condition(condition)
            results = (*(v for _, v in node.branches), node.otherwise)
            return self._same([self._number(v) for v in results], "case 的各个结果")
        self.condition(node)
        return "flag"

    def _number(self, node: Node) -> Quantity:
        kind = self.kind(node)
        if kind == "null":
            return PLAIN
        if not isinstance(kind, Quantity):
            raise Wrong("M104", f"这里要的是数，不是{units.in_words(self.registry.units, kind)}", "")
        return kind

    def _same(self, kinds: Iterable[Quantity], where: str) -> Quantity:
        held = list(kinds)
        met = units.meet(held)
        if met is None or any(f != 1 for f in met[1]):
            hint = "汇总里面只加减同一单位的列；不同单位分开汇总后再加减"
            raise Wrong("M104", f"{where}的单位不同：{self._words(held)}", hint)
        return met[0]

    def condition(self, node: Node) -> None:
        """A condition on one row: each comparison between things of one kind."""
        if isinstance(node, Moment | Holds | Flag) or (isinstance(node, Column) and node.type == "flag"):
            return
        if isinstance(node, BoolOp):
            for operand in node.operands:
                self.condition(operand)
        elif isinstance(node, Not):
            self.condition(node.operand)
        elif isinstance(node, IsNull):
            self.kind(node.operand)
        elif isinstance(node, Comparison | InList):
            sides = (node.left, node.right) if isinstance(node, Comparison) else (node.operand, *node.values)
            kinds = [self.kind(s) for s in sides]
            if all(isinstance(k, Quantity) for k in kinds):
                self._same(cast(list[Quantity], kinds), "比较的两边")
            elif len(set(kinds)) != 1 or kinds[0] in ("null", "date"):
                raise Wrong("M104", f"不能比较：{self._words(kinds)}", "文字和文字比，数和数比；空值用 is null")
        else:
            raise Wrong("M104", "filter (where …) 里要写条件", "例如 title = 'high_tech' and valid")


def _scale(node: Node, factor: Fraction) -> Node:
    return Number(node.value * factor) if isinstance(node, Number) else Arithmetic("*", node, Number(factor))
