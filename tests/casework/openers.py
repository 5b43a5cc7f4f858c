"""How to open a case through the act of its trade, so that the random walks meet its real hooks.

`opener(registry, who, at)`; `who("clerk")` is a person with that role, at the zone. A type that is not listed is opened
by `open_case` alone and its hooks keep still.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from quanyu.bureaus.finance.acts import payments, vouchers
from quanyu.bureaus.finance.models import Budget, Payment
from quanyu.bureaus.reporting.acts import followups
from quanyu.bureaus.reporting.acts import submission as reporting
from quanyu.bureaus.reporting.acts.crosscheck import ask_firm
from quanyu.bureaus.reporting.models import Window
from quanyu.casework.acts import open_case
from quanyu.casework.models import Case
from quanyu.decisions.acts import amendment as proposing
from quanyu.decisions.acts import supervision
from quanyu.facts.acts import file_report, freeze
from quanyu.people.models import User
from quanyu.people.reads import zone
from quanyu.registry.model import Registry
from tests.factories import firm
from tests.facts.desk import good

Opener = Callable[[Registry, Callable[[str], User], dt.datetime], Case]
OPENERS: dict[str, Opener] = {}


def directive(registry: Registry, who: Callable[[str], User], at: dt.datetime) -> Case:
    lead, day = ("st_office", zone().pk), at.date() + dt.timedelta(days=20)
    return supervision.set_up("随便走走", "办成一件事", lead=lead, due_on=day, by=who("clerk"), at=at).case


def amendment(registry: Registry, who: Callable[[str], User], at: dt.datetime) -> Case:
    promised = next(i for i in registry.main_indicators if registry.target(i.key, at.date()))
    form = {"what": "target", "value": "12345", "since": "2026-10-01", "because": "形势变了", "evidence": "会议纪要"}
    return proposing.propose(f"indicator:{promised.key}", form, by=who("clerk"), at=at)


def correction(registry: Registry, who: Callable[[str], User], at: dt.datetime) -> Case:
    form, firm, by = registry.form("qy101", "2026-06"), zone(), who("firm_statistician")

    def confirmed(revenue: int, **given: object) -> None:
        content = {"": good(revenue=revenue)}
        made = reporting.submit(registry, form, firm, "2026-06", content=content, by=by, at=at, **given)
        reporting.confirm(made, who("firm_owner"), at)

    confirmed(10000)
    days = {"opens_on": at.date(), "due_on": at.date(), "opened_at": at}
    Window.objects.create(form=form.key, period="2026-06", state="closed", **days)
    confirmed(11000, reason="漏计", correction=True)
    return Case.objects.get(type="reporting.correction")


def followup(registry: Registry, who: Callable[[str], User], at: dt.datetime) -> Case:
    why = {firm(1): "随便走走"}
    return followups.follow_up(why, "qy101", "2026-08", by=who("clerk"), at=at)[0].case


def verification(registry: Registry, who: Callable[[str], User], at: dt.datetime) -> Case:
    months = [(registry.forms["qy101"], f"2024-{m:02}", good()) for m in range(1, 13)]
    for form, period, cells in [*months, (registry.forms["tax_claims"], "2024", {"deduction_claimed": 1})]:
        file_report(form, zone(), period, cells, None, at, units=registry.units)
    return ask_firm(zone(), 2024, "请说明", by=who("clerk"), at=at).case


def claim(registry: Registry, who: Callable[[str], User], at: dt.datetime) -> Case:
    freeze(at)
    who("firm_owner")
    return open_case(
        "finance.claim", title="随便走走", by=who("clerk"), at=at, subject="policy:demo_high_tech",
        parties={"firm": ("firm_owner", zone().pk)}, form={"policy": "demo_high_tech", "amount": "200000.00"},
    )  # fmt: skip


def recovery(registry: Registry, who: Callable[[str], User], at: dt.datetime) -> Case:
    paid = claim(registry, who, at)
    Budget.objects.create(policy="demo_high_tech", year=at.year, amount=20000000, spent=20000000)
    made = Payment.objects.create(
        case=paid, policy="demo_high_tech", year=at.year, organisation=zone(), amount=20000000, number="2026000001",
        state="paid", ordered_at=at, paid_on=at.date(),
    )  # fmt: skip
    until = at.date() + dt.timedelta(days=30)
    return payments.demand_back(made, 20000000, "重复享受", until, by=who("finance"), at=at)


def voucher(registry: Registry, who: Callable[[str], User], at: dt.datetime) -> Case:
    """Taken to a provider that the walk's own people sit in: the checks find them related, and never let it be paid."""
    freeze(at)
    form = {"category": "testing", "face": "1000", "service": "随便走走"}
    made = vouchers.apply("demo_voucher", zone(), form, by=who("firm_statistician"), at=at)
    made.provider = zone()
    made.save(update_fields=["provider"])
    return made.case


OPENERS |= {
    "finance.claim": claim, "finance.recovery": recovery, "finance.voucher": voucher,
    "decisions.directive": directive, "plan.adjustment": amendment, "reporting.followup": followup,
    "reporting.correction": correction, "reporting.verification": verification,
}  # fmt: skip
