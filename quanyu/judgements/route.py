"""The cheapest path: the least set of lawful changes by which a firm comes to a policy, in time.

What can be changed, in which steps, at what cost and within how many months is data (`Move`). The answer is exact:
boxes of step counts are searched in the order of what they cost at least; a box out of reach of the conditions is left,
the first box whose cheapest corner reaches the policy is the answer, and the reference engine confirms it. Where there
is none, it is proved that there is none, and said which conditions stand in the way.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from quanyu.judgements.eligibility import Traits, Value, Verdict, decide
from quanyu.judgements.eligibility.rule import MONEY, Rule, base, kind_of_unit
from quanyu.judgements.reach import Box, Memo, Range, Reach, exactly, plain, within_reach
from quanyu.registry.model import Condition, Move, Registry

MOST_BOXES = 20_000
Counts = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of change on the way, taken so many times. `traits`: what it moves, from what to what."""

    move: Move
    times: int
    cost: Decimal
    traits: Mapping[str, tuple[Value, Value]]


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a policy, or why there is none.

    `reached`: the steps lead there (none where the firm is there already). `verdict`: how the firm stands after them,
    or today. `judged`: conditions that people decide in the end. `blocked`: conditions that no permitted change meets,
    those among them that nobody knows enough about (`verdict.unknown`); empty where each alone can be met.
    `later`: months after which it could be reached, where time alone is short. `proved`: nothing cheaper exists, or
    nothing at all.
    """

    reached: bool
    steps: tuple[Step, ...]
    cost: Decimal
    months: int
    verdict: Verdict
    judged: tuple[Condition, ...] = ()
    blocked: tuple[Condition, ...] = ()
    later: int | None = None
    proved: bool = True


def cheapest_path(registry: Registry, rule: Rule, traits: Traits, on: dt.date, months: int) -> Route:
    """The cheapest lawful way from a firm's traits to a policy within so many months from a day.

    Past years stay as they are: a move changes the last year's value of a trait (`revenue`, never `revenue_1`); what is
    not known stays unknown, only flags and choices can be settled. Equal cost: sooner, then fewer steps. Conditions and
    scores that people judge are taken as open and told in `judged`.
    """
    if rule.on != on:
        raise ValueError(f"the rule was read for {rule.on}, not for {on}")
    useful = [m for m in registry.moves.values() if {*m.changes, *m.sets} & set(rule.traits)]
    search = _Search(registry, rule, traits, [m for m in useful if m.months <= months])
    found, proved = search.run()
    if found is not None:
        return search.route(found, proved)
    blocked = tuple(
        c.condition for c in rule.clauses
        if c.condition.kind in ("threshold", "veto") and not c.condition.one_of and not rule.when
        and not within_reach(rule, search.box((0,) * len(search.moves), search.most), [c])
    )  # fmt: skip
    later = None
    if proved and len(useful) > len(search.moves):
        for late in sorted({m.months for m in useful if m.months > months}):
            if _Search(registry, rule, traits, [m for m in useful if m.months <= late]).run()[0] is not None:
                later = late
                break
    return replace(search.route((0,) * len(search.moves), proved), reached=False, blocked=blocked, later=later)


class _Search:
    """Step counts of the moves at hand, and what a firm's traits become by them."""

    def __init__(self, registry: Registry, rule: Rule, traits: Traits, moves: Sequence[Move]) -> None:
        units = {key: trait.unit for key, trait in registry.traits.items()}
        self.flags = {key for key, trait in registry.traits.items() if trait.type == "flag"}
        self.rule, self.traits, self.moves = rule, traits, moves
        self.memo: Memo = {}
        self.most = tuple(m.most for m in self.moves)
        self.factor = {
            key: base(registry, unit) if kind_of_unit(registry, unit) == MONEY else Fraction(1)
            for key, unit in units.items()
        }
        self.start: Box = {n: exactly(traits.get(n)) for n in (*rule.traits, *traits)}

    def box(self, lows: Counts, highs: Counts) -> dict[str, Reach]:
        """What the traits can be after that many steps."""
        found = dict(self.start)
        for move, low, high in zip(self.moves, lows, highs, strict=True):
            for key, code in move.sets.items() if high else ():
                before = found.get(key, exactly(None))
                found[key] = frozenset({code}) | (before if low == 0 and isinstance(before, frozenset) else frozenset())
            for key, by in move.changes.items():
                held = found.get(key, exactly(None))
                if key in self.flags:
                    before = held if isinstance(held, frozenset) else frozenset({None})
                    found[key] = (before if low == 0 else frozenset()) | ({by > 0} if high else frozenset())
                elif isinstance(held, Range) and not held.empty:
                    ends = sorted(n * plain(Fraction(by) * self.factor[key]) for n in (low, high))
                    found[key] = Range(held.low + ends[0], held.high + ends[1], held.null)
        return found

    def lawful(self, box: Box, lows: Counts, highs: Counts) -> bool:
        """Whether no limit of a move taken for certain is broken for certain."""
        for move, low in zip(self.moves, lows, strict=True):
            for key, limit in move.within.items():
                held, most = box.get(key), box.get(limit)
                if low and isinstance(held, Range) and isinstance(most, Range) and held.low > most.high:
                    return False
        return True

    def open(self, lows: Counts, highs: Counts) -> bool:
        box = self.box(lows, highs)
        return self.lawful(box, lows, highs) and within_reach(self.rule, box, memo=self.memo)

    def price(self, counts: Counts) -> tuple[Decimal, int, int, Counts]:
        """What is compared: cost, months, steps; each grows with every count."""
        taken = [(m, n) for m, n in zip(self.moves, counts, strict=True) if n]
        cost = sum((m.cost * n for m, n in taken), Decimal(0))
        return cost, max((m.months for m, _ in taken), default=0), sum(counts), counts

    def run(self) -> tuple[Counts | None, bool]:
        """The cheapest counts that reach the policy, or None; and whether that is proved."""
        queue: list[tuple[tuple[Decimal, int, int, Counts], Counts]] = []

        def put(lows: Counts, highs: Counts) -> None:
            if self.open(lows, highs):
                lows = self._raised(lows, highs)
                heapq.heappush(queue, (self.price(lows), highs))

        put((0,) * len(self.moves), self.most)
        for _ in range(MOST_BOXES):
            if not queue:
                return None, True
            (_cost, _months, _steps, lows), highs = heapq.heappop(queue)
            if self._reaches(lows):
                return lows, True
            wide = [n for n in range(len(lows)) if lows[n] < highs[n]]
            if not wide:
                continue
            at = max(wide, key=lambda n: ((highs[n] - lows[n]) * self.moves[n].cost, highs[n] - lows[n]))
            middle = (lows[at] + highs[at]) // 2
            put(lows, (*highs[:at], middle, *highs[at + 1 :]))
            put((*lows[:at], middle + 1, *lows[at + 1 :]), highs)
        return None, False

    def _raised(self, lows: Counts, highs: Counts) -> Counts:
        """The least count of each move without which the box is out of reach whatever the others do."""
        for at in range(len(lows)):
            low, high = lows[at], highs[at]
            while low < high:
                middle = (low + high) // 2
                if self.open(lows, (*highs[:at], middle, *highs[at + 1 :])):
                    high = middle
                else:
                    low = middle + 1
            lows = (*lows[:at], low, *lows[at + 1 :])
        return lows

    def _reaches(self, counts: Counts) -> bool:
        return self.open(counts, counts) and decide(self.rule, self.after(counts)).state in ("yes", "judgement")

    def after(self, counts: Counts) -> dict[str, Value]:
        """The firm's traits once the steps are taken."""
        found = dict(self.traits)
        for key, held in self.box(counts, counts).items():
            if isinstance(held, Range):
                found[key] = None if held.empty else plain(held.low)
            else:
                (found[key],) = held
        return found

    def route(self, counts: Counts, proved: bool) -> Route:
        after, steps = self.after(counts), []
        for move, n in zip(self.moves, counts, strict=True):
            moved = {k: (self.traits.get(k), after[k]) for k in (*move.changes, *move.sets) if k in after}
            steps += [Step(move, n, move.cost * n, moved)] if n else []
        verdict = decide(self.rule, after)
        judged = tuple(f.condition for f in verdict.conditions if f.state == "judgement")
        cost, months, *_ = self.price(counts)
        return Route(verdict.state in ("yes", "judgement"), tuple(steps), cost, months, verdict, judged, proved=proved)
