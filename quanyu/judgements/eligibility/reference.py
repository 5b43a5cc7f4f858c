"""One firm, one policy, step by step on exact numbers: slow, obvious, and what the fast engine is held against.

Three truth values: what is not known is None and decides nothing. A score is a range, low to high; a comparison with
one holds when it holds at both ends, and is open when it holds at one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from quanyu.judgements.eligibility import words
from quanyu.judgements.eligibility.rule import Clause, Formula, Item, Paying, Rule, Table, base
from quanyu.registry.model import Condition, Policy

from quanyu.measures.formula import (  # isort: skip
    Arithmetic, BoolOp, Case, Column, Comparison, Flag, Function, InList, IsNull, Node, Not, Null, Number, Text,
)  # fmt: skip

State = Literal["met", "not_met", "unknown", "judgement"]
Overall = Literal["yes", "no", "unknown", "judgement"]
Value = int | Fraction | Decimal | str | bool | None
Traits = Mapping[str, Value]
Range = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Found:
    """How one condition stands. Value, limit and distance (> 0: so much is missing) are in the condition's unit."""

    condition: Condition
    state: State
    words: str
    value: Fraction | None = None
    limit: Fraction | None = None
    distance: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy means for a firm. `amount`: yuan it pays if it is had; None: it pays nothing, or nobody knows."""

    rule: Rule = field(repr=False)
    policy: Policy = field(repr=False)
    state: Overall
    conditions: tuple[Found, ...]
    scores: Mapping[str, Range]
    amount: Decimal | None
    words: str
    unknown: tuple[str, ...]
    unverified: bool


@dataclass
class _Firm:
    """A firm's numbers while one policy looks at them; `scores` and which of them rest on something unknown."""

    traits: Traits
    scores: dict[str, Range] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    end: int = 0  # which end of a score's range a number is computed at: 0 low, 1 high
    tongue: words.Tongue = words.Tongue("zh")  # noqa: RUF009 - it never changes

    def number(self, node: Node) -> Fraction | None:
        if isinstance(node, Number):
            return node.value
        if isinstance(node, Null):
            return None
        if isinstance(node, Column):
            if node.name in self.scores:
                return self.scores[node.name][self.end]
            value = self.traits.get(node.name)
            return None if value is None or isinstance(value, str) else Fraction(value)
        if isinstance(node, Arithmetic):
            a, b = self.number(node.left), self.number(node.right)
            if a is None or b is None:
                return None
            return a + b if node.op == "+" else a - b if node.op == "-" else a * b
        if isinstance(node, Function):
            parts = [self.number(a) for a in node.arguments]
            if node.name == "coalesce":
                return next((p for p in parts if p is not None), None)
            known = [p for p in parts if p is not None]
            if len(known) < len(parts):
                return None
            return {"abs": lambda: abs(known[0]), "least": lambda: min(known), "greatest": lambda: max(known)}[
                node.name
            ]()
        assert isinstance(node, Case), node
        for condition, chosen in node.branches:
            holds = self.truth(condition)
            if holds is None:
                return None
            if holds:
                return self.number(chosen)
        return self.number(node.otherwise)

    def truth(self, node: Node) -> bool | None:
        if isinstance(node, Flag):
            return node.value
        if isinstance(node, Null):
            return None
        if isinstance(node, Column):
            value = self.traits.get(node.name)
            return None if value is None else bool(value)
        if isinstance(node, Not):
            inner = self.truth(node.operand)
            return None if inner is None else not inner
        if isinstance(node, IsNull):
            operand = node.operand
            if isinstance(operand, Column):
                return self.traits.get(operand.name) is None
            return self.number(operand) is None
        if isinstance(node, BoolOp):
            return kleene(node.op, [self.truth(o) for o in node.operands])
        if isinstance(node, InList):
            return kleene("or", [self.compare("=", node.operand, v) for v in node.values])
        assert isinstance(node, Comparison), node
        return self.compare(node.op, node.left, node.right)

    def compare(self, op: str, left: Node, right: Node) -> bool | None:
        if isinstance(left, Text) or isinstance(right, Text) or (isinstance(left, Column) and left.type == "text"):
            a, b = self._text(left), self._text(right)
            return None if a is None or b is None else (a == b) is (op == "=")
        ends = [_held(op, self.at(left, end), self.at(right, end)) for end in (0, 1)]
        return ends[0] if ends[0] == ends[1] else None

    def at(self, node: Node, end: int) -> Fraction | None:
        """A number at one end of the ranges of the scores in it."""
        before, self.end = self.end, end
        try:
            return self.number(node)
        finally:
            self.end = before

    def _text(self, node: Node) -> str | None:
        if isinstance(node, Text):
            return node.value
        value = self.traits.get(node.name) if isinstance(node, Column) else None
        return None if value is None else str(value)


