"""Who works on a case: remarks, handing it to one person, standing in for somebody."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from quanyu.casework import reads
from quanyu.casework.acts.deadlines import acted, hold, told
from quanyu.casework.models import Case, Delegation
from quanyu.people.acts import notify, record
from quanyu.people.models import Event, User
from quanyu.people.reads import permit, posts_of
from quanyu.plan import reads as plan
from quanyu.registry.problem import Refused

LONGEST = 2000


def comment(case: Case, text: str, *, by: User, at: dt.datetime) -> Event:
    """Leave a remark in an open case; anybody who may open the case may. Effects: one event."""
    text = text.strip()
    if not 0 < len(text) <= LONGEST:
        raise Refused(f"留言应为 1 至 {LONGEST} 字，现在是 {len(text)} 字。", "请写短一些，或上传附件。")
    if not reads.may_see(case, by, timezone.localdate(at)):
        raise Refused("只有办理或参与本事项的人才能留言。")
    with transaction.atomic():
        held = hold(case)
        return record("casework.comment", held.tag, by, at, {"note": text})


def reassign(case: Case, to: User | None, *, by: User, at: dt.datetime, note: str = "") -> Case:
    """Hand a case to one person of the seat that holds it; `to` None gives it back to the whole seat.

    Effects, in order: the case changed; a notice to that person; one event.
    """
    on = timezone.localdate(at)
    with transaction.atomic():
        held = hold(case)
        if not reads.may_hand_over(held, by, on):
            raise Refused("转交由现在承办的岗位办理。")
        if to is not None and not reads.colleagues(held, on).filter(pk=to.pk).exists():
            raise Refused(f"{to}不在承办岗位上，不能转交。", "请选择同一岗位的人员。")
        held.holder = to
        acted(held, "reassign", by, at)
        if to is not None and to != by:
            told(held, "case_arrived", f"{by}转交给您", at)
        body = {"to_user": to.pk if to else None, "name": str(to or ""), "note": note.strip()}
        record("casework.reassign", held.tag, by, at, body)
    return held


def delegate(
    giver: User, taker: User, *, from_on: dt.date, to_on: dt.date | None, because: str = "", by: User, at: dt.datetime
) -> Delegation:
    """Let somebody stand in for somebody's cases from a day on, up to (not on) `to_on`.

    Arranged by the person themself, or by who runs the accounts. People outside the offices stand in only within their
    own organisation. It is not passed on: who stands in for me does not stand in for those I stand in for.
    Effects, in order: the delegation; a notice to who stands in; one event.
    """
    on = timezone.localdate(at)
    _demand_arranger(giver, by, on)
    if giver == taker:
        raise Refused("不能委托给本人。", "请选择代办的人。")
    if to_on is not None and to_on <= max(from_on, on):
        raise Refused(f"委托的结束日 {to_on} 须晚于开始日和今天。", "请改结束日，或不填（一直有效）。")
    theirs = permit(taker, on, plan.registry().roles).hats
    ours = {p.organisation_id for p in posts_of(giver, on)}
    if not any(organisation in ours or not role.own_only for role, organisation in theirs):
        raise Refused(f"{taker}没有任职，或不在{giver}的单位，不能代办。", "请选择本单位的人员。")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=giver.pk)  # two arrangements at once take turns
        for other in Delegation.objects.filter(giver=giver, taker=taker):
            if (other.to_on is None or other.to_on > from_on) and (to_on is None or other.from_on < to_on):
                raise Refused(f"{taker}在这段时间已经代{giver}办理。", "请先结束原来的委托。")
        made = Delegation.objects.create(giver=giver, taker=taker, from_on=from_on, to_on=to_on, because=because[:200])
        notify("delegated", f"{giver}委托您自{from_on}起代办事项", link="/inbox/", at=at, user=taker)
        body = {"giver": giver.pk, "taker": taker.pk, "from": str(from_on), "to": str(to_on or ""), "because": because}
        record("casework.delegate", f"casework.delegation:{made.pk}", by, at, body)
    return made


def end_delegation(delegation: Delegation, *, by: User, at: dt.datetime) -> Delegation:
    """End standing in from today on; by either of the two or who runs the accounts.

    Effects, in order: the delegation ended; one event.
    """
    on = timezone.localdate(at)
    with transaction.atomic():
        held = Delegation.objects.select_for_update().get(pk=delegation.pk)
        if by != held.taker:
            _demand_arranger(held.giver, by, on)
        if held.to_on is not None and held.to_on <= on:
            raise Refused("这项委托已经结束。")
        held.to_on = max(held.from_on, on)
        held.save(update_fields=["to_on"])
        record("casework.end_delegation", f"casework.delegation:{held.pk}", by, at, {"to": str(held.to_on)})
    return held


def _demand_arranger(giver: User, by: User, on: dt.date) -> None:
    if by != giver and not permit(by, on, plan.registry().roles).everywhere("people"):
        raise Refused("委托由本人或系统管理员办理。")
