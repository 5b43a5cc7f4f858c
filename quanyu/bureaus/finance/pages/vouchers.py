"""`/vouchers/`: a firm's vouchers and how to get one, a provider's orders, the office's burn-down and spot checks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quanyu.bureaus.finance.acts import vouchers as acts
from quanyu.bureaus.finance.models import Tie, Voucher
from quanyu.bureaus.finance.reads import burndown
from quanyu.bureaus.finance.reads import vouchers as reads
from quanyu.bureaus.finance.reads.budgets import in_yuan
from quanyu.casework import reads as casework
from quanyu.casework.words import CaseLine
from quanyu.pagekit.charts.plots import Line, line_chart
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.format import clauses, tr, yuan
from quanyu.pagekit.tables import Column, link, respond
from quanyu.people.models import Organisation
from quanyu.people.reads import banner
from quanyu.plan.access import demand, needs, permit_of, reader
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused


def _scope(request: HttpRequest) -> tuple[str, Organisation | None]:
    """How the page is composed for who asks: `office`, or `firm` or `provider` with the organisation they act for."""
    held, on = permit_of(request), timezone.localdate()
    if held.everywhere("vouchers"):
        return "office", None
    own = held.seen_organisations("vouchers").first()
    return ("provider" if own and reads.providers(on).filter(pk=own.pk).exists() else "firm"), own


def _desk(request: HttpRequest, side: str) -> Desk:
    known, on = registry(), timezone.localdate()
    kinds = {q.name: q for q in known.case_types[reads.KIND].form}["category"].choices
    rows = reads.seen(permit_of(request), reader(request))
    states = known.case_types[reads.KIND].states.values()
    user, everywhere = reader(request), permit_of(request).everywhere("cases")

    def opens(voucher: Voucher) -> bool:
        return casework.may_see(voucher.case, user, on, everywhere=everywhere)

    columns = [
        Column(_("编号"), lambda v: v.case.number, width=16,
               show=lambda v: link(reverse("case", args=[v.pk]), v.case.number) if opens(v) else v.case.number),
        Column(_("企业"), lambda v: v.organisation.name, width=30),
        Column(_("服务机构"), lambda v: v.provider.name if v.provider else "", absent=_("未选定"), width=26),
        Column(_("类别"), lambda v: tr(kinds.get(v.category)), width=12, minor=True),
        *(Column(words, lambda v, name=name: _money(v, name), unit=_("元"), width=14, places=2, numeric=True, absent="",
                 minor=name == "price")
          for name, words in (("face", _("券面")), ("price", _("合同")), ("due", _("兑付")))),
        Column(_("状态"), lambda v: str(CaseLine(v.case, known, on).state), width=18,
               show=lambda v: CaseLine(v.case, known, on).state.html),
    ]  # fmt: skip
    if side == "office":
        hits = lambda v: [tr(r.label) for k, r in known.risks.items() if k in v.risks]  # noqa: E731 - a column's value
        columns.append(Column(_("核查"), lambda v: clauses(hits(v)), absent="", width=30))
    return Desk(
        request.GET, rows, columns, title=_("创新券"), downloads=reverse("vouchers").rstrip("/"),
        filters=[Filter("state", _("状态"), [(s.key, tr(s.label)) for s in states],
                        lambda found, value: found.filter(case__state=value)),
                 Filter("year", _("年度"), [(str(y), str(y)) for y in sorted(set(rows.values_list("year", flat=True)))],
                        lambda found, value: found.filter(year=value))],
        search=lambda found, w: found.filter(Q(organisation__name__contains=w) | Q(provider__name__contains=w)),
        search_label=_("企业或机构名称"), empty=_("还没有创新券。"),
    )  # fmt: skip


def _money(voucher: Voucher, name: str) -> Decimal | None:
    fen = getattr(voucher, name)
    return None if fen is None else in_yuan(fen)


@needs("vouchers")
def vouchers(request: HttpRequest, suffix: str = "") -> HttpResponse:
    side, _own = _scope(request)
    if suffix:
        return respond(_desk(request, side).table(), _("创新券"), suffix, banner())
    return _page(request)


def _page(request: HttpRequest, refusal: Refused | None = None) -> HttpResponse:
    known, on = registry(), timezone.localdate()
    side, own = _scope(request)
    context: dict[str, Any] = {"side": side, "own": own, "desk": _desk(request, side), "refusal": refusal, "on": on}
    if side == "firm" and own is not None:
        typed = request.POST
        context["schemes"] = [(p, reads.left(known, p, own, on)) for p in reads.schemes(known, on)]
        context["questions"] = [
            (q, tr(known.units[q.unit].label) if q.unit else "", typed.get(f"q_{q.name}", ""), "")
            for q in known.case_types[reads.KIND].form
        ]
    if side == "office":
        context["burndown"] = [_burndown(b) for b in burndown.of_year(known, on)]
        waiting = reads.seen(permit_of(request), reader(request)).filter(case__state="checking")
        context["checks"] = [
            (v, [(tr(known.risks[k].label), known.risks[k].stops) for k in v.risks], reads.standing_against(known, v))
            for v in waiting
        ]
        context["ties"] = Tie.objects.count()
    return render(request, "finance/vouchers.html", context, status=409 if refusal else 200)


def _burndown(b: burndown.Burndown) -> dict[str, Any]:
    """A scheme's year: what is left of the budget month by month, after what was given and after what was settled."""
    months = [(m, _("%(n)s月") % {"n": m}) for m in range(13) if m]
    lines = [
        Line(_("扣除已发放后"), [(m, in_yuan(v)) for m, v in b.after_given], dots=True),
        Line(_("扣除已兑付后"), [(m, in_yuan(v)) for m, v in b.after_settled], colour="#0f9d86", dash="6 3", dots=True),
    ]
    title = _("%(label)s：%(year)s年预算余额") % {"label": tr(b.policy.label), "year": b.year}
    chart = line_chart(title, lines, months, _("元"), width=900, height=240, zero=True)
    sums = {"budget": b.budget, "given": b.given, "settled": b.settled, "left": b.budget - b.given}
    return {"policy": b.policy, "chart": chart, "lines": lines, **{name: yuan(fen) for name, fen in sums.items()}}


