"""任务督办: five lanes of what is under supervision, and the ledger of every task of the plan beside its directives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.http import QueryDict
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from quanyu.casework.words import Said, left_until
from quanyu.decisions.models import Directive
from quanyu.decisions.reads import Judged, supervision
from quanyu.decisions.reads.promises import holder, short
from quanyu.pagekit import format
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, link
from quanyu.registry.model import Registry
from quanyu.web.frame import address
from quanyu.web.tasks import TaskLine, listed, task_lines

TOP = 3
"""How many items a lane shows."""
NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Row:
    """One line of the ledger: a task of the plan, a directive, or both.

    `href`: where its name leads the reader; `unit`: key of the department that leads; `progress` in per cent,
    `measured` from the one number the task promises, else as the unit reported it; `when`: what a lane says of it.
    """

    line: TaskLine | None
    directive: Directive | None
    href: str
    code: str
    name: str
    lead: str
    unit: str
    supports: str
    progress: Decimal | None
    measured: bool
    due_on: dt.date | None
    lane: str
    status: Said
    was_late: bool
    when: str

    @property
    def slips(self) -> int:
        return len(self.directive.slips.all()) if self.directive else 0

    @property
    def in_charge(self) -> str:
        return self.directive.in_charge if self.directive else ""


def _row(registry: Registry, line: TaskLine | None, d: Directive | None, on: dt.date, href: str) -> Row:
    if d is None:
        assert line is not None
        role, roles, due_on, lane, near = line.task.lead, line.task.supports, line.task.due_on, "new", 0
        status, when = Said("none", "○ " + _("未立项")), ""
    else:
        near = supervision.near_days(registry)
        role, roles, due_on, lane = d.lead_role, [r for r, _o in d.supports], d.due_on, supervision.lane(d, on, near)
        status, when = _status(registry, d, lane, on, near), day(due_on, on)
        if lane in ("late", "warn"):
            when = status.words[2:]
        elif lane != "ok":
            when = day(timezone.localdate(d.case.entered_at), on)
            when = _("%(day)s申请") % {"day": when} if lane == "check" else when
    lead = short(d.lead.name if d and d.lead else holder(registry, role))
    measured = line.measured if line else None
    reported = Decimal(d.shown_progress) if d else None
    code, name = (line.code, line.name) if line else (d.case.number, d.case.title) if d else ("", "")
    return Row(
        line, d, href, code, name, lead, registry.plan.holders.get(role, role),
        listed(name for name in (short(holder(registry, r)) for r in roles) if name != lead),
        reported if measured is None else format.exact(measured * 100, 0), measured is not None, due_on, lane, status,
        d is not None and supervision.was_late(d, on), when,
    )  # fmt: skip


def _status(registry: Registry, d: Directive, lane: str, on: dt.date, near: int) -> Said:
    if lane in ("late", "warn"):
        return left_until(d.due_on, on, near)
    kind = registry.case_types.get(d.case.type)
    state = kind.states.get(d.case.state) if kind else None
    mark, lamp = {"ok": ("●", "ok"), "check": ("○", "none"), "done": ("✓", "done")}[lane]
    return Said(lamp, f"{mark} {tr(state.label) if state else ''}")


@dataclass(frozen=True)
class Lane:
    key: str
    lamp: str
    mark: str
    words: str
    rows: list[Row]

    @property
    def top(self) -> list[Row]:
        return self.rows[:TOP]


@dataclass(frozen=True)
class Board:
    """Everything under supervision, and the tasks that are not yet."""

    rows: list[Row]
    near: int

    @cached_property
    def lanes(self) -> list[Lane]:
        words = {
            "late": ("late", "■", _("逾期")), "warn": ("warn", "▲", _("临期（%(n)s 天内）") % {"n": self.near}),
            "ok": ("ok", "●", _("推进中")), "check": ("none", "○", _("待验收销号")), "done": ("done", "✓", _("已销号")),
        }  # fmt: skip
        lanes = [Lane(key, *said, [r for r in self.rows if r.lane == key]) for key, said in words.items()]
        lanes[-1].rows.reverse()
        return lanes

    @property
    def waiting(self) -> int:
        """Applications to be written off."""
        return len(self.lanes[3].rows)

    @property
    def tasks(self) -> list[TaskLine]:
        return list({r.line.key: r.line for r in self.rows if r.line}.values())

    @property
    def chapters(self) -> int:
        return len({line.sections[0].key for line in self.tasks if line.sections})

    @property
    def boxes(self) -> int:
        return len({s.key for line in self.tasks for s in line.sections if s.kind != "heading"})

    @property
    def fresh(self) -> int:
        return sum(r.lane == "new" for r in self.rows)


def day(value: dt.date | None, on: dt.date) -> str:
    """A day of this year without its year: 9月7日."""
    if value is None:
        return format.UNDEFINED
    if value.year != on.year or format.language() == "en":
        return format.date(value)
    return f"{value.month}月{value.day}日"


def board(registry: Registry, judged: Judged, on: dt.date, sees: Callable[[Directive], bool]) -> Board:
    """The ledger in its own order: lanes first to last with tasks nobody was told to do before what is done."""
    lines = {t.key: t for t in task_lines(registry, judged)}
    found = list(supervision.directives())
    told, order = {d.task for d in found}, ("late", "warn", "ok", "check", "new", "done")

    def href(d: Directive) -> str:
        return address("case", d.pk) if sees(d) else address("task", d.task) if d.task in lines else ""

    rows = [_row(registry, lines.get(d.task), d, on, href(d)) for d in found]
    rows.sort(key=lambda r: r.directive.case.closed_at or NEVER if r.directive else NEVER)
    rows += [_row(registry, t, None, on, address("task", t.key)) for t in lines.values() if t.key not in told]
    return Board(sorted(rows, key=lambda r: order.index(r.lane)), supervision.near_days(registry))


def desk(params: QueryDict, held: Board, on: dt.date, *, picks: bool) -> Desk:
    """The ledger with its filters: unit, chapter or box, state. `picks`: its lines can be ticked."""
    rows, lagged, flag = held.rows, _("曾滞后"), '{} <span class="flag">{}</span>'
    parts = [s for line in held.tasks for s in line.sections if not s.parent or s.kind != "heading"]
    sections = {s.key: tr(s.label) for s in sorted(parts, key=lambda s: s.first)}
    units = {r.unit: r.lead for r in rows}
    states = [(lane.key, f"{lane.mark} {lane.words}") for lane in held.lanes] + [("new", "○ " + _("未立项"))]

    def ticked(r: Row) -> str:
        if not picks:
            return r.code
        name, value = ("case", r.directive.pk) if r.directive else ("task", r.line.key if r.line else "")
        return format_html(
            '<label class="pick"><input type="checkbox" name="{}" value="{}" form="pick" aria-label="{}">{}</label>',
            name, value, _("选中 %(name)s") % {"name": r.name}, r.code,
        )  # fmt: skip

    return Desk(
        params,
        rows,
        [
            Column(_("编号"), lambda r: r.code, order=lambda r: r.code, name="n", show=ticked, width=12),
            Column(_("任务"), lambda r: r.name, width=44,
                   show=lambda r: link(r.href, r.name) if r.href else r.name),
            Column(_("规划出处"), lambda r: r.line.place if r.line else None, absent=format.UNDEFINED, width=16),
            Column(_("牵头"), lambda r: r.lead, order=lambda r: r.lead, name="lead", width=18),
            Column(_("配合"), lambda r: r.supports or None, absent=format.UNDEFINED, width=24, minor=True),
            Column(_("挂点领导"), lambda r: r.in_charge or None, absent=format.UNDEFINED, width=12, minor=True),
            Column(_("进度"), lambda r: r.progress, numeric=True, show=_progress, exported=False,
                   order=lambda r: -1 if r.progress is None else r.progress, name="progress"),
            Column(_("进度"), lambda r: r.progress, "%", numeric=True, absent=format.UNDEFINED, shown=False, width=8),
            Column(_("节点"), lambda r: r.due_on, show=lambda r: day(r.due_on, on), absent=format.UNDEFINED, width=14,
                   order=lambda r: r.due_on or dt.date.max, name="due"),
            Column(_("状态"), lambda r: f"{r.status} {lagged if r.was_late else ''}".strip(), width=16,
                   show=lambda r: format_html(flag if r.was_late else "{}", r.status.html, lagged)),
            Column(_("督办"), lambda r: _("第 %(n)s 次") % {"n": r.slips} if r.slips else None, absent=format.UNDEFINED,
                   width=10, order=lambda r: r.slips, name="slips", minor=True),
        ],
        title=_("任务台账"),
        filters=[
            Filter("unit", _("责任单位"), sorted(units.items()), lambda found, v: [r for r in found if r.unit == v]),
            Filter("section", _("章节与专栏"), list(sections.items()),
                   lambda found, v: [r for r in found if r.line and v in {s.key for s in r.line.sections}]),
            Filter("state", _("状态"), states, lambda found, v: [r for r in found if r.lane == v]),
        ],
        search=lambda found, words: [r for r in found if words.lower() in f"{r.name} {r.code}".lower()],
        search_label=_("查找任务"),
        empty=_("现行规划定义里还没有任务。"),
        downloads=address("tasks").rstrip("/"),
    )  # fmt: skip


def _progress(r: Row) -> str:
    if r.progress is None:
        return format.UNDEFINED
    return format_html('<span title="{}">{}%</span>', _("按指标实测") if r.measured else _("承办单位反馈"), r.progress)
