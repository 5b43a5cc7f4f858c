"""Hats, kinds of organisations and titles, areas, departments, industries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from quanyu.registry.model.basics import Cite, Label
from quanyu.registry.problem import Place


@dataclass(frozen=True, slots=True)
class Role:
    """A hat somebody wears: `sees` are page areas open to it; `own_only` limits firm data to its organisation.

    `workbench`: what its first page is composed for; where it has none it starts at the address `home`.
    """

    key: str
    label: Label
    place: Place
    sees: tuple[str, ...] = ()
    own_only: bool = False
    home: str = ""
    workbench: Literal["", "clerk", "chief", "leader", "firm", "department", "outside"] = ""


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
class Industry:
    """One GB/T 4754 code: section letter `C` or digits `39`; `section` is the letter it belongs to."""

    code: str
    label: Label
    section: str
    place: Place


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
