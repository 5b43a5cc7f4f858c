"""What was paid, and what of it counts against the next payment."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from quanyu.facts import acts
from quanyu.facts.payments import FORM, Paid, counted, payments
from tests.facts.desk import core, make_firms, moment

pytestmark = pytest.mark.django_db


def pay(firm, policy, yuan, day, line):
    cells = {"policy": policy, "amount": yuan, "paid_on": day, "number": line}
    return acts.file_report(core().forms[FORM], firm, day[:7], cells, None, moment(day), line=line)


def test_lines_are_told_by_firm_and_year_latest_first_and_withdrawn_ones_are_gone():
    one, other = make_firms(2)
    pay(one, "a", "100.05", "2025-12-30", "1")
    pay(one, "a", "-40", "2026-02-01", "2")
    pay(other, "b", "7", "2026-03-01", "3")
    assert [(p.firm, p.amount, p.on) for p in payments(year=2026)] == [
        (other.pk, 7, dt.date(2026, 3, 1)), (one.pk, -40, dt.date(2026, 2, 1)),
    ]  # fmt: skip
    acts.withdraw_report(core().forms[FORM], other, "2026-03", None, moment("2026-03-02"), "录错", line="3")
    back, paid = Paid(one.pk, "a", Decimal(-40), dt.date(2026, 2, 1)), Decimal("100.05")
    assert payments() == [back, Paid(one.pk, "a", paid, dt.date(2025, 12, 30))]
    assert payments([other.pk]) == []


def test_earlier_years_count_only_where_a_policy_pays_once_or_the_difference():
    known = core()
    loose = known.policies["high_tech_tax"]
    once = replace(loose, key="once", benefit=replace(loose.benefit, once=True), stacking="")
    yearly = replace(loose, key="yearly", benefit=replace(loose.benefit, once=False), stacking="")
    step = replace(yearly, key="step", stacking="up")
    group = replace(next(iter(known.stackings.values())), key="up", rule="difference")
    registry = replace(known, policies={p.key: p for p in (once, yearly, step)}, stackings={"up": group})
    lines = [Paid(1, key, Decimal(n), dt.date(year, 5, 1)) for key in ("once", "yearly", "step")
             for n, year in ((10, 2024), (1, 2026), (500, 2027))]  # fmt: skip
    assert counted(registry, lines, 2026) == {1: {"once": 11, "yearly": 1, "step": 11}}
