"""Worked examples of policies: a tiny firm in, the verdict out, by both engines. `examples/policies/<policy>.yaml`:

    about: 科技型中小企业                        # what it shows, one line
    day: 2026-11-24                             # the day it is decided on
    clause: 国科发政〔2017〕115号                # where it stands, for all of it unless a case says so
    base: {staff: 100, revenue: 5000}           # a firm; numbers in the trait's own unit, `holds_x` for titles
    expect: {state: yes, amount: 100}           # of the firm as it is: state, amount, conditions, scores
    cases:                                      # what becomes of it when something changes
      - {change: {rd_ledger: assessed}, expect: {state: no, conditions: {accounts: not_met}}}
    edges:                                      # one number through the values around a bound
      - {of: staff_size, trait: staff, gives: {499: met, 500: met, 501: not_met}}

An edge is `of` a condition (its state), a score, group or item (points, or [low, high]), `amount` (yuan) or `state`.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from quanyu.cli.examples import Result
from quanyu.judgements.eligibility import Rule, Value, Verdict, decide, fast, read_policy
from quanyu.judgements.eligibility.binding import PLACES
from quanyu.judgements.eligibility.rule import base, trait_columns
from quanyu.registry.model import Policy, Registry
from quanyu.registry.problem import Refused

PARTS = {"about", "day", "clause", "base", "expect", "cases", "edges"}
LEAST = 3  # values an edge takes: at the bound, just below, just above


@dataclass(frozen=True, slots=True)
class Firm:
    """One firm of an example: the day, its traits as engines read them, what is expected (what → words)."""

    on: dt.date
    traits: Mapping[str, Value]
    wanted: Mapping[str, str]


def run_policy_example(path: Path, name: str, registry: Registry) -> list[Result]:
    """Check one file against both engines; `name` is how it is spoken of. Refused when the file makes no sense."""
    firms = read_examples(path, name, registry)
    policy, found, rules = registry.policies[path.stem], [], dict[dt.date, Rule]()
    for firm in firms:
        rules.setdefault(firm.on, read_policy(registry, policy, firm.on))
    quick = {on: _fast(rule, {n: f for n, f in enumerate(firms) if f.on == on}) for on, rule in rules.items()}
    for number, firm in enumerate(firms):
        told = said(decide(rules[firm.on], firm.traits))
        for engine, answers in (("reference", told), ("duckdb", quick[firm.on][number])):
            for what, expected in firm.wanted.items():
                if engine == "reference" or what in answers:
                    got = answers.get(what, "没有这一项")
                    found.append(Result(name, number + 1, what, str(firm.on), engine, expected, got))
    return found


def read_examples(path: Path, name: str, registry: Registry) -> list[Firm]:
    """The firms of a file: the base, each case, each value of each edge."""
    try:
        plain = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as fault:
        raise Refused(f"算例 {name} 不是有效的 YAML：{fault}。") from None
    if not isinstance(plain, dict) or set(plain) - PARTS or not {"about", "day", "base", "clause"} <= set(plain):
        raise Refused(f"算例 {name} 只能有 {'、'.join(sorted(PARTS))}，且须写明 about、day、clause、base。")
    if path.stem not in registry.policies:
        raise Refused(f"算例 {name}：没有名为“{path.stem}”的政策。")
    return list(_firms(plain, name, registry, registry.policies[path.stem]))


def _firms(plain: Mapping[str, Any], name: str, registry: Registry, policy: Policy) -> Iterator[Firm]:
    def firm(case: Mapping[str, Any], change: Mapping[str, Any], wanted: Mapping[str, str]) -> Firm:
        traits = {key: _typed(registry, key, value, name) for key, value in {**plain["base"], **change}.items()}
        return Firm(case.get("day", plain["day"]), traits, wanted)

    if "expect" in plain:
        yield firm(plain, {}, _wanted(plain["expect"]))
    for case in plain.get("cases", ()):
        yield firm(case, case.get("change", {}), _wanted(case["expect"]))
    states = {"state", "amount", *(c.key for c in policy.conditions)}
    for edge in plain.get("edges", ()):
        if len(edge["gives"]) < LEAST:
            raise Refused(f"算例 {name}：{edge['of']} 的界限要有正好、略低、略高三个值。")
        what = edge["of"] if edge["of"] in states else f"score {edge['of']}"
        for value, wanted in edge["gives"].items():
            yield firm(edge, edge.get("change", {}) | {edge["trait"]: value}, {what: _shown(wanted)})


def _wanted(expect: Mapping[str, Any]) -> dict[str, str]:
    """What is expected, by what it is: `state`, `amount`, a condition's key, `score <name>`."""
    plain = {what: _shown(v) for what, v in expect.items() if what in ("state", "amount")}
    scores = {f"score {what}": _shown(v) for what, v in expect.get("scores", {}).items()}
    return plain | {what: _shown(v) for what, v in expect.get("conditions", {}).items()} | scores


def _typed(registry: Registry, key: str, value: Any, name: str) -> Value:
    """A value as engines read it: money in whole fen, counts whole, a flag or a text as it is."""
    if key.startswith("holds_") or isinstance(value, str | bool | None):
        return value
    if key not in (columns := trait_columns(registry)):
        raise Refused(f"算例 {name}：没有名为“{key}”的企业特征。")
    trait, _back = columns[key]
    exact = Fraction(str(value))
    if trait.unit and registry.units[trait.unit].dimension == "money":
        exact *= base(registry, trait.unit)
    return int(exact) if exact.denominator == 1 else exact


def _shown(value: Any) -> str:
    """Numbers without trailing nothings, ranges as low–high; YAML reads a bare yes and no as true and false."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        low, high = (_shown(v) for v in value)
        return low if low == high else f"{low}–{high}"
    if value is None or isinstance(value, str):
        return value or "unknown"
    exact = Fraction(str(value))
    return str(exact.numerator) if exact.denominator == 1 else f"{float(exact):.2f}".rstrip("0")


def said(verdict: Verdict) -> dict[str, str]:
    """A verdict as examples speak of it."""
    scores = {f"score {what}": _shown(ends) for what, ends in verdict.scores.items()}
    states = {f.condition.key: f.state for f in verdict.conditions}
    return scores | states | {"state": verdict.state, "amount": _shown(verdict.amount)}


def _fast(rule: Rule, firms: Mapping[int, Firm]) -> dict[int, dict[str, str]]:
    """The same by the fast engine, from a table of these firms."""
    with tempfile.TemporaryDirectory(prefix="quanyu-example-") as folder:
        table = Path(folder, "traits.parquet")
        fast.put_together([rule], {number: firm.traits for number, firm in firms.items()}, table)
        made = fast.decide_all([rule], table, Path(folder), scores=True)[rule.policy.key]
        return {row["firm"]: _kept(rule, row) for row in fast.kept(made)}


def _kept(rule: Rule, row: Mapping[str, Any]) -> dict[str, str]:
    scores = {
        f"score {s.key}": _shown([Fraction(row[f"{s.key}__{end}"], 10**PLACES) for end in ("low", "high")])
        for s in rule.policy.scores
    }
    states = {c.key: row[f"state_{c.key}"] for c in rule.policy.conditions}
    amount = None if row["amount"] is None else Fraction(row["amount"], 100)
    return scores | states | {"state": row["state"], "amount": _shown(amount)}
