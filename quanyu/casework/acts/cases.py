"""Open a case and take its steps: the two verbs every trade uses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from quanyu.casework import reads
from quanyu.casework.acts.answers import answers_to
from quanyu.casework.acts.deadlines import acted, set_deadline, told
from quanyu.casework.acts.documents import Kept, enclose, keep
from quanyu.casework.hooks import EFFECTS, Moment
from quanyu.casework.models import Case, Counter
from quanyu.people.acts import events_last, record
from quanyu.people.models import User
from quanyu.plan import reads as plan
from quanyu.registry.model import CLOSED, Action, CaseType, State
from quanyu.registry.problem import Refused

Form = Mapping[str, Any]
Seats = Mapping[str, reads.Seat]


def open_case(
    kind: str, *, title: str, by: User | None, at: dt.datetime, parties: Seats | None = None, form: Form | None = None,
    subject: str = "", agreed_on: dt.date | None = None,
) -> Case:  # fmt: skip
    """Open a case of a type of the revision in force, in its first state.

    `parties`: seats of those parties whose type names no role, or an organisation for those it does. `agreed_on`: the
    deadline named on opening, which binds in the states that say `agreed`. `by` None: the system opens it.

    Effects, in order: the case with its number; the effects named by the type; a notice to who holds it; one event
    `casework.open_case`.
    """
    registry = plan.registry()
    if kind not in registry.case_types:
        raise Refused(f"没有名为“{kind}”的事项类型。", f"现有：{'、'.join(registry.case_types)}。")
    definition, on, title = registry.case_types[kind], timezone.localdate(at), title.strip()
    if not 0 < len(title) <= 300:
        raise Refused(f"事项名称应为 1 至 300 字，现在是 {len(title)} 字。", "请写明要办什么事。")
    if agreed_on is not None and agreed_on < on:
        raise Refused(f"办理期限 {agreed_on} 早于今天。", "请选今天或以后的日子。")
    seats = _seats(definition, parties or {})
    opening = definition.opens
    if by is not None and opening and not reads.fits(seats[opening], reads.seats_of(by, on)):
        raise Refused(f"“{definition.label}”由{definition.parties[opening].label}发起。")
    answers = answers_to(definition.form, form or {})
    with transaction.atomic():
        case = Case(
            type=kind, revision=registry.digest, title=title, subject=subject, form=answers, agreed_on=agreed_on,
            parties={party: list(seat) for party, seat in seats.items()}, opened_by=by, opened_at=at, acted_by=by,
            acted_at=at, number=_number(definition, at),
        )  # fmt: skip
        _enter(case, definition, definition.states[definition.start], at)
        case.save()
        for key in definition.then:
            EFFECTS[key](Moment(case, "open_case", by, at, form=answers))
        _announce(case, definition, by, at)
        body = {"type": kind, "state": case.state, "title": title, "form": answers, "parties": case.parties}
        record("casework.open_case", case.tag, by, at, {**body, "due": _due(case)})
    return case


def take(
    case: Case, action: str, *, by: User | None, at: dt.datetime, note: str = "", form: Form | None = None,
    seen: int | None = None, documents: Sequence[UploadedFile] = (), parties: Seats | None = None,
) -> Case:  # fmt: skip
    """Take one step of a case and return the case as it then stands. `by` None: the clock or the trade's own act.

    `seen`: the version the person was looking at; somebody who acted since is named in the refusal. `parties`: the
    seats that the step `names`. Refused with the sentence of `why_not`, or where what the step requires is missing.

    Effects, in order: files kept; the case changed (locked while it is); documents; on closing, awaited opinions
    withdrawn; the effects named by the action; a notice to who holds it now, or to who opened it; one event.
    """
    kept: list[Kept] = []
    if documents:  # nobody fills the disk with files for a step they may not take
        _demand(Case.objects.get(pk=case.pk), case, action, by, at, seen)
        kept = [keep(upload) for upload in documents]
    with events_last():
        held = Case.objects.select_for_update().get(pk=case.pk)
        step = _demand(held, case, action, by, at, seen)
        definition = reads.type_of(held)
        note = note.strip()
        if step.note == "required" and not note:
            raise Refused(f"{step.label}须写明理由或说明。", "请填写后再提交。")
        if step.documents == "required" and not kept:
            raise Refused(f"{step.label}须附材料。", "请选择文件后再提交。")
        if step.documents == "none" and kept:
            raise Refused(f"{step.label}不收附件。", "可先用“上传附件”单独上传。")
        answers = answers_to(step.form, form or {})
        named = {party: list(_seat(definition, party, parties or {})) for party in step.names}
        before, state = held.state, definition.states[held.state]
        held.form, held.parties = {**held.form, **answers}, {**held.parties, **named}
        if step.agrees:
            held.agreed_on, held.stood = _agreed(held, step, answers, at), 0
        if step.to and step.to != before:
            _enter(held, definition, definition.states[step.to], at)
        elif state.holder in named:
            _settle(held, state)
        elif step.agrees:
            set_deadline(held, state)
        acted(held, action, by, at)
        enclosed = enclose(held, kept, action, by, at)
        if held.closed_at:
            held.opinions.filter(answered_at=None, withdrawn_at=None).update(withdrawn_at=at)
        for key in step.then:
            EFFECTS[key](Moment(held, action, by, at, note, answers))
            held.refresh_from_db()
        if held.state != before or named:
            _announce(held, definition, by, at)
        body = {"action": action, "from": before, "to": held.state, "note": note, "form": answers, "due": _due(held)}
        record("casework.take", held.tag, by, at, {**body, "documents": enclosed, "parties": named})
    return held


def next_number(series: str, at: dt.datetime) -> int:
    """The next number of a series (`督办` within a year), counted from 1 without gaps."""
    counter, _new = Counter.objects.select_for_update().get_or_create(name=f"{series}:{timezone.localdate(at).year}")
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last


def _number(definition: CaseType, at: dt.datetime) -> str:
    if not definition.number:
        return ""
    return definition.number.format(year=timezone.localdate(at).year, n=next_number(definition.key, at))


def _demand(held: Case, looked_at: Case, action: str, by: User | None, at: dt.datetime, seen: int | None) -> Action:
    """The action, or the sentence against it; who acted meanwhile is named when that is the reason."""
    if seen is not None and seen != held.version:
        raise Refused(_outrun(held), "请刷新后再办。")
    if reason := reads.why_not(held, action, by, timezone.localdate(at)):
        raise Refused(_outrun(held) if looked_at.version != held.version else reason)
    return reads.type_of(held).actions[action]


def _outrun(case: Case) -> str:
    definition, when = reads.type_of(case), timezone.localtime(case.acted_at)
    taken = definition.actions.get(case.action)
    did = taken.label if taken else reads.WORDS.get(f"casework.{case.action}", "更新")
    who, state = case.acted_by or "系统", definition.states[case.state].label
    return f"{who}已于{when.month}月{when.day}日 {when:%H:%M} 办理“{did}”，现在是“{state}”。"


def _seats(definition: CaseType, given: Seats) -> dict[str, reads.Seat]:
    """Who sits where from the start; a party that a later step names may still be open."""
    if strange := sorted(set(given) - set(definition.parties)):
        raise TypeError(f"not a party of {definition.key}: {', '.join(strange)}")
    later = {party for step in definition.actions.values() for party in step.names}
    known = [key for key, party in definition.parties.items() if key in given or party.role or key not in later]
    return {key: _seat(definition, key, given) for key in known}


def _seat(definition: CaseType, key: str, given: Seats) -> reads.Seat:
    party = definition.parties[key]
    role, organisation = given.get(key, (party.role, None))
    if party.role and role != party.role:
        raise TypeError(f"{definition.key}.{key} is held by {party.role}, not by {role}")
    if not role:
        raise Refused(f"还没有指明“{party.label}”由谁担任。", f"请选择{party.label}。")
    return role, organisation


def _agreed(case: Case, step: Action, answers: Form, at: dt.datetime) -> dt.date:
    day = dt.date.fromisoformat(answers[step.agrees])
    if day < timezone.localdate(at):
        raise Refused(f"办理期限 {day} 早于今天。", "请选今天或以后的日子。")
    return day


def _enter(case: Case, definition: CaseType, state: State, at: dt.datetime) -> None:
    """The case comes into a state: who holds it now and until when."""
    left = definition.states.get(case.state)
    if left and left.agreed and case.stood:
        case.agreed_on = case.due_on or case.agreed_on  # the days the clock stood go along with the agreed day
    case.state, case.phase, case.entered_at = state.key, state.phase, at
    case.closed_at = at if state.phase in CLOSED else None
    case.paused_on, case.stood = None, 0
    if state.holder and state.holder not in case.parties:
        raise Refused(f"还没有指明“{definition.parties[state.holder].label}”由谁担任。", "请先指明再办。")
    _settle(case, state)


def _settle(case: Case, state: State) -> None:
    """Who holds a case in its state, and until when."""
    case.holder = None
    case.holder_role, case.holder_organisation_id = case.sits(state.holder) if state.holder else ("", None)
    set_deadline(case, state)


def _announce(case: Case, definition: CaseType, by: User | None, at: dt.datetime) -> None:
    """Tell who holds the case now, unless that is who acted; tell who opened it that it is closed."""
    state = definition.states[case.state]
    if case.closed_at and case.opened_by and case.opened_by != by:
        told(case, "case_closed", str(state.label), at, case.opened_by)
    if state.holder and (by is None or not reads.holds(case, by, timezone.localdate(at))):
        until = f"，{case.due_on.month}月{case.due_on.day}日前办理" if case.due_on else ""
        told(case, "case_arrived", f"{state.label}{until}", at)


def _due(case: Case) -> str | None:
    return case.due_on.isoformat() if case.due_on else None
