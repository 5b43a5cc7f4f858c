"""Demonstration money: policies at every stage, from the list to the answer of the bank."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence

from quanyu.bureaus.finance.acts import claims, payments
from quanyu.bureaus.finance.acts.accounts import enter_account
from quanyu.bureaus.finance.models import Claim, Payment
from quanyu.bureaus.finance.reads import claims as reads
from quanyu.bureaus.finance.reads import payments as files
from quanyu.bureaus.finance.reads.budgets import in_yuan
from quanyu.casework.acts import take
from quanyu.people.acts import events_last
from quanyu.people.models import User
from quanyu.registry.model import Registry

OWN = "demo_"  # how the zone's own policies are named
STAGES = ("paid", "announced", "approved", "claimed", "listed")
DAY = dt.timedelta(days=1)
MOST = 15  # claims of a policy that go on; the others wait
BANKS = ("虚构银行园区支行", "演示农商行科创支行", "虚构发展银行东园支行")


def populate(registry: Registry, users: dict[str, User], at: dt.datetime, say: Callable[[str], None]) -> None:
    """Bring the zone's own policies of mode 免申即享 to one stage each, in the order of `STAGES`, the last days before
    `at`. The facts must be frozen, with firms' yearly figures."""
    say("兑现政策资金……")
    own = [p for p in reads.paying(at.date()) if p.mode == "automatic" and p.key.startswith(OWN)]
    for policy, stage in zip(own, STAGES, strict=False):
        with events_last():
            claims.draw_up(policy, by=users["clerk"], at=at - 40 * DAY)
            if stage != "listed":
                told = reads.unclaimed(policy, at.year)[: 2 * MOST]
                claims.claim_all(policy, told, by=users["clerk"], at=at - 39 * DAY)
            _go(list(reads.claims().filter(policy=policy.key)[:MOST]), STAGES.index(stage), users, at, policy.key)


def _go(rows: Sequence[Claim], stage: int, users: dict[str, User], at: dt.datetime, policy: str) -> None:
    """Approved from stage 2 on, announced from 1 on, paid at 0; three firms of four have confirmed where."""
    clerk, chief, finance = (users[name] for name in ("clerk", "chief", "finance"))
    numbers, paid = [c.pk for c in rows], stage == 0
    own = users["firm_owner"].posts.get().organisation_id  # confirms by itself: one click for who logs in
    if stage <= 2:
        claims.take_all("approve", numbers, by=chief, at=at - 35 * DAY, policy=policy)
    for claim in rows:
        if stage <= 2 and (claim.pk % 4 or claim.organisation_id == own):
            digits = random.Random(claim.organisation_id).randrange(10**15, 10**16)  # noqa: S311 - made-up numbers
            if reads.account_of(claim.organisation) is None:
                firm = claim.organisation
                enter_account(firm, firm.name, BANKS[firm.pk % 3], f"622{digits}", by=clerk, at=at - 34 * DAY)
            claim.case.refresh_from_db()
            if claim.case.closed_at is None and claim.organisation_id != own:
                take(claim.case, "confirm_account", by=None, at=at - 34 * DAY)
    if stage <= 1:
        claims.take_all("announce", numbers, by=clerk, at=at - (30 * DAY if paid else DAY), policy=policy)
    if paid:
        claims.take_all("close_notice", numbers, by=clerk, at=at - 18 * DAY, policy=policy)
        claims.take_all("order", numbers, by=finance, at=at - 15 * DAY, policy=policy)
        batch = payments.send(files.layouts("order")[0], by=finance, at=at - 14 * DAY)
        sent = Payment.objects.filter(batch=batch).order_by("id")
        layout = files.layouts("result")[0]
        lines = [",".join(c.heading for c in layout.columns)]
        for n, payment in enumerate(sent):
            failed = n % 9 == 8
            result = f"{layout.failed[0]},户名与账号不符" if failed else f"{layout.paid[0]},"
            lines.append(f"{payment.number},{in_yuan(payment.amount)},{result},{(at - 12 * DAY).date()}")
        payments.take_answer(layout, "支付结果.csv", "\n".join(lines).encode(), by=finance, at=at - 11 * DAY)