def kleene(op: str, values: Iterable[bool | None]) -> bool | None:
    """`and` or `or` of truths of which some are not known."""
    held = list(values)
    decisive = op == "or"
    return decisive if decisive in held else None if None in held else not decisive


def _held(op: str, a: Fraction | None, b: Fraction | None) -> bool | None:
    if a is None or b is None:
        return None
    return {"=": a == b, "<>": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op]


def decide(rule: Rule, traits: Traits, language: str = "zh") -> Verdict:
    """How one firm stands to one policy, with every step, told in a language."""
    firm = _Firm(traits, tongue=words.Tongue(language))
    for table in rule.tables:
        _score(firm, table)
    conditions = tuple(_clause(rule, firm, c) for c in rule.clauses)
    state = _overall(rule, conditions)
    fen, told = _amount(rule, firm, rule.benefit) if rule.benefit else (None, "")
    asked = {n for c, f in zip(rule.clauses, conditions, strict=True) if f.state == "unknown" for n in _read(rule, c)}
    if rule.benefit and fen is None:
        asked |= rule.benefit.columns
    unknown = tuple(n for n in rule.traits if n in asked and traits.get(n) is None)
    scores = {name: firm.scores[name] for name in firm.scores}
    amount = None if fen is None else Decimal(fen).scaleb(-2)
    return Verdict(rule, rule.policy, state, conditions, scores, amount, told, unknown, rule.unverified)


def rank(rule: Rule, traits: Traits) -> Fraction | None:
    """What a policy ranks a firm by when its budget runs out; None where it ranks by nothing, or nobody knows."""
    firm = _Firm(traits)
    for table in rule.tables:
        _score(firm, table)
    return firm.number(rule.ranked_by.node) if rule.ranked_by else None


def _read(rule: Rule, clause: Clause) -> set[str]:
    """The traits behind a condition, those of the scores it names included."""
    named = {
        t.score.key for t in rule.tables for n in clause.columns if n == t.score.key or n.startswith(f"{t.score.key}_")
    }
    return set(clause.columns).union(*(i.columns for t in rule.tables if t.score.key in named for i in t.items))


# --- scores ---------------------------------------------------------------------------------------------------------


def _score(firm: _Firm, table: Table) -> None:
    """The ranges of a scoring table: its items, its groups up to their caps, its total."""
    key = table.score.key
    alone: list[tuple[str, str, str]] = []
    for item in table.items:
        name = f"{key}_{item.item.key}"
        found = _points(firm, item)
        firm.scores[name] = found or (Fraction(0), Fraction(item.item.most))
        if found is None:
            firm.open.add(name)
        alone.append((item.item.group, item.item.one_of, name))
    total, names = (Fraction(0), Fraction(0)), []
    for group, cap in [("", None), *((g.key, Fraction(g.most)) for g in table.score.groups)]:
        low, high, open_ = Fraction(0), Fraction(0), False
        for word in dict.fromkeys(o or n for g, o, n in alone if g == group):
            best = [n for g, o, n in alone if g == group and (o or n) == word]
            low += max(firm.scores[n][0] for n in best)
            high += max(firm.scores[n][1] for n in best)
            open_ = open_ or any(n in firm.open for n in best)
        if cap is not None:
            low, high = min(low, cap), min(high, cap)
            firm.scores[f"{key}_{group}"] = (low, high)
            names += [f"{key}_{group}"] if open_ else []
        total = (total[0] + low, total[1] + high)
        names += [key] if open_ else []
    firm.scores[key] = total
    firm.open |= set(names)


