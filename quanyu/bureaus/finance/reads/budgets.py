"""Questions about the money of policies. Inside, money is whole fen; people read yuan."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db.models import QuerySet

from quanyu.bureaus.finance.models import Budget
from quanyu.plan.reads import registry
from quanyu.registry.model import Policy, in_force


def in_yuan(amount: int) -> Decimal:
    """Whole fen as yuan with two places, exactly."""
    return Decimal(amount).scaleb(-2)


def fen(amount: Decimal) -> int:
    """Yuan as whole fen; less than a fen is a bug of who asks."""
    whole = amount.scaleb(2)
    if whole != whole.to_integral_value():
        raise ValueError(f"{amount} yuan is not a whole number of fen")
    return int(whole)


def opening(policy: Policy, year: int) -> int:
    """What the policy itself says a year may cost, in fen; 0 where it says nothing."""
    said = in_force(policy.budget, dt.date(year, 12, 31))
    return fen(said.value) if said and isinstance(said.value, Decimal) else 0


def budget_of(policy: Policy, year: int) -> Budget:
    """A policy's budget of a year as it stands; one that nothing was taken from yet is made up, not stored."""
    held = Budget.objects.filter(policy=policy.key, year=year).first()
    return held or Budget(policy=policy.key, year=year, amount=opening(policy, year))


def amount(key: str, year: int) -> int | None:
    """A policy's whole budget of a year in fen; None where there is none."""
    policy = registry().policies.get(key)
    return (budget_of(policy, year).whole or None) if policy else None


def years() -> QuerySet[Budget, int]:
    return Budget.objects.order_by("-year").values_list("year", flat=True).distinct()
