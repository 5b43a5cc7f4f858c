"""Match: every policy in force on a day is held against every firm, in one pass."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from pathlib import Path
from typing import Any

from django.db import transaction

from quanyu.bureaus.policies.models import Match
from quanyu.bureaus.policies.reads.match import STATES, folder
from quanyu.bureaus.policies.reads.mine import rules_on
from quanyu.facts import reads as facts
from quanyu.facts.traits import trait_table
from quanyu.judgements.eligibility.fast import decide_all, totals
from quanyu.people.acts import record
from quanyu.people.models import User
from quanyu.plan import reads as plan
from quanyu.registry.problem import Refused

KEPT = dt.timedelta(days=40)
"""How long the files of a match, and the tables of traits it read, are kept."""


def match(on: dt.date, *, at: dt.datetime, by: User | None) -> Match:
    """Hold all policies against all firms, by the last snapshot. Equal inputs are one match: nothing is written twice.

    Effects, in order: one Parquet file a policy; one row; one event; files of earlier days nobody made use of removed.
    """
    source, registry = facts.current_source(), plan.registry()
    rules = rules_on(registry.digest, on)
    if not rules:
        raise Refused(f"{on} 没有有效的企业政策。", "政策写在定义包的 policies/ 下。")
    digest = hashlib.sha256(f"match {on} {source.digest} {registry.digest}".encode()).hexdigest()
    held, out = Match.objects.filter(digest=digest).first(), folder(digest)
    if held and all((out / f"{rule.policy.key}.parquet").is_file() for rule in rules):
        return held
    table = trait_table(registry, source, on, source.home)
    decide_all(rules, table, out)
    if held:
        return held
    pays = {rule.policy.key for rule in rules if rule.benefit}
    counts: dict[str, dict[str, Any]] = {
        t.policy: {state: getattr(t, state) for state in STATES} | {"sum": str(t.amount) if t.policy in pays else None}
        for t in totals(rules, table)
    }
    firms = max((sum(c[state] for state in STATES) for c in counts.values()), default=0)
    made_of = {"on": on, "snapshot": source.digest, "revision": registry.digest, "firms": firms, "counts": counts}
    with transaction.atomic():
        made, fresh = Match.objects.get_or_create(digest=digest, defaults={**made_of, "made_at": at})
        if fresh:
            record("policies.match", f"policies.match:{made.pk}", by, at, {"on": on.isoformat(), "digest": digest})
    _sweep(source.home, at)
    return made


def _sweep(home: Path, at: dt.datetime) -> None:
    """Remove what was computed long ago: rows stay, and what is asked again is computed again."""
    for path in [*home.glob("traits/*.parquet"), *home.glob("matches/*")]:
        if path.stat().st_mtime < (at - KEPT).timestamp():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
