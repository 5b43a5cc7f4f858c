"""The first page after log-in: what this person has to do today, composed for their role from the same few blocks.

Every block is a list of rows with a mark, a link and a short note; each knows what to say when it is empty.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quanyu.bureaus.policies.reads.mine import benefits_of
from quanyu.bureaus.reporting.reads.window import due_on, ended
from quanyu.casework import reads as casework
from quanyu.casework.models import Case
from quanyu.casework.words import CaseLine, Said, left_until, soon_days
from quanyu.decisions import reads as decisions
from quanyu.decisions.reads import Judged
from quanyu.decisions.reads.promises import Promise, promises
from quanyu.facts import reads as facts
from quanyu.measures.periods import Period
from quanyu.pagekit import format
from quanyu.pagekit.format import tr
from quanyu.people.models import User
from quanyu.people.reads import Permit
from quanyu.registry.model import Form, Registry
from quanyu.registry.problem import Refused
from quanyu.web.cockpit import Cockpit
from quanyu.web.frame import address

TODAY, COORDINATE, ROWS = 7, 5, 6
JUDGING = ("review", "check")
OLD = "data_old_days"
"""Setting of a package: how many days after a month's end its figures count as old."""
LAYOUT: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "clerk": (("todo", "overdue"), ("filing", "returned", "done_lately")),
    "chief": (("reviews", "overdue"), ("todo", "changes", "done_lately")),
    "leader": (("lamps", "coordinate"), ("todo", "changes")),
    "firm": (("forms", "benefits", "todo"), ("running",)),
    "department": (("todo", "supply"), ("differences", "running")),
    "outside": (("todo",), ("running", "done_lately")),
}
"""Role.workbench → the blocks of the wide column and of the side one, in order."""


@dataclass(frozen=True)
class Row:
    """One line of a block: where it leads, its words, the mark before them, a note after them."""

    href: str
    text: str
    mark: Said
    note: str = ""


@dataclass(frozen=True)
class Block:
    """A titled list. `total` counts all, `more` leads to them; `empty`: a bold line and what comes next."""

    title: str
    rows: Sequence[Row] = ()
    total: int = 0
    more: str = ""
    empty: tuple[str, str] = ("", "")
    note: str = ""
    lamps: Sequence[Promise] = ()
    trouble: Refused | None = None


