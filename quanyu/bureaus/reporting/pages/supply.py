"""`/supply/`: departments hand in their files; what a column means is told once and remembered."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from quanyu.bureaus.reporting.acts import supply as acts
from quanyu.bureaus.reporting.models import SuppliedFile
from quanyu.bureaus.reporting.reads import supply as reads
from quanyu.casework.acts.documents import file_name
from quanyu.facts import reads as facts
from quanyu.facts import sheets
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import send
from quanyu.people.models import User
from quanyu.plan.access import needs, permit_of, reader
from quanyu.plan.reads import registry
from quanyu.registry.model import Form
from quanyu.registry.problem import Refused

HISTORY, FAULTS = 30, 100
"""How many files and how many faults of a file a page lists."""


def _forms(request: HttpRequest) -> dict[str, Form]:
    return {f.key: f for f in reads.forms_of(permit_of(request), registry())}


@needs("supply")
def supply(request: HttpRequest) -> HttpResponse:
    """What this department hands in, up to which period it has, and what it handed in before."""
    forms, known, on = _forms(request), registry(), timezone.localdate()
    refusal, typed = None, request.POST
    if request.method == "POST":
        if typed.get("form", "") not in forms:
            raise Http404
        try:
            if "file" not in request.FILES:
                raise Refused("还没有选文件。", "请选择 Excel 或 CSV 文件后再上传。")
            made = acts.hand_in(forms[typed["form"]], typed.get("period", "").strip(), request.FILES["file"],
                                by=reader(request), at=timezone.now())  # fmt: skip
        except Refused as refused:
            refusal = refused
        else:
            return redirect("supply_file", made.pk)
    held = reads.files(list(forms.values()))
    rows = [
        (f, known.roles[f.filled_by], next(iter(facts.periods_of(f.key)), None),
         typed.get("period", "") if refusal and typed.get("form") == f.key else reads.next_period(f, on))
        for f in forms.values()
    ]  # fmt: skip
    unfinished = held.filter(state=SuppliedFile.State.PENDING)
    past = [(s, forms[s.form]) for s in held.exclude(state=SuppliedFile.State.PENDING)[:HISTORY]]
    context = {"rows": rows, "unfinished": [(s, forms[s.form]) for s in unfinished], "past": past, "refusal": refusal,
               "asked": typed.get("form", "")}  # fmt: skip
    return render(request, "reporting/supply.html", context, status=409 if refusal else 200)


def _file(request: HttpRequest, pk: int) -> tuple[SuppliedFile, Form]:
    """A file of a form that this person may hand in; any other does not exist for them."""
    forms = _forms(request)
    found = get_object_or_404(SuppliedFile.objects.filter(form__in=forms), pk=pk)
    return found, forms[found.form]


@needs("supply")
def supply_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A file just handed in: what its columns mean, then what would be loaded, then load it."""
    (file, form), by, at = _file(request, pk), reader(request), timezone.now()
    if file.state != SuppliedFile.State.PENDING:
        return redirect("supply")
    refusal, typed = None, request.POST
    if request.method == "POST":
        try:
            if (done := _do(request, file, form, by, at)) is not None:
                return done
        except Refused as refused:
            refusal = refused
    with reads.laid_out(file.name, bytes(file.content or b"")) as laid:
        titles = reads.titles_of(laid, form)
        lines = titles.lines
    context: dict[str, Any] = {"file": file, "form": form, "titles": titles, "refusal": refusal, "typed": typed}
    if not titles.clear or "map" in request.GET or typed.get("verb") == "map":
        names = {n: words[0] for n, words in (sheets.FIRM | sheets.PERIOD).items()}
        context |= {
            "lines": [(line, typed.get(f"column_{line.number}", line.chosen)) for line in lines],
            "chosen_unit": typed.get("unit", titles.mapping.unit if titles.mapping else ""),
            "names": names.items(), "units": reads.money_units(form, registry()),
        }  # fmt: skip
        return render(request, "reporting/supply_columns.html", context, status=409 if refusal else 200)
    outcome = acts.try_file(file, at=at)
    faults = [(p, f"{p.column}{p.row}") for p in outcome.problems if p.row]
    context |= {
        "outcome": outcome, "whole": [p for p in outcome.problems if not p.row], "faults": faults[:FAULTS],
        "more": max(0, len(faults) - FAULTS), "good": outcome.rows - outcome.refused,
    }  # fmt: skip
    return render(request, "reporting/supply_file.html", context, status=409 if refusal else 200)


def _do(request: HttpRequest, file: SuppliedFile, form: Form, by: User, at: Any) -> HttpResponse | None:
    """One of the page's three buttons; None: the page says what still stands against it."""
    typed = request.POST
    match typed.get("verb", ""):
        case "map":
            columns = {int(n.removeprefix("column_")): v for n, v in typed.items()
                       if n.startswith("column_") and n.removeprefix("column_").isdecimal()}  # fmt: skip
            acts.map_columns(file, columns, typed.get("unit", ""), by=by, at=at)
            return redirect("supply_file", file.pk)
        case "drop":
            acts.drop_file(file, by=by, at=at)
            messages.success(request, _("已放弃“%(file)s”，内容已清除。") % {"file": file.name})
        case "load":
            skip, reason = typed.get("skip") == "1", typed.get("reason", "")
            outcome = acts.load_file(file, by=by, at=at, skip_bad=skip, reason=reason)
            if not outcome.loaded:
                return None
            words = {"form": tr(form.label), "new": outcome.new, "corrected": outcome.corrected,
                     "same": outcome.unchanged, "refused": outcome.refused}  # fmt: skip
            told = _("“%(form)s”：新报 %(new)s 行，更正 %(corrected)s 行，相同 %(same)s 行，未载入 %(refused)s 行。")
            messages.success(request, told % words)
        case _:
            raise Http404
    return redirect("supply")


@needs("supply")
def supply_refused(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows of a file that were not loaded, each with what is wrong with it."""
    file, _form = _file(request, pk)
    if file.refused is None:
        raise Http404
    return send(bytes(file.refused), f"{file_name(file.name)}-未载入", "csv")


urls = [
    path("supply/", supply, name="supply"),
    path("supply/<int:pk>/", supply_file, name="supply_file"),
    path("supply/<int:pk>/refused.csv", supply_refused, name="supply_refused"),
]
