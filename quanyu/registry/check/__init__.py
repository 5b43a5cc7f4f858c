"""The plan linter: every check over a registry, with allowances and rulings applied."""

from __future__ import annotations

from dataclasses import replace

from quanyu.registry.check import (
    alerts,
    benchmarks,
    calibers,
    cases,
    clash,
    derive,
    edits,
    growth,
    indices,
    plan,
    plausibility,
    policies,
    screening,
    structure,
)
from quanyu.registry.check.rule import RULES
from quanyu.registry.codes import READING, UNUSED_ALLOWANCE
from quanyu.registry.model import Registry, Ruling
from quanyu.registry.problem import Mood, Problem

__all__ = ["check", "codes", "table"]

_MODULES = (
    structure,
    plan,
    clash,
    growth,
    derive,
    indices,
    cases,
    alerts,
    benchmarks,
    calibers,
    plausibility,
    edits,
    screening,
    policies,
)  # importing them enters their rules


def check(registry: Registry) -> list[Problem]:
    """All findings, in file and line order: silenced ones left out, settled ones carrying their ruling."""
    found = [problem for entry in RULES.values() for problem in entry.find(registry)]
    allowed = {
        (item.key, code): item.place
        for group in (registry.indicators, registry.tasks, registry.case_types, registry.policies)
        for item in group.values()
        for code in item.allow
    }
    used = {(problem.subject, problem.code) for problem in found}
    kept = [_settled(problem, registry) for problem in found if (problem.subject, problem.code) not in allowed]
    kept += [
        Problem(
            UNUSED_ALLOWANCE, "wrong", place, f"「{subject}」用 allow 放过了 {code}，但这里并没有这个问题",
            f"从 allow 里删去 {code}", subject=subject,
        )
        for (subject, code), place in allowed.items()
        if (subject, code) not in used and code in codes()
    ]  # fmt: skip
    return sorted(kept, key=lambda p: (p.place, p.code, p.message))


def _settled(problem: Problem, registry: Registry) -> Problem:
    """The problem with the earliest ruling that settles it."""

    def settles(ruling: Ruling) -> bool:
        about = ruling.subject == problem.subject and problem.code in ruling.settles
        return about and (not problem.contests or ruling.what in problem.contests)

    rulings = [ruling for ruling in registry.rulings.values() if settles(ruling)]
    return replace(problem, ruling=min(rulings, key=lambda r: (r.on, r.key)).key) if rulings else problem


def codes() -> frozenset[str]:
    """Every code a package author can meet."""
    return frozenset({*READING, *RULES, UNUSED_ALLOWANCE})


def table() -> list[tuple[str, Mood, str]]:
    """(code, mood, meaning in Chinese) of every check, for the reference pages."""
    rows: list[tuple[str, Mood, str]] = [(code, "wrong", meaning) for code, meaning in READING.items()]
    rows += [(entry.code, entry.mood, entry.meaning) for entry in RULES.values()]
    rows.append((UNUSED_ALLOWANCE, "wrong", "allow 放过的问题并不存在"))
    return sorted(rows)
