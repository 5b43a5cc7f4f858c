"""How far a firm is from a policy, counted in conditions: the least set that would have to come out well.

Alternatives are taken into account (`one_of`, a policy's `when`), so that somebody who needs one of five ways is one
condition short, not five. Which numbers have to move, and at what cost, is another question.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import combinations

from quanyu.judgements.eligibility import Rule
from quanyu.measures.formula import BoolOp, Column, Flag, Node, Not

MOST = 3
"""Alternatives are searched to sets of so many; what needs more is far away, and all that is open is told."""


def shortfall(rule: Rule, states: Mapping[str, str]) -> tuple[str, ...] | None:
    """The least set of conditions, in the policy's order, that must yet come out well; () when nothing must.

    `states`: how each condition stands (`met`, `not_met`, or still open). None: a veto applies, or no set will do. Of
    equal sets the one wins that rests on no direct ways round (`one_of`), then the one that comes first.
    """
    kept = [c for c in rule.policy.conditions if c.key in states and (rule.when or c.kind != "bonus")]
    held = {c.key for c in kept if states[c.key] == "met"}
    barred = {c.key for c in kept if c.kind == "veto" and states[c.key] == "not_met"}
    free = [c for c in kept if c.key not in held | barred]
    if _had(rule, held):
        return ()
    whole = held | {c.key for c in free}
    if not _had(rule, whole):
        return None
    needed = {c.key for c in free if not _had(rule, whole - {c.key})}
    rest = [c for c in free if c.key not in needed]
    for size in range(min(MOST, len(rest)) + 1):
        fits = [p for p in combinations(rest, size) if _had(rule, held | needed | {c.key for c in p})]
        if fits:
            best = min(fits, key=lambda p: sum(bool(c.one_of) for c in p))
            needed |= {c.key for c in best}
            return tuple(c.key for c in kept if c.key in needed)
    return tuple(c.key for c in free)


def _had(rule: Rule, true: Collection[str]) -> bool:
    """Is the policy had when just these conditions hold?"""
    if rule.when:
        return _true(rule.when.node, true)
    asked = [c for c in rule.policy.conditions if c.kind != "bonus"]
    ways = {c.one_of for c in asked if c.key in true} - {""}
    return all(c.key in true or c.one_of in ways for c in asked)


def _true(node: Node, true: Collection[str]) -> bool:
    match node:
        case Column(name=name):
            return name in true
        case Not(operand=inner):
            return not _true(inner, true)
        case BoolOp(op="and", operands=parts):
            return all(_true(p, true) for p in parts)
        case BoolOp(operands=parts):
            return any(_true(p, true) for p in parts)
        case Flag(value=value):
            return value
    raise TypeError(node)
