"""The shapes of facts: contracts, and the forms that organisations fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from quanyu.registry.model.basics import Cite, Frequency, Label
from quanyu.registry.problem import Place

COUNTED = ("integer", "decimal", "month", "choice")  # types of cells that a rule may name


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

    `provider`: `report:<form>` (typed wide rows of one form), `filing:<form>` (who had to file it, and did: `expected`,
    `filed`, `on_time`, each 1 or 0), `standing`, or `organisation`.
    Column names are unique across contracts, save the shared keys in `quanyu.measures.query.SHARED`.
    """

    key: str
    label: Label
    place: Place
    provider: str
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a closed list, by the code that the form prints."""

    code: str
    label: Label
    place: Place


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a form. `code` as printed on the statutory form; `parent` names the field it is an 其中 of.

    `section` is the heading printed above this line. `choice` fields take one of `options` (its code is stored);
    `month` is a year and month (`2024-03`). `formula` computes the cell from others of the form (it is not typed).
    `stock`: a state at the period's end, so that months are not added up. `carried`: last period's value is proposed.
    `starred` lines are asked of some firms only.
    """

    name: str
    code: str
    label: Label
    type: Literal["integer", "decimal", "text", "date", "month", "choice"]
    unit: str
    place: Place
    parent: str = ""
    required: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    section: Label | None = None
    options: tuple[Option, ...] = ()
    formula: str = ""
    stock: bool = False
    carried: bool = False
    starred: bool = False

    @property
    def column(self) -> Column:
        """The column of facts it becomes; months and choices are text there."""
        kind = "text" if self.type == "month" or self.type == "choice" else self.type
        return Column(self.name, self.label, kind, self.unit, self.place)


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

    `reporters`: title key whose holders must report ("" = nobody in particular). `due_days`: days after the period,
    counted as `due_in` says. `legal` holds 表号, 制定机关, 备案机关, 文号, 有效期 as printed; values may be "".
    `filled_by` and `confirmed_by` are role keys of the reporting side; without the second nobody needs to confirm.
    `lines`: many rows for one period (a project each). `cumulated`: the sheet shows 1—本月 and 上年同期, too.
    A form that changes is written anew with `edition_of` (the key it continues) and `from_` (its first period).
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
    filled_by: str = ""
    cites: tuple[Cite, ...] = ()
    unverified: bool = False
    confirmed_by: str = ""
    due_in: Literal["days", "working_days"] = "days"
    lines: bool = False
    cumulated: bool = False
    notes: tuple[Label, ...] = ()
    signed_by: tuple[Label, ...] = ()
    edition_of: str = ""
    from_: str = ""
