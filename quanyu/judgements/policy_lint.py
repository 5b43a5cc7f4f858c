"""What is amiss with policies and takes a firm to show: each finding comes with one, decided by the reference engine.

Cliffs (a yuan more and the benefit falls), clauses that nobody can meet, gaps between bands, two payments for one
matter, sums beyond the cap or beyond what a thing cost, bounds that are a thousandfold off (`unit_slips`). A firm is
looked for among those of the facts, if given, and put together otherwise (`witness`). A policy's `allow` silences a
code.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from quanyu.judgements.eligibility import Verdict, combine, decide, read_policy, reading_problems
from quanyu.judgements.eligibility.rule import MONEY, Clause, Rule, kind_of_unit, trait_columns
from quanyu.judgements.reach import Range, Reach, Real, domain, numbers, plain, within_reach
from quanyu.judgements.unit_slips import slips
from quanyu.measures.formula import Node
from quanyu.registry.codes import UNUSED_ALLOWANCE
from quanyu.registry.model import Policy, Registry, in_force
from quanyu.registry.problem import Problem

from quanyu.judgements.witness import (  # isort: skip
    CODES, HAD, Finding, Firm, Witness, crossings, edges, finding, had, numeric, seek, step, told, traits_told,
    varied,
)  # fmt: skip

FARTHEST = 10**17  # the largest number a firm may have in a proof, in fen or in its unit
MOST_BOXES = 400


def lint(registry: Registry, on: dt.date, firms: Mapping[str, Firm] | None = None) -> list[Finding]:
    """Everything found about the policies, each looked at on a day it is in force, nearest to `on`.

    `firms`: real firms by name, with their traits.
    """
    unread = reading_problems(registry)
    found = [Finding(p) for p in unread]
    faulty = {p.subject for p in unread}
    rules = {p.key: read_policy(registry, p, _day(p, on)) for p in registry.policies.values() if p.key not in faulty}
    having = {key: had([rule], firms or {}) for key, rule in rules.items()}
    for key, rule in rules.items():
        found += _unmeetable(rule, having[key])
        if witness := having[key]:
            found += _along_traits(rule, witness, _adverse(rules.values()))
    found += [*_twice(registry, rules, firms or {}), *_beyond(registry, rules, having, firms or {})]
    found += slips(rules, having, firms or {})
    allowed = {(p.key, code): p for p in registry.policies.values() for code in p.allow if code in CODES}
    used = {(f.problem.subject, f.problem.code) for f in found}
    kept = [f for f in found if (f.problem.subject, f.problem.code) not in allowed]
    for (key, code), p in allowed.items():
        if (key, code) not in used:
            message = f"「{p.label}」用 allow 放过了 {code}，但这里并没有这个问题"
            kept.append(Finding(Problem(UNUSED_ALLOWANCE, "wrong", p.place, message, f"从 allow 里删去 {code}", key)))
    return sorted(kept, key=lambda f: (f.problem.place, f.problem.code, f.problem.message))


def _day(policy: Policy, on: dt.date) -> dt.date:
    last = policy.to - dt.timedelta(days=1) if policy.to else on
    return max(policy.from_, min(on, last))


# --- clauses nobody can meet ----------------------------------------------------------------------------------------


def _unmeetable(rule: Rule, having: Witness | None) -> Iterator[Finding]:
    """Clauses proved to be out of everybody's reach, alone or together; the witness is the firm that comes nearest."""
    binding = [c for c in rule.clauses if c.condition.kind not in ("bonus", "discretion")]
    alone = [[c] for c in binding if not within_reach(rule, domain(rule, FARTHEST), [c], unknown=True)]
    together: list[Sequence[Clause]] = []
    if having is None and not alone:
        firm_ones = [c for c in binding if not c.condition.one_of] if not rule.when else []
        pairs = (pair for pair in itertools.combinations(firm_ones, 2) if _clash(rule, pair))
        together = [next(pairs, firm_ones if _clash(rule, firm_ones) else ())]
    for clauses in (group for group in (*alone, *together) if group):
        nearest = Witness(seek([rule]))
        verdict = decide(rule, nearest.firm)
        if len(clauses) > 1 and verdict.state in HAD:
            continue
        names = "」与「".join(c.condition.label.zh for c in clauses)
        columns = frozenset[str]().union(*(c.columns for c in clauses))
        keys = {c.condition.key for c in clauses}
        failing = [f for f in verdict.conditions if f.state == "not_met" and f.condition.key in keys]
        still = f"；{told(rule, nearest, sorted(columns))}仍然：" + "；".join(
            f"{f.condition.label}——{f.words}" for f in failing
        )
        message = f"的条件「{names}」" + ("没有企业能满足" if len(clauses) == 1 else "没有企业能同时满足") + still
        yield finding("P402", clauses[0].condition.place, rule.policy, message, "核对界限的数与单位", nearest)


