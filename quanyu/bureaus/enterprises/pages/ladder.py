"""`/ladder/`: the rungs now and a year ago, who moved, who is near, who is nurtured, who may drop out."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from django.views.decorators.http import require_POST

from quanyu.bureaus.enterprises.acts import ladder as acts
from quanyu.bureaus.enterprises.reads import ladder as reads
from quanyu.bureaus.enterprises.reads.ladder import OFF, Alert, Ladder
from quanyu.facts import reads as facts
from quanyu.pagekit import charts, format
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.tables import Column, link, respond
from quanyu.people.models import Organisation, User
from quanyu.people.reads import banner
from quanyu.plan.access import needs, permit_of
from quanyu.plan.reads import registry
from quanyu.registry.model import Pool

KINDS = {"ends": later("到期"), "below": later("掉队"), "leave": later("应出库")}


def office(request: HttpRequest) -> Ladder:
    """The ladder, for those who see every firm; for a firm these pages are not there."""
    if not permit_of(request).everywhere("firms"):
        raise Http404
    return Ladder(registry(), timezone.localdate())


def may_nurture(request: HttpRequest) -> bool:
    """Those who look after firms put them into pools; others read."""
    return permit_of(request).everywhere("requests")


def named(firm: Organisation) -> str:
    """A firm's name, leading to its plan and what it lacks."""
    return link(reverse("firm_plan", args=[firm.pk]), firm.name)


@needs("firms")
def ladder(request: HttpRequest) -> HttpResponse:
    permit = permit_of(request)
    if not permit.everywhere("firms"):
        own = permit.seen_organisations("firms").first()
        return redirect("firm_plan", own.pk if own else 0)
    now = office(request)
    names = {OFF: _("未入梯队")} | {p.key: format.tr(p.label) for p in now.pools}
    order = [p.key for p in reversed(now.pools)] + [OFF]
    moved = {(order.index(a), order.index(b)): n for (a, b), n in now.moved.items()}
    heads = (format.date(now.year_ago), format.date(now.on))
    nurtured = Counter(reads.entries(now.on).values_list("pool", flat=True))
    rows = [
        (p, len(now.now[p.key]), len(now.a_year_ago[p.key]), len(now.now[p.key] - now.a_year_ago[p.key]),
         len(now.a_year_ago[p.key] - now.now[p.key]), nurtured[p.key])
        for p in reversed(now.pools)
    ]  # fmt: skip
    flown = [(names[a], names[b], n) for (a, b), n in sorted(now.moved.items(), key=lambda m: -m[1]) if a != b]
    alerts = now.alerts()
    return render(request, "enterprises/ladder.html", {
        "ladder": now, "rows": rows, "flown": flown, "moved": sum(n for _a, _b, n in flown),
        "chart": charts.flows(_("一年来的升降"), heads, [names[k] for k in order], moved),
        "alerts": len(alerts), "kinds": [(k, _(words), sum(a.kind == k for a in alerts)) for k, words in KINDS.items()],
        "standing": len(now.highest(now.now)),
    })  # fmt: skip


def _pool(now: Ladder, key: str) -> Pool:
    if key not in now.registry.pools:
        raise Http404
    return now.registry.pools[key]


@needs("firms")
def rung(request: HttpRequest, pool: str, suffix: str = "") -> HttpResponse:
    now = office(request)
    held, show, may = _pool(now, pool), request.GET.get("show", "members"), may_nurture(request)
    desk = {"near": _near, "nurtured": _nurtured}.get(show, _members)(request, now, held, may)
    if suffix:
        return respond(desk.table(), f"{format.tr(held.label)}-{desk.title}", suffix, banner())
    tabs = [("members", _("现有企业")), ("near", _("差一步")), ("nurtured", _("在库培育"))]
    rules = [(words, rule, _rule_words(now, rule)) for words, rule in (
        (_("进入"), held.entry), (_("保持"), held.stay), (_("退出"), held.leave)) if rule]  # fmt: skip
    return render(request, "enterprises/rung.html", {
        "pool": held, "desk": desk, "tabs": tabs, "show": show if show in dict(tabs) else "members", "rules": rules,
        "may": may and show in ("near", "nurtured") and desk.total, "on": now.on,
    })  # fmt: skip


