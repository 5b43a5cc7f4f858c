"""The projects that firms listed, seen through the zone's rules of a day; R&D spending and staff derived from them."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from quanyu.bureaus.reporting.reads.checks import judged
from quanyu.bureaus.reporting.reads.context import contexts
from quanyu.bureaus.reporting.reads.switches import standing, switches
from quanyu.facts.models import Report
from quanyu.facts.reads import filed, periods_of
from quanyu.judgements.screening import Project, Ruled, Screened, Total, screen
from quanyu.people.models import Organisation
from quanyu.registry.identity import parse_rule
from quanyu.registry.model import Form, Registry
from quanyu.registry.views import view_lines

NAME, SPEND, MONTHS = "project_name", "project_expense", "project_months"
"""The fields of a list of projects that are shown and added up."""
DERIVED = "derived_rd"
"""The view whose one line is what a firm's share of kept projects is applied to."""


def known_lines(form: str, period: str, on: dt.date) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """(organisation, cells) of every line that counted at the end of a day, firm by firm."""
    rows = Report.objects.filter(form=form, period=period, filed_on__lte=on).order_by(
        "organisation_id", "version", "id"
    )
    found = rows.values_list("organisation_id", "line", "status", "cells")
    last = {(firm, line): cells if status == Report.Status.FILED else None for firm, line, status, cells in found}
    return ((firm, cells) for (firm, _line), cells in last.items() if cells is not None)


@dataclass(frozen=True)
class FirmLine:
    """One firm's projects: all, those left, and what the derived spending starts from (None: 107-2 is not there)."""

    firm: Organisation
    every: Total
    kept: Total
    base: Decimal | None

    @property
    def share(self) -> Decimal | None:
        return Decimal(self.kept.spend) / self.every.spend if self.every.spend else None

    @property
    def derived(self) -> Decimal | None:
        return None if self.base is None or self.share is None else self.base * self.share


@dataclass(frozen=True)
class ScreenedYear:
    """A year's projects under the rules of a day; `trial`: one rule as it might be."""

    registry: Registry
    period: str
    on: dt.date
    trial: Ruled | None = None

    @cached_property
    def form(self) -> Form:
        return self.registry.form(next(iter(self.registry.screenings.values())).form, self.period)

    @cached_property
    def result(self) -> Screened:
        earlier, held = defaultdict[int, list[tuple[str, str]]](list), switches(self.on)
        for year in sorted(p for p in periods_of(self.form.key) if p < self.period):
            for firm, cells in known_lines(self.form.key, year, self.on):
                earlier[firm].append((year, str(cells[NAME])))
        projects = [
            Project(firm, str(cells[NAME]), int(cells.get(SPEND, 0)), Decimal(cells.get(MONTHS, 0)), cells)
            for firm, cells in known_lines(self.form.key, self.period, self.on)
        ]
        rules = {key: Ruled(r, *standing(r, self.on, held)) for key, r in self.registry.screenings.items()}
        rules |= {self.trial.rule.key: self.trial} if self.trial else {}
        return screen(projects, rules.values(), earlier)

    @cached_property
    def firms(self) -> list[FirmLine]:
        """By firm, what is left of its projects and what follows for its R&D; the largest derived first."""
        view, base = self.registry.views.get(DERIVED), dict[int, Decimal | None]()
        if view:
            lines = known_lines(view.form, self.period, self.on)
            base = {firm: view_lines(self.registry, view, cells)[0][2] for firm, cells in lines}
        named = Organisation.objects.in_bulk(self.result.firms)
        found = [FirmLine(named[firm], *both, base.get(firm)) for firm, both in self.result.firms.items()]
        return sorted(found, key=lambda f: (-(f.derived or 0), f.firm.name))

    @cached_property
    def derived(self) -> Decimal:
        """The derived spending of all firms that filed both forms, in the view's unit."""
        return sum((f.derived for f in self.firms if f.derived is not None), Decimal(0))


def years(registry: Registry) -> list[str]:
    """The years that firms listed projects for, latest first; nothing where no package has rules."""
    rule = next(iter(registry.screenings.values()), None)
    return periods_of(rule.form) if rule else []


def edit_hits(registry: Registry, form: Form, period: str, on: dt.date) -> tuple[int, Counter[str]]:
    """How many firms' reports of a period there are, and how many of them each edit finds something in, off or on."""
    held, rows, found = switches(on), defaultdict[int, list[Mapping[str, Any]]](list), Counter[str]()
    every = [e for e in registry.edits.values() if e.form == form.key]
    rules = [(replace(e, limits=standing(e, on, held)[1]), parse_rule(e.rule)) for e in every]
    for firm, cells in filed(form.key, period).order_by("id").values_list("organisation_id", "cells"):
        rows[firm].append(cells)
    around = contexts(registry, form, rows, period)
    for firm, mine in rows.items():
        found += Counter({c.code for c in judged(registry, form, rules, mine, around[firm])})
    return len(rows), found