def _clash(rule: Rule, clauses: Sequence[Clause]) -> bool:
    """Whether clauses are proved to exclude one another: by their bounds on one value, or box by box."""
    for one, other in itertools.permutations(clauses, 2):
        plain = {one.condition.kind, other.condition.kind} == {"threshold"}
        same = one.of and other.of and (one.of.node, _per(one)) == (other.of.node, _per(other))
        if plain and same and one.bound and other.bound and one.op in (">", ">=") and other.op in ("<", "<="):
            low, high = numbers(one.bound.node, {}), numbers(other.bound.node, {})
            strict = (one.op, other.op) != (">=", "<=")
            if not (low.empty or high.empty) and (low.low > high.high or (strict and low.low == high.high)):
                return True
    return bool(clauses) and _nobody(rule, clauses)


def _per(clause: Clause) -> Node | None:
    return clause.per.node if clause.per else None


def _nobody(rule: Rule, clauses: Sequence[Clause]) -> bool:
    columns = frozenset[str]().union(*(c.columns for c in clauses))
    borders = [(e, c) for e, c in edges(rule) if len(c) == 1]
    boxes: list[dict[str, Reach]] = [domain(rule, FARTHEST)]
    for _ in range(MOST_BOXES):
        if not boxes:
            return True
        box = boxes.pop()
        if within_reach(rule, box, clauses, unknown=True):
            parts = next((p for name in sorted(columns) if (p := _split(rule, box, name, borders))), None)
            if parts is None:
                return False
            boxes += parts
    return False


def _split(
    rule: Rule, box: dict[str, Reach], name: str, borders: Sequence[tuple[Node, frozenset[str]]]
) -> list[dict[str, Reach]]:
    """The box cut along one column: at the edges that depend on it alone, or into its words and flags."""
    held = box.get(name)
    if isinstance(held, frozenset):
        return [{**box, name: frozenset({v})} for v in held] if len(held) > 1 else []
    if held is None or rule.names[name].type != "integer":
        return []
    for edge, columns in borders:
        for root in crossings(edge, {name: 0}, name) if columns == {name} else ():
            cuts = sorted({root.__floor__(), root.__ceil__()})
            if held.low < held.high and held.low <= cuts[-1] and cuts[0] <= held.high:
                parts: list[tuple[Real, Real]] = [(held.low, cuts[0] - 1), *((c, c) for c in cuts)]
                parts.append((cuts[-1] + 1, held.high))
                fit = [(max(a, held.low), min(b, held.high)) for a, b in parts]
                return [{**box, name: Range(a, b)} for a, b in fit if a <= b]
    return []


# --- cliffs and gaps ------------------------------------------------------------------------------------------------


def _adverse(rules: Iterable[Rule]) -> frozenset[str]:
    """Traits whose share in something is only ever bounded from above (debts): less of them is better."""
    up, down = set[str](), set[str]()
    for rule in rules:
        for c in rule.clauses:
            if c.of and c.condition.kind == "threshold":
                up.update(c.of.columns if c.op in (">", ">=") else ())
                down.update(c.of.columns if c.op in ("<", "<=") and c.per else ())
    return frozenset(down - up)


