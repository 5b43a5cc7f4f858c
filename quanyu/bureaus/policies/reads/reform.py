"""Questions about scenarios: what the rules would be, whom they would pay, and which setting is worth most."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cached_property
from math import prod
from pathlib import Path

from quanyu.facts.reads import current_source
from quanyu.facts.traits import trait_table
from quanyu.judgements import reform
from quanyu.judgements.eligibility import Rule, Unreadable, Verdict, combine, read_policy
from quanyu.judgements.eligibility.fast import each_of
from quanyu.judgements.eligibility.rule import Clause, Formula
from quanyu.judgements.reform import NOTHING, Choice, Payments, Range, Shift
from quanyu.measures.formula import Flag
from quanyu.measures.source import Source
from quanyu.people.models import Organisation
from quanyu.registry.model import Condition, Indicator, Parameter, Policy, Registry, in_force
from quanyu.registry.problem import Refused

Changes = Mapping[str, Mapping[str, Decimal]]
MOST_CHOICES = 120
"""More settings than this are not tried at one go: an answer is to come within a second or two."""
Held = Mapping[int, Decimal | None]
"""Firm → what it would be paid, for the firms that have a policy."""


def reformable(known: Registry, on: dt.date) -> dict[str, Policy]:
    """The policies in force on a day that have numbers to change."""
    return {
        key: p for key, p in known.policies.items()
        if p.parameters and p.subject == "firm" and p.from_ <= on and (p.to is None or on < p.to)
    }  # fmt: skip


def standing_value(parameter: Parameter, on: dt.date) -> Decimal | None:
    held = in_force(parameter.values, on)
    return Decimal(held.value) if held and held.value is not None else None


def typed(known: Registry, changes: Mapping[str, Mapping[str, str]], on: dt.date) -> dict[str, dict[str, Decimal]]:
    """Numbers as somebody wrote them, only those that differ from what is in force; refused beyond their bounds."""
    found: dict[str, dict[str, Decimal]] = {}
    for policy, written in changes.items():
        if (held := reformable(known, on).get(policy)) is None:
            raise Refused(f"{on}没有名为“{policy}”的可模拟政策。", "请从列表里选一项当日有效、有参数的政策。")
        parameters = {p.key: p for p in held.parameters}
        for key, text in written.items():
            if not text.strip():
                continue
            if (parameter := parameters.get(key)) is None:
                raise Refused(f"“{held.label}”没有名为“{key}”的参数。", "请从参数表里选。")
            value = _number(parameter, text)
            if value != standing_value(parameter, on):
                found.setdefault(policy, {})[key] = value
    if not found:
        raise Refused("没有改动任何参数。", "请至少填写一个与现行数值不同的新值。")
    return found


def _number(parameter: Parameter, text: str) -> Decimal:
    try:
        value = Decimal(text.strip().replace(",", "").replace("，", ""))
    except InvalidOperation:
        value = Decimal("nan")
    if not value.is_finite():
        raise Refused(f"“{parameter.label}”应当是数字，现在写的是“{text[:20]}”。", "只写数字，不带单位。")
    low, high = parameter.lowest, parameter.highest
    if (low is not None and value < low) or (high is not None and value > high) or (low is None and value < 0):
        most = "" if high is None else f"，不高于{high}"
        raise Refused(f"“{parameter.label}”不能是{value}。", f"应当不低于{low or 0}{most}。")
    return value


def moved(known: Registry, changes: Changes, on: dt.date) -> list[Policy]:
    """The changed policies, and with them those in force they stack with: one's payment moves the other's."""
    live = {k: p for k, p in known.policies.items() if p.from_ <= on and (p.to is None or on < p.to)}
    groups = {live[key].stacking for key in changes if key in live} - {""}
    return [p for key, p in live.items() if key in changes or p.stacking in groups]


def read_rule(known: Registry, policy: str, changes: Mapping[str, Decimal], on: dt.date) -> Rule:
    """A policy with changed numbers as a rule of the day; refused when it cannot be read."""
    try:
        return read_policy(known, known.policies[policy], on, changes)
    except Unreadable as fault:
        raise Refused(f"政策读不出来：{fault}", "请检查改动的数值或政策文件。") from fault


@dataclass(frozen=True)
class Side:
    """What policies come to for everybody, as rules of a day: before a change or after it.

    `had`: policy → the firms that have it. `paid`: policy → firm → yuan, stacking applied.
    """

    rules: Sequence[Rule]
    had: Mapping[str, frozenset[int]]
    paid: Mapping[str, Payments]

    @cached_property
    def total(self) -> Payments:
        """Firm → yuan of all policies looked at."""
        found: dict[int, Decimal] = {}
        for payments in self.paid.values():
            for firm, amount in payments.items():
                found[firm] = found.get(firm, NOTHING) + amount
        return found

    def cost(self, budgeted: bool = True) -> Decimal:
        """What they cost the zone; what is only left untaxed costs no budget."""
        free = {r.policy.key for r in self.rules if budgeted and r.policy.benefit and r.policy.benefit.tax}
        return sum((sum(p.values(), NOTHING) for key, p in self.paid.items() if key not in free), NOTHING)

    def reached(self, policies: Iterable[str]) -> frozenset[int]:
        """The firms that get something by any of these policies; by one that pays nothing, those that have it."""
        pays = {r.policy.key for r in self.rules if r.policy.benefit}
        found = ((f for f, v in self.paid[key].items() if v) if key in pays else self.had[key] for key in policies)
        return frozenset(firm for firms in found for firm in firms)

    def firms(self, policies: Iterable[str]) -> frozenset[int]:
        """The firms that have any of these policies."""
        return frozenset[int]().union(*(self.had.get(key, frozenset()) for key in policies))


@dataclass(frozen=True)
class Effect:
    """A change beside what is in force. `target`: the firms it is meant for; `places`: firm → size, industry, area."""

    changes: Changes
    before: Side
    after: Side
    target: frozenset[int]
    places: Mapping[int, tuple[str, str, str]]

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.before, self.after

    @property
    def cost(self) -> tuple[Decimal, Decimal]:
        return self.before.cost(), self.after.cost()

    @property
    def firms(self) -> tuple[int, int]:
        """How many firms have one of the changed policies."""
        return len(self.before.firms(self.changes)), len(self.after.firms(self.changes))

    @property
    def gini(self) -> tuple[Fraction | None, Fraction | None]:
        """Among the firms that get something."""
        one, two = (reform.gini([v for v in side.total.values() if v]) for side in self.sides)
        return one, two

    @property
    def coverage(self) -> tuple[Fraction | None, Fraction | None]:
        one, two = (reform.coverage(self.target, s.reached(self.changes)) for s in self.sides)
        return one, two

    @property
    def outside(self) -> tuple[Fraction | None, Fraction | None]:
        return reform.outside(self.target, self.before.total), reform.outside(self.target, self.after.total)

    @property
    def anyway(self) -> Fraction | None:
        return reform.anyway(self.before.total, self.after.total)

    @cached_property
    def whole(self) -> Shift:
        """All firms as one group."""
        empty = Shift("", 0, 0, NOTHING, NOTHING, NOTHING, NOTHING)
        return next(iter(reform.shifts(self.before.total, self.after.total, lambda firm: "")), empty)

    def shifts(self, part: int) -> list[Shift]:
        """Winners and losers by size (0), industry (1) or area (2)."""
        return reform.shifts(self.before.total, self.after.total, lambda firm: self.places[firm][part])

    def linked(self, known: Registry) -> list[tuple[Policy, Indicator, int, int]]:
        """The indicators that count a title a changed policy leads to, with how many firms could hold it."""
        return [
            (policy, i, len(self.before.had[key]), len(self.after.had[key]))
            for key in self.changes for policy in [known.policies[key]] for i in reform.counting(known, policy.grants)
        ]  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """The definitions, the day and the facts that one question is answered from."""

    known: Registry
    on: dt.date
    judged: bool = True

    @cached_property
    def source(self) -> Source:
        return current_source()

    @cached_property
    def table(self) -> Path:
        return trait_table(self.known, self.source, self.on, self.source.home)

    def effect(self, changes: Changes, target: str) -> Effect:
        """What these changes would do."""
        before, after = self.side({key: {} for key in changes}), self.side(changes)
        rows = Organisation.objects.values_list("pk", "size", "industry", "area__name")
        places = {pk: (size, industry, area or "") for pk, size, industry, area in rows}
        return Effect(changes, before, after, self.target(changes, target), places)

    def choices(
        self, policy: str, ranges: Sequence[Range], gain: Callable[[Side], int], share: Decimal
    ) -> list[Choice]:  # fmt: skip
        """Every setting of a policy's parameters with its cost and gain, when this share of those who may have it come.

        Refused when there are more settings than are tried at one go.
        """
        if (count := prod(r.count for r in ranges)) > MOST_CHOICES:
            raise Refused(f"这样有{count}种取法，一次最多试{MOST_CHOICES}种。", "请加大步长，或少选一个参数。")
        settings = list(reform.grid(ranges))
        found = zip(settings, self.sides([{policy: s} for s in settings]), strict=True)
        return [
            Choice(s, side.cost() * share, Fraction(gain(side)) * Fraction(share), len(side.had[policy]))
            for s, side in found
        ]  # fmt: skip

    def sides(self, changes: Sequence[Changes]) -> Iterator[Side]:
        """What each change comes to; a policy that several leave alone is read and reckoned once."""
        read: dict[tuple[str, tuple[tuple[str, Decimal], ...]], Rule] = {}
        asked = []
        for change in changes:
            wanted = {p.key: tuple(sorted(change.get(p.key, {}).items())) for p in moved(self.known, change, self.on)}
            asked.append(list(wanted.items()))
            for what in asked[-1]:
                if what not in read:
                    read[what] = read_rule(self.known, what[0], dict(what[1]), self.on)
        held = dict(zip(read, self.held(list(read.values())), strict=True))
        for whats in asked:
            rules, found = [read[what] for what in whats], {what[0]: held[what] for what in whats}
            yield Side(rules, {key: frozenset(firms) for key, firms in found.items()}, self._paid(rules, found))

    def side(self, changes: Changes) -> Side:
        return next(self.sides([changes]))

    def held(self, rules: Sequence[Rule]) -> list[Held]:
        """By rule: the firms that have the policy, with what it would pay each (None: nothing, or nobody knows)."""
        counted = ("yes", "judgement") if self.judged else ("yes",)
        found = each_of(rules, self.table) if rules else []
        return [{firm: amount for firm, (state, amount) in one.items() if state in counted} for one in found]

    def _paid(self, rules: Sequence[Rule], found: Mapping[str, Held]) -> dict[str, dict[int, Decimal]]:
        """Policy → firm → yuan; those that stack go through the rule of their group, firm by firm."""
        paid = {key: {f: v for f, v in held.items() if v} for key, held in found.items()}
        stacked = [rule for rule in rules if rule.policy.stacking]
        for firm in frozenset[int]().union(*(paid[rule.policy.key] for rule in stacked)):
            mine = [(rule, paid[rule.policy.key].pop(firm, None)) for rule in stacked]
            verdicts = [Verdict(r, r.policy, "yes", (), {}, v, "", (), False) for r, v in mine if v is not None]
            whole = {r.policy.key: v for r, v in mine if v is not None}  # what counts where a group's cap is not known
            for key, amount in (whole | combine(self.known, verdicts, self.on)).items():
                paid[key][firm] = amount
        return paid

    def target(self, policies: Iterable[str], trait: str) -> frozenset[int]:
        """Whom policies are meant for: firms with a yes to a trait, or those that would have one of them by the rules
        of the day if any one of its conditions were waived."""
        rules = [read_rule(self.known, key, {}, self.on) for key in policies]
        if trait:
            asked = Condition("meant", rules[0].policy.label, rules[0].policy.place, test=trait)
            bare = replace(
                rules[0].policy, parameters=(), conditions=(asked,), scores=(), when="", benefit=None, ranked_by=""
            )
            return frozenset(self.held([read_policy(self.known, bare, self.on)])[0])
        return frozenset(firm for rule in rules for held in self.held(list(_waived(rule))) for firm in held)


def _waived(rule: Rule) -> Iterator[Rule]:
    """A rule as it stands, and with one condition after the other taken for met."""
    yield rule
    for n, clause in enumerate(rule.clauses):
        if clause.condition.kind in ("threshold", "veto"):
            met = Flag(clause.condition.kind == "threshold")
            given = Clause(clause.condition, test=Formula("", met, met, "flag"))
            yield replace(rule, clauses=(*rule.clauses[:n], given, *rule.clauses[n + 1 :]))
