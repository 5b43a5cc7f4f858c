"""`/entitle/`: from those entitled to those paid, policy by policy; `/publicity/`: the notices, for everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from django.utils.translation import ngettext

from quanyu.bureaus.finance.acts import claims as acts
from quanyu.bureaus.finance.models import Claim, Entitlement, Publicity
from quanyu.bureaus.finance.reads import claims as reads
from quanyu.bureaus.finance.reads.budgets import budget_of, in_yuan
from quanyu.casework.words import CaseLine
from quanyu.pagekit.charts import bar
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.format import named, tr, yuan
from quanyu.pagekit.tables import Column, Table, link, respond
from quanyu.people.models import User
from quanyu.people.reads import banner
from quanyu.plan.access import needs, reader
from quanyu.plan.reads import registry
from quanyu.registry.model import Policy
from quanyu.registry.problem import Refused

MODES = {"automatic": later("免申即享"), "quick": later("快申快享"), "review": later("评审")}
SHORT = {"first_come": later("先到先得"), "rank": later("按排序"), "proportional": later("按比例")}


def year_asked(request: HttpRequest) -> int:
    asked = request.GET.get("year", "")
    return int(asked) if asked.isdecimal() and len(asked) == 4 else timezone.localdate().year


class Drawn(NamedTuple):
    """A step of the funnel with its bar."""

    step: reads.Step
    bar: SafeString


def drawn(steps: list[reads.Step]) -> list[Drawn]:
    most = Decimal(max((s.count for s in steps), default=0) or 1)
    return [
        Drawn(s, bar(Decimal(s.count), most, ngettext("%(n)s 家", "%(n)s 家", s.count) % {"n": s.count})) for s in steps
    ]


def _policies(year: int, funnels: dict[str, list[reads.Step]]) -> list[Policy]:
    """The policies that pay on the last day of a year so far, and those of which something is left to see."""
    on = min(timezone.localdate(), dt.date(year, 12, 31))
    known = registry().policies
    return list({p.key: p for p in [*reads.paying(on), *(known[k] for k in funnels if k in known)]}.values())


@needs("entitle")
def entitle(request: HttpRequest, suffix: str = "") -> HttpResponse:
    year = year_asked(request)
    funnels = reads.funnels(year)
    none = [reads.Step(k, w, 0, 0) for k, w in (("entitled", later("应享")), *((k, w) for k, w, _q in reads.STAGES))]
    policies = sorted(_policies(year, funnels), key=lambda p: p.key not in funnels)

    def of(policy: Policy) -> list[reads.Step]:
        return funnels.get(policy.key, none)

    def count(n: int) -> Callable[[Policy], int]:
        return lambda p: of(p)[n].count

    columns = [
        Column(_("政策"), lambda p: tr(p.label), width=40,
               show=lambda p: link(reverse("entitle_policy", args=[p.key]) + f"?year={year}", tr(p.label))),
        Column(_("方式"), lambda p: _(MODES[p.mode]), width=12),
        *(Column(_(step.label), count(i), unit=_("家"), numeric=True, width=10) for i, step in enumerate(none)),
        Column(_("已拨付"), lambda p: in_yuan(of(p)[-1].amount), unit=_("元"), numeric=True, places=2, width=16),
    ]  # fmt: skip
    table = Table(
        columns, policies, _("政策兑现情况（%(year)s年）") % {"year": year}, empty=_("现在没有拨付资金的政策。")
    )
    if suffix:
        return respond(table, table.title, suffix, banner())
    context = {"table": table, "year": year, "funnel": drawn(reads.added([of(p) for p in policies]) or none)}
    return render(request, "finance/claims.html", context)


class Step(NamedTuple):
    """A thing to do for many firms at once: how many wait, how much; whether this person may, and whose it is."""

    key: str
    label: str
    rows: list[Any]
    may: bool
    who: str

    @property
    def total(self) -> str:
        return yuan(sum(r.payable if isinstance(r, Claim) else r.amount for r in self.rows))


def _policy(key: str) -> Policy:
    found = registry().policies.get(key)
    if found is None or found.benefit is None or found.benefit.tax:
        raise Http404
    return found


def _steps(policy: Policy, user: User, year: int) -> list[Step]:
    on, kind = timezone.localdate(), registry().case_types[reads.KIND]
    office = (reads.sits(user, "office", on), tr(kind.parties["office"].label))
    lines = list(reads.unclaimed(policy, year)) if policy.mode == "automatic" else []
    steps = [Step("claim", _("通知企业，发起兑现"), lines, *office)] if policy.mode == "automatic" else []
    for key in ("approve", "announce", "order"):
        party = kind.actions[key].by[0]
        said = tr(kind.actions[key].label), reads.waiting(policy.key, key)
        steps.append(Step(key, *said, reads.sits(user, party, on), tr(kind.parties[party].label)))
    return steps


def _desk(request: HttpRequest, policy: Policy, year: int) -> Desk:
    known, on = registry(), timezone.localdate()
    rows = reads.claims().filter(policy=policy.key, year=year)
    stages = {key: (words, which) for key, words, which in reads.STAGES}
    columns = [
        Column(_("编号"), lambda c: c.case.number, width=18,
               show=lambda c: link(reverse("case", args=[c.pk]), c.case.number)),
        Column(_("企业"), lambda c: c.organisation.name, width=34, name="firm", order="organisation__name"),
        Column(_("应享"), lambda c: in_yuan(c.amount), unit=_("元"), numeric=True, places=2, width=16, name="amount",
               order="amount"),
        Column(_("核定"), lambda c: None if c.granted is None else in_yuan(c.granted), unit=_("元"), numeric=True,
               places=2, absent="", width=16),
        Column(_("收款账户"), lambda c: str(c.account or ""), absent="", width=26, minor=True),
        Column(_("拨付日"), lambda c: c.paid_on, absent="", width=12),
        Column(_("状态"), lambda c: str(CaseLine(c.case, known, on).state), width=18,
               show=lambda c: CaseLine(c.case, known, on).state.html),
    ]  # fmt: skip
    return Desk(
        request.GET, rows, columns, title=_("兑现事项"),
        downloads=reverse("entitle_policy", args=[policy.key]).rstrip("/"),
        filters=[Filter("stage", _("进度"), [(k, _(words)) for k, (words, _q) in stages.items()],
                        lambda found, v: found.filter(stages[v][1], ended=False))],
        search=lambda found, w: found.filter(organisation__name__contains=w), search_label=_("企业名称"),
        empty=_("还没有兑现事项。先生成名单，再发起兑现。"),
    )  # fmt: skip


@needs("entitle")
def entitle_policy(request: HttpRequest, key: str, suffix: str = "") -> HttpResponse:
    policy, year, user = _policy(key), year_asked(request), reader(request)
    desk = _desk(request, policy, year)
    if suffix:
        return respond(desk.table(), f"{tr(policy.label)}{year}", suffix, banner())
    listed = Entitlement.objects.filter(policy=key, year=year).first()
    context = {
        "policy": policy, "year": year, "desk": desk, "funnel": drawn(reads.funnels(year).get(key, [])),
        "steps": _steps(policy, user, year), "budget": budget_of(policy, year), "listed": listed,
        "mode": _(MODES[policy.mode]), "short": _(SHORT[policy.short]), "lead": named(registry().roles, policy.lead),
        "may_list": policy.mode == "automatic" and reads.sits(user, "office", timezone.localdate()),
        "publicities": Publicity.objects.filter(policy=key, from_on__year=year),
    }  # fmt: skip
    return render(request, "finance/claims_policy.html", context)


@needs("entitle")
def entitle_act(request: HttpRequest, key: str, act: str) -> HttpResponse:
    """One step for many: GET shows whom it is for, all ticked; POST takes it for those ticked."""
    policy, user, at, year = _policy(key), reader(request), timezone.now(), timezone.localdate().year
    if act == "list" and request.method == "POST":
        if not reads.sits(user, "office", timezone.localdate()):
            raise Refused(_("名单由经办人员生成。"))
        messages.success(
            request, _("已按最近冻结的数据生成名单，共 %(n)s 家。") % {"n": acts.draw_up(policy, by=user, at=at)}
        )
        return redirect("entitle_policy", key)
    step = next((s for s in _steps(policy, user, year) if s.key == act), None)
    if step is None:
        raise Http404
    if request.method != "POST":
        context = {"policy": policy, "step": step, "budget": budget_of(policy, year), "short": _(SHORT[policy.short])}
        return render(request, "finance/claims_confirm.html", context)
    if not step.may:
        raise Refused(_("“%(step)s”由%(who)s办理。") % {"step": step.label, "who": step.who})
    chosen = {int(n) for n in request.POST.getlist("n") if n.isdecimal()}
    if act == "claim":
        lines = [line for line in step.rows if line.pk in chosen]
        done, barred = acts.claim_all(policy, lines, by=user, at=at)
    else:
        done, barred = acts.take_all(act, chosen, by=user, at=at, policy=key)
    if done:
        messages.success(request, _("“%(step)s”已办理 %(n)s 家。") % {"step": step.label, "n": done})
    for name, why in barred[:20]:
        messages.error(request, f"{name}：{why}")
    if len(barred) > 20:
        messages.error(request, _("另有 %(n)s 家没有办理。") % {"n": len(barred) - 20})
    return redirect("entitle_policy", key)


def publicities(request: HttpRequest) -> HttpResponse:
    """All public notices, those that are open first. Anybody may read this."""
    on, known = timezone.localdate(), registry().policies
    rows = [(p, named(known, p.policy), p.until is None or on <= p.until) for p in Publicity.objects.all()[:200]]
    return render(request, "finance/claims_publicities.html", {"rows": sorted(rows, key=lambda r: not r[2])})


def publicity(request: HttpRequest, pk: int) -> HttpResponse:
    """One public notice: whom, how much, until when, and how to object. Names are shown while it is open, not after."""
    made, on, given = get_object_or_404(Publicity, pk=pk), timezone.localdate(), request.POST
    rows = list(made.claims.select_related("organisation").filter(ended=False).order_by("organisation__name"))
    is_open, refusal = made.until is None or on <= made.until, None
    if request.method == "POST":
        about = next((c for c in rows if str(c.pk) == given.get("claim")), None)
        said = {name: given.get(name, "") for name in ("reason", "wanted", "name", "contact")}
        by = request.user if isinstance(request.user, User) else None
        try:
            if about is None:
                raise Refused(_("没有选择对哪一家有异议。"))
            case = acts.object_to(about, **said, by=by, at=timezone.now())
            messages.success(request, _("异议已受理，编号 %(number)s。") % {"number": case.number})
            return redirect("publicity", pk)
        except Refused as refused:
            refusal = refused
    context = {
        "made": made, "rows": rows if is_open else [], "count": len(rows), "total": yuan(sum(c.payable for c in rows)),
        "policy": registry().policies.get(made.policy), "open": is_open, "given": given, "refusal": refusal,
    }  # fmt: skip
    return render(request, "finance/claims_publicity.html", context, status=409 if refusal else 200)


urls = [
    path("entitle/", entitle, name="entitle"),
    path("entitle.<sheet:suffix>", entitle, name="entitle_file"),
    path("entitle/<str:key>/", entitle_policy, name="entitle_policy"),
    path("entitle/<str:key>.<sheet:suffix>", entitle_policy, name="entitle_policy_file"),
    path("entitle/<str:key>/<slug:act>/", entitle_act, name="entitle_act"),
    path("publicity/", publicities, name="publicities"),
    path("publicity/<int:pk>/", publicity, name="publicity"),
]
