"""`/exceptions/`: what the office should look at before a period is locked, one report at a time."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quanyu.bureaus.reporting.acts import exceptions as acts
from quanyu.bureaus.reporting.models import Window
from quanyu.bureaus.reporting.reads import exceptions as reads
from quanyu.bureaus.reporting.reads.exceptions import Month
from quanyu.bureaus.reporting.reads.followups import followed
from quanyu.bureaus.reporting.reads.window import waffle, window
from quanyu.facts import reads as facts
from quanyu.facts.models import Report
from quanyu.measures.periods import BadPeriod, Period
from quanyu.pagekit import format
from quanyu.plan.access import needs, permit_of, reader
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused


def month_asked(request: HttpRequest) -> Month:
    """The form and period an address asks for; else what is collected now, else what was reported last."""
    if not (permit_of(request).everywhere("collect") and permit_of(request).everywhere("reports")):
        raise PermissionDenied(_("异常审核和跟踪调度只对能查看全部企业的角色开放。"))
    known, asked = registry(), request.POST or request.GET
    forms = [f.key for f in known.forms.values() if f.reporters and not f.lines and not f.edition_of]
    held = Window.objects.filter(form__in=forms).exclude(state=Window.State.LOCKED).first()
    key = asked.get("form") or (held.form if held else next(iter(forms), ""))
    given = asked.get("period") or (held.period if held and held.form == key else next(iter(facts.periods_of(key)), ""))
    try:
        period = Period.parse(given)
    except BadPeriod:
        raise Http404 from None
    if key not in forms or period.kind != known.forms[key].period:
        raise Http404
    return Month(known, known.form(key, str(period)), period, timezone.localdate())


def address(month: Month, name: str = "exceptions", **more: object) -> str:
    return f"{reverse(name)}?{urlencode({'form': month.form.key, 'period': str(month.period)} | more)}"


@needs("collect")
def exceptions(request: HttpRequest) -> HttpResponse:
    return _page(request, month_asked(request), request.GET.get("item", ""))


def _page(request: HttpRequest, month: Month, asked: str, refusal: Refused | None = None) -> HttpResponse:
    """The queue beside the report asked for, or the worst one."""
    rows = [(d, address(month, item=d.report.pk)) for d in month.queue]
    place = next((n for n, (d, _href) in enumerate(rows) if str(d.report.pk) == asked), 0)
    item, held = rows[place][0] if rows else None, window(month.form.key, month.period)
    mine = [v for v in month.verdicts.values() if v.by_id == reader(request).pk]
    context = {
        "month": month, "rows": rows, "item": item, "place": place, "refusal": refusal,
        "before": rows[place - 1][1] if place else "", "after": rows[place + 1][1] if place + 1 < len(rows) else "",
        "locked": held is not None and held.state == Window.State.LOCKED,
        "passed": sum(month.passed(r) for r in month.reports),
        "may_undo": mine and max(mine, key=lambda v: v.pk).passed,
        "title": f"{format.tr(month.form.label)} · {format.period(month.period)}",
    }  # fmt: skip
    if item is not None:
        firm = item.report.organisation
        context["courses"] = reads.courses(month.registry, month.form.key, str(month.period), firm)
        context |= {"why": request.POST.get("why") or item.suggested, "followed": firm.pk in followed()}
    else:
        context["missing"] = sum(square.open for square in waffle(month.form, month.period))
    return render(request, "reporting/exceptions.html", context, status=409 if refusal else 200)


@require_POST
@needs("collect")
def exceptions_do(request: HttpRequest, verb: str, pk: int = 0) -> HttpResponse:
    """Pass a report (its row's id) or give it back, and show the next; pass all clean ones; undo what was passed."""
    month, typed, who = month_asked(request), request.POST, {"by": reader(request), "at": timezone.now()}
    key, period = month.form.key, str(month.period)
    rows = Report.objects.select_related("organisation").filter(form=key, period=period, line="")
    report = get_object_or_404(rows, pk=pk) if verb in ("pass", "return") else None
    queue = [d.report.pk for d in month.queue]
    after = queue.index(pk) + 1 if pk in queue else 0
    item = next(iter([*queue[after:], *queue]), 0)
    try:
        if report and verb == "pass":
            acts.let_pass(report, why=typed.get("remark", ""), **who)
            told = _("已放行：%(firm)s。") % {"firm": report.organisation}
        elif report:
            acts.give_back(month.form, report, why=typed.get("why", ""), **who)
            told = _("已退回：%(firm)s，并已通知企业。") % {"firm": report.organisation}
        elif verb == "clean":
            told = _("已批量放行 %(n)s 份。") % {"n": acts.pass_clean(month, **who)}
        elif verb == "undo":
            undone = [v.organisation_id for v in acts.undo_pass(key, period, **who)]
            item = next((r.pk for r in month.reports if r.organisation_id in undone), 0)
            told = _("已撤销放行 %(n)s 份。") % {"n": len(undone)}
        else:
            raise Http404
    except Refused as refusal:
        return _page(request, month_asked(request), str(pk), refusal)
    messages.success(request, told)
    return redirect(address(month, item=item))


urls = [
    path("exceptions/", exceptions, name="exceptions"),
    path("exceptions/<int:pk>/<slug:verb>/", exceptions_do, name="exception_do"),
    path("exceptions/<slug:verb>/", exceptions_do, name="exceptions_do"),
]
