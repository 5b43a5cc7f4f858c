"""The plan's own order: its headings and boxes, and under each the numbers and tasks it promises, with their lamps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from quanyu.decisions.reads import Judged
from quanyu.decisions.reads.promises import STATES, Promise, promise
from quanyu.registry.model import LampState, Registry, Section
from quanyu.web.tasks import TaskLine, task_lines

RANK = {state: rank for rank, state in enumerate(("none", "done", "ok", "conflict", "warn", "late"))}


@dataclass
class Heading:
    """One heading or box: what it promises itself (`promises`, `tasks`), and what stands below it."""

    section: Section
    depth: int
    promises: list[Promise] = field(default_factory=list)
    tasks: list[TaskLine] = field(default_factory=list)
    statements: int = 0
    below: list[Heading] = field(default_factory=list)

    def walk(self) -> Iterable[Heading]:
        yield self
        for heading in self.below:
            yield from heading.walk()

    @cached_property
    def lamps(self) -> list[tuple[LampState, int]]:
        """How many numbers stand at each lamp, here and below, as the cockpit orders them."""
        held = [p for heading in self.walk() for p in heading.promises]
        lit, count = {p.verdict.state: p.lamp for p in held}, Counter(p.verdict.state for p in held)
        return [(lit[state], count[state]) for state in STATES if state in lit]

    @property
    def worst(self) -> LampState | None:
        """The worst lamp here and below; None where no number is promised."""
        return max((lit for lit, _n in self.lamps), key=lambda lit: RANK[lit.key], default=None)

    @cached_property
    def task_count(self) -> int:
        return sum(len(heading.tasks) for heading in self.walk())

    @property
    def promised(self) -> bool:
        """Something is promised here or below: a number or a task."""
        return bool(self.lamps or self.task_count)


class PlanText:
    """The chapter tree of the plan in force, filled with where each promise stands at the end of a period."""

    def __init__(self, registry: Registry, judged: Judged) -> None:
        self.registry, self.judged = registry, judged

    @cached_property
    def chapters(self) -> list[Heading]:
        plan = self.registry.plan
        made: dict[str, Heading] = {}
        chapters = []
        for section in plan.sections:
            above = made.get(section.parent)
            made[section.key] = heading = Heading(section, above.depth + 1 if above else 1)
            (above.below if above else chapters).append(heading)
        for indicator in sorted(self.registry.indicators.values(), key=lambda i: (not i.main, i.order, i.key)):
            at = self._home(line for cite in indicator.cites for line in cite.lines)
            if at and indicator.key in self.judged.verdicts:
                made[at].promises.append(promise(self.registry, self.judged, indicator.key))
        for line in task_lines(self.registry, self.judged):
            if line.task.section in made:
                made[line.task.section].tasks.append(line)
        for statement in self.registry.statements.values():
            if at := self._home(statement.cite.lines):
                made[at].statements += 1
        return chapters

    @property
    def defaults(self) -> bool:
        """Some task's lead is a default, the plan naming nobody."""
        return any(t.lead_default for chapter in self.chapters for heading in chapter.walk() for t in heading.tasks)

    def _home(self, lines: Iterable[int]) -> str:
        """The innermost section that holds the first of some lines; "" when none does."""
        found = self.registry.plan.section_at(min(lines, default=0))
        return found.key if found else ""
