"""Gap to lever: which firms, by the facts at hand, could close an indicator's gap. The engine counts, firm by firm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from quanyu.decisions.models import LeverCount
from quanyu.decisions.reads.current import current_series
from quanyu.measures import query
from quanyu.measures.engines import duckdb
from quanyu.measures.formula import Measure
from quanyu.measures.periods import Period
from quanyu.measures.source import Source
from quanyu.plan import reads as plan
from quanyu.registry.model import Lever, LeverTest, Registry

Values = dict[int, Decimal]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A firm a lever points to, by its id: the values of the lever's tests in their order, and which are met."""

    firm: int
    values: tuple[Decimal, ...]
    met: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class LeverFound:
    """A lever and the firms it finds in the facts up to `period`; none where it awaits facts that are not connected."""

    lever: Lever
    period: Period
    firms: tuple[Candidate, ...]

    @property
    def count(self) -> int:
        return len(self.firms)


def levers(indicator: str) -> list[LeverFound]:
    """What could close the gap of an indicator by the series in use, those with firms first; none before a count."""
    run = current_series()
    held = [i for i in plan.registry_at(run.revision).levers.values() if indicator in i.indicators]
    made = LeverCount.objects.filter(run=run).values_list("run", flat=True).first() if held else None
    found = [_found(made)[i.key] for i in held] if made else []
    return sorted(found, key=lambda f: (f.lever.awaits is not None, not f.count))


@lru_cache(maxsize=4)
def _found(run: int) -> dict[str, LeverFound]:
    """One count, read once per process: its row never changes."""
    made = LeverCount.objects.select_related("run").get(run=run)
    known, period = plan.registry_at(made.run.revision).levers, Period.parse(made.run.until)
    return {key: LeverFound(known[key], period, tuple(_candidate(known[key], int(firm), tuple(map(Decimal, values)))
                                                      for firm, values in rows))
            for key, rows in made.body.items()}  # fmt: skip


def count(registry: Registry, source: Source, until: Period) -> dict[str, Any]:
    """Ask all levers of a snapshot at the end of a month: lever → [firm id, values] of those it points to, as text."""
    tests = {_question(t): t for lever in registry.levers.values() for t in lever.tests}
    asked = {str(n): test for n, test in enumerate(tests.values())}
    names = {_question(test): name for name, test in asked.items()}
    known: dict[str, Values] = {name: {} for name in asked}
    for ahead in sorted({test.ahead for test in asked.values()}):
        read = {name: query.lever_test(registry, test) for name, test in asked.items() if test.ahead == ahead}
        measures = [replace(m, key=name) for name, m in read.items() if isinstance(m, Measure)]
        for p in duckdb.run(measures, source, [Period.of_month(until.last_month + ahead)], ("firm",)):
            if p.value is not None:
                known[p.measure][int(p.group)] = p.value
    return {
        key: [
            [c.firm, [str(v) for v in c.values]] for c in _pointed_to(i, [known[names[_question(t)]] for t in i.tests])
        ]
        for key, i in registry.levers.items()
    }


def _question(test: LeverTest) -> tuple[str, str, str, int]:
    return test.formula, test.unit, test.window, test.ahead


def _pointed_to(lever: Lever, columns: list[Values]) -> Iterator[Candidate]:
    """The firms that every test has a value for, all of `among` hold of, and that lack exactly `short` of the needs."""
    for firm in sorted(set.intersection(*(set(c) for c in columns))) if columns else ():
        found = _candidate(lever, firm, tuple(c[firm] for c in columns))
        needs, among = found.met[: len(lever.needs)], found.met[len(lever.needs) :]
        if all(among) and needs.count(False) == lever.short:
            yield found


def _candidate(lever: Lever, firm: int, values: tuple[Decimal, ...]) -> Candidate:
    return Candidate(firm, values, tuple(t.met(v) for t, v in zip(lever.tests, values, strict=True)))
