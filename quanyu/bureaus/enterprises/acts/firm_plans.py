"""Make a firm's plan (一企一策), add measures to it, and tick them off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.utils import timezone

from quanyu.bureaus.enterprises.models import FirmPlan, PlanMeasure
from quanyu.bureaus.enterprises.reads import firm_plans as reads
from quanyu.casework import acts as casework
from quanyu.casework import reads as cases
from quanyu.people.acts import events_last, in_turn, notify, record
from quanyu.people.models import Organisation, User
from quanyu.plan.reads import registry
from quanyu.registry.model import Pool
from quanyu.registry.problem import Refused


class Measure(NamedTuple):
    """What shall be done, by which role, until when; the key of the condition it is to meet ("": none)."""

    text: str
    owner: str
    due_on: dt.date
    condition: str = ""


def make_plan(
    firm: Organisation, goal: Pool, measures: Sequence[Measure], *, by: User, at: dt.datetime
) -> FirmPlan:  # fmt: skip
    """A plan for a firm, with its first measures. A firm has one plan at a time.

    Effects, in order: the firm locked; the case, its deadline the measure due first, in the hands of who made it if
    they sit on that seat; the rows; a notice to each owner; events.
    """
    if not measures:
        raise Refused("还没有写措施。", "请至少写一项措施，写明由谁、在何时前办。")
    with events_last():
        in_turn([firm.pk])
        if held := reads.running(firm):
            raise Refused(f"{firm} 已有实施中的一企一策（{held.case.number}）。", "请在原有方案上增补措施。")
        title = f"{firm}：迈向{goal.label}"[:300]
        tag, first = f"people.organisation:{firm.pk}", min(m.due_on for m in measures)
        case = casework.open_case(reads.KIND, title=title, by=by, at=at, subject=tag, agreed_on=first)
        plan = FirmPlan.objects.create(case=case, organisation=firm, goal=goal.key)
        if cases.fits(cases.held_seat(case), cases.seats_of(by, timezone.localdate(at))):
            plan.case = casework.reassign(case, by, by=by, at=at)
        for measure in measures:
            _write(plan, measure, at)
        record("enterprises.make_plan", case.tag, by, at, {"goal": goal.key, "measures": [m.text for m in measures]})
    return plan


def add_measure(plan: FirmPlan, measure: Measure, *, by: User, at: dt.datetime) -> PlanMeasure:
    """One more measure. Effects, in order: the row; a notice to its owner; the case's deadline; events."""
    with events_last():
        made = _write(plan, measure, at)
        _move(plan, f"增补措施：{made.text}", by, at)
    return made


def finish_measure(measure: PlanMeasure, *, by: User, at: dt.datetime) -> PlanMeasure:
    """A measure is done. Effects, in order: the row; the case's deadline moves on to the next; events."""
    with events_last():
        held = PlanMeasure.objects.select_for_update().get(pk=measure.pk)
        if held.done_on:
            raise Refused(f"“{held.text}”已于 {held.done_on} 完成。", "请刷新后再看。")
        held.done_on, held.done_by = timezone.localdate(at), by
        held.save(update_fields=["done_on", "done_by"])
        _move(held.plan, f"完成措施：{held.text}", by, at)
    return held


def _write(plan: FirmPlan, measure: Measure, at: dt.datetime) -> PlanMeasure:
    role = registry().roles.get(measure.owner)
    if not measure.text.strip():
        raise Refused("措施没有写内容。", "请写明做什么。")
    if role is None:
        raise Refused(f"措施“{measure.text}”没有写明由谁负责。", "请选择负责的单位或企业。")
    if measure.due_on < timezone.localdate(at):
        raise Refused(f"措施“{measure.text}”的期限 {measure.due_on} 早于今天。", "请选今天或以后的日子。")
    row = measure._replace(text=measure.text.strip()[:300])._asdict()
    made = PlanMeasure.objects.create(plan=plan, **row)
    line = f"{plan.organisation}的一企一策：{made.text}，{made.due_on.month}月{made.due_on.day}日前"
    where = plan.organisation_id if role.own_only else None
    notify("enterprises.measure", line, link=f"/firms/{plan.organisation_id}/plan/", at=at, role=role.key,
           organisation=where, subject=plan.case.tag)  # fmt: skip
    return made


def _move(plan: FirmPlan, note: str, by: User, at: dt.datetime) -> None:
    """The case's deadline is that of the open measure due first; one that is overdue already keeps it where it is."""
    due = plan.measures.filter(done_on=None).values_list("due_on", flat=True).first()
    moves = due is not None and due >= timezone.localdate(at) and due != plan.case.agreed_on
    step, form = ("replan", {"next_on": due.isoformat()}) if due and moves else ("progress", {})
    plan.case = casework.take(plan.case, step, by=by, at=at, note=note, form=form)
