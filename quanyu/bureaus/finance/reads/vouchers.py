"""Which schemes give vouchers, what is left of them, and what the rules of the spot check say of one."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from functools import cached_property
from statistics import median

from django.db.models import Case, Q, QuerySet, Sum, When

from quanyu.bureaus.finance.models import Tie, Voucher
from quanyu.casework.models import Document
from quanyu.facts import reads as facts
from quanyu.judgements.plausibility import centre
from quanyu.judgements.rings import families, related, rings
from quanyu.people.models import Organisation, User
from quanyu.people.reads import Permit
from quanyu.registry.model import Policy, Registry, Risk, in_force

KIND, PROVIDER = "finance.voucher", "voucher_provider"
FIRM, SERVANT = "firm_statistician", "service_institution"
SHARE, CAP, DAYS = "voucher_rate", "voucher_cap", "voucher_valid"
"""What a scheme must fix before a voucher can be given: parameters of these keys."""
FEWEST = 4  # other prices of a category, below which none is called dear


def schemes(registry: Registry, on: dt.date) -> list[Policy]:
    """The schemes that can give vouchers on a day: in force, with everything fixed that a voucher rests on."""
    found = [p for p in registry.policies.values() if p.kind == "voucher" and p.from_ <= on < (p.to or dt.date.max)]
    return [p for p in found if all(fixed(p, key, on) is not None for key in (SHARE, CAP, DAYS))]


def fixed(policy: Policy, key: str, on: dt.date) -> Decimal | None:
    """A parameter of a scheme on a day, in its own unit; None where nobody fixed it."""
    values = next((p.values for p in policy.parameters if p.key == key), ())
    found = in_force(values, on)
    return found.value if found and isinstance(found.value, Decimal) else None


def in_fen(registry: Registry, policy: Policy, key: str, on: dt.date) -> int:
    """A parameter in money, as whole fen."""
    unit = next(p.unit for p in policy.parameters if p.key == key)
    return int((fixed(policy, key, on) or Decimal(0)) * registry.units[unit].factor * 100)


def payable(registry: Registry, policy: Policy, price: int, face: int, on: dt.date) -> int:
    """What a scheme pays of a price, in fen: its share, cut down to the fen, and no more than the voucher's face."""
    unit = next(p.unit for p in policy.parameters if p.key == SHARE)
    share = (fixed(policy, SHARE, on) or Decimal(0)) * registry.units[unit].factor
    return min(face, int((share * price).to_integral_value(ROUND_DOWN)))


def live() -> QuerySet[Voucher]:
    """Vouchers that hold money or have used it: all but void ones."""
    return Voucher.objects.exclude(case__phase="void")


def left(registry: Registry, policy: Policy, organisation: Organisation, on: dt.date) -> int:
    """What a firm may still be given by a scheme this year, in fen."""
    mine = live().filter(policy=policy.key, organisation=organisation, year=on.year)
    used = mine.aggregate(sum=Sum(Case(When(used_on=None, then="face"), default="due")))["sum"] or 0
    return max(0, in_fen(registry, policy, CAP, on) - used)


def providers(on: dt.date) -> QuerySet[Organisation]:
    """The service institutions in the register of providers on a day."""
    return facts.holders(PROVIDER, on).order_by("name")


def offers(category: str, on: dt.date) -> list[Offer]:
    """The registered providers with what they did in a category: the most used first."""
    done = defaultdict[int, list[Voucher]](list)
    for voucher in live().filter(category=category).exclude(price=None):
        done[voucher.provider_id or 0].append(voucher)
    found = [Offer(provider, tuple(done[provider.pk])) for provider in providers(on)]
    return sorted(found, key=lambda o: -len(o.served))


def seen(permit: Permit, user: User) -> QuerySet[Voucher]:
    """The vouchers a person may see: all, or those of their own organisation as firm or as provider."""
    own = permit.seen_organisations("vouchers")
    mine = Q() if permit.everywhere("vouchers") else Q(organisation__in=own) | Q(provider__in=own)
    return Voucher.objects.filter(mine).select_related("case", "organisation", "provider")


@dataclass(frozen=True, slots=True)
class Offer:
    """A provider as a firm compares it: how often it served, its middle price in fen, how it was rated."""

    provider: Organisation
    served: tuple[Voucher, ...]

    @property
    def price(self) -> Decimal | None:
        prices = [v.price for v in self.served if v.price is not None]
        return Decimal(str(median(prices))) / 100 if prices else None

    @property
    def rating(self) -> Decimal | None:
        rated = [Decimal(v.rating) for v in self.served if v.rating]
        return sum(rated, Decimal(0)) / len(rated) if rated else None


class Check:
    """The spot check of one voucher at the moment payment is asked for."""

    def __init__(self, registry: Registry, voucher: Voucher, on: dt.date) -> None:
        self.registry, self.voucher, self.on = registry, voucher, on
        self.others = live().exclude(pk=voucher.pk)

    @cached_property
    def family(self) -> Mapping[int, int]:
        return families(Tie.objects.values_list("organisation", "who"))

    def hits(self) -> list[Risk]:
        """The rules that hit, in the order of the definitions."""
        return [risk for risk in self.registry.risks.values() if getattr(self, risk.what)(risk)]

    def related(self, risk: Risk | None = None) -> bool:
        return related(self.voucher.organisation_id, self.voucher.provider_id or 0, self.family)

    def ring(self, risk: Risk) -> bool:
        served = live().exclude(provider=None).values_list("organisation", "provider")
        both = {self.voucher.organisation_id, self.voucher.provider_id}
        return any(both <= circle for circle in rings(served, self.family))

    def same_invoice(self, risk: Risk) -> bool:
        return self.others.filter(invoice=self.voucher.invoice).exclude(invoice="").exists()

    def same_report(self, risk: Risk) -> bool:
        mine = Document.objects.filter(case=self.voucher.pk).values("digest")
        return Document.objects.filter(digest__in=mine, case__type=KIND).exclude(case=self.voucher.pk).exists()

    def dear(self, risk: Risk) -> bool:
        """Is the price so far above those of the same category that its modified z passes the limit?"""
        peers = self.others.filter(category=self.voucher.category).exclude(price=None)
        prices, limit = [float(p) for p in peers.values_list("price", flat=True)], in_force(risk.limit, self.on)
        if len(prices) < FEWEST or limit is None or self.voucher.price is None:
            return False
        middle, scatter = centre(prices, scatter=0.05 * sorted(prices)[len(prices) // 2])
        return float(self.voucher.price) - middle > float(limit.value or 0) * scatter

    def drawn(self, risk: Risk) -> bool:
        """Drawn by lot: by the digest of its number, so that nobody can choose and a second look draws the same."""
        limit = in_force(risk.limit, self.on)
        drawn = int(hashlib.sha256(self.voucher.case.tag.encode()).hexdigest()[:8], 16) % 10_000
        return limit is not None and drawn < Decimal(limit.value or 0) * 100


def standing_against(registry: Registry, voucher: Voucher) -> str:
    """Why a voucher may not be paid yet; "" when nothing stands against it."""
    hit = [registry.risks[key] for key in voucher.risks if key in registry.risks]
    if stopped := [str(r.label) for r in hit if r.stops]:
        return f"{'；'.join(stopped)}，不能兑付。"
    if hit and not voucher.inspected:
        return f"命中核查规则（{'；'.join(str(r.label) for r in hit)}），请先填写抽查记录。"
    return ""
