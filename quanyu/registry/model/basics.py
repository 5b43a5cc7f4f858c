"""What every definition is made of: names, citations, dated values, units."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from quanyu.registry.problem import Place

Frequency = Literal["month", "quarter", "half_year", "year"]


@dataclass(frozen=True, slots=True)
class Label:
    """A name for people: Chinese always, English for the switch (falls back to Chinese)."""

    zh: str
    en: str = ""

    def of(self, language: str) -> str:
        return self.en if language.startswith("en") and self.en else self.zh

    def __str__(self) -> str:
        return self.zh


@dataclass(frozen=True, slots=True)
class Cite:
    """Where a definition rests: a document key (the plan, a law) and lines or a clause, with a short quotation."""

    document: str
    lines: tuple[int, ...] = ()
    clause: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Label):
    """A document that definitions cite: its name, 文号 ("" where unknown), and what to know about this copy of it."""

    key: str
    place: Place
    number: str = ""
    note: Label | None = None
    unverified: bool = False

    def __str__(self) -> str:
        return self.zh


@dataclass(frozen=True, slots=True)
class Dated:
    """One value from a day on, with the reason it changed. `unverified` facts say so on screen."""

    since: dt.date
    value: Decimal | str | None
    because: str
    cites: tuple[Cite, ...] = ()
    statement: str = ""
    unverified: bool = False


def in_force(values: tuple[Dated, ...], on: dt.date) -> Dated | None:
    """The entry that holds on a day: the latest `since` not after it; None before the first."""
    held = [v for v in values if v.since <= on]
    return max(held, key=lambda v: v.since) if held else None


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure. `factor` times a quantity in this unit gives it in the dimension's base unit (Decimal, exact).

    `dimension` names what it measures: money, share, count:<thing> (家, 件, 人 do not mix), person_time, area, time,
    or a quotient such as `count:item/count:person`. `decimals` is how many places pages print.
    """

    key: str
    label: Label
    dimension: str
    factor: Decimal
    decimals: int
    place: Place
