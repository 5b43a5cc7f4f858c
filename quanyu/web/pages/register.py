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
from quanyu.web.register import Dossier, organisation_desk
from quanyu.web.reports import ReportDesk, ReportSheet


@needs("organisations")
def organisations(request: HttpRequest) -> HttpResponse:
    desk = organisation_desk(request.GET, registry(), permit_of(request), timezone.localdate())
    return render(request, "web/organisations.html", {"desk": desk})


@needs("organisations")
def organisations_file(request: HttpRequest, suffix: str) -> HttpResponse:
    desk = organisation_desk(request.GET, registry(), permit_of(request), timezone.localdate())
    return respond(desk.table(), _("组织"), suffix, banner())


@needs("organisations")
def organisation(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Organisation.objects.select_related("area", "parent"), pk=pk)
    held = demand(request, "organisations", found)
    dossier = Dossier(registry(), found, held, timezone.localdate())
    return render(request, "web/organisation.html", {"dossier": dossier})


@needs("organisations")
def titles_file(request: HttpRequest, pk: int, suffix: str) -> HttpResponse:
    found = get_object_or_404(Organisation, pk=pk)
    held = demand(request, "organisations", found)
    table = Dossier(registry(), found, held, timezone.localdate()).titles
    return respond(table, f"{found.name}-{table.title}", suffix, banner())


@needs("organisations")
def filed_file(request: HttpRequest, pk: int, suffix: str) -> HttpResponse:
    """Everything an organisation has filed, not only the latest that its page lists."""
    found = get_object_or_404(Organisation, pk=pk)
    held = demand(request, "reports", found)
    table = Dossier(registry(), found, held, timezone.localdate(), most=None).reports
    return respond(table, f"{found.name}-{_('报表')}", suffix, banner())


@needs("reports")
def reports(request: HttpRequest) -> HttpResponse:
    return render(request, "web/reports.html", {"page": ReportDesk(request.GET, registry(), permit_of(request))})


@needs("reports")
def reports_file(request: HttpRequest, suffix: str) -> HttpResponse:
    desk = ReportDesk(request.GET, registry(), permit_of(request)).desk
    return respond(desk.table(), desk.title, suffix, banner())


def _sheet(request: HttpRequest, pk: int) -> ReportSheet:
    found = get_object_or_404(Report.objects.select_related("organisation", "filed_by"), pk=pk)
    demand(request, "reports", found.organisation)
    return ReportSheet(registry(), found)


@needs("reports")
def report(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "web/report.html", {"sheet": _sheet(request, pk)})


@needs("reports")
def report_file(request: HttpRequest, pk: int, suffix: str) -> HttpResponse:
    table = _sheet(request, pk).table
    return respond(table, table.title, suffix, banner())
