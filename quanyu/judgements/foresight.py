"""Looking for the firms of tomorrow: declared features earn points, and the score is held against what then happened.

It sorts a list for people to look at. It decides nothing, and its record stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from quanyu.judgements.points import Traits, holds, value_of
from quanyu.registry.model import Foresight, ScoreItem, Unit


@dataclass(frozen=True, slots=True)
class Reason:
    """One feature of a firm: its value in the feature's unit (None: not known), and the points that gave."""

    feature: ScoreItem
    value: Fraction | None
    points: Decimal


@dataclass(frozen=True, slots=True)
class Outlook:
    """A firm's score with all its reasons; `known`: of how many features the value is known."""

    reasons: tuple[Reason, ...]

    @property
    def points(self) -> Decimal:
        return sum((r.points for r in self.reasons), Decimal(0))

    @property
    def known(self) -> int:
        return sum(r.value is not None for r in self.reasons)


@dataclass(frozen=True, slots=True)
class Hits:
    """Of the `first` so many firms of a year's list, how many came true (None: the list is shorter than that)."""

    first: int
    came_true: Fraction | None

    @property
    def precision(self) -> Fraction | None:
        return None if self.came_true is None else self.came_true / self.first


@dataclass(frozen=True, slots=True)
class Record:
    """How a past year's list did: precision at each length, and the `base` rate, what a blind draw would have hit."""

    year: int
    firms: int
    came_true: int
    hits: tuple[Hits, ...]

    @property
    def base(self) -> Fraction | None:
        return Fraction(self.came_true, self.firms) if self.firms else None


def look_ahead(rule: Foresight, traits: Traits, units: Mapping[str, Unit]) -> Outlook | None:
    """The score of one firm; None where it is not among those looked at, or that is not known."""
    if not holds(rule.asks, traits):
        return None
    return Outlook(tuple(_reason(f, value_of(f, traits, units)) for f in rule.features))


def _reason(feature: ScoreItem, value: Fraction | None) -> Reason:
    """Bands stand from high to low: the first that the value reaches gives the points."""
    if value is not None:
        for band in feature.bands:
            if band.at_least is None or value >= Fraction(band.at_least):
                return Reason(feature, value, band.points)
    return Reason(feature, value, Decimal(0))


def came_true(rule: Foresight, then: Traits, newly: bool) -> bool | None:
    """Whether what was foreseen happened: a title `newly` held, or growth; None where growth is not known."""
    return newly or (holds(rule.grew, then) if rule.grew else False)


def record(rule: Foresight, year: int, scores: Mapping[int, Decimal], true: Mapping[int, bool | None]) -> Record:
    """How the list of a year did. Firms of which it is not known what became of them are left out of it.

    Where several firms stand equal at the end of a list, each counts with the share of the places that are left, so
    that the result does not hang on the order of equals.
    """
    known = {firm: score for firm, score in scores.items() if true.get(firm) is not None}
    ranked = sorted(known.values(), reverse=True)
    hits = tuple(_hits(k, ranked, known, true) for k in rule.first)
    return Record(year, len(known), sum(bool(true[firm]) for firm in known), hits)


def _hits(k: int, ranked: Sequence[Decimal], known: Mapping[int, Decimal], true: Mapping[int, bool | None]) -> Hits:
    if k > len(ranked):
        return Hits(k, None)
    edge = ranked[k - 1]
    above = [firm for firm, score in known.items() if score > edge]
    equal = [firm for firm, score in known.items() if score == edge]
    share = Fraction(k - len(above), len(equal))
    return Hits(k, sum(bool(true[f]) for f in above) + share * sum(bool(true[f]) for f in equal))
