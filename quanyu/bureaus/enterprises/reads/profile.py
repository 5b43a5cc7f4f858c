"""Everything on file about one firm, entries merged into it included: for its 360 page."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import QuerySet

from quanyu.bureaus.enterprises.models import Change, Liaison
from quanyu.bureaus.enterprises.reads import register
from quanyu.bureaus.enterprises.reads.merging import mergings, whole
from quanyu.bureaus.enterprises.reads.requests import RequestLine, requests
from quanyu.facts import reads as facts
from quanyu.facts.models import Report, Standing
from quanyu.pagekit import format
from quanyu.people.models import Organisation
from quanyu.people.reads import Permit
from quanyu.registry.model import Field, Form, Registry

YEARS = 5
RECENT = 5
"""How many of its requests a firm's page lists."""


class Year(NamedTuple):
    """One bar: the year, its value, how many of its periods are on file of how many, the last report it comes from."""

    year: int
    value: Decimal | None
    have: int
    of: int
    report: Report | None


@dataclass(frozen=True)
class Strip:
    field: Field
    years: Sequence[Year]

    @property
    def most(self) -> Decimal:
        return max((y.value for y in self.years if y.value is not None), default=Decimal(0))


@dataclass(frozen=True)
class Profile:
    """One firm as this reader may see it on a day."""

    known: Registry
    firm: Organisation
    permit: Permit
    on: dt.date

    @cached_property
    def ids(self) -> list[int]:
        return whole(self.firm)

    @cached_property
    def absorbed(self) -> list[Organisation]:
        return [m.absorbed for m in mergings().filter(kept__in=self.ids, same=True)]

    @cached_property
    def liaison(self) -> Liaison | None:
        return register.liaisons(self.on).filter(organisation=self.firm).first()

    @cached_property
    def reads_reports(self) -> bool:
        return self.permit.may("reports", self.firm)

    @cached_property
    def opened(self) -> set[int]:
        """The entries whose reports the reader may open: to a firm itself not those of an entry merged into it."""
        return set(self.ids if self.permit.everywhere("reports") else [self.firm.pk])

    # --- figures -----------------------------------------------------------------------------------------------------

    @cached_property
    def strips(self) -> list[Strip]:
        """The figures that the packages name, year by year up to the running one."""
        named = [name.split(".") for name in register.setting(self.known, "strips") if self.reads_reports]
        fields = [(form, f) for key, name in named if (form := self.known.forms.get(key)) for f in form.fields
                  if f.name == name]  # fmt: skip
        return [strip for form, f in fields if (strip := Strip(f, self._years(form, f))).most]

    def _years(self, form: Form, field: Field) -> list[Year]:
        months = [f"-{m:02}" for m in range(1, 13)] if form.period == "month" else [""]
        running = self.on.year + (form.period == "month")  # a yearly form comes after its year
        years = range(running - YEARS, running)
        rows = self._filed(form.key, [f"{y}{m}" for y in years for m in months])
        of = defaultdict[int, list[tuple[Report, Decimal]]](list)
        for row in sorted(rows, key=lambda r: r.period):
            if field.name in row.cells:
                of[int(row.period[:4])].append((row, Decimal(str(row.cells[field.name]))))
        out = []
        for year in years:
            held = of[year]
            value = (held[-1][1] if field.stock else sum((v for _r, v in held), Decimal(0))) if held else None
            out.append(Year(year, value, len({r.period for r, _v in held}), len(months), held[-1][0] if held else None))
        return out

    def _filed(self, form: str, periods: Sequence[str]) -> QuerySet[Report]:
        return facts.filed_in(form, periods, self.ids).select_related("organisation")

    @cached_property
    def payments(self) -> list[tuple[Report, str, str]]:
        """What the firm was paid, the latest first: report, form in words, figures in words."""
        wanted = register.setting(self.known, "payments") or ()
        forms = [self.known.forms[key] for key in wanted if key in self.known.forms and self.reads_reports]
        rows = [(r, form) for form in forms for r in self._filed(form.key, facts.periods_of(form.key))]
        rows.sort(key=lambda pair: (pair[0].filed_at, pair[0].pk), reverse=True)
        return [
            (r, format.tr(form.label), format.sign("，").join(
                f"{format.tr(f.label)} {self.cell(f, r.cells[f.name])}" for f in form.fields if f.name in r.cells))
            for r, form in rows
        ]  # fmt: skip

    def cell(self, field: Field, value: Any) -> str:
        """One cell in words."""
        if field.type == "choice":
            return next((format.tr(o.label) for o in field.options if o.code == str(value)), str(value))
        if field.type in ("integer", "decimal") and value != "":
            unit = self.known.units.get(field.unit)
            number = format.number(Decimal(str(value)))
            return f"{number}{format.suffix(unit)}" if unit else number
        return format.named(self.known.policies, str(value))

    @cached_property
    def projects(self) -> tuple[Form | None, Sequence[Field], list[tuple[Report, list[tuple[str, str]]]]]:
        """The latest year's R&D projects: form, columns, and each line's cells in words with their column."""
        wanted = register.setting(self.known, "projects") or {}
        form = self.known.forms.get(wanted.get("form", "")) if wanted else None
        if form is None or not self.reads_reports:
            return None, (), []
        rows = list(self._filed(form.key, facts.periods_of(form.key)))
        last = max((r.period for r in rows), default="")
        fields = [f for f in form.fields if f.name in wanted["fields"]]
        rows = sorted((r for r in rows if r.period == last), key=lambda r: (r.organisation_id, len(r.line), r.line))
        lines = [(r, [(format.tr(f.label), self.cell(f, r.cells.get(f.name, ""))) for f in fields]) for r in rows]
        return form, fields, lines

    @cached_property
    def reports(self) -> list[tuple[Report, str, int]]:
        """Form by form the last report filed, the form in words, and how many periods there are on file."""
        rows = Report.objects.filter(organisation__in=self.ids).select_related("organisation").defer("cells")
        held = defaultdict[str, list[Report]](list)
        for row in rows.order_by("period", "version") if self.reads_reports else ():
            held[row.form].append(row)
        named = [(found[-1], format.named(self.known.forms, form), found) for form, found in held.items()]
        named.sort(key=lambda one: (one[0].filed_at, one[0].pk), reverse=True)
        return [(last, words, len({r.period for r in found})) for last, words, found in named]

    # --- titles, rights, people --------------------------------------------------------------------------------------

    @cached_property
    def standings(self) -> dict[str, list[Standing]]:
        """Title → what was held, the earliest first."""
        held = defaultdict[str, list[Standing]](list)
        for s in facts.standings().filter(organisation__in=self.ids).order_by("valid_from", "pk"):
            held[s.title].append(s)
        order = {title: n for n, title in enumerate(self.known.titles)}
        return dict(sorted(held.items(), key=lambda kv: order.get(kv[0], len(order))))

    def now(self, held: Sequence[Standing]) -> list[Standing]:
        """Those held today."""
        return [s for s in held if s.valid_from <= self.on and (s.valid_to is None or s.valid_to > self.on)]

    def _kind(self, title: str) -> str:
        known = self.known.titles.get(title)
        if title in (register.setting(self.known, "rights") or ()):
            return "right"
        return known.holder if known else "organisation"

    @property
    def titles(self) -> list[tuple[str, list[Standing]]]:
        """The firm's own titles: words, what was held."""
        titles = self.known.titles
        return [(format.named(titles, t), h) for t, h in self.standings.items() if self._kind(t) == "organisation"]

    def counts(self, kind: str) -> list[tuple[str, int, int, dt.date]]:
        """Rights (`right`) or people (`person`): words, how many now, how many ever, when the last began."""
        rows = [(format.named(self.known.titles, t), h) for t, h in self.standings.items() if self._kind(t) == kind]
        return [(words, len(self.now(held)), len(held), held[-1].valid_from) for words, held in rows]

    @property
    def rights(self) -> list[tuple[str, int, int, dt.date]]:
        return self.counts("right")

    @property
    def people(self) -> list[tuple[str, int, int, dt.date]]:
        return self.counts("person")

    # --- the file itself ---------------------------------------------------------------------------------------------

    @cached_property
    def requests(self) -> list[RequestLine]:
        if not self.permit.may("requests", self.firm):
            return []
        rows = requests(self.permit).filter(organisation__in=self.ids)[:RECENT]
        return [RequestLine(row, self.known, self.on) for row in rows]

    @cached_property
    def changes(self) -> list[Change]:
        rows = Change.objects.filter(organisation__in=self.ids)
        return list(rows.select_related("by", "organisation").order_by("-on", "-pk"))

    @cached_property
    def disagreements(self) -> list[register.Disagreement]:
        return register.disagreements([self.firm.pk]).get(self.firm.pk, [])

    @property
    def former_names(self) -> list[str]:
        """Names it bore, and those of entries merged into it."""
        names = [c.before for c in self.changes if c.field == "name" and c.before != c.after]
        return [n for n in dict.fromkeys([*names, *(o.name for o in self.absorbed)]) if n != self.firm.name]
