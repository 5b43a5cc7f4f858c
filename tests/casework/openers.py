"""How to open a case through the act of its trade, so that the random walks meet its real hooks.

`opener(registry, who, at)`; `who("clerk")` is a person with that role, at the zone. A type that is not listed is opened
by `open_case` alone and its hooks keep still.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from quanyu.casework.models import Case
from quanyu.decisions.acts import amendment as proposing
from quanyu.decisions.acts import supervision
from quanyu.people.models import User
from quanyu.people.reads import zone
from quanyu.registry.model import Registry

Opener = Callable[[Registry, Callable[[str], User], dt.datetime], Case]
OPENERS: dict[str, Opener] = {}


def directive(registry: Registry, who: Callable[[str], User], at: dt.datetime) -> Case:
    lead, day = ("st_office", zone().pk), at.date() + dt.timedelta(days=20)
    return supervision.set_up("随便走走", "办成一件事", lead=lead, due_on=day, by=who("clerk"), at=at).case


def amendment(registry: Registry, who: Callable[[str], User], at: dt.datetime) -> Case:
    promised = next(i for i in registry.main_indicators if registry.target(i.key, at.date()))
    form = {"what": "target", "value": "12345", "since": "2026-10-01", "because": "形势变了", "evidence": "会议纪要"}
    return proposing.propose(f"indicator:{promised.key}", form, by=who("clerk"), at=at)


OPENERS |= {"decisions.directive": directive, "plan.adjustment": amendment}
