"""The cheapest path: against enumeration of everything, by hand, and where there is none."""

# ruff: noqa: E501  (a move stands on one line)

from __future__ import annotations

import itertools
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanyu.judgements.eligibility import decide, read_policy
from quanyu.judgements.route import cheapest_path
from quanyu.registry.load import load
from tests.judgements.policy_zone import ON, WAN, parameters, policy, registry

PACKAGES = Path(__file__).parents[2] / "packages"
MOVES = """
- {key: spend, label: {zh: 多投研发}, changes: {rd: 10}, most: 6, cost: 100000, months: 6, within: {rd: revenue}}
- {key: hire, label: {zh: 招科技人员}, changes: {tech_staff: 1, staff: 1}, most: 5, cost: 60000, months: 3}
- {key: train, label: {zh: 转岗}, changes: {tech_staff: 1}, most: 3, cost: 20000, months: 9, within: {tech_staff: staff}}
- {key: file, label: {zh: 申请专利}, changes: {patents: 1}, most: 4, cost: 30000, months: 8}
- {key: book, label: {zh: 建辅助账}, changes: {ledger: 1}, most: 1, cost: 5000, months: 1}
- {key: sell, label: {zh: 多卖}, changes: {revenue: 100}, most: 4, cost: 10000, months: 12}
"""
TITLE = """
conditions:
  - {key: rd_share, label: {zh: 研发强度}, of: rd, per: revenue, unit: percent, at_least: least}
  - {key: people, label: {zh: 科技人员占比}, of: tech_staff, per: staff, unit: percent, at_least: part}
  - {key: points, label: {zh: 得分}, of: score, at_least: "60"}
  - {key: books, label: {zh: 辅助账}, test: ledger}
  - {key: clean, label: {zh: 失信}, kind: veto, test: dishonest}
  - {key: opinion, label: {zh: 评审}, kind: discretion}
scores:
  - key: score
    label: {zh: 评分}
    items:
      - key: rights
        label: {zh: 专利}
        most: 40
        of: patents
        unit: piece
        bands: [{at_least: 4, points: 40}, {at_least: 2, points: 25}, {at_least: 1, points: 10}]
      - key: size
        label: {zh: 收入}
        most: 40
        of: revenue
        unit: wan_yuan
        bands: [{at_least: 1000, points: 40}, {at_least: 700, points: 30}, {at_least: 500, points: 20}]
      - key: spirit
        label: {zh: 专家}
        most: 20
"""
FIRM = {
    "revenue": 600 * WAN, "rd": 12 * WAN, "staff": 40, "tech_staff": 2, "patents": 1, "ledger": False,
    "dishonest": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def zone():
    return registry(policy("title", parameters(least="4 percent", part="10 percent") + TITLE), moves=MOVES)


def brute(zone, rule, traits, months):
    """The cheapest counts of all there are: every combination, decided one by one."""
    moves = [m for m in zone.moves.values() if m.months <= months]
    best = None
    for counts in itertools.product(*(range(m.most + 1) for m in moves)):
        firm, lawful = dict(traits), True
        for move, n in zip(moves, counts, strict=True):
            for key, by in move.changes.items():
                unit = zone.traits[key].unit
                firm[key] = (
                    (firm[key] or bool(n)) if not unit else firm[key] + n * int(by) * (WAN if unit == "wan_yuan" else 1)
                )
        for move, n in zip(moves, counts, strict=True):
            lawful &= not n or all(firm[key] <= firm[limit] for key, limit in move.within.items())
        cost = sum(m.cost * n for m, n in zip(moves, counts, strict=True))
        if lawful and (best is None or cost < best) and decide(rule, firm).state in ("yes", "judgement"):
            best = cost
    return best


def test_cheapest_of_several_ways_with_everything_told(zone):
    rule = read_policy(zone, zone.policies["title"], ON)
    found = cheapest_path(zone, rule, FIRM, ON, 12)
    taken = {s.move.key: s.times for s in found.steps}
    assert found.reached and found.proved
    assert found.cost == brute(zone, rule, FIRM, 12) == sum(s.cost for s in found.steps)
    assert taken == {"spend": 2, "train": 2, "book": 1, "sell": 1}
    assert found.months == 12 and found.verdict.state == "judgement"
    assert [c.key for c in found.judged] == ["points", "opinion"]
    spend = next(s for s in found.steps if s.move.key == "spend")
    assert spend.traits == {"rd": (12 * WAN, 32 * WAN)} and spend.cost == 200_000


def test_short_of_time_it_says_how_long_it_takes(zone):
    rule = read_policy(zone, zone.policies["title"], ON)
    found = cheapest_path(zone, rule, FIRM, ON, 5)
    assert not found.reached and found.proved and found.steps == ()
    assert [c.key for c in found.blocked] == ["rd_share", "points"]
    assert found.later == 8
    assert found.verdict.state == "no"


def test_already_there_nothing_to_do(zone):
    rule = read_policy(zone, zone.policies["title"], ON)
    there = FIRM | {"rd": 60 * WAN, "tech_staff": 9, "patents": 4, "ledger": True}
    found = cheapest_path(zone, rule, there, ON, 0)
    assert found.reached and found.steps == () and found.cost == 0


def test_what_nobody_may_change_blocks(zone):
    rule = read_policy(zone, zone.policies["title"], ON)
    found = cheapest_path(zone, rule, FIRM | {"dishonest": True}, ON, 24)
    assert not found.reached and [c.key for c in found.blocked] == ["clean"] and found.later is None


def test_each_alone_and_not_together():
    body = """conditions:
  - {key: more, label: {zh: 投得多}, of: rd, at_least: high}
  - {key: less, label: {zh: 负债低}, of: debts, at_most: low}
"""
    moves = """
- {key: borrow, label: {zh: 借钱研发}, changes: {rd: 10, debts: 10}, most: 5, cost: 1, months: 1}
- {key: repay, label: {zh: 还债}, changes: {debts: -10}, most: 2, cost: 1, months: 1}
"""
    zone = registry(policy("both", parameters(high="50 wan_yuan", low="20 wan_yuan") + body), moves=moves)
    rule = read_policy(zone, zone.policies["both"], ON)
    found = cheapest_path(zone, rule, {"rd": 0, "debts": 0}, ON, 12)
    assert not found.reached and found.proved and found.blocked == ()


amounts = st.integers(0, 12)


@settings(deadline=None, max_examples=40)
@given(
    revenue=st.integers(1, 12), rd=amounts, staff=st.integers(1, 60), tech=amounts, patents=st.integers(0, 4),
    ledger=st.booleans(), share=st.integers(1, 12), part=st.integers(1, 40), points=st.integers(20, 100),
    months=st.sampled_from([3, 8, 12]), costs=st.lists(st.integers(0, 9), min_size=5, max_size=5),
)  # fmt: skip
def test_equals_enumeration(revenue, rd, staff, tech, patents, ledger, share, part, points, months, costs):
    """Small random instances: the cost found is the least of all combinations, none where there is none."""
    spend, hire, train, file, sell = costs
    moves = f"""
- {{key: spend, label: {{zh: 多投}}, changes: {{rd: 10}}, most: 3, cost: {spend}, months: 6, within: {{rd: revenue}}}}
- {{key: hire, label: {{zh: 招人}}, changes: {{tech_staff: 1, staff: 1}}, most: 2, cost: {hire}, months: 3}}
- {{key: train, label: {{zh: 转岗}}, changes: {{tech_staff: 1}}, most: 2, cost: {train}, months: 9, within: {{tech_staff: staff}}}}
- {{key: file, label: {{zh: 专利}}, changes: {{patents: 1}}, most: 2, cost: {file}, months: 8}}
- {{key: book, label: {{zh: 建账}}, changes: {{ledger: 1}}, most: 1, cost: 1, months: 1}}
- {{key: sell, label: {{zh: 多卖}}, changes: {{revenue: 100}}, most: 2, cost: {sell}, months: 12}}
"""
    body = parameters(least=f"{share} percent", part=f"{part} percent") + TITLE.replace('"60"', f'"{points}"')
    zone = registry(policy("title", body), moves=moves)
    rule = read_policy(zone, zone.policies["title"], ON)
    firm = FIRM | {
        "revenue": revenue * 100 * WAN, "rd": rd * 5 * WAN, "staff": staff, "tech_staff": min(tech, staff),
        "patents": patents, "ledger": ledger,
    }  # fmt: skip
    found = cheapest_path(zone, rule, firm, ON, months)
    best = brute(zone, rule, firm, months)
    assert found.proved and found.reached == (best is not None)
    assert best is None or found.cost == Decimal(best)


def test_the_shipped_moves_lead_to_the_shipped_title():
    """A firm short of five things, on the real rules: the way is lawful, in time, and lets nothing cheaper be."""
    zone, _problems = load(PACKAGES, ["ganzhou-edz"])
    rule = read_policy(zone, zone.policies["high_tech_recognition"], ON)
    years = {"revenue": 3000, "revenue_1": 2600, "revenue_2": 2200, "rd_high_tech": 110, "rd_high_tech_1": 100,
             "rd_high_tech_2": 60, "net_assets": 1100, "net_assets_1": 1000, "net_assets_2": 950, "total_income": 3050,
             "hightech_revenue": 1500, "cost": 2500}  # fmt: skip
    years |= {f"rd_domestic{n}": years[f"rd_high_tech{n}"] for n in ("", "_1", "_2")}
    firm = {name: False for name in rule.traits} | {name: value * WAN for name, value in years.items()} | {
        "staff": 120, "tech_staff": 8, "tech_field": "electronics", "age_days": 2000, "ip_class1": 0, "ip_class2": 2,
        "ip_class1_own": 0, "ip_class2_own": 2, "results_converted": 1, "results_converted_1": 1,
        "results_converted_2": 1, "standards": 0,
    }  # fmt: skip
    late, soon = (cheapest_path(zone, rule, firm, ON, months) for months in (12, 6))
    assert late.reached and late.proved and late.months <= 12 and late.cost == sum(s.cost for s in late.steps)
    assert {f.state for f in late.verdict.conditions} <= {"met", "judgement"}
    for step in late.steps:
        fewer = decide(rule, after_all(firm, late, but=step))
        assert fewer.state == "no", f"{step.move.key} could be left out"
    assert not soon.reached and soon.later is not None and 6 < soon.later <= late.months


def after_all(firm, route, but):
    """The firm's traits with every step of a route taken but one."""
    after = dict(firm)
    for step in (s for s in route.steps if s is not but):
        for key, (_before, value) in step.traits.items():
            if key in after and key not in but.traits:
                after[key] = value
    return after
