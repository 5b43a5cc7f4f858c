"""Questions about claims: what a firm has today, who stands where, what waits for whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop as later

from quanyu.bureaus.finance.models import Account, Claim, Entitlement, Payment
from quanyu.bureaus.finance.reads.budgets import fen
from quanyu.casework.models import Case
from quanyu.casework.reads import fits, seats_of, type_of
from quanyu.facts import reads as facts
from quanyu.facts.payments import counted, payments
from quanyu.facts.traits import traits_of, traits_of_all
from quanyu.judgements.eligibility import Rule, Traits, combine, decide, rank, read_policy
from quanyu.pagekit.format import exact
from quanyu.people.models import Organisation, User
from quanyu.plan.reads import registry
from quanyu.registry.model import Policy

KIND, OBJECTION = "finance.claim", "casework.objection"
STAGES: tuple[tuple[str, str, Q], ...] = (
    ("notified", later("已通知"), Q()),
    ("confirmed", later("已确认"), Q(confirmed_at__isnull=False)),
    ("announced", later("已公示"), Q(publicity__isnull=False)),
    ("paid", later("已拨付"), Q(paid_on__isnull=False)),
)
"""How far a claim has come: key, words, which claims; before them stand those entitled (应享)."""


def sits(user: User | None, party: str, on: dt.date) -> bool:
    """Does a person sit on the seat that this party of a claim is? The case type says which role that is."""
    role = registry().case_types[KIND].parties[party].role
    return user is not None and fits((role, None), seats_of(user, on))


def paying(on: dt.date) -> list[Policy]:
    """The policies in force that pay firms money by claims."""
    return [
        p for p in registry().policies.values()
        if p.subject == "firm" and p.kind in ("grant", "title") and p.benefit and not p.benefit.tax
        and p.from_ <= on and (p.to is None or on < p.to)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Today:
    """What a policy means for a firm on a day: `amount` in fen (None: it has none, or nobody knows), in words."""

    state: str
    amount: int | None
    words: str
    rank: Decimal | None = None


def today(policy: Policy, firm: Organisation, on: dt.date) -> Today:
    """Decide a policy for a firm on the last facts frozen, with those it may not be added to, less what was paid."""
    traits = traits_of(registry(), facts.current_source(), firm.pk, on)
    paid = counted(registry(), payments([firm.pk]), on.year).get(firm.pk, {})
    return decided(rules_beside(policy, on), traits, on, paid)


def today_all(policy: Policy, on: dt.date) -> dict[int, Today]:
    """The same for every firm of the facts, by its id."""
    traits, rules = traits_of_all(registry(), facts.current_source(), on), rules_beside(policy, on)
    paid = counted(registry(), payments(), on.year)
    return {firm: decided(rules, row, on, paid.get(firm, {})) for firm, row in traits.items()}


def rules_beside(policy: Policy, on: dt.date) -> list[Rule]:
    """A policy read, before those it may not be added to."""
    group = [p for p in paying(on) if p != policy and p.stacking and p.stacking == policy.stacking]
    return [read_policy(registry(), p, on) for p in (policy, *group)]


def decided(rules: Sequence[Rule], traits: Traits, on: dt.date, paid: Mapping[str, Decimal]) -> Today:
    """What the first of some policies means for a firm beside the others, less what was `paid`."""
    verdicts = [decide(rule, traits) for rule in rules]
    left = combine(registry(), verdicts, on, paid).get(rules[0].policy.key)
    order = rank(rules[0], traits)
    amount = None if left is None else fen(left)
    return Today(verdicts[0].state, amount, verdicts[0].words, None if order is None else exact(order, 6))


def claims() -> QuerySet[Claim]:
    return Claim.objects.select_related("case", "organisation", "account", "publicity")


def waiting(policy: str, action: str) -> list[Claim]:
    """The claims under a policy that a step may be taken of next, oldest first."""
    running = claims().filter(policy=policy, ended=False, case__closed_at__isnull=True)
    return [c for c in running if c.case.state in type_of(c.case).actions[action].from_]


def unclaimed(policy: Policy, year: int) -> QuerySet[Entitlement]:
    """The lines of a list nobody has opened a claim for."""
    had = Claim.objects.filter(policy=policy.key, term=term_of(policy, year), ended=False)
    return (
        Entitlement.objects.filter(policy=policy.key, year=year)
        .exclude(organisation__in=had.values("organisation"))
        .select_related("organisation")
    )


def term_of(policy: Policy, year: int) -> str:
    return "once" if policy.benefit and policy.benefit.once else str(year)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the funnel: how many firms, how much money in fen."""

    key: str
    label: str
    count: int
    amount: int


def funnels(year: int) -> dict[str, list[Step]]:
    """Per policy, from those entitled to those paid. Who claimed without standing on a list is entitled, too."""
    money = Coalesce("granted", "amount")
    sums: dict[str, Any] = {}
    for key, _label, which in STAGES:
        sums |= {f"{key}_n": Count("pk", filter=which), f"{key}_sum": Coalesce(Sum(money, filter=which), 0)}
    running = Claim.objects.filter(year=year, ended=False).order_by()
    rows = {row["policy"]: row for row in running.values("policy").annotate(**sums)}
    claimed = set(running.values_list("policy", "organisation"))
    listed: dict[str, list[int]] = {}
    for policy, firm, amount in Entitlement.objects.filter(year=year).values_list("policy", "organisation", "amount"):
        if (policy, firm) not in claimed:
            listed.setdefault(policy, []).append(amount)
    found = {}
    for policy in {*rows, *listed}:
        row, more = rows.get(policy, {}), listed.get(policy, [])
        steps = [Step(key, label, row.get(f"{key}_n", 0), row.get(f"{key}_sum", 0)) for key, label, _q in STAGES]
        entitled = Step("entitled", later("应享"), steps[0].count + len(more), steps[0].amount + sum(more))
        found[policy] = [entitled, *steps]
    return found


def added(funnels: Iterable[list[Step]]) -> list[Step]:
    """Several policies' funnels as one."""
    return [
        Step(s[0].key, s[0].label, sum(x.count for x in s), sum(x.amount for x in s))
        for s in zip(*funnels, strict=True)
    ]


def account_of(organisation: Organisation) -> Account | None:
    return Account.objects.filter(organisation=organisation, replaced_at=None).first()


def unusable(case_id: int, account: Account | None) -> str:
    """The sentence against paying a case to an account, or ""."""
    if account is None:
        return "还没有登记收款账户，请先登记。"
    failed = Payment.objects.filter(case=case_id, account=account, state="failed").first()
    return f"上次拨付失败（{failed.reason}），请先更正收款账户。" if failed else ""


def objections(claim: Claim) -> QuerySet[Case]:
    return Case.objects.filter(type=OBJECTION, subject=tag(claim))


def tag(claim: Claim) -> str:
    """How an objection names what it is about."""
    return f"finance.claim:{claim.pk}"
