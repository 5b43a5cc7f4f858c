"""The plan and what it promises: its text, its numbers, indicators, tasks, rulings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from quanyu.registry.model.basics import Cite, Dated, Frequency, Label
from quanyu.registry.problem import Place

Nature = Literal["stock", "flow", "ratio"]
Direction = Literal["higher", "lower", "range"]
Binding = Literal["binding", "expected", "unstated"]
Aspect = Literal["stock", "flow", "cumulative", "increment", "share", "growth", "unstated"]
Window = Literal["month", "year", "plan", "point", "trailing_year"]


@dataclass(frozen=True, slots=True)
class LampState:
    """One judgement as people see it. Colours and words are data; `key` is one of done ok warn late none conflict."""

    key: str
    label: Label
    mark: str  # shape: ✓ ● ▲ ■ ○ ◇
    fill: str
    tint: str
    ink: str


@dataclass(frozen=True, slots=True)
class Lamps:
    """Thresholds in percentage points of progress less the elapsed share: ≥ ok_from ok, ≥ warn_from warn, else late."""

    key: str
    label: Label
    place: Place
    states: Mapping[str, LampState]
    ok_from: Decimal
    warn_from: Decimal
    cites: tuple[Cite, ...] = ()
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the plan's text or one of its boxes (专栏): first and last line, its parent heading."""

    key: str
    label: Label
    first: int
    last: int
    place: Place
    parent: str = ""
    kind: Literal["heading", "box", "table"] = "heading"


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan: its span, who adopted it, its chapter tree. `holders`: role → the organisation that fills it here."""

    key: str
    label: Label
    place: Place
    starts_on: dt.date
    ends_on: dt.date
    issuer: Label
    sections: tuple[Section, ...]
    holders: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)  # printed mark (`*`) → what the plan says it means
    unstated: tuple[str, ...] = ()

    def section_at(self, line: int) -> Section | None:
        """The innermost heading or box that a line of the text stands in."""
        holding = [s for s in self.sections if s.first <= line <= s.last]
        return min(holding, key=lambda s: s.last - s.first, default=None)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A thing the plan counts, under one name: `high_tech_enterprises`, `gdp`. Statements and indicators are about it.

    `part_of`: the whole it is a part of. `aliases`: other names the plan uses for it. `nature` as in `Indicator`.
    """

    key: str
    label: Label
    unit: str
    nature: Nature
    place: Place
    part_of: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Growth:
    """How a statement speaks of change since a period: `doubles`, `times` (n 倍, `reading`), `percent`, `points`."""

    how: Literal["doubles", "times", "percent", "points"]
    since: str
    by: Decimal | None = None
    reading: Literal["by", "to", "unstated"] = "unstated"
    of: str = ""  # the quantity that grows, where it is not the statement's own


@dataclass(frozen=True, slots=True)
class Statement:
    """One number the plan says, as it says it: subject, aspect, period, value, unit, and where. Never corrected.

    `period`: `2020`, `2025`, `2016/2020` (a span). `qualifier`: exact, about, at_least, more_than, at_most, range.
    `mark`: a printed mark such as `*`; `parts`: quantity keys that the sentence lists as included (其中 …);
    `listed`: the names the sentence lists beside a count (short names only).
    `role`: target | baseline | fact: what the sentence does with the number.
    """

    key: str
    subject: str
    aspect: Aspect
    period: str
    unit: str
    place: Place
    cite: Cite
    role: Literal["target", "baseline", "fact"]
    value: Decimal | None = None
    upper: Decimal | None = None
    qualifier: Literal["exact", "about", "at_least", "more_than", "at_most", "range"] = "exact"
    mark: str = ""
    name: str = ""  # the name used on the spot, where it is not the quantity's label
    parts: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    growth: Growth | None = None


