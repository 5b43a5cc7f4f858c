"""The fact tables this room provides: who hands over the rows of each contract, as text lines that the snapshot reads.

Organisations come from `quanyu.people.facts`. Rows of one part come in a fixed order, so that a part is always the
same bytes. Only rows up to a given id are handed over: what is filed meanwhile belongs to the next snapshot.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db.models import TextField
from django.db.models.functions import Cast

from quanyu.facts.models import Report, Standing
from quanyu.people import facts as people_facts
from quanyu.registry.model import Contract, Registry
from quanyu.registry.problem import Problem

CHUNK = 5000
encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


@dataclass(frozen=True, slots=True)
class Limits:
    """The rows a snapshot covers: ids up to these, inclusive."""

    report: int
    standing: int


@dataclass(frozen=True, slots=True)
class Reports:
    """Contracts `report:<form>`: every version of every report of one form; parts are periods."""

    form: str

    def parts(self, upto: Limits, since: int = 0) -> list[str]:
        if not since:
            rows = Report.objects.filter(form=self.form, id__lte=upto.report)
            return sorted(rows.order_by().values_list("period", flat=True).distinct())
        fresh = Report.objects.filter(id__lte=upto.report, id__gt=since)  # by id alone: the form's index holds all rows
        found = fresh.order_by().values_list("form", "period").distinct()
        return sorted(period for form, period in found if form == self.form)

    def lines(self, part: str, upto: Limits) -> Iterator[str]:
        rows = Report.objects.filter(form=self.form, period=part, id__lte=upto.report)
        rows = rows.order_by("organisation_id", "line", "version").annotate(
            text=Cast("cells", TextField()),
            day=Cast("filed_on", TextField()),  # as text: nothing to take apart and rebuild
        )
        names = ("id", "organisation_id", "line", "version", "status", "day", "late", "text")
        for report, firm, line, version, status, on, late, cells in rows.values_list(*names).iterator(chunk_size=CHUNK):
            yield (
                f'{{"report":{report},"firm":{firm},"line":{encode(line)},"version":{version},"status":"{status}",'
                f'"filed_on":"{on}","late":{"true" if late else "false"},"cells":{cells}}}\n'
            )


@dataclass(frozen=True, slots=True)
class Standings:
    """Contract `standing`: every row ever recorded; parts are titles."""

    def parts(self, upto: Limits, since: int = 0) -> list[str]:
        rows = Standing.objects.filter(id__lte=upto.standing, id__gt=since)
        return sorted(rows.order_by().values_list("title", flat=True).distinct())

    def lines(self, part: str, upto: Limits) -> Iterator[str]:
        rows = Standing.objects.filter(annulled=False, title=part, id__lte=upto.standing)
        rows = rows.order_by("organisation_id", "id")
        names = (
            "id", "organisation_id", "title", "level", "person", "valid_from", "valid_to", "recorded_on",
            "corrected_by__id", "corrected_by__recorded_on",
        )  # fmt: skip
        for *values, mended, known_to in rows.values_list(*names).iterator(chunk_size=CHUNK):
            known_to = known_to if mended and mended <= upto.standing else None
            keys = ("standing", "firm", "title", "level", "person", "valid_from", "valid_to", "known_from", "known_to")
            row = dict(zip(keys, [*values, known_to], strict=True))
            yield encode(row) + "\n"


@dataclass(frozen=True, slots=True)
class Organisations:
    """Contract `organisation`: the register as it stands; one part."""

    def parts(self, upto: Limits, since: int = 0) -> list[str]:
        return ["all"]

    def lines(self, part: str, upto: Limits) -> Iterator[str]:
        for row in people_facts.organisation():
            yield encode(dict(zip(people_facts.COLUMNS, row, strict=True))) + "\n"


@dataclass(frozen=True, slots=True)
class Filings:
    """Contracts `filing:<form>`: who had to file a form, and did. The snapshot makes them of two of its own tables:
    the form's reports (`table`) and the holders of the title whose holders must file it.
    """

    table: str
    title: str


FILING = ("expected", "filed", "on_time")
Provider = Reports | Standings | Organisations | Filings


def providers(registry: Registry) -> Mapping[str, Provider]:
    """Contract key → who provides it, for every contract that somebody does."""
    found = {key: _provider(contract, registry) for key, contract in registry.contracts.items()}
    return {key: provider for key, provider in found.items() if provider is not None}


def _provider(contract: Contract, registry: Registry) -> Provider | None:
    kind, _, form = contract.provider.partition(":")
    if kind == "report" and form in registry.forms:
        return Reports(form)
    if kind == "filing" and form in registry.forms and (title := registry.forms[form].reporters):
        tables = (c.key for c in registry.contracts.values() if c.provider == f"report:{form}")
        return next((Filings(table, title) for table in tables), None)
    return {"standing": Standings(), "organisation": Organisations()}.get(contract.provider)


def provider_problems(registry: Registry) -> list[Problem]:
    """Does each contract have exactly one provider, and does that provider hand over the columns the contract names?"""
    problems, taken = [], dict[str, str]()
    found = providers(registry)
    for key, contract in registry.contracts.items():
        if key not in found:
            hint = "应为 report:<报表>、filing:<有事实表、有应报单位的报表>、standing 或 organisation"
            message = f"事实表“{key}”没有提供者“{contract.provider}”"
            problems.append(Problem("F101", "wrong", contract.place, message, hint))
            continue
        if (other := taken.setdefault(contract.provider, key)) != key:
            message = f"事实表“{key}”与“{other}”出自同一提供者“{contract.provider}”"
            problems.append(Problem("F102", "wrong", contract.place, message, "一个提供者只供一张事实表"))
        provider, fields = found[key], dict.fromkeys(FILING, ("integer", "firm"))
        if isinstance(provider, Reports):
            held = (f.column for form in registry.editions(provider.form) for f in form.fields)
            fields = {c.name: (c.type, c.unit) for c in held}
        if isinstance(provider, Reports | Filings):
            for name, column in contract.columns.items():
                if fields.get(name) != (column.type, column.unit):
                    message = f"事实表“{key}”的列“{name}”与“{contract.provider}”供的不一致"
                    place = column.place or contract.place
                    problems.append(Problem("F103", "wrong", place, message, "名称、类型、单位须相同"))
    return problems
