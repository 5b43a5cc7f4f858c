"""The series and assessments in use. What a digest names never changes, so what was read is kept in the process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db.models import Exists, OuterRef

from quanyu.decisions.models import Assessment, SeriesRun
from quanyu.facts import reads as facts
from quanyu.judgements.verdict import Verdict
from quanyu.measures.periods import BadPeriod, Period, between, month_index
from quanyu.measures.series import Series
from quanyu.measures.source import Source
from quanyu.plan import reads as plan
from quanyu.registry.model import Registry
from quanyu.registry.problem import Refused


@dataclass(frozen=True)
class Judged:
    """An assessment as pages read it: verdicts by indicator key, with the digests of what it rests on."""

    period: Period
    on: dt.date
    digest: str
    series: str
    revision: str
    verdicts: Mapping[str, Verdict]

    @property
    def contested(self) -> int:
        """How many indicators cannot be judged because the plan contradicts itself (口径待核)."""
        return self.count("conflict")

    def count(self, state: str) -> int:
        return sum(v.state == state for v in self.verdicts.values())


def latest_run() -> SeriesRun:
    """The latest run that is not a look at the past, judged or not. Refused while nothing has been measured."""
    run = SeriesRun.objects.filter(as_of=None).order_by("-id").first()
    if run is None:
        raise Refused("还没有计算过指标。", "请依次运行 quanyu freeze、quanyu measure、quanyu judge。")
    return run


def current_series() -> SeriesRun:
    """The run in use: the latest that has been judged, so that pages stay whole while a new run is being judged."""
    judged = SeriesRun.objects.filter(Exists(Assessment.objects.filter(run=OuterRef("pk"))), as_of=None)
    return judged.order_by("-id").first() or latest_run()


def figures(run: SeriesRun) -> Series:
    """The figures of a run, opened once per process."""
    return opened(settings.QUANYU_HOME, run.digest)


@lru_cache(maxsize=4)
def opened(home: Path, digest: str) -> Series:
    """A series by its digest."""
    return Series.open(home, digest)


def assessments_of(run: SeriesRun) -> dict[str, Assessment]:
    """The assessment in force for each period of a run, oldest period first, without their bodies."""
    newest = {a.period: a for a in Assessment.objects.filter(run=run).defer("body").order_by("id")}
    return dict(sorted(newest.items(), key=lambda item: Period.parse(item[0])))


def assessments() -> list[Period]:
    """The periods that can be looked at, newest first."""
    return [Period.parse(p) for p in reversed(assessments_of(current_series()))]


def assessment(period: Period | str | None = None) -> Judged:
    """Where every promise stands at a period's end; `opening_period` when none is named. Refused when not judged."""
    held = assessments_of(current_series())
    if not held:
        raise Refused("还没有判断过指标进展。", "请运行 quanyu judge。")
    asked = asked_period(period) if period else opening_period([Period.parse(p) for p in held])
    found = held.get(str(asked))
    if found is None:
        raise Refused(f"没有“{period}”的研判结果。", f"可选：{'、'.join(held)}。")
    return judged_as(found.digest)


def closing_assessment() -> Judged:
    """Where every promise stood at the end of the plan; refused while the plan runs."""
    return assessment(Period.of_month(month_index(plan.registry().plan.ends_on)))


def opening_period(held: list[Period]) -> Period:
    """What a page opens on: the latest of some periods, or the plan's last one once the plan has ended (总结评估)."""
    ends_on = plan.registry().plan.ends_on
    return max([p for p in held if p.end <= ends_on] or held)


def asked_period(period: Period | str) -> Period:
    """Assessments are kept by the month they look back from: 2024-Q3 is asked for as 2024-09."""
    try:
        return Period.of_month(Period.parse(str(period)).last_month)
    except BadPeriod as bad:
        raise Refused(f"{bad}。") from None


@lru_cache(maxsize=64)
def judged_as(digest: str) -> Judged:
    """An assessment by its digest, whether or not it is still in force."""
    found = Assessment.objects.filter(digest=digest).select_related("run").latest("id")
    verdicts = {key: Verdict.from_dict(plain) for key, plain in found.body.items()}
    return Judged(Period.parse(found.period), found.on, digest, found.run.digest, found.run.revision, verdicts)


def stale() -> list[str]:
    """The verbs that would bring the flow up to date, in order: `measure` and `judge`, `judge`, or none.

    Whether facts came in after the last freeze is not asked here: freezing again is cheap and says so itself.
    """
    snapshot, run = facts.last_snapshot(), SeriesRun.objects.filter(as_of=None).order_by("-id").first()
    if snapshot is None:
        return ["freeze", "measure", "judge"]
    if run is None or (run.snapshot, run.revision) != (snapshot.digest, plan.digest()):
        return ["measure", "judge"]
    return [] if assessments_of(run) else ["judge"]


def latest_month(source: Source, registry: Registry, on: dt.date) -> Period:
    """The last month any report of a snapshot speaks of, not after the month of `on`; without reports, the one before.

    What is due at set times counts before what comes when it comes (payments, departments' files), and that before
    published figures: neither must make reported ones look old.
    """
    tables = {
        k: c.provider.partition(":")[2] for k, c in registry.contracts.items() if c.provider.startswith("report:")
    }
    due = [k for k, form in tables.items() if registry.forms[form].due_days is not None]
    for chosen in (due, [t for t in tables if t != "published"], list(tables)):
        spans = [Period.parse(part["part"]).last_month for t in chosen for part in source.parts(t) if part["rows"]]
        if held := [month for month in spans if month <= month_index(on)]:
            return Period.of_month(max(held))
    return Period.of_month(month_index(on) - 1)


def months_to_measure(starts_on: dt.date, until: Period) -> list[Period]:
    """Every month from a year before the plan (for change on a year ago) to the latest."""
    return list(between(month_index(starts_on) - 12, until.last_month, "month"))


def periods_to_judge(starts_on: dt.date, until: Period) -> list[Period]:
    """Each quarter's last month since the plan began, and the latest month."""
    months = [p for p in between(month_index(starts_on), until.last_month, "month") if p.last_month % 3 == 2]
    return months if months and months[-1] == until else [*months, until]
