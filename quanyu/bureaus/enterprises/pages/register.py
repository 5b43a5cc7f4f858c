"""`/firms/`: the register of firms with their titles and liaison officers; department files taken in."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.db.models import F, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quanyu.bureaus.enterprises.acts import register as acts
from quanyu.bureaus.enterprises.models import Liaison, PoolEntry
from quanyu.bureaus.enterprises.reads import merging
from quanyu.bureaus.enterprises.reads import register as reads
from quanyu.facts import reads as facts
from quanyu.measures.periods import day
from quanyu.pagekit import format
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.tables import Column, link, respond
from quanyu.people.models import Organisation, User
from quanyu.people.reads import Permit, banner
from quanyu.plan.access import needs, permit_of, reader
from quanyu.plan.reads import registry
from quanyu.registry.model import Registry
from quanyu.registry.problem import Refused

Firms = QuerySet[Organisation]


def day_asked(request: HttpRequest, name: str = "on") -> dt.date:
    """The day a form names; today where it is silent."""
    typed = request.POST.get(name, "").strip()
    return day(typed, _("日期")) if typed else timezone.localdate()


def officer_asked(request: HttpRequest) -> User | None:
    """The liaison officer a form names; None for nobody."""
    asked = request.POST.get("officer", "")
    known = reads.officers(registry(), timezone.localdate())
    officer = known.filter(pk=asked).first() if asked.isdecimal() else None
    if asked and officer is None:
        raise Refused(_("没有这位挂点人员。"), _("请重新选择。"))
    return officer


def _state(rows: Firms, state: str) -> Firms:
    absorbed = merging.mergings().filter(same=True).values("absorbed")
    match state:
        case "open":
            return rows.filter(closed_on=None)
        case "closed":
            return rows.exclude(Q(closed_on=None) | Q(pk__in=absorbed))
        case "disputed":
            return rows.filter(pk__in=reads.disputed())
    return rows.filter(pk__in=absorbed)


def _filters(request: HttpRequest, known: Registry, rows: Firms, on: dt.date) -> list[Filter]:
    codes = sorted(set(rows.order_by().exclude(industry="").values_list("industry", flat=True)))
    areas = Organisation.objects.filter(residents__in=rows).distinct().order_by("id")
    held = facts.standings(on)
    titles = [t for t in known.titles.values() if t.holder == "organisation"]

    def pool(q: Firms, key: str) -> Firms:
        entered = PoolEntry.objects.filter(Q(to_on=None) | Q(to_on__gt=on), pool=key, from_on__lte=on)
        title = known.pools[key].title
        return q.filter(pk__in=held.filter(title=title).values("organisation") if title else
                        entered.values("organisation"))  # fmt: skip

    def cared(q: Firms, who: str) -> Firms:
        now = reads.liaisons(on)
        if who == "none":
            return q.exclude(pk__in=now.values("organisation"))
        officer = request.user.pk if who == "mine" else who
        return q.filter(pk__in=now.filter(officer=officer).values("organisation"))

    caring = [(str(pk), name) for pk, name in sorted({(n.officer_id, str(n.officer)) for n in reads.liaisons(on)})]
    return [
        Filter("industry", _("行业"), [(c, reads.words(known, "industry", c)) for c in codes],
               lambda q, v: q.filter(industry=v)),
        Filter("size", _("规模"), [(k, _(w)) for k, w in reads.SIZES.items()], lambda q, v: q.filter(size=v)),
        Filter("area", _("所在园区"), [(str(a.pk), a.name) for a in areas], lambda q, v: q.filter(area=v)),
        Filter("title", _("现持有的称号"), [(t.key, format.tr(t.label)) for t in titles],
               lambda q, v: q.filter(pk__in=held.filter(title=v).values("organisation"))),
        Filter("pool", _("培育库"), [(p.key, format.tr(p.label)) for p in known.pools.values()], pool),
        Filter("liaison", _("挂点"), [("mine", _("我挂点的企业")), ("none", _("无人挂点")), *caring], cared),
        Filter("state", _("状态"), [("open", _("在业")), ("disputed", _("来源不一致")), ("closed", _("已注销")),
                                  ("merged", _("已并入他户"))], _state),
    ]  # fmt: skip


def _desk(request: HttpRequest, known: Registry, permit: Permit, on: dt.date) -> Desk:
    rows, everywhere = reads.firms(permit), permit.everywhere("firms")
    rights = reads.setting(known, "rights") or ()
    own = [t.key for t in known.titles.values() if t.holder == "organisation" and t.key not in rights]
    now = facts.standings(on).filter(title__in=own).order_by("title", "pk")
    seen = rows.select_related("area").prefetch_related(
        Prefetch("standings", now, "titles_now"), Prefetch("liaisons", reads.liaisons(on), "cared_now")
    )  # fmt: skip

    def titles(o: Organisation) -> str:
        return format.listed(dict.fromkeys(format.named(known.titles, s.title) for s in o.titles_now))

    def officer(o: Organisation) -> str:
        cared: list[Liaison] = o.cared_now
        return str(cared[0].officer) if cared else ""

    def size(o: Organisation) -> str:
        return reads.words(known, "size", o.size)

    def area(o: Organisation) -> str:
        return o.area.name if o.area else ""

    def whole(words: str) -> str:
        return format_html('<span class="nw">{}</span>', words)

    def headed(o: Organisation) -> str:
        return format_html('<span>{}<br><span class="u">{}</span></span>', link(reverse("firm", args=[o.pk]), o.name),
                           o.code or "")  # fmt: skip

    return Desk(
        request.GET,
        seen.order_by(F("closed_on").asc(nulls_first=True), "pk"),
        [
            Column(_("企业"), lambda o: o.name, order="name", name="name", width=34, show=headed),
            Column(_("统一社会信用代码"), lambda o: o.code, absent="", width=22, shown=False),
            Column(_("行业"), lambda o: reads.words(known, "industry", o.industry), order="industry", name="industry",
                   width=24, minor=True),
            Column(_("规模"), size, order="size", name="size", width=8, show=lambda o: whole(size(o))),
            Column(_("所在园区"), area, order="area__name", name="area", width=16, show=lambda o: whole(area(o))),
            Column(_("现持有的称号"), titles, absent="", width=36),
            Column(_("挂点人员"), officer, width=14),
            Column(_("成立日期"), lambda o: o.opened_on, absent="", width=14, shown=False),
            Column(_("注销日期"), lambda o: o.closed_on, absent="", width=14, shown=False),
        ],
        title=_("企业档案"),
        filters=_filters(request, known, rows, on) if everywhere else (),
        search=reads.found,
        search_label=_("名称、曾用名或信用代码"),
        empty=_("还没有登记企业。可从名录 Excel 导入，或由定义包载入。"),
        downloads=reverse("firms").rstrip("/"),
    )  # fmt: skip


@needs("firms")
def firms(request: HttpRequest, suffix: str = "") -> HttpResponse:
    permit, known, on = permit_of(request), registry(), timezone.localdate()
    desk = _desk(request, known, permit, on)
    if suffix:
        return respond(desk.table(), desk.title, suffix, banner())
    return _page(request, desk, known, permit, on)


def _page(
    request: HttpRequest, desk: Desk, known: Registry, permit: Permit, on: dt.date, refusal: Refused | None = None,
    taken: tuple[int, list[str]] | None = None,
) -> HttpResponse:  # fmt: skip
    context = {
        "desk": desk, "keeps": reads.may_keep(permit), "refusal": refusal, "taken": taken, "typed": request.POST,
        "on": on, "everywhere": permit.everywhere("firms"),
    }  # fmt: skip
    if context["everywhere"]:
        rows, mine = reads.firms(permit), reads.liaisons(on).filter(officer=reader(request))
        context["counts"] = [
            ("state=open", _("在业企业"), rows.filter(closed_on=None).count()),
            ("state=disputed", _("来源不一致"), len(reads.disputed())),
            ("liaison=mine", _("我挂点的企业"), mine.count()),
            ("liaison=none&state=open", _("无人挂点"),
             rows.filter(closed_on=None).exclude(pk__in=reads.liaisons(on).values("organisation")).count()),
        ]  # fmt: skip
    if context["keeps"]:
        context |= {"officers": reads.officers(known, on), "sources": reads.sources(known)}
    return render(request, "enterprises/register.html", context, status=409 if refusal else 200)


@require_POST
@needs("firms")
def bulk(request: HttpRequest, verb: str) -> HttpResponse:
    """For who keeps the files: give all firms that match into somebody's care, or take in a department's file."""
    permit, known, on = permit_of(request), registry(), timezone.localdate()
    if not reads.may_keep(permit):
        raise Http404
    desk, typed, by, at, taken = _desk(request, known, permit, on), request.POST, reader(request), timezone.now(), None
    try:
        if verb == "liaison":
            if not desk.narrowed:
                raise Refused(_("没有设定条件，不能一次指派全部企业。"), _("请先用上面的条件圈定企业。"))
            firms = list(desk.rows)
            moved = acts.assign_liaison(firms, officer_asked(request), day_asked(request), by=by, at=at)
            messages.success(request, _("%(n)s 家企业的挂点人员已更新。") % {"n": moved})
            return redirect(reverse("firms") + desk.address())
        if "file" not in request.FILES:
            raise Refused(_("没有选择文件。"), _("请选择后再上传。"))
        taken = acts.take_in(request.FILES["file"], typed.get("source", ""), day_asked(request), by=by, at=at)
    except Refused as refusal:
        return _page(request, desk, known, permit, on, refusal)
    return _page(request, desk, known, permit, on, taken=taken)


urls = [
    path("firms/", firms, name="firms"),
    path("firms.<sheet:suffix>", firms, name="firms_file"),
    path("firms/do/<slug:verb>/", bulk, name="firms_bulk"),
]
