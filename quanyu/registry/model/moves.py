"""What a firm can lawfully change about itself: by how much, at what cost, how fast, and within which limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from quanyu.registry.model.basics import Cite, Label
from quanyu.registry.problem import Place


@dataclass(frozen=True, slots=True)
class Move:
    """One kind of lawful change, done in whole steps of which at most `most` are possible.

    `changes`: by how much one step moves each trait, in the trait's unit (a flag: 1 makes it true). What is hired is
    also staff, so one step may move several traits. `sets`: choices it settles, by trait. `within`: a changed trait
    stays at most this other trait. `cost`: yuan a step. `months`: until it is done and counts; steps are taken side by
    side. `lawful`: what must be so for it to be lawful.
    """

    key: str
    label: Label
    place: Place
    changes: Mapping[str, Decimal] = field(default_factory=dict)
    sets: Mapping[str, str] = field(default_factory=dict)
    most: int = 1
    cost: Decimal = Decimal(0)
    months: int = 0
    within: Mapping[str, str] = field(default_factory=dict)
    lawful: Label | None = None
    cites: tuple[Cite, ...] = ()
    unverified: bool = False
