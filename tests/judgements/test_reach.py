"""What policies can come to over boxes of firms, held against the reference engine on all shipped policies."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from quanyu.judgements.eligibility import decide, read_policy
from quanyu.judgements.reach import Range, domain, exactly, scores, within_reach
from quanyu.registry.load import load

PACKAGES = Path(__file__).parents[2] / "packages"
HAD = ("yes", "judgement")


def shipped():
    zone, _problems = load(PACKAGES, ["ganzhou-edz"])
    rules = []
    for policy in zone.policies.values():
        day = min(dt.date(2026, 11, 24), policy.to - dt.timedelta(days=1)) if policy.to else dt.date(2026, 11, 24)
        rules.append(read_policy(zone, policy, max(day, policy.from_)))
    return rules


RULES = shipped()


def value(column, draw: random.Random):
    """A number of a likely size, a flag or a word; now and then unknown."""
    if draw.random() < 0.04:
        return None
    if column is None or column.type == "flag":
        return draw.random() < 0.5
    if column.type == "text":
        return draw.choice(["", "audited_rd", "strategic", "n1", "small", "none"])
    if column.unit == "wan_yuan":
        return draw.choice([0, 1, 10**6, 10**8, 5 * 10**9, 5 * 10**9 + 1, 2 * 10**10, 10**11])
    return draw.choice([*range(13), 60, 365, 500, 501])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.policy.key)
def test_one_firm_is_seen_as_the_engine_sees_it_and_never_lost_in_a_box(rule):
    draw, whole, memo = random.Random(rule.policy.key), domain(rule, 10**17), {}
    for _ in range(40):
        firm = {name: value(rule.names.get(name), draw) for name in rule.traits}
        verdict = decide(rule, firm)
        point = {name: exactly(held) for name, held in firm.items()}
        assert within_reach(rule, point) is (verdict.state in HAD)
        if None not in firm.values():
            assert {n: (r.low, r.high) for n, r in scores(rule, point).items()} == dict(verdict.scores)
        wider = {}
        for name, held in point.items():
            if isinstance(held, Range) and not held.empty:
                wider[name] = Range(held.low - draw.randint(0, 10**9), held.high + draw.randint(0, 10**9))
            else:
                wider[name] = held | whole[name] if isinstance(held, frozenset) and draw.random() < 0.5 else held
        found = scores(rule, wider)
        assert all(found[n].low <= low and high <= found[n].high for n, (low, high) in verdict.scores.items())
        assert within_reach(rule, wider) or verdict.state not in HAD
        assert within_reach(rule, wider, memo=memo) == within_reach(rule, wider) == within_reach(rule, wider, memo=memo)
    assert within_reach(rule, whole, unknown=True), "a shipped policy that nobody can have"
