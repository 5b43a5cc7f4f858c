"""Questions about directives: which lane an item stands in, which slip is due, the eight steps, what lags behind."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.casework import reads as cases
from quanyu.casework.calendar import NotAnnounced, working_days_after
from quanyu.casework.models import Case
from quanyu.decisions.models import Directive
from quanyu.decisions.reads.amendment import seats_of
from quanyu.decisions.reads.promises import holder
from quanyu.pagekit.format import number, tr
from quanyu.people.models import Event, User
from quanyu.registry.model import Registry, Slip, Task

KIND = "decisions.directive"
DAY = dt.timedelta(days=1)
LANES = ("late", "warn", "ok", "check", "done")
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (later("立项"), ("open",)), (later("审核"), ("approve",)), (later("下发"), ("issue", "order")),
    (later("签收"), ("sign",)), (later("办理"), ("feedback", "apply")), (later("反馈"), ("apply",)),
    (later("复核"), ("verify",)), (later("销号"), ("close",)),
)  # fmt: skip
"""The eight steps as people count them, and the actions of the case type that complete each."""
UNDONE = {"return": 1, "decline": 1, "send_back": 5}
"""Actions that send a matter back, and the first of the steps that is then to be done again."""


@dataclass(frozen=True)
class Step:
    """One of the eight steps: `state` is done, now, skipped or later; who completed it, and when."""

    label: str
    state: str
    by: str = ""
    at: dt.datetime | None = None


def directives(*, withdrawn: bool = False) -> QuerySet[Directive]:
    """All that was ever put under supervision, those due first."""
    found = Directive.objects.select_related("case", "lead", "leader").prefetch_related("slips")
    return (found if withdrawn else found.exclude(case__phase="void")).order_by("due_on", "case_id")


def open_about(task: str = "", indicator: str = "") -> Directive | None:
    """The directive on hand about a task, or about an indicator where no task is named."""
    about = {"task": task} if task else {"indicator": indicator}
    return directives().filter(**about, case__closed_at=None).first() if task or indicator else None


# --- where it stands -------------------------------------------------------------------------------------------------


def near_days(registry: Registry) -> int:
    """How many days before its day an item counts as near (临期): the longest warning any slip gives."""
    return max((s.days for s in registry.slips.values() if s.when == "near"), default=0)


def lane(directive: Directive, on: dt.date, near: int) -> str:
    """late, warn (near), ok, check (awaiting acceptance) or done. A clock that stands makes nothing late."""
    if (phase := directive.case.phase) in ("check", "done"):
        return phase
    left = (directive.due_on - on).days
    return "ok" if directive.case.paused_on or left > near else "warn" if left >= 0 else "late"


def lapsed(directive: Directive, on: dt.date) -> bool:
    """The unit has it in hand, the clock runs, and its day has passed."""
    return directive.case.phase == "active" and not directive.case.paused_on and on > directive.due_on


def quarter_end(day: dt.date) -> dt.date:
    month = (day.month - 1) // 3 * 3 + 3
    return dt.date(day.year + month // 12, month % 12 + 1, 1) - DAY


def was_late(directive: Directive, on: dt.date) -> bool:
    """It lagged, caught up, and the quarter in which it did so has not ended (曾滞后)."""
    caught = directive.caught_up_on
    return caught is not None and caught <= on <= quarter_end(caught)


def slip_due(d: Directive, registry: Registry, on: dt.date) -> Slip | None:
    """The gravest slip whose moment has come and that was not sent for this deadline, nor a graver one."""
    if d.case.phase != "active" or d.case.paused_on:
        return None
    due = max((s for s in registry.slips.values() if _has_come(s, d, on)), key=lambda s: s.order, default=None)
    sent = [registry.slips[s.slip].order for s in d.slips.all() if s.due_on == d.due_on and s.slip in registry.slips]
    return due if due and due.order > max(sent, default=-1) else None


def _has_come(slip: Slip, d: Directive, on: dt.date) -> bool:
    match slip.when:
        case "near":
            return on >= d.due_on - DAY * slip.days
        case "overdue":
            return on >= d.due_on + DAY * slip.days
    term = (d.due_on - d.given_on).days
    elapsed = 100 * min((on - d.given_on).days, term) / term if term > 0 else 100
    return slip.points is not None and elapsed - d.progress >= slip.points


def steps(case: Case, events: Iterable[Event]) -> list[Step]:
    """The eight steps of one directive, told from its events; what was sent back is to be done again."""
    done: dict[int, Event] = {}
    for event in events:
        action = "open" if event.act == "casework.open_case" else event.body.get("action", "")
        done = {n: e for n, e in done.items() if n < UNDONE.get(action, len(STEPS))}
        done |= {n: event for n, (_label, by) in enumerate(STEPS) if action in by}
    last, out = max(done, default=-1), []
    for n, (label, _by) in enumerate(STEPS):
        if (event := done.get(n)) is not None:
            out.append(Step(_(label), "done", str(event.by or _("系统")), timezone.localtime(event.at)))
        else:
            now = n == last + 1 and case.closed_at is None
            out.append(Step(_(label), "skipped" if n < last else "now" if now else "later"))
    return out


def overdue_directives(on: dt.date) -> list[Directive]:
    """What units have in hand past its day, the longest overdue first."""
    return list(directives().filter(case__phase="active", case__paused_on=None, due_on__lt=on))


def directive_counts(on: dt.date, registry: Registry) -> dict[str, int]:
    """How many items stand in each lane on a day, all of them (`total`), and how many lagged and caught up."""
    held, near = list(directives()), near_days(registry)
    counts, lagged = Counter(lane(d, on, near) for d in held), sum(was_late(d, on) for d in held)
    return {**{name: counts[name] for name in LANES}, "total": len(held), "was_late": lagged}


# --- who and what ----------------------------------------------------------------------------------------------------


def seat_of(registry: Registry, role: str) -> cases.Seat:
    """A role at the organisation that fills it in this zone (None where the plan names no holder)."""
    return seats_of(registry, {role: None})[0]


def leader_seat(registry: Registry, user: User, on: dt.date) -> cases.Seat:
    """Which leader a directive of this person is under: their own seat where they are one, else any leader's."""
    leaders = [key for key, role in registry.roles.items() if role.workbench == "leader"]
    mine = next((p for p in cases.seats_of(user, on) if p.role in leaders), None)
    return (mine.role, mine.organisation_id) if mine else ((leaders or ["leader"])[0], None)


