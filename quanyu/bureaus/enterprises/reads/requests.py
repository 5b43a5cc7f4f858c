"""Questions about what firms ask for: how fast they are answered, what comes up again and again."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from statistics import median

from django.db.models import QuerySet
from django.utils import timezone

from quanyu.bureaus.enterprises.models import Request
from quanyu.bureaus.enterprises.reads.register import setting
from quanyu.casework.calendar import NotAnnounced, working_days_between
from quanyu.casework.words import CaseLine
from quanyu.pagekit.format import tr
from quanyu.people.reads import Permit
from quanyu.plan.reads import registry
from quanyu.registry.model import Label, Registry

KIND = "enterprises.request"
FIRM = ("firm", "owner")
"""The parties of the case type that are the firm's."""
OFFICE = ("review", "active")
"""Phases in which the office is at work."""


def firm_parties() -> list[tuple[str, str]]:
    """The firm's sides of a request with their roles."""
    parties = registry().case_types[KIND].parties
    return [(party, parties[party].role) for party in FIRM]


def requests(permit: Permit) -> QuerySet[Request]:
    """The requests this person may read, the newest first."""
    rows = Request.objects.filter(organisation__in=permit.seen_organisations("requests"))
    return rows.select_related("organisation__area", "case__holder", "case__holder_organisation").order_by("-pk")


def kinds(known: Registry) -> dict[str, str]:
    """What may be asked for: the choices of the case type's question."""
    asked = next(q for q in known.case_types[KIND].form if q.name == "kind")
    return {key: tr(label) for key, label in asked.choices.items()}


def promised(known: Registry) -> tuple[int, int]:
    """Within how many working days the office promises to respond, and to answer: the terms of the states it holds."""
    kind = known.case_types[KIND]
    first = kind.states[kind.start].within or 0
    return first, sum(s.within or 0 for s in kind.states.values() if s.phase in OFFICE)


@dataclass(frozen=True)
class RequestLine:
    """A request with the working days it took, or has waited so far (`…_late` when that is more than promised)."""

    row: Request
    known: Registry
    on: dt.date

    @cached_property
    def case(self) -> CaseLine:
        return CaseLine(self.row.case, self.known, self.on)

    @property
    def kind(self) -> str:
        return kinds(self.known).get(self.row.kind, self.row.kind)

    @property
    def text(self) -> str:
        """All that was asked, to search in."""
        return f"{self.row.case.title}。{self.row.case.form.get('content', '')}"

    @property
    def solved(self) -> str:
        asked = (q for a in self.known.case_types[KIND].actions.values() for q in a.form if q.name == "solved")
        found: Label | str = next((q.choices[self.row.solved] for q in asked if self.row.solved in q.choices), "")
        return tr(found)

    def _days(self, until: dt.datetime | None) -> int | None:
        try:
            last = timezone.localdate(until) if until else self.on
            return working_days_between(timezone.localdate(self.row.case.opened_at), last, self.known.holidays)
        except NotAnnounced:
            return None

    @cached_property
    def response(self) -> int | None:
        """Working days to the first reaction; so far, where there was none yet."""
        return self._days(self.row.responded_at or self.row.case.closed_at)

    @cached_property
    def solution(self) -> int | None:
        return self._days(self.row.answered_at or self.row.case.closed_at)

    @property
    def dropped(self) -> bool:
        """It ended without an answer: withdrawn, or not taken up. It counts for no time of solution."""
        return self.row.case.closed_at is not None and self.row.answered_at is None

    @property
    def late(self) -> bool:
        return not self.dropped and self.solution is not None and self.solution > promised(self.known)[1]


@dataclass(frozen=True)
class Tally:
    """The requests of a kind: how many, how fast, how well. Medians are of those done; a share counts in its base also
    those that already wait longer than promised, so that nothing is kept on time by not being answered."""

    label: str
    lines: Sequence[RequestLine]
    promised: tuple[int, int]

    @cached_property
    def responses(self) -> list[int]:
        return [n.response for n in self.lines if n.row.responded_at and n.response is not None]

    @cached_property
    def solutions(self) -> list[int]:
        return [n.solution for n in self.lines if n.row.answered_at and n.solution is not None]

    @property
    def open(self) -> int:
        return sum(n.row.case.closed_at is None for n in self.lines)

    @property
    def response(self) -> Fraction | None:
        return Fraction(median(self.responses)) if self.responses else None

    @property
    def solution(self) -> Fraction | None:
        return Fraction(median(self.solutions)) if self.solutions else None

    @property
    def responded_in_time(self) -> Fraction | None:
        waits = [n.response or 0 for n in self.lines if not (n.row.responded_at or n.row.case.closed_at)]
        return _share(self.responses, waits, self.promised[0])

    @property
    def solved_in_time(self) -> Fraction | None:
        waits = [n.solution or 0 for n in self.lines if not (n.row.answered_at or n.row.case.closed_at)]
        return _share(self.solutions, waits, self.promised[1])

    @property
    def stars(self) -> Fraction | None:
        given = [n.row.stars for n in self.lines if n.row.stars]
        return Fraction(sum(given), len(given)) if given else None


def _share(done: Collection[int], waits: Collection[int], limit: int) -> Fraction | None:
    late = sum(n > limit for n in waits)
    whole = len(done) + late
    return Fraction(sum(n <= limit for n in done), whole) if whole else None


def tallies(known: Registry, lines: Sequence[RequestLine]) -> list[Tally]:
    """Kind by kind, the most asked for first."""
    held = defaultdict[str, list[RequestLine]](list)
    for line in lines:
        held[line.kind].append(line)
    return [Tally(k, found, promised(known)) for k, found in sorted(held.items(), key=lambda kv: (-len(kv[1]), kv[0]))]


@dataclass(frozen=True)
class Theme:
    """Words that come up in several requests: in how many, and of which kinds."""

    words: str
    count: int
    kinds: Sequence[str]


def themes(known: Registry, lines: Sequence[RequestLine], most: int = 10) -> list[Theme]:
    """What requests have in common: the longest runs of 2 to 6 signs that stand in at least two of them.

    Simple counting, so that anybody can check it. Words that say nothing (`request_stop_words`) end a run.
    """
    stops = "|".join(map(re.escape, sorted(setting(known, "request_stop_words") or ["的"], key=len, reverse=True)))
    found = defaultdict[str, list[RequestLine]](list)
    for line in lines:
        runs = [run for part in re.split(stops, line.text) for run in re.findall(r"[\w]+", part)]
        for gram in {run[i : i + n] for run in runs for n in range(2, 7) for i in range(len(run) - n + 1)}:
            if not gram.isdigit():
                found[gram].append(line)
    often = {gram: held for gram, held in found.items() if len(held) > 1}
    inside = Counter[str]()  # in how many at most a longer run holds this one
    for gram, held in often.items():
        for part in {gram[i : i + n] for n in range(2, len(gram)) for i in range(len(gram) - n + 1)}:
            inside[part] = max(inside[part], len(held))
    told = [g for g, held in often.items() if len(held) > inside[g]]
    told.sort(key=lambda g: (-len(often[g]), -len(g), g))
    kept = list[str]()
    for gram in told:
        if not any(gram in other or other in gram for other in kept):
            kept.append(gram)
    return [Theme(g, len(often[g]), sorted({n.kind for n in often[g]})) for g in kept[:most]]
