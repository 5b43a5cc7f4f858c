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

from quanyu.registry.model.basics import Cite, Dated, Document, Frequency, Label, Unit, in_force
from quanyu.registry.model.casework import (
    CLOSED,
    Action,
    Asked,
    CaseType,
    Holidays,
    Hook,
    Party,
    Phase,
    Question,
    State,
)
from quanyu.registry.model.forms import Column, Contract, Field, Form, Identity
from quanyu.registry.model.promise import (
    Aspect,
    Binding,
    Derivation,
    Direction,
    Growth,
    Indicator,
    InForce,
    Lamps,
    LampState,
    Nature,
    Plan,
    Published,
    Quantity,
    Ruling,
    Section,
    Statement,
    Strategy,
    Task,
    Technology,
    Window,
)
from quanyu.registry.model.who import Area, Department, Industry, OrganisationKind, Role, TitleKind
from quanyu.registry.problem import Problem

__all__ = [
    "CLOSED",
    "Action",
    "Area",
    "Asked",
    "Aspect",
    "Binding",
    "CaseType",
    "Cite",
    "Column",
    "Contract",
    "Dated",
    "Department",
    "Derivation",
    "Direction",
    "Document",
    "Field",
    "Form",
    "Frequency",
    "Growth",
    "Holidays",
    "Hook",
    "Identity",
    "InForce",
    "Indicator",
    "Industry",
    "Label",
    "LampState",
    "Lamps",
    "Nature",
    "OrganisationKind",
    "Party",
    "Phase",
    "Plan",
    "Published",
    "Quantity",
    "Question",
    "Registry",
    "Role",
    "Ruling",
    "Section",
    "State",
    "Statement",
    "Strategy",
    "Task",
    "Technology",
    "TitleKind",
    "Unit",
    "Window",
    "in_force",
]


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
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    case_types: Mapping[str, CaseType] = field(default_factory=dict)
    holidays: Mapping[str, Holidays] = field(default_factory=dict)
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