@dataclass(frozen=True, slots=True)
class Derivation:
    """An identity that ties quantities, `gdp = rd_expenditure / rd_to_gdp`, and what change would still be believable.

    `formula` is + - * / over quantity keys. `low`/`high` bound the derived value (in `unit`), `max_change` bounds the
    relative difference between two derivations of the same period, `max_growth` the yearly growth between two periods.
    """

    key: str
    label: Label
    result: str
    formula: str
    unit: str
    place: Place
    low: Decimal | None = None
    high: Decimal | None = None
    max_change: Decimal | None = None
    max_growth: Decimal | None = None
    because: str = ""
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class Indicator:
    """A number the plan promises. `main` ones are the plan's own indicator table; the rest are targets in its text.

    `nature`: a stock is counted on a day, a flow over a window, a ratio divides. `window` is the span a formula reads:
    month, year (January to the month), plan (since its start), trailing_year, point (as on the period's last day).
    `unstated` lists what the plan is silent on (`owner`, `binding`, `annual_path`, `formula` …): the page says so.
    `quantity` names what the plan's statements call it; an indicator that names none counts one of its own.
    """

    key: str
    label: Label
    unit: str
    nature: Nature
    direction: Direction
    place: Place
    cites: tuple[Cite, ...]
    quantity: str = ""
    main: bool = False
    group: Label | None = None
    order: int = 0
    binding: Binding = "unstated"
    baseline_year: int | None = None
    baseline: tuple[Dated, ...] = ()
    target_year: int | None = None
    target: tuple[Dated, ...] = ()
    target_upper: Decimal | None = None  # range indicators
    path: Literal["linear", "compound", "stepped"] = "linear"
    steps: Mapping[int, Decimal] = field(default_factory=dict)  # year → value, for stepped paths
    formula: str = ""
    window: Window = "point"
    source: str = ""  # role key of the department that supplies it
    frequency: Frequency = "year"
    owner: str = ""  # role key of who answers for it
    supports: tuple[str, ...] = ()
    unstated: tuple[str, ...] = ()
    lamps: str = "default"
    note: Label | None = None
    unverified: bool = False
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """Something the plan says will be done: who leads, who supports, by when, what is delivered, how many."""

    key: str
    label: Label
    section: str
    place: Place
    cites: tuple[Cite, ...]
    lead: str = ""
    supports: tuple[str, ...] = ()
    due_on: dt.date | None = None
    deliverable: Label | None = None
    quantity: Decimal | None = None
    unit: str = ""
    indicators: tuple[str, ...] = ()
    unstated: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Strategy:
    """A named strategy of the plan and its parts, in order."""

    key: str
    label: Label
    place: Place
    cites: tuple[Cite, ...]
    parts: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Technology:
    """A field of the technology directory and its key technologies."""

    key: str
    label: Label
    place: Place
    cites: tuple[Cite, ...]
    items: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """A contradiction settled: which value, why, who, when. It binds `subject`'s `what` from `on`."""

    key: str
    subject: str
    settles: tuple[str, ...]  # check codes
    what: Literal["baseline", "target", "note"]
    because: str
    by: Label
    on: dt.date
    place: Place
    value: Decimal | None = None
    year: int | None = None
    statement: str = ""
    fictional: bool = False


@dataclass(frozen=True, slots=True)
class Amendment:
    """A promise changed by decision, from a day on: an indicator's target or baseline, a task's day or quantity.

    What was promised before stays as it was written; this is a new dated value beside it. `case` is the number of the
    matter in which it was decided. `value` is in the indicator's (or task's) unit; `day` for `due_on`.
    """

    key: str
    subject: str
    what: Literal["baseline", "target", "due_on", "quantity"]
    since: dt.date
    because: str
    by: Label
    place: Place
    value: Decimal | None = None
    year: int | None = None
    day: dt.date | None = None
    case: str = ""
    cites: tuple[Cite, ...] = ()
    fictional: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """A figure somebody published. `certainty`: P read at its source, C in public code, S in the plan, O unverified."""

    key: str
    quantity: str
    period: str
    value: Decimal
    unit: str
    source: str
    on: dt.date
    certainty: str
    place: Place
    cite: Cite | None = None


@dataclass(frozen=True, slots=True)
class InForce:
    """The value that binds on a day, and why: the declared one, or the one a ruling chose or an amendment set."""

    value: Decimal | None
    year: int | None
    because: str
    statement: str = ""
    ruling: str = ""
    amendment: str = ""
