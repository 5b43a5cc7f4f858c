"""Which of a month's reports stick out: beside the other firms, beside the firm's own past, beside what others changed.

Plain sequences, one place a firm; None where a firm has nothing to compare. Amounts may be in any unit, the same for
all: they are compared by their ratios (natural logarithms), because firms differ by factors, so that no verdict hangs
on 元, 千元 or 万元. Zeros and negative amounts have no ratio: `stopped` and `ceased` see what fell to nothing.

Middle and scatter are median and median absolute deviation (MAD): fewer than half of the values, however wild, cannot
hide another one (breakdown point 1/2). `mean` (z by mean and standard deviation) is hidden from by a single one.
Source: B. Iglewicz, D. Hoaglin, How to Detect and Handle Outliers, 1993 (modified z; not re-read, so `unverified` in
the packages). Where most values are alike the MAD is 0: `scatter`, the least scatter taken for real, stands in for it.

The parameters of every look are those of `Oddity.limits`: `score` the least z that counts however few the firms are,
`alarms` how many false alarms may be expected of all of them, `scatter` and `times` ratios above 1, `least` an amount
below which nothing is looked at, `top` and `share` in per cent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist, fmean, median, stdev

from quanyu.judgements.rolling import student

Amounts = Sequence[float | None]
LEAST_PEERS, LEAST_MONTHS = 8, 6
"""Fewer values than this have no middle that means anything."""
ROBUST, WORTH = 0.6745, 0.37
"""A normal's MAD in standard deviations; how much of a value's knowledge about the scatter the MAD uses."""
FREEDOM = 30
"""A firm's scatter is known by so many values' worth: its own few months, held up by those of all firms."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of each firm: this month (divided `per` something), twelve months before, oldest first, sums."""

    now: Amounts
    past: Sequence[Amounts] = ()
    this_year: Amounts = ()
    last_year: Amounts = ()
    per: Amounts | None = None


@dataclass(frozen=True, slots=True)
class Odd:
    """A value that sticks out: the amount, what is usual, how unlike that it is (a z), the least z that counts."""

    value: float
    usual: float
    score: float
    limit: float


def threshold(tests: int, alarms: float, freedom: float) -> float:
    """The z beyond which `tests` sound values give `alarms` false alarms in all; scatter known by `freedom` values."""
    return student(NormalDist().inv_cdf(1 - min(alarms / (2 * max(tests, 1)), 0.5)), freedom)


def centre(values: Sequence[float], scatter: float = 0.0, method: str = "median") -> tuple[float, float]:
    """Middle and scatter of values, the scatter not below `scatter`."""
    if method == "mean":
        return fmean(values), max(stdev(values), scatter)
    middle = median(values)
    return middle, max(median([abs(v - middle) for v in values]) / ROBUST, scatter)


def peers(
    seen: Seen, *, score: float, alarms: float, scatter: float, least: float, method: str = "median"
) -> dict[int, Odd]:  # fmt: skip
    """Place → how a firm's amount is unlike the others'."""
    big = [v if v is not None and v >= least else None for v in seen.now]
    logs = _logs([v / p if v and p else None for v, p in zip(big, seen.per or [1.0] * len(big), strict=True)])
    count = len(logs)
    if count < LEAST_PEERS:
        return {}
    limit = threshold(count, alarms, WORTH * (count - 1))
    if method == "mean":  # a value moves the mean and deviation it is measured by: its z cannot pass (n-1)/√n (Grubbs)
        t = threshold(count, alarms, count - 2)
        limit = (count - 1) / math.sqrt(count) * math.sqrt(t * t / (count - 2 + t * t))
    middle, spread = centre(list(logs.values()), math.log(scatter), method)
    limit, scores = max(score, limit), {i: (x - middle) / spread for i, x in logs.items()}
    return {i: Odd(math.exp(logs[i]), math.exp(middle), z, limit) for i, z in scores.items() if abs(z) > limit}


