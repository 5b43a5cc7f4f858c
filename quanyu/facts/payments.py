"""What was paid to firms under policies: lines of one form, below zero where money came back. Any room may ask."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from quanyu.facts import reads
from quanyu.registry.model import Registry

FORM = "policy_payments"


@dataclass(frozen=True, slots=True)
class Paid:
    """One line: the firm's id, the policy's key, yuan (below zero: came back), the day."""

    firm: int
    policy: str
    amount: Decimal
    on: dt.date


def payments(firms: Collection[int] | None = None, year: int | None = None) -> list[Paid]:
    """The lines of firms (None: all) in a calendar year (None: ever), latest first; withdrawn ones are not there."""
    months = reads.periods_of(FORM) if year is None else [f"{year}-{month:02d}" for month in range(1, 13)]
    rows = [(r.organisation_id, r.cells) for r in reads.filed_in(FORM, months, firms)]
    found = [Paid(f, c["policy"], Decimal(str(c["amount"])), dt.date.fromisoformat(c["paid_on"])) for f, c in rows]
    return sorted(found, key=lambda p: p.on, reverse=True)


def counted(registry: Registry, lines: Collection[Paid], year: int) -> Mapping[int, dict[str, Decimal]]:
    """Firm → policy → yuan that count against what is payable in a year: those of the year itself, and earlier ones of
    a policy that pays once, or whose group pays only the difference to what was paid (补差)."""

    def binds(key: str) -> bool:
        policy = registry.policies.get(key)
        group = registry.stackings.get(policy.stacking) if policy else None
        once = policy is not None and policy.benefit is not None and policy.benefit.once
        return once or (group is not None and group.rule == "difference")

    found: dict[int, dict[str, Decimal]] = {}
    for line in lines:
        if line.on.year == year or (line.on.year < year and binds(line.policy)):
            row = found.setdefault(line.firm, {})
            row[line.policy] = row.get(line.policy, Decimal(0)) + line.amount
    return found
