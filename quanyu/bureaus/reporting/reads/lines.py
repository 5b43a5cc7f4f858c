"""A form of many lines on the desk: what was kept, is on file, or was left unfinished last year; pasted blocks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quanyu.bureaus.reporting.models import Submission
from quanyu.bureaus.reporting.reads.draft import draft_of, tidied
from quanyu.facts import reads as facts
from quanyu.facts.models import Report
from quanyu.measures.periods import Period
from quanyu.people.models import Organisation, User
from quanyu.registry.model import Form, Registry

FINISHED = "finished"
"""The field that tells until when a line goes on; what is not over by a period's end is proposed for the next."""


@dataclass(frozen=True)
class WorkingLines:
    """The lines a desk works on, as text. `carried`: how many of them last year's unfinished ones propose."""

    rows: Sequence[Mapping[str, Any]]
    notes: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    saved_at: dt.datetime | None = None
    saved_by: User | None = None
    carried: int = 0


def filed_lines(form: str, organisation: Organisation, period: str) -> list[Report]:
    """The reports on file, line by line in their order."""
    rows = facts.filed(form, period).filter(organisation=organisation).select_related("filed_by")
    return sorted(rows, key=lambda r: (len(r.line), r.line))


def working_lines(registry: Registry, form: Form, organisation: Organisation, period: str) -> WorkingLines:
    """What stands on the desk: the draft, or what was filed after it was kept, or last year's unfinished lines."""
    draft, filed = draft_of(form, organisation, period), filed_lines(form.key, organisation, period)
    if filed and (draft is None or max(r.filed_at for r in filed) >= draft.saved_at):
        last = Submission.objects.filter(number=filed[0].source).first()
        rows = [{name: str(value) for name, value in r.cells.items()} for r in filed]
        notes, version = last.notes if last else {}, draft.version if draft else 0
        return WorkingLines(rows, notes, version, filed[0].filed_at, filed[0].filed_by)
    if draft:
        return WorkingLines(draft.lines, draft.notes, draft.version, draft.saved_at, draft.saved_by)
    before = Period.parse(period).previous()
    over, names = before.end.isoformat()[:7], [f.name for f in form.fields if f.carried]
    goes_on = [
        {name: str(r.cells[name]) for name in names if name in r.cells}
        for r in filed_lines(form.key, organisation, str(before)) if r.cells.get(FINISHED, "9999") > over
    ]  # fmt: skip
    return WorkingLines(goes_on, carried=len(goes_on))


def as_line(form: Form, cells: Mapping[str, Any]) -> dict[str, str]:
    """The filled cells of a line as the draft keeps them."""
    return {name: text for name, text in tidied(form, cells).items() if text}


def pasted(form: Form, text: str) -> list[dict[str, str]]:
    """A block copied from Excel as lines: cells in the form's printed order, with or without its running number."""
    names = [f.name for f in form.fields if not f.formula]
    rows = [row.split("\t") for row in text.splitlines()]
    cut = [cells[1:] if len(cells) > 1 and cells[0].strip().isdecimal() else cells for cells in rows]
    return [line for cells in cut if (line := as_line(form, dict(zip(names, cells, strict=False))))]
