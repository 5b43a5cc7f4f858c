"""`/indicators/`: every number the plan promises, and one page for each, with its files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from quanyu.decisions import reads as decisions
from quanyu.decisions.reads.promises import Promise, promise, promises
from quanyu.pagekit import charts
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, link, respond, send
from quanyu.pagekit.templatetags.pagekit import lamp
from quanyu.people.reads import banner
from quanyu.plan.access import needs, permit_of
from quanyu.plan.reads import registry
from quanyu.web.cockpit import columns as ledger
from quanyu.web.frame import judged_as_asked
from quanyu.web.indicators import IndicatorPage, spark


def _desk(request: HttpRequest) -> tuple[Desk, decisions.Judged]:
    """The list with its columns; files take the ledger's columns instead of lamps and sparklines."""
    defined, judged = registry(), judged_as_asked(request)
    series = decisions.figures(decisions.current_series())
    rows = promises(defined, judged)
    groups = list(dict.fromkeys(p.group for p in rows))
    states = next(iter(defined.lamps.values())).states

    def course(p: Promise) -> str:
        return charts.spark(spark(series, p.indicator, judged.period), _("%(name)s走势") % {"name": p.name})

    shown = [
        Column(_("指标"), lambda p: p.name, name="name", order=lambda p: p.name, exported=False,
               show=lambda p: link(reverse("indicator", args=[p.key]), p.name)),
        Column(_("单位"), lambda p: p.unit_text, exported=False),
        Column(_("分组"), lambda p: p.group, exported=False),
        Column(_("走势"), lambda p: "", show=course, exported=False),
        Column(_("现值"), lambda p: p.verdict.value, show=lambda p: p.value, numeric=True, exported=False),
        Column(_("数据期"), lambda p: p.value_period, exported=False),
        Column(_("目标"), lambda p: p.verdict.target, show=lambda p: p.target, numeric=True, exported=False),
        Column(_("完成率"), lambda p: p.verdict.progress, show=lambda p: p.rate, numeric=True, exported=False,
               name="rate", order=lambda p: -1 if p.verdict.progress is None else p.verdict.progress),
        Column(_("状态"), lambda p: p.verdict.state, show=lambda p: lamp(p.lamp), exported=False),
    ]  # fmt: skip
    files = [replace(c, shown=False) for c in ledger()]
    desk = Desk(
        request.GET, rows, [*shown, *files], title=_("指标库"),
        filters=[
            Filter("kind", _("范围"), [("main", _("主要指标")), ("other", _("正文指标"))],
                   lambda found, v: [p for p in found if p.indicator.main == (v == "main")]),
            Filter("group", _("分组"), [(g, g) for g in groups], lambda found, v: [p for p in found if p.group == v]),
            Filter("state", _("状态"), [(key, f"{s.mark} {tr(s.label)}") for key, s in states.items()],
                   lambda found, v: [p for p in found if p.verdict.state == v]),
        ],
        search=lambda found, words: [p for p in found if _matches(p, words)], search_label=_("指标名称"),
        downloads=reverse("indicators").rstrip("/"),
    )  # fmt: skip
    return desk, judged


def _matches(p: Promise, words: str) -> bool:
    label, quantity = p.indicator.label, p.registry.quantities.get(p.indicator.quantity)
    texts = [p.key, label.zh, label.en, p.owner, *(quantity.aliases if quantity else ())]
    return all(any(w in t.lower() for t in texts) for w in words.lower().split())


@needs("indicators")
def indicators(request: HttpRequest, suffix: str = "") -> HttpResponse:
    desk, judged = _desk(request)
    if suffix:
        return respond(desk.table(), f"{_('指标库')}-{judged.period}", suffix, banner())
    return render(request, "web/indicators.html", {"desk": desk, "judged": judged})


def _page(request: HttpRequest, key: str) -> IndicatorPage:
    defined = registry()
    if key not in defined.indicators:
        raise Http404(key)
    judged = judged_as_asked(request)
    if key not in judged.verdicts:
        raise Http404(key)
    series, outlook = decisions.figures(decisions.current_series()), decisions.forecast(key, judged.period)
    return IndicatorPage(promise(defined, judged, key), judged, series, outlook)


@needs("indicators")
def indicator(request: HttpRequest, key: str) -> HttpResponse:
    permit, page = permit_of(request), _page(request, key)
    levers = decisions.levers(key) if permit.everywhere("organisations") else []
    found = {"levers": levers, "lists": permit.everywhere("reports")}
    return render(request, "web/indicator.html", {"page": page, "periods": decisions.assessments(), **found})


@needs("indicators")
def indicator_file(request: HttpRequest, key: str, suffix: str) -> HttpResponse:
    """The history as `.csv`/`.xlsx`, the chart as `.svg`, all as `.json`; `?by=area` gives a breakdown instead."""
    page = _page(request, key)
    found = next((b for b in page.breakdowns if b.grain == request.GET.get("by")), None)
    name = page.promise.name if found is None else f"{page.promise.name}-{found.title}"
    if suffix == "json":
        body: dict[str, Any] = {"banner": banner(), **page.plain()}
        return JsonResponse(body, json_dumps_params={"ensure_ascii": False, "indent": 1})
    if suffix == "svg":
        return send(charts.document(page.chart() if found is None else found.bars()), name, "svg")
    return respond(page.table() if found is None else found.table, name, suffix, banner())