def _points(firm: _Firm, item: Item) -> Range | None:
    """The points of one item: what experts may give, or the first band that fits; None where it is not known."""
    if not item.bands:
        return Fraction(0), Fraction(item.item.most)
    of = firm.number(item.of.node) if item.of else None
    per = firm.number(item.per.node) if item.per else Fraction(1)
    for band in item.bands:
        if band.when:
            fits = firm.truth(band.when.node)
        elif of is None or per is None or per <= 0 or band.at_least is None:
            fits = None
        else:
            fits = of >= band.at_least * per
        if fits is None:
            return None
        if fits:
            return band.points, band.most
    return Fraction(0), Fraction(0)


# --- conditions -----------------------------------------------------------------------------------------------------


def _clause(rule: Rule, firm: _Firm, clause: Clause) -> Found:
    c = clause.condition
    named, say = clause.columns & set(firm.scores), firm.tongue
    if c.kind == "discretion":
        return Found(c, "judgement", say("由专家或主管部门判断"))
    if clause.test:
        holds = firm.truth(clause.test.node)
        if c.kind == "veto" and holds is not None:
            holds = not holds
        state = _state(firm, holds, named, [clause.test])
        says = {"met": "符合", "not_met": "不符合", "unknown": "还缺数据", "judgement": "要看专家打分"}
        if c.kind == "veto":
            says |= {"met": "没有这种情形", "not_met": "有这种情形"}
        return Found(c, state, say(says[state]))
    if clause.of is None or clause.bound is None:
        return Found(c, "unknown", say("还缺数据"))
    per = firm.number(clause.per.node) if clause.per else Fraction(1)
    bound, ends = firm.number(clause.bound.node), (firm.at(clause.of.node, 0), firm.at(clause.of.node, 1))
    if per is None or per <= 0 or bound is None or None in ends:
        holds = None
    else:
        held = [_held(clause.op, end, bound * per) for end in ends]
        holds = held[0] if held[0] == held[1] else None
    if c.kind == "veto" and holds is not None:
        holds = not holds
    state = _state(firm, holds, named, [f for f in (clause.of, clause.per, clause.bound) if f])
    unit = words.unit_shown(rule, c.unit, clause.bound)
    factor = base(rule.registry, unit)
    low, high = (None if e is None or per is None or per <= 0 else e / per / factor for e in ends)
    limit = None if bound is None else bound / factor
    value = low if low == high else None
    up, distance = (clause.op in (">=", ">")) is (c.kind != "veto"), None
    if limit is not None and low is not None and high is not None:
        distance = limit - high if up else low - limit
    ends_shown = (low, high) if named else (None, None)
    told = _line(say, rule, clause, state, (low, high), limit, distance, unit)
    return Found(c, state, told, value, limit, distance, *ends_shown, unit)


def _line(
    say: words.Tongue, rule: Rule, clause: Clause, state: State, ends: tuple[Fraction | None, Fraction | None],
    limit: Fraction | None, distance: Fraction | None, unit: str,
) -> str:  # fmt: skip
    low, high = ends
    shown = say.quantity(rule, low, unit, limit)
    if low != high and low is not None and high is not None:
        shown = f"{words.number(low)}–{say.quantity(rule, high, unit)}"
    asks = say("触发线：" if clause.condition.kind == "veto" else "要求") + say(words.SAID[clause.op])
    text = f"{shown}{say('，')}{asks} {say.quantity(rule, limit, unit)}"
    if state == "not_met" and distance is not None and distance > 0:
        short = say.quantity(rule, distance, "pp" if unit == "percent" else unit, Fraction(0))
        text += say("，") + say("差 {n}", n=short)
    return text


