"""What a policy can come to when a firm's traits may be anything within bounds.

A box gives each column a `Range` of numbers or a set of words and flags; a formula over a box comes to a range or a set
that holds every value it can take (and perhaps some it cannot). So what is out of reach here is out of reach for every
firm in the box: the ground on which a clause that nobody can meet is proved, and on which the search for the cheapest
path leaves out what cannot lead there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, TypeVar, cast

from quanyu.judgements.eligibility import Value
from quanyu.judgements.eligibility.rule import MONEY, Clause, Item, Rule, kind_of_unit, trait_columns

from quanyu.measures.formula import (  # isort: skip
    Arithmetic, BoolOp, Case, Column, Comparison, Flag, Function, InList, IsNull, Node, Not, Null, Number, Text, walk,
)  # fmt: skip


Real = int | Fraction


@dataclass(frozen=True, slots=True)
class Range:
    """All numbers from `low` to `high` (none where low is above high), and with `null` also the unknown."""

    low: Real
    high: Real
    null: bool = False

    @property
    def empty(self) -> bool:
        return self.low > self.high


NOTHING = Range(1, 0, True)
ZERO = Range(0, 0)
T = TypeVar("T")
Words = frozenset[str | bool | None]
Reach = Range | Words
Box = Mapping[str, Reach]


def exactly(value: Value) -> Reach:
    """One value as a reach."""
    if isinstance(value, bool | str):
        return frozenset({value})
    return NOTHING if value is None else Range(plain(value), plain(value))


def plain(value: int | Fraction | Decimal) -> Real:
    """A whole number as one: far quicker to reckon with."""
    exact = value if isinstance(value, int | Fraction) else Fraction(value)
    return int(exact) if exact.denominator == 1 else exact


def reach(node: Node, box: Box) -> Reach:
    """Everything a formula can come to in a box. A column that is not in the box is unknown."""
    match node:
        case Number():
            value = plain(node.value)
            return Range(value, value)
        case Text() | Flag():
            return frozenset({node.value})
        case Null():
            return NOTHING
        case Column():
            return box.get(node.name, frozenset({None}) if node.type in ("flag", "text") else NOTHING)
        case Arithmetic():
            return _arithmetic(node.op, numbers(node.left, box), numbers(node.right, box))
        case Comparison():
            return compare(node.op, reach(node.left, box), reach(node.right, box))
        case BoolOp():
            sets = [truths(o, box) for o in node.operands]
            return frozenset(_join(node.op, held) for held in itertools.product(*sets))
        case Not():
            return frozenset(None if held is None else not held for held in truths(node.operand, box))
        case InList():
            found = reach(node.operand, box)
            return (
                frozenset().union(*(compare("=", found, reach(v, box)) for v in node.values))
                if (isinstance(found, Range))
                else frozenset(None if w is None else w in {v.value for v in node.values} for w in found)
            )
        case IsNull():
            return _is_null(reach(node.operand, box))
        case Case():
            return _case(node, box)
        case Function():
            return _function(node.name, [numbers(a, box) for a in node.arguments])
    raise TypeError(f"no formula of a policy holds {type(node).__name__}")


def numbers(node: Node, box: Box) -> Range:
    """The reach of what must be a number."""
    found = reach(node, box)
    return found if isinstance(found, Range) else NOTHING


def truths(node: Node, box: Box) -> frozenset[bool | None]:
    """The reach of what must be true or false."""
    found = reach(node, box)
    return frozenset({None}) if isinstance(found, Range) else cast(frozenset[bool | None], found)


def compare(op: str, left: Reach, right: Reach) -> frozenset[bool | None]:
    """What a comparison of two reaches can come to."""
    if isinstance(left, Range) != isinstance(right, Range):
        return frozenset({None})
    if not isinstance(left, Range) or not isinstance(right, Range):
        pairs = itertools.product(cast(Words, left), cast(Words, right))
        return frozenset(None if a is None or b is None else (a == b) == (op == "=") for a, b in pairs)
    found: set[bool | None] = {None} if left.null or right.null else set()
    if not left.empty and not right.empty:
        if op in (">", ">="):
            op, left, right = {">": "<", ">=": "<="}[op], right, left
        same, apart = left.low == left.high == right.low == right.high, left.high < right.low or right.high < left.low
        can, must = {
            "<": (left.low < right.high, left.high < right.low),
            "<=": (left.low <= right.high, left.high <= right.low),
            "=": (not apart, same),
            "<>": (not same, apart),
        }[op]
        found |= {truth for truth, possible in ((True, can), (False, not must)) if possible}
    return frozenset(found)


def _arithmetic(op: str, left: Range, right: Range) -> Range:
    null = left.null or right.null
    if left.empty or right.empty:
        return NOTHING
    if op == "+":
        return Range(left.low + right.low, left.high + right.high, null)
    if op == "-":
        return Range(left.low - right.high, left.high - right.low, null)
    corners = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
    return Range(min(corners), max(corners), null)


def _join(op: str, held: Sequence[bool | None]) -> bool | None:
    decides = op == "or"
    return decides if decides in held else None if None in held else not decides


def _is_null(found: Reach) -> frozenset[bool | None]:
    null, some = (found.null, not found.empty) if isinstance(found, Range) else (None in found, bool(found - {None}))
    return frozenset(truth for truth, possible in ((True, null), (False, some)) if possible)


def _hull(parts: Sequence[Range]) -> Range:
    held = [p for p in parts if not p.empty]
    null = any(p.null for p in parts)
    return Range(min(p.low for p in held), max(p.high for p in held), null) if held else NOTHING


def _case(node: Case, box: Box) -> Reach:
    taken: list[Reach] = []
    for condition, value in node.branches:
        truth = truths(condition, box)
        if True in truth:
            taken.append(reach(value, box))
        if truth == {True}:
            break
    else:
        taken.append(reach(node.otherwise, box))
    if all(isinstance(t, Range) for t in taken):
        return _hull(cast(list[Range], taken))
    return frozenset[str | bool | None]().union(*(frozenset({None}) if isinstance(t, Range) else t for t in taken))


def _function(name: str, held: Sequence[Range]) -> Range:
    if name == "abs":
        only = held[0]
        ends = max(only.low, -only.low), max(only.high, -only.high)
        nearest: Real = 0 if only.low < 0 < only.high else min(ends)
        return only if only.empty else Range(nearest, max(ends), only.null)
    null = any(h.null for h in held)
    if name == "coalesce":
        first = next((n for n, h in enumerate(held) if not h.null), len(held))
        whole = _hull(held[: first + 1])
        return Range(whole.low, whole.high, first == len(held))
    if any(h.empty for h in held):
        return NOTHING
    lows, highs = [h.low for h in held], [h.high for h in held]
    return Range(min(lows), min(highs), null) if name == "least" else Range(max(lows), max(highs), null)


# --- a policy over a box --------------------------------------------------------------------------------------------


Memo = dict[Any, Any]


def _once(memo: Memo | None, part: Clause | Item, box: Box, compute: Callable[[], T]) -> T:
    """What a clause or an item comes to, reckoned once for the same reach of the columns it reads."""
    if memo is None:
        return compute()
    if id(part) not in memo:
        memo[id(part)] = tuple(sorted(part.columns))
    asked = (id(part), *(box.get(name) for name in memo[id(part)]))
    if asked not in memo:
        memo[asked] = compute()
    return cast(T, memo[asked])


def scores(rule: Rule, box: Box, memo: Memo | None = None) -> dict[str, Range]:
    """The points every score, item and group can have, what experts may give included."""
    found: dict[str, Range] = {}
    for table in rule.tables:
        key, groups = table.score.key, {g.key: (plain(g.most), ZERO) for g in table.score.groups}
        total, best = ZERO, dict[tuple[str, str], Range]()
        for item in table.items:
            points = _once(memo, item, box, partial(_points, item, box))
            found[f"{key}_{item.item.key}"] = points
            parts = [(item.item.group, points)]
            if item.item.one_of:
                word = item.item.group, item.item.one_of
                before = best.get(word, ZERO)
                better = Range(max(before.low, points.low), max(before.high, points.high))
                best[word] = better
                parts = [(item.item.group, Range(better.low - before.low, better.high - before.high))]
            for group, more in parts:
                if group in groups:
                    held = groups[group][1]
                    groups[group] = groups[group][0], Range(held.low + more.low, held.high + more.high)
                else:
                    total = Range(total.low + more.low, total.high + more.high)
        for name, (most, held) in groups.items():
            capped = Range(min(held.low, most), min(held.high, most))
            found[f"{key}_{name}"] = capped
            total = Range(total.low + capped.low, total.high + capped.high)
        found[key] = total
    return found


def _points(item: Item, box: Box) -> Range:
    if not item.bands:
        return Range(0, plain(item.item.most))
    taken = []
    for band in item.bands:
        if band.when:
            truth = truths(band.when.node, box)
        else:
            assert item.of is not None and band.at_least is not None
            truth = _held(item.of.node, item.per.node if item.per else None, ">=", Number(band.at_least), box)
        if True in truth:
            taken.append(Range(plain(band.points), plain(band.most)))
        if None in truth:
            taken.append(Range(0, plain(item.item.most)))
        if truth == {True}:
            break
    else:
        taken.append(ZERO)
    return _hull(taken)


def _held(of: Node, per: Node | None, op: str, bound: Node, box: Box) -> frozenset[bool | None]:
    """Whether `of`/`per` keeps a bound, by cross-multiplication; anything where the divisor may be nothing or less."""
    value, limit = numbers(of, box), numbers(bound, box)
    if per is None:
        return compare(op, value, limit)
    divisor = numbers(per, box)
    if divisor.empty or divisor.high <= 0:
        return frozenset({None})
    sure = compare(op, value, _arithmetic("*", limit, Range(max(divisor.low, 0), divisor.high)))
    return sure if divisor.low > 0 and not divisor.null else sure | {None}


def clause_truth(clause: Clause, box: Box) -> frozenset[bool | None]:
    """Whether a clause, as it is written, can hold; a veto holds where the firm is clean, people may say either."""
    if clause.condition.kind == "discretion":
        return frozenset({True, False})
    if clause.test:
        found = truths(clause.test.node, box)
    elif clause.of and clause.bound:
        found = _held(clause.of.node, clause.per.node if clause.per else None, clause.op, clause.bound.node, box)
    else:
        return frozenset({None})
    return frozenset(None if t is None else not t for t in found) if clause.condition.kind == "veto" else found


def within_reach(
    rule: Rule, box: Box, only: Sequence[Clause] | None = None, *, unknown: bool = False, memo: Memo | None = None
) -> bool:
    """Whether some firm in the box could have the policy: False is certain, True is not.

    `only`: of these clauses alone. `unknown`: what cannot be known does not stand in the way. `memo`: what was reckoned
    for other boxes of the same rule.
    """
    held = {**box, **scores(rule, box, memo)}
    good = {True, None} if unknown else {True}
    clauses = rule.clauses if only is None else only
    found = {c.condition.key: _once(memo, c, held, partial(clause_truth, c, held)) for c in clauses}
    if rule.when and only is None:
        return bool(truths(rule.when.node, found) & good)
    ways: dict[str, list[frozenset[bool | None]]] = {}
    for c in clauses:
        if c.condition.kind != "bonus":
            ways.setdefault(c.condition.one_of or f" {c.condition.key}", []).append(found[c.condition.key])
    return all(any(truth & good for truth in way) for way in ways.values())


def trees(rule: Rule) -> Iterator[Node]:
    """Every formula of a policy, as it decides."""
    for c in rule.clauses:
        yield from (f.node for f in (c.test, c.of, c.per, c.bound) if f)
    for item in (item for table in rule.tables for item in table.items):
        yield from (f.node for f in (item.of, item.per, *(b.when for b in item.bands)) if f)
    if paying := rule.benefit:
        yield from (f.node for f in (paying.of, paying.per, paying.floor, paying.cap) if f)
        yield from (f.node for band in paying.bands for f in (band.pays, band.at_least, band.below) if f)


def texts(rule: Rule) -> Words:
    """The words a policy compares anything with, and one that is none of them."""
    return frozenset({"", *(n.value for tree in trees(rule) for n in walk(tree) if isinstance(n, Text))})


def domain(rule: Rule, most: Real) -> dict[str, Reach]:
    """Every firm there could be: numbers from 0 to `most`, money from as much below, all options, all flags."""
    box: dict[str, Reach] = {}
    for name in rule.traits:
        column = rule.names.get(name)  # none for a title that is held or not
        if column is None or column.type == "flag":
            box[name] = frozenset({True, False})
        elif column.type == "text":
            options = trait_columns(rule.registry)[name][0].options
            box[name] = frozenset(o.code for o in options) or texts(rule)
        else:
            box[name] = Range(-most if kind_of_unit(rule.registry, column.unit) == MONEY else 0, most)
    return box