def _rule_words(now: Ladder, rule: Any) -> list[str]:
    if rule.policy:
        return [format.named(now.registry.policies, rule.policy)]
    return [format.tr(c.label) for c in rule.conditions]


def _tick(firm: Organisation, may: bool) -> str:
    """The firm's name, with a box to tick for those who may."""
    words = named(firm)
    if not may:
        return words
    box = '<label class="pick"><input type="checkbox" name="firm" value="{}"><span class="hush">{}</span></label>{}'
    return format_html(box, firm.pk, _("选择%(firm)s") % {"firm": firm}, words)


def _whole(words: str) -> str:
    """Words that are not broken over lines."""
    return format_html('<span class="nw">{}</span>', words)


def _about(firms: Any, may: bool) -> list[Column]:
    """The columns every list of firms begins with; `firms`: row → organisation."""
    return [
        Column(_("企业"), lambda r: firms(r).name, show=lambda r: _tick(firms(r), may), width=32),
        Column(_("园区（乡镇）"), lambda r: str(firms(r).area or ""), absent="", width=16, minor=True),
    ]


def _files(pool: Pool) -> str:
    return reverse("rung", args=[pool.key]).rstrip("/")


def _members(request: HttpRequest, now: Ladder, pool: Pool, _may: bool) -> Desk:
    """Who is on the rung, with the certificate in force."""
    held = {s.organisation_id: s for s in facts.standings(now.on).filter(title=pool.title)} if pool.title else {}
    rows = sorted((now.firms[f] for f in now.now[pool.key]), key=lambda f: f.name)
    return Desk(
        request.GET, rows,
        [*_about(lambda f: f, False),
         Column(_("自"), lambda f: held[f.pk].valid_from if f.pk in held else None, width=12),
         Column(_("至"), lambda f: held[f.pk].valid_to if f.pk in held else None, absent=_("长期"), width=12, name="to",
                order=lambda f: str(held[f.pk].valid_to or "9") if f.pk in held else ""),
         Column(_("变动"), lambda f: "" if f.pk in now.a_year_ago[pool.key] else _("一年内新进"), minor=True)],
        title=_("现有企业"), search=lambda r, w: [f for f in r if w in f.name or w in (f.code or "")],
        search_label=_("企业名称或代码"), empty=_("还没有企业。"), downloads=_files(pool),
    )  # fmt: skip


def _near(request: HttpRequest, now: Ladder, pool: Pool, may: bool) -> Desk:
    """Who meets the entry rule or lacks no more than it allows: to be put into the pool."""
    known = _("已知的都符合，其余待核实")
    inside = set(reads.entries(now.on).filter(pool=pool.key).values_list("organisation", flat=True))
    return Desk(
        request.GET, now.near(pool),
        [*_about(lambda n: now.firms[n.firm], may),
         Column(_("差几项"), lambda n: len(n.short), numeric=True, width=8),
         Column(_("差什么"), lambda n: n.words or (known if n.unknown else _("条件已具备")), width=60),
         Column(_("未知项"), lambda n: n.unknown, numeric=True, minor=True, width=8),
         Column(_("在库"), lambda n: _("已入库") if n.firm in inside else "", absent="", width=8)],
        title=_("差一步"), empty=_("按现有数据，没有企业差一步。"), downloads=_files(pool),
    )  # fmt: skip


def _nurtured(request: HttpRequest, now: Ladder, pool: Pool, may: bool) -> Desk:
    """Who is in the pool, since when and why."""
    return Desk(
        request.GET, list(reads.entries(now.on).filter(pool=pool.key).order_by("-from_on", "pk")),
        [*_about(lambda e: e.organisation, may),
         Column(_("入库"), lambda e: e.from_on, width=12), Column(_("理由"), lambda e: e.because, width=50),
         Column(_("经办"), lambda e: str(e.by or _("系统")), minor=True)],
        title=_("在库培育"), empty=_("还没有入库的企业，可从“差一步”名单中选入。"), downloads=_files(pool),
    )  # fmt: skip


