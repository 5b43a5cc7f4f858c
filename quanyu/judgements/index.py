"""The composite index: indicators made comparable, weighed, summed up; and how far the result hangs on those choices.

Stage by stage, so that each can be checked by hand. Everything is exact (fractions) but square roots (z-scores) and
geometric means, which take 40 digits. The uncertainty analysis draws whole alternative indices; it is seeded and uses
binary floats, for ranks and percentiles need no more.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from statistics import fmean, pvariance
from typing import Any

from quanyu.judgements.verdict import decimal_of
from quanyu.registry.model import Index, Mean, Normalisation, Weighting
from quanyu.registry.problem import Refused

Figures = tuple[Decimal | None, ...]
Scores = Sequence[Fraction | None]
Average = Callable[[Sequence[Any], Sequence[Any], Mean, Any], Any]
DIGITS, MIDDLE, STEP = 40, 50, 10
PERCENTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator over what is compared (years in order, or parks)."""

    key: str
    values: Figures
    lower: bool = False  # less is better
    target: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator (or group: no `raw`) in the index: its share of the total while nothing is missing, its scores.

    Where `raw` is None the indicator was left out; `carried` marks values taken over from the year before.
    """

    key: str
    weight: Decimal
    scores: Figures
    raw: Figures = ()
    carried: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Composite:
    """An index stage by stage, figures to ten places. Rank 1 is the highest total; equal totals share a rank."""

    units: tuple[str, ...]
    lines: tuple[Line, ...]
    groups: tuple[Line, ...]
    totals: Figures
    ranks: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """What other defensible choices would have given: 5th percentile, median and 95th; None for what has no total.

    `ranks` over all draws, `scores` over those that keep the declared normalisation (others have other scales). The
    shift of a draw is how far the compared move, on average, on a line from the lowest (0) to the highest (100).
    `shares`: of its variance, what each choice explains alone, and the `rest` (moved weights, choices together).
    """

    draws: int
    seed: int
    ranks: tuple[tuple[int, int, int] | None, ...]
    scores: tuple[tuple[float, float, float] | None, ...]
    shares: Mapping[str, float]


def compose(index: Index, units: Sequence[str], rows: Iterable[Row]) -> Composite:
    """The index as declared, from one row for each of its indicators.

    Refused when something is missing and the index says `refuse`, or when nothing is left to compare.
    """
    filled = _filled(index, units, rows)
    scores = _scores(index, index.normalisation, filled, lift="geometric" in (index.within, index.across))
    if index.missing == "refuse" and (bare := [key for key, held in scores.items() if None in held]):
        raise Refused(f"指数「{index.label}」不能计算：{'、'.join(bare)}没有可比的目标值。", "请换一种归一化方法。")
    across, within = weights(index, index.weighting)
    sums, totals = _summed(index, scores, across, within, (index.within, index.across), average)
    if all(t is None for t in totals):
        raise Refused(f"指数「{index.label}」不能计算：没有可比的数据。")
    lines = tuple(
        Line(i, decimal_of(across[g] * within[i]), _told(scores[i]), filled[i][0].values, filled[i][1])
        for g, group in index.groups.items()
        for i in group.indicators
    )
    groups = tuple(Line(g, decimal_of(across[g]), _told(held)) for g, held in sums.items())
    return Composite(tuple(units), lines, groups, _told(totals), tuple(ranked(totals)))


def _told(scores: Scores) -> Figures:
    return tuple(None if s is None else decimal_of(s) for s in scores)


def _filled(index: Index, units: Sequence[str], rows: Iterable[Row]) -> dict[str, tuple[Row, tuple[bool, ...]]]:
    """The rows after the declared policy on missing values, and which of their values were carried over."""
    given, filled = {r.key: r for r in rows}, {}
    for key in index.indicators:
        row, since = given[key], 0
        values, carried = list(row.values), [False] * len(units)
        if index.missing == "refuse" and None in values:
            lacking = "、".join(u for u, v in zip(units, values, strict=True) if v is None)
            raise Refused(f"指数「{index.label}」不能计算：{key} 缺 {lacking} 的数据。", "请补齐数据。")
        for n, value in enumerate(row.values if index.missing == "carry" and index.compares == "years" else ()):
            since = 0 if value is not None else since + 1
            if 0 < since <= min(n, index.carry) and values[n - 1] is not None:
                values[n], carried[n] = values[n - 1], True
        filled[key] = (Row(key, tuple(values), row.lower, row.target), tuple(carried))
    return filled


def _scores(
    index: Index, how: Normalisation, filled: Mapping[str, tuple[Row, object]], *, lift: bool
) -> dict[str, list[Fraction | None]]:
    """All scores. `lift`: a geometric mean cannot take z-scores as they are: 50, and ten a standard deviation."""
    found = {key: normalise(how, filled[key][0]) for key in index.indicators}
    if not lift or how != "z_score":
        return found
    return {key: [None if s is None else MIDDLE + STEP * s for s in held] for key, held in found.items()}


def normalise(how: Normalisation, row: Row) -> list[Fraction | None]:
    """An indicator's values as scores where higher is better; what is missing stays missing.

    `target`: value ÷ target × 100 (target ÷ value where less is better), at most 100. `min_max`: 0 to 100 between the
    lowest and the highest. `z_score`: distance from the mean in standard deviations (of the population). `rank`: 100
    for the first of n, 0 for the last. Values that are all equal tell nothing: the middle of the scale.
    """
    values = [None if v is None else Fraction(-v if row.lower else v) for v in row.values]
    known = [v for v in values if v is not None]
    target, mean = Fraction(row.target or 0), sum(known, Fraction(0)) / max(1, len(known))
    with localcontext() as context:
        context.prec = DIGITS
        deviation = Fraction(_decimal(sum(((v - mean) ** 2 for v in known), Fraction(0)) / max(1, len(known))).sqrt())

    def score(v: Fraction) -> Fraction | None:
        if how == "target":
            ratio = v / target if target > 0 and not row.lower else target / -v if v else Fraction(1)
            return min(ratio * 100, Fraction(100)) if target > 0 else None
        if how == "z_score":
            return (v - mean) / deviation if deviation else Fraction(0)
        if min(known) == max(known):
            return Fraction(MIDDLE)
        if how == "min_max":
            return (v - min(known)) / (max(known) - min(known)) * 100
        return (sum(k < v for k in known) + Fraction(known.count(v) - 1, 2)) / (len(known) - 1) * 100

    return [None if v is None else score(v) for v in values]


def weights(index: Index, how: Weighting) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    """Weights of the groups (they sum to 1), and of the indicators within their group (they sum to 1 in each).

    `equal`: all indicators weigh alike; `group`: all groups do, and the indicators within each; `given`: as written.
    """
    across: dict[str, Fraction] = {}
    within: dict[str, Fraction] = {}
    for key, group in index.groups.items():
        own = [Fraction(group.weights[i]) if how == "given" else Fraction(1) for i in group.indicators]
        across[key] = {"equal": Fraction(len(own)), "group": Fraction(1), "given": Fraction(group.weight or 0)}[how]
        within |= {i: w / sum(own) for i, w in zip(group.indicators, own, strict=True)}
    return {key: share / sum(across.values()) for key, share in across.items()}, within


def _summed(
    index: Index, scores: Mapping[str, Sequence[Any]], across: Mapping[str, Any], within: Mapping[str, Any],
    means: tuple[Mean, Mean], mean_of: Average,
) -> tuple[dict[str, list[Any]], list[Any]]:  # fmt: skip
    """The groups' sums and the totals, one for each of what is compared."""
    sums = {}
    for key, group in index.groups.items():
        own = [within[i] for i in group.indicators]
        columns = zip(*(scores[i] for i in group.indicators), strict=True)
        sums[key] = [mean_of(column, own, means[0], index.floor) for column in columns]
    own = list(across.values())
    return sums, [mean_of(column, own, means[1], index.floor) for column in zip(*sums.values(), strict=True)]


