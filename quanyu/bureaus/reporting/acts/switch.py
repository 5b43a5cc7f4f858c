"""Switching rules of the packages on, off, or to other limits, from a day on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from quanyu.bureaus.reporting.models import Switch
from quanyu.bureaus.reporting.reads.switches import limits_typed, standing, switchable
from quanyu.people.acts import record
from quanyu.people.models import User
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused


def switch_rule(
    rule: str, on: bool, limits: Mapping[str, str], from_on: dt.date, reason: str, by: User | None, at: dt.datetime
) -> Switch:
    """From a day on, not before today, a rule is on or off and has these limits (an empty one: as the package says).

    Refused: a rule nobody defined, a limit that is no number, no reason, a day gone by, nothing that would change.
    Effects, in order: one switch; one event.
    """
    defined = switchable(registry()).get(rule)
    if defined is None:
        raise Refused(f"没有名为“{rule}”的规则。", "请从规则表里选。")
    wanted = limits_typed(defined, limits)
    if not reason.strip():
        raise Refused("改动规则须写明原因。", "例如：按科技部门某月某日的意见。")
    if from_on < timezone.localdate(at):
        raise Refused(f"“{from_on}”已经过去，规则不能追溯改动。", "请写今天或以后的日期。")
    if (on, wanted) == standing(defined, from_on):
        raise Refused(f"规则“{defined.label}”届时已经是这样，不必再改。")
    changed = {name: format(value, "f") for name, value in wanted.items() if value != defined.limits[name]}
    with transaction.atomic():
        made = Switch(rule=rule, on=on, limits=changed, from_on=from_on, reason=reason.strip()[:300], at=at, by=by)
        made.save(force_insert=True)
        body = {"on": on, "limits": changed, "from_on": from_on.isoformat(), "reason": made.reason}
        record("reporting.switch_rule", f"reporting.rule:{rule}", by, at, body)
    return made
