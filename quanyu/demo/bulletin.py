"""Bulletins of the demonstration: that of the plan's last quarter, issued, and a draft of the latest finished one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from quanyu.casework import acts as casework
from quanyu.decisions import reads as decisions
from quanyu.decisions.acts import bulletin as acts
from quanyu.decisions.reads.bulletin import Written
from quanyu.decisions.reads.current import opening_period
from quanyu.measures.periods import Period
from quanyu.people.models import User
from quanyu.registry.model import Registry

REASONS = (
    "演示说明：部分项目验收推迟到下一季度，材料已在准备。",
    "演示说明：新增单位尚在建设期，暂未计入。",
    "演示说明：上年同期有一次性大额合同，今年没有。",
    "演示说明：个别企业产值回落，正在逐户走访。",
)
NUMBER = "演示〔{year}〕1号"


def populate(registry: Registry, users: Mapping[str, User], at: dt.datetime, say: Callable[[str], None]) -> None:
    """One bulletin from draft to issue soon after the plan's last quarter, one draft of the last whole quarter."""
    held = decisions.assessments()
    last = opening_period(held)
    if not (quarters := [p for p in held if p.last_month % 3 == 2]):
        return
    _issued(last, users)
    if (latest := max(quarters)) > last:
        acts.compose_bulletin(str(latest), by=users["clerk"], at=_after(latest, 15, at))
    say("通报：一份已印发，一份拟稿")


def _issued(period: Period, users: Mapping[str, User]) -> None:
    day = dt.datetime.combine(period.end + dt.timedelta(days=13), dt.time(10), dt.UTC)
    clerk, chief, hour = users["clerk"], users["chief"], dt.timedelta(hours=1)
    made = acts.compose_bulletin(str(period), by=clerk, at=day)
    asked = [b.ask for b in Written(made).blocks if b.ask]
    made = acts.write_bulletin(made, dict(zip(asked, REASONS, strict=False)), made.reply_on, by=clerk, at=day + hour)
    form = {"number": NUMBER.format(year=day.year), "issued_on": day.date().isoformat()}
    casework.take(made.case, "submit", by=clerk, at=day + 2 * hour)
    casework.take(made.case, "approve", by=chief, at=day + 3 * hour)
    casework.take(made.case, "issue", by=clerk, at=day + 4 * hour, form=form)


def _after(period: Period, days: int, at: dt.datetime) -> dt.datetime:
    return min(dt.datetime.combine(period.end + dt.timedelta(days=days), dt.time(9), at.tzinfo), at)
