"""What the steps of a voucher do beside moving its case, and what its page shows."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from quanyu.bureaus.finance.acts import budgets, payments
from quanyu.bureaus.finance.acts.vouchers import fen_of
from quanyu.bureaus.finance.models import Account, Voucher
from quanyu.bureaus.finance.reads import vouchers as reads
from quanyu.casework import reads as casework
from quanyu.casework.hooks import Moment, effect, guard, panel
from quanyu.casework.models import Case
from quanyu.pagekit.format import tr
from quanyu.people.models import User
from quanyu.plan import reads as plan


def _held(moment: Moment) -> Voucher:
    return Voucher.objects.select_for_update().get(pk=moment.case.pk)


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


@effect("finance.voucher_declined")
def declined(moment: Moment) -> None:
    Voucher.objects.filter(pk=moment.case.pk).update(provider=None)


@effect("finance.voucher_priced")
def priced(moment: Moment) -> None:
    """The scheme pays its share of the price, up to the face; what the face holds beyond that goes back at once."""
    held, registry = _held(moment), plan.registry()
    held.price = fen_of(moment.form["price"], "合同金额")
    given = timezone.localdate(moment.case.opened_at)
    held.due = reads.payable(registry, registry.policies[held.policy], held.price, held.face, given)
    held.save(update_fields=["price", "due"])


@effect("finance.voucher_delivered")
def delivered(moment: Moment) -> None:
    invoice = "".join(moment.form["invoice"].split()).upper()[:40]
    Voucher.objects.filter(pk=moment.case.pk).update(invoice=invoice, inspected=False)


@effect("finance.voucher_rated")
def rated(moment: Moment) -> None:
    Voucher.objects.filter(pk=moment.case.pk).update(rating=int(moment.form["rating"]))


@effect("finance.voucher_looked_at")
def looked_at(moment: Moment) -> None:
    held = _held(moment)
    held.risks = [r.key for r in reads.Check(plan.registry(), held, timezone.localdate(moment.at)).hits()]
    held.save(update_fields=["risks"])


@effect("finance.voucher_inspected")
def inspected(moment: Moment) -> None:
    Voucher.objects.filter(pk=moment.case.pk).update(inspected=True)


@effect("finance.voucher_settled")
def settled(moment: Moment) -> None:
    """The provider is to be paid what is due; the rest of the face goes back to the budget."""
    held = _held(moment)
    assert held.due is not None and held.provider is not None
    held.used_on = timezone.localdate(moment.at)
    held.save(update_fields=["used_on"])
    if held.face > held.due:
        budgets.release(held.policy, held.year, held.face - held.due, held.case.tag, by=moment.by, at=moment.at)
    payments.order(held.provider, held.policy, held.year, held.due, held.case.tag, by=moment.by, at=moment.at)


@effect("finance.voucher_void")
def void(moment: Moment) -> None:
    held = _held(moment)
    budgets.release(held.policy, held.year, held.face, held.case.tag, by=moment.by, at=moment.at)


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
