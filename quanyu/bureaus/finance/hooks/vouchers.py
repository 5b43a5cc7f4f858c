"""What the steps of a voucher do beside moving its case, and what its page shows."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from quanyu.bureaus.finance.acts import vouchers as acts
from quanyu.bureaus.finance.models import Account, Voucher
from quanyu.bureaus.finance.reads import vouchers as reads
from quanyu.casework import reads as casework
from quanyu.casework.hooks import effect, guard, panel
from quanyu.casework.models import Case
from quanyu.pagekit.format import tr
from quanyu.people.models import User
from quanyu.plan import reads as plan

for act in (
    acts.declined, acts.priced, acts.delivered, acts.rated, acts.looked_at, acts.inspected, acts.settled, acts.void,
):  # fmt: skip
    effect(f"finance.voucher_{act.__name__}")(act)


@guard("finance.provider_is_chosen")
def provider_is_chosen(case: Case, by: User | None, on: dt.date) -> str:
    chosen = Voucher.objects.filter(pk=case.pk).exclude(provider=None).exists()
    return "" if chosen else "请在本页“选择服务机构”里选定机构。"


@guard("finance.provider_has_account")
def provider_has_account(case: Case, by: User | None, on: dt.date) -> str:
    known = Account.objects.filter(organisation=case.sits("provider")[1], replaced_at=None).exists()
    return "" if known else "服务机构还没有登记收款账户，请先登记。"


@guard("finance.voucher_may_be_paid")
def may_be_paid(case: Case, by: User | None, on: dt.date) -> str:
    return reads.standing_against(plan.registry(), Voucher.objects.get(pk=case.pk))


@panel(reads.KIND)
def voucher_panel(request: HttpRequest, case: Case) -> tuple[str, dict[str, Any]]:
    """The voucher in figures, the providers to choose from while there is none, the rules that hit (for the office)."""
    registry, on = plan.registry(), timezone.localdate()
    voucher = Voucher.objects.select_related("organisation", "provider").get(pk=case.pk)
    user = request.user
    choosing = case.state == "issued" and isinstance(user, User) and casework.holds(case, user, on)
    office = isinstance(user, User) and any(
        case.sits("office") == (post.role, None) for post in casework.seats_of(user, on)
    )
    return "finance/voucher_panel.html", {
        "voucher": voucher, "case": case, "policy": registry.policies.get(voucher.policy),
        "providers": reads.offers(voucher.category, on) if choosing else [], "choosing": choosing,
        "hits": [(tr(r.label), r.stops) for k, r in registry.risks.items() if k in voucher.risks] if office else [],
    }  # fmt: skip
