"""What the matching of all policies with all firms found: how many have each policy, and which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.bureaus.policies.models import Match
from quanyu.bureaus.policies.reads.mine import rules_on
from quanyu.casework.words import Said
from quanyu.facts.traits import traits_of_all
from quanyu.judgements.eligibility import Verdict, decide
from quanyu.judgements.eligibility.fast import kept
from quanyu.measures.source import Source
from quanyu.pagekit.format import listed, tr
from quanyu.people.models import Organisation
from quanyu.plan import reads as plan
from quanyu.registry.model import Condition

STATES = {
    "yes": (later("符合"), "●", "ok"), "no": (later("不符合"), "○", "none"), "unknown": (later("缺数据"), "▲", "warn"),
    "judgement": (later("需人工判断"), "◇", "warn"),
}  # fmt: skip
Counts = Mapping[str, Mapping[str, Any]]


def last() -> Match | None:
    """The matching of the latest day; None before the first."""
    return Match.objects.order_by("-on", "-id").first()


def folder(digest: str) -> Path:
    """Where the verdicts of a match lie, a Parquet file a policy."""
    return Path(settings.QUANYU_HOME, "matches", digest)


def counts() -> Counts:
    """Policy by policy, what the last matching counted."""
    held = last()
    return held.counts if held else {}


def number_of(counts: Counts, key: str, state: str) -> int | None:
    return counts[key][state] if key in counts else None


def sum_of(counts: Counts, key: str) -> Decimal | None:
    """What a policy would pay all that have it, in 万元; None where it pays nothing."""
    found = counts[key]["sum"] if key in counts else None
    return None if found is None else Decimal(found) / 10_000


@dataclass(frozen=True)
class FirmLine:
    """How one firm stands to one policy. `amount`: yuan; `lacking`: the conditions that are not met or not known."""

    firm: int
    name: str
    code: str
    verdict: str
    amount: Decimal | None
    lacking: tuple[tuple[Condition, str], ...]

    @property
    def state(self) -> Said:
        words, mark, lamp = STATES[self.verdict]
        return Said(lamp, f"{mark} {_(words)}")

    @property
    def why(self) -> str:
        said = {"unknown": _("（缺数据）"), "judgement": _("（需判断）")}
        return listed(tr(c.label) + said.get(state, "") for c, state in self.lacking)


def told(match: Match, key: str, language: str = "zh") -> dict[int, Verdict]:
    """Firm → every step of how a match found it to stand to one policy: values, bounds, distances, the formula.

    The match itself keeps how it stands; the steps are worked out again from the same snapshot and definitions.
    """
    registry = plan.registry_at(match.revision)
    traits = traits_of_all(registry, Source.open(settings.QUANYU_HOME, match.snapshot), match.on)
    rule = next(r for r in rules_on(match.revision, match.on) if r.policy.key == key)
    return {firm: decide(rule, known, language) for firm, known in traits.items()}


def lines(match: Match, key: str) -> list[FirmLine]:
    """Every firm of a match against one policy, those that have it first, the greatest amounts first."""
    policy = plan.registry_at(match.revision).policies[key]
    firms = {o.pk: o for o in Organisation.objects.only("name", "code")}
    conditions = [c for c in policy.conditions if c.kind != "bonus"]
    found = []
    for row in kept(folder(match.digest) / f"{key}.parquet"):
        firm = firms.get(row["firm"])
        if firm is not None:
            states = [(c, row[f"state_{c.key}"]) for c in conditions]
            fen, state = row["amount"], row["state"]
            lacking = () if state == "yes" else tuple((c, s) for c, s in states if s != "met")
            amount = None if fen is None else Decimal(fen).scaleb(-2)
            found.append(FirmLine(firm.pk, firm.name, firm.code, state, amount, lacking))
    order = list(STATES)
    return sorted(found, key=lambda n: (order.index(n.verdict), -(n.amount or 0), n.firm))
