"""Put a matter under supervision, send slips, note who lags and who caught up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from quanyu.casework import acts as casework
from quanyu.casework import reads as cases
from quanyu.casework.models import Case
from quanyu.decisions.models import Directive, SlipIssued
from quanyu.decisions.reads import supervision as reads
from quanyu.people.acts import notify, record, record_many
from quanyu.people.models import User
from quanyu.plan import reads as plan
from quanyu.registry.model import Slip
from quanyu.registry.problem import Refused

Told = tuple[str, str, dict[str, str]]


def set_up(
    title: str, requirement: str, *, lead: cases.Seat, due_on: dt.date, by: User, at: dt.datetime, task: str = "",
    indicator: str = "", supports: Sequence[cases.Seat] = (), leader_name: str = "", note: str = "",
) -> Directive:  # fmt: skip
    """Put one matter under supervision and send it as far as this person may: a desk officer sends it for review, a
    head of section or a leader issues it at once; a leader who does is in charge.

    Refused: no requirement, a day not after today, a matter about the same task or indicator already on hand.
    Effects, in order: the case; the directive; its first step with that step's effects; one event.
    """
    on, registry, requirement = timezone.localdate(at), plan.registry(), requirement.strip()
    if not requirement:
        raise Refused("还没有写明要求。", "请写一句要办成什么、办到什么程度。")
    if due_on <= on:
        raise Refused(f"节点 {due_on} 须晚于今天（{on}）。", "请改一个以后的日子。")
    if held := reads.open_about(task, indicator):
        raise Refused(f"这件事已在督办：{held.case}。", "请在该事项上批示，或办结后再立项。")
    commander = reads.leader_seat(registry, by, on)
    with transaction.atomic():
        case = casework.open_case(
            reads.KIND, title=title[:300], by=by, at=at, parties={"lead": lead, "leader": commander},
            subject=f"task:{task}" if task else f"indicator:{indicator}" if indicator else "", agreed_on=due_on,
        )  # fmt: skip
        made = Directive.objects.create(
            case=case, task=task, indicator=indicator, requirement=requirement, lead_role=lead[0], lead_id=lead[1],
            supports=[list(seat) for seat in supports if seat != lead], given_on=on, due_on=due_on,
            leader=by if cases.fits(commander, cases.seats_of(by, on)) else None, leader_name=leader_name,
        )  # fmt: skip
        step = next((a for a, against in cases.actions(case, by, on) if a.main and not against), None)
        if step is None:
            raise Refused("督办事项由督办经办、科室负责人或园区领导立项。")
        made.case = casework.take(case, step.key, by=by, at=at, note=note)
        body = {"requirement": requirement, "due_on": due_on.isoformat(), "lead": list(lead)}
        record("decisions.set_up", f"decisions.directive:{made.pk}", by, at, body)
    return made


def set_up_tasks(
    tasks: Sequence[str], *, due_on: dt.date | None, by: User, at: dt.datetime, note: str = ""
) -> list[Directive]:
    """Put several of the plan's tasks under supervision, all or none. `due_on` None: each on its own day."""
    on, registry, made = timezone.localdate(at), plan.registry(), list[Directive]()
    with transaction.atomic():
        for task in (registry.task_on(key, on) for key in tasks):
            day = due_on or task.due_on
            if day is None:
                raise Refused(f"“{task.label}”没有写明完成时限。", "请为这一批定一个节点。")
            supports = [reads.seat_of(registry, role) for role in task.supports]
            made.append(
                set_up(
                    task.label.zh, reads.requirement_of(registry, task), lead=reads.seat_of(registry, task.lead), by=by,
                    at=at, due_on=day, task=task.key, indicator=next(iter(task.indicators), ""), supports=supports,
                    note=note,
                )
            )  # fmt: skip
    return made


