"""Which projects a zone does not count as R&D, or wants looked at, as data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from quanyu.registry.model.basics import Cite, Label
from quanyu.registry.problem import Place

Sieve = Literal["words", "letters", "codes", "span", "short", "similar", "empty"]
"""What is looked for: one of `words` in the text; a run of Latin `letters`; one of `codes`; more than `years` from the
first month to the second; fewer than `characters` Chinese characters; a name more like one of the firm's earlier years
than `score`; a firm none of whose projects is left (`empty` looks at firms, not at projects)."""
LIMITS: Mapping[str, tuple[str, ...]] = {
    "letters": ("letters",), "span": ("years",), "short": ("characters",), "similar": ("score",),
}  # fmt: skip
"""The limits that a rule must name, by what it looks for."""


@dataclass(frozen=True, slots=True)
class Screening:
    """A rule about the lines of a form: those it hits are left out (`remove`) or marked (`flag`).

    It can be used from `from_` to `to`, both inclusive; whether it is (`on`) and its `limits` are what the package says
    until the zone switches it. `fields`: the cells it looks at.
    """

    key: str
    label: Label
    what: Sieve
    form: str
    action: Literal["remove", "flag"]
    from_: dt.date
    place: Place
    fields: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    limits: Mapping[str, Decimal] = field(default_factory=dict)
    on: bool = False
    to: dt.date | None = None
    note: Label | None = None
    cites: tuple[Cite, ...] = ()
    unverified: bool = False
