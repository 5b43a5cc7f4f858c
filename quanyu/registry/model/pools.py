"""The ladder of firms: its rungs with their rules, the innovation points (积分), and the score that looks ahead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from quanyu.registry.model.basics import Cite, Dated, Label
from quanyu.registry.model.policies import Condition, Parameter, ScoreItem
from quanyu.registry.problem import Place


@dataclass(frozen=True, slots=True)
class PoolRule:
    """When something is so of a firm: the conditions of a `policy`, or `conditions` of its own with `parameters`.

    Of the thresholds up to `short` may be lacking: of entry, such a firm is worth being nurtured.
    """

    place: Place
    policy: str = ""
    conditions: tuple[Condition, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    short: int = 0
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class Pool:
    """One rung. On it are the holders of `title`; where it names none, the firms that the office put into the pool.

    `order`: how high it is. `entry`: who may come up; `stay`: what a member must keep, else it is lost when next looked
    at; `leave`: who should go. `renews`: how a title is confirmed again; `alert_months`: so many months before a
    certificate ends its holder is told. `lead`: the role that looks after the rung.
    """

    key: str
    label: Label
    order: int
    lead: str
    place: Place
    title: str = ""
    entry: PoolRule | None = None
    stay: PoolRule | None = None
    leave: PoolRule | None = None
    renews: Label | None = None
    alert_months: tuple[Dated, ...] = ()
    cites: tuple[Cite, ...] = ()
    note: Label | None = None
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class PointItem:
    """One indicator of the points: `of` over `per`, plain arithmetic over traits, shown in `unit`."""

    key: str
    label: Label
    of: str
    place: Place
    per: str = ""
    unit: str = ""
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class PointGroup:
    key: str
    label: Label
    items: tuple[PointItem, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class PointStage:
    """A stage of a firm's life: the first whose `when` (a relation over traits) holds; without `when` all the rest."""

    key: str
    label: Label
    place: Place
    when: str = ""


@dataclass(frozen=True, slots=True)
class Points:
    """A firm-level index (企业创新积分): groups of indicators, weighed by the firm's stage."""

    key: str
    label: Label
    groups: tuple[PointGroup, ...]
    stages: tuple[PointStage, ...]
    place: Place
    cites: tuple[Cite, ...] = ()
    note: Label | None = None
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class PointScale:
    """From a day on, how a stage is weighed: `weights` (points to be had), `full`: the value that earns all of them.

    Without a scale in force an index only shows values: nobody invents official weights.
    """

    key: str
    points: str
    stage: str
    since: dt.date
    because: str
    place: Place
    weights: Mapping[str, Decimal] = field(default_factory=dict)
    full: Mapping[str, Decimal] = field(default_factory=dict)
    cites: tuple[Cite, ...] = ()
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class Foresight:
    """A transparent score that looks for the firms of tomorrow: points for declared features, added up.

    `asks`: a relation over traits, who is looked at. What counts as having come true within `years`: one of `titles`
    newly held, or `grew` (a relation over the traits of then). `first`: precision is told for so many of the highest.
    It sorts a list for people to look at and decides nothing.
    """

    key: str
    label: Label
    features: tuple[ScoreItem, ...]
    years: int
    first: tuple[int, ...]
    place: Place
    asks: str = ""
    titles: tuple[str, ...] = ()
    grew: str = ""
    cites: tuple[Cite, ...] = ()
    note: Label | None = None
    unverified: bool = False