@dataclass(frozen=True)
class Workbench:
    """`kind` is the role's `workbench`. Each block asks a fixed number of questions, however large the zone."""

    user: User
    permit: Permit
    registry: Registry
    on: dt.date
    kind: str

    @property
    def main(self) -> list[Block]:
        return [self._block(name) for name in LAYOUT[self.kind][0]]

    @property
    def side(self) -> list[Block]:
        return [self._block(name) for name in LAYOUT[self.kind][1]]

    @property
    def first(self) -> str:
        """Where the work begins: the case or question due first."""
        return address("case", self.waiting[0].case.pk) if self.waiting else ""

    def _block(self, name: str) -> Block:
        """A block; one that cannot be made says why in its place, and the others stand."""
        try:
            made: Block = getattr(self, name)()
        except Refused as refused:
            return Block(_("指标"), trouble=refused)
        return made

    # ---- cases ----

    @cached_property
    def inbox(self) -> QuerySet[Case]:
        return casework.inbox(self.user, self.on).select_related("holder", "holder_organisation")

    @cached_property
    def waiting(self) -> list[CaseLine]:
        """What waits for me, by deadline: the first of my cases and of the questions put to me."""
        held = [CaseLine(c, self.registry, self.on) for c in self.inbox[: TODAY * 2]]
        asked = [CaseLine(o.case, self.registry, self.on, asked=True, asked_on=o.due_on)
                 for o in casework.awaited_opinions(self.user, self.on)[:TODAY]]  # fmt: skip
        return sorted([*asked, *held], key=lambda line: (line.due_on or dt.date.max, line.case.pk))

    def _row(self, line: CaseLine, *, holder: bool = False) -> Row:
        due = _("%(day)s到期") % {"day": format.date(line.due_on)} if line.due_on else ""
        parts = [line.type, str(line.state)[2:], line.holder if holder else due]
        mark = line.left if str(line.left) else line.state
        return Row(address("case", line.case.pk), line.case.title, mark, " · ".join(filter(None, parts)))

    def _listed(self, title: str, rows: QuerySet[Case], empty: str, *, more: str = "", holder: bool = True) -> Block:
        found = rows.select_related("holder", "holder_organisation")[:ROWS]
        lines = [self._row(CaseLine(c, self.registry, self.on), holder=holder) for c in found]
        return Block(title, lines, rows.count() if len(lines) == ROWS else len(lines), more, ("", empty))

    def todo(self) -> Block:
        empty = (_("没有等您办理的事项"), self._next_due())
        title, lines, total = _("今天要办"), self.waiting, casework.waiting(self.user, self.on)
        if self.kind == "outside":
            title, empty = _("分给我的件"), (_("暂无任务"), _("有新任务会发通知，也会列在这里。"))
        if self.kind == "chief":  # the rest stands in a block of its own
            lines = [n for n in lines if n.asked or n.case.phase not in JUDGING]
            title, total = _("其他待办"), total - self.inbox.filter(phase__in=JUDGING).count()
        return Block(title, [self._row(n) for n in lines[:TODAY]], total, address("inbox"), empty)

    def reviews(self) -> Block:
        rows, empty = self.inbox.filter(phase__in=JUDGING), _("没有待您审定的事项，送审的会列在这里。")
        return self._listed(_("待我审"), rows, empty, more=address("inbox"), holder=False)

    def returned(self) -> Block:
        """What came back to be mended: my cases that are a draft again."""
        rows = self.inbox.filter(phase="draft", version__gt=0)
        return self._listed(_("退回件"), rows, _("没有被退回的事项。"), holder=False)

    @cached_property
    def _overdue(self) -> QuerySet[Case]:
        """Open cases past their day: all of them for those who see every case, else those I began."""
        rows = casework.overdue(self.on)
        return rows if self.permit.everywhere("cases") else rows.filter(opened_by=self.user)

    def overdue(self) -> Block:
        return self._listed(_("逾期的事项"), self._overdue, _("没有逾期的事项。"))

    def running(self) -> Block:
        rows = Case.objects.filter(opened_by=self.user, closed_at__isnull=True).order_by("-id")
        more = f"{address('inbox_of', 'opened')}?when=open"
        return self._listed(_("我发起的"), rows, _("没有您发起而未办结的事项。"), more=more)

    def done_lately(self) -> Block:
        """Where the cases of the last seven days stand in which I took a step."""
        since = timezone.make_aware(dt.datetime.combine(self.on - dt.timedelta(days=6), dt.time.min))
        rows = casework.acted_on(self.user).filter(acted_at__gte=since).order_by("-acted_at")
        more = address("inbox_of", "done")
        return self._listed(_("近七天已办"), rows, _("近七天没有办过事项。"), more=more)

    # ---- the plan ----

    @cached_property
    def judged(self) -> Judged:
        return decisions.assessment()

    @cached_property
    def cockpit(self) -> Cockpit:
        return Cockpit(self.registry, self.judged)

    @property
    def old(self) -> str:
        """A sentence where a leader would be reading figures older than a package says they should be."""
        if self.kind != "leader" or not (held := decisions.assessments_of(decisions.current_series())):
            return ""
        last, days = Period.parse(list(held)[-1]), int(str(self.registry.settings.get(OLD, 62)))
        if (self.on - last.end).days <= days:
            return ""
        return _("数据截至 %(period)s，已超过 %(n)s 天没有新数据。") % {"period": format.period(last), "n": days}

    def _promise(self, p: Promise, note: str) -> Row:
        href = address("indicator", p.key) if "indicators" in self.permit.sees else ""
        return Row(href, p.name, Said(p.verdict.state, f"{p.lamp.mark} {tr(p.lamp.label)}"), note)

    def lamps(self) -> Block:
        found, until = self.cockpit.all, _("截至 %(period)s") % {"period": format.period(self.judged.period)}
        title = ngettext("%(n)s 项主要指标", "%(n)s 项主要指标", len(found)) % {"n": len(found)}
        return Block(title, more=address("cockpit"), note=until, lamps=found)

    def coordinate(self) -> Block:
        """What a leader has to move: cases past their day, then late indicators that no such case is about."""
        cases = self._listed(_("需协调"), self._overdue, "")
        about = set(self._overdue.filter(subject__startswith="indicator:").values_list("subject", flat=True))
        late = [p for p in self.cockpit.coordinate if f"indicator:{p.key}" not in about]
        lagging = [self._promise(p, " · ".join(filter(None, (p.owner_short, p.ahead, p.todo)))) for p in late]
        empty = (_("本期无需协调事项"), _("没有逾期的事项，主要指标都不落后。"))
        rows = [*cases.rows, *lagging][:COORDINATE]
        return Block(cases.title, rows, cases.total + len(late), address("cockpit"), empty)

    def changes(self) -> Block:
        """Indicators whose lamp is another than a quarter before."""
        now, before = self.judged, Period.of_month(self.judged.period.last_month - 3)
        if str(before) not in decisions.assessments_of(decisions.current_series()):
            return Block(_("本季变化"), empty=("", _("还没有上一季的研判可比。")))
        then = {p.key: p.lamp for p in promises(self.registry, decisions.assessment(before))}
        moved = [(p, then[p.key]) for p in promises(self.registry, now) if then.get(p.key, p.lamp).key != p.lamp.key]
        rows = [self._promise(p, _("上季 %(lamp)s") % {"lamp": f"{was.mark} {tr(was.label)}"}) for p, was in moved]
        note = _("%(now)s比%(then)s") % {"now": format.period(now.period), "then": format.period(before)}
        return Block(_("本季变化"), rows[:ROWS], len(rows), "", ("", _("各项指标的亮灯与上一季相同。")), note)

    # ---- facts ----

    @cached_property
    def _forms(self) -> list[tuple[Form, Period]]:
        """The forms that firms must file, each with its last period that has ended."""
        return [(form, ended(form, self.on)) for form in self.registry.first_editions.values() if form.reporters]

    @cached_property
    def _own(self) -> set[int]:
        """The firms this person reports for."""
        return {own for role, own in self.permit.hats if role.own_only and {"reports", "file"} & set(role.sees)}

    def _next_due(self) -> str:
        """What comes next, so that an empty desk still says when there will be something."""
        days = []
        for form, period in self._forms if self.kind in ("clerk", "firm") else ():
            due = due_on(form, period)
            if due is not None and (due >= self.on or (due := due_on(form, period.following()))):
                days.append((due, tr(form.label)))
        if not days:
            return _("有新的会列在这里，也会发通知。")
        return _("下一项：%(day)s%(form)s截止。") % {"day": format.date(min(days)[0]), "form": min(days)[1]}

    def _form(self, form: Form, period: Period, due: dt.date | None, note: str, done: str, href: str) -> Row:
        """A form and its period; `done`: the words where nothing is missing any more, else the days left are shown."""
        left = left_until(due, self.on, soon_days(self.registry))
        return Row(href, f"{tr(form.label)} {format.period(period)}", Said("done", f"✓ {done}") if done else left, note)

    def forms(self) -> Block:
        rows, open_ones, own = [], 0, min(self._own, default=None)
        for form, period in self._forms:
            if facts.expected(form, period).filter(pk__in=self._own).exists():
                missing = facts.missing(form, period).filter(pk__in=self._own).exists()
                due, open_ones = due_on(form, period, own), open_ones + missing
                note = _("%(day)s前报") % {"day": format.date(due)} if due else ""
                rows.append(self._form(form, period, due, note, "" if missing else _("已报"), address("returns")))
        empty = (_("没有要本单位报的表"), _("取得相应资格后，要报的表会列在这里。"))
        return Block(_("要报的表"), rows, open_ones, address("returns"), empty)

    def benefits(self) -> Block:
        """What the firm may have by what is known of it, what waits for it first."""
        firm = self.permit.seen_organisations("benefits").first()
        if firm is None:
            return Block(_("能享受什么"), empty=("", _("没有可测算的企业。")))
        found = benefits_of(firm, self.user, self.on)
        had = [e for e in found.groups["yes"] if e.payable and not e.tax]
        rows = [
            Row(f"{address('mine')}#p-{e.key}", e.line.label, Said("ok", f"● {e.line.mode}"),
                _("%(amount)s 万元") % {"amount": e.amount})
            for e in had[:ROWS]
        ]  # fmt: skip
        empty = (_("按现有数据还没有"), _("差一项条件的和还缺数据的，都列在测算页。"))
        return Block(_("能享受什么"), rows, len(had), address("mine"), empty)

    def filing(self) -> Block:
        """How complete the firms' forms are: the last period that has ended, form by form."""
        rows = []
        for form, period in self._forms:
            held = facts.returns(form, period, due_on(form, period))
            words = {"missing": held.missing, "expected": held.expected, "late": held.late}
            note = _("应报 %(expected)s 家，未报 %(missing)s 家，迟报 %(late)s 家") % words
            href = address("collect_period", form.key, period) if "collect" in self.permit.sees else address("reports")
            done = "" if held.missing else _("已报齐")
            rows += [self._form(form, period, held.due_on, note, done, href)] if held.expected else []
        more = address("collect" if "collect" in self.permit.sees else "reports")
        return Block(_("企业报表"), rows, 0, more, ("", _("没有要企业报的表。")))

    @cached_property
    def _departments(self) -> list[Promise]:
        """The indicators that the person's department supplies or answers for."""
        mine = {role.key for role, _own in self.permit.hats}
        return [p for p in promises(self.registry, self.judged) if {p.indicator.source, p.indicator.owner} & mine]

    def supply(self) -> Block:
        """The figures the department owes: indicators it supplies that have no fresh one."""
        mine = {role.key for role, _own in self.permit.hats}
        supplied = [p for p in self._departments if p.indicator.source in mine]
        rows = [self._promise(p, p.reason) for p in supplied if p.verdict.value is None]
        empty = (_("要您供的数都已到"), _("共 %(n)s 项指标由您的部门供数。") % {"n": len(supplied)})
        return Block(_("要我供的数"), rows[:TODAY], len(rows), address("indicators"), empty)

    def differences(self) -> Block:
        """Indicators of the department that the plan itself gives different figures for."""
        rows = [self._promise(p, p.reason) for p in self._departments if p.verdict.state == "conflict"]
        return Block(_("差异待核"), rows[:ROWS], len(rows), address("conflicts"), ("", _("没有待核的差异。")))
