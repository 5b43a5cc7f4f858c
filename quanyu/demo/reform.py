"""Two scenarios of one reward of the fictional zone, to be looked at side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from django.utils import timezone

from quanyu.bureaus.policies.acts.reform import make_scenario
from quanyu.people.models import User
from quanyu.registry.model import Registry

SCENARIOS = (
    ("（演示）封顶提高到80万元", {"cap": "80"}, "（演示）触顶企业反映激励不足"),
    (
        "（演示）第二档降到5%、封顶40万元",
        {"second_band": "5", "cap": "40"},
        "（演示）预算不变，让更多企业够到第二档",
    ),
)
POLICY = "demo_rd_base"


def populate(registry: Registry, users: Mapping[str, User], at: dt.datetime, say: Callable[[str], None]) -> None:
    """Effects: the scenarios, where the zone has the policy."""
    if POLICY in registry.policies:
        say("政策模拟方案……")
        for title, numbers, because in SCENARIOS:
            make_scenario(title, {POLICY: numbers}, timezone.localdate(at), because, users["clerk"], at)
