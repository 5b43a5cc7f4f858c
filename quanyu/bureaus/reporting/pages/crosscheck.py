"""`/crosscheck/`: the figures of departments beside those of firms; what no rule explains becomes a letter."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from quanyu.bureaus.reporting.acts import crosscheck as acts
from quanyu.bureaus.reporting.models import Verification
from quanyu.bureaus.reporting.reads import crosscheck as reads
from quanyu.bureaus.reporting.reads.crosscheck import FirmYear
from quanyu.pagekit import charts, format
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, link, respond
from quanyu.people.models import Organisation
from quanyu.people.reads import banner, posts_on
from quanyu.plan.access import needs, permit_of, reader
from quanyu.plan.reads import registry
from quanyu.registry.model import Registry
from quanyu.registry.problem import Refused

STATES = {
    "asks": ("late", later("■ 需核实")), "open": ("warn", later("▲ 核实中")), "told": ("done", later("✓ 已核实")),
    "lacks": ("none", later("○ 未供全")), "fine": ("ok", later("● 无异常")),
}  # fmt: skip


def _year(request: HttpRequest, known: Registry) -> tuple[int, list[int]]:
    """The year asked for, or the latest with figures of departments; all of them."""
    years, asked = reads.years(known) or [timezone.localdate().year - 1], request.GET.get("year", "")
    return int(asked) if asked.isdecimal() and int(asked) in years else years[0], years


def _desk(request: HttpRequest, known: Registry) -> Desk:
    year, years = _year(request, known)
    rows, calibers = reads.crosscheck(known, year), [c for c in known.calibers.values() if not c.beside]
    unit = tr(reads.unit_of(known, calibers[0]).label)

    def plot(row: FirmYear) -> str:
        held = [(tr(r.caliber.label), row.amount(r.figure), None) for r in row.reckoned]
        told = "，".join(f"{name} {format.number(v)}" for name, v, _l in held if v is not None)
        return charts.dot_line(held, told or _("未供数"))

    def state(row: FirmYear) -> str:
        lamp, words = STATES[row.state]
        if row.letter and row.state in ("open", "told"):
            return format_html('<a class="st {}" href="{}">{}</a>', lamp, reverse("case", args=[row.letter.pk]), words)
        return format_html('<span class="st {}">{}</span>', lamp, words)

    return Desk(
        request.GET,
        rows,
        [
            Column(_("企业"), lambda r: r.organisation.name, width=32, name="name", order=lambda r: r.organisation.name,
                   show=lambda r: link(f"{reverse('crosscheck_firm', args=[r.organisation.pk])}?year={year}",
                                       r.organisation.name)),
            *(Column(tr(c.label), lambda r, n=n: r.amount(r.reckoned[n].figure), unit, places=0, numeric=True,
                     name=c.key, absent=_("未供数"), order=lambda r, n=n: r.reckoned[n].figure or -1)
              for n, c in enumerate(calibers)),
            Column(_("四个口径"), lambda r: "", show=plot, exported=False),
            Column(_("最大未解释差额"), lambda r: r.amount(r.rest), unit, places=0, numeric=True, name="rest",
                   order=lambda r: abs(r.rest or 0)),
            Column(_("出在"), lambda r: tr(r.worst.caliber.label) if r.worst else None, absent="", minor=True),
            Column(_("情况"), lambda r: str(STATES[r.state][1]), show=state, width=12),
        ],
        title=_("%(year)s年各口径研发费用") % {"year": year},
        filters=[
            Filter("year", _("年度"), [(str(y), str(y)) for y in years], lambda q, v: q, settled=str(year)),
            Filter("state", _("情况"), [(key, str(words)[2:]) for key, (_lamp, words) in STATES.items()],
                   lambda q, v: [r for r in q if r.state == v]),
        ],
        search=lambda q, words: [r for r in q if words in r.organisation.name],
        search_label=_("企业名称"),
        empty=_("还没有部门供数。部门在“部门供数”页上传后，这里自动比对。"),
        downloads=reverse("crosscheck").rstrip("/"),
    )  # fmt: skip


@needs("crosscheck")
def crosscheck(request: HttpRequest, suffix: str = "") -> HttpResponse:
    known = registry()
    desk = _desk(request, known)
    if suffix:
        return respond(desk.table(), desk.title, suffix, banner())
    key = [(c, charts.SERIES[n % len(charts.SERIES)]) for n, c in enumerate(known.calibers.values()) if not c.beside]
    return render(request, "reporting/crosscheck.html", {"desk": desk, "key": key})


@login_required
def firm(request: HttpRequest, organisation: int) -> HttpResponse:
    """One firm's four calibers; a letter is sent from here. Whoever may not see it is not told that it exists."""
    held, known, on, refusal = permit_of(request), registry(), timezone.localdate(), None
    found = Organisation.objects.filter(pk=organisation).first()
    if found is None or not held.may("crosscheck", found):
        raise Http404
    year, years = _year(request, known)
    if request.method == "POST":
        try:
            sent = acts.ask_firm(found, year, request.POST.get("question", ""), by=reader(request), at=timezone.now())
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("核实函已发给企业：%(case)s。") % {"case": sent.case})
            return redirect("case", sent.pk)
    (row,), span = reads.crosscheck(known, year, [found.pk]), range(year - 2, year + 1)
    plotted = [(tr(r.caliber.label), row.amount(r.figure), row.amount(r.lawful)) for r in row.reckoned]
    context = {
        "row": row, "years": years, "figures": row.plain(known, tr), "span": span, "refusal": refusal,
        "letters": Verification.objects.filter(organisation=found, year=year).select_related("case").order_by("-case"),
        "chart": charts.dots(_("研发费用"), plotted, tr(row.unit.label)), "course": reads.course(known, found, span),
        "sources": reads.sources(known, found, year), "reads_reports": held.may("reports", found),
        "may_ask": acts.may_ask(known, request.user, on), "question": request.POST.get("question") or _question(row),
        "seated": posts_on(on).filter(organisation=found, role=acts.firm_party(known).role).exists(),
    }  # fmt: skip
    return render(request, "reporting/crosscheck_firm.html", context, status=409 if refusal else 200)


def _question(row: FirmYear) -> str:
    """What the letter says unless the desk writes something else."""
    names = "、".join(r.caliber.label.zh for r in row.reckoned if r.asks)
    told = f"贵单位{row.year}年{names}口径的研发费用与企业月报推算的数额不一致，差额见附表。"
    return f"{told}请说明原因；数据有误的，请承诺更正日期。"


urls = [
    path("crosscheck/", crosscheck, name="crosscheck"),
    path("crosscheck.<sheet:suffix>", crosscheck, name="crosscheck_file"),
    path("crosscheck/<int:organisation>/", firm, name="crosscheck_firm"),
]
