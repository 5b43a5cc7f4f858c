"""How anything is decided: case types with their states and actions, the hooks they name, days off work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from quanyu.registry.model.basics import Cite, Label
from quanyu.registry.problem import Place

Phase = Literal["draft", "review", "active", "check", "done", "void"]
"""What a state means to code, whatever it is called: being written, awaiting consent, being worked on, awaiting
acceptance, finished well, ended without result."""
CLOSED: tuple[Phase, ...] = ("done", "void")
Asked = Literal["none", "optional", "required"]


@dataclass(frozen=True, slots=True)
class Hook:
    """What YAML cannot say, by name: a guard gives a reason against an action, an effect acts in its transaction."""

    key: str
    label: Label
    kind: Literal["guard", "effect"]
    place: Place


@dataclass(frozen=True, slots=True)
class Party:
    """A side of a case. `role`: who sits there; "" where the opening, or a step that `names` it, says who."""

    key: str
    label: Label
    place: Place
    role: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing a case or an action asks for. `choices`: value → words, for a choice. Numbers carry a unit key."""

    name: str
    label: Label
    type: Literal["line", "text", "date", "integer", "decimal", "choice"]
    place: Place
    required: bool = False
    unit: str = ""
    choices: Mapping[str, Label] = field(default_factory=dict)
    minimum: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A stage of a case: what it means (`phase`), which party holds it, and how long.

    `within`: working days from entering it. `agreed`: the day named when the case was opened is the deadline here.
    `remind`: working days before the deadline on which the holder is told. `lapse`: the action that the clock itself
    takes once the deadline has passed ("" : it only becomes overdue).
    """

    key: str
    label: Label
    phase: Phase
    place: Place
    holder: str = ""
    within: int | None = None
    agreed: bool = False
    remind: int | None = None
    lapse: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """A step that parties may take: `from` these states `to` that one ("" : stays), `by` these parties.

    `note`, `documents`: whether a written word or a file is asked for; `form`: what else is. `guard`, `then`: hooks.
    `main`: the button to press when all is well. `alone`: taken by the clock only, no party has a button.
    `names`: parties whose seat this step says. `agrees`: the question whose answer becomes the agreed day.
    """

    key: str
    label: Label
    from_: tuple[str, ...]
    place: Place
    by: tuple[str, ...] = ()
    to: str = ""
    note: Asked = "none"
    documents: Asked = "none"
    form: tuple[Question, ...] = ()
    guard: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    main: bool = False
    alone: bool = False
    names: tuple[str, ...] = ()
    agrees: str = ""


@dataclass(frozen=True, slots=True)
class CaseType:
    """A kind of matter and its whole course. `start`: the first state. `opens`: party whose holders may open one
    ("" : none by hand, the trade's own act does). `number`: how cases are numbered, with `{year}` and `{n}` ("" : not
    numbered). `form`: what opening asks for. `pause`: parties that may stop the clock. `hand_over`: parties that may
    hand a case to one person of the seat that holds it, beside that seat itself. `then`: effects of opening one.
    """

    key: str
    label: Label
    place: Place
    start: str
    parties: Mapping[str, Party]
    states: Mapping[str, State]
    actions: Mapping[str, Action]
    opens: str = ""
    number: str = ""
    form: tuple[Question, ...] = ()
    pause: tuple[str, ...] = ()
    hand_over: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    note: Label | None = None
    cites: tuple[Cite, ...] = ()
    unverified: bool = False
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holidays:
    """A year's days off and working weekends (调休) as the State Council announced them, where the library lacks it."""

    key: str
    year: int
    off: tuple[dt.date, ...]
    work: tuple[dt.date, ...]
    place: Place
    cites: tuple[Cite, ...] = ()
