"""Slips of the unit: a bound or an amount that is a thousandfold off its like, or off everything the facts hold.

Alike are bounds on one value, anywhere in the policies; the sums one benefit names; the dated values of one parameter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import median

from quanyu.judgements.eligibility import decide
from quanyu.judgements.eligibility.rule import Formula, Rule
from quanyu.judgements.reach import exactly, numbers
from quanyu.judgements.witness import Finding, Firm, Witness, finding, seek, told
from quanyu.measures.formula import Column, Comparison, Node, walk
from quanyu.registry.problem import Place

OFF, OFF_SHARE = 900, 90  # so many times away from its like a bound is taken for a slip of the unit
FEW = 5  # fewer firms than this say nothing about what is usual
Edge = tuple[Node, Node | None]


@dataclass(frozen=True, slots=True)
class _Bound:
    """A number something is held against. `like`: what it is compared with others of; `edge`: the value and divisor."""

    rule: Rule
    like: object
    value: Fraction
    place: Place
    label: str
    share: bool = False
    edge: Edge | None = None


def _bounds(rule: Rule) -> Iterator[_Bound]:
    scored = {t.score.key for t in rule.tables}
    for c in rule.clauses:
        place, label = c.condition.place, c.condition.label.zh
        if c.of and c.bound and not c.columns & scored:
            yield from _bound(rule, c.of, c.per, c.bound.node, place, label)
        for n in walk(c.test.node) if c.test else ():
            for side, other in ((n.left, n.right), (n.right, n.left)) if isinstance(n, Comparison) else ():
                if isinstance(side, Column) and side.type == "integer" and (value := _constant(other)):
                    yield _Bound(rule, (side, None), value, place, label, False, (side, None))
    for item in (item for table in rule.tables for item in table.items if item.of):
        for band, written in zip(item.bands, item.item.bands, strict=True):
            if band.at_least and item.of:
                edge = (item.of.node, item.per.node if item.per else None)
                share = _share(item.of, item.per)
                yield _Bound(rule, edge, band.at_least, written.place, item.item.label.zh, share, edge)
    benefit = rule.policy.benefit
    if rule.benefit and benefit:
        sums = [(p.pays, p.band.place if p.band else benefit.place) for p in rule.benefit.bands]
        sums += [(f, benefit.place) for f in (rule.benefit.cap, rule.benefit.floor) if f]
        for formula, place in sums:
            if value := _constant(formula.node):
                yield _Bound(rule, ("pays", rule.policy.key), value, place, "兑现金额")
        for p in rule.benefit.bands:
            for f in (p.at_least, p.below):
                if f and p.band and rule.benefit.of:
                    yield from _bound(rule, rule.benefit.of, None, f.node, p.band.place, "兑现的档")
    for parameter in rule.policy.parameters:
        dated = [Fraction(d.value) for d in parameter.values if isinstance(d.value, Decimal) and d.value]
        for value in dated if len(dated) > 1 else ():
            yield _Bound(rule, ("dated", rule.policy.key, parameter.key), value, parameter.place, parameter.label.zh)


def _bound(rule: Rule, of: Formula, per: Formula | None, limit: Node, place: Place, label: str) -> Iterator[_Bound]:
    edge = (of.node, per.node if per else None)
    if value := _constant(limit):
        yield _Bound(rule, edge, value, place, label, _share(of, per), edge)


def _constant(node: Node) -> Fraction | None:
    """The value of a formula that depends on no firm; None where it does, or is nothing."""
    found = numbers(node, {})
    return None if found.empty or not found.low else Fraction(found.low)


def _share(of: Formula, per: Formula | None) -> bool:
    return of.kind == () or (per is not None and per.kind == of.kind)


def slips(
    rules: Mapping[str, Rule], having: Mapping[str, Witness | None], firms: Mapping[str, Firm]
) -> Iterator[Finding]:  # fmt: skip
    """Bounds that are far off, each with a firm that stands right at it where there can be one."""
    groups: dict[object, list[_Bound]] = {}
    for rule in rules.values():
        for bound in _bounds(rule):
            groups.setdefault(bound.like, []).append(bound)
    seen = set[tuple[Place, Fraction]]()
    for bounds in groups.values():
        for bound in bounds:
            fault = _off(bound, [b for b in bounds if b.value != bound.value]) or _against_facts(bound, firms)
            if not fault or (bound.place, bound.value) in seen:
                continue
            seen.add((bound.place, bound.value))
            rule = bound.rule
            witness = _at(bound) or having[rule.policy.key] or Witness(seek([rule]))
            verdict = decide(rule, witness.firm)
            columns = [n for n in rule.traits if bound.edge and n in _columns(bound.edge)] or rule.traits[:3]
            shown = [f.words for f in verdict.conditions if f.condition.label.zh == bound.label] or [verdict.words]
            message = f"的「{bound.label}」{fault}：{told(rule, witness, columns)}——{shown[0]}"
            yield finding("P406", bound.place, rule.policy, message, "核对单位：元、千元还是万元；% 还是倍", witness)


def _off(bound: _Bound, others: list[_Bound]) -> str:
    """How far a bound is from most of its like, and from all. Of only two the smaller is told: 万 was forgotten."""
    values, off = [abs(b.value) for b in others], OFF_SHARE if bound.share else OFF
    times = [max(abs(bound.value) / v, v / abs(bound.value)) for v in values]
    if not times or median(times) < off or min(times) * 3 < off:
        return ""
    return (
        ""
        if len(set(values)) == 1 and abs(bound.value) > values[0]
        else f"与同类的数相差 {float(median(times)):,.0f} 倍"
    )


def _columns(edge: Edge) -> set[str]:
    return {n.name for part in edge if part for n in walk(part) if isinstance(n, Column)}


def _against_facts(bound: _Bound, firms: Mapping[str, Firm]) -> str:
    """Whether a bound lies a thousandfold below or above what every firm has."""
    if bound.edge is None:
        return ""
    (of, per), values, off = bound.edge, [], OFF_SHARE if bound.share else OFF
    for firm in firms.values():
        box = {name: exactly(value) for name, value in firm.items()}
        top, bottom = numbers(of, box), numbers(per, box) if per else None
        if not top.empty and top.low > 0 and (bottom is None or (not bottom.empty and bottom.low > 0)):
            values.append(Fraction(top.low) / (bottom.low if bottom else 1))
    if len(values) < FEW or min(values) / off < abs(bound.value) < max(values) * off:
        return ""
    return f"离每一家企业的数都差 {off:,} 倍以上"


def _at(bound: _Bound) -> Witness | None:
    """A firm that stands right at the bound: what it takes is plain to see."""
    if not bound.edge or bound.edge[1] or not isinstance(bound.edge[0], Column):
        return None
    return Witness({**seek([bound.rule]), bound.edge[0].name: int(bound.value)})
