"""`/report/…/lines/`: a form of many lines, one a project: as a table, pasted from Excel, or read from a file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from quanyu.bureaus.reporting.acts.draft import save_draft
from quanyu.bureaus.reporting.acts.submission import submit
from quanyu.bureaus.reporting.models import Draft, Submission
from quanyu.bureaus.reporting.pages.filling import desk, laid_out, uploaded
from quanyu.bureaus.reporting.reads import lines as reads
from quanyu.bureaus.reporting.reads.checks import complaints
from quanyu.bureaus.reporting.reads.submission import state_words
from quanyu.bureaus.reporting.reads.window import due_on, may_file
from quanyu.casework.words import left_until, soon_days
from quanyu.facts.cells import Complaint
from quanyu.pagekit import format
from quanyu.pagekit.format import named
from quanyu.people.models import User
from quanyu.plan.access import needs
from quanyu.plan.reads import registry
from quanyu.registry.model import Field
from quanyu.registry.problem import Refused

CELL = re.compile(r"c-([0-9]{1,4})-([a-z_]+)")
SPARE = 3
"""Empty lines below the last; asking for more gives five."""


@dataclass
class Cell:
    """One cell of a line on the page; `found`: what is wrong with it or to be explained."""

    field: Field
    number: int
    text: str
    found: Sequence[Complaint] = ()

    @property
    def id(self) -> str:
        return f"c-{self.number}-{self.field.name}"

    @property
    def wrong(self) -> bool:
        return any(c.mood == "wrong" for c in self.found)


class Desk:
    """One firm's lines for a year: what is typed, checked, kept and handed in here."""

    def __init__(self, request: HttpRequest, organisation: int, form: str, period: str) -> None:
        self.request = request
        self.organisation, self.form, self.period = desk(request, organisation, form, period)
        if not self.form.lines:
            raise Http404
        assert isinstance(request.user, User)
        self.user, self.on = request.user, timezone.localdate()
        self.held = reads.working_lines(registry(), self.form, self.organisation, self.period)
        rows = Submission.objects.filter(organisation=self.organisation, form=self.form.key, period=self.period)
        self.last = rows.first()
        self.closed = may_file(self.form, self.organisation, self.period, self.on)
        self.correcting = bool(self.closed and self.last and self.last.state == Submission.State.FILED)
        self.on_file = bool(reads.filed_lines(self.form.key, self.organisation, self.period))
        self.spare, self.refused = (8 if "more" in request.GET else SPARE), None

    @property
    def open(self) -> bool:
        return not self.closed or self.correcting

    @property
    def here(self) -> str:
        return reverse("fill_lines", args=(self.organisation.pk, self.form.key, self.period))

    def typed(self, given: Mapping[str, Any]) -> list[reads.Line]:
        """The lines of a posted page, in order: those ticked to go and empty ones left out, a pasted block behind."""
        kept = [reads.as_line(self.form, cells) for n, cells in _cells(given) if not given.get(f"drop-{n}")]
        rows = [line for line in kept if line] + reads.pasted(self.form, str(given.get("paste", "")))
        if len(rows) > reads.MOST:
            raise Refused(f"一张表最多 {reads.MOST} 行，现在有 {len(rows)} 行。", "请合并或分批核对后再填。")
        return rows

    def notes(self, given: Mapping[str, Any]) -> dict[str, str]:
        return {**self.held.notes, **{n[2:]: str(s)[:300] for n, s in given.items() if n.startswith("n-")}}

    def keep(self, rows: Sequence[reads.Line], given: Mapping[str, Any]) -> Draft:
        if not self.open:
            raise Refused(self.closed)
        base = str(given.get("base", ""))
        return save_draft(
            self.form, self.organisation, self.period, cells={}, lines=rows, notes=self.notes(given), by=self.user,
            at=timezone.now(), base=int(base) if base.isdecimal() else None,
        )  # fmt: skip

    def check(self, rows: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], list[Complaint]]:
        return complaints(registry(), self.form, self.organisation, self.period, {}, lines=rows, on=self.on)

    def page(self) -> HttpResponse:
        """The table; after a refusal with everything that was typed."""
        request, given, every = self.request, self.request.POST, reads.typed(self.form)
        rows, notes = self.held.rows, self.held.notes
        if self.refused and "base" in given:
            rows, notes = [line for _n, line in _cells(given) if any(line.values())], self.notes(given)
        used = {name for line in rows for name, text in line.items() if text}
        fields = [f for f in every if not f.starred or "starred" in request.GET or f.name in used]
        found = self.check(rows)[1] if "check" in request.GET and rows else []
        by_cell: dict[tuple[int, str], list[Complaint]] = {}
        for c in found:
            by_cell.setdefault((c.line, c.field or next(iter(c.fields), "")), []).append(c)
        lines = [
            [Cell(f, n, _shown(f, str(line.get(f.name, ""))), by_cell.get((n, f.name), ())) for f in fields]
            for n, line in enumerate([*rows, *({} for _n in range(self.spare if self.open else 0))], 1)
        ]
        ordered = sorted(found, key=lambda c: c.mood == "unwise")
        asked = {c.code: (c.message, notes.get(c.code, "")) for c in ordered if c.mood == "unwise"}
        due = due_on(self.form, self.period, self.organisation)
        context = {
            "desk": self, "form": self.form, "organisation": self.organisation, "lines": lines, "count": len(rows),
            "heads": [(f, named(registry().units, f.unit, "")) for f in fields], "asked": asked,
            "problems": [(c, f"#c-{c.line or 1}-{c.field or next(iter(c.fields), fields[0].name)}") for c in ordered],
            "more": len(fields) < len(every), "wrong": sum(c.mood == "wrong" for c in found), "checked": "check" in request.GET and not self.refused,
            "state": state_words(self.last) if self.last else "", "left": left_until(due, self.on, soon_days(registry())),
            "reason": given.get("reason", ""), "paste": given.get("paste", "") if self.refused else "",
        }  # fmt: skip
        return render(request, "reporting/lines.html", context, status=409 if self.refused else 200)

    def hand_in(self, draft: Draft) -> HttpResponse:
        """Check, and hand in when nothing is left to say; else back to the page with what is."""
        clean, found = self.check(draft.lines)
        if not draft.lines:
            raise Refused("一个项目也没有填，不能报送。", "当年没有研发项目的，不必报这张表。")
        if any(c.mood == "wrong" or not draft.notes.get(c.code, "") for c in found):
            return redirect(f"{self.here}?check=1#problems")
        made = submit(
            registry(), self.form, self.organisation, self.period, content=clean, by=self.user, at=timezone.now(),
            notes=draft.notes, reason=self.request.POST.get("reason", ""), correction=self.correcting,
        )  # fmt: skip
        return redirect("receipt", made.number)


