"""Every number of every shipped policy is held by an example at it, just below and just above it.

Each bound is moved a little up, a little down, and turned from inclusive to exclusive (or back): some example has to
notice. A bound that can be moved unnoticed has no example close enough.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from quanyu.cli.policy_examples import Firm, read_examples, run_policy_example, said
from quanyu.judgements.eligibility import decide, read_policy, reading_problems
from quanyu.registry.load import load
from quanyu.registry.model import Policy, Registry
from quanyu.registry.problem import Refused

PACKAGES = Path(__file__).parents[2] / "packages"
FILES = {path.stem: path for path in sorted(PACKAGES.glob("*/examples/policies/*.yaml"))}
BOUNDS = ("at_least", "above", "at_most", "below")
TURNED = {"at_least": "above", "above": "at_least", "at_most": "below", "below": "at_most"}
COMPARED = re.compile(r"(>=|<=|(?<!<)>|<(?!>))")
LITERAL = re.compile(r"((?:>=|<=|(?<!<)>|<(?!>)) )([1-9][0-9]*)(?![0-9]| \*)")
WHOLE = ("count:", "duration", "calendar", "rank")


@cache
def registry() -> Registry:
    found, problems = load(PACKAGES, ["demo-zone"])
    assert [str(p) for p in problems if p.blocks] == []
    return found


@cache
def firms(key: str) -> list[Firm]:
    return read_examples(FILES[key], key, registry())


def noticed(policy: Policy) -> bool:
    """Does an example come out otherwise than it says?"""
    rules = {day: read_policy(registry(), policy, day) for day in {f.on for f in firms(policy.key)}}
    return any(
        said(decide(rules[f.on], f.traits)).get(what) != told
        for f in firms(policy.key)
        for what, told in f.wanted.items()
    )


def near(value: Decimal, unit: str) -> list[Decimal]:
    """The values beside a bound: one away where things are counted, five points of a score, else one in a hundred."""
    dimension = registry().units[unit].dimension if unit else "count:"
    step = Decimal(5) if dimension == "score" else Decimal(1) if dimension.startswith(WHOLE) else abs(value) / 100
    return [value - (step or 1), value + (step or 1)]


def texts(policy: Policy) -> Iterator[tuple[str, Any]]:
    """Every formula of a policy that compares, and how the policy is with another in its place."""
    for c in policy.conditions:
        for name in ("test", *BOUNDS):
            if text := getattr(c, name):
                yield text, lambda new, c=c, name=name: with_condition(policy, c, **{name: new})
    for s, i, b in bands(policy):
        if b.when:
            yield b.when, lambda new, s=s, i=i, b=b: with_band(policy, s, i, b, when=new)
    if policy.benefit:
        yield policy.benefit.pays, lambda new: replace(policy, benefit=replace(policy.benefit, pays=new))


def with_condition(policy: Policy, condition: Any, **changes: Any) -> Policy:
    changed = tuple(replace(c, **changes) if c is condition else c for c in policy.conditions)
    return replace(policy, conditions=changed)


def bands(policy: Policy) -> list[tuple[Any, Any, Any]]:
    return [(s, i, b) for s in policy.scores for i in s.items for b in i.bands]


def with_band(policy: Policy, score: Any, item: Any, band: Any, **changes: Any) -> Policy:
    def items(s: Any) -> tuple[Any, ...]:
        return tuple(
            replace(i, bands=tuple(replace(b, **changes) if b is band else b for b in i.bands)) if i is item else i
            for i in s.items
        )

    return replace(policy, scores=tuple(replace(s, items=items(s)) if s is score else s for s in policy.scores))


def moved(policy: Policy) -> Iterator[tuple[str, Policy]]:
    """The policy with one of its numbers a little off, and which."""
    whole = repr(policy.conditions) + repr(policy.scores) + repr(policy.benefit)
    open_ = {p.key for p in policy.parameters if not p.values}
    for p in policy.parameters:
        if not re.search(rf"\b{p.key}\b", whole):
            continue  # read by a desk, not by a formula
        for d in p.values:
            for value in near(Decimal(str(d.value)), p.unit):
                values = tuple(replace(x, value=value) if x is d else x for x in p.values)
                changed = tuple(replace(x, values=values) if x is p else x for x in policy.parameters)
                yield f"参数 {p.key} 自 {d.since}：{d.value} → {value}", replace(policy, parameters=changed)
    for c in policy.conditions:
        for bound in (b for b in BOUNDS if getattr(c, b) and getattr(c, b) not in open_):
            text = getattr(c, bound)
            turned = with_condition(policy, c, **{bound: "", TURNED[bound]: text})
            yield f"条件 {c.key}：{bound} → {TURNED[bound]}", turned
            if re.fullmatch(r"[1-9][0-9]*", text):
                for value in near(Decimal(text), c.unit):
                    yield f"条件 {c.key}：{text} → {value}", with_condition(policy, c, **{bound: str(value)})
    for text, with_ in texts(policy):
        for found in COMPARED.finditer(text):
            turned = found[0][:-1] if found[0].endswith("=") else f"{found[0]}="
            new = text[: found.start()] + turned + text[found.end() :]
            yield f"“{text}”第 {found.start()} 字：→ {turned}", with_(new)
        for found in LITERAL.finditer(text):
            for value in (int(found[2]) - 1, int(found[2]) + 1):
                new = f"{text[: found.start()]}{found[1]}{value}{text[found.end() :]}"
                yield f"“{text}”：{found[2]} → {value}", with_(new)
    for s, i, b in bands(policy):
        if b.at_least is not None:
            for value in near(b.at_least, i.unit):
                yield f"评分 {i.key}：{b.at_least} → {value}", with_band(policy, s, i, b, at_least=value)
        yield f"评分 {i.key}：{b.points} 分 → 多 1 分", with_band(policy, s, i, b, points=b.points + 1)
        if b.most is not None:
            yield f"评分 {i.key}：至多 {b.most} 分 → 多 1 分", with_band(policy, s, i, b, most=b.most + 1)


def test_every_policy_can_be_read_and_has_examples() -> None:
    assert [str(p) for p in reading_problems(registry())] == []
    assert set(registry().policies) == set(FILES)


@pytest.mark.parametrize("key", FILES)
def test_examples_come_out_as_they_say_by_both_engines(key: str) -> None:
    results = run_policy_example(FILES[key], key, registry())
    assert [str(r) for r in results if not r.agrees] == []
    assert {r.engine for r in results} == {"reference", "duckdb"}


@pytest.mark.parametrize("key", FILES)
def test_no_number_can_be_moved_unnoticed(key: str) -> None:
    assert [what for what, policy in moved(registry().policies[key]) if not noticed(policy)] == []


def test_an_edge_without_both_sides_is_refused(tmp_path: Path) -> None:
    text = FILES["city_transfer_agent"].read_text().replace("{599: 299500, 600: 300000, 601: 300000}", "{600: 300000}")
    (bad := tmp_path / "city_transfer_agent.yaml").write_text(text)
    with pytest.raises(Refused, match="略低、略高"):
        read_examples(bad, "bad", registry())


def test_nothing_without_a_source_has_a_number() -> None:
    """Figures nobody found are parameters without a value; what rests on hearsay says so."""
    policies = registry().policies
    without = {p.key: [m.key for m in p.parameters if not m.values] for p in policies.values()}
    assert {key: names for key, names in without.items() if names} == {
        "specialised_sme_2022": ["pass_mark"],
        "zone_high_growth_first": [
            f"for_{name}" for name in ("unicorn", "potential_unicorn", "seed_unicorn", "gazelle", "potential_gazelle")
        ],
        "zone_voucher": ["voucher_cap", "voucher_rate", "voucher_valid"],
        "jiangxi_high_growth": ["least_revenue", "least_growth"],
    }
    assert policies["zone_high_growth_first"].awaits is not None
    assert all(p.unverified for p in policies.values() if p.level == "municipal" or p.key.startswith("zone_"))
    elsewhere = {key for key in policies if key.endswith(("_yancheng", "_huangpu"))}
    assert {p.key for p in policies.values() if p.example_of} == elsewhere


def test_industries_asked_are_those_of_the_register() -> None:
    with (PACKAGES / "core" / "industries.csv").open(encoding="utf-8") as file:
        known = {row["code"]: row["zh"] for row in csv.DictReader(file)}
    asked = {o.code: o.label.zh for o in registry().traits["industry"].options}
    assert {code: asked.get(code) for code in known} == known


@pytest.mark.parametrize("key", FILES)
def test_a_decision_is_told_in_english_without_a_chinese_word(key):
    policy = registry().policies[key]
    rules = {day: read_policy(registry(), policy, day) for day in {f.on for f in firms(key)}}
    told = [decide(rules[f.on], f.traits, "en") for f in firms(key)]
    words = {words for v in told for words in (v.words, *(c.words for c in v.conditions))}
    assert words and [w for w in words if re.search("[\u3000-\u9fff\uff00-\uffef]", w)] == []
