"""`/plan/`: the cockpit on screen, wall and paper, and its files."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from quanyu.decisions import reads as decisions
from quanyu.pagekit import charts, format
from quanyu.pagekit.tables import respond, send
from quanyu.people.reads import banner
from quanyu.plan.access import needs
from quanyu.plan.reads import registry
from quanyu.web.cockpit import Cockpit
from quanyu.web.frame import judged_as_asked


def _cockpit(request: HttpRequest) -> Cockpit:
    return Cockpit(registry(), judged_as_asked(request), request.GET.get("show") == "slow")


@needs("plan")
def cockpit(request: HttpRequest) -> HttpResponse:
    found = _cockpit(request)
    changed = [a.since for a in found.registry.amendments.values() if a.since <= timezone.localdate()]
    context = {
        "cockpit": found, "periods": decisions.assessments(), "amended": len(changed),
        "stood_on": min(changed) - dt.timedelta(days=1) if changed else None,
    }  # fmt: skip
    return render(request, "web/cockpit.html", context)


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
