"""Who is tied to whom, and whether services go round in a circle: what a spot check of vouchers looks at first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby


def families(ties: Iterable[tuple[int, str]]) -> dict[int, int]:
    """Organisation → its family, named by its lowest number: those joined by common people or owners, however far.

    `ties`: (organisation, person or owner). Organisations without a tie are their own family and are not listed.
    """
    head: dict[int, int] = {}
    first: dict[str, int] = {}

    def root(n: int) -> int:
        head.setdefault(n, n)
        while head[n] != n:
            head[n] = head[head[n]]
            n = head[n]
        return n

    for organisation, who in ties:
        one, other = root(organisation), root(first.setdefault(who, organisation))
        head[max(one, other)] = min(one, other)
    return {n: root(n) for n in head}


def related(one: int, other: int, family: Mapping[int, int]) -> bool:
    """Are two organisations the same, or of one family?"""
    return family.get(one, one) == family.get(other, other)


def rings(services: Iterable[tuple[int, int]], family: Mapping[int, int]) -> list[frozenset[int]]:
    """Circles of buyers and providers: sets of organisations, each of which sells, over others, to itself.

    `services`: (buyer, provider). Families count as one; inside one family nothing goes round, that is `related`.
    Tarjan's strongly connected components, without recursion, so that no chain is too long.
    """
    named = sorted({(family.get(b, b), family.get(p, p)) for b, p in services})
    after = {node: [p for _b, p in group] for node, group in groupby(named, key=lambda edge: edge[0])}
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    path: list[int] = []
    found: list[frozenset[int]] = []
    for start in after:
        if start in number:
            continue
        work = [(start, 0)]
        while work:
            node, step = work.pop()
            if step == 0:
                number[node] = low[node] = len(number)
                path.append(node)
            else:
                child = after[node][step - 1]
                low[node] = min(low[node], low[child]) if child in path else low[node]
            for i, child in enumerate(after.get(node, ())[step:], step):
                if child not in number:
                    work += [(node, i + 1), (child, 0)]
                    break
                if child in path:
                    low[node] = min(low[node], number[child])
            else:
                if low[node] == number[node]:
                    part = frozenset(path[path.index(node) :])
                    del path[path.index(node) :]
                    if len(part) > 1:
                        found.append(part)
    heads = [{n for n, head in family.items() if head in part} | part for part in found]
    return [frozenset(members) for members in heads]
