"""When a state ends, and stopping its clock. Deadlines follow the days off known now, not those known on opening."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from quanyu.casework import reads
from quanyu.casework.calendar import DAY, NotAnnounced, working_days_after, working_days_before, working_days_between
from quanyu.casework.models import Case
from quanyu.people.acts import notify, record
from quanyu.people.models import User
from quanyu.plan import reads as plan
from quanyu.registry.model import State
from quanyu.registry.problem import Refused


def set_deadline(case: Case, state: State) -> None:
    """The last day of a state: the agreed one, or working days from the day after entering it; none said, none set.

    Sets `due_on`, `awaits_year` and `clock_on`, the next day on which the clock reminds or finds it overdue.
    """
    holidays = plan.registry().holidays
    case.due_on = case.awaits_year = case.clock_on = None
    entered = timezone.localdate(case.entered_at)
    start, days = (case.agreed_on, 0) if state.agreed else (entered, state.within)
    if start is None or days is None:
        return
    try:
        case.due_on = working_days_after(start, days + case.stood, holidays)
        case.clock_on = case.due_on + DAY
        if state.remind is not None:
            warn_on = working_days_before(case.due_on, state.remind, holidays)
            case.clock_on = warn_on if warn_on > entered else case.clock_on
    except NotAnnounced as unknown:
        case.awaits_year = unknown.year
    if case.paused_on is not None:
        case.clock_on = None


def hold(case: Case) -> Case:
    """The case as it stands, locked until the transaction ends; refused when it is closed."""
    held = Case.objects.select_for_update().get(pk=case.pk)
    if reads.closed(held):
        raise Refused(f"“{held.title}”已办结，不能再改动。")
    return held


def acted(case: Case, action: str, by: User | None, at: dt.datetime) -> None:
    """Write a changed case with who changed it, so that somebody who looked at it before is told."""
    case.action, case.acted_by, case.acted_at = action, by, at
    case.version += 1
    case.save()


def told(case: Case, topic: str, words: str, at: dt.datetime, to: User | reads.Seat | None = None) -> None:
    """Tell a person, a seat, or else whoever holds the case one fact about it, with a link to it."""
    to = to or case.holder or reads.held_seat(case)
    whom = {"user": to} if isinstance(to, User) else {"role": to[0], "organisation": to[1]}
    notify(topic, f"{str(case)[:200]}：{words}", link=f"/cases/{case.pk}/", at=at, subject=case.tag, **whom)


def pause(case: Case, *, by: User, at: dt.datetime, note: str) -> Case:
    """Stop the clock of a case, for a stated reason. Refused without a deadline, or after it.

    Effects, in order: the case changed; one event.
    """
    on = timezone.localdate(at)
    with transaction.atomic():
        held = hold(case)
        _demand_pausing(held, by, on)
        if held.paused_on is not None:
            raise Refused("计时已经暂停。")
        if held.due_on is None and held.awaits_year is None:
            raise Refused("这一步没有办理期限，不必暂停计时。")
        if held.due_on is not None and held.due_on < on:
            raise Refused("办理期限已过，不能再暂停计时。", "请尽快办理，或按规定申请延期。")
        if not note.strip():
            raise Refused("暂停计时须写明理由。", "例：等待申请单位补正材料。")
        held.paused_on, held.clock_on = on, None
        acted(held, "pause", by, at)
        record("casework.pause", held.tag, by, at, {"note": note.strip(), "due": None})
    return held


def resume(case: Case, *, by: User, at: dt.datetime, note: str = "") -> Case:
    """Start the clock again: the working days it stood are added to the deadline.

    Effects, in order: the case changed; one event.
    """
    on = timezone.localdate(at)
    with transaction.atomic():
        held = hold(case)
        _demand_pausing(held, by, on)
        if held.paused_on is None:
            raise Refused("计时没有暂停。")
        try:
            held.stood += working_days_between(held.paused_on, on, plan.registry().holidays)
        except NotAnnounced as unknown:
            raise Refused(f"{unknown}，算不出停了几个工作日。", "公布后在定义包 holidays/ 写明即可恢复。") from None
        held.paused_on = None
        set_deadline(held, reads.state_of(held))
        acted(held, "resume", by, at)
        due = held.due_on.isoformat() if held.due_on else None
        record("casework.resume", held.tag, by, at, {"note": note.strip(), "stood": held.stood, "due": due})
    return held


def _demand_pausing(case: Case, by: User, on: dt.date) -> None:
    if not reads.may_pause(case, by, on):
        kind = reads.type_of(case)
        who = "、".join(str(kind.parties[p].label) for p in kind.pause)
        raise Refused(f"暂停和恢复计时由{who}办理。" if who else f"“{kind.label}”不能暂停计时。")
