"""Official papers: in whose name they go out, and the standing words of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from quanyu.registry.model.basics import Cite, Label
from quanyu.registry.problem import Place


@dataclass(frozen=True, slots=True)
class Letterhead:
    """In whose name papers go out (`label` is the 署名). `head`: the red name; `to`: 主送; `copies`: 抄送; `code`:
    机关代字 ("" : nobody has said, the paper leaves it open)."""

    key: str
    label: Label
    head: str
    to: str
    place: Place
    code: str = ""
    copies: str = ""
    cites: tuple[Cite, ...] = ()
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """The standing words of one kind of paper, in Chinese; `{…}` is where a figure or a name goes.

    `explained`: for how many of the furthest behind a person is asked to say why. `within`: working days to answer.
    """

    key: str
    label: Label
    title: str
    place: Place
    words: Mapping[str, str] = field(default_factory=dict)
    explained: int = 0
    within: int = 0