@require_POST
@needs("vouchers")
def vouchers_apply(request: HttpRequest) -> HttpResponse:
    side, own = _scope(request)
    if side != "firm" or own is None:
        raise Http404
    demand(request, "benefits", own)
    form = {q.name: request.POST.get(f"q_{q.name}", "") for q in registry().case_types[reads.KIND].form}
    try:
        made = acts.apply(request.POST.get("policy", ""), own, form, by=reader(request), at=timezone.now())
    except Refused as refused:
        return _page(request, refused)
    messages.success(request, _("已发放%(number)s，请选择服务机构。") % {"number": made.case.number})
    return redirect("case", made.pk)


@require_POST
@needs("vouchers")
def voucher_choose(request: HttpRequest, pk: int) -> HttpResponse:
    voucher = get_object_or_404(reads.seen(permit_of(request), reader(request)), pk=pk)
    chosen = request.POST.get("provider", "")
    if not chosen.isdecimal():
        raise Refused(_("没有选择服务机构。"), _("请从名单里选择一家。"))
    acts.choose(voucher, int(chosen), by=reader(request), at=timezone.now())
    messages.success(request, _("已请机构接单。"))
    return redirect("case", pk)


@require_POST
@needs("vouchers")
def vouchers_release(request: HttpRequest) -> HttpResponse:
    if _scope(request)[0] != "office":
        raise Http404
    chosen = [int(n) for n in request.POST.getlist("voucher") if n.isdecimal()]
    done, told = acts.release_all(chosen, by=reader(request), at=timezone.now())
    if done:
        messages.success(request, _("已放行兑付 %(n)s 张。") % {"n": done})
    for sentence in told:
        messages.error(request, sentence)
    return redirect("vouchers")


@needs("vouchers")
def ties(request: HttpRequest) -> HttpResponse:
    """Who stands behind which organisation: the list, and lines typed or pasted in."""
    if _scope(request)[0] != "office":
        raise Http404
    refusal: Refused | None = None
    if request.method == "POST":
        try:
            made = acts.note_ties(
                request.POST.get("lines", "").splitlines(),
                request.POST.get("source", ""),
                by=reader(request),
                at=timezone.now(),
            )
            messages.success(request, _("新记 %(n)s 条关系。") % {"n": made})
            return redirect("voucher_ties")
        except Refused as refused:
            refusal = refused
    desk = Desk(
        request.GET, Tie.objects.select_related("organisation"),
        [Column(_("单位"), lambda t: t.organisation.name, width=34), Column(_("关系人"), lambda t: t.who, width=24),
         Column(_("关系"), lambda t: t.kind, absent="", width=16),
         Column(_("来源"), lambda t: t.source, absent="", width=24)],
        title=_("关联关系"), search=lambda rows, w: rows.filter(Q(organisation__name__contains=w) | Q(who__contains=w)),
        search_label=_("单位或关系人"), empty=_("还没有登记关联关系。"),
    )  # fmt: skip
    context = {"desk": desk, "refusal": refusal, "typed": request.POST}
    return render(request, "finance/ties.html", context, status=409 if refusal else 200)


urls = [
    path("vouchers/", vouchers, name="vouchers"),
    path("vouchers.<sheet:suffix>", vouchers, name="vouchers_file"),
    path("vouchers/apply/", vouchers_apply, name="vouchers_apply"),
    path("vouchers/release/", vouchers_release, name="vouchers_release"),
    path("vouchers/ties/", ties, name="voucher_ties"),
    path("vouchers/<int:pk>/choose/", voucher_choose, name="voucher_choose"),
]
