"""A policy as it decides: who may have it by which conditions, what it pays, and how it is paid."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from quanyu.registry.model.basics import Cite, Dated, Label
from quanyu.registry.problem import Place

Mode = Literal["automatic", "quick", "review"]
"""免申即享 (nothing is applied for), 快申快享 (a short claim), 评审 (people judge)."""
ConditionKind = Literal["threshold", "veto", "bonus", "discretion"]
"""Must hold · must not (negative list; met when clean) · only earns more · people judge it, no machine does."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of a policy that changes by date. No value in force (`[X]`: nobody has it) leaves what uses it unknown.

    `lowest`, `highest`, `step`: within which bounds a reform may move it.
    """

    key: str
    label: Label
    unit: str
    place: Place
    values: tuple[Dated, ...] = ()
    cites: tuple[Cite, ...] = ()
    lowest: Decimal | None = None
    highest: Decimal | None = None
    step: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition. Either `test` (true or false of traits), or a value `of`/`per` (formulas without division) that
    keeps one bound: `at_least`, `above`, `at_most` or `below`, each a formula; the quotient is compared exactly, by
    cross-multiplication. `unit` is the unit the value is shown in. `of` may name a score of the policy.

    `one_of`: of the conditions that share this word, one is enough. `discretion` needs neither: a person judges.
    """

    key: str
    label: Label
    place: Place
    kind: ConditionKind = "threshold"
    test: str = ""
    of: str = ""
    per: str = ""
    unit: str = ""
    at_least: str = ""
    above: str = ""
    at_most: str = ""
    below: str = ""
    one_of: str = ""
    advice: Label | None = None
    cites: tuple[Cite, ...] = ()
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class ScoreBand:
    """Points for a band: where `when` is true, or where the item's value is `at_least` (a plain number in the item's
    unit; bands stand from high to low). `points` to `most` is the range experts may give, without `most` it is exact.
    """

    place: Place
    points: Decimal
    most: Decimal | None = None
    at_least: Decimal | None = None
    when: str = ""
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class ScoreItem:
    """One item of a scoring table: the first band that fits gives the points, none fits: nothing.

    Without bands experts judge: 0 to `most`. Items of the same `group` are added up to at most the group's cap; items
    that share `one_of` are alternatives, of which the best counts.
    """

    key: str
    label: Label
    place: Place
    most: Decimal
    group: str = ""
    of: str = ""
    per: str = ""
    unit: str = ""
    bands: tuple[ScoreBand, ...] = ()
    one_of: str = ""
    cites: tuple[Cite, ...] = ()
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class ScoreGroup:
    """A section of a scoring table and the most it can give."""

    key: str
    label: Label
    most: Decimal
    place: Place


@dataclass(frozen=True, slots=True)
class Score:
    """A scoring table. Conditions name the total by the score's key, an item by `<score>_<item>`, a group likewise."""

    key: str
    label: Label
    items: tuple[ScoreItem, ...]
    place: Place
    groups: tuple[ScoreGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class PayBand:
    """What is paid where the benefit's value is `at_least` (inclusive) and `below` (exclusive): a formula."""

    place: Place
    pays: str
    at_least: str = ""
    below: str = ""
    label: Label | None = None
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class Benefit:
    """What a policy gives: `pays`, a formula in money without division (`per` divides it), or one of `bands` by the
    value `of`. It is held between `floor` and `cap` (formulas) and cut down to whole `rounds_to` yuan (0.01: fen).

    `tax`: not paid out but left untaxed or deducted, by the tax office; it costs no budget of the zone.
    """

    place: Place
    pays: str = ""
    per: str = ""
    of: str = ""
    bands: tuple[PayBand, ...] = ()
    floor: str = ""
    cap: str = ""
    rounds_to: Decimal = Decimal("0.01")
    tax: bool = False
    once: bool = False
    note: Label | None = None
    cites: tuple[Cite, ...] = ()
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that the platform does not already have and a firm must bring."""

    key: str
    label: Label
    because: str
    place: Place


@dataclass(frozen=True, slots=True)
class Stacking:
    """How policies for one matter go together: only the `highest` (从优不重复), a better one pays the `difference`
    (补差), or all up to a `sum` of `cap` yuan a year."""

    key: str
    label: Label
    rule: Literal["highest", "difference", "sum"]
    place: Place
    cap: tuple[Dated, ...] = ()
    cites: tuple[Cite, ...] = ()
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy. It is in force `from_` to, not on, `to`; a reform is a new value of a parameter or a new policy that
    `replaces` the old one.

    A firm has it when every threshold holds and no veto applies (or when `when`, a formula over the conditions' keys
    with and, or, not, is true). `grants`: the title it leads to. `budget`: yuan for a year, and what happens when it
    runs out (`short`): first come, by rank (`ranked_by`, a formula), or everybody in proportion. `matter`: what it is
    paid for; two policies that pay for one matter and share no `stacking` pay twice. `days`: promised working days from
    claim to payment. `awaits`: a contradiction of the text (key of a plan finding or a sentence) that awaits a ruling.
    """

    key: str
    label: Label
    subject: Literal["firm", "person", "platform"]
    mode: Mode
    from_: dt.date
    lead: str
    cites: tuple[Cite, ...]
    place: Place
    to: dt.date | None = None
    kind: Literal["title", "grant", "tax", "voucher"] = "grant"
    grants: str = ""
    level: Literal["national", "provincial", "municipal", "zone"] = "national"
    parameters: tuple[Parameter, ...] = ()
    conditions: tuple[Condition, ...] = ()
    scores: tuple[Score, ...] = ()
    when: str = ""
    benefit: Benefit | None = None
    matter: str = ""
    stacking: str = ""
    budget: tuple[Dated, ...] = ()
    short: Literal["first_come", "rank", "proportional"] = "first_come"
    ranked_by: str = ""
    papers: tuple[Paper, ...] = ()
    days: int = 0
    replaces: str = ""
    awaits: Label | None = None
    example_of: Label | None = None
    summary: Label | None = None
    supports: tuple[str, ...] = ()
    unverified: bool = False
    allow: tuple[str, ...] = ()
