"""Does a policy reach those it was made for: entitled, told, claiming, paid, why the rest is not, and how long it took.

Claims and payments belong to other rooms; what is read here is what they leave: cases whose subject is the policy, and
the facts of what was paid.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from statistics import median
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from quanyu.bureaus.policies.models import SurveyAnswer
from quanyu.bureaus.policies.reads import match
from quanyu.bureaus.policies.reads.library import for_firms
from quanyu.bureaus.policies.reads.mine import SUBJECT
from quanyu.casework.calendar import NotAnnounced, working_days_between
from quanyu.casework.models import Case
from quanyu.casework.words import CaseLine
from quanyu.facts.payments import payments
from quanyu.judgements.eligibility.fast import kept
from quanyu.people.models import Notice, Organisation
from quanyu.registry.model import Policy, Question, Registry, Survey


@dataclass(frozen=True)
class Coverage:
    """One policy in one year. Firms by id; `entitled` None where nothing has been matched yet. Amounts in yuan."""

    policy: Policy
    year: int
    entitled: frozenset[int] | None
    told: frozenset[int]
    claims: Mapping[int, Case]
    paid: Mapping[int, tuple[Decimal, dt.date]]
    registry: Registry
    on: dt.date

    @property
    def share(self) -> Fraction | None:
        """Of the entitled firms, how many were paid."""
        return Fraction(len(self.entitled & set(self.paid)), len(self.entitled)) if self.entitled else None

    @property
    def amount(self) -> Decimal:
        return sum((amount for amount, _on in self.paid.values()), Decimal(0))

    @property
    def applied(self) -> frozenset[int]:
        """Firms with a claim that has left their own hands."""
        mine = {k for k, case in self.claims.items() if case.phase != "void" and not self._awaits_firm(case)}
        return frozenset(mine | set(self.paid))

    @cached_property
    def rest(self) -> list[tuple[str, int]]:
        """Why entitled firms were not paid yet, in words, the most frequent first."""
        return Counter(self._why(firm) for firm in (self.entitled or frozenset()) - set(self.paid)).most_common()

    @cached_property
    def days(self) -> list[int]:
        """Working days from claim to payment, of each firm paid."""
        found = []
        for firm, (_amount, paid_on) in self.paid.items():
            if case := self.claims.get(firm):
                try:
                    opened = timezone.localdate(case.opened_at)
                    found.append(working_days_between(opened, paid_on, self.registry.holidays))
                except NotAnnounced:
                    continue
        return sorted(found)

    @property
    def middle(self) -> Fraction | None:
        return Fraction(median(self.days)) if self.days else None

    @property
    def kept(self) -> Fraction | None:
        """The share of payments within the promised days; None where nothing was promised or paid."""
        if not self.days or not self.policy.days:
            return None
        return Fraction(sum(d <= self.policy.days for d in self.days), len(self.days))

    @property
    def plain(self) -> dict[str, Any]:
        """What a review keeps."""
        counts = {"entitled": None if self.entitled is None else len(self.entitled), "told": len(self.told)}
        more = {"applied": len(self.applied), "paid": len(self.paid), "amount": f"{self.amount:f}"}
        return {**counts, **more, "days": self.days, "promised": self.policy.days}

    def _awaits_firm(self, case: Case) -> bool:
        return not case.closed_at and case.holder_organisation_id == _firm_of(case)

    def _why(self, firm: int) -> str:
        case = self.claims.get(firm)
        if case is None:
            return _("已通知，还没有申请") if firm in self.told else _("还没有通知")
        line = CaseLine(case, self.registry, self.on).kind.states[case.state].label
        if self._awaits_firm(case):
            return _("等企业：%(state)s") % {"state": line}
        return _("已结束：%(state)s") % {"state": line} if case.closed_at else _("在办：%(state)s") % {"state": line}


def coverage(registry: Registry, key: str, year: int, on: dt.date) -> Coverage:
    """How far one policy has come in a year, by the last matching and the cases and payments of the year."""
    policy, held, subject = registry.policies[key], match.last(), f"{SUBJECT}{key}"
    path = match.folder(held.digest) / f"{key}.parquet" if held else None
    entitled = frozenset(r["firm"] for r in kept(path) if r["state"] == "yes") if path and path.is_file() else None
    cases = Case.objects.filter(subject=subject, opened_at__year=year).order_by("pk")
    claims = {firm: case for case in cases if (firm := _firm_of(case)) is not None}
    heard = Notice.objects.filter(subject=subject, at__year=year).exclude(organisation=None)
    told = frozenset(heard.values_list("organisation", flat=True)) | frozenset(claims)
    return Coverage(policy, year, entitled, told, claims, _paid(key, year), registry, on)


def _firm_of(case: Case) -> int | None:
    return case.sits("firm")[1]


def _paid(key: str, year: int) -> dict[int, tuple[Decimal, dt.date]]:
    """Firm → what it was paid in a year less what came back, and the first day; without firms that kept nothing."""
    found: dict[int, tuple[Decimal, dt.date]] = {}
    for line in payments(year=year):
        if line.policy == key:
            amount, on = found.get(line.firm, (Decimal(0), dt.date.max))
            found[line.firm] = (amount + line.amount, min(on, line.on))
    return {firm: held for firm, held in found.items() if held[0] > 0}


def met_by(registry: Registry, firm: Organisation, on: dt.date) -> list[str]:
    """The policies a firm had to do with this year: it claimed, or was paid."""
    cases = Case.objects.filter(subject__startswith=SUBJECT, parties__firm__1=firm.pk, opened_at__year=on.year)
    keys = {subject.removeprefix(SUBJECT) for subject in cases.values_list("subject", flat=True)}
    keys |= {line.policy for line in payments([firm.pk], on.year)}
    return [p.key for p in for_firms(registry, on) if p.key in keys]


@dataclass(frozen=True)
class Heard:
    """What firms answered to one question: how many each choice got, the mean where choices are ratings, words."""

    question: Question
    counts: Mapping[str, int] = field(default_factory=dict)
    words: tuple[str, ...] = ()

    @property
    def mean(self) -> Fraction | None:
        rated = {int(k): n for k, n in self.counts.items() if k.isdecimal()}
        return Fraction(sum(k * n for k, n in rated.items()), sum(rated.values())) if rated else None


def heard(survey: Survey, policy: str, year: int) -> tuple[int, list[Heard]]:
    """How many firms answered about a policy, and what; nothing of it below the fewest that keep a firm unknown."""
    rows = [a.answers for a in SurveyAnswer.objects.filter(survey=survey.key, policy=policy, year=year)]
    if len(rows) < survey.fewest:
        return len(rows), []
    found = []
    for q in survey.questions:
        said = [row[q.name] for row in rows if row.get(q.name)]
        counted = Counter(said)
        chosen = {key: counted[key] for key in q.choices}
        found.append(Heard(q, chosen) if q.type == "choice" else Heard(q, {}, tuple(sorted(said))))
    return len(rows), found
