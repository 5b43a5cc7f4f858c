"""The governing side of the fictional zone: warnings, orders, bulletins, rounds of evaluation, amendments, appraisals.

Written through the acts of the rooms below, each at the moment it would have happened; all of it or nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db import transaction

from quanyu.casework import acts as casework
from quanyu.casework.models import Case
from quanyu.decisions import reads as decisions
from quanyu.decisions.acts import amendment, appraisal
from quanyu.demo import (
    bulletin,
    collecting,
    enterprises,
    evaluation,
    ladder,
    paying,
    reform,
    supervision,
    vouchers,
    warnings,
)  # fmt: skip
from quanyu.people import acts as people
from quanyu.people import reads as who
from quanyu.people.models import User
from quanyu.plan import acts as plan
from quanyu.plan import reads as in_force
from quanyu.plan.drafting import skeleton, years_after
from quanyu.registry.problem import Refused

GOVERNED = "demo.governed"
NEXT = "demo-next"
Say = Callable[[str], None]
TOPICS = (
    warnings, supervision, bulletin, evaluation, collecting, enterprises, ladder, paying, vouchers, reform,
)  # fmt: skip


def govern(at: dt.datetime, say: Say, by: User | None = None) -> None:
    """Let the fictional zone be governed; the second time nothing happens. Needs a judged zone with its people."""
    if who.history(GOVERNED).exists():
        return
    registry = in_force.registry()
    users = {u.username: u for u in User.objects.filter(username__in=registry.roles)}
    with transaction.atomic():
        for topic in TOPICS:
            topic.populate(registry, users, at, say)
        say("调整规划、年终考核……")
        _amended(users)
        _appraised(users)
        _next_plan(by, at)
        people.record("demo.govern", GOVERNED, by, at)


def _amended(users: dict[str, User]) -> None:
    """One target raised in 2024 and written into the demonstration's package; one wish that was not granted."""
    day = dt.datetime(2024, 2, 26, 2, tzinfo=dt.UTC)
    form = {"value": "12", "since": "2024-04-01", "because": "（演示）原目标提前达到", "evidence": "中期评估"}
    case = _consulted("indicator:gazelles", form, day, users)
    case = casework.take(case, "adopt", by=users["management_committee"], at=day + dt.timedelta(days=30), note="同意")
    amendment.enact(case, at=day + dt.timedelta(days=33))
    form = {"value": "40", "since": "2024-06-01", "because": "（演示）申报条件收紧", "evidence": "来函"}
    case = _consulted("indicator:specialised_firms", form, day + dt.timedelta(days=40), users)
    because = "专精特新企业已超过原目标，不予下调"
    casework.take(case, "reject", by=users["management_committee"], at=day + dt.timedelta(days=66), note=because)


def _consulted(tag: str, form: dict[str, str], day: dt.datetime, users: dict[str, User]) -> Case:
    clerk = users["clerk"]
    case = amendment.propose(tag, form | {"what": "target"}, by=clerk, at=day)
    case = casework.take(case, "consult", by=clerk, at=day + dt.timedelta(days=1))
    for n, opinion in enumerate(case.opinions.order_by("id")):
        then = day + dt.timedelta(days=3 + n)
        casework.answer(opinion, by=users[opinion.role], at=then, answer="agree", text="（演示）没有不同意见。")
    case = casework.take(case, "sum_up", by=clerk, at=day + dt.timedelta(days=12), note="各单位均无不同意见")
    return casework.take(case, "submit", by=users["chief"], at=day + dt.timedelta(days=14))


def _appraised(users: dict[str, User]) -> None:
    """The plan's last year appraised, announced, one objection dismissed, adopted."""
    scheme = next(iter(in_force.registry().appraisals))
    day, hour = dt.datetime(2026, 1, 26, 1, tzinfo=dt.UTC), dt.timedelta(hours=1)
    try:
        made = appraisal.appraise(scheme, in_force.registry().plan.ends_on.year, by=users["clerk"], at=day)
    except Refused:  # a zone too young to have closed that year
        return
    casework.take(made.case, "announce", by=users["clerk"], at=day + hour)
    made.refresh_from_db()
    unit = next(role for role in made.body if role in users)
    form = {"reason": "（演示）逾期事项中有一件属跨部门协调，不应全部计入。", "wanted": "恢复督办事项扣分"}
    objection = appraisal.object_to(made, unit, form, by=users[unit], at=day + 24 * hour)
    objection = casework.take(objection, "report", by=users["clerk"], at=day + 26 * hour, note="查办理记录，逾期属实")
    casework.take(objection, "dismiss", by=users["chief"], at=day + 48 * hour, note="维持原结果")
    casework.take(made.case, "close_objections", by=users["clerk"], at=day + 170 * hour, note="一件异议已办结")
    casework.take(made.case, "adopt", by=users["management_committee"], at=day + 200 * hour, note="审定公布")


def _next_plan(by: User | None, at: dt.datetime) -> None:
    """The skeleton of the next plan, as `quanyu plan new` drafts it, looked at beside the one in force."""
    registry = in_force.registry()
    try:
        verdicts = decisions.closing_assessment().verdicts
    except Refused:
        return
    files = {path: text for path, text in in_force.files().items() if path.startswith("core/")}
    plan.adopt(files | skeleton(registry, verdicts, NEXT, *years_after(registry.plan)), by=by, at=at, beside=True)
