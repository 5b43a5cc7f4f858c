"""Four reckonings of one firm's R&D for one year: what lawfully lies between them, and what is left to be explained.

Everything is exact: amounts arrive in yuan (other quantities in their base unit) as Decimal or Fraction, differences
come out as Fraction. What nobody supplied is None and stays None; it is never taken for zero.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from quanyu.registry.identity import parse_expression
from quanyu.registry.model import Caliber, Dated, Difference, in_force

Amount = Decimal | Fraction
Supplied = Mapping[str, Mapping[str, Amount | None]]
"""Form key → field → what it comes to in the year; a form or field nobody supplied in whole is absent or None."""
parsed = lru_cache(maxsize=256)(parse_expression)


@dataclass(frozen=True, slots=True)
class Move:
    """One lawful difference as it came out: what it looked at, what of it counts, the share and rate that bound it."""

    step: Difference
    concerned: Fraction
    counted: Fraction
    limit: Fraction | None = None
    share: Dated | None = None
    rate: Dated | None = None

    @property
    def change(self) -> Fraction:
        """What it does to the figure: up where it adds, else down or nothing."""
        return self.counted if self.step.adds else self.counted - self.concerned

    @property
    def capped(self) -> bool:
        return self.limit is not None and self.counted == self.limit

    @property
    def unverified(self) -> bool:
        return self.step.unverified or any(d.unverified for d in (self.share, self.rate) if d)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """One caliber of a firm and year: the figure supplied, and what the base leads to by the steps (`lawful`).

    `threshold`: how much may be left unexplained (yuan); `above`: calibers it exceeds though it must not.
    """

    caliber: Caliber
    figure: Fraction | None
    moves: tuple[Move, ...] = ()
    lawful: Fraction | None = None
    threshold: Fraction | None = None
    above: tuple[str, ...] = ()

    @property
    def rest(self) -> Fraction | None:
        """What no rule explains: above 0 more than the rules lead to, below 0 less."""
        return None if self.figure is None or self.lawful is None else self.figure - self.lawful

    @property
    def asks(self) -> bool:
        """Is it worth asking the firm? Where no threshold is in force, nothing is asked by itself."""
        beyond = self.rest is not None and self.threshold is not None and abs(self.rest) > self.threshold
        return beyond or bool(self.above)


def reckon(calibers: Sequence[Caliber], supplied: Supplied, year: int) -> list[Reckoned]:
    """Every caliber of one firm and year, in the order given, by the rules in force at the end of that year."""
    on, by_key = dt.date(year, 12, 31), {c.key: c for c in calibers}
    figures = {c.key: parsed(c.figure).value(supplied.get(c.form, {})) for c in calibers}
    found = []
    for c in calibers:
        base = by_key.get(c.base)
        if base is None:
            found.append(Reckoned(c, figures[c.key]))
            continue
        start, least = figures[base.key], in_force(c.ask_least, on)
        moves = _moves(c, supplied.get(base.form, {}), on)
        lawful = None if start is None or moves is None else start + sum((m.change for m in moves), Fraction(0))
        slack = _value(least) or Fraction(0)
        above = tuple(k for k in c.at_most if _exceeds(figures[c.key], figures[k], slack))
        found.append(Reckoned(c, figures[c.key], moves or (), lawful, _threshold(c, start, on), above))
    return found


def _moves(caliber: Caliber, cells: Mapping[str, Amount | None], on: dt.date) -> tuple[Move, ...] | None:
    """The steps one after another; None where one cannot be taken: a cell or the rule of that year is lacking."""
    known: dict[str, Decimal | Fraction | None] = dict(cells)
    for name, text in caliber.amounts.items():
        known[name] = parsed(text).value(known)
    moves = []
    for step in caliber.steps:
        concerned = parsed(step.of).value(known)
        share, rate = in_force(step.share, on), in_force(step.rate, on)
        counted = None if concerned is None or (step.share and share is None) else concerned
        if counted is not None and share is not None:
            counted *= _value(share) or 0
        limit = parsed(step.limit).value(known | {"rate": _value(rate)}) if step.limit else None
        if concerned is None or counted is None or (step.limit and limit is None):
            return None
        counted = counted if limit is None else min(counted, limit)
        known[step.key] = counted
        moves.append(Move(step, concerned, counted, limit, share, rate))
    return tuple(moves)


def _threshold(caliber: Caliber, start: Fraction | None, on: dt.date) -> Fraction | None:
    share, least = _value(in_force(caliber.ask_share, on)), _value(in_force(caliber.ask_least, on))
    known = [bound for bound in (None if share is None or start is None else share * start, least) if bound is not None]
    return max(known, default=None)


def _exceeds(mine: Fraction | None, other: Fraction | None, slack: Fraction) -> bool:
    return mine is not None and other is not None and mine - other > slack


def _value(dated: Dated | None) -> Fraction | None:
    return Fraction(dated.value) if dated is not None and isinstance(dated.value, Decimal) else None
