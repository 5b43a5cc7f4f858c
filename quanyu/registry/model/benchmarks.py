"""What a firm's own figures are held against: the thresholds of policies, in words with the distance to them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from quanyu.registry.model.basics import Cite, Label
from quanyu.registry.problem import Place


@dataclass(frozen=True, slots=True)
class Threshold:
    """At least so many percent, for firms up to a size (`upto`, inclusive; left out: all the larger ones)."""

    least: Decimal
    place: Place
    upto: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A share that a policy asks for: `part` over `whole`, two fields of a form, each added up over the last `months`.

    `sized_by`: the field (added up over `sized_over` months, in its own unit) that says which threshold is a firm's
    own; thresholds go from the smallest size to the largest. `note`: how the form's figures differ from those of the
    policy. It counts from `from_` to `to`, both inclusive: a policy that changes is a new benchmark.
    """

    key: str
    label: Label
    place: Place
    form: str
    part: str
    whole: str
    thresholds: tuple[Threshold, ...]
    from_: dt.date
    to: dt.date | None = None
    months: int = 1
    sized_by: str = ""
    sized_over: int = 12
    note: Label | None = None
    cites: tuple[Cite, ...] = ()
    unverified: bool = False
