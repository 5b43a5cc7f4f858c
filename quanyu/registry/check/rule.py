"""One check is one small function with a code.

    @rule("P201", "unwise", "同一个数量写了两个值")
    def two_values(registry: Registry) -> Iterator[Problem]:
        yield Problem("P201", "unwise", place, "…", subject=indicator.key, contests=("target",))

A rule sees a registry that is closed (every reference inside it leads somewhere) and yields one `Problem` a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from quanyu.registry.model import Registry
from quanyu.registry.problem import Mood, Problem

Finder = Callable[[Registry], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named check: its code, how grave it is, what it means in one Chinese line, and the function that finds it."""

    code: str
    mood: Mood
    meaning: str
    find: Finder


RULES: dict[str, Rule] = {}


def rule(code: str, mood: Mood, meaning: str) -> Callable[[Finder], Finder]:
    """Enter a function into the table of checks under a code of its own."""

    def enter(find: Finder) -> Finder:
        if code in RULES:
            raise ValueError(f"{code} is taken by {RULES[code].find.__name__}")
        RULES[code] = Rule(code, mood, meaning, find)
        return find

    return enter
