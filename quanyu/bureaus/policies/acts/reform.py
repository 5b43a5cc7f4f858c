"""Keeping what might be: scenarios are made and laid aside; they change no policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from quanyu.bureaus.policies.models import Scenario
from quanyu.bureaus.policies.reads.reform import read_rule, typed
from quanyu.people.acts import record
from quanyu.people.acts.events import subject_of
from quanyu.people.models import User
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused


def make_scenario(
    title: str, changes: Mapping[str, Mapping[str, str]], on: dt.date, because: str, by: User | None, at: dt.datetime,
    *, target: str = "", judged: bool = True,
) -> Scenario:  # fmt: skip
    """Keep changed numbers of policies under a name.

    Refused: no name or reason, nothing changed, a number that is none or beyond its bounds, a policy that is not in
    force on the day. Effects, in order: one scenario; one event.
    """
    known = registry()
    if not title.strip() or not because.strip():
        raise Refused("方案须有名称，并写明为什么这样改。", "例如：“上限提高到50万元”，“去年有12家企业触顶”。")
    numbers = typed(known, changes, on)
    for policy, held in numbers.items():
        read_rule(known, policy, held, on)
    if target and (target not in known.traits or known.traits[target].type != "flag"):
        raise Refused(f"没有名为“{target}”的是非特征，不能以它圈定对象。", "请从“面向对象”里选。")
    text = {policy: {key: format(value, "f") for key, value in held.items()} for policy, held in numbers.items()}
    with transaction.atomic():
        made = Scenario(
            title=title.strip()[:80], changes=text, on=on, because=because.strip()[:300], target=target, judged=judged,
            made_at=at, made_by=by,
        )  # fmt: skip
        made.save(force_insert=True)
        record("policies.make_scenario", subject_of(made), by, at, {"changes": text, "on": on.isoformat()})
    return made


def retire_scenario(scenario: Scenario, by: User | None, at: dt.datetime) -> None:
    """Lay a scenario aside: it leaves the list, its page stays. Refused when it is. Effects: the row; one event."""
    with transaction.atomic():
        held = Scenario.objects.select_for_update().get(pk=scenario.pk)
        if held.retired_at:
            raise Refused(f"方案“{held.title}”已经停用。")
        held.retired_at, held.retired_by = at, by
        held.save(update_fields=["retired_at", "retired_by"])
        record("policies.retire_scenario", subject_of(held), by, at)
