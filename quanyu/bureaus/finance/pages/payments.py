"""`/payments/`: what is to be paid goes out as one file, the answer comes in as one; what was wrong is asked back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quanyu.bureaus.finance.acts import payments as acts
from quanyu.bureaus.finance.models import Answer, Batch, Payment
from quanyu.bureaus.finance.reads import payments as reads
from quanyu.bureaus.finance.reads.budgets import fen, in_yuan
from quanyu.bureaus.finance.reads.claims import sits
from quanyu.measures.periods import day
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.format import named, yuan
from quanyu.pagekit.tables import Column, link, respond, send
from quanyu.people.reads import banner
from quanyu.plan.access import needs, reader
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused

LARGEST = 5 * 1024 * 1024  # bytes of a file of results


def _desk(request: HttpRequest) -> Desk:
    known = registry().policies
    words = {"ordered": _("待送出"), "sent": _("待回执"), "paid": _("已支付"), "failed": _("支付失败")}
    lamps = {"ordered": "none ○", "sent": "ok ●", "paid": "done ✓", "failed": "late ■"}
    columns = [
        Column(_("支付编号"), lambda p: p.number, width=16,
               show=lambda p: link(reverse("case", args=[p.case_id]), p.number)),
        Column(_("企业"), lambda p: p.organisation.name, width=34),
        Column(_("政策"), lambda p: named(known, p.policy), width=30, minor=True),
        Column(_("金额"), lambda p: in_yuan(p.amount), unit=_("元"), numeric=True, places=2, width=16),
        Column(_("收款账户"), lambda p: str(p.account or ""), absent="", width=26, minor=True),
        Column(_("批次"), lambda p: str(p.batch or ""), absent="", width=14, minor=True),
        Column(_("结果"), lambda p: f"{lamps[p.state].split()[1]} {words[p.state]}", width=14),
        Column(_("支付日或原因"), lambda p: str(p.paid_on or p.reason), absent="", width=26),
    ]  # fmt: skip
    return Desk(
        request.GET, reads.payments(), columns, title=_("支付单"), downloads=reverse("payments").rstrip("/"),
        filters=[Filter("state", _("结果"), list(words.items()), lambda rows, v: rows.filter(state=v))],
        search=lambda rows, w: rows.filter(organisation__name__contains=w), search_label=_("企业名称"),
        empty=_("还没有支付单。在兑现台开具。"),
    )  # fmt: skip


@needs("budgets")
def payments(request: HttpRequest, suffix: str = "") -> HttpResponse:
    desk = _desk(request)
    if suffix:
        return respond(desk.table(), _("支付单"), suffix, banner())
    waiting = reads.to_send()
    ready = [p for p, _a, why in waiting if not why]
    context = {
        "desk": desk, "waiting": waiting, "ready": len(ready), "total": yuan(sum(p.amount for p in ready)),
        "stuck": [(p, why) for p, _a, why in waiting if why], "out": reads.layouts("order"),
        "back": reads.layouts("result"),
        "batches": [(b, yuan(b.total), b.payments.filter(state="sent").count()) for b in Batch.objects.all()[:20]],
        "answers": [(a, yuan(a.total)) for a in Answer.objects.all()[:10]],
        "may": sits(reader(request), "finance", timezone.localdate()),
    }  # fmt: skip
    return render(request, "finance/payments.html", context)


@require_POST
@needs("budgets")
def payments_send(request: HttpRequest) -> HttpResponse:
    layout = reads.layout_of(request.POST.get("layout", ""), "order")
    batch = acts.send(layout, by=reader(request), at=timezone.now())
    said = {"batch": batch, "n": batch.count, "total": yuan(batch.total)}
    messages.success(request, _("%(batch)s：%(n)s 笔，共 %(total)s 元，请下载后送银行或国库。") % said)
    return redirect("payments")


@needs("budgets")
def batch_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file of a batch, with account numbers in full: for the finance office alone."""
    if not sits(reader(request), "finance", timezone.localdate()):
        raise PermissionDenied(_("支付文件含有完整账号，只对财政部门开放。"))
    batch = get_object_or_404(Batch, pk=pk)
    layout = reads.layout_of(batch.layout, "order")
    content = reads.content(layout, reads.payments().filter(batch=batch).order_by("id"))
    response = send(content, batch.number, layout.format)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@needs("budgets")
def payments_answer(request: HttpRequest) -> HttpResponse:
    layout, upload = reads.layout_of(request.POST.get("layout", ""), "result"), request.FILES.get("file")
    if upload is None or (upload.size or 0) > LARGEST:
        raise Refused(_("没有选择文件，或文件超过 5 兆。"))
    made = acts.take_answer(layout, upload.name or "", upload.read(), by=reader(request), at=timezone.now())
    if made is None:
        messages.warning(request, _("这个文件以前已经读入过，没有再做任何改动。"))
    else:
        said = {"paid": made.paid, "total": yuan(made.total), "failed": made.failed}
        messages.success(request, _("已支付 %(paid)s 笔共 %(total)s 元，失败 %(failed)s 笔。") % said)
    return redirect("payments")


@require_POST
@needs("budgets")
def payment_recover(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a payment back, all or part of it."""
    payment, given = get_object_or_404(Payment, pk=pk, state="paid"), request.POST
    try:
        due = fen(Decimal(given.get("due", "").replace(",", "")))
    except (InvalidOperation, ValueError):
        raise Refused(_("应退回金额应是精确到分的数。")) from None
    until: dt.date = day(given.get("until", ""), _("退回期限"))
    case = acts.demand_back(payment, due, given.get("why", ""), until, by=reader(request), at=timezone.now())
    return redirect("case", case.pk)


urls = [
    path("payments/", payments, name="payments"),
    path("payments.<sheet:suffix>", payments, name="payments_file"),
    path("payments/send/", payments_send, name="payments_send"),
    path("payments/answer/", payments_answer, name="payments_answer"),
    path("payments/batches/<int:pk>/", batch_file, name="payments_batch"),
    path("payments/<int:pk>/recover/", payment_recover, name="payment_recover"),
]