def average(values: Scores, shares: Sequence[Fraction], mean: Mean, floor: Decimal) -> Fraction | None:
    """The weighted mean of what is there, the weights of what is missing spread over the rest; None of nothing."""
    held = [(v, w) for v, w in zip(values, shares, strict=True) if v is not None]
    whole = sum((w for _v, w in held), Fraction(0))
    if not held or mean == "arithmetic":
        return sum((v * w for v, w in held), Fraction(0)) / whole if held else None
    with localcontext() as context:
        context.prec = DIGITS
        logs = [_decimal(max(v, Fraction(floor))).ln() * _decimal(w / whole) for v, w in held]
        return Fraction(sum(logs, Decimal(0)).exp())


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _quick(values: Sequence[float | None], shares: Sequence[float], mean: Mean, floor: Decimal) -> float | None:
    """`average` in floats."""
    held = [(v, w) for v, w in zip(values, shares, strict=True) if v is not None]
    whole = sum(w for _v, w in held)
    if not held or mean == "arithmetic":
        return sum(v * w for v, w in held) / whole if held else None
    return math.exp(sum(math.log(max(v, float(floor))) * w for v, w in held) / whole)


def ranked(totals: Sequence[Any]) -> list[int | None]:
    """1 for the highest; equal totals share a rank; nothing for what has no total."""
    return [None if t is None else 1 + sum(k > t for k in totals if k is not None) for t in totals]


