"""What claims and recoveries tie into their cases."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from quanyu.bureaus.finance.acts import claims as acts
from quanyu.bureaus.finance.acts import payments
from quanyu.bureaus.finance.models import Claim, Recovery
from quanyu.bureaus.finance.reads import claims as reads
from quanyu.bureaus.finance.reads.budgets import budget_of
from quanyu.bureaus.finance.reads.payments import payments as payments_of
from quanyu.casework.hooks import effect, guard, panel
from quanyu.casework.models import Case
from quanyu.pagekit.format import yuan
from quanyu.people.models import User
from quanyu.plan.access import permit_of
from quanyu.plan.reads import registry

for key, act in {
    "claim_opened": acts.opened, "claim_approved": acts.approved, "claim_recomputed": acts.recomputed,
    "claim_announced": acts.announced, "notice_closed": acts.go_on, "account_confirmed": acts.account_confirmed,
    "claim_ended": acts.ended, "payment_ordered": payments.claim_ordered, "payment_made": payments.claim_paid,
    "payment_failed": payments.claim_failed, "recovery_opened": payments.recovery_opened,
    "money_returned": payments.money_returned,
}.items():  # fmt: skip
    effect(f"finance.{key}")(act)


def _claim(case: Case) -> Claim:
    return reads.claims().get(pk=case.pk)


@guard("finance.still_entitled")
def still_entitled(case: Case, user: User | None, on: dt.date) -> str:
    """The claim is decided anew on the day: still entitled, to the same amount."""
    return acts.why_not_entitled(_claim(case), on)


@guard("finance.budget_left")
def budget_left(case: Case, user: User | None, on: dt.date) -> str:
    """The budget suffices, and where it is shared out, it was."""
    claim = _claim(case)
    policy = registry().policies.get(claim.policy)
    if policy is None:
        return "政策已不在现行定义里。"
    if policy.short != "first_come" and claim.granted is None:
        return "本政策的预算在各家之间分配，请在兑现台成批审定。"
    free = budget_of(policy, claim.year).free
    return f"预算还剩 {yuan(free)} 元，不够 {yuan(claim.payable)} 元。" if free < claim.payable else ""


@guard("finance.notice_is_over")
def notice_is_over(case: Case, user: User | None, on: dt.date) -> str:
    """The last day of the notice has passed."""
    until = case.due_on
    return f"公示到 {until} 为止。" if until and on <= until else "" if until else "公示期的最后一天还没有排定。"


@guard("finance.nothing_objected")
def nothing_objected(case: Case, user: User | None, on: dt.date) -> str:
    """No objection is open, none was upheld."""
    phases = list(reads.objections(_claim(case)).values_list("phase", flat=True))
    if "done" in phases:
        return "有异议经核查成立，请停止兑现。"
    running = len([p for p in phases if p != "void"])
    return f"还有 {running} 件异议没有办结。" if running else ""


@guard("finance.account_on_file")
def account_on_file(case: Case, user: User | None, on: dt.date) -> str:
    """The firm has an account that did not fail before, and did not confirm it already."""
    claim = _claim(case)
    if claim.confirmed_at:
        return "收款账户已经确认。"
    return reads.unusable(case.pk, reads.account_of(claim.organisation))


@panel(reads.KIND)
def claim_panel(request: HttpRequest, case: Case) -> tuple[str, dict[str, Any]]:
    """The claim in figures, its account masked, its payments, the objections against it."""
    claim, on = _claim(case), timezone.localdate()
    own = permit_of(request).may("benefits", claim.organisation)
    office = any(reads.sits(request.user, party, on) for party in ("office", "chief", "finance"))  # type: ignore[arg-type]  # behind the log-in
    return "finance/claims_panel.html", {
        "claim": claim, "policy": registry().policies.get(claim.policy), "own": own,
        "account": claim.account or reads.account_of(claim.organisation),
        "payments": payments_of().filter(case=case), "office": office,
        "objectors": claim.objectors.select_related("case") if office else [],
        "may_recover": reads.sits(request.user, "finance", on),  # type: ignore[arg-type]  # behind the log-in
    }  # fmt: skip


@panel(payments.RECOVERY)
def recovery_panel(request: HttpRequest, case: Case) -> tuple[str, dict[str, Any]]:
    """The payment, how much is to come back and how much did."""
    held = Recovery.objects.select_related("payment__organisation", "payment__case").get(pk=case.pk)
    return "finance/claims_recovery.html", {"held": held, "left": held.due - held.returned}
