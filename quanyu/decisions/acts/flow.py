"""Measure and judge: the two steps that turn a sealed snapshot into verdicts. The only writer of this room."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from quanyu.decisions import reads
from quanyu.decisions.models import Assessment, Forecast, SeriesRun
from quanyu.facts import reads as facts
from quanyu.judgements.status import judge as verdict_on
from quanyu.measures import series as measuring
from quanyu.measures.periods import Period
from quanyu.measures.source import Source
from quanyu.people.acts import record
from quanyu.people.models import User
from quanyu.plan import reads as plan
from quanyu.registry.problem import Refused


def measure(*, at: dt.datetime, by: User | None = None, as_of: dt.date | None = None) -> SeriesRun:
    """Count every indicator for every month from a year before the plan to the latest reported one, and seal the
    series.

    Reads the current revision and the latest snapshot; `as_of` takes the facts as known at the end of that day.
    Measuring the same again returns the run that is already there.

    Effects, in order: series files written under QUANYU_HOME; one SeriesRun; one event.
    """
    registry, revision, snapshot = plan.registry(), plan.revision(), facts.last_snapshot()
    if snapshot is None:
        raise Refused("还没有数据快照，无法计算。", "请先运行 quanyu freeze。")
    source = Source.open(settings.QUANYU_HOME, snapshot.digest)
    until = reads.latest_month(source, registry, as_of or timezone.localdate(at))
    months = reads.months_to_measure(registry.plan.starts_on, until)
    made = measuring.build(registry, source, months, as_of)
    digest = made.write(settings.QUANYU_HOME)
    with transaction.atomic():
        last = SeriesRun.objects.filter(as_of=as_of).order_by("-id").first()
        if last and (last.digest, last.snapshot, last.revision) == (digest, snapshot.digest, revision.digest):
            return last
        run = SeriesRun.objects.create(
            digest=digest, snapshot=snapshot.digest, revision=revision.digest, as_of=as_of, until=str(until), made_at=at
        )
        record("decisions.measure", f"decisions.seriesrun:{run.pk}", by, at, {"digest": digest})
    return run


def judge(*, at: dt.datetime, on: dt.date, by: User | None = None) -> list[Assessment]:
    """Judge every indicator at each quarter's end since the plan began and at the latest month, as on the day `on`.

    Uses the series in use and the current revision; an assessment that says the same as the one in force is kept.

    Effects, in order: one Assessment per period that changed; one event when any did.
    """
    run, registry = reads.latest_run(), plan.registry()
    if run.revision != registry.digest:
        raise Refused("规划定义在上次计算之后有改动，不能直接研判。", "请先运行 quanyu measure。")
    figures = reads.figures(run)
    bodies = {
        period: {
            key: verdict_on(registry, it, figures, period, on).to_dict() for key, it in registry.indicators.items()
        }
        for period in reads.periods_to_judge(registry.plan.starts_on, Period.parse(run.until))
    }
    keep(Assessment, "decisions.judge", "verdicts", bodies, run, on=on, at=at, by=by)
    return list(reads.assessments_of(run).values())


def keep(
    kind: type[Assessment | Forecast], act: str, what: str, bodies: Mapping[Period, Any], run: SeriesRun, *,
    on: dt.date, at: dt.datetime, by: User | None,
) -> None:  # fmt: skip
    """Keep what was found for each period of a run, as far as it says something else than what is in force.

    Effects, in order: one row per period that changed; one event when any did.
    """
    fresh = []
    for period, body in bodies.items():
        digest = seal({"series": run.digest, "period": str(period), "on": on.isoformat(), what: body})
        fresh.append(kind(digest=digest, run=run, period=str(period), on=on, body=body, made_at=at))
    with transaction.atomic():
        in_force = dict(kind.objects.filter(run=run).order_by("id").values_list("period", "digest"))
        changed = [row for row in fresh if in_force.get(row.period) != row.digest]
        kind.objects.bulk_create(changed)
        if changed:
            said = {"on": on.isoformat(), "periods": [row.period for row in changed]}
            record(act, f"decisions.seriesrun:{run.pk}", by, at, said)


def seal(plain: object) -> str:
    """The digest of plain JSON, whatever the order of its keys."""
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