def spread(index: Index, units: Sequence[str], rows: Sequence[Row]) -> Spread:
    """Draw the index again and again with other normalisations, weights and means, and say how the result moves."""
    declared, varied, filled = compose(index, units, rows).totals, index.varied, _filled(index, units, rows)
    live = [n for n, t in enumerate(declared) if t is not None]
    tables: dict[tuple[str, bool], dict[str, list[float | None]]] = {}
    kinds = []  # those in which everyone compared has some score
    for how in varied.normalisation:
        for lift in (False, True):
            found = {k: [held[n] for n in live] for k, held in _scores(index, how, filled, lift=lift).items()}
            tables[how, lift] = {k: [None if s is None else float(s) for s in held] for k, held in found.items()}
        kinds += [how] * all(set(column) != {None} for column in zip(*found.values(), strict=True))
    schemes = {how: weights(index, how) for how in varied.weighting}
    draw = random.Random(varied.seed)  # noqa: S311 - a choice of method to be repeated, not a secret
    home = _places([t for t in declared if t is not None])
    told: list[tuple[dict[str, str], list[float], float]] = []

    def moved(shares: Mapping[str, Fraction]) -> dict[str, float]:
        return {k: float(w) * (1 + float(varied.share) * (2 * draw.random() - 1)) for k, w in shares.items()}

    for _ in range(varied.draws if kinds else 0):
        how, scheme = draw.choice(kinds), draw.choice(varied.weighting)
        means = (draw.choice(varied.mean), draw.choice(varied.mean))
        across, within = map(moved, schemes[scheme])
        totals = _summed(index, tables[how, "geometric" in means], across, within, means, _quick)[1]
        shift = fmean(abs(a - b) for a, b in zip(_places(totals), home, strict=True))
        told.append(({"normalisation": how, "weighting": scheme, "mean": "/".join(means)}, totals, shift))
    ranks = _spans([ranked(totals) for _p, totals, _s in told], live, len(units))
    same = [[round(t, 6) for t in totals] for p, totals, _s in told if p["normalisation"] == index.normalisation]
    shares = _explained([(picked, shift) for picked, _t, shift in told])
    return Spread(len(told), varied.seed, ranks, _spans(same, live, len(units)), shares)


def _places(totals: Sequence[Any]) -> list[float]:
    """Where each stands between the lowest (0) and the highest (100): the same for any scale."""
    low, high = float(min(totals)), float(max(totals))
    return [100 * (float(t) - low) / (high - low) if high > low else float(MIDDLE) for t in totals]


def _spans(drawn: Sequence[Sequence[Any]], live: Sequence[int], size: int) -> tuple[Any, ...]:
    """The percentiles of each of what is compared, each one of the drawn values."""
    columns = dict(zip(live, map(sorted, zip(*drawn, strict=True)), strict=True)) if drawn else {}
    ends = [max(0, math.ceil(q * len(drawn)) - 1) for q in PERCENTILES]
    return tuple(tuple(columns[n][end] for end in ends) if n in columns else None for n in range(size))


def _explained(shifts: Sequence[tuple[Mapping[str, str], float]]) -> dict[str, float]:
    """First-order variance shares of each choice, and the rest."""
    whole, shares = pvariance([s for _p, s in shifts] or [0.0]), {}
    for factor in ("normalisation", "weighting", "mean"):
        by: dict[str, list[float]] = {}
        for picked, shift in shifts:
            by.setdefault(picked[factor], []).append(shift)
        between = pvariance([fmean(by[picked[factor]]) for picked, _shift in shifts] or [0.0])
        shares[factor] = round(between / whole, 6) if whole else 0.0
    return shares | {"rest": round(max(0.0, 1 - sum(shares.values())), 6) if whole else 0.0}
