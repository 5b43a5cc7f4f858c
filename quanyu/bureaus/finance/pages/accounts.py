"""`/account/`: where a firm is paid, entered once by its own people; and the one click that confirms it for a claim."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quanyu.bureaus.finance.acts.accounts import enter_account
from quanyu.bureaus.finance.models import Claim
from quanyu.bureaus.finance.reads import claims as reads
from quanyu.casework import acts as casework
from quanyu.casework.reads import may_see
from quanyu.people.models import Organisation
from quanyu.plan.access import permit_of, reader
from quanyu.registry.problem import Refused


def _own(request: HttpRequest) -> tuple[Organisation, bool]:
    """The organisation somebody acts for that may be paid, and whether they answer for it; 404 for everybody else."""
    held = permit_of(request)
    mine = {own for role, own in held.hats if role.own_only and {"benefits", "vouchers"} & set(role.sees)}
    own = Organisation.objects.filter(pk__in=mine).order_by("pk").first()
    if own is None:
        raise Http404
    return own, held.may("confirm", own) or not held.may("benefits", own)


@login_required
def account(request: HttpRequest) -> HttpResponse:
    own, may = _own(request)
    given, refusal, claim = request.POST, None, request.GET.get("claim", "")
    if request.method == "POST":
        try:
            if not may:
                raise Refused(_("收款账户由企业负责人登记。"))
            said = (given.get(name, "") for name in ("holder", "bank", "number"))
            enter_account(own, *said, by=reader(request), at=timezone.now())
            messages.success(request, _("收款账户已登记。"))
            waits = claim.isdecimal() and Claim.objects.filter(pk=claim, organisation=own).exists()
            return _confirmed(request, int(claim)) if waits else redirect("account")
        except Refused as refused:
            refusal = refused
    context = {"own": own, "account": reads.account_of(own), "may": may, "refusal": refusal, "given": given}
    return render(request, "finance/accounts.html", context, status=409 if refusal else 200)


@require_POST
@login_required
def claim_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """One click: the account on file is the one to pay to. Without one the way leads to its form, and back here."""
    claim = reads.claims().filter(pk=pk).first()
    if claim is None or not may_see(claim.case, reader(request), timezone.localdate()):
        raise Http404
    if reads.unusable(pk, reads.account_of(claim.organisation)):
        return redirect(f"{reverse('account')}?claim={pk}")
    return _confirmed(request, pk)


def _confirmed(request: HttpRequest, pk: int) -> HttpResponse:
    claim = reads.claims().get(pk=pk)
    casework.take(claim.case, "confirm_account", by=reader(request), at=timezone.now())
    words = {"account": reads.account_of(claim.organisation)}
    messages.success(request, _("已确认：资金将拨付到%(account)s。") % words)
    return redirect("case", pk)


urls = [
    path("account/", account, name="account"),
    path("claims/<int:pk>/confirm/", claim_confirm, name="claim_confirm"),
]
