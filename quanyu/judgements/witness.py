"""A firm that shows something about a policy: found, or put together from the edges of the policy's own formulas.

An edge is a difference of two formulas that decides something where it is zero: a condition's value and its bound, a
band's, what is paid and its cap. Firms are looked for at the edges and one unit to either side of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from quanyu.judgements.eligibility import Value, Verdict, decide
from quanyu.judgements.eligibility.rule import MONEY, Clause, Formula, Rule, base, kind_of_unit, trait_columns
from quanyu.judgements.reach import (
    Real,
    clause_truth,
    domain,
    exactly,
    numbers,
    plain,
    scores,
    trees,
    truths,
    within_reach,
)
from quanyu.measures.formula import Arithmetic, Column, Comparison, Function, Node, Number, walk
from quanyu.registry.model import Policy
from quanyu.registry.problem import Mood, Place, Problem

Firm = Mapping[str, Value]
CODES: dict[str, tuple[Mood, str]] = {
    "P401": ("unwise", "断崖：多一元（人、件）补助反而少"),
    "P402": ("wrong", "没有企业能满足的条件"),
    "P403": ("unwise", "两档之间有空档：落在中间的什么也没有"),
    "P404": ("unwise", "同一事项由两项政策各兑现一次"),
    "P405": ("unwise", "几项合计超过上限，或超过所补的支出本身"),
    "P406": ("unwise", "界限或金额与同类相差上千倍，像是写错了单位"),
}
HAD = ("yes", "judgement")
ROUNDS = 40
STARTS: tuple[tuple[int, int, bool], ...] = ((10**9, 40, False), (10**7, 3, False), (10**11, 400, True))
"""Firms to start from: money in fen, any other number, flags."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A firm, and who it is: a name from the facts, or "" for one put together."""

    firm: Firm
    name: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding and the firm that shows it (none where a formula cannot even be read)."""

    problem: Problem
    witness: Witness | None = None


def finding(code: str, place: Place, policy: Policy, message: str, hint: str, witness: Witness | None) -> Finding:
    """One finding about a policy."""
    return Finding(Problem(code, CODES[code][0], place, f"「{policy.label}」{message}", hint, policy.key), witness)


def step(rule: Rule, column: str) -> Fraction:
    """One unit more of a trait: a yuan, a person, a hundredth of a percentage."""
    held = rule.names[column]
    if kind_of_unit(rule.registry, held.unit) == MONEY:
        return Fraction(100)
    return Fraction(1) if held.type == "integer" else Fraction(1, 100)


def numeric(rule: Rule) -> list[str]:
    """The columns of a policy that are numbers."""
    return [n for n in rule.traits if n in rule.names and rule.names[n].type in ("integer", "decimal")]


def edges(rule: Rule) -> list[tuple[Node, frozenset[str]]]:
    """Every edge of a policy, with the columns it depends on."""
    found: list[Node] = []

    def less(left: Node, right: Node, per: Formula | None = None) -> None:
        found.append(Arithmetic("-", left, Arithmetic("*", right, per.node) if per else right))

    for c in rule.clauses:
        if c.of and c.bound:
            less(c.of.node, c.bound.node, c.per)
    for item in (item for table in rule.tables for item in table.items):
        for band in item.bands:
            if item.of and band.at_least is not None:
                less(item.of.node, Number(band.at_least), item.per)
    if paying := rule.benefit:
        for pay in paying.bands:
            for limit in (paying.cap, paying.floor):
                if limit:
                    less(pay.pays.node, limit.node, paying.per)
            for edge in (pay.at_least, pay.below):
                if edge and paying.of:
                    less(paying.of.node, edge.node)
    for node in (node for tree in trees(rule) for node in walk(tree)):
        if isinstance(node, Comparison):
            less(node.left, node.right)
        elif isinstance(node, Function) and node.name != "coalesce":
            for left, right in itertools.combinations((*node.arguments, Number(Fraction(0))), 2):
                less(left, right)
    known = set(numeric(rule))
    named = [(e, frozenset(n.name for n in walk(e) if isinstance(n, Column)) & known) for e in dict.fromkeys(found)]
    return [(edge, columns) for edge, columns in named if columns]


def crossings(edge: Node, firm: Firm, column: str) -> list[Fraction]:
    """Where an edge is zero when one trait of a firm varies; along one trait formulas are straight in pieces."""
    box = {name: exactly(value) for name, value in firm.items()}

    def at(x: Fraction) -> Real | None:
        found = numbers(edge, box | {column: exactly(x)})
        return None if found.empty else found.low

    now, roots = Fraction(firm.get(column) or 0), []
    for a in {now, Fraction(0)}:
        left, right = at(a), at(a + 1)
        if left is not None and right is not None and left != right:
            roots.append(a - Fraction(left) / (right - left))
    return roots


def around(rule: Rule, column: str, roots: Iterable[Fraction]) -> list[Fraction]:
    """Values at an edge and one unit, and one smallest unit, to either side; never below nothing."""
    unit = step(rule, column)
    least = Fraction(1) if rule.names[column].type == "integer" else unit
    found = set[Fraction]()
    for root in roots:
        ends = (Fraction(floor(root / least)) * least, Fraction(ceil(root / least)) * least)
        found |= {end + by for end in ends for by in (-unit, -least, 0, least, unit)}
    return sorted(x for x in found if x >= 0)


def points(rule: Rule, firm: Firm, column: str) -> list[Fraction]:
    """Where to look along one trait: at and around every edge, between the edges, and beyond the last."""
    roots = sorted({r for edge, columns in edges(rule) if column in columns for r in crossings(edge, firm, column)})
    between = [(a + b) / 2 for a, b in itertools.pairwise(roots)] + [roots[-1] * 2 + 1] if roots else []
    whole = rule.names[column].type == "integer"
    return sorted({*around(rule, column, roots), *(Fraction(floor(x)) if whole else x for x in between if x >= 0)})


def blank(rule: Rule, money: int, other: int, flag: bool) -> dict[str, Value]:
    """A firm to start from."""
    words = {n: sorted(map(str, held)) for n, held in domain(rule, Fraction(1)).items() if isinstance(held, frozenset)}
    firm: dict[str, Value] = {}
    for name in rule.traits:
        column = rule.names.get(name)
        if column is None or column.type == "flag":
            firm[name] = flag
        elif column.type == "text":
            firm[name] = words[name][0]
        else:
            firm[name] = money if kind_of_unit(rule.registry, column.unit) == MONEY else other
    return firm


def linked(rule: Rule, firm: dict[str, Value]) -> dict[str, Value]:
    """A flag that says a title is held and `holds('title')` are one thing."""
    for trait in rule.registry.traits.values():
        held = [s.title for s in trait.sources if s.title and not s.level and s.held == "now"]
        if trait.type == "flag" and len(trait.sources) == len(held) == 1 and trait.key in firm:
            firm[f"holds_{held[0]}"] = firm[trait.key]
    return firm


def _short(rule: Rule, firm: Firm) -> tuple[Fraction, list[Clause]]:
    """How far a firm is from a policy (0: within reach), and the clauses that stand in the way."""
    box = {name: exactly(value) for name, value in firm.items()}
    if within_reach(rule, box):
        return Fraction(0), []
    held = {**box, **scores(rule, box)}
    gaps: dict[str, Fraction] = {}
    failing = []
    for c in rule.clauses:
        if c.condition.kind in ("bonus", "discretion"):
            continue
        word, gap = c.condition.one_of or f" {c.condition.key}", Fraction(0)
        if True not in clause_truth(c, held):
            failing.append(c)
            gap = Fraction(2)
            if c.of and c.bound:
                limit = numbers(c.bound.node, held)
                per = numbers(c.per.node, held) if c.per else exactly(1)
                value = numbers(c.of.node, held)
                if not (limit.empty or value.empty or per.empty):  # type: ignore[union-attr]  # a number's reach
                    most = limit.high * per.high  # type: ignore[union-attr]  # a number's reach
                    gap = 1 + min(Fraction(1), Fraction(abs(value.high - most)) / (abs(most) + 1))
            elif c.test:
                gap = 1 + _distance(c.test.node, held)
        gaps[word] = min(gaps.get(word, gap), gap)
    return sum(gaps.values(), Fraction(0)) or Fraction(1), failing


def _distance(node: Node, box: Mapping[str, object]) -> Fraction:
    """How much of a test is still to be met: the share of its comparisons that fail."""
    parts = [n for n in walk(node) if isinstance(n, Comparison)]
    failing = sum(True not in truths(n, box) for n in parts)  # type: ignore[arg-type]  # the same box
    return Fraction(failing, len(parts)) if parts else Fraction(1)


def seek(rules: Sequence[Rule], start: Firm | None = None) -> dict[str, Value]:
    """A firm that has all these policies, or the nearest there was: one trait at a time is put at an edge."""
    best: tuple[Fraction, dict[str, Value]] | None = None
    for money, other, flag in STARTS:
        firm: dict[str, Value] = {}
        for rule in rules:
            firm = blank(rule, money, other, flag) | firm
        firm = linked(rules[0], firm | dict(start or {}))
        far = _far(rules, firm)
        for _ in range(ROUNDS):
            moved = [(_far(rules, f), n, f) for n, f in enumerate(_moved(rules, firm))]
            nearer = min(moved, default=None, key=lambda m: m[:2])
            if far == 0 or nearer is None or nearer[0] >= far:
                break
            far, firm = nearer[0], nearer[2]
        if best is None or far < best[0]:
            best = far, firm
        if far == 0 or start:
            break
    assert best is not None
    return best[1]


def _far(rules: Sequence[Rule], firm: Firm) -> Fraction:
    return sum((_short(rule, firm)[0] for rule in rules), Fraction(0))


def _moved(rules: Sequence[Rule], firm: Firm) -> Iterator[dict[str, Value]]:
    """The firm with one trait changed, of those that stand in the way of the first policy out of reach."""
    for rule in rules:
        _far, failing = _short(rule, firm)
        if not failing:
            continue
        columns = frozenset[str]().union(*(c.columns for c in failing))
        for table in rule.tables:
            if any(n.startswith(table.score.key) for n in columns):
                columns |= frozenset[str]().union(*(item.columns for item in table.items))
        whole = domain(rule, Fraction(1))
        for name in (n for n in rule.traits if n in columns):
            held = whole[name]
            if isinstance(held, frozenset):
                values: list[Value] = [v for v in held if v != firm.get(name)]
            else:
                roots = [r for e, within in edges(rule) if name in within for r in crossings(e, firm, name)]
                values = [plain(x) for x in (*around(rule, name, roots), Fraction(0))]
            for value in values:
                yield linked(rule, {**firm, name: value})
        return


def had(rules: Sequence[Rule], firms: Mapping[str, Firm]) -> Witness | None:
    """A firm that has all these policies, decided by the reference engine: one of the facts, else one put together."""
    for name, firm in firms.items():
        box = {column: exactly(value) for column, value in firm.items()}
        if all(within_reach(r, box) for r in rules) and all(decide(r, firm).state in HAD for r in rules):
            return Witness(firm, name)
    firm = seek(rules)
    return Witness(firm) if all(decide(r, firm).state in HAD for r in rules) else None


def varied(rule: Rule, firm: Firm, column: str) -> list[tuple[Fraction, Verdict]]:
    """What the policy means for a firm at every point along one trait."""
    return [(x, decide(rule, {**firm, column: plain(x)})) for x in points(rule, firm, column)]


def traits_told(rule: Rule, firm: Firm, columns: Iterable[str]) -> str:
    """Some traits of a firm in words: 营业收入 2,000 万元，研发费用 100 万元."""
    known, parts = trait_columns(rule.registry), []
    for name in (n for n in dict.fromkeys(columns) if n in known):
        trait, back = known[name]
        value = firm.get(name)
        year = ("", "（上年）", "（前年）")[back] if back < 3 else f"（{back} 年前）"
        if value is None or isinstance(value, bool | str):
            word = {None: "未知", True: "是", False: "否"}.get(value) if not isinstance(value, str) else value
            parts.append(f"{trait.label}{year}：{next((o.label.zh for o in trait.options if o.code == value), word)}")
        else:
            unit = kind_of_unit(rule.registry, trait.unit) == MONEY
            shown = Fraction(value) / (base(rule.registry, trait.unit) if unit else 1)
            exact = f"{Decimal(int(shown * 10**6)).scaleb(-6):,f}".rstrip("0").rstrip(".")
            name_of_unit = rule.registry.units[trait.unit].label.zh if trait.unit else ""
            parts.append(f"{trait.label}{year} {exact} {name_of_unit}".strip())
    return "，".join(parts)


def told(rule: Rule, witness: Witness, columns: Iterable[str]) -> str:
    """The firm in words: its name, or 例如一家企业, and those of its traits."""
    who, traits = (
        f"企业「{witness.name}」" if witness.name else "例如一家企业",
        traits_told(rule, witness.firm, columns),
    )
    return f"{who}（{traits}）" if traits else who