def goes_out_at_once(registry: Registry, user: User, on: dt.date) -> bool:
    """Does what this person puts under supervision go to the unit without review?"""
    kind, leader = registry.case_types[KIND], leader_seat(registry, user, on)[0]
    first = [a for a in kind.actions.values() if kind.start in a.from_ and a.to]
    roles = {kind.parties[p].role or leader for a in first if kind.states[a.to].phase == "active" for p in a.by}
    return any(post.role in roles for post in cases.seats_of(user, on))


def units(registry: Registry) -> dict[str, str]:
    """Each role that may lead → the department that fills it; the role is named where a department fills several."""
    holders, often = registry.plan.holders, Counter(registry.plan.holders.values())
    return {
        role: holder(registry, role) + (f"·{tr(registry.roles[role].label)}" if often[key] > 1 else "")
        for role, key in holders.items()
    }


def lead_words(d: Directive, registry: Registry) -> str:
    return d.lead.name if d.lead else holder(registry, d.lead_role)


def supports_words(d: Directive, registry: Registry) -> str:
    """The supporting units by name, each once."""
    named = dict.fromkeys(holder(registry, role) for role, _organisation in d.supports)
    return "、".join(name for name in named if name != lead_words(d, registry))


def source_words(d: Directive, registry: Registry) -> str:
    """The clause of the plan a directive rests on: heading, lines, words."""
    promised, said = registry.tasks.get(d.task) or registry.indicators.get(d.indicator), []
    for cite in promised.cites if promised else ():
        section = registry.plan.section_at(cite.lines[0]) if cite.lines else None
        lines = "第" + "、".join(map(str, cite.lines)) + "行" if cite.lines else cite.clause
        said.append((f"{tr(section.label)}，" if section else "") + lines + (f"：“{cite.quote}”" if cite.quote else ""))
    return "；".join(said)


def requirement_of(registry: Registry, task: Task) -> str:
    """What a directive about a task asks unless told otherwise: the deliverable with its quantity, as the plan says."""
    unit = registry.units.get(task.unit)
    amount = "" if task.quantity is None else number(task.quantity) + (unit.label.zh if unit else "")
    wanted = (task.deliverable.zh if task.deliverable else "") + amount
    return f"{task.label.zh}：{wanted}。" if wanted else f"{task.label.zh}。"


def order_term(registry: Registry) -> int:
    """Working days that an order gives unless told otherwise: `supervision.order_days` of the packages' settings."""
    settings = registry.settings.get("supervision")
    return int(str(settings.get("order_days", 0))) if isinstance(settings, dict) else 0


def order_day(registry: Registry, on: dt.date) -> str:
    """The day an order of today falls due by default; "" where no term is set or days off are not known yet."""
    ends_on = term_end(registry, on, order_term(registry)) if order_term(registry) else None
    return ends_on.isoformat() if ends_on else ""


def term_end(registry: Registry, on: dt.date, within: int) -> dt.date | None:
    """The last of so many working days after a day; None while days off are not known that far."""
    try:
        return working_days_after(on, within, registry.holidays)
    except NotAnnounced:
        return None