def _along_traits(rule: Rule, witness: Witness, adverse: frozenset[str]) -> Iterator[Finding]:
    years = trait_columns(rule.registry)
    paid = rule.benefit.columns if rule.benefit else frozenset[str]()
    table_items = [(f"{t.score.key}_{i.item.key}", i) for t in rule.tables for i in t.items]
    judged = {name: item for name, item in table_items if sum(b.when is not None for b in item.bands) > 1}
    for column in numeric(rule):
        items = [name for name, item in judged.items() if column in item.columns]
        if column not in paid and not items:
            continue
        line = varied(rule, witness.firm, column)
        if column in paid:
            better = years[column][1] == 0 and column not in adverse
            yield from _cliffs(rule, witness, column, line) if better else ()
            yield from _gaps(rule, witness, column, [(x, v, v.amount) for x, v in line if v.state in HAD], "兑现")
        for name in items:
            held = [(x, v, Decimal(float(v.scores[name][1]))) for x, v in line]
            yield from _gaps(rule, witness, column, held, f"评分项「{judged[name].item.label}」")


def _cliffs(rule: Rule, witness: Witness, column: str, line: list[tuple[Fraction, Verdict]]) -> Iterator[Finding]:
    """The deepest fall of the amount within one unit of a trait, where it falls by more than its slope."""
    unit, deepest = step(rule, column), Decimal(0)
    worst: tuple[Fraction, Fraction, Verdict, Verdict] | None = None
    for (x, before), (y, after) in itertools.pairwise(line):
        if y - x > unit or before.amount is None or after.amount is None or not {before.state, after.state} <= set(HAD):
            continue
        if after.amount == 0 and any(v.amount for z, v in line if z > y):
            continue  # a gap, told as such
        beyond = decide(rule, {**witness.firm, column: y + unit}).amount
        slope = abs(after.amount - beyond) if beyond is not None else Decimal(0)
        fall = before.amount - after.amount
        if fall > 2 * slope + 2 and fall > deepest:
            deepest, worst = fall, (x, y, before, after)
    if worst and rule.benefit and rule.policy.benefit:
        x, y, before, after = worst
        at = Witness({**witness.firm, column: plain(y)}, witness.name)
        below = traits_told(rule, {**witness.firm, column: plain(x)}, [column])
        message = f"有断崖：{told(rule, witness, sorted(rule.benefit.columns - {column}))}，"
        message += (
            f"{below}得 {before.amount:,.2f} 元，{traits_told(rule, at.firm, [column])}只得 {after.amount:,.2f} 元"
        )
        yield finding("P401", rule.policy.benefit.place, rule.policy, message, "改成分段累进，或给上一档保底", at)


def _gaps(
    rule: Rule, witness: Witness, column: str, line: Sequence[tuple[Fraction, Verdict, Decimal | None]], what: str
) -> Iterator[Finding]:
    """A stretch where nothing is had between two where something is."""
    some = [n for n, (_x, _v, amount) in enumerate(line) if amount]
    for n in range(some[0], some[-1]) if some else ():
        x, _verdict, amount = line[n]
        if amount == 0:
            at = Witness({**witness.firm, column: plain(x)}, witness.name)
            message = f"的{what}有空档：{told(rule, at, [column])}什么也没有，少些多些都有"
            place = rule.policy.benefit.place if what == "兑现" and rule.policy.benefit else rule.policy.place
            yield finding("P403", place, rule.policy, message, "让下一档从上一档的终点开始", at)
            return


# --- several policies at once ---------------------------------------------------------------------------------------


def _paying(rules: Mapping[str, Rule]) -> list[Rule]:
    return [r for r in rules.values() if r.policy.benefit and not r.policy.benefit.tax and not r.policy.example_of]


def _on_one_day(one: Rule, other: Rule) -> list[Rule] | None:
    """Both rules as they are on a day both are in force, None where there is none."""
    day = max(one.policy.from_, other.policy.from_, min(one.on, other.on))
    if any(day < r.policy.from_ or (r.policy.to and day >= r.policy.to) for r in (one, other)):
        return None
    return [read_policy(r.registry, r.policy, day) for r in (one, other)]