@require_POST
@needs("firms")
def nurture(request: HttpRequest, pool: str) -> HttpResponse:
    """Put the firms ticked into the pool, each with what the rule says of it; or take them out."""
    now = office(request)
    held, by, at = _pool(now, pool), request.user, timezone.now()
    if not may_nurture(request):
        raise PermissionDenied(_("您的角色可以查看梯队，不能办理入库、出库。"))
    assert isinstance(by, User)
    chosen, said = {int(v) for v in request.POST.getlist("firm") if v.isdecimal()}, request.POST.get("why", "").strip()
    if request.POST.get("verb") == "leave":
        rows = reads.entries(now.on).filter(pool=pool, organisation__in=chosen)
        gone = acts.leave_pool(rows, said, by=by, at=at)
        messages.success(request, _("已出库 %(n)s 家。") % {"n": len(gone)})
        return redirect(f"{reverse('rung', args=[pool])}?show=nurtured")
    why = {now.firms[n.firm]: said or _reason(n) for n in now.near(held) if n.firm in chosen}
    made = acts.enter_pool(why, held, by=by, at=at)
    messages.success(request, _("已入库 %(n)s 家。") % {"n": len(made)})
    return redirect(f"{reverse('rung', args=[pool])}?show=nurtured")


def _reason(near: reads.Near) -> str:
    return f"差 {len(near.short)} 项：{near.words}" if near.short else "条件已具备"


@needs("firms")
def alerts(request: HttpRequest, suffix: str = "") -> HttpResponse:
    """Who may drop out, the nearest day first, and who must act."""
    now = office(request)
    roles = now.registry.roles

    def acting(a: Alert) -> str:
        return _("企业、%(role)s") % {"role": format.named(roles, a.pool.lead)}

    desk = Desk(
        request.GET, now.alerts(),
        [_about(lambda a: now.firms[a.firm], False)[0],
         Column(_("梯队"), lambda a: format.tr(a.pool.label), width=18),
         Column(_("提醒"), lambda a: _(KINDS[a.kind]), show=lambda a: _whole(_(KINDS[a.kind])), width=8),
         Column(_("最迟"), lambda a: a.by, absent=_("下次评审"), width=12,
                show=lambda a: _whole(format.date(a.by) if a.by else _("下次评审"))),
         Column(_("情况"), lambda a: a.words, width=50), Column(_("谁来办"), acting, width=20)],
        title=_("到期与掉队提醒"),
        filters=[
            Filter("kind", _("提醒"), [(k, _(w)) for k, w in KINDS.items()],
                   lambda r, v: [a for a in r if a.kind == v]),
            Filter("pool", _("梯队"), [(p.key, format.tr(p.label)) for p in now.pools],
                   lambda r, v: [a for a in r if a.pool.key == v]),
        ],
        search=lambda r, w: [a for a in r if w in now.firms[a.firm].name], search_label=_("企业名称"),
        empty=_("没有要提醒的企业。"), downloads=reverse("ladder_alerts").rstrip("/"),
    )  # fmt: skip
    if suffix:
        return respond(desk.table(), desk.title, suffix, banner())
    return render(request, "enterprises/ladder_list.html", {"desk": desk})


urls = [
    path("ladder/", ladder, name="ladder"),
    path("ladder/alerts/", alerts, name="ladder_alerts"),
    path("ladder/alerts.<sheet:suffix>", alerts, name="ladder_alerts_file"),
    path("ladder/rungs/<slug:pool>/", rung, name="rung"),
    path("ladder/rungs/<slug:pool>.<sheet:suffix>", rung, name="rung_file"),
    path("ladder/rungs/<slug:pool>/nurture/", nurture, name="nurture"),
]
