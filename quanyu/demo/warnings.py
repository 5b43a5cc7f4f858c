"""Early warnings of the demonstration: all that the rules see on its day, some answered, one dealt with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from quanyu.casework import acts as casework
from quanyu.decisions import acts
from quanyu.decisions.models import Warning
from quanyu.people.models import User
from quanyu.registry.model import Registry

DAY = dt.timedelta(days=1)
ANSWERS = (
    "演示说明：申报材料已报上级，预计年内批复；同步储备两家后备单位。",
    "演示说明：已逐户走访，列出未达标企业名单，下月起按月调度。",
    "演示说明：受市场影响订单减少，已协调金融机构和科研院所对接。",
)


def populate(registry: Registry, users: Mapping[str, User], at: dt.datetime, say: Callable[[str], None]) -> int:
    """Raised six days before; the units answer the first few, the office confirms one. Once only; returns how many."""
    if not Warning.objects.exists():
        say("按规则发出预警……")
        cases = [w.case for w in acts.raise_warnings(at=at - 6 * DAY)]
        for n, (case, words) in enumerate(zip(cases, ANSWERS, strict=False)):
            cases[n] = casework.take(case, "answer", by=users[case.sits("unit")[0]], at=at - (4 - n) * DAY, note=words)
        for case in cases[:1]:
            casework.take(case, "confirm", by=users["clerk"], at=at - DAY)
    return Warning.objects.count()