def _twice(registry: Registry, rules: Mapping[str, Rule], firms: Mapping[str, Firm]) -> Iterator[Finding]:
    for one, other in itertools.combinations(_paying(rules), 2):
        a, b = one.policy, other.policy
        if not a.matter or a.matter != b.matter or (a.stacking and a.stacking == b.stacking):
            continue
        both = _on_one_day(one, other)
        witness = had(both, firms) if both else None
        if both is None or witness is None:
            continue
        amounts = [decide(r, witness.firm).amount for r in both]
        if all(amounts):
            columns = sorted({n for r in both if r.benefit for n in r.benefit.columns} or set(both[0].traits[:3]))
            sums = "、".join(f"{amount:,.2f} 元" for amount in amounts)
            message = f"与「{b.label}」为同一事项「{a.matter}」各兑现一次："
            message += f"{told(both[0], witness, columns)}两项都有，{sums}"
            yield finding("P404", a.place, a, message, "给两项同一个 stacking，写明从优、补差还是合计封顶", witness)


def _beyond(
    registry: Registry, rules: Mapping[str, Rule], having: Mapping[str, Witness | None], firms: Mapping[str, Firm]
) -> Iterator[Finding]:
    groups: dict[tuple[str, str], list[Rule]] = {}
    for rule in _paying(rules):
        for kind, word in (("matter", rule.policy.matter or f" {rule.policy.key}"), ("stacking", rule.policy.stacking)):
            if word and all(_on_one_day(rule, other) for other in groups.get((kind, word), [])):
                groups.setdefault((kind, word), []).append(rule)
    told_of = set[str]()
    for (kind, word), group in groups.items():
        witness = had(group, firms) if len(group) > 1 else having[group[0].policy.key]
        if witness is None:
            continue
        pays = [(r, pay.pays.columns) for r in group if r.benefit for pay in r.benefit.bands]
        costs = sorted({n for r, columns in pays for n in columns if _is_money(r, n)})
        for firm in _sized(witness, costs):
            verdicts = [decide(r, firm) for r in group]
            amounts = [v.amount for v in verdicts if v.state in HAD and v.amount]
            raw, at, policy = sum(amounts, Decimal(0)), Witness(firm, witness.name), group[0].policy
            message = ""
            if kind == "stacking" and registry.stackings[word].rule == "sum":
                cap = in_force(registry.stackings[word].cap, group[0].on)
                if cap and isinstance(cap.value, Decimal) and raw > cap.value:
                    message = f"所在的「{registry.stackings[word].label}」合计 {raw:,.2f} 元，"
                    message += f"超过上限 {cap.value:,.2f} 元"
            elif kind == "matter" and costs and len(amounts) == len(group):
                payable = sum(combine(registry, verdicts, group[0].on).values(), Decimal(0))
                spent = max(Decimal(int(Fraction(firm.get(n) or 0))) / 100 for n in costs)
                if payable > spent > 0:
                    message = f"等 {len(group)} 项合计兑现 {payable:,.2f} 元，超过所补的支出 {spent:,.2f} 元"
            if message and policy.key not in told_of:
                told_of.add(policy.key)
                message += f"：{told(group[0], at, costs or group[0].traits[:3])}"
                place = policy.benefit.place if policy.benefit else policy.place
                yield finding("P405", place, policy, message, "降比例或封顶，或写明合计不超过多少", at)


def _is_money(rule: Rule, column: str) -> bool:
    return column in rule.names and kind_of_unit(rule.registry, rule.names[column].unit) == MONEY


def _sized(witness: Witness, costs: Sequence[str]) -> Iterator[Firm]:
    """The firm as it is, and with what it spent made small and large."""
    yield witness.firm
    for fen in (10_000, 10**7, 10**9, 10**11):
        yield {**witness.firm, **dict.fromkeys(costs, fen)}
