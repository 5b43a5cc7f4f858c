"""`/followups/`: the firms that are followed up, promises that were not kept first, and those that should be."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quanyu.bureaus.reporting.acts import followups as acts
from quanyu.bureaus.reporting.pages.exceptions import address, month_asked
from quanyu.bureaus.reporting.reads import followups as reads
from quanyu.bureaus.reporting.reads.exceptions import Month
from quanyu.bureaus.reporting.reads.followups import FollowLine
from quanyu.facts import reads as facts
from quanyu.pagekit import format
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.tables import Column, link, respond
from quanyu.people.models import Organisation
from quanyu.people.reads import banner
from quanyu.plan.access import needs, reader
from quanyu.registry.problem import Refused


def _desk(request: HttpRequest, month: Month) -> Desk:
    lines = sorted((FollowLine(row, month.registry, month.on) for row in reads.followups()), key=lambda n: n.rank)

    def by(name: str, label: str, of: Callable[[FollowLine], str]) -> Filter:
        choices = [(said, said) for said in sorted({of(n) for n in lines}) if said]
        return Filter(name, label, choices, lambda rows, v: [n for n in rows if of(n) == v])

    def area(n: FollowLine) -> str:
        return str(n.row.organisation.area or "")

    def industry(n: FollowLine) -> str:
        return format.named(month.registry.industries, n.row.organisation.industry)

    return Desk(
        request.GET,
        lines,
        [
            Column(_("企业"), lambda n: n.row.organisation.name, width=32, name="firm",
                   order=lambda n: n.row.organisation.name,
                   show=lambda n: link(reverse("case", args=[n.row.pk]), n.row.organisation.name)),
            Column(_("园区（乡镇）"), area, absent="", width=16, minor=True),
            Column(_("行业"), industry, width=16, minor=True),
            Column(_("时期"), lambda n: format.period(n.row.period), width=12, minor=True),
            Column(_("列入缘由"), lambda n: n.row.why, width=46),
            Column(_("原因"), lambda n: n.cause, width=18),
            Column(_("走访"), lambda n: n.row.visited_on, absent=_("未走访"), width=12, name="visited",
                   order=lambda n: str(n.row.visited_on or "")),
            Column(_("承诺"), lambda n: n.row.promised_on, show=lambda n: n.promise.html, absent="", width=14,
                   name="promised", order=lambda n: n.rank),
            Column(_("责任人"), lambda n: n.officer, width=14),
            Column(_("状态"), lambda n: str(n.case.state), show=lambda n: n.case.state.html, width=14),
            Column(_("结果"), lambda n: n.result, width=18, absent=""),
        ],
        title=_("跟踪名单"),
        filters=[
            Filter("state", _("状态"), [("open", _("跟踪中")), ("late", _("承诺逾期")), ("closed", _("已办结"))],
                   lambda rows, v: [n for n in rows if (n.overdue if v == "late" else n.closed == (v == "closed"))],
                   settled="open"),
            by("area", _("园区（乡镇）"), area), by("industry", _("行业"), industry),
            by("officer", _("责任人"), lambda n: n.officer),
        ],
        search=lambda rows, words: [n for n in rows if words in n.row.organisation.name],
        search_label=_("企业名称"),
        empty=_("现在没有跟踪中的企业。可从下面的建议名单列入。"),
        downloads=reverse("followups").rstrip("/"),
    )  # fmt: skip


@needs("collect")
def followups(request: HttpRequest, suffix: str = "") -> HttpResponse:
    month = month_asked(request)
    if suffix:
        return respond(_desk(request, month).table(), _("跟踪名单"), suffix, banner())
    return _page(request, month)


def _page(request: HttpRequest, month: Month, refusal: Refused | None = None) -> HttpResponse:
    asked = request.GET.get("firm", "")
    firm = _concerned(month).filter(pk=asked).exclude(pk__in=reads.followed()).first() if asked.isdecimal() else None
    context = {"desk": _desk(request, month), "month": month, "proposed": reads.candidates(month), "firm": firm}
    context["refusal"] = refusal
    return render(request, "reporting/followups.html", context, status=409 if refusal else 200)


def _concerned(month: Month) -> QuerySet[Organisation]:
    """The firms that must file this month, or did."""
    due = facts.expected(month.form, month.period).values("pk")
    filed = facts.filed(month.form.key, month.period).values("organisation")
    return Organisation.objects.filter(Q(pk__in=due) | Q(pk__in=filed)).order_by("pk")


@require_POST
@needs("collect")
def followups_open(request: HttpRequest) -> HttpResponse:
    """Put firms on the list: those proposed with their reason, any other that must report with the words typed."""
    month, typed = month_asked(request), request.POST
    chosen = [int(pk) for pk in typed.getlist("firm") if pk.isdecimal()]
    known = {firm.pk: why for firm, why in reads.candidates(month).items()}
    said = typed.get("why", "").strip() or _("人工列入")
    try:
        rows = {firm: known.get(firm.pk, said) for firm in _concerned(month).filter(pk__in=chosen)}
        made = acts.follow_up(rows, month.form.key, str(month.period), by=reader(request), at=timezone.now())
    except Refused as refusal:
        return _page(request, month, refusal)
    messages.success(request, _("已列入跟踪 %(n)s 家。") % {"n": len(made)})
    item = typed.get("item", "")
    return redirect(address(month, item=item) if item.isdecimal() else address(month, "followups"))


urls = [
    path("followups/", followups, name="followups"),
    path("followups.<sheet:suffix>", followups, name="followups_file"),
    path("followups/open/", followups_open, name="followups_open"),
]
