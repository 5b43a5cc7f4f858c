"""What policies ask about a firm: a yearly value, where it comes from, and how a person is asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from quanyu.registry.model.basics import Cite, Label
from quanyu.registry.model.forms import Option
from quanyu.registry.problem import Place

TraitType = Literal["number", "flag", "choice"]
Take = Literal["sum", "last", "most"]


@dataclass(frozen=True, slots=True)
class TraitSource:
    """One place a trait's value stands; of several, the first that has a value counts, the others stand beside it.

    Either a `column` of a fact `contract`, added up over the year (`sum`), its last period's (`last`) or greatest
    (`most`) value; or a `title` (of a `level`): as a flag whether it is held on the day, as a number how many are; or
    an attribute of the register of organisations: `industry`, `size`, `area`, `age_days` (since it opened).
    `held`: of titles, those held on the day, those `started` in the year, or those held `ever`, up to the day.
    """

    place: Place
    contract: str = ""
    column: str = ""
    take: Take = "sum"
    title: str = ""
    level: str = ""
    held: Literal["now", "started", "ever"] = "now"
    register: Literal["", "industry", "size", "area", "age_days"] = ""


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing about a firm, for a fiscal year. In formulas `revenue` is the last fiscal year before the day asked,
    `revenue_1` the year before that, as far as `back` goes. Money is counted in whole fen and stated in `unit`.

    Without `sources` nobody supplies it yet: it is asked of the firm, or stays unknown. `zero`: nothing reported means
    none (a count of titles). `section` groups the questions of the calculator, `guest` orders those a guest is asked.
    """

    key: str
    label: Label
    type: TraitType
    place: Place
    unit: str = ""
    back: int = 0
    sources: tuple[TraitSource, ...] = ()
    zero: bool = False
    options: tuple[Option, ...] = ()
    section: Label | None = None
    guest: int = 0
    note: Label | None = None
    cites: tuple[Cite, ...] = ()
    unverified: bool = False
