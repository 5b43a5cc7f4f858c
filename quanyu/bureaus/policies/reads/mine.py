"""What one firm may have on a day: policy by policy with every condition, the amount, and what it would take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from quanyu.bureaus.policies.reads.formulas import trait_words, wan
from quanyu.bureaus.policies.reads.library import PolicyLine, for_firms
from quanyu.casework import reads as casework
from quanyu.casework.models import Case
from quanyu.casework.words import CaseLine, Said
from quanyu.facts import reads as facts
from quanyu.facts.payments import Paid, counted, payments
from quanyu.facts.traits import traits_of
from quanyu.judgements.eligibility import Found, Rule, Verdict, combine, decide, read_policy
from quanyu.judgements.route import Route, cheapest_path
from quanyu.measures.source import Source
from quanyu.pagekit import format
from quanyu.pagekit.format import tr
from quanyu.people.models import Organisation, User
from quanyu.plan import reads as plan
from quanyu.registry.model import Action, Registry
from quanyu.registry.problem import Refused

CLAIM, SUBJECT, PARTY = "finance.claim", "policy:", "firm"
"""The case a claim is, how it names its policy, and which party the firm is."""
NONE = Decimal(0)
TICKS = {"met": ("", "✓"), "not_met": ("no", "✕"), "unknown": ("ask", "○"), "judgement": ("ask", "◇")}
ORDER = ("yes", "near", "judged", "open", "no")
LONG = 60
"""Of more characters than this a formula is told apart, not beside the amount."""


@lru_cache(maxsize=8)
def rules_on(revision: str, on: dt.date) -> tuple[Rule, ...]:
    """The policies for firms that are in force on a day, read once."""
    registry = plan.registry_at(revision)
    return tuple(read_policy(registry, policy, on) for policy in for_firms(registry, on))


class Claim(NamedTuple):
    """A claim of the firm on its way. `step`: what the firm has to do, where the reader may do it for the firm; `why`:
    the sentence against doing it now; `seen`: the reader may open its page."""

    case: Case
    line: CaseLine
    step: Action | None
    why: str
    seen: bool


def claims_of(firm: Organisation, registry: Registry, user: User, on: dt.date) -> dict[str, Claim]:
    """The claims of a firm, running and closed, the newest of each policy, by policy key."""
    firms = {f"parties__{PARTY}__1": firm.pk}
    rows = Case.objects.filter(type=CLAIM, subject__startswith=SUBJECT, **firms).order_by("pk")
    posts, found = casework.seats_of(user, on), {}
    for case in rows.select_related("holder", "holder_organisation"):
        steps = [] if case.closed_at else casework.actions(case, user, on, posts)
        mine = [(a, why) for a, why in steps if a.main and PARTY in a.by and casework.sides(case, a, user, on, posts)]
        step, why = mine[0] if mine else (None, "")
        found[case.subject.removeprefix(SUBJECT)] = Claim(
            case, CaseLine(case, registry, on), step, why, casework.may_see(case, user, on)
        )
    return found


class Tick(NamedTuple):
    """One condition on the page: its class, its mark, what it is, value against bound and what is missing."""

    key: str
    lamp: str
    mark: str
    label: str
    words: str
    unverified: bool


@dataclass(frozen=True)
class Prospect:
    """One policy for one firm: the verdict, what stacking leaves of the amount, what was paid, its claim.

    `asks`: the reader may claim it for the firm now.
    """

    line: PolicyLine
    verdict: Verdict
    payable: Decimal | None = None
    paid: Decimal = NONE
    claim: Claim | None = None
    asks: bool = False

    @property
    def key(self) -> str:
        return self.verdict.policy.key

    @property
    def grants(self) -> str:
        """The title it leads to, in words."""
        title = self.verdict.policy.grants
        return format.named(self.line.registry.titles, title) if title else ""

    @property
    def tax(self) -> bool:
        return bool(self.verdict.policy.benefit and self.verdict.policy.benefit.tax)

    @cached_property
    def alternatives(self) -> set[str]:
        """Of which groups of alternatives one is met."""
        return {f.condition.one_of for f in self.verdict.conditions if f.condition.one_of and f.state == "met"}

    @cached_property
    def lacking(self) -> list[Found]:
        """The conditions that keep the firm out; of alternatives the first, where none is met."""
        kept: dict[str, Found] = {}
        for f in self.verdict.conditions:
            c = f.condition
            if f.state == "not_met" and c.kind in ("threshold", "veto") and c.one_of not in self.alternatives:
                kept.setdefault(c.one_of or c.key, f)
        return list(kept.values())

    @property
    def group(self) -> str:
        """`yes`; `near` where one condition alone is lacking that can be measured or that has advice; `judged` where
        people must judge; `open` where something is not known; `no`."""
        if self.verdict.state != "no":
            return {"yes": "yes", "judgement": "judged", "unknown": "open"}[self.verdict.state]
        unknown = any(f.state == "unknown" for f in self.verdict.conditions if f.condition.kind == "threshold")
        one = self.lacking[0] if len(self.lacking) == 1 and not unknown else None
        return "near" if one and (one.distance is not None or one.condition.advice) else "no"

    @property
    def lamp(self) -> Said:
        match self.verdict.state:
            case "yes":
                return Said("done", "✓ " + _("已到账")) if self.paid else Said("ok", f"● {self.line.mode}")
            case "no":
                return Said("none", "○ " + _("差 %(n)s 项条件") % {"n": len(self.lacking)})
            case "judgement":
                return Said("warn", "◇ " + _("需人工判断"))
        if not self.verdict.unknown:
            return Said("none", "○ " + _("标准未定"))
        return Said("warn", "▲ " + _("缺 %(n)s 项数据") % {"n": len(self.verdict.unknown)})

    @property
    def long(self) -> bool:
        return len(self.verdict.words) > LONG

    @property
    def ticks(self) -> list[Tick]:
        """Every condition, as it stands. Of alternatives one of which is met, the others are not told."""
        rows = []
        for f in self.verdict.conditions:
            c = f.condition
            if f.state != "met" and (c.one_of in self.alternatives or c.kind == "bonus"):
                continue
            advice = tr(c.advice) if f.state == "not_met" and c.advice else ""
            words = format.clauses(filter(None, (f.words, advice)))
            rows.append(Tick(c.key, *TICKS[f.state], tr(c.label), words, c.unverified))
        return rows

    @property
    def unknown(self) -> str:
        """What is not known of the firm."""
        return format.listed(trait_words(self.line.registry, name, self.line.on) for name in self.verdict.unknown)

    @property
    def amount(self) -> str:
        """What it comes to, in 万元: what may be paid now, was paid, or would be paid if it were had."""
        held = None if self.payable is None else self.payable or self.paid
        return wan(held if self.verdict.state == "yes" and held is not None else self.verdict.amount)

    @property
    def reduced(self) -> bool:
        """Does stacking leave less than the policy alone would pay?"""
        v = self.verdict
        return v.state == "yes" and not self.paid and None not in (self.payable, v.amount) and self.payable != v.amount


@dataclass(frozen=True)
class Benefits:
    """Everything a firm may have on a day, by what is known of it and by what was changed for the sake of trying.

    `asks`: the reader sits on the firm's seat, and may claim for it.
    """

    registry: Registry
    on: dt.date
    rules: Sequence[Rule]
    known: Mapping[str, Any]
    changes: Mapping[str, Any] = field(default_factory=dict)
    payments: Sequence[Paid] = ()
    claims: Mapping[str, Claim] = field(default_factory=dict)
    as_of: dt.datetime | None = None
    asks: bool = False

    @cached_property
    def all(self) -> list[Prospect]:
        """Policy by policy: what waits for the firm first, then by how near it is and how much it brings."""
        verdicts = [decide(rule, {**self.known, **self.changes}, format.language()) for rule in self.rules]
        paid = next(iter(counted(self.registry, self.payments, self.on.year).values()), {})
        payable = combine(self.registry, verdicts, self.on, paid)

        def prospect(v: Verdict) -> Prospect:
            key, claim = v.policy.key, self.claims.get(v.policy.key)
            free = self.asks and not self.changes and (claim is None or claim.case.phase == "void")
            asks = free and v.policy.mode == "quick" and v.policy.kind in ("grant", "title") and bool(payable.get(key))
            line = PolicyLine(self.registry, v.policy, self.on)
            return Prospect(line, v, payable.get(key), paid.get(key, NONE), claim, asks)

        def rank(e: Prospect) -> tuple[bool, int, bool, Decimal]:
            waits = bool(e.claim and e.claim.step and not e.claim.why)
            return not waits, ORDER.index(e.group), bool(e.paid), -(e.payable or e.verdict.amount or NONE)

        return sorted(map(prospect, verdicts), key=rank)

    @cached_property
    def groups(self) -> dict[str, list[Prospect]]:
        return {group: [e for e in self.all if e.group == group] for group in ORDER}

    @cached_property
    def sums(self) -> dict[str, str]:
        """In 万元: what may be paid now, of it without and with asking; what is left untaxed, which nobody pays; what
        came this calendar year; what one condition more would bring."""
        had = [(e, e.payable or NONE) for e in self.groups["yes"]]
        paid = [(e, n) for e, n in had if not e.tax]
        own = [n for e, n in paid if e.verdict.policy.mode == "automatic"]
        parts = {
            "expected": [n for _e, n in paid], "automatic": own, "untaxed": [n for e, n in had if e.tax],
            "asked": [n for e, n in paid if e.verdict.policy.mode != "automatic"],
            "received": [p.amount for p in self.payments if p.on.year == self.on.year],
            "near": [e.verdict.amount or NONE for e in self.groups["near"] if not e.tax],
        }  # fmt: skip
        return {key: wan(sum(held, NONE)) for key, held in parts.items()}

    @property
    def last_payment(self) -> tuple[str, dt.date] | None:
        last = next(iter(self.payments), None)
        return last and (format.named(self.registry.policies, last.policy), last.on)

    @property
    def near_words(self) -> str:
        """What is lacking for those one step away, each once."""
        return format.listed(dict.fromkeys(tr(f.condition.label) for e in self.groups["near"] for f in e.lacking))

    @property
    def names(self) -> list[str]:
        """The traits that any of the policies asks for, in the order of the definitions, years together."""
        order = {key: i for i, key in enumerate(self.registry.traits)}
        asked = {name for rule in self.rules for name in rule.traits}
        return sorted(asked, key=lambda n: (order.get(n, order.get(n.rpartition("_")[0], len(order))), n))

    def way(self, key: str, months: int) -> Route | None:
        """The cheapest lawful way to a policy within so many months; None where there is no such policy."""
        rule = next((r for r in self.rules if r.policy.key == key), None)
        return rule and cheapest_path(self.registry, rule, {**self.known, **self.changes}, self.on, months)


def benefits_of(firm: Organisation, user: User, on: dt.date) -> Benefits:
    """What a firm may have on a day, by the last snapshot. Refused while nothing has been frozen."""
    snapshot = facts.last_snapshot()
    if snapshot is None:
        raise Refused(_("还没有封存过数据，不能测算。"), _("请运行 quanyu freeze。"))
    registry = plan.registry()
    known = traits_of(registry, Source.open(settings.QUANYU_HOME, snapshot.digest), firm.pk, on)
    return Benefits(
        registry, on, rules_on(registry.digest, on), known, {}, payments([firm.pk]),
        claims_of(firm, registry, user, on), snapshot.frozen_at,
        casework.fits(seat(registry, firm), casework.seats_of(user, on)),
    )  # fmt: skip


def seat(registry: Registry, firm: Organisation) -> casework.Seat:
    """Who answers for a firm's claims: the role that the case of a claim names, at the firm."""
    kind = registry.case_types.get(CLAIM)
    return (kind.parties[PARTY].role if kind else "", firm.pk)
