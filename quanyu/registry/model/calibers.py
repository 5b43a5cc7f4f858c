"""How one firm's research and development is reckoned by different rules, and what lawfully lies between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from quanyu.registry.model.basics import Cite, Dated, Label
from quanyu.registry.problem import Place


@dataclass(frozen=True, slots=True)
class Difference:
    """One lawful step from the base's figure to another caliber.

    `of`: what is looked at, a formula over the fields of the base's form, the caliber's `amounts` and what earlier
    steps counted (by their key). Of it `share` counts, and no more than `limit`, a formula that may use `rate`. `adds`:
    it is no part of the base's figure and comes on top. Shares and rates in force at the year's end bind that year.
    """

    key: str
    label: Label
    of: str
    place: Place
    share: tuple[Dated, ...] = ()
    limit: str = ""
    rate: tuple[Dated, ...] = ()
    adds: bool = False
    cites: tuple[Cite, ...] = ()
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class Caliber:
    """One reckoning: where a firm's yearly figure stands (`figure`, a formula over the fields of `form`; months are
    added up) and the `steps` that lead to it from the caliber `base` ("" for the base itself).

    `at_most`: calibers it must not exceed. What no step explains is asked about above `ask_share` (a share of the base)
    and `ask_least` (yuan). `beside`: no amount of R&D, only shown beside the others to see whether they are likely.
    """

    key: str
    label: Label
    form: str
    figure: str
    place: Place
    base: str = ""
    amounts: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Difference, ...] = ()
    at_most: tuple[str, ...] = ()
    ask_share: tuple[Dated, ...] = ()
    ask_least: tuple[Dated, ...] = ()
    beside: bool = False
    note: Label | None = None
    cites: tuple[Cite, ...] = ()
    unverified: bool = False
