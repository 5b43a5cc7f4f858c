"""Ledgers that organisations keep for themselves, and how their words lead to cells of a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quanyu.registry.model.basics import Cite, Label
from quanyu.registry.problem import Place


@dataclass(frozen=True, slots=True)
class Ledger:
    """A kind of ledger: the titles its columns may carry, and the words of each cost category.

    `date`, `category`, `amount`: titles of the columns of one posting a row. `fields`: field name → words that mean it,
    as a category or as a column of its own. `unit`: in which amounts stand unless the person says otherwise; `units`
    may be chosen.
    """

    key: str
    label: Label
    place: Place
    unit: str
    units: tuple[str, ...]
    date: tuple[str, ...]
    category: tuple[str, ...]
    amount: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]
    cites: tuple[Cite, ...] = ()
    unverified: bool = False
