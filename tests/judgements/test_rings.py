"""Families and circles: against the plain definition on small graphs, and in a few told cases."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from quanyu.judgements.rings import families, related, rings

few = st.integers(1, 7)


def reachable(edges, start):
    seen, waiting = set(), [start]
    while waiting:
        here = waiting.pop()
        for a, b in edges:
            if a == here and b not in seen:
                seen.add(b)
                waiting.append(b)
    return seen


def test_a_family_is_joined_by_common_people_however_far():
    family = families([(1, "甲"), (2, "甲"), (2, "乙"), (5, "乙"), (7, "丙")])
    assert family == {1: 1, 2: 1, 5: 1, 7: 7}
    assert related(1, 5, family) and related(9, 9, family)
    assert not related(1, 7, family) and not related(8, 9, family)


def test_a_circle_over_three_firms_is_found_and_a_chain_is_not():
    assert rings([(1, 2), (2, 3), (3, 1), (4, 1)], {}) == [frozenset({1, 2, 3})]
    assert rings([(1, 2), (2, 3), (1, 3)], {}) == []


def test_a_circle_closed_by_a_common_owner_is_found():
    """Firm 1 buys from 2, whose sister 12 buys from 3, who buys from 1."""
    family = families([(2, "赵"), (12, "赵")])
    assert rings([(1, 2), (12, 3), (3, 1)], family) == [frozenset({1, 2, 3, 12})]


@given(st.lists(st.tuples(few, few), max_size=14))
def test_rings_are_those_that_reach_themselves_over_another(edges):
    expected = set()
    for node in {n for edge in edges for n in edge}:
        part = frozenset(n for n in reachable(edges, node) if node in reachable(edges, n))
        if len(part) > 1 and node in part:
            expected.add(part)
    assert set(rings(edges, {})) == expected


@given(st.lists(st.tuples(few, st.sampled_from("甲乙丙丁")), max_size=10))
def test_families_are_the_connected_parts(ties):
    family = families(ties)
    both = [(a, b) for a, w in ties for b, v in ties if w == v]
    for one, _w in ties:
        assert {n for n in family if family[n] == family[one]} == reachable(both, one) | {one}
