"""What each part of a policy's formula measures, and what does not go together. In base units nothing is converted."""

from __future__ import annotations

from typing import cast

from quanyu.judgements.eligibility.rule import Kind, kind_of_unit, trait_columns
from quanyu.measures.reading import near
from quanyu.measures.units import agree
from quanyu.registry.model import Registry

from quanyu.measures.formula import (  # isort: skip
    Arithmetic, BoolOp, Case, Column, Comparison, Function, InList, IsNull, Node, Not, Null, Number, Text, Wrong,
)  # fmt: skip


def kind_of(node: Node, registry: Registry) -> Kind:
    """What an expression measures; raises where things of different kinds meet."""

    def number(part: Node) -> Kind:
        kind = kind_of(part, registry)
        if kind in ("text", "flag"):
            raise Wrong("M104", "这里要的是数，不是真假或文字", "真假可以用 case when … then 1 else 0 end")
        return kind

    def flag(part: Node) -> None:
        if kind_of(part, registry) not in ("flag", "any"):
            raise Wrong("M104", "这里要的是真假", "例如 revenue > minimum")

    if isinstance(node, Column):
        return cast(Kind, node.type) if node.type in ("flag", "text") else kind_of_unit(registry, node.unit)
    if isinstance(node, Number):
        return "plain" if node.value else "any"
    if isinstance(node, Null):
        return "any"
    if isinstance(node, Text):
        return "text"
    if isinstance(node, Arithmetic):
        left, right = number(node.left), number(node.right)
        return times(left, right, 1) if node.op == "*" else meet([left, right], f"“{node.op}”两边")
    if isinstance(node, Function):
        return meet([number(a) for a in node.arguments], f"{node.name} 的各项")
    if isinstance(node, Case):
        for condition, _ in node.branches:
            flag(condition)
        return meet([number(v) for v in (*(v for _, v in node.branches), node.otherwise)], "case 的各个结果")
    if isinstance(node, BoolOp):
        for operand in node.operands:
            flag(operand)
    elif isinstance(node, Not):
        flag(node.operand)
    elif isinstance(node, IsNull):
        kind_of(node.operand, registry)
    elif isinstance(node, Comparison | InList):
        sides = (node.left, node.right) if isinstance(node, Comparison) else (node.operand, *node.values)
        kinds = [kind_of(s, registry) for s in sides]
        if "flag" in kinds or ("text" in kinds and set(kinds) != {"text"}):
            raise Wrong("M104", "不能比较：文字和文字比，数和数比", "真假直接写名字，或 not 名字")
        if "text" in kinds and isinstance(node, Comparison) and node.op not in ("=", "<>"):
            raise Wrong("M104", "文字没有大小，不能用大于、小于比较", "只能用 =、<> 或 in")
        if "text" not in kinds:
            meet(kinds, "比较的两边")
        _known_options(node, registry)
    return "flag"


def _known_options(node: Comparison | InList, registry: Registry) -> None:
    sides = (node.left, node.right) if isinstance(node, Comparison) else (node.operand, *node.values)
    for column in (s for s in sides if isinstance(s, Column) and s.type == "text"):
        found = trait_columns(registry).get(column.name)
        codes = [o.code for o in found[0].options] if found else []
        for text in (s for s in sides if isinstance(s, Text) and codes and s.value not in codes):
            raise Wrong("M107", f"“{column.name}”没有“{text.value}”这个选项", near(text.value, codes))


def times(left: Kind, right: Kind, sign: int) -> Kind:
    """What a product measures, or with `sign` -1 a quotient."""
    if "any" in (left, right):
        return "any"
    if not isinstance(right, tuple):
        return left
    if not isinstance(left, tuple):
        if sign == 1:
            return right
        left = ()
    atoms = dict(left)
    for atom, n in right:
        atoms[atom] = atoms.get(atom, 0) + sign * n
    return tuple(sorted((a, n) for a, n in atoms.items() if n))


def meet(kinds: list[Kind], where: str, *, literal: bool = False) -> Kind:
    """What things that are added or compared are together. A bare number has no place beside money: it would be read
    in fen. `literal`: it has, being stated in the unit beside it."""
    held = [k for k in kinds if k != "any"]
    named = [k for k in held if isinstance(k, tuple)]
    if not named:
        return "plain" if held else "any"
    whole = named[0]
    for other in named[1:]:
        both = agree(whole, other)
        if both is None:
            raise Wrong("M104", f"{where}不是同一种量", "钱、件数、人数、比例不能相加或比较；差一个 per？")
        whole = both
    if len(named) < len(held) and any(a == "money" for a, _ in whole) and not literal:
        raise Wrong("M104", f"{where}一边是钱，一边是没有单位的数", "写成参数，带上单位")
    return whole
