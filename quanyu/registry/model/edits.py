"""Plausibility checks of filled forms, and the same facts printed in another coding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from quanyu.registry.model.basics import Cite, Label
from quanyu.registry.problem import Mood, Place


@dataclass(frozen=True, slots=True)
class Edit:
    """A check of a form against what surrounds it, which a zone may switch off or give other limits from a day on.

    `rule` is what is normal, in the language of audit relations; besides the form's own fields it may name
    `previous.`, `last_year.`, `cumulated.`, `last_cumulated.`, `length.` and `<form>.` fields, `period.first`,
    `period.last`, `period.number` and `limit.<name>` (see `quanyu.bureaus.reporting.reads.context`). What it cannot
    decide it lets pass.
    `message` may quote a limit as `{name}`. `wrong` must be mended (强制性), `unwise` explained (核实性).
    `fields`: the cells it points at; left out, those the rule names. It counts from `from_` to `to`, both inclusive.
    """

    key: str
    label: Label
    form: str
    rule: str
    message: str
    place: Place
    mood: Mood = "unwise"
    fields: tuple[str, ...] = ()
    from_: dt.date | None = None
    to: dt.date | None = None
    on: bool = True
    limits: Mapping[str, Decimal] = field(default_factory=dict)
    cites: tuple[Cite, ...] = ()
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class ViewLine:
    """One line of a view: its code there, what it takes (a field of the view's form, or a sum of several), its unit.

    `fills`: the field of the other form that this line fills in.
    """

    code: str
    label: Label
    value: str
    unit: str
    place: Place
    section: Label | None = None
    fills: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """The facts of one form printed in another coding or unit, or (`fills`) put into another form that asks again."""

    key: str
    label: Label
    form: str
    lines: tuple[ViewLine, ...]
    place: Place
    fills: str = ""
    legal: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Label, ...] = ()
    cites: tuple[Cite, ...] = ()
    unverified: bool = False
