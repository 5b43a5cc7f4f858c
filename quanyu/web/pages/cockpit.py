"""`/plan/`: the cockpit on screen, wall and paper, and its files."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from quanyu.decisions import reads as decisions
from quanyu.pagekit import charts, format
from quanyu.pagekit.tables import respond, send
from quanyu.people.reads import banner
from quanyu.plan.access import needs
from quanyu.plan.reads import registry
from quanyu.web.cockpit import Cockpit


def _cockpit(request: HttpRequest) -> Cockpit:
    judged = decisions.assessment(request.GET.get("period") or None)
    return Cockpit(registry(), judged, request.GET.get("show") == "slow")


@needs("plan")
def cockpit(request: HttpRequest) -> HttpResponse:
    return render(request, "web/cockpit.html", {"cockpit": _cockpit(request), "periods": decisions.assessments()})


@needs("plan")
def cockpit_file(request: HttpRequest, suffix: str) -> HttpResponse:
    found = _cockpit(request)
    name = f"{_('主要指标完成情况')}-{found.judged.period}"
    if suffix == "svg":
        rows = [(p.titled, p.value, p.verdict.progress, p.verdict.due, p.lamp) for p in found.rows]
        title = _("主要指标完成情况（%(period)s）") % {"period": format.period(found.judged.period)}
        return send(charts.document(charts.bullets(rows, " · ".join(filter(None, (title, banner()))))), name, "svg")
    if suffix == "json":
        verdicts = [p.verdict.to_dict() for p in found.rows]
        return JsonResponse({"banner": banner(), "period": str(found.judged.period), "verdicts": verdicts})
    return respond(found.table(), name, suffix, banner())
