"""Open a case and take its steps: the two verbs every trade uses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from quanyu.casework import reads
from quanyu.casework.calendar import NotAnnounced, working_days_after
from quanyu.casework.hooks import EFFECTS, Moment
from quanyu.casework.models import Case, Counter
from quanyu.people.acts import record
from quanyu.people.models import User
from quanyu.plan import reads as plan
from quanyu.registry.model import CLOSED, CaseType, Question, State
from quanyu.registry.problem import Refused

Form = Mapping[str, Any]


def open_case(
    kind: str,
    *,
    title: str,
    by: User | None,
    at: dt.datetime,
    parties: Mapping[str, reads.Seat] | None = None,
    form: Form | None = None,
    subject: str = "",
    agreed_on: dt.date | None = None,
) -> Case:
    """Open a case of a type of the revision in force, in its first state.

    `parties`: seats of those parties whose type names no role, or an organisation for those it does. `agreed_on`: the
    deadline named on opening, which binds in the states that say `agreed`. `by` None: the system opens it.

    Effects, in order: the case with its number; one event `casework.open_case`.
    """
    registry = plan.registry()
    if kind not in registry.case_types:
        raise Refused(f"没有名为“{kind}”的事项类型。", f"现有：{'、'.join(registry.case_types)}。")
    definition = registry.case_types[kind]
    seats = _seats(definition, parties or {})
    if (
        by is not None
        and definition.opens
        and not reads.fits(seats[definition.opens], reads.seats_of(by, timezone.localdate(at)))
    ):
        raise Refused(f"“{definition.label}”由{definition.parties[definition.opens].label}发起。")
    answers = _answers(definition.form, form or {})
    with transaction.atomic():
        case = Case(
            type=kind, revision=registry.digest, title=title, subject=subject, form=answers, agreed_on=agreed_on,
            parties={party: list(seat) for party, seat in seats.items()}, opened_by=by, opened_at=at, acted_by=by,
            acted_at=at, number=_number(definition, at),
        )  # fmt: skip
        _enter(case, definition.states[definition.start], at)
        case.save()
        record("casework.open_case", case.tag, by, at, {"type": kind, "state": case.state, "title": title, **answers})
    return case


def take(
    case: Case,
    action: str,
    *,
    by: User | None,
    at: dt.datetime,
    note: str = "",
    form: Form | None = None,
    seen: int | None = None,
) -> Case:
    """Take one step of a case and return the case as it then stands. `by` None: the clock takes it.

    `seen`: the version the person was looking at; somebody who acted since is named in the refusal. Refused with the
    sentence of `why_not`, or where the note or an answer that the step requires is missing.

    Effects, in order: the case changed (locked while it is); the effects named by the action; one event.
    """
    with transaction.atomic():
        held = Case.objects.select_for_update(of=("self",)).select_related("acted_by").get(pk=case.pk)
        definition = reads.type_of(held)
        if seen is not None and seen != held.version:
            raise Refused(_outrun(held, definition), "请刷新后再办。")
        if reason := reads.why_not(held, action, by, timezone.localdate(at)):
            raise Refused(reason)
        step = definition.actions[action]
        note = note.strip()
        if step.note == "required" and not note:
            raise Refused(f"{step.label}须写明理由或说明。", "请填写后再提交。")
        answers = _answers(step.form, form or {})
        before = held.state
        held.form = {**held.form, **answers}
        held.acted_by, held.acted_at, held.action = by, at, action
        held.version += 1
        if step.to and step.to != held.state:
            _enter(held, definition.states[step.to], at)
        held.save()
        moment = Moment(held, action, by, at, note, answers)
        for key in step.then:
            EFFECTS[key](moment)
        record(
            "casework.take", held.tag, by, at,
            {"action": action, "from": before, "to": held.state, "note": note, "form": answers},
        )  # fmt: skip
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


def _seats(definition: CaseType, given: Mapping[str, reads.Seat]) -> dict[str, reads.Seat]:
    if strange := sorted(set(given) - set(definition.parties)):
        raise TypeError(f"not a party of {definition.key}: {', '.join(strange)}")
    seats = {}
    for key, party in definition.parties.items():
        role, organisation = given.get(key, (party.role, None))
        if party.role and role != party.role:
            raise TypeError(f"{definition.key}.{key} is held by {party.role}, not by {role}")
        if not role:
            raise Refused(f"还没有指明“{party.label}”由谁担任。", "请选择承办单位。")
        seats[key] = (role, organisation)
    return seats


def _enter(case: Case, state: State, at: dt.datetime) -> None:
    """The case comes into a state: who holds it now and until when."""
    case.state, case.phase, case.entered_at = state.key, state.phase, at
    case.holder = None
    role, organisation = case.sits(state.holder) if state.holder else ("", None)
    case.holder_role, case.holder_organisation_id = role, organisation
    case.closed_at = at if state.phase in CLOSED else None
    case.paused_on = None
    set_deadline(case, state)


def set_deadline(case: Case, state: State) -> None:
    """The last day of a state: the agreed one, or working days from the day after entering it; none said, none set."""
    case.due_on, case.awaits_year = (case.agreed_on if state.agreed else None), None
    if state.within is not None:
        try:
            case.due_on = working_days_after(
                timezone.localdate(case.entered_at), state.within, plan.registry_at(case.revision).holidays
            )
        except NotAnnounced as unknown:
            case.awaits_year = unknown.year


def _answers(questions: Sequence[Question], given: Form) -> dict[str, Any]:
    """The answers to a type's questions as plain values, each checked; unknown names are a bug."""
    if strange := sorted(set(given) - {q.name for q in questions}):
        raise TypeError(f"nobody asked for {', '.join(strange)}")
    found = {q.name: _answer(q, given.get(q.name)) for q in questions}
    return {name: value for name, value in found.items() if value is not None}


def _answer(question: Question, value: Any) -> Any:
    text = "" if value is None else str(value).strip()
    if not text:
        if question.required:
            raise Refused(f"“{question.label}”没有填。", "请填写后再提交。")
        return None
    if question.type == "choice" and text not in question.choices:
        raise Refused(
            f"“{question.label}”没有“{text}”这个选项。", f"可选：{'、'.join(map(str, question.choices.values()))}。"
        )
    if question.type == "date":
        try:
            dt.date.fromisoformat(text)
        except ValueError:
            raise Refused(f"“{question.label}”应是日期，现在是“{text}”。", "请写成 2026-11-23。") from None
    return text


def _outrun(case: Case, definition: CaseType) -> str:
    who = str(case.acted_by) if case.acted_by else "系统"
    when = f"{timezone.localtime(case.acted_at):%m月%d日 %H:%M}"
    did = definition.actions[case.action].label if case.action in definition.actions else "更新"
    return f"{who}已于 {when} 办理“{did}”，现在是“{definition.states[case.state].label}”。"
