"""What stands around a report: the same firm's other periods and forms, as figures that rules and pages name.

    previous.<field>          the period before                 last_year.<field>         the same period a year ago
    cumulated.<field>         January up to the period before   last_cumulated.<field>    a year ago, 1—本月
    <form>.<field>            another form, over the same year
    <any of these>.months     of how many periods it is made    <any of these>.rows       and of how many rows
    period.first, .last       the year's first and last month, counted as cells of type `month` are
    period.number             which one of the year's periods this is, from 1

Flows are summed, of stocks the last counts. What was never filed is absent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from quanyu.facts.models import Report
from quanyu.facts.reads import MANY
from quanyu.facts.relations import numbers_of
from quanyu.measures.periods import Period, between
from quanyu.people.models import Organisation
from quanyu.registry.identity import parse_rule
from quanyu.registry.model import Form, Registry
from quanyu.registry.views import view_lines

Numbers = Mapping[str, Decimal | int | None]
rule_of = lru_cache(maxsize=1024)(parse_rule)  # the same few edits are read for every report
Rows = list[Mapping[str, Any]]  # the cells of a form for a period: one mapping, or one a line


def context(registry: Registry, form: Form, organisation: Organisation, period: str) -> Numbers:
    """The figures around one organisation's report."""
    return contexts(registry, form, [organisation.pk], period)[organisation.pk]


def contexts(registry: Registry, form: Form, organisations: Iterable[int], period: str) -> dict[int, Numbers]:
    """`context` for many organisations, by id, in one query."""
    here, firms = Period.parse(str(period)), list(organisations)
    year, last = here.year(), here.year_ago()
    before = between(year.first_month, here.first_month - 1, form.period)
    then = between(last.year().first_month, last.last_month, form.period)
    around = [("previous", form, [here.previous()]), ("last_year", form, [last]), ("cumulated", form, before)]
    around.append(("last_cumulated", form, then))
    for key in sorted(named(registry, form)):
        other = registry.form(key, str(here))
        around.append((key, other, between(year.first_month, year.last_month, other.period)))
    held = _held(firms, {(other.key, str(p)) for _name, other, periods in around for p in periods})
    start = {"period.first": year.first_month, "period.last": year.last_month, "period.number": len(before) + 1}
    if not before:
        start |= {f"cumulated.{f.name}": 0 for f in form.fields if f.type in ("integer", "decimal")}
    found: dict[int, Numbers] = {}
    for firm in firms:
        mine, numbers = held.get(firm, {}), dict[str, Decimal | int | None](start)
        for name, other, periods in around:
            filed = [mine[other.key, str(p)] for p in periods if (other.key, str(p)) in mine]
            numbers |= {f"{name}.{field}": value for field, value in _summed(other, filed).items()}
            numbers |= {f"{name}.months": len(filed), f"{name}.rows": sum(map(len, filed))}
        found[firm] = numbers
    return found


def named(registry: Registry, form: Form) -> set[str]:
    """The other forms that this one's checks and the views that fill it speak of."""
    names = {n for e in registry.edits.values() if e.form == form.key for n in rule_of(e.rule).names}
    filled = {view.form for view in registry.views.values() if view.fills == form.key}
    return ({n.partition(".")[0] for n in names} & registry.forms.keys() | filled) - {form.key}


def proposed(registry: Registry, form: Form, around: Numbers) -> dict[str, Decimal]:
    """What the year's other reports already say of a form's cells, by field, in its own units (see `View.fills`)."""
    found: dict[str, Decimal] = {}
    for view in registry.views.values():
        if view.fills == form.key:
            cells = {n.partition(".")[2]: v for n, v in around.items() if n.startswith(f"{view.form}.")}
            values = (value for _code, _label, value, _unit in view_lines(registry, view, cells))
            found |= {line.fills: v for line, v in zip(view.lines, values, strict=True) if v is not None and line.fills}
    return found


def _held(firms: Collection[int], wanted: Collection[tuple[str, str]]) -> dict[int, dict[tuple[str, str], Rows]]:
    """The reports that count, by organisation, then form and period."""
    rows = Report.objects.filter(form__in={form for form, _period in wanted}, period__in={p for _form, p in wanted})
    if len(firms) <= MANY:
        rows = rows.filter(organisation__in=firms)
    last: dict[tuple[int, str, str, str], Any] = {}
    columns = ("organisation_id", "form", "period", "line", "status", "cells")
    for firm, form, period, line, status, cells in rows.order_by("version").values_list(*columns):
        last[firm, form, period, line] = cells if status == Report.Status.FILED else None
    found: dict[int, dict[tuple[str, str], Rows]] = {}
    for (firm, form, period, _line), cells in last.items():
        if cells is not None:
            found.setdefault(firm, {}).setdefault((form, period), []).append(cells)
    return found


def _summed(form: Form, periods: list[Rows]) -> dict[str, Decimal | int]:
    """Fields added up over periods in order, and over lines; a stock is its last."""
    total: dict[str, Decimal | int] = {}
    stocks = {f.name for f in form.fields if f.stock}
    for rows in periods:
        for name, value in summed_lines(form, rows).items():
            total[name] = value if name in stocks else total.get(name, 0) + value
    return total


def summed_lines(form: Form, rows: Iterable[Mapping[str, Any]]) -> dict[str, Decimal | int]:
    """The numbers of many lines added up (of one: itself)."""
    total: dict[str, Decimal | int] = {}
    for cells in rows:
        for name, value in numbers_of(form, cells).items():
            total[name] = total.get(name, 0) + value
    return total
