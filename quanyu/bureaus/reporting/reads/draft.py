"""What a desk starts from: the draft, what is on file, or what is already known, each cell with where it came from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from quanyu.bureaus.reporting.models import Draft, Submission
from quanyu.bureaus.reporting.reads.context import context, proposed
from quanyu.facts import reads as facts
from quanyu.facts.cells import CLEANERS, choice_of
from quanyu.measures.periods import Period
from quanyu.pagekit import format
from quanyu.people.models import Organisation, User
from quanyu.registry.model import Field, Form, Registry

LONGEST = 300
"""Letters of one cell that are kept."""


@dataclass(frozen=True, slots=True)
class Working:
    """The cells a desk works on, as text, and `origins`: field name → where a cell nobody typed came from.

    An origin is `previous:<period>`, `register`, `year:<period>` (the year's other reports) or `ledger:<file>`.
    `version` 0: nothing is kept yet. `known`: how many cells need no typing, the computed ones included.
    """

    form: Form
    cells: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    saved_at: dt.datetime | None = None
    saved_by: User | None = None

    @property
    def known(self) -> int:
        return sum(bool(f.formula) or f.name in self.origins for f in self.form.fields)

    def untouched(self, cells: Mapping[str, str]) -> dict[str, str]:
        """The origins of the cells that stand as they were found."""
        return {n: said for n, said in self.origins.items() if cells.get(n, "") == self.cells.get(n, "")}


def draft_of(form: Form, organisation: Organisation, period: str) -> Draft | None:
    rows = Draft.objects.filter(form=form.key, organisation=organisation, period=period)
    return rows.select_related("saved_by").first()


def working(registry: Registry, form: Form, organisation: Organisation, period: str) -> Working:
    """What stands on the desk: the draft, or what was filed after it was kept, or the prefilled form."""
    draft = draft_of(form, organisation, period)
    version = draft.version if draft else 0
    report = facts.current(form.key, organisation, period)
    if report and (draft is None or report.filed_at >= draft.saved_at):
        last = Submission.objects.filter(number=report.source).first()
        cells = {name: str(value) for name, value in report.cells.items()}
        origins, notes = (last.origins, last.notes) if last else ({}, {})
        return Working(form, cells, origins, notes, version, report.filed_at, report.filed_by)
    if draft:
        return Working(form, draft.cells, draft.origins, draft.notes, version, draft.saved_at, draft.saved_by)
    return Working(form, *prefilled(registry, form, organisation, period))


def prefilled(
    registry: Registry, form: Form, organisation: Organisation, period: str
) -> tuple[dict[str, str], dict[str, str]]:
    """What is known of a report nobody has begun: from the register, from other forms of the same facts, from the
    period before (fields that are `carried`); the first that knows a cell fills it."""
    cells, origins = dict[str, str](), dict[str, str]()

    def offer(known: Mapping[str, Any], origin: str) -> None:
        for f in form.fields:
            value = known.get(f.name)
            if f.formula or f.name in cells or value in (None, ""):
                continue
            if isinstance(value, Decimal):
                value = plain(value.quantize(Decimal(1), "ROUND_HALF_UP") if f.type == "integer" else value)
            cells[f.name], origins[f.name] = str(value), origin

    offer({"firm_name": organisation.name, "firm_code": organisation.code}, "register")
    if any(view.fills == form.key for view in registry.views.values()):
        offer(proposed(registry, form, context(registry, form, organisation, period)), f"year:{period}")
    before = str(Period.parse(period).previous())
    last = facts.current(registry.form(form.key, before).key, organisation, before)
    if last:
        offer({f.name: last.cells.get(f.name) for f in form.fields if f.carried}, f"previous:{before}")
    return cells, origins


def told(origin: str) -> str:
    """Where a cell came from, in words."""
    kind, _colon, rest = origin.partition(":")
    if kind == "previous":
        return _("%(period)s结转") % {"period": format.period(rest)}
    if kind == "year":
        return _("%(period)s各期报表汇总") % {"period": format.period(rest)}
    return _("辅助账“%(name)s”") % {"name": rest} if kind == "ledger" else _("名录带入")


def tidy(f: Field, typed: Any) -> str:
    """A cell as the draft keeps it: without full-width signs and thousands commas where it is sound, else as typed."""
    text = str(typed or "").strip()[:LONGEST]
    try:
        value = choice_of(f.options)(text) if f.type == "choice" else CLEANERS[f.type](text)
    except ValueError:
        return text
    return "" if value is None else str(value)


def tidied(form: Form, cells: Mapping[str, Any]) -> dict[str, str]:
    """The cells that are typed on a form, as the draft keeps them."""
    return {f.name: tidy(f, cells.get(f.name)) for f in form.fields if not f.formula}


def plain(number: Decimal) -> str:
    """A number as it is stored: no exponent, no commas, no trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
