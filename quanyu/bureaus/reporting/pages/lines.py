"""`/report/…/lines/`: a form of many lines, one a project, as a table; blocks pasted from Excel become lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quanyu.bureaus.reporting.models import Draft
from quanyu.bureaus.reporting.pages.filling import Desk, fill_save
from quanyu.bureaus.reporting.reads import lines as reads
from quanyu.bureaus.reporting.reads.checks import complaints
from quanyu.bureaus.reporting.reads.submission import state_words
from quanyu.bureaus.reporting.reads.window import due_on
from quanyu.casework.words import left_until, soon_days
from quanyu.facts.cells import Complaint
from quanyu.pagekit import format
from quanyu.plan.access import needs
from quanyu.registry.model import Field
from quanyu.registry.problem import Refused

CELL = re.compile(r"c-([0-9]{1,4})-([a-z_]+)")
MOST, SPARE, MORE = 500, 3, 8
"""Lines that a sheet can hold; empty ones below the last, at first and when more are asked for."""


@dataclass
class Cell:
    """One cell of a line on the page; `found`: what is wrong with it or to be explained."""

    id: str
    field: Field
    text: str
    found: Sequence[Complaint]

    @property
    def wrong(self) -> bool:
        return any(c.mood == "wrong" for c in self.found)


class LinesDesk(Desk):
    """One report of many lines on the desk of somebody who fills it."""

    name = "fill_lines"

    @cached_property
    def held(self) -> reads.WorkingLines:
        return reads.working_lines(self.known, self.form, self.organisation, self.period)

    @cached_property
    def on_file(self) -> bool:
        return bool(reads.filed_lines(self.form.key, self.organisation, self.period))

    def typed(self, given: Mapping[str, Any]) -> Any:
        """The lines of a page, in order, and its explanations: ticked and empty lines go, a pasted block comes last."""
        cells: dict[int, dict[str, str]] = {}
        for name, text in given.items():
            if match := CELL.fullmatch(name):
                cells.setdefault(int(match[1]), {})[match[2]] = str(text)
        kept = [reads.as_line(self.form, cells[n]) for n in sorted(cells) if not given.get(f"drop-{n}")]
        rows = [line for line in kept if line] + reads.pasted(self.form, str(given.get("paste", "")))
        notes = {name[2:]: str(said)[:300] for name, said in given.items() if name.startswith("n-")}
        return rows, {**self.held.notes, **notes}

    def keep(self, given: Mapping[str, Any]) -> Draft:
        if self.closed and not self.on_file:
            raise Refused(self.closed)
        (rows, notes), base = self.typed(given), str(given.get("base", ""))
        if len(rows) > MOST:
            raise Refused(f"一张表最多 {MOST} 行，现在有 {len(rows)} 行。", "请核对是否重复粘贴。")
        return self.keep_as(cells={}, lines=rows, notes=notes, base=int(base) if base.isdecimal() else None)

    def check(self, rows: Sequence[Mapping[str, Any]]) -> list[Complaint]:
        """What there is to say of the lines, what must be mended first."""
        found = complaints(self.known, self.form, self.organisation, self.period, {}, lines=rows, on=self.on)[1]
        return sorted(found, key=lambda c: c.mood == "unwise")

    def page(self, checked: bool = False, refused: Refused | None = None) -> HttpResponse:
        """The table; after a refusal with everything that was typed."""
        asked, given, last = self.request.GET, self.request.POST, self.last
        rows, notes = self.typed(given) if refused else (self.held.rows, self.held.notes)
        used = {name for line in rows for name in line}
        fields = [
            f for f in self.form.fields if not f.formula and (not f.starred or "starred" in asked or f.name in used)
        ]
        found, by_cell = self.check(rows) if checked and rows else [], dict[str, list[Complaint]]()
        for c in found:
            by_cell.setdefault(_place(c, fields), []).append(c)
        shown = [*rows, *[{}] * ((MORE if "more" in asked else SPARE) if not self.closed or self.on_file else 0)]
        lines = [
            [Cell(i := f"c-{n}-{f.name}", f, _written(f, line.get(f.name, "")), by_cell.get(i, ())) for f in fields]
            for n, line in enumerate(shown, 1)
        ]
        context = {
            "desk": self, "lines": lines, "count": len(rows), "refused": refused, "checked": checked, "last": last,
            "heads": [(f, format.named(self.known.units, f.unit, "")) for f in fields], "open": len(shown) > len(rows),
            "problems": [(c, _place(c, fields)) for c in found], "wrong": sum(c.mood == "wrong" for c in found),
            "asked": {c.code: (c.message, notes.get(c.code, "")) for c in found if c.mood == "unwise"},
            "state": state_words(last) if last else "", "reason": given.get("reason", ""),
            "starred": "starred" in asked,
            "left": left_until(due_on(self.form, self.period, self.organisation), self.on, soon_days(self.known)),
        }  # fmt: skip
        return render(self.request, "reporting/lines.html", context, status=409 if refused else 200)

    def posted(self) -> HttpResponse:
        """Keep, show more empty lines, or check and hand in when nothing is left to say."""
        given, draft = self.request.POST, self.keep(self.request.POST)
        if given.get("do") != "submit":
            messages.success(self.request, _("已暂存 %(n)s 行。填完后请“审核并报送”。") % {"n": len(draft.lines)})
            return self.go(query="?more=1" if given.get("do") == "more" else "")
        if not draft.lines:
            raise Refused("一个项目也没有填，不能报送。", "当年没有研发项目的，不必报这张表。")
        return self.hand_in({str(n): line for n, line in enumerate(draft.lines, 1)}, draft)


def _place(c: Complaint, fields: Sequence[Field]) -> str:
    """The cell a complaint is shown at; of one about the whole sheet the first."""
    return f"c-{c.line or 1}-{c.field or next(iter(c.fields), fields[0].name)}"


def _written(f: Field, text: str) -> str:
    """A sound whole number with thousands commas; anything else as it was typed."""
    return format.number(int(text)) if f.type == "integer" and text.isascii() and text.isdigit() else text


@needs("file")
def fill_lines(request: HttpRequest, organisation: int, form: str, period: str) -> HttpResponse:
    """The table; a post keeps it, and with `submit` checks it and hands it in."""
    desk = LinesDesk(request, organisation, form, period)
    if not desk.form.lines:
        raise Http404
    try:
        return desk.posted() if request.method == "POST" else desk.page("check" in request.GET)
    except Refused as refused:
        return desk.page(refused=refused)


_WHERE = "report/<int:organisation>/<slug:form>/<str:period>/lines/"
urls = [
    path(_WHERE, fill_lines, name="fill_lines"),
    path(f"{_WHERE}save/", require_POST(fill_save), {"opened": LinesDesk}, name="fill_lines_save"),
]
