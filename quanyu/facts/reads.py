"""What was reported, by whom, when; who has not; who holds which title. Questions only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Case, Count, DateField, Exists, OuterRef, Q, QuerySet, Value, When

from quanyu.casework.calendar import NotAnnounced, working_days_after
from quanyu.facts.models import Import, Report, Snapshot, Standing
from quanyu.measures.periods import Period
from quanyu.measures.source import Source
from quanyu.people.models import Organisation
from quanyu.plan.reads import registry
from quanyu.registry.model import Form, Holidays
from quanyu.registry.problem import Refused

MANY = 2000  # beyond this a whole period is read rather than firm by firm


def report_history(form: str, organisation: Organisation, period: str | Period, line: str = "") -> QuerySet[Report]:
    """Every version of one report, first to last, withdrawals included."""
    rows = Report.objects.filter(form=form, period=str(period), organisation=organisation, line=line)
    return rows.select_related("filed_by").order_by("version")


def current(form: str, organisation: Organisation, period: str | Period, line: str = "") -> Report | None:
    """The version that counts; None when nothing was filed or it was withdrawn."""
    last = report_history(form, organisation, period, line).last()
    return last if last and last.status == Report.Status.FILED else None


def as_known(form: str, organisation: Organisation, period: str | Period, on: dt.date, line: str = "") -> Report | None:
    """The version that counted at the end of a day."""
    last = report_history(form, organisation, period, line).filter(filed_on__lte=on).last()
    return last if last and last.status == Report.Status.FILED else None


def latest(form: str, period: str, organisations: Collection[int] | None = None) -> QuerySet[Report]:
    """The last version of each report of a form's period, withdrawn ones too."""
    return _latest(form, [period], organisations)


def _latest(form: str, periods: Collection[str], organisations: Collection[int] | None) -> QuerySet[Report]:
    newer = Report.objects.filter(
        form=OuterRef("form"), period=OuterRef("period"), organisation=OuterRef("organisation"), line=OuterRef("line"),
        version__gt=OuterRef("version"),
    )  # fmt: skip
    rows = Report.objects.filter(~Exists(newer), form=form, period__in=periods)
    return rows if organisations is None else rows.filter(organisation__in=organisations)


LastRows = Mapping[tuple[int, str], Sequence[Any]]
"""(organisation, line) → (version, status, cells, filed at)."""


def last_rows(form: str, period: str, organisations: Collection[int]) -> LastRows:
    """The last version of each line, withdrawn ones too.

    Of few organisations all versions are read sooner than the database is asked which is the last.
    """
    rows = Report.objects.filter(form=form, period=period, organisation__in=organisations).order_by("version")
    columns = ("organisation_id", "line", "version", "status", "cells", "filed_at")
    return {(organisation, line): rest for organisation, line, *rest in rows.values_list(*columns)}


def filed(form: str, period: str | Period) -> QuerySet[Report]:
    """The reports of a form's period that count."""
    return latest(form, str(period)).filter(status=Report.Status.FILED)


def filed_in(form: str, periods: Collection[str], organisations: Collection[int] | None = None) -> QuerySet[Report]:
    """The reports of several periods of a form that count."""
    return _latest(form, periods, organisations).filter(status=Report.Status.FILED)


def current_cells(form: str, period: str | Period, organisations: Iterable[int]) -> dict[int, Mapping[str, Any]]:
    """The cells that count for a period, by organisation id (of forms with one line)."""
    return _cells(filed(form, period), organisations)


def latest_cells(form: str, period: str | Period, organisations: Iterable[int]) -> dict[int, Mapping[str, Any]]:
    """The cells of the last version, by organisation id; {} where it was withdrawn."""
    return _cells(latest(form, str(period)), organisations)


def _cells(rows: QuerySet[Report], organisations: Iterable[int]) -> dict[int, Mapping[str, Any]]:
    wanted = set(organisations)
    if len(wanted) <= MANY:
        rows = rows.filter(organisation__in=wanted)
    found = rows.values_list("organisation_id", "cells").iterator()
    return {organisation: cells for organisation, cells in found if organisation in wanted}


PERIODS = """
with recursive held(period) as (
    select min(period) from facts_report where form = %(form)s
    union all
    select (select min(period) from facts_report where form = %(form)s and period > held.period)
    from held where held.period is not null
)
select period from held where period is not null
"""
"""Steps from one period to the next along the index, instead of reading every row of a form."""


def periods_of(form: str) -> list[str]:
    """The periods a form has reports for, latest first."""
    with connection.cursor() as cursor:
        cursor.execute(PERIODS, {"form": form})
        periods = [row[0] for row in cursor.fetchall()]
    return sorted(periods, key=lambda p: Period.parse(p).last_month, reverse=True)


def reports_of(organisation: Organisation) -> QuerySet[Report]:
    """Everything an organisation filed, newest first."""
    return Report.objects.filter(organisation=organisation).select_related("filed_by").order_by("-filed_at", "-id")


