"""What was promised, as frozen values.

Every class here is one kind of definition held in `packages/`; every value carries the `Place` it was written at.
Nothing here reads files, knows a clock or touches the web. Dates are arguments.

Dated values (`Dated`) are never edited: a new entry with a later `since` and a `because` is added.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from quanyu.registry.model.alerts import SEVERITIES, Alert, Lever, LeverTest, Severity, Watched
from quanyu.registry.model.appraisals import AppraisalItem, AppraisalScheme, Grade, Veto
from quanyu.registry.model.basics import Cite, Dated, Document, Frequency, Label, Unit, in_force
from quanyu.registry.model.benchmarks import Benchmark, Threshold
from quanyu.registry.model.calibers import Caliber, Difference
from quanyu.registry.model.edits import Edit, View, ViewLine
from quanyu.registry.model.forms import Column, Contract, Field, Form, Identity, Option
from quanyu.registry.model.layouts import Layout, LayoutColumn
from quanyu.registry.model.ledgers import Ledger
from quanyu.registry.model.moves import Move
from quanyu.registry.model.notices import Carriage, Channel, Topic
from quanyu.registry.model.papers import Letterhead, Wording
from quanyu.registry.model.plausibility import ODDITY_LIMITS, Oddity
from quanyu.registry.model.pools import Foresight, PointGroup, PointItem, Points, PointScale, PointStage, Pool, PoolRule
from quanyu.registry.model.risks import Risk
from quanyu.registry.model.screening import Screening
from quanyu.registry.model.supervision import Slip
from quanyu.registry.model.surveys import Survey
from quanyu.registry.model.traits import Trait, TraitSource
from quanyu.registry.model.who import Area, Department, Industry, OrganisationKind, Role, TitleKind
from quanyu.registry.problem import Problem

from quanyu.registry.model.casework import (  # isort: skip
    CLOSED, Action, Asked, CaseType, Holidays, Hook, Party, Phase, Question, State,
)  # fmt: skip
from quanyu.registry.model.indices import (  # isort: skip
    Index, IndexGroup, Mean, Normalisation, Outcome, OutcomeKey, Round, Varied, Weighting,
)  # fmt: skip
from quanyu.registry.model.policies import (  # isort: skip
    Benefit, Condition, Paper, Parameter, PayBand, Policy, Score, ScoreBand, ScoreGroup, ScoreItem, Stacking,
)  # fmt: skip
from quanyu.registry.model.promise import (  # isort: skip
    Amendment, Aspect, Binding, Derivation, Direction, Growth, Indicator, InForce, Lamps, LampState, Nature, Plan,
    Published, Quantity, Ruling, Section, Statement, Strategy, Task, Technology, Window,
)  # fmt: skip

__all__ = [
    "CLOSED", "ODDITY_LIMITS", "SEVERITIES", "Action", "Alert", "Amendment", "AppraisalItem", "AppraisalScheme",
    "Area", "Asked", "Aspect", "Benchmark", "Benefit", "Binding", "Caliber", "Carriage", "CaseType", "Channel", "Cite",
    "Column", "Condition", "Contract", "Dated", "Department", "Derivation", "Difference", "Direction", "Document",
    "Edit", "Field", "Foresight", "Form", "Frequency", "Grade", "Growth", "Holidays", "Hook", "Identity", "InForce",
    "Index", "IndexGroup", "Indicator", "Industry", "Label", "LampState", "Lamps", "Layout", "LayoutColumn", "Ledger",
    "Letterhead", "Lever", "LeverTest", "Mean", "Move", "Nature", "Normalisation", "Oddity", "Option",
    "OrganisationKind", "Outcome", "OutcomeKey", "Paper", "Parameter", "Party", "PayBand", "Phase", "Plan",
    "PointGroup", "PointItem", "PointScale", "PointStage", "Points", "Policy", "Pool", "PoolRule", "Published",
    "Quantity", "Question", "Registry", "Risk", "Role", "Round", "Ruling", "Score", "ScoreBand", "ScoreGroup",
    "ScoreItem", "Screening", "Section", "Severity", "Slip", "Stacking", "State", "Statement", "Strategy", "Survey",
    "Task", "Technology", "Threshold", "TitleKind", "Topic", "Trait", "TraitSource", "Unit", "Varied", "Veto", "View",
    "ViewLine", "Watched", "Weighting", "Window", "Wording", "in_force",
]  # fmt: skip


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
    edits: Mapping[str, Edit] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)
    benchmarks: Mapping[str, Benchmark] = field(default_factory=dict)
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
    amendments: Mapping[str, Amendment] = field(default_factory=dict)
    appraisals: Mapping[str, AppraisalScheme] = field(default_factory=dict)
    published: Mapping[str, Published] = field(default_factory=dict)
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    case_types: Mapping[str, CaseType] = field(default_factory=dict)
    holidays: Mapping[str, Holidays] = field(default_factory=dict)
    slips: Mapping[str, Slip] = field(default_factory=dict)
    indices: Mapping[str, Index] = field(default_factory=dict)
    evaluations: Mapping[str, Round] = field(default_factory=dict)
    alerts: Mapping[str, Alert] = field(default_factory=dict)
    levers: Mapping[str, Lever] = field(default_factory=dict)
    plausibility: Mapping[str, Oddity] = field(default_factory=dict)
    ledgers: Mapping[str, Ledger] = field(default_factory=dict)
    layouts: Mapping[str, Layout] = field(default_factory=dict)
    screenings: Mapping[str, Screening] = field(default_factory=dict)
    calibers: Mapping[str, Caliber] = field(default_factory=dict)
    traits: Mapping[str, Trait] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    stackings: Mapping[str, Stacking] = field(default_factory=dict)
    moves: Mapping[str, Move] = field(default_factory=dict)
    risks: Mapping[str, Risk] = field(default_factory=dict)
    pools: Mapping[str, Pool] = field(default_factory=dict)
    points: Mapping[str, Points] = field(default_factory=dict)
    point_scales: Mapping[str, PointScale] = field(default_factory=dict)
    foresights: Mapping[str, Foresight] = field(default_factory=dict)
    surveys: Mapping[str, Survey] = field(default_factory=dict)
    topics: Mapping[str, Topic] = field(default_factory=dict)
    letterheads: Mapping[str, Letterhead] = field(default_factory=dict)
    wordings: Mapping[str, Wording] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)  # package.yaml `settings:` merged, e.g. demo shape

    @cached_property
    def plan(self) -> Plan:
        """The plan these packages are about (exactly one; the loader says so when it is not)."""
        return next(iter(self.plans.values()))

    @cached_property
    def first_editions(self) -> Mapping[str, Form]:
        """Each form once, as first defined: for lists. What a form is in a period is told by `form`."""
        return {key: form for key, form in self.forms.items() if not form.edition_of}

    def editions(self, key: str) -> tuple[Form, ...]:
        """Everything a form has been, oldest first."""
        found = (form for form in self.forms.values() if key in (form.key, form.edition_of))
        return tuple(sorted(found, key=lambda f: f.from_))

    def form(self, key: str, period: str) -> Form:
        """A form as it is for a period: its latest edition whose `from_` is not after it, under the form's own key."""
        later = [f for f in self.forms.values() if f.edition_of == key and f.from_ <= period]
        return replace(max(later, key=lambda f: f.from_), key=key) if later else self.forms[key]

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
        ruled = [r for r in self.rulings.values() if r.subject == indicator and r.what == what and r.on <= on]
        ruling = max(ruled, key=lambda r: r.on, default=None)
        amended = self.amended(indicator, what, on)
        if amended and (ruling is None or amended.since >= ruling.on):
            return InForce(amended.value, amended.year or year, amended.because, amendment=amended.key)
        if ruling:
            return InForce(ruling.value, ruling.year or year, ruling.because, ruling.statement, ruling.key)
        dated = in_force(i.baseline if what == "baseline" else i.target, on)
        if dated is None or not isinstance(dated.value, Decimal):
            return None
        return InForce(dated.value, year, dated.because, dated.statement)

    def amended(self, subject: str, what: str, on: dt.date) -> Amendment | None:
        """The latest amendment of something that is in force on a day."""
        found = [a for a in self.amendments.values() if (a.subject, a.what) == (subject, what) and a.since <= on]
        return max(found, key=lambda a: a.since, default=None)

    def task_on(self, task: str, on: dt.date) -> Task:
        """A task as it binds on a day, amendments applied."""
        day, amount = self.amended(task, "due_on", on), self.amended(task, "quantity", on)
        held = self.tasks[task]
        return replace(held, due_on=day.day if day else held.due_on, quantity=amount.value if amount else held.quantity)

    def baseline(self, indicator: str, on: dt.date) -> InForce | None:
        """The baseline that binds on a day, after rulings and amendments; None where the plan states none."""
        return self._in_force(indicator, "baseline", on)

    def target(self, indicator: str, on: dt.date) -> InForce | None:
        """The target that binds on a day, after rulings and amendments; None where the plan states none."""
        return self._in_force(indicator, "target", on)