def _state(firm: _Firm, holds: bool | None, named: frozenset[str] | set[str], formulas: list[Formula]) -> State:
    """Open for want of judgement only where nothing is missing: both ends of the scores are computed."""
    if holds is not None:
        return "met" if holds else "not_met"
    if not named or named & firm.open:
        return "unknown"
    plain = _Firm(firm.traits, {n: (low, low) for n, (low, _) in firm.scores.items()})
    known = all(
        plain.truth(f.node) is not None if f.kind == "flag" else plain.number(f.node) is not None for f in formulas
    )
    return "judgement" if known else "unknown"


def _overall(rule: Rule, found: tuple[Found, ...]) -> Overall:
    strict = _has(rule, found, None)
    if strict is not None:
        return "yes" if strict else "no"
    return "judgement" if _has(rule, found, True) else "unknown"


def _has(rule: Rule, found: tuple[Found, ...], judged: bool | None) -> bool | None:
    """Is the policy had, if judgement falls like this?"""
    truth: dict[State, bool | None] = {"met": True, "not_met": False, "unknown": None, "judgement": judged}
    states = {f.condition.key: truth[f.state] for f in found}
    if rule.when:
        return _Firm(states).truth(rule.when.node)
    ways: dict[str, list[bool | None]] = {}
    for f in (f for f in found if f.condition.kind != "bonus"):
        ways.setdefault(f.condition.one_of or f.condition.key, []).append(states[f.condition.key])
    return kleene("and", [kleene("or", way) for way in ways.values()])


# --- money ----------------------------------------------------------------------------------------------------------


def _amount(rule: Rule, firm: _Firm, benefit: Paying) -> tuple[int | None, str]:
    """What is paid, in fen, and how it came about; None where a number is missing or a score is open."""
    fen, say = [_paid(firm, benefit, end) for end in (0, 1)], firm.tongue
    if fen[0] != fen[1] or fen[0] is None:
        return None, say("还缺数据，金额未知")
    pay = _band(firm, benefit, 0)
    if pay is None or isinstance(pay, bool):
        return fen[0], say("不在任何一档，不兑现")
    told = say.spoken(rule, pay.pays, firm.number, firm.truth)
    if benefit.per:
        divided = say("（{words}）", words=say.spoken(rule, benefit.per, firm.number, firm.truth))
        told = say("（{words}）", words=told) + f" ÷ {divided}"
    for formula, name in ((benefit.floor, "保底"), (benefit.cap, "封顶")):
        limit = firm.number(formula.node) if formula else None
        if limit is not None and limit // benefit.step * benefit.step == fen[0]:
            told += say("，") + say(name)
    if benefit.step > 1:
        told += say("，") + say("舍到 {n} 元", n=words.number(Fraction(benefit.step, 100)))
    return fen[0], f"{told} {say('＝')} {say.yuan(fen[0])}"


def _band(firm: _Firm, benefit: Paying, end: int):  # type: ignore[no-untyped-def]  # Pay, False (none fits) or None (not known)
    for pay in benefit.bands:
        value = firm.at(benefit.of.node, end) if benefit.of else None
        low = _held(">=", value, firm.at(pay.at_least.node, end)) if pay.at_least else True
        high = _held("<", value, firm.at(pay.below.node, end)) if pay.below else True
        fits = kleene("and", [low, high])
        if fits is None:
            return None
        if fits:
            return pay
    return False


def _paid(firm: _Firm, benefit: Paying, end: int) -> int | None:
    pay = _band(firm, benefit, end)
    if pay is None:
        return None
    if pay is False:
        return 0
    amount = firm.at(pay.pays.node, end)
    per = firm.at(benefit.per.node, end) if benefit.per else Fraction(1)
    if amount is None or per is None or per <= 0:
        return None
    fen = _down(max(amount / per, Fraction(0)), benefit.step)
    for formula, choose in ((benefit.floor, max), (benefit.cap, min)):
        if formula:
            limit = firm.at(formula.node, end)
            if limit is None:
                return None
            fen = choose(fen, _down(max(limit, Fraction(0)), benefit.step))
    return fen


def _down(fen: Fraction, step: int) -> int:
    return fen // step * step
