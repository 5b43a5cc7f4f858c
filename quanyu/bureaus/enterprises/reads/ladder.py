"""Questions about the ladder (梯度): who is on which rung, who moved, who is one condition short, who may drop out."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db.models import Q, QuerySet

from quanyu.bureaus.enterprises.models import PoolEntry
from quanyu.facts import reads as facts
from quanyu.facts import traits as facts_traits
from quanyu.facts.models import Standing
from quanyu.judgements.eligibility import Found, Rule, Verdict, decide, read_policy
from quanyu.judgements.eligibility.fast import decide_all, kept
from quanyu.judgements.points import Traits
from quanyu.judgements.shortfall import shortfall
from quanyu.measures.source import Source
from quanyu.pagekit import format
from quanyu.people.models import Organisation
from quanyu.plan.reads import registry_at
from quanyu.registry.model import Policy, Pool, PoolRule, Registry, in_force

OFF = ""
"""The rung of a firm that stands on none."""


@lru_cache(maxsize=8)
def traits_on(digest: str, snapshot: str, home: Path, on: dt.date) -> Mapping[int, Traits]:
    """The traits of every firm as of a day; {} before anything was frozen."""
    if not snapshot:
        return {}
    return facts_traits.traits_of_all(registry_at(digest), Source.open(home, snapshot), on)


def read_rule(known: Registry, pool: Pool, what: str, on: dt.date) -> Rule | None:
    """A rule of a pool (`entry`, `stay`, `leave`) as it is on a day; its own conditions are read like a policy's."""
    rule: PoolRule | None = getattr(pool, what)
    if rule is None:
        return None
    return read_policy(known, known.policies[rule.policy] if rule.policy else _as_policy(pool, rule), on)


@lru_cache(maxsize=64)
def _states(
    digest: str, snapshot: str, home: Path, on: dt.date, pool: str, what: str
) -> Mapping[int, Mapping[str, str]]:
    """How every firm stands to one rule of a pool: `state`, and `state_<condition>` for each condition."""
    known = registry_at(digest)
    rule = read_rule(known, known.pools[pool], what, on)
    if rule is None or not snapshot:
        return {}
    table = facts_traits.trait_table(known, Source.open(home, snapshot), on, home)
    with TemporaryDirectory() as out:
        rows = kept(decide_all([rule], table, Path(out))[rule.policy.key])
    return {row["firm"]: {name: value for name, value in row.items() if name.startswith("state")} for row in rows}


def _as_policy(pool: Pool, rule: PoolRule) -> Policy:
    """A rule of a pool is read like a policy that pays nothing."""
    return Policy(
        pool.key, pool.label, "firm", "review", dt.date.min, pool.lead, pool.cites, rule.place, kind="title",
        parameters=rule.parameters, conditions=rule.conditions, unverified=rule.unverified,
    )  # fmt: skip


@dataclass(frozen=True)
class Near:
    """A firm before a rule: conditions it lacks (`short`), how many more are open, how many thresholds are met."""

    firm: int
    rule: Rule
    traits: Traits
    short: tuple[str, ...]
    unknown: int
    met: int

    @cached_property
    def verdict(self) -> Verdict:
        return decide(self.rule, self.traits, format.language())

    @property
    def lacking(self) -> list[Found]:
        return [f for f in self.verdict.conditions if f.condition.key in self.short]

    @property
    def words(self) -> str:
        """What is lacking, each with the value, the bound and how much is missing."""
        return format.clauses(format.bracketed(format.tr(f.condition.label), f.words) for f in self.lacking)


@dataclass(frozen=True)
class Alert:
    """A member that may drop out: of which rung, why, by which day (None: at the next look)."""

    firm: int
    pool: Pool
    kind: str
    by: dt.date | None
    near: Near | None = None

    @property
    def words(self) -> str:
        if self.near is None:
            return format.tr(self.pool.renews)
        met = (format.tr(f.condition.label) for f in self.near.verdict.conditions if f.state == "met")
        return format.clauses(met) if self.kind == "leave" else self.near.words


