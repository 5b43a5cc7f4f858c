"""Rolling forecasts of an even row of numbers: a few simple methods, tried at every past moment on what was known then.

After each value every method says what comes next; when the next values arrive its errors are kept. The method with
the smallest errors so far speaks; its errors, growing with the distance, give the interval. Nothing looks ahead: what
is said after some values does not depend on those that follow. Estimates are floats: they are no figures of the plan.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

Ahead = Callable[[int, int], list[float]]
"""(how many values are known, how many steps ahead) → the values foreseen, nearest first."""
Bounds = tuple[float, float]
Errors = Mapping[int, deque[float]]

LEAST, ERRORS_NEEDED = 5, 3
"""Fewer values, or fewer past errors of a method, say nothing about what comes next."""
RECENT = 40
"""How many of the latest errors at each distance count: a zone changes, old errors mislead."""
LEADS = {12: (1, 2, 3, 6, 9, 12, 18, 24), 4: (1, 2, 3, 4, 6, 8), 2: (1, 2, 3, 4), 1: (1, 2, 3)}
"""By steps a year: the distances in steps at which forecasts are checked, up to two years (three for yearly values)."""
_NORMAL = NormalDist()


def _drift(values: Sequence[float], season: int) -> Ahead:
    def ahead(known: int, steps: int) -> list[float]:
        end, risen = values[known - 1], values[known - 1] - values[0]
        return [end + risen * step / (known - 1) for step in range(1, steps + 1)]

    return ahead


def _smoothed(values: Sequence[float], level_share: float, slope_share: float, damping: float) -> Ahead:
    """Exponential smoothing; the slope fades by `damping` a step. Without `slope_share` a level alone."""
    states = [(values[0], 0.0)]
    for value in values[1:]:
        foreseen = states[-1][0] + damping * states[-1][1]
        missed = level_share * (value - foreseen)
        states.append((foreseen + missed, damping * states[-1][1] + slope_share * missed))

    def ahead(known: int, steps: int) -> list[float]:
        (value, slope), out = states[known - 1], []
        for _ in range(steps):
            slope *= damping
            value += slope
            out.append(value)
        return out

    return ahead


def _seasonal(values: Sequence[float], season: int) -> Ahead:
    """Each step rises as the same step of past years did on average."""

    def ahead(known: int, steps: int) -> list[float]:
        rises = []
        for place in range(season):
            past = range(known - season + place, 0, -season)
            rises.append(sum(values[i] - values[i - 1] for i in past) / len(past))
        value, out = values[known - 1], []
        for step in range(steps):
            value += rises[step % season]
            out.append(value)
        return out

    return ahead


METHODS: dict[str, tuple[int, Callable[[Sequence[float], int], Ahead]]] = {
    "last": (1, lambda values, season: lambda known, steps: [values[known - 1]] * steps),
    "drift": (2, _drift),
    "level": (3, lambda values, season: _smoothed(values, 0.5, 0.0, 1.0)),
    "damped": (4, lambda values, season: _smoothed(values, 0.7, 0.2, 0.95)),
    "seasonal": (0, _seasonal),
}
"""Simplest first (it wins a tie): how many values each needs (0: a year and one more), and how it is fitted."""
SIMPLEST = ("last", "drift")
"""All that fewer than ten yearly values can bear."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How far off: errors of size `scale` × steps^`growth`, as Student's t with as many degrees of freedom as there
    were `errors` that do not overlap: the fewer and the further ahead, the wider."""

    scale: float
    growth: float
    errors: int

    def half(self, level: float, step: int) -> float:
        """Half the width of the interval that holds the actual value with probability `level`, `step` steps ahead."""
        return self._unit(step) * student(_NORMAL.inv_cdf((1 + level) / 2), self.errors / step)

    def under(self, distance: float, step: int) -> float:
        """The probability that the actual value lies at most `distance` above the middle of the forecast."""
        unit = self._unit(step)
        if unit == 0 or math.isinf(distance):
            return float(distance >= 0)
        low, high = 0.0, 8.0
        for _ in range(24):
            z = (low + high) / 2
            low, high = (z, high) if student(z, self.errors / step) * unit < abs(distance) else (low, z)
        return _NORMAL.cdf(math.copysign(low, distance))

    def _unit(self, step: int) -> float:
        return self.scale * float(step**self.growth)


class Check(NamedTuple):
    """What became of one past forecast: inside its 80 % interval, how far off, how far off keeping the last value would
    have been, and the squared error of the probability it gave (None where nothing was promised)."""

    hit: bool
    missed: float
    naive: float
    square: float | None


@dataclass(frozen=True, slots=True)
class Vantage:
    """What can be said after `known` values: the method chosen, what it foresees, how sure it is, how many checks of
    earlier forecasts there were by then."""

    method: str
    known: int
    ahead: Ahead
    spread: Spread
    checked: int

    def chance(self, middle: float, step: int, bounds: Bounds) -> float:
        """The probability that the value `step` steps ahead, foreseen as `middle`, lies within `bounds`."""
        inside = self.spread.under(bounds[1] - middle, step) - 1 + self.spread.under(middle - bounds[0], step)
        return min(max(inside, 0.0), 1.0)


def roll(
    values: Sequence[float], season: int, promised: Sequence[Bounds | None] = ()
) -> tuple[list[Vantage | None], list[Check]]:
    """What could be said after 0, 1, 2 … values (None while that is too little), and what became of it, in order.

    `season`: steps a year. `promised`: the bounds each value was promised to lie in, to judge past probabilities by.
    """
    methods = {
        name: (need or season + 1, fit(values, season))
        for name, (need, fit) in METHODS.items()
        if values and (season > 1 or name != "seasonal")
    }
    leads, usual, said, checks = LEADS[season], 0.0, list[Vantage | None]([None]), list[Check]()
    paths: dict[str, dict[int, list[float]]] = {name: {} for name in methods}
    errors = {name: {lead: deque[float](maxlen=RECENT) for lead in leads} for name in methods}
    for known, value in enumerate(values, 1):
        for lead in (lead for lead in leads if lead < known):
            origin = known - lead
            for name, held in paths.items():
                if origin in held:
                    errors[name][lead].append(value - held[origin][lead - 1])
            if (then := said[origin]) is not None:
                bounds = promised[known - 1] if promised else None
                checks.append(
                    _check(then, paths[then.method][origin][lead - 1], lead, value, values[origin - 1], bounds)
                )
        for name, (need, ahead) in methods.items():
            if known >= need:
                paths[name][known] = ahead(known, leads[-1])
        usual += abs(value - values[known - 2]) if known > 1 else 0.0
        bearable = SIMPLEST if season == 1 and known < 2 * LEAST else METHODS
        ready = {n: errors[n] for n in methods if n in bearable and len(errors[n][1]) >= ERRORS_NEEDED}
        if known < LEAST or not ready:
            said.append(None)
            continue
        chosen = _best(ready, leads)
        spread = _spread(errors[chosen], usual / (known - 1))
        said.append(Vantage(chosen, known, methods[chosen][1], spread, len(checks)))
    return said, checks


def _check(then: Vantage, middle: float, lead: int, actual: float, naive: float, bounds: Bounds | None) -> Check:
    missed, square = abs(actual - middle), None
    if bounds is not None:
        square = (then.chance(middle, lead, bounds) - (bounds[0] <= actual <= bounds[1])) ** 2
    return Check(missed <= then.spread.half(0.8, lead), missed, abs(actual - naive), square)


def _best(ready: Mapping[str, Errors], leads: Sequence[int]) -> str:
    """The method with the smallest errors where all can be compared: the same distances, the same latest moments."""
    score = dict.fromkeys(ready, 0.0)
    for lead in leads:
        if common := min(len(errors[lead]) for errors in ready.values()):
            for name, errors in ready.items():
                score[name] += sum(map(abs, list(errors[lead])[-common:])) / common
    return min(score, key=lambda name: score[name])


def _spread(errors: Errors, usual: float) -> Spread:
    """The size of errors one step ahead and how it grows with the distance, between √steps and steps.

    One more error of the `usual` size of a step is counted in, so that a few lucky hits do not pass for certainty.
    """
    sizes = [(lead, sum(e * e for e in held), len(held)) for lead, held in errors.items() if held]
    logs = [(math.log(lead), math.log(squares / n) / 2, n) for lead, squares, n in sizes if squares > 0 and n > 1]
    growth, count = 0.5, len(errors[1])
    if len(logs) > 1:
        x, y = (sum(row[i] * row[2] for row in logs) / sum(n for _, _, n in logs) for i in (0, 1))
        slope = sum(n * (a - x) * (b - y) for a, b, n in logs) / sum(n * (a - x) ** 2 for a, _, n in logs)
        growth = min(max((count * slope + 4 * 0.5) / (count + 4), 0.5), 1.0)  # four errors' worth of doubt: a walk
    total = usual**2 + sum(squares / lead ** (2 * growth) for lead, squares, _ in sizes)
    return Spread(math.sqrt(total / (1 + sum(n for _, _, n in sizes))), growth, count)


def student(z: float, freedom: float) -> float:
    """The quantile of Student's t (one degree of freedom at least) where the normal's is `z`, by Fisher and Cornish."""
    squared, f = z * z, max(1.0, freedom)
    second, third = (5 * squared + 16) * squared + 3, ((3 * squared + 19) * squared + 17) * squared - 15
    return z + z * ((squared + 1) / 4 + second / (96 * f) + third / (384 * f * f)) / f
