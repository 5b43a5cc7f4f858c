"""What a figure will be once the late reports are in: each late firm as it last reported, grown as the others grew."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from decimal import Decimal
from statistics import mean, pvariance

from quanyu.judgements.rolling import student
from quanyu.measures import query
from quanyu.measures.engines.duckdb import run
from quanyu.measures.formula import Aggregate, Arithmetic, Measure, Node, window_of
from quanyu.measures.periods import Period
from quanyu.measures.points import Point
from quanyu.measures.source import Source
from quanyu.registry.model import Registry

LATE_MONTHS = 3
"""How long a late report is still waited for."""
_Z80 = 1.2815515594


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the missing reports estimated (`filled`, by firm), its 80 % interval, the share that reported."""

    value: float
    low: float
    high: float
    reported_share: float
    filled: Mapping[str, float] = field(default_factory=dict, compare=False)


def nowcast(previous: Mapping[str, float], current: Mapping[str, float], expected: Set[str]) -> Estimate | None:
    """The sum over all who are expected: reported where it is, else last time's value × the growth of those who did.

    A firm never heard of before counts as the average firm. None while nobody has reported.
    """
    if not current:
        return None
    late = expected - current.keys()
    pairs = [(previous[firm], value) for firm, value in current.items() if previous.get(firm, 0) > 0]
    base, known = sum(before for before, _ in pairs), [previous[firm] for firm in late if firm in previous]
    growth = sum(now for _, now in pairs) / base if pairs else 1.0
    filled = {firm: previous[firm] * growth if firm in previous else mean(current.values()) for firm in late}
    variance = len(late - previous.keys()) * pvariance(current.values())
    if len(pairs) > 1:
        noise = sum((now / before - growth) ** 2 for before, now in pairs) / (len(pairs) - 1)
        variance += noise * (sum(b * b for b in known) + (sum(known) / base) ** 2 * sum(b * b for b, _ in pairs))
    half, reported = student(_Z80, len(pairs) - 1) * math.sqrt(variance), sum(current.values())
    value = reported + sum(filled.values())
    low = max(value - half, reported) if min(current.values()) >= 0 else value - half
    return Estimate(value, low, value + half, 1 - len(late) / len(expected | current.keys()), filled)


def complete(registry: Registry, measure: Measure, source: Source, figure: Point) -> Estimate | None:
    """The zone's figure with the late reports of its last months estimated; earlier ones will hardly come any more.

    None where the figure is not a sum over the firms' monthly reports, or such a sum over something else.
    """
    tree, expects = measure.tree, measure.expects
    sides = (tree.left, tree.right) if measure.divides and isinstance(tree, Arithmetic) else (tree,)
    if not figure.late or len(expects) != 1 or expects[0].months != 1 or not _sums(sides[0], expects[0].contract):
        return None
    unit = next((u.key for u in registry.units.values() if u.dimension == "count:firm"), "")
    holders = f"count(distinct firm) filter (where title = '{expects[0].title}' and valid)"
    due = query.parse(holders, registry, unit, key="due")
    first, last = window_of(measure.window, figure.period.first_month, figure.period.last_month, measure.plan_start)
    months = [Period.of_month(month) for month in range(max(first, last - LATE_MONTHS + 1) - 1, last + 1)]
    filed: dict[Period, dict[str, Point]] = {month: {} for month in months}
    expected: dict[Period, set[str]] = {month: set() for month in months}
    monthly = replace(measure, key="filed", window="month", frequency="month")
    for point in run([monthly, *([due] if isinstance(due, Measure) else [])], source, months, grains=("firm",)):
        if point.measure == "due" and point.value:
            expected[point.period].add(point.group)
        elif point.measure == "filed" and point.reports:
            filed[point.period][point.group] = point
    top = _added(filed, expected, lambda p: p.numerator, figure.numerator)
    if len(sides) > 1 and _sums(sides[1], expects[0].contract):
        bottom = _added(filed, expected, lambda p: p.denominator, figure.denominator)
    else:
        bottom = (float(figure.denominator or 1), 0.0)
    if not top[0] or not bottom[0]:
        return None
    value = float(measure.factor) * top[0] / bottom[0]
    half = abs(value) * math.hypot(top[1] / top[0], bottom[1] / bottom[0])
    return Estimate(value, value - half, value + half, figure.reports / figure.expected)


def _sums(node: Node, contract: str) -> bool:
    """A plain sum over the reports of one contract, or sums and differences of such."""
    if isinstance(node, Aggregate):
        return node.function == "sum" and not node.distinct and node.contract == contract
    return isinstance(node, Arithmetic) and node.op in "+-" and all(_sums(n, contract) for n in (node.left, node.right))


def _added(
    filed: Mapping[Period, dict[str, Point]], expected: Mapping[Period, set[str]],
    side: Callable[[Point], Decimal | None], total: Decimal | None,
) -> tuple[float, float]:  # fmt: skip
    """One side of a figure with what the late firms add, month by month, and half the width of its interval."""
    value, half, held = float(total or 0), 0.0, dict[str, float]()
    for number, month in enumerate(sorted(filed)):
        current = {firm: float(side(point) or 0) for firm, point in filed[month].items()}
        made = nowcast(held, current, expected[month]) if number else None
        held |= current
        if made is not None:
            held |= made.filled
            value, half = value + sum(made.filled.values()), half + (made.high - made.low) / 2
    return value, half
