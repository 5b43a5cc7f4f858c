"""Everything wrong or unwise about package texts, at once: their reading, the plan linter, the formulas."""

from __future__ import annotations

from collections.abc import Mapping

from quanyu.measures import query
from quanyu.registry.check import check
from quanyu.registry.load import load_files
from quanyu.registry.model import Registry
from quanyu.registry.problem import Problem


def examine(files: Mapping[str, str]) -> tuple[Registry, list[Problem]]:
    """The definitions in `files` (as `read_files` gives them) and all problems, in file and line order."""
    found, problems = load_files(files)
    if found.plans:
        problems = [*problems, *check(found), *query.check(found)]
    return found, sorted(problems, key=lambda p: (p.place, p.code, p.message))
