"""Year-end appraisal of units (年终考核): what earns points, what costs them, and what rules a grade out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from quanyu.registry.model.basics import Cite, Label
from quanyu.registry.problem import Place


@dataclass(frozen=True, slots=True)
class AppraisalItem:
    """One line of a scheme: `base` points for what was due, and points more or less beyond it.

    `what`: `indicators` the unit answers for; its `directives`; the `slips` it was sent; the `reports` and figures it
    supplies. Completion earns `base` (in proportion, never more); `per` points are added or taken for each `step` above
    or below: percentage points of progress for indicators, pieces for the rest. `most`: how far they may go each way.
    """

    key: str
    label: Label
    what: Literal["indicators", "directives", "slips", "reports"]
    base: Decimal
    place: Place
    per: Decimal = Decimal(0)
    step: Decimal = Decimal(1)
    most: Decimal = Decimal(0)
    slip: str = ""  # for slips: which level (key of the definitions); "" means any


@dataclass(frozen=True, slots=True)
class Veto:
    """Something that rules out better grades, found by people and put on record with its evidence (一票否决)."""

    key: str
    label: Label
    grade: str  # the best grade still open
    place: Place


@dataclass(frozen=True, slots=True)
class Grade:
    """A band of the total: `from_` points up. The bands are written from the best down."""

    key: str
    label: Label
    from_: Decimal
    place: Place


@dataclass(frozen=True, slots=True)
class AppraisalScheme:
    """How units are appraised for a year: lines, vetoes, grades. `units`: the roles appraised, at whoever fills them.

    A zone's own formula is not published anywhere we read, so a scheme is a region's data; a fictional one says so.
    """

    key: str
    label: Label
    units: tuple[str, ...]
    items: tuple[AppraisalItem, ...]
    grades: tuple[Grade, ...]
    place: Place
    vetoes: tuple[Veto, ...] = ()
    cites: tuple[Cite, ...] = ()
    unverified: bool = False
    fictional: bool = False
