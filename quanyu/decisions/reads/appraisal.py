"""Questions about year-end appraisal: what a unit did in the year, its sheet, and the objections against it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from quanyu.casework.models import Case
from quanyu.decisions.models import Appraisal, Directive, SlipIssued
from quanyu.decisions.reads import current
from quanyu.facts.models import Report
from quanyu.judgements.appraisal import Doing, Line, best_first, line_of
from quanyu.measures.periods import Period
from quanyu.people.models import Organisation
from quanyu.plan import reads as plan
from quanyu.registry.model import AppraisalItem, AppraisalScheme, Grade, Indicator, Registry, Role, Veto
from quanyu.registry.problem import Refused

KIND, OBJECTION = "decisions.appraisal", "casework.objection"


@dataclass(frozen=True)
class Told:
    """A line of a sheet for people: its item, the indicator it is about (None for counts), base, points, and why."""

    item: AppraisalItem | None
    indicator: Indicator | None
    line: Line


@dataclass(frozen=True)
class UnitSheet:
    """One unit's result. `rank` counts totals above it; units without a total have none."""

    role: Role
    seat: Organisation | None
    lines: tuple[Told, ...]
    earned: str
    possible: str
    total: str | None
    grade: Grade | None
    vetoes: tuple[tuple[Veto, Mapping[str, Any]], ...]
    rank: int | None


def appraisals() -> QuerySet[Appraisal]:
    """All appraisals that were not withdrawn, the latest year first."""
    return Appraisal.objects.select_related("case").exclude(case__phase="void")


def scheme_of(appraisal: Appraisal) -> AppraisalScheme:
    """The scheme as it stood in the revision the appraisal was computed under."""
    return plan.registry_at(appraisal.revision).appraisals[appraisal.scheme]


def schemes() -> list[AppraisalScheme]:
    """The schemes of the definitions in force."""
    return list(plan.registry().appraisals.values())


def doing(registry: Registry, role: str, year: int, judged: current.Judged) -> Doing:
    """What a unit did in a year: indicators it owns, directives due, slips it was sent, forms it filed."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    owned = [judged.verdicts[i.key] for i in registry.main_indicators if i.owner == role]
    due = Directive.objects.filter(lead_role=role, due_on__range=(first, last)).exclude(case__phase="void")
    ends = due.values_list("due_on", "case__closed_at")
    kept = sum(closed is not None and timezone.localdate(closed) <= day for day, closed in ends)
    slips = SlipIssued.objects.filter(directive__lead_role=role, at__date__range=(first, last))
    forms = [f.key for f in registry.first_editions.values() if f.filled_by == role and f.due_days is not None]
    filed = Report.objects.filter(form__in=forms, version=1, filed_on__range=(first, last))
    late, sent = list(filed.values_list("late", flat=True)), Counter(slips.values_list("slip", flat=True))
    return Doing(owned, (kept, len(ends)), sent, (late.count(False), len(late)))


def closing(year: int) -> current.Judged:
    """The assessment that closes a year; refused while it has not been judged."""
    return current.assessment(Period.of_month(Period.of_year(year).last_month))


def sheets(appraisal: Appraisal) -> list[UnitSheet]:
    """Every unit's sheet, the highest total first."""
    registry, scheme = plan.registry_at(appraisal.revision), scheme_of(appraisal)
    items, grades = {i.key: i for i in scheme.items}, {g.key: g for g in best_first(scheme)}
    seats = {o.key: o for o in Organisation.objects.filter(key__in=registry.plan.holders.values())}
    vetoes = {v.key: v for v in scheme.vetoes}
    totals = [float(s["total"]) for s in appraisal.body.values() if s["total"] is not None]
    found = [
        UnitSheet(
            role=registry.roles[key],
            seat=seats.get(registry.plan.holders.get(key, "")),
            lines=tuple(_told(registry, items, plain) for plain in sheet["lines"]),
            earned=sheet["earned"], possible=sheet["possible"], total=sheet["total"], grade=grades.get(sheet["grade"]),
            vetoes=tuple((vetoes[v["key"]], v) for v in appraisal.vetoes.get(key, [])),
            rank=None if sheet["total"] is None else 1 + sum(t > float(sheet["total"]) for t in totals),
        )
        for key, sheet in appraisal.body.items()
    ]  # fmt: skip
    return sorted(found, key=lambda s: (s.rank is None, s.rank or 0, s.role.key))


def _told(registry: Registry, items: Mapping[str, AppraisalItem], plain: Mapping[str, Any]) -> Told:
    line = line_of(plain)
    return Told(items.get(line.item), registry.indicators.get(line.of), line)


def tag(appraisal: Appraisal, role: str) -> str:
    """What an objection against one unit's sheet is about."""
    return f"appraisal:{appraisal.pk}:{role}"


def objections(appraisal: Appraisal) -> QuerySet[Case]:
    """The objections raised against this appraisal, oldest first."""
    return Case.objects.filter(type=OBJECTION, subject__startswith=f"appraisal:{appraisal.pk}:").order_by("id")


def unit(appraisal: Appraisal, role: str) -> UnitSheet:
    """One unit's sheet; refused for a unit that was not appraised."""
    found = next((s for s in sheets(appraisal) if s.role.key == role), None)
    if found is None:
        raise Refused(f"{appraisal.year}年的考核里没有“{role}”。", "请从考核结果页选择单位。")
    return found
