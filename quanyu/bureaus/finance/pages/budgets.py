"""`/budgets/`: what each policy may cost in a year, what is set aside, ordered and paid, and what is left."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.bureaus.finance.acts import budgets as acts
from quanyu.bureaus.finance.models import Budget, Movement
from quanyu.bureaus.finance.pages.claims import SHORT, year_asked
from quanyu.bureaus.finance.reads.budgets import budget_of, fen, in_yuan
from quanyu.bureaus.finance.reads.claims import sits
from quanyu.casework.models import Case
from quanyu.pagekit.charts import bar
from quanyu.pagekit.desk import Desk
from quanyu.pagekit.format import named, tr
from quanyu.pagekit.tables import Column, Table, link, respond
from quanyu.people.reads import banner
from quanyu.plan.access import needs, reader
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused

WORDS = {
    "": later("可用"), "reserved": later("已预留"), "committed": later("已开支付单"), "spent": later("已拨付"),
    "amount": later("预算"),
}  # fmt: skip


def _money(label: str, name: str) -> Column:
    return Column(label, lambda b: in_yuan(getattr(b, name)), unit=_("元"), numeric=True, places=2, width=18)


@needs("budgets")
def budgets(request: HttpRequest, suffix: str = "") -> HttpResponse:
    year, known = year_asked(request), registry().policies
    kept = {b.policy: b for b in Budget.objects.filter(year=year)}
    rows = [b for p in known.values() if (b := kept.get(p.key) or budget_of(p, year)).whole or p.key in kept]
    columns = [
        Column(_("政策"), lambda b: named(known, b.policy), width=40,
               show=lambda b: link(reverse("budget", args=[b.policy, b.year]), named(known, b.policy))),
        Column(_("不足时"), lambda b: _(SHORT[known[b.policy].short]), width=12, minor=True),
        _money(_("预算"), "whole"), _money(_("已预留"), "reserved"), _money(_("已开支付单"), "committed"),
        _money(_("已拨付"), "spent"), _money(_("可用"), "free"),
        Column(_("已用"), lambda b: None, exported=False, width=10,
               show=lambda b: bar(Decimal(b.used), Decimal(b.whole or 1), _("已用 %(n)s 元") % {"n": in_yuan(b.used)})),
    ]  # fmt: skip
    table = Table(columns, rows, _("政策资金预算（%(year)s年）") % {"year": year}, empty=_("本年没有安排预算的政策。"))
    if suffix:
        return respond(table, table.title, suffix, banner())
    whole = Budget(
        policy="", year=year, amount=sum(b.whole for b in rows), reserved=sum(b.reserved for b in rows),
        committed=sum(b.committed for b in rows), spent=sum(b.spent for b in rows),
    )  # fmt: skip
    return render(request, "finance/budgets.html", {"table": table, "whole": whole, "year": year})


@needs("budgets")
def budget(request: HttpRequest, key: str, year: int) -> HttpResponse:
    """One policy's year: every movement, and the form that adds to it or takes away."""
    if key not in registry().policies:
        return redirect("budgets")
    user, refusal, given = reader(request), None, request.POST
    may = sits(user, "finance", timezone.localdate())
    if request.method == "POST":
        try:
            if not may:
                raise Refused(_("预算由财政部门调整。"))
            amount = fen(Decimal(given.get("amount", "").replace(",", "").replace("−", "-")))
            acts.adjust(key, year, amount, given.get("because", ""), by=user, at=timezone.now())
            messages.success(request, _("预算已调整。"))
            return redirect("budget", key, year)
        except (InvalidOperation, ValueError):
            refusal = Refused(_("调整额应是精确到分的数。"), _("追加写 50000，调减写 -50000。"))
        except Refused as refused:
            refusal = refused
    held, known = budget_of(registry().policies[key], year), registry().policies
    rows = Movement.objects.filter(budget__policy=key, budget__year=year).select_related("by")
    tags = {c.tag: c for c in Case.objects.filter(pk__in=[int(m.subject.rpartition(":")[2] or 0) for m in rows])}
    columns = [
        Column(_("时间"), lambda m: f"{timezone.localtime(m.at):%Y-%m-%d %H:%M}", width=18),
        Column(_("从"), lambda m: _(WORDS[m.from_stage]), width=12),
        Column(_("到"), lambda m: _(WORDS[m.to_stage]), width=12),
        Column(_("金额"), lambda m: in_yuan(m.amount), unit=_("元"), numeric=True, places=2, width=18),
        Column(_("事由"), lambda m: m.because or str(tags.get(m.subject, "")), width=50,
               show=lambda m: m.because or (link(reverse("case", args=[tags[m.subject].pk]), str(tags[m.subject]))
                                            if m.subject in tags else "")),
        Column(_("经办"), lambda m: str(m.by or _("系统")), width=12),
    ]  # fmt: skip
    desk = Desk(request.GET, rows, columns, title=_("资金流水"), empty=_("还没有动用。"))
    context = {
        "policy": tr(known[key].label), "budget": held, "year": year, "desk": desk, "may": may, "refusal": refusal,
        "given": given, "short": _(SHORT[known[key].short]),
    }  # fmt: skip
    return render(request, "finance/budget.html", context, status=409 if refusal else 200)


urls = [
    path("budgets/", budgets, name="budgets"),
    path("budgets.<sheet:suffix>", budgets, name="budgets_file"),
    path("budgets/<str:key>/<int:year>/", budget, name="budget"),
]
