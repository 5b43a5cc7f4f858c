"""Questions about amendments: what a case proposes, the plan as it stood and as it stands, the file to be written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import yaml
from django.db.models import QuerySet

from quanyu.casework.models import Case
from quanyu.casework.reads import Seat
from quanyu.decisions.models import SeriesRun
from quanyu.decisions.reads import current
from quanyu.judgements.status import judge
from quanyu.judgements.verdict import Verdict
from quanyu.measures.periods import Period
from quanyu.people.models import Organisation
from quanyu.people.reads import has_fictional
from quanyu.plan import reads as plan
from quanyu.registry.model import Amendment, Indicator, Label, LampState, Registry, Task, Unit
from quanyu.registry.problem import Refused

KIND = "plan.adjustment"
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Proposal:
    """What a case would change: `before` and `after` are amounts in `unit` or days; None where nothing was promised."""

    case: Case
    subject: Indicator | Task
    what: Label
    unit: Unit | None
    before: Decimal | dt.date | None
    after: Decimal | dt.date
    since: dt.date
    amendment: Amendment | None
    """The definition that came of it, once it is loaded."""

    @property
    def of_task(self) -> bool:
        return isinstance(self.subject, Task)


@dataclass(frozen=True)
class Beside:
    """One indicator judged against the plan as it stood on the eve of an amendment, and as it stands."""

    indicator: Indicator
    stood: Verdict
    stands: Verdict
    lamps: tuple[LampState, LampState]
    eve: dt.date


def cases() -> QuerySet[Case]:
    """All matters of amendment, latest first."""
    return Case.objects.filter(type=KIND).order_by("-id")


def subject_of(registry: Registry, tag: str) -> Indicator | Task:
    """What `indicator:gdp` or `task:box6_chief` names in the definitions."""
    kind, _, key = tag.partition(":")
    found = (registry.indicators if kind == "indicator" else registry.tasks).get(key)
    if found is None:
        raise Refused(f"现行规划里没有“{key}”。", "请从指标页或任务页提出调整。")
    return found


def proposal(case: Case) -> Proposal:
    """What a case would change, against the promise in force on the eve of its day."""
    registry, form = plan.registry(), case.form
    subject, what, since = subject_of(registry, case.subject), form["what"], dt.date.fromisoformat(form["since"])
    question = next(q for q in registry.case_types[KIND].form if q.name == "what")
    after = dt.date.fromisoformat(form["day"]) if what == "due_on" else Decimal(form["value"])
    return Proposal(
        case, subject, question.choices[what], registry.units.get(subject.unit),
        promised(registry, subject, what, since - DAY), after, since, loaded(registry, case),
    )  # fmt: skip


def promised(registry: Registry, subject: Indicator | Task, what: str, on: dt.date) -> Decimal | dt.date | None:
    """What is promised on a day; None where nothing is."""
    if isinstance(subject, Task):
        held = registry.task_on(subject.key, on)
        return held.due_on if what == "due_on" else held.quantity
    found = registry.target(subject.key, on) if what == "target" else registry.baseline(subject.key, on)
    return found.value if found else None


def loaded(registry: Registry, case: Case) -> Amendment | None:
    """The amendment in the definitions that cites this case; None while it is not written and loaded."""
    return next((a for a in registry.amendments.values() if a.case and a.case == case.number), None)


def judged_beside(indicator: str, since: dt.date) -> Beside:
    """The latest figures of an indicator held against the plan as it stood before `since`, and from it on."""
    registry, run = plan.registry(), current.current_series()
    at = current.assessment().period
    held, figures = registry.indicators[indicator], current.figures(run)
    stood, stands = (judge(registry, held, figures, at, on) for on in (since - DAY, max(since, at.end)))
    states = registry.lamps[held.lamps].states
    return Beside(held, stood, stands, (states[stood.state], states[stands.state]), since - DAY)


def units_concerned(subject: Indicator | Task) -> list[Seat]:
    """Who is asked before a promise changes: who answers for it, who supplies its figure, who supports it."""
    if isinstance(subject, Task):
        roles = [subject.lead, *subject.supports]
    else:
        roles = [subject.owner, subject.source, *subject.supports]
    return seats_of(plan.registry(), dict.fromkeys(r for r in roles if r))


def seats_of(registry: Registry, roles: Mapping[str, None]) -> list[Seat]:
    """Each role at the organisation that fills it in this zone (None where the plan names no holder)."""
    keys = {registry.plan.holders[r] for r in roles if r in registry.plan.holders}
    ids = dict(Organisation.objects.filter(key__in=keys).values_list("key", "id"))
    return [(role, ids.get(registry.plan.holders.get(role, ""))) for role in roles]


def written(case: Case, package: str) -> tuple[str, str]:
    """The file that brings an adopted amendment into the definitions: its path below the packages, and its text."""
    made = proposal(case)
    key = f"{made.subject.key}_{made.since:%Y%m%d}".lower()
    group = plan.registry().case_types[KIND].parties["group"].label
    body: dict[str, object] = {
        "key": key,
        "subject": made.subject.key,
        "what": case.form["what"],
        "since": made.since,
        **({"day": made.after} if isinstance(made.after, dt.date) else {"value": f"{made.after:f}"}),
        "because": case.form["because"],
        "by": {"zh": group.zh, "en": group.en},
        "case": case.number,
    }
    if has_fictional():
        body["fictional"] = True
    return f"{package}/amendments/{key}.yaml", yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=110)


def judged_on(on: dt.date, period: Period | str | None = None) -> current.Judged:
    """Where every promise stands by the targets, rulings and amendments that bound on a day: a look, kept nowhere."""
    at = current.assessment(period).period
    run = current.current_series()
    return _judged_on(plan.digest(), run.pk, at, on)


@lru_cache(maxsize=16)
def _judged_on(revision: str, run: int, period: Period, on: dt.date) -> current.Judged:
    registry, held = plan.registry_at(revision), SeriesRun.objects.get(pk=run)
    figures = current.figures(held)
    verdicts = {key: judge(registry, i, figures, period, on) for key, i in registry.indicators.items()}
    return current.Judged(period, on, "", held.digest, revision, verdicts)
