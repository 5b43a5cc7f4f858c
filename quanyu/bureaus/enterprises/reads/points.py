"""Questions about innovation points and the look ahead: every firm's sheet, every firm's score, its record so far."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from quanyu.bureaus.enterprises.reads.ladder import Ladder, traits_on, years_back
from quanyu.facts import reads as facts
from quanyu.judgements.foresight import Outlook, Record, came_true, look_ahead, record
from quanyu.judgements.points import Sheet, points_of
from quanyu.plan.reads import registry_at
from quanyu.registry.model import Foresight, Points

PAST = 3
"""So many past years a score is held against."""


@lru_cache(maxsize=8)
def sheets(digest: str, snapshot: str, home: Path, on: dt.date, index: str) -> Mapping[int, Sheet]:
    """Every firm's points on a day."""
    known = registry_at(digest)
    held = traits_on(digest, snapshot, home, on)
    return {firm: points_of(known.points[index], known, traits, on) for firm, traits in held.items()}


def points(ladder: Ladder, index: Points) -> Mapping[int, Sheet]:
    return sheets(*ladder.key, ladder.on, index.key)


@lru_cache(maxsize=16)
def _scores(digest: str, snapshot: str, home: Path, on: dt.date, rule: str) -> Mapping[int, Outlook]:
    known = registry_at(digest)
    held = traits_on(digest, snapshot, home, on)
    looked = {f: look_ahead(known.foresights[rule], traits, known.units) for f, traits in held.items()}
    return {firm: outlook for firm, outlook in looked.items() if outlook is not None}


@dataclass(frozen=True)
class Ahead:
    """The look ahead of a day."""

    ladder: Ladder
    rule: Foresight

    def scores(self, on: dt.date) -> Mapping[int, Outlook]:
        """Those looked at and not yet there, with their scores as of a day."""
        there = self.titled(on)
        found = _scores(*self.ladder.key, on, self.rule.key)
        return {firm: outlook for firm, outlook in found.items() if firm not in there}

    def titled(self, on: dt.date) -> frozenset[int]:
        rows = facts.standings(on).filter(title__in=self.rule.titles).values_list("organisation", flat=True)
        return frozenset(rows)

    @property
    def records(self) -> list[Record]:
        """The record on past years: each scored with the traits of then, held against what is known since."""
        days = [years_back(self.ladder.on, back) for back in range(self.rule.years, self.rule.years + PAST)]
        return [self._record(day) for day in days]

    def _record(self, day: dt.date) -> Record:
        after = years_back(day, -self.rule.years)
        newly, then = self.titled(after), traits_on(*self.ladder.key, after)
        scores = {firm: outlook.points for firm, outlook in self.scores(day).items()}
        true = {firm: came_true(self.rule, then.get(firm, {}), firm in newly) for firm in scores}
        return record(self.rule, day.year, scores, true)
