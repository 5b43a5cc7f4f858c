"""The shapes of facts: contracts, and the forms that organisations fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from quanyu.registry.model.basics import Cite, Frequency, Label
from quanyu.registry.problem import Place


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