def own(seen: Seen, *, score: float, alarms: float, scatter: float, least: float) -> dict[int, Odd]:
    """Place → how a firm's amount is unlike both its last twelve months and the same month of last year.

    What all firms do in a month (Spring Festival) is taken out first: their middle change counts as none. A firm
    scatters as its own past did, and at least as much as half of the firms do.
    """
    logs, held = _big(seen, least), [list(_logs(months).values()) for months in seen.past]
    known = {i: centre(held[i]) for i in logs if len(held[i]) >= LEAST_MONTHS}
    before = _logs([months[0] if months else None for months in seen.past])
    steps = _apart({i: logs[i] - middle for i, (middle, _spread) in known.items()})
    years = _apart({i: logs[i] - before[i] for i in known if i in before})
    nearest = {i: min((step, years.get(i, step)), key=abs) for i, step in steps.items()}
    found = _beyond(nearest, {i: spread for i, (_m, spread) in known.items()}, score, alarms, math.log(scatter))
    return {i: Odd(math.exp(logs[i]), math.exp(logs[i] - nearest[i]), z, limit) for i, (z, limit) in found.items()}


def swing(
    seen: Seen, *, score: float, alarms: float, scatter: float, least: float, times: float
) -> dict[int, Odd]:  # fmt: skip
    """Place → how a firm's amount changed on the month before unlike the others' and unlike its own earlier changes,
    by `times` as much or as little."""
    logs, then = _big(seen, least), _logs([months[-1] if months else None for months in seen.past])
    steps = _apart({i: logs[i] - then[i] for i in logs if i in then})
    changes = {i: [math.log(b / a) for a, b in pairwise(seen.past[i]) if (a or 0) > 0 and (b or 0) > 0] for i in steps}  # type: ignore[operator]  # none is left out
    spreads = {i: centre(made)[1] if len(made) >= LEAST_MONTHS else 0.0 for i, made in changes.items()}
    others = centre(list(steps.values()), math.log(scatter))[1] if steps else 0.0
    found = _beyond(steps, spreads, score, alarms, others)
    far = {i: held for i, held in found.items() if abs(logs[i] - then[i]) >= math.log(times)}
    return {i: Odd(math.exp(logs[i]), math.exp(then[i]), z, limit) for i, (z, limit) in far.items()}


def stopped(seen: Seen, *, top: float, share: float, least: float) -> dict[int, Odd]:
    """Place → a big spender that (nearly) stopped: among the `top` of those who spent by the mean of its last months,
    that at least `least`, and now at most `share` of it. Score and limit are such shares, in per cent."""
    means = [sum(v or 0 for v in months) / max(len(months), 1) for months in seen.past]
    ranked = sorted((m for m in means if m > 0), reverse=True)
    floor = max(ranked[max(math.ceil(len(ranked) * top / 100), 1) - 1], least) if ranked else math.inf
    fell = {i: (v, m) for i, (v, m) in enumerate(zip(seen.now, means, strict=True)) if v is not None and m >= floor}
    return {i: Odd(v, m, 100 * v / m, share) for i, (v, m) in fell.items() if 100 * v <= share * m}


def ceased(seen: Seen, *, least: float) -> dict[int, Odd]:
    """Place → nothing now nor this year, after at least `least` (which may be 0) in the whole of last year."""
    rows = enumerate(zip(seen.now, seen.this_year, seen.last_year, strict=True))
    return {i: Odd(0, then or 0, 0, 0) for i, (v, year, then) in rows if v == 0 and not year and (then or 0) >= least}


LOOKS: Mapping[str, Callable[..., dict[int, Odd]]] = {
    "peers": peers, "own": own, "swing": swing, "stopped": stopped, "ceased": ceased,
}  # fmt: skip


def _logs(values: Amounts) -> dict[int, float]:
    return {i: math.log(v) for i, v in enumerate(values) if v is not None and v > 0}


def _big(seen: Seen, least: float) -> dict[int, float]:
    """This month's logarithms, of firms that have `least` now or had it in a month before."""
    return {i: x for i, x in _logs(seen.now).items() if max(seen.now[i] or 0, *(v or 0 for v in seen.past[i])) >= least}


def _apart(steps: Mapping[int, float]) -> dict[int, float]:
    """Changes without the one all firms share: their middle."""
    shared = median(steps.values()) if steps else 0.0
    return {i: step - shared for i, step in steps.items()}


def _beyond(
    steps: Mapping[int, float], spreads: Mapping[int, float], score: float, alarms: float, least: float
) -> dict[int, tuple[float, float]]:
    """Place → (z, limit) of the changes too large for the firm's own scatter and for that of half of the firms."""
    if len(steps) < LEAST_PEERS:
        return {}
    usual, limit = max(median(spreads[i] for i in steps), least), max(score, threshold(len(steps), alarms, FREEDOM))
    scores = {i: step / max(spreads[i], usual) for i, step in steps.items()}
    return {i: (z, limit) for i, z in scores.items() if abs(z) > limit}
