"""A form of many lines on the desk: what was kept, what is on file, or what last year left unfinished; pasted blocks
and Excel tables as lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quanyu.bureaus.reporting.models import Submission
from quanyu.bureaus.reporting.reads.draft import draft_of, tidy
from quanyu.facts import reads as facts
from quanyu.facts.cells import convert
from quanyu.facts.sheets import (
    HEADER_WITHIN,
    Header,
    heading,
    names_of,
    read_sheets,
    state_units,
    text_of,
    without_unit,
    written,
)
from quanyu.measures.periods import Period
from quanyu.people.models import Organisation, User
from quanyu.registry.model import Field, Form, Registry
from quanyu.registry.problem import Refused

FINISHED = "finished"
"""The field that tells until when a line goes on; what is not over by a period's end is proposed for the next."""
MOST = 500
"""Lines that one sheet can hold."""
Line = dict[str, str]


@dataclass(frozen=True)
class WorkingLines:
    """The lines a desk works on, as text. `carried`: how many of them last year's unfinished ones propose."""

    rows: Sequence[Mapping[str, Any]]
    notes: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    saved_at: dt.datetime | None = None
    saved_by: User | None = None
    carried: int = 0


def typed(form: Form) -> list[Field]:
    return [f for f in form.fields if not f.formula]


def filed_lines(form: str, organisation: Organisation, period: str) -> list[Any]:
    """The reports on file, line by line in their order."""
    rows = facts.filed(form, period).filter(organisation=organisation).select_related("filed_by")
    return sorted(rows, key=lambda r: (not r.line.isdecimal(), int(r.line) if r.line.isdecimal() else 0, r.line))


def working_lines(registry: Registry, form: Form, organisation: Organisation, period: str) -> WorkingLines:
    """What stands on the desk: the draft, or what was filed after it was kept, or last year's unfinished lines."""
    draft = draft_of(form, organisation, period)
    filed = filed_lines(form.key, organisation, period)
    if filed and (draft is None or max(r.filed_at for r in filed) >= draft.saved_at):
        last = Submission.objects.filter(number=filed[0].source).first()
        rows = [{name: str(value) for name, value in r.cells.items()} for r in filed]
        version, notes = draft.version if draft else 0, last.notes if last else {}
        return WorkingLines(rows, notes, version, filed[0].filed_at, filed[0].filed_by)
    if draft:
        return WorkingLines(draft.lines, draft.notes, draft.version, draft.saved_at, draft.saved_by)
    before = Period.parse(period).previous()
    goes_on = [
        {f.name: str(r.cells[f.name]) for f in form.fields if f.carried and f.name in r.cells}
        for r in filed_lines(registry.form(form.key, str(before)).key, organisation, str(before))
        if r.cells.get(FINISHED, "9999") > before.end.isoformat()[:7]
    ]
    return WorkingLines(goes_on, carried=len(goes_on))


def as_line(form: Form, cells: Mapping[str, Any]) -> Line:
    """The filled cells of a line as the draft keeps them; a choice given in words becomes its code."""
    found = {f.name: text for f in typed(form) if (text := tidy(f, cells.get(f.name)))}
    for f in form.fields:
        if f.options and f.name in found:
            codes = {heading(words): o.code for o in f.options for words in (o.label.zh, o.label.en)}
            found[f.name] = codes.get(heading(found[f.name]), found[f.name].split(" ")[0])
    return found


def pasted(form: Form, text: str) -> list[Line]:
    """A block copied from Excel as lines: cells in the form's printed order, with or without its running number."""
    names, lines = [f.name for f in typed(form)], []
    for row in text.splitlines():
        cells = row.split("\t")
        if len(cells) > 1 and cells[0].strip().isdecimal():
            cells = cells[1:]
        if line := as_line(form, dict(zip(names, cells, strict=False))):
            lines.append(line)
    return lines


def read_lines(form: Form, path: Path, registry: Registry) -> list[Line]:
    """The lines of an uploaded table: columns are known by their titles, amounts in another unit are converted."""
    names, own = names_of(form), {f.name: f for f in form.fields}
    for sheet in read_sheets(path):
        found = [_titled(row, names, own) for row in list(sheet.rows)[:HEADER_WITHIN]]
        best = max(range(len(found)), key=lambda i: len(found[i]), default=0)
        if not found or len(found[best]) * 2 < sum(f.required for f in form.fields):
            continue
        header = Header(found[best], best + 1, sheet.rows[best])
        state_units(header, form, names, registry.units)
        return [line for row in list(sheet.rows)[best + 1 :] if len(line := _line(form, header, row)) > 1]
    title = form.fields[0].label
    raise Refused(f"没有找到“{form.label}”的表头。", f"表头应有“{title}”等各列的名称，一行一个项目。")


def _titled(row: Sequence[Any], names: Mapping[str, str], own: Mapping[str, Field]) -> dict[str, int]:
    titles = {column: heading(cell) for column, cell in enumerate(row) if isinstance(cell, str)}
    found = {column: names.get(title) or names.get(without_unit(title)[0], "") for column, title in titles.items()}
    return {name: column for column, name in reversed(found.items()) if name in own}


def _line(form: Form, header: Header, row: Sequence[Any]) -> Line:
    """One row of the table; a row of ordinals or a sum says no name and makes no line."""
    cells = {name: written(row[column]) for name, column in header.columns.items()}
    if text_of(row[min(header.columns.values())]) in ("", "甲", "乙", "合计"):
        return {}
    cells |= {name: str(convert([cells[name]], factor)[0] or "") for name, factor in header.factors.items()}
    return as_line(form, cells)
