"""Move the money of policies: nothing is ever promised twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from quanyu.bureaus.finance.models import Budget, Movement
from quanyu.bureaus.finance.reads.budgets import opening
from quanyu.pagekit.format import yuan
from quanyu.people.acts import record
from quanyu.people.models import User
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused


def hold(wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Budget]:
    """Lock the budgets of these policies and years, always in the same order, so that two acts take turns."""
    held, known = {}, registry().policies
    for key, year in sorted(set(wanted)):
        if key not in known:
            raise Refused(f"现行定义里没有政策“{key}”，无从动用它的预算。")
        Budget.objects.get_or_create(policy=key, year=year, defaults={"amount": opening(known[key], year)})
        held[key, year] = Budget.objects.select_for_update().get(policy=key, year=year)
    return held


def move(
    policy: str, year: int, amount: int, from_stage: str, to_stage: str, subject: str, *, by: User | None,
    at: dt.datetime,
) -> Budget:  # fmt: skip
    """Move so many fen of a policy's year between `reserved`, `committed`, `spent` and "" (free), for a case.

    Part of an act: its event tells of it. Effects, in order: the budget, locked; one movement.
    """
    budget = hold([(policy, year)])[policy, year]
    if not from_stage and budget.free < amount:
        label = registry().policies[policy].label
        told = f"“{label}”{year}年预算还剩 {yuan(budget.free)} 元，不够 {yuan(amount)} 元。"
        raise Refused(told, "请先追加预算，或等退回的额度。")
    for stage, sign in ((from_stage, -1), (to_stage, 1)):
        if stage:
            setattr(budget, stage, getattr(budget, stage) + sign * amount)
    budget.save()
    row = {"from_stage": from_stage, "to_stage": to_stage, "amount": amount, "by": by, "at": at}
    Movement.objects.create(budget=budget, subject=subject, **row)
    return budget


def reserve(policy: str, year: int, amount: int, subject: str, *, by: User | None, at: dt.datetime) -> Budget:
    """Set money aside for what was promised; refused where it does not suffice."""
    return move(policy, year, amount, "", "reserved", subject, by=by, at=at)


def release(policy: str, year: int, amount: int, subject: str, *, by: User | None, at: dt.datetime) -> Budget:
    """Give back what was set aside and is not needed."""
    return move(policy, year, amount, "reserved", "", subject, by=by, at=at)


def adjust(policy: str, year: int, amount: int, because: str, *, by: User, at: dt.datetime) -> Budget:
    """Add to a policy's year, or take away (below zero), by a decision that is named.

    Effects, in order: the budget, locked; one movement; one event.
    """
    if not because.strip():
        raise Refused("没有写明调整预算的依据。", "请写明文号或会议纪要。")
    with transaction.atomic():
        budget = hold([(policy, year)])[policy, year]
        if amount == 0 or budget.free + amount < 0:
            raise Refused(f"预算只剩 {yuan(budget.free)} 元可以调减。" if amount else "调整额是 0。")
        budget.adjusted += amount
        budget.save()
        stages = {"from_stage": "amount", "to_stage": "amount"}
        Movement.objects.create(budget=budget, amount=amount, because=because.strip()[:300], by=by, at=at, **stages)
        body = {"policy": policy, "year": year, "fen": amount, "because": because.strip()}
        record("finance.adjust_budget", f"finance.budget:{budget.pk}", by, at, body)
    return budget
