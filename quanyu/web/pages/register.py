"""`/orgs/`, `/reports/`: who is here and what they reported."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from quanyu.facts.models import Report
from quanyu.pagekit.tables import respond
from quanyu.people.models import Organisation
from quanyu.people.reads import banner
from quanyu.plan.access import demand, needs, permit_of
from quanyu.plan.reads import registry
from quanyu.web.register import RECENT, Dossier, organisation_desk
from quanyu.web.reports import ReportDesk, ReportSheet


@needs("organisations")
def organisations(request: HttpRequest, suffix: str = "") -> HttpResponse:
    desk = organisation_desk(request.GET, registry(), permit_of(request), timezone.localdate())
    if suffix:
        return respond(desk.table(), desk.title, suffix, banner())
    return render(request, "web/organisations.html", {"desk": desk})


@needs("organisations")
def organisation(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "web/organisation.html", {"dossier": _dossier(request, pk, "organisations")})


def _dossier(request: HttpRequest, pk: int, area: str, most: int | None = RECENT) -> Dossier:
    """An organisation, for those to whom a page area is open for it."""
    found = get_object_or_404(Organisation.objects.select_related("area", "parent"), pk=pk)
    return Dossier(registry(), found, demand(request, area, found), timezone.localdate(), most)


@needs("organisations")
def titles_file(request: HttpRequest, pk: int, suffix: str) -> HttpResponse:
    held = _dossier(request, pk, "organisations")
    return respond(held.titles, f"{held.organisation.name}-{held.titles.title}", suffix, banner())


@needs("organisations")
def filed_file(request: HttpRequest, pk: int, suffix: str) -> HttpResponse:
    """Everything an organisation has filed, not only the latest that its page lists."""
    held = _dossier(request, pk, "reports", most=None)
    return respond(held.reports, f"{held.organisation.name}-{_('报表')}", suffix, banner())


@needs("reports")
def reports(request: HttpRequest, suffix: str = "") -> HttpResponse:
    page = ReportDesk(request.GET, registry(), permit_of(request))
    if suffix:
        return respond(page.desk.table(), page.desk.title, suffix, banner())
    return render(request, "web/reports.html", {"page": page})


@needs("reports")
def report(request: HttpRequest, pk: int, suffix: str = "") -> HttpResponse:
    found = get_object_or_404(Report.objects.select_related("organisation", "filed_by"), pk=pk)
    demand(request, "reports", found.organisation)
    sheet = ReportSheet(registry(), found)
    if suffix:
        table = sheet.coded(request.GET.get("view", "")) or sheet.table
        return respond(table, table.title, suffix, banner())
    return render(request, "web/report.html", {"sheet": sheet})
