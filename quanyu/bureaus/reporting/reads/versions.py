"""Every version of a report, and its cells beside those of other versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from quanyu.facts.models import Report
from quanyu.pagekit import format
from quanyu.pagekit.format import named, tr
from quanyu.people.models import Organisation, User
from quanyu.registry.model import Field, Form, Registry

NUMERIC = ("integer", "decimal")
Content = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Version:
    """A report as it stood from a moment on: who put it there, from where (a receipt's number, a file) and why.

    `content` is empty once the report was withdrawn.
    """

    number: int
    at: dt.datetime
    by: User | None
    source: str
    reason: str
    late: bool
    content: Content


@dataclass(frozen=True, slots=True)
class Row:
    """One cell over several versions, as text; `changed` says where it differs from the version before."""

    line: str
    field: Field
    depth: int
    unit: str
    texts: tuple[str, ...]
    changed: tuple[bool, ...]

    @property
    def anchor(self) -> str:
        return f"{self.line}-{self.field.name}" if self.line else self.field.name

    def number(self, content: Content) -> Decimal | str | None:
        """The cell as a spreadsheet takes it."""
        value = content.get(self.line, {}).get(self.field.name)
        return value if value is None or self.field.type not in NUMERIC else Decimal(str(value))

    @property
    def cells(self) -> Iterator[tuple[str, bool]]:
        return zip(self.texts, self.changed, strict=True)


def versions(form: str, organisation: Organisation, period: str) -> list[Version]:
    """What was on file, first to last: rows filed at one moment are one version, over those filed before."""
    kept = Report.objects.filter(form=form, organisation=organisation, period=period).select_related("filed_by")
    content, found = dict[str, Mapping[str, Any]](), list[Version]()
    for at, group in groupby(kept.order_by("filed_at", "id"), key=lambda r: r.filed_at):
        filed = list(group)
        for report in filed:
            content.pop(report.line, None)
            if report.status == Report.Status.FILED:
                content[report.line] = report.cells
        last = filed[-1]
        found.append(Version(len(found) + 1, at, last.filed_by, last.source, last.reason, last.late, dict(content)))
    return found


def rows(registry: Registry, form: Form, contents: Sequence[Content]) -> list[Row]:
    """The cells of several versions beside each other, line by line in the form's order."""
    depth = dict[str, int]()
    for f in form.fields:
        depth[f.name] = min(depth.get(f.parent, -1) + 1, 2)
    lines = sorted({line for content in contents for line in content} or {""}, key=lambda n: (len(n), n))
    found = []
    for line in lines:
        for f in form.fields:
            texts = tuple(_text(f, content[line]) if line in content else format.UNDEFINED for content in contents)
            changed = tuple(i > 0 and text != texts[i - 1] for i, text in enumerate(texts))
            found.append(Row(line, f, depth[f.name], named(registry.units, f.unit, ""), texts, changed))
    return found


def main(form: Form) -> set[str]:
    """The fields a sheet is summed up by: its numbers that are no 其中 of another."""
    return {f.name for f in form.fields if not f.parent and f.type in NUMERIC}


def _text(f: Field, cells: Mapping[str, Any]) -> str:
    """A cell as the page shows it: numbers with commas, answers of a list in words."""
    value = cells.get(f.name)
    if value is None:
        return format.MISSING
    if f.type == "choice":
        return next((f"{o.code} {tr(o.label)}" for o in f.options if o.code == value), str(value))
    return format.number(Decimal(str(value))) if f.type in NUMERIC else str(value)
