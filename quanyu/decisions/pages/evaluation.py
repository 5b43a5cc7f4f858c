"""`/evaluations/`: rounds of evaluation, each as it was frozen; opening one; one's own account; files and the draft."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quanyu.casework import reads as cases
from quanyu.decisions import reads as decisions
from quanyu.decisions.acts import evaluation as acts
from quanyu.decisions.models import Evaluation
from quanyu.decisions.pages.evaluation_index import IndexCard
from quanyu.decisions.pages.evaluation_report import report
from quanyu.decisions.reads import evaluation as reads
from quanyu.pagekit import format
from quanyu.pagekit.documents import answer
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, Table, respond
from quanyu.people.reads import banner
from quanyu.plan.access import needs, reader
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused


@needs("assess")
def evaluations(request: HttpRequest) -> HttpResponse:
    """All rounds; those who run them open a new one here."""
    user, known, given, refusal = reader(request), registry(), request.POST, None
    if request.method == "POST":
        try:
            row = acts.open_round(given.get("kind", ""), given.get("period", ""), by=user, at=timezone.now())
            return redirect("evaluation", row.pk)
        except Refused as refused:
            refusal = refused
    context = {
        "views": [reads.RoundView(row) for row in reads.rounds()], "kinds": known.evaluations.values(),
        "periods": [p for p in decisions.assessments() if p.end <= known.plan.ends_on], "refusal": refusal,
        "given": given, "may_open": acts.may_open(user, timezone.localdate()),
    }  # fmt: skip
    return render(request, "decisions/evaluations.html", context, status=409 if refusal else 200)


def _view(pk: int) -> reads.RoundView:
    return reads.RoundView(get_object_or_404(Evaluation.objects.select_related("case"), pk=pk))


def _page(request: HttpRequest, view: reads.RoundView, refusal: Refused | None = None) -> HttpResponse:
    user, on, case = reader(request), timezone.localdate(), view.row.case
    awaited = case.opinions.filter(answered_at=None, withdrawn_at=None)
    context: dict[str, Any] = {
        "view": view, "case": case, "cards": [IndexCard(s, view.registry) for s in view.sums],
        "tallies": [(view.main, view.main_counts), (view.judgements, view.counts(view.judgements)),
                    (view.tasks, view.counts(view.tasks))],
        "mine": [o for o in awaited if cases.may_answer(o, user, on)], "refusal": refusal, "given": request.POST,
        "may_open_case": cases.may_see(case, user, on),
    }  # fmt: skip
    return render(request, "decisions/evaluation.html", context, status=409 if refusal else 200)


@needs("assess")
def evaluation(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _view(pk))


@needs("assess")
@require_POST
def evaluation_self(request: HttpRequest, pk: int, opinion: int) -> HttpResponse:
    """A unit's own account; what was typed stays on the page when it is refused."""
    view, given = _view(pk), request.POST
    asked = get_object_or_404(view.row.case.opinions, pk=opinion)
    try:
        words = given.get("score", ""), given.get("text", "")
        acts.assess_self(asked, *words, by=reader(request), at=timezone.now())
    except Refused as refused:
        return _page(request, view, refused)
    return redirect("evaluation", pk)


@needs("assess")
def evaluation_file(request: HttpRequest, pk: int, suffix: str) -> HttpResponse:
    view = _view(pk)
    table = Table([
        Column(_("指标"), lambda j: j.promise.titled, width=40),
        *(Column(str(y), lambda j, n=n: j.course[n], numeric=True) for n, y in enumerate(view.row.body["years"])),
        Column(_("目标值"), lambda j: j.promise.verdict.target, numeric=True, absent=format.UNDEFINED),
        Column(_("完成率"), lambda j: j.promise.rate), Column(_("评价"), lambda j: tr(j.lamp.label)),
        Column(_("理由"), lambda j: tr(j.why), width=60),
    ], view.judgements, str(view.row))  # fmt: skip
    return respond(table, str(view.row), suffix, banner())


@needs("assess")
def evaluation_report(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft report as a Word file in official layout."""
    view = _view(pk)
    return answer(report(view, banner()), f"{view.row.case.title}{_('报告（初稿）')}")


urls = [
    path("evaluations/", evaluations, name="evaluations"),
    path("evaluations/<int:pk>/", evaluation, name="evaluation"),
    path("evaluations/<int:pk>/self/<int:opinion>/", evaluation_self, name="evaluation_self"),
    path("evaluations/<int:pk>.<sheet:suffix>", evaluation_file, name="evaluation_file"),
    path("evaluations/<int:pk>/report.docx", evaluation_report, name="evaluation_report"),
]
