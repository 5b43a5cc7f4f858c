"""What the plan says will be done: who leads, by when, what is delivered, and how its numbers stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TypeVar

from django.utils.translation import gettext as _

from quanyu.decisions.reads import Judged
from quanyu.decisions.reads.promises import Promise, holder, promise, short
from quanyu.pagekit import format
from quanyu.pagekit.format import tr
from quanyu.registry.model import Cite, Registry, Section, Task

NUMBERED = re.compile(r"专栏\d+|Box \d+|[\d.]*\d|[一二三四五六七八九十]+(?=、)|（[一二三四五六七八九十]+）")
"""How a heading begins that is numbered as official papers number them."""
WORST = ("late", "warn", "conflict", "none", "ok", "done")


@dataclass(frozen=True)
class TaskLine:
    """One task beside the indicators it serves. `number` is its place in the plan's order, from 1.

    `code`: how the ledger names it, chapter.section-place.
    """

    registry: Registry
    task: Task
    number: int
    promises: tuple[Promise, ...]
    code: str = ""

    @property
    def key(self) -> str:
        return self.task.key

    @property
    def name(self) -> str:
        return tr(self.task.label)

    @cached_property
    def sections(self) -> list[Section]:
        by_key = {s.key: s for s in self.registry.plan.sections}
        found: list[Section] = []
        at = by_key.get(self.task.section)
        while at is not None:
            found.insert(0, at)
            at = by_key.get(at.parent)
        return found

    @property
    def section(self) -> str:
        return tr(self.sections[-1].label) if self.sections else format.UNDEFINED

    @property
    def place(self) -> str:
        """The heading as people cite it: 四（一）5, 专栏8; in full where headings are not numbered so."""
        numbers = [m[0] for s in self.sections if (m := NUMBERED.match(tr(s.label)))]
        if not numbers or len(numbers) < len(self.sections):
            return self.section
        alone = self.sections[-1].kind != "heading" or format.language() == "en"
        return numbers[-1] if alone else "".join(numbers)

    @property
    def lines(self) -> str:
        return cited(self.task.cites)

    @property
    def lead(self) -> str:
        return holder(self.registry, self.task.lead)

    @property
    def lead_short(self) -> str:
        """Without what stands in brackets, for a narrow column."""
        return short(self.lead)

    @property
    def lead_default(self) -> bool:
        """The plan names nobody: the lead shown is a default."""
        return "lead" in self.task.unstated

    @property
    def supports(self) -> str:
        return listed(holder(self.registry, role) for role in self.task.supports)

    @property
    def due(self) -> str:
        return format.date(self.task.due_on) if self.task.due_on else _("规划未写明")

    @property
    def amount(self) -> str:
        if self.task.quantity is None:
            return ""
        return format.quantity(self.task.quantity, self.registry.units.get(self.task.unit))

    @property
    def deliverable(self) -> str:
        return " ".join(filter(None, (tr(self.task.deliverable), self.amount)))

    @property
    def worst(self) -> Promise | None:
        """The indicator of this task that stands worst; None when it serves none."""
        return min(self.promises, key=lambda p: WORST.index(p.verdict.state), default=None)

    @property
    def measured(self) -> Fraction | None:
        """How far the one number this task promises has come; None where it promises none, or several."""
        if self.task.quantity is None or len(self.promises) != 1:
            return None
        return self.promises[0].verdict.progress

    @property
    def silent(self) -> list[str]:
        """What the plan leaves unsaid about this task, in words."""
        words = {
            "lead": _("牵头单位"), "supports": _("配合单位"), "due_on": _("完成时限"), "due": _("完成时限"),
            "deliverable": _("成果"), "quantity": _("数量"),
        }  # fmt: skip
        return [words.get(what, what) for what in self.task.unstated]


def listed(names: Iterable[str]) -> str:
    """Names in a row, each once."""
    return ("、" if format.language() == "zh" else ", ").join(dict.fromkeys(names))


def cited(cites: Sequence[Cite]) -> str:
    """The lines a definition rests on: 第285、289行."""
    lines = list(dict.fromkeys(str(n) for c in cites for n in c.lines))
    return _("第%(lines)s行") % {"lines": listed(lines)} if lines else ""


C = TypeVar("C")
"""A definition that rests on lines of the plan."""


def as_printed(defined: Iterable[C]) -> list[C]:
    """Definitions in the plan's order: by the first line they rest on."""
    return sorted(defined, key=lambda d: (min((n for c in d.cites for n in c.lines), default=0), d.key))


def task_lines(registry: Registry, judged: Judged) -> list[TaskLine]:
    """All tasks in the plan's order: by the first line they rest on."""
    tree, count, lines = _numbers(registry), Counter[str](), []
    for n, t in enumerate(as_printed(registry.tasks.values()), 1):
        part = tree.get(t.section, "0")
        count[part] += 1
        served = tuple(promise(registry, judged, k) for k in t.indicators if k in judged.verdicts)
        lines.append(TaskLine(registry, registry.task_on(t.key, judged.on), n, served, f"{part}-{count[part]:02}"))
    return lines


def _numbers(registry: Registry) -> dict[str, str]:
    """Section key → 4.1: its chapter's place in the plan, and its section's place in the chapter."""
    sections, below, numbers = registry.plan.sections, Counter[str](), dict[str, str]()
    for s in sections:
        above = numbers.get(s.parent, "")
        below[above] += above.count(".") == 0
        numbers[s.key] = above if "." in above else f"{above}.{below[above]}" if above else str(below[above])
    return numbers
