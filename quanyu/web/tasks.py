"""The ledger of what the plan says will be done: who leads, by when, what is delivered, and how its numbers stand."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeVar

from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext as _

from quanyu.decisions.reads import Judged
from quanyu.pagekit import format
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, link
from quanyu.pagekit.templatetags.pagekit import lamp
from quanyu.registry.model import Cite, LampState, Registry, Section, Task
from quanyu.web.frame import address
from quanyu.web.promises import Promise, holder, promise

NUMBERED = re.compile(r"专栏\d+|Box \d+|[\d.]*\d|[一二三四五六七八九十]+(?=、)|（[一二三四五六七八九十]+）")
"""How a heading begins that is numbered as official papers number them."""
WORST = ("late", "warn", "conflict", "none", "ok", "done")


@dataclass(frozen=True)
class TaskLine:
    """One task beside the indicators it serves. `number` is its place in the plan's order, from 1."""

    registry: Registry
    task: Task
    number: int
    promises: tuple[Promise, ...]

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
    def supports_short(self) -> str:
        """The others, without what stands in brackets; "" where only the lead itself is named."""
        names = [short(holder(self.registry, role)) for role in self.task.supports]
        return listed(n for n in names if n != self.lead_short)

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
    def lamp_words(self) -> str:
        return f"{self.worst.lamp.mark} {tr(self.worst.lamp.label)}" if self.worst else ""

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


class Cited(Protocol):
    """A definition that rests on lines of the plan."""

    @property
    def key(self) -> str: ...

    @property
    def cites(self) -> tuple[Cite, ...]: ...


C = TypeVar("C", bound=Cited)


def as_printed(defined: Iterable[C]) -> list[C]:
    """Definitions in the plan's order: by the first line they rest on."""
    return sorted(defined, key=lambda d: (min((n for c in d.cites for n in c.lines), default=0), d.key))


def task_lines(registry: Registry, judged: Judged) -> list[TaskLine]:
    """All tasks in the plan's order: by the first line they rest on."""
    return [
        TaskLine(registry, t, n, tuple(promise(registry, judged, k) for k in t.indicators if k in judged.verdicts))
        for n, t in enumerate(as_printed(registry.tasks.values()), 1)
    ]


def short(words: str) -> str:
    """A name without what stands in brackets behind it."""
    return re.split(r"[（(]", words)[0].strip()


@dataclass(frozen=True)
class Ledger:
    """All tasks, how many of them the plan leaves without a lead or a date, and how the numbers they serve stand."""

    lines: list[TaskLine]

    @property
    def measured(self) -> int:
        return sum(line.worst is not None for line in self.lines)

    @property
    def leaderless(self) -> int:
        return sum(line.lead_default for line in self.lines)

    @property
    def dated(self) -> int:
        return sum(line.task.due_on is not None for line in self.lines)

    @cached_property
    def lamps(self) -> list[tuple[LampState, int]]:
        """The worst lamp of each task that serves a number: (lamp, how many tasks), the worst first."""
        lit = {p.verdict.state: p.lamp for line in self.lines if (p := line.worst)}
        count = Counter(p.verdict.state for line in self.lines if (p := line.worst))
        return [(lit[state], count[state]) for state in WORST if state in lit]


def desk(params: QueryDict, ledger: Ledger) -> Desk:
    """The ledger with its filters: chapter, lead, lamp."""
    lines = ledger.lines
    chapters = {line.sections[0].key: tr(line.sections[0].label) for line in lines if line.sections}
    leads = {line.task.lead: line.lead for line in lines}
    return Desk(
        params,
        lines,
        [
            Column(_("编号"), lambda r: r.number, order=lambda r: r.number, name="n", width=6),
            Column(_("任务"), lambda r: r.name, show=lambda r: link(address("task", r.key), r.name), width=44),
            Column(_("出处"), lambda r: f"{r.section} {r.lines}", width=30,
                   show=lambda r: format_html('<span title="{}">{}</span> <span class="u">{}</span>',
                                              r.section, r.place, r.lines)),
            Column(_("牵头"), lambda r: r.lead, order=lambda r: r.lead, name="lead", width=18,
                   show=lambda r: r.lead_short + ("*" if r.lead_default else "")),
            Column(_("配合"), lambda r: r.supports, show=lambda r: r.supports_short, width=24),
            Column(_("完成时限"), lambda r: r.task.due_on, show=lambda r: r.due, absent=_("规划未写明"),
                   order=lambda r: r.task.due_on or dt.date.max, name="due", width=14),
            Column(_("成果与数量"), lambda r: r.deliverable, width=36),
            Column(_("关联指标"), lambda r: "；".join(p.name for p in r.promises), shown=False, width=36),
            Column(_("指标状态"), lambda r: r.lamp_words, name="lamp", width=12,
                   show=lambda r: lamp(r.worst.lamp) if r.worst else format.UNDEFINED,
                   order=lambda r: WORST.index(r.worst.verdict.state) if r.worst else len(WORST)),
        ],
        title=_("任务台账"),
        filters=[
            Filter("chapter", _("章节"), sorted(chapters.items()),
                   lambda rows, v: [r for r in rows if r.sections and r.sections[0].key == v]),
            Filter("lead", _("牵头"), sorted(leads.items()), lambda rows, v: [r for r in rows if r.task.lead == v]),
            Filter("state", _("指标状态"), [(lit.key, f"{lit.mark} {tr(lit.label)}") for lit, _n in ledger.lamps],
                   lambda rows, v: [r for r in rows if r.worst and r.worst.verdict.state == v]),
        ],
        search=lambda rows, words: [r for r in rows if words.lower() in f"{r.name} {r.deliverable}".lower()],
        search_label=_("查找任务"),
        empty=_("现行规划定义里还没有任务。"),
        notes=[_("* 规划未写明牵头单位，所列为默认分工。")] if ledger.leaderless else [],
        downloads=address("tasks").rstrip("/"),
    )  # fmt: skip
