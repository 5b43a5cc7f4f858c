"""Which listed projects count as R&D under a set of rules, why not, and what each rule does to the zone's total.

Rules hit projects one by one and never see each other, so no order of rules or projects changes a result. Money is in
the unit of the rows, work in person-months.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

from quanyu.registry.model import Screening

FULL_TIME = Fraction(9, 10)
"""Who spends this share of a year's work on R&D counts as one full person-year."""
_LATIN, _CHINESE = re.compile(r"[A-Za-z]+"), re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
Shape = tuple[str, frozenset[str]]
"""A name without blanks and full-width letters, and its pairs of neighbouring letters."""


@dataclass(frozen=True, slots=True)
class Project:
    """One line of a firm's list of projects: what was spent on it and how many person-months it took."""

    firm: int
    name: str
    spend: int
    months: Decimal
    cells: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ruled:
    """A rule as it stands on a day: on or off, and its limits."""

    rule: Screening
    on: bool
    limits: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Total:
    """What is counted: money, person-months, projects, firms."""

    spend: int = 0
    months: Decimal = Decimal(0)
    projects: int = 0
    firms: int = 0

    def __sub__(self, other: Total) -> Total:
        spend, months = self.spend - other.spend, self.months - other.months
        return Total(spend, months, self.projects - other.projects, self.firms - other.firms)

    @property
    def person_years(self) -> Decimal:
        return self.months / 12


def added(projects: Collection[Project]) -> Total:
    """Projects summed up."""
    months = sum((p.months for p in projects), Decimal(0))
    return Total(sum(p.spend for p in projects), months, len(projects), len({p.firm for p in projects}))


@dataclass(frozen=True)
class Screened:
    """Projects seen through rules. `hits`: rule key → number of the project in `projects` → what was found there."""

    projects: Sequence[Project]
    rules: Mapping[str, Ruled]
    hits: Mapping[str, Mapping[int, str]]

    @cached_property
    def on(self) -> frozenset[str]:
        return frozenset(key for key, ruled in self.rules.items() if ruled.on)

    @cached_property
    def now(self) -> Total:
        """The zone's total under the rules that are on."""
        return self.total(self.on)

    @cached_property
    def whole(self) -> Total:
        """The total before any rule."""
        return self.total(())

    @cached_property
    def gone(self) -> set[int]:
        """The projects that the rules which are on leave out."""
        return self.removed(self.on)

    def removed(self, on: Collection[str]) -> set[int]:
        """The projects that these rules leave out."""
        return {n for key in on if self.rules[key].rule.action == "remove" for n in self.hits[key]}

    def total(self, on: Collection[str]) -> Total:
        """What is counted under these rules, whatever is on; without a rule about empty firms all firms stay."""
        gone = self.removed(on)
        kept = added([p for n, p in enumerate(self.projects) if n not in gone])
        drops = any(self.rules[key].rule.what == "empty" for key in on)
        firms = kept.firms if drops else len({p.firm for p in self.projects})
        return Total(kept.spend, kept.months, kept.projects, firms)

    def hit(self, key: str) -> Total:
        """All that a rule hits, whether it removes or only marks it."""
        return added([self.projects[number] for number in self.hits[key]])

    def alone(self, key: str) -> Total:
        """What the rule takes out where it is the only one."""
        return self.whole - self.total({key})

    def last(self, key: str) -> Total:
        """What it takes out after all others that are on: what switching it now would change."""
        others = self.on - {key}
        return self.total(others) - self.total(others | {key})

    @cached_property
    def firms(self) -> dict[int, tuple[Total, Total]]:
        """By firm: (all it listed, what is left)."""
        both: dict[int, tuple[list[Project], list[Project]]] = {}
        for number, project in enumerate(self.projects):
            every, kept = both.setdefault(project.firm, ([], []))
            every.append(project)
            if number not in self.gone:
                kept.append(project)
        return {firm: (added(every), added(kept)) for firm, (every, kept) in both.items()}


def screen(
    projects: Sequence[Project], rules: Iterable[Ruled], earlier: Mapping[int, Iterable[tuple[str, str]]]
) -> Screened:
    """All rules over all projects, those that are off too. `earlier`: firm → (year, name) of what it listed before."""
    held = {ruled.rule.key: ruled for ruled in rules}
    names = {firm: [(year, name, shape(name)) for year, name in listed] for firm, listed in earlier.items()}
    found = {key: [_found(ruled, p, names.get(p.firm, ())) for p in projects] for key, ruled in held.items()}
    return Screened(projects, held, {key: {n: why for n, why in enumerate(f) if why} for key, f in found.items()})


def _found(ruled: Ruled, project: Project, earlier: Sequence[tuple[str, str, Shape]]) -> str:
    """What the rule finds in a project, "" for nothing."""
    rule, limit = ruled.rule, ruled.limits
    cells = [unicodedata.normalize("NFKC", str(project.cells.get(name) or "")) for name in rule.fields]
    text = cells[0] if cells else ""
    if rule.what == "words":
        return "、".join(word for word in rule.words if word in text)
    if rule.what == "letters":
        return next((run for run in _LATIN.findall(text) if len(run) >= limit["letters"]), "")
    if rule.what == "short":
        count = len(_CHINESE.findall(text))
        return f"{count}个汉字" if count < limit["characters"] else ""
    if rule.what == "span" and all(cells):
        (year, month), (until, last) = (map(int, cell.split("-")) for cell in cells)
        months = (until - year) * 12 + last - month + 1  # both months counted
        return f"{months}个月" if months > limit["years"] * 12 else ""
    if rule.what == "similar":
        return _likest(shape(text), earlier, Fraction(limit["score"]))
    return text if rule.what == "codes" and text in rule.codes else ""


def _likest(name: Shape, earlier: Sequence[tuple[str, str, Shape]], best: Fraction) -> str:
    """The most like of the earlier names beyond a limit, with its year and score."""
    told, (over, under) = "", (2 * best - 1).as_integer_ratio()
    for year, said, other in earlier:
        common = len(name[1] & other[1])  # a mean never exceeds (1 + Jaccard) ÷ 2, so most names need no count of edits
        if common * under <= over * (len(name[1]) + len(other[1]) - common) and other != name:
            continue
        if (score := alike(name, other)) > best:
            best, told = score, f"{year}年“{said}”（{float(score):.2f}）"
            over, under = (2 * best - 1).as_integer_ratio()
    return told


def shape(name: str) -> Shape:
    """What of a name is compared."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).casefold()
    return plain, frozenset(map("".join, pairwise(plain)))


def alike(one: Shape, other: Shape) -> Fraction:
    """How alike two names are, 0 to 1: half the share of letters that need no edit, half the pairs of letters shared.

    The first is 1 − Levenshtein distance ÷ length of the longer; the second is Jaccard's index of letter pairs.
    """
    if one == other:
        return Fraction(1)
    edits = Fraction(levenshtein(one[0], other[0]), max(len(one[0]), len(other[0])))
    every = len(one[1] | other[1])
    return (1 - edits + (Fraction(len(one[1] & other[1]), every) if every else 0)) / 2


def levenshtein(one: str, other: str) -> int:
    """The fewest letters to put in, take out or replace that turn one text into the other."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, against in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (letter != against))
    return row[-1]


def person_years(shares: Iterable[Fraction]) -> Fraction:
    """R&D staff as full-time equivalents: each person's share of the year, full-timers (0.9 and more) counting 1."""
    return sum((Fraction(1) if share >= FULL_TIME else share for share in shares), Fraction(0))