def standings(on: dt.date | None = None) -> QuerySet[Standing]:
    """The standings as they are now known (no corrected or annulled ones); with `on`, those that hold that day."""
    rows = Standing.objects.filter(corrected_by=None, annulled=False)
    return rows if on is None else rows.filter(_held(on))


def _held(on: dt.date | OuterRef) -> Q:
    """The standing holds on a day."""
    return (Q(valid_to=None) | Q(valid_to__gt=on)) & Q(valid_from__lte=on)


def standings_of(organisation: Organisation, on: dt.date | None = None) -> QuerySet[Standing]:
    return standings(on).filter(organisation=organisation).order_by("title", "valid_from", "id")


def holders(title: str, on: dt.date) -> QuerySet[Organisation]:
    """The organisations that hold a title on a day."""
    return Organisation.objects.filter(pk__in=standings(on).filter(title=title).values("organisation"))


def expected(form: Form, period: str | Period) -> QuerySet[Organisation]:
    """Who must file: the holders of the form's title on the period's last day; nobody where it names none."""
    if not form.reporters:
        return Organisation.objects.none()
    return holders(form.reporters, Period.parse(str(period)).end)


def missing(form: Form, period: str | Period) -> QuerySet[Organisation]:
    """Who must file for a period and has not (or took it back)."""
    done = filed(form.key, period).values("organisation")
    return expected(form, period).exclude(pk__in=done).order_by("name", "id")


def due_on(form: Form, period: str | Period, holidays: Mapping[str, Holidays] | None = None) -> dt.date | None:
    """The form's own last day for filing; None where it names none, or the days off of that year are not announced."""
    if form.due_days is None:
        return None
    end = Period.parse(str(period)).end
    if form.due_in == "days":
        return end + dt.timedelta(days=form.due_days)
    try:
        return working_days_after(end, form.due_days, registry().holidays if holidays is None else holidays)
    except NotAnnounced:
        return None


@dataclass(frozen=True, slots=True)
class Returns:
    """How complete a period is: reports expected, on file, of these filed late; `due_on` None: no deadline."""

    expected: int
    filed: int
    late: int
    due_on: dt.date | None

    @property
    def missing(self) -> int:
        return self.expected - self.filed

    @property
    def on_time(self) -> int:
        return self.filed - self.late


def returns(form: Form, period: str | Period, due: dt.date | None = None) -> Returns:
    """Completeness and punctuality of a period. `due`: the last day, where somebody has set another than the form's."""
    return returns_of(form, [period], {str(period): due})[str(period)]


def returns_of(
    form: Form, periods: Iterable[str | Period], due: Mapping[str, dt.date | None] = MappingProxyType({})
) -> dict[str, Returns]:
    """As `returns`, for many periods by two questions. Late: the first version was filed after the due day of then."""
    ends = {str(period): Period.parse(str(period)).end for period in periods}
    held = standings().filter(title=form.reporters) if form.reporters else Standing.objects.none()
    firms = {key: Count("organisation", distinct=True, filter=_held(end)) for key, end in ends.items()}
    wanted = held.aggregate(**firms)
    same = Report.objects.filter(
        form=form.key, period=OuterRef("period"), organisation=OuterRef("organisation"), line=OuterRef("line")
    )
    days = Case(*(When(period=key, then=Value(end)) for key, end in ends.items()), output_field=DateField())
    rows = Report.objects.filter(form=form.key, period__in=ends, status=Report.Status.FILED).annotate(end=days).filter(
        ~Exists(same.filter(version__gt=OuterRef("version"))),
        Exists(held.filter(_held(OuterRef("end")), organisation=OuterRef("organisation"))),
    )  # fmt: skip
    late = Count("organisation", distinct=True, filter=Exists(same.filter(version=1, late=True)))
    counted = rows.order_by().values("period").annotate(n=Count("organisation", distinct=True), late=late)
    done = {row["period"]: (row["n"], row["late"]) for row in counted}
    known = {} if form.due_in == "days" or ends.keys() <= due.keys() else registry().holidays
    return {
        key: Returns(wanted[key], *done.get(key, (0, 0)), due.get(key) or due_on(form, key, known)) for key in ends
    }  # fmt: skip


def imports() -> QuerySet[Import]:
    """The files taken in, newest first."""
    return Import.objects.select_related("by")


def last_snapshot() -> Snapshot | None:
    """The snapshot made last; None before the first freeze."""
    return Snapshot.objects.first()


def current_source() -> Source:
    """The facts of the last snapshot, as measures and policies read them. Refused before the first freeze."""
    snapshot = last_snapshot()
    if snapshot is None:
        raise Refused("还没有封存过数据，无从计算。", "请先运行 quanyu freeze。")
    return Source.open(Path(settings.QUANYU_HOME), snapshot.digest)
