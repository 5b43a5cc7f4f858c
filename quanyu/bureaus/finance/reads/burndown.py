"""How a scheme's budget of a year went down: month by month, by what was given and by what was settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from quanyu.bureaus.finance.reads import budgets
from quanyu.bureaus.finance.reads.vouchers import live
from quanyu.registry.model import Policy, Registry


@dataclass(frozen=True, slots=True)
class Burndown:
    """A scheme's year in whole fen: its budget, what was given and settled, and what was left after each month."""

    policy: Policy
    year: int
    budget: int
    given: int
    settled: int
    after_given: Sequence[tuple[int, int]]
    after_settled: Sequence[tuple[int, int]]


def of_year(registry: Registry, on: dt.date) -> list[Burndown]:
    """Every voucher scheme with a budget in the year of a day, up to that month."""
    found = []
    for policy in (p for p in registry.policies.values() if p.kind == "voucher"):
        budget = budgets.amount(policy.key, on.year)
        if budget is None:
            continue
        rows = list(live().filter(policy=policy.key, year=on.year).select_related("case"))
        given = [(timezone.localdate(v.case.opened_at).month, v.due or 0 if v.used_on else v.face) for v in rows]
        settled = [(v.used_on.month, v.due or 0) for v in rows if v.used_on]
        courses = [
            [(m, budget - sum(fen for month, fen in spent if month <= m)) for m in range(1, on.month + 1)]
            for spent in (given, settled)
        ]
        sums = [sum(fen for _m, fen in spent) for spent in (given, settled)]
        found.append(Burndown(policy, on.year, budget, *sums, *courses))
    return found
