"""When a filed report sticks out, as data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from quanyu.registry.model.alerts import Severity
from quanyu.registry.model.basics import Cite, Label
from quanyu.registry.problem import Place

Look = Literal["peers", "own", "swing", "stopped", "ceased", "newcomer"]
"""Beside the other firms of the month; beside the firm's own past; the change on the month before; a big spender that
stopped; something last year and nothing this year; newly held `title` and nothing."""
ODDITY_LIMITS: Mapping[Look, frozenset[str]] = {
    "peers": frozenset({"score", "alarms", "scatter", "least"}),
    "own": frozenset({"score", "alarms", "scatter", "least"}),
    "swing": frozenset({"score", "alarms", "scatter", "least", "times"}),
    "stopped": frozenset({"top", "share", "least"}),
    "ceased": frozenset({"least"}),
    "newcomer": frozenset({"months"}),
}
"""`score`: the least (modified) z; `alarms`: false alarms expected of one month, however many firms; `scatter` and
`times`: ratios above 1; `least`: amounts below it, in the field's unit, are passed over; `top`, `share`: in %."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """One way in which an organisation's report may stick out, looked for in one `field` of a form.

    It counts from `from_` to `to`, both inclusive, and as long as it is `on`, unless the zone switches it.
    `per`: the field it is divided by (an intensity). `method`: z by `median` and MAD, or by `mean` and deviation.
    `follow`: a firm found so, and not by a rise, is proposed for follow-up.
    """

    key: str
    label: Label
    form: str
    field: str
    what: Look
    limits: Mapping[str, Decimal]
    place: Place
    per: str = ""
    title: str = ""
    method: Literal["median", "mean"] = "median"
    severity: Severity = "watch"
    follow: bool = False
    from_: dt.date | None = None
    to: dt.date | None = None
    on: bool = True
    cites: tuple[Cite, ...] = ()
    unverified: bool = False