def send_slip(case: Case, level: str, *, by: User, at: dt.datetime) -> SlipIssued:
    """Send a slip by hand. Refused to all but the head of section and the leader, or while the unit has it not in hand.

    Effects, in order: the slip with its number; a notice to the lead unit; one event.
    """
    slips = plan.registry().slips
    if level not in slips:
        raise Refused("请选择要发哪一种督办单。", f"可选：{'、'.join(str(s.title) for s in slips.values())}。")
    posts = cases.seats_of(by, timezone.localdate(at))
    if not any(cases.fits(case.sits(party), posts) for party in ("chief", "leader")):
        raise Refused(f"{slips[level].title}由科室负责人或园区领导签发。")
    with transaction.atomic():
        held = Directive.objects.select_for_update().get(pk=case.pk)
        if held.case.phase != "active":
            raise Refused(f"“{case.title}”不在承办单位手上，不能发单。", "下发之后、销号申请之前才能发。")
        sent, told = _send(held, slips[level], by, at)
        record_many([told], by, at)
    return sent


def mark_directives(at: dt.datetime) -> list[SlipIssued]:
    """What the clock does for directives: note who became late, and send each slip that has come due, once a deadline.

    Running twice on one day changes nothing the second time.
    Effects, in order: lateness noted; slips with their numbers; notices to the lead units; one event each.
    """
    on, registry = timezone.localdate(at), plan.registry()
    issued, events = list[SlipIssued](), list[Told]()
    with transaction.atomic():
        held = Directive.objects.select_for_update(of=("self",)).select_related("case").filter(case__phase="active")
        for d in held.prefetch_related("slips").order_by("pk"):
            if _settle(d, on):
                events.append(("decisions.directive_late", f"decisions.directive:{d.pk}", {"since": str(d.late_since)}))
            if slip := reads.slip_due(d, registry, on):
                sent, told = _send(d, slip, None, at)
                issued.append(sent)
                events.append(told)
        record_many(events, None, at)
    return issued


def follow(case: Case, on: dt.date, *, progress: int | None = None, given_on: dt.date | None = None) -> Directive:
    """What a step of the case means for its directive, as an effect of that step: progress reported (per cent), the
    term begun, the day moved, lagging or caught up."""
    d = Directive.objects.select_for_update().get(pk=case.pk)
    d.case = case
    d.progress = d.progress if progress is None else progress
    d.given_on = given_on or d.given_on
    _settle(d, on)
    return d


def _settle(d: Directive, on: dt.date) -> bool:
    """Bring a directive's day and marks of lateness in line with its case; True when it became late just now.

    Days the clock stood and days granted come from the case. What was handed in after its day was late, too, if the
    clock had not come by.
    """
    if cases.state_of(d.case).agreed and d.case.due_on:
        d.due_on = d.case.due_on
    late, since = reads.lapsed(d, on), d.due_on + reads.DAY
    known = d.late_since is not None and d.caught_up_on is None
    if late and not known:
        d.late_since, d.caught_up_on = since, None
    elif known and not late:
        d.caught_up_on = on
    elif d.case.phase == "check" and d.late_since is None and on >= since:
        d.late_since, d.caught_up_on = since, on
    d.save()
    return late and not known


def _send(d: Directive, slip: Slip, by: User | None, at: dt.datetime) -> tuple[SlipIssued, Told]:
    number = slip.number.format(year=timezone.localdate(at).year, n=casework.next_number(f"slip.{slip.key}", at))
    sent = SlipIssued.objects.create(directive=d, slip=slip.key, number=number, due_on=d.due_on, by=by, at=at)
    notify(
        "directive.slip", f"{slip.title} {number}：{d.case.title[:200]}，节点 {d.due_on}", at=at, role=d.lead_role,
        link=reverse("case", args=[d.pk]), organisation=d.lead_id, subject=d.case.tag,
    )  # fmt: skip
    return sent, ("decisions.send_slip", f"decisions.directive:{d.pk}", {"slip": slip.key, "number": number})
