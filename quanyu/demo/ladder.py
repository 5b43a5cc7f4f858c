"""The ladder of the fictional zone: firms put into pools as its rules propose, and a few plans, one of them late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from django.utils import timezone

from quanyu.bureaus.enterprises.acts import firm_plans as plans
from quanyu.bureaus.enterprises.acts import ladder as acts
from quanyu.bureaus.enterprises.reads.ladder import Ladder
from quanyu.pagekit import format
from quanyu.people.models import User
from quanyu.registry.model import Registry

EARLIER, FEW, PLANS = dt.timedelta(days=100), 12, 4
"""The scouting was so long ago; so many firms a pool at most; so many plans."""


def populate(registry: Registry, users: Mapping[str, User], at: dt.datetime, say: Callable[[str], None]) -> None:
    """Needs frozen facts. Scout (挖掘入库) for every rung with a rule, then plans for firms one condition short.

    Effects, in order: the pools' entries; the plans with their measures, the first of each done.
    """
    say("梯度培育：挖掘入库，制定一企一策……")
    clerk, then = users["clerk"], at - EARLIER
    now, due = Ladder(registry, timezone.localdate(at)), timezone.localdate(then)
    short = []
    for pool in now.pools:
        found = now.near(pool)[:FEW]
        if found:
            why = {now.firms[n.firm]: f"差 {len(n.short)} 项：{n.words}" if n.short else "条件已具备" for n in found}
            acts.enter_pool(why, pool, by=clerk, at=then)
        short += [(pool, n) for n in found if n.short]
    chosen = {n.firm: (pool, n) for pool, n in reversed(short)}
    for i, (pool, near) in enumerate(list(chosen.values())[:PLANS]):
        late, later = due + dt.timedelta(days=80 + 40 * i), due + dt.timedelta(days=200)
        lacks = [plans.Measure(f"补足“{format.tr(f.condition.label)}”", "firm_owner", late, f.condition.key)
                 for f in near.lacking]  # fmt: skip
        first = plans.Measure("上门走访，核对研发费用归集", "st_office", due + dt.timedelta(days=20))
        after = plans.Measure("组织申报辅导", "st_office", later)
        made = plans.make_plan(now.firms[near.firm], pool, [first, *lacks, after], by=clerk, at=then)
        done = made.measures.get(due_on=first.due_on)
        plans.finish_measure(done, by=clerk, at=then + dt.timedelta(days=15))
