"""What somebody who was told to do something is sent as the day comes near, is missed, or the work falls behind."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from quanyu.registry.model.basics import Cite, Label
from quanyu.registry.problem import Place


@dataclass(frozen=True, slots=True)
class Slip:
    """A level of supervision (提示, 督办, 通报): when its slip is due, how it is numbered, in which colour it comes.

    `order`: the higher the graver. `when`: `near` from `days` before the due day on, `overdue` from `days` after it on,
    `behind` once progress is `points` percentage points below the elapsed share of the term. `number`: with `{year}`
    and `{n}`.
    """

    key: str
    label: Label
    title: Label
    order: int
    when: Literal["near", "behind", "overdue"]
    number: str
    mark: str
    colour: Label
    fill: str
    place: Place
    days: int = 0
    points: Decimal | None = None
    cites: tuple[Cite, ...] = ()
    unverified: bool = False
