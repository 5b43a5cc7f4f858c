"""What became of a report: every version and every cell of it; and what the firm gets back for it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils import timezone

from quanyu.bureaus.reporting.reads import submission as reads
from quanyu.bureaus.reporting.reads.access import may_fill, may_read
from quanyu.bureaus.reporting.reads.feedback import feedback as feedback_of
from quanyu.bureaus.reporting.reads.versions import rows, versions
from quanyu.facts.acts.reports import clean_period
from quanyu.people.models import Organisation
from quanyu.plan.access import needs, permit_of, reader
from quanyu.plan.reads import registry
from quanyu.registry.model import Form
from quanyu.registry.problem import Refused

SHOWN = 8
"""How many of the latest versions stand beside each other."""


def _asked(request: HttpRequest, organisation: int, form: str, period: str) -> tuple[Organisation, Form, str]:
    """What an address is about, for those who may read it; for everybody else there is no such page."""
    firm, known = get_object_or_404(Organisation, pk=organisation), registry()
    if form not in known.forms or not may_read(permit_of(request), firm):
        raise Http404
    try:
        return firm, known.form(form, period), clean_period(known.forms[form], period)
    except Refused:
        raise Http404 from None


@needs("reports")
def history(request: HttpRequest, organisation: int, form: str, period: str) -> HttpResponse:
    """Who put which version there, when and why; below it every cell over the versions."""
    firm, kind, period = _asked(request, organisation, form, period)
    held = versions(kind.key, firm, period)[-SHOWN:]
    lines = rows(registry(), kind, [v.content for v in held]) if held else []
    every = not kind.lines or "all" in request.GET
    people = ("submitted_by", "confirmed_by", "ended_by")
    handed = list(reads.submissions(kind.key, firm, period).select_related(*people))
    context = {
        "firm": firm, "form": kind, "period": period, "versions": held[::-1], "every": every,
        "rows": [row for row in lines if every or any(row.changed)], "changes": sum(any(r.changed) for r in lines),
        "handed": [(s, reads.state_words(s)) for s in handed], "receipts": {s.number for s in handed},
        "columns": held, "fills": may_fill(reader(request), firm, kind, timezone.localdate()),
    }  # fmt: skip
    return render(request, "reporting/history.html", context)


@needs("reports")
def feedback(request: HttpRequest, organisation: int, form: str, period: str) -> HttpResponse:
    """The firm's own course, its place among others, and the distance to policies."""
    firm, kind, period = _asked(request, organisation, form, period)
    if kind.lines:
        raise Http404
    sheet = feedback_of(registry(), kind, firm, period, timezone.localdate())
    return render(request, "reporting/feedback.html", {"sheet": sheet})


_WHERE = "report/<int:organisation>/<slug:form>/<str:period>/"
urls: list[URLPattern] = [
    path(f"{_WHERE}history/", history, name="fill_history"),
    path(f"{_WHERE}feedback/", feedback, name="feedback"),
]
