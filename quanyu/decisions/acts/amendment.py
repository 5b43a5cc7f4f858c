"""Propose that a promise be changed, and close the matter once the change is in the definitions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from quanyu.casework import acts as casework
from quanyu.casework.models import Case
from quanyu.decisions.reads import amendment as reads
from quanyu.measures.periods import day
from quanyu.people.models import User
from quanyu.plan import reads as plan
from quanyu.registry.model import Indicator, Task
from quanyu.registry.problem import Refused

OF_INDICATOR, OF_TASK = ("target", "baseline"), ("due_on", "quantity")


def propose(tag: str, form: Mapping[str, str], *, by: User, at: dt.datetime) -> Case:
    """Open the matter of changing one promise of `indicator:…` or `task:…`; `form` as the case type asks for it.

    Refused where nothing would change, the day lies before the plan, or the same is being amended already.
    Effects: those of `open_case`.
    """
    registry = plan.registry()
    subject = reads.subject_of(registry, tag)
    what, fits = form.get("what", ""), OF_TASK if isinstance(subject, Task) else OF_INDICATOR
    if what not in fits:
        raise Refused(f"“{subject.label}”不能调整这一项。", "指标可调整目标值、基期值；任务可调整完成时限、数量。")
    since, then = day(form.get("since", ""), "生效日"), _asked(form, what)
    if since <= registry.plan.starts_on:
        raise Refused(
            f"生效日 {since} 须晚于规划起始日 {registry.plan.starts_on}。", "规划原定的值不改写，只能从某日起另立新值。"
        )
    now = reads.promised(registry, subject, what, since - reads.DAY)
    if then == now:
        raise Refused(f"改后的值与现行的一样，都是 {now}。", "请填写改后的值，或不必调整。")
    if reads.cases().filter(subject=tag, closed_at__isnull=True, form__what=what).exists():
        raise Refused(f"“{subject.label}”的同一项调整正在办理。", "请先办完已有的那一件。")
    kind = registry.case_types[reads.KIND]
    named = next(q for q in kind.form if q.name == "what").choices[what]
    asked = {q.name: form.get(q.name, "") for q in kind.form}
    title = f"{subject.label}：{named}{_said(now, subject)}调整为{_said(then, subject)}"
    return casework.open_case(reads.KIND, title=title, by=by, at=at, form=asked, subject=tag)


def enact(case: Case, *, at: dt.datetime) -> Case:
    """The adopted change stands in the definitions in force: the matter is closed. Refused while it does not."""
    return casework.take(case, "enact", by=None, at=at)


def _asked(form: Mapping[str, str], what: str) -> Decimal | dt.date:
    if what == "due_on":
        return day(form.get("day", ""), "改为（日期）")
    written = form.get("value", "").strip()
    try:
        return Decimal(written)
    except ArithmeticError:
        raise Refused(f"“改为（数值）”应是一个数，现在是“{written}”。", "例：380 或 3.5。") from None


def _said(value: Decimal | dt.date | None, subject: Indicator | Task) -> str:
    if value is None:
        return "（未定）"
    unit = plan.registry().units.get(subject.unit)
    return f"{value:%Y-%m-%d}" if isinstance(value, dt.date) else f"{value:f}{unit.label if unit else ''}"
