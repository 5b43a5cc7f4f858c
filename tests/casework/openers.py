"""How to open a case through the act of its trade, so that the random walks meet its real hooks.

`opener(registry, who, at)`; `who("clerk")` is a person with that role, at the zone. A type that is not listed is opened
by `open_case` alone and its hooks keep still.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from quanyu.bureaus.reporting.acts import followups
from quanyu.bureaus.reporting.acts import submission as reporting
from quanyu.bureaus.reporting.acts.crosscheck import ask_firm
from quanyu.bureaus.reporting.models import Window
from quanyu.casework.models import Case
from quanyu.decisions.acts import amendment as proposing
from quanyu.decisions.acts import supervision
from quanyu.facts.acts import file_report
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


OPENERS |= {
    "decisions.directive": directive, "plan.adjustment": amendment, "reporting.followup": followup,
    "reporting.correction": correction, "reporting.verification": verification,
}  # fmt: skip
