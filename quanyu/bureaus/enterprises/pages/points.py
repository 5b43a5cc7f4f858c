"""`/ladder/points/`, `/ladder/foresight/`: innovation points of firms, and whom a transparent score points at."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from quanyu.bureaus.enterprises.pages.ladder import named, office
from quanyu.bureaus.enterprises.reads import points as reads
from quanyu.bureaus.enterprises.reads.ladder import Ladder
from quanyu.judgements.foresight import Outlook
from quanyu.judgements.points import points_of
from quanyu.pagekit import format
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.tables import Column, link, respond
from quanyu.people.reads import banner
from quanyu.plan.access import needs, permit_of
from quanyu.plan.reads import registry


def _first(defined: Any) -> Any:
    """The one that is declared; without any there is no such page."""
    if not defined:
        raise Http404
    return next(iter(defined.values()))


@needs("firms")
def firm_points(request: HttpRequest, suffix: str = "") -> HttpResponse:
    """Every firm's points, the most first."""
    now = office(request)
    index = _first(now.registry.points)
    rows = [(now.firms[f], sheet) for f, sheet in reads.points(now, index).items() if f in now.firms and sheet.known]
    rows.sort(key=lambda r: (-(r[1].total or 0), r[0].pk))
    stages = {s.key: format.tr(s.label) for s in index.stages}

    def group(g: Any) -> Column:
        return Column(
            format.tr(g.label), lambda r: format.rounded(r[1].of(g)[0] if r[1].scale else None, 1), numeric=True
        )

    desk = Desk(
        request.GET, rows,
        [Column(_("企业"), lambda r: r[0].name, width=32,
                show=lambda r: link(reverse("firm_points_of", args=[r[0].pk]), r[0].name)),
         Column(_("阶段"), lambda r: stages[r[1].stage.key], width=10, minor=True),
         Column(_("总分"), lambda r: format.rounded(r[1].total, 1), numeric=True, absent=_("权重未定")),
         *(group(g) for g in index.groups),
         Column(_("已知指标"), lambda r: r[1].known, numeric=True, minor=True)],
        title=format.tr(index.label), filters=[
            Filter("stage", _("阶段"), list(stages.items()), lambda rs, v: [r for r in rs if r[1].stage.key == v])],
        search=lambda rs, w: [r for r in rs if w in r[0].name], search_label=_("企业名称"),
        notes=[n for n in (format.tr(index.note),) if n], empty=_("还没有可以计分的企业。"),
        downloads=reverse("firm_points").rstrip("/"),
    )  # fmt: skip
    if suffix:
        return respond(desk.table(), desk.title, suffix, banner())
    return render(request, "enterprises/ladder_list.html", {"desk": desk})


@needs("firms")
def firm_points_of(request: HttpRequest, organisation: int) -> HttpResponse:
    """How one firm's points come about; a firm sees its own."""
    seen = permit_of(request).seen_organisations("firms")
    firm = get_object_or_404(seen, pk=organisation)
    now = Ladder(registry(), timezone.localdate())
    index = _first(now.registry.points)
    sheet = points_of(index, now.registry, now.traits.get(firm.pk, {}), now.on)
    groups = [(g, sheet.of(g), [(e, now.registry.units.get(e.item.unit)) for e in sheet.lines if e.group is g])
              for g in index.groups]  # fmt: skip
    context = {"firm": firm, "index": index, "sheet": sheet, "groups": groups, "on": now.on}
    return render(request, "enterprises/firm_points.html", context)


@needs("firms")
def foresight(request: HttpRequest, suffix: str = "") -> HttpResponse:
    """Whom the score points at, with all its reasons; and what such lists were worth in past years."""
    now = office(request)
    ahead = reads.Ahead(now, _first(now.registry.foresights))
    rows = [(now.firms[f], outlook) for f, outlook in ahead.scores(now.on).items() if f in now.firms and outlook.points]
    rows.sort(key=lambda r: (-r[1].points, r[0].pk))
    desk = Desk(
        request.GET, rows,
        [Column(_("企业"), lambda r: r[0].name, show=lambda r: named(r[0]), width=32),
         Column(_("得分"), lambda r: r[1].points, numeric=True, width=8),
         Column(_("理由"), lambda r: _reasons(now, r[1]), width=60),
         Column(_("已知项"), lambda r: r[1].known, numeric=True, minor=True)],
        title=_("得分名单"), search=lambda rs, w: [r for r in rs if w in r[0].name], search_label=_("企业名称"),
        empty=_("没有符合条件的企业。"), downloads=reverse("foresight").rstrip("/"),
    )  # fmt: skip
    if suffix:
        return respond(desk.table(), _("预见独角兽"), suffix, banner())
    features = [(f, now.registry.units.get(f.unit)) for f in ahead.rule.features]
    context = {"desk": desk, "ahead": ahead, "records": ahead.records, "features": features}
    return render(request, "enterprises/foresight.html", context)


def _reasons(now: Ladder, outlook: Outlook) -> str:
    """What earned points: 营业收入增长 45.2%（+20）."""
    units = now.registry.units
    told = [(r, format.quantity(r.value, units.get(r.feature.unit))) for r in outlook.reasons if r.points]
    said = ((f"{format.tr(r.feature.label)} {value}", f"+{format.number(r.points)}") for r, value in told)
    return format.clauses(format.bracketed(*both) for both in said)


urls = [
    path("ladder/points/", firm_points, name="firm_points"),
    path("ladder/points.<sheet:suffix>", firm_points, name="firm_points_file"),
    path("ladder/points/<int:organisation>/", firm_points_of, name="firm_points_of"),
    path("ladder/foresight/", foresight, name="foresight"),
    path("ladder/foresight.<sheet:suffix>", foresight, name="foresight_file"),
]