def _shown(f: Field, text: str) -> str:
    """A sound whole number with thousands commas; anything else as it was typed."""
    return format.number(int(text)) if f.type == "integer" and text.isascii() and text.isdigit() else text


def _cells(given: Mapping[str, Any]) -> list[tuple[int, dict[str, str]]]:
    """The cells that a page sent, line by line in order."""
    lines: dict[int, dict[str, str]] = {}
    for name, text in given.items():
        if match := CELL.fullmatch(name):
            lines.setdefault(int(match[1]), {})[match[2]] = str(text)
    return sorted(lines.items())


@needs("file")
def fill_lines(request: HttpRequest, organisation: int, form: str, period: str) -> HttpResponse:
    """The table. A post keeps it (as JSON: autosave), adds lines, reads a file, or checks and hands in."""
    at = Desk(request, organisation, form, period)
    if request.method != "POST":
        return at.page()
    if request.content_type == "application/json":
        return _autosave(at)
    given = request.POST
    try:
        rows = at.typed(given)
        if given.get("do") == "upload":
            kept = uploaded(request)
            with laid_out(kept) as file:
                read = reads.read_lines(at.form, file, registry())
            at.keep([*rows, *read], given)
            messages.success(
                request, _("已从“%(name)s”读入 %(n)s 行，请核对后报送。") % {"name": kept.name, "n": len(read)}
            )
            return redirect(f"{at.here}?check=1")
        draft = at.keep(rows, given)
        if given.get("do") == "submit":
            return at.hand_in(draft)
    except Refused as refused:
        at.refused = refused
        return at.page()
    if given.get("do") != "more":
        messages.success(request, _("已暂存 %(n)s 行。填完后请“审核并报送”。") % {"n": len(rows)})
    return redirect(at.here + ("?more=1" if given.get("do") == "more" else ""))


def _autosave(at: Desk) -> HttpResponse:
    try:
        given = json.loads(at.request.body)
        draft = at.keep(at.typed(given), given)
    except (ValueError, AttributeError):
        return JsonResponse({"sentence": _("没有看懂送来的内容。")}, status=400)
    except Refused as refused:
        return JsonResponse({"sentence": refused.sentence, "hint": refused.hint}, status=409)
    return JsonResponse({"version": draft.version, "at": f"{timezone.localtime(draft.saved_at):%H:%M}"})


urls = [path("report/<int:organisation>/<slug:form>/<str:period>/lines/", fill_lines, name="fill_lines")]