@dataclass(frozen=True)
class Ladder:
    """The ladder as it stood on a day."""

    registry: Registry
    on: dt.date

    @cached_property
    def pools(self) -> Sequence[Pool]:
        """The rungs, lowest first."""
        return sorted(self.registry.pools.values(), key=lambda p: p.order)

    @cached_property
    def firms(self) -> Mapping[int, Organisation]:
        open_then = (Q(closed_on=None) | Q(closed_on__gt=self.on)) & (Q(opened_on=None) | Q(opened_on__lte=self.on))
        rows = Organisation.objects.filter(open_then, kind="firm").select_related("area")
        return {firm.pk: firm for firm in rows}

    def members(self, on: dt.date) -> Mapping[str, frozenset[int]]:
        """Who stands on each rung on a day."""
        found = {p.key: set[int]() for p in self.pools}
        titled = {p.title: p.key for p in self.pools if p.title}
        for title, firm in facts.standings(on).filter(title__in=titled).values_list("title", "organisation"):
            found[titled[title]].add(firm)
        for pool, firm in (
            entries(on).filter(pool__in=[p.key for p in self.pools if not p.title]).values_list("pool", "organisation")
        ):
            found[pool].add(firm)
        return {key: frozenset(held & self.firms.keys()) for key, held in found.items()}

    @cached_property
    def now(self) -> Mapping[str, frozenset[int]]:
        return self.members(self.on)

    @cached_property
    def a_year_ago(self) -> Mapping[str, frozenset[int]]:
        return self.members(self.year_ago)

    @property
    def year_ago(self) -> dt.date:
        return years_back(self.on, 1)

    def highest(self, held: Mapping[str, frozenset[int]]) -> dict[int, str]:
        """Firm → the highest rung it stands on."""
        return {firm: pool.key for pool in self.pools for firm in held[pool.key]}

    @cached_property
    def moved(self) -> Counter[tuple[str, str]]:
        """(rung a year ago, rung now) → how many firms; those that stood on none both times are left out."""
        then, now = self.highest(self.a_year_ago), self.highest(self.now)
        return Counter((then.get(firm, OFF), now.get(firm, OFF)) for firm in then.keys() | now.keys())

    @cached_property
    def key(self) -> tuple[str, str, Path]:
        last = facts.last_snapshot()
        return self.registry.digest, last.digest if last else "", Path(settings.QUANYU_HOME)

    @property
    def traits(self) -> Mapping[int, Traits]:
        return traits_on(*self.key, self.on)

    def states(self, pool: Pool, what: str) -> Mapping[int, Mapping[str, str]]:
        """How all firms stand to a rule of a rung (`entry`, `stay`, `leave`)."""
        return _states(*self.key, self.on, pool.key, what)

    def looked_at(self, pool: Pool, what: str, firms: Collection[int]) -> list[Near]:
        """What some firms lack before a rule of a rung."""
        rule, held = read_rule(self.registry, pool, what, self.on), self.states(pool, what)
        return [before(f, rule, self.traits[f], held[f]) for f in firms if rule and f in held]

    def near(self, pool: Pool) -> list[Near]:
        """Firms off this rung that its entry rule lets in or that lack no more than it allows; the nearest first.

        A veto is nothing to be nurtured away, and where more is unknown than is met nothing can be said.
        """
        off = self.firms.keys() - {f for p in self.pools if p.order >= pool.order for f in self.now[p.key]}
        close = [
            n for n in self.looked_at(pool, "entry", off)
            if pool.entry and len(n.short) <= pool.entry.short and n.unknown < max(n.met, 1)
            and not any(c.kind == "veto" and c.key in n.short for c in n.rule.policy.conditions)
        ]  # fmt: skip
        return sorted(close, key=lambda n: (len(n.short), n.unknown, n.firm))

    def alerts(self, pools: Collection[Pool] | None = None) -> list[Alert]:
        """Certificates that end soon and are not yet renewed, members below a line that they must keep."""
        found = []
        for pool in self.pools if pools is None else pools:
            months = in_force(pool.alert_months, self.on)
            if pool.title and months and months.value is not None:
                found += self._ending(pool, months_on(self.on, int(months.value)))
            for what, wrong, kind in (("stay", "no", "below"), ("leave", "yes", "leave")):
                bad = {f for f, held in self.states(pool, what).items() if held["state"] == wrong}
                here = sorted(bad & self.now[pool.key])
                found += [Alert(n.firm, pool, kind, None, n) for n in self.looked_at(pool, what, here)]
        return sorted(found, key=lambda a: (a.by or dt.date.max, a.pool.order, a.firm))

    def _ending(self, pool: Pool, until: dt.date) -> list[Alert]:
        rows = facts.standings().filter(title=pool.title, organisation__in=self.firms)
        last: dict[int, Standing] = {}
        for row in rows.order_by("valid_from"):
            if row.organisation_id not in last or row.valid_to is None or row.valid_to > self.on:
                last[row.organisation_id] = row
        return [
            Alert(firm, pool, "ends", row.valid_to)
            for firm, row in last.items() if row.valid_to and self.on < row.valid_to <= until
        ]  # fmt: skip


def before(firm: int, rule: Rule, traits: Traits, states: Mapping[str, str] | None = None) -> Near:
    """What a firm lacks before a rule, by the shortest way in; where a veto bars every way, the vetoes.

    `states`: how its conditions stand (`state_<key>`), where that is known already.
    """
    if states is None:
        states = {f"state_{f.condition.key}": f.state for f in decide(rule, traits).conditions}
    held = {c.key: states[f"state_{c.key}"] for c in rule.policy.conditions}
    keys, met = (
        shortfall(rule, held),
        sum(c.kind == "threshold" and held[c.key] == "met" for c in rule.policy.conditions),
    )
    if keys is None:
        bars = tuple(c.key for c in rule.policy.conditions if c.kind == "veto" and held[c.key] == "not_met")
        return Near(firm, rule, traits, bars, 0, met)
    short = tuple(key for key in keys if held[key] == "not_met")
    return Near(firm, rule, traits, short, len(keys) - len(short), met)


def entries(on: dt.date | None = None) -> QuerySet[PoolEntry]:
    """Who was put into a pool; with `on`, those in it that day."""
    rows = PoolEntry.objects.select_related("organisation__area", "by")
    return rows if on is None else rows.filter(Q(to_on=None) | Q(to_on__gt=on), from_on__lte=on)


def years_back(on: dt.date, years: int) -> dt.date:
    return on.replace(year=on.year - years, day=min(on.day, 28) if on.month == 2 else on.day)


def months_on(on: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last one before it."""
    month = on.year * 12 + on.month - 1 + months
    for day in range(on.day, on.day - 4, -1):
        try:
            return dt.date(month // 12, month % 12 + 1, day)
        except ValueError:
            continue
    raise AssertionError(on)
