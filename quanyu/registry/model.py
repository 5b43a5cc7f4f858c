"""What was promised, as frozen values.

Every class here is one kind of definition held in `packages/`; every value carries the `Place` it was written at.
Nothing here reads files, knows a clock or touches the web. Dates are arguments.

Dated values (`Dated`) are never edited: a new entry with a later `since` and a `because` is added.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Literal

from quanyu.registry.problem import Place, Problem

Nature = Literal["stock", "flow", "ratio"]
Direction = Literal["higher", "lower", "range"]
Binding = Literal["binding", "expected", "unstated"]
Aspect = Literal["stock", "flow", "cumulative", "increment", "share", "growth", "unstated"]
Window = Literal["month", "year", "plan", "point", "trailing_year"]
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


@dataclass(frozen=True, slots=True)
class Role:
    """A hat somebody wears: `sees` are page areas open to it; `own_only` limits firm data to its organisation."""

    key: str
    label: Label
    place: Place
    sees: tuple[str, ...] = ()
    own_only: bool = False
    home: str = ""


@dataclass(frozen=True, slots=True)
class OrganisationKind:
    key: str
    label: Label
    place: Place
    needs_code: bool = False  # must carry a 统一社会信用代码
    area: bool = False  # a node of the area tree


@dataclass(frozen=True, slots=True)
class TitleKind:
    """A title, licence, right or membership that an organisation or person holds from–to (高新技术企业, 专利, …)."""

    key: str
    label: Label
    place: Place
    holder: Literal["organisation", "person"] = "organisation"
    levels: tuple[str, ...] = ()
    years: int | None = None  # ordinary validity in years; None: until withdrawn
    cites: tuple[Cite, ...] = ()
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a fact contract. `type`: integer, decimal, text, date, flag. Numbers carry a unit key."""

    name: str
    label: Label
    type: Literal["integer", "decimal", "text", "date", "flag"]
    unit: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """The shape of one table of facts that measures may read: its grain, its columns, what it is provided from.

    `provider`: `report:<form>` (typed wide rows of one form), `standing`, or `organisation`.
    Column names are unique across contracts, save the shared keys in `quanyu.measures.query.SHARED`.
    """

    key: str
    label: Label
    place: Place
    provider: str
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a form. `code` as printed on the statutory form; `parent` names the field it is an 其中 of."""

    name: str
    code: str
    label: Label
    type: Literal["integer", "decimal", "text", "date"]
    unit: str
    place: Place
    parent: str = ""
    required: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """A relation a filled form must keep (`rd_expense = rd_labour + …`); `wrong` must be mended, `unwise` explained."""

    code: str
    rule: str
    message: str
    mood: Literal["wrong", "unwise"]
    place: Place


@dataclass(frozen=True, slots=True)
class Form:
    """A form that organisations fill for a period: fields in printed order, who must report and by when.

    `reporters`: title key whose holders must report ("" = nobody in particular). `due_days`: days after the period.
    `legal` holds 表号, 制定机关, 文号, 有效期 as printed; values may be "".
    """

    key: str
    label: Label
    place: Place
    period: Frequency
    fields: tuple[Field, ...]
    reporters: str = ""
    due_days: int | None = None
    identities: tuple[Identity, ...] = ()
    legal: Mapping[str, str] = field(default_factory=dict)
    filled_by: str = ""  # role key of the reporting side
    cites: tuple[Cite, ...] = ()
    unverified: bool = False


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
class Industry:
    """One GB/T 4754 code: section letter `C` or digits `39`; `section` is the letter it belongs to."""

    code: str
    label: Label
    section: str
    place: Place


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
class Area:
    """A node of the area tree (province → city → zone → park): `code` is GB/T 2260 where there is one."""

    key: str
    label: Label
    kind: str
    place: Place
    parent: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Department:
    """An organisation that the package itself names (bureau, office): becomes an Organisation on load."""

    key: str
    label: Label
    kind: str
    place: Place
    area: str = ""
    parent: str = ""


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
    """The value that binds on a day, and why: the declared one, or the one a ruling chose."""

    value: Decimal | None
    year: int | None
    because: str
    statement: str = ""
    ruling: str = ""


@dataclass(frozen=True)
class Registry:
    """All definitions of a set of packages, and what is wrong with them; `digest` is that of their files."""

    digest: str
    packages: tuple[str, ...]
    units: Mapping[str, Unit] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    organisation_kinds: Mapping[str, OrganisationKind] = field(default_factory=dict)
    titles: Mapping[str, TitleKind] = field(default_factory=dict)
    contracts: Mapping[str, Contract] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    lamps: Mapping[str, Lamps] = field(default_factory=dict)
    industries: Mapping[str, Industry] = field(default_factory=dict)
    areas: Mapping[str, Area] = field(default_factory=dict)
    departments: Mapping[str, Department] = field(default_factory=dict)
    documents: Mapping[str, Document] = field(default_factory=dict)
    plans: Mapping[str, Plan] = field(default_factory=dict)
    quantities: Mapping[str, Quantity] = field(default_factory=dict)
    statements: Mapping[str, Statement] = field(default_factory=dict)
    derivations: Mapping[str, Derivation] = field(default_factory=dict)
    indicators: Mapping[str, Indicator] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)
    strategies: Mapping[str, Strategy] = field(default_factory=dict)
    technologies: Mapping[str, Technology] = field(default_factory=dict)
    rulings: Mapping[str, Ruling] = field(default_factory=dict)
    published: Mapping[str, Published] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)  # package.yaml `settings:` merged, e.g. demo shape

    @cached_property
    def plan(self) -> Plan:
        """The plan these packages are about (exactly one; the loader says so when it is not)."""
        return next(iter(self.plans.values()))

    @cached_property
    def main_indicators(self) -> tuple[Indicator, ...]:
        return tuple(sorted((i for i in self.indicators.values() if i.main), key=lambda i: i.order))

    @cached_property
    def findings(self) -> tuple[Problem, ...]:
        """What the plan linter says of these definitions (contradictions and omissions), rulings applied."""
        from quanyu.registry.check import check

        return tuple(check(self))

    def contested(self, indicator: str, on: dt.date) -> tuple[Problem, ...]:
        """Findings that leave an indicator's baseline or target open on a day (no ruling yet): its rate is 口径待核."""
        return tuple(
            p
            for p in self.findings
            if p.subject == indicator and p.contests and (p.ruling is None or self.rulings[p.ruling].on > on)
        )

    def _in_force(self, indicator: str, what: str, on: dt.date) -> InForce | None:
        i = self.indicators[indicator]
        year = i.baseline_year if what == "baseline" else i.target_year
        rulings = [r for r in self.rulings.values() if r.subject == indicator and r.what == what and r.on <= on]
        if rulings:
            r = max(rulings, key=lambda r: r.on)
            return InForce(r.value, r.year or year, r.because, r.statement, r.key)
        dated = in_force(i.baseline if what == "baseline" else i.target, on)
        if dated is None or not isinstance(dated.value, Decimal):
            return None
        return InForce(dated.value, year, dated.because, dated.statement)

    def baseline(self, indicator: str, on: dt.date) -> InForce | None:
        """The baseline that binds on a day, after rulings; None where the plan states none."""
        return self._in_force(indicator, "baseline", on)

    def target(self, indicator: str, on: dt.date) -> InForce | None:
        """The target that binds on a day, after rulings; None where the plan states none."""
        return self._in_force(indicator, "target", on)
