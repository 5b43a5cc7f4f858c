"""Is an indicator where the plan wants it? Done, on the path, slow, late, no data, or contested (口径待核).

Progress is (current − baseline) ÷ (target − baseline) for stocks and ratios and Σ ÷ target for what is summed since the
plan began; it is compared with the share of the path that is due (序时). Nothing is rounded before it is compared,
and a baseline that already passes its target is never divided: that is a contradiction for people to settle.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from quanyu.judgements.figures import Figures, Points, change, comparable, last_known, latest_figure, summed, whole_year
from quanyu.judgements.gaps import gap_sentence
from quanyu.judgements.paths import Path
from quanyu.judgements.verdict import Reason, Verdict, decimal_of
from quanyu.measures import query
from quanyu.measures.periods import Period
from quanyu.measures.points import Point
from quanyu.registry.model import Indicator, InForce, Label, Registry

RHYTHM_LABELS = {
    "month": Label("按月", "monthly"), "quarter": Label("按季", "quarterly"),
    "half_year": Label("按半年", "half-yearly"), "year": Label("按年", "yearly"),
}  # fmt: skip


def judge(registry: Registry, indicator: Indicator, series: Figures, period: Period, on: dt.date) -> Verdict:
    """The verdict on one indicator for `period`, with the targets and rulings that bind on `on`.

    A figure is judged at the end of the period it belongs to: a yearly indicator asked for in September is judged by
    the last finished year, and says so. Raises nothing: whatever is missing becomes a reason.
    """
    baseline, target = registry.baseline(indicator.key, on), registry.target(indicator.key, on)
    points = comparable(series, indicator, registry.plan)
    held, figure = latest_figure(points, indicator, period)
    verdict = Verdict(
        indicator.key, str(period), on, "none", indicator.unit, value=figure.value if figure else None,
        value_period=str(held), point_state=figure.state if figure else "missing",
        origin=figure.origin if figure else "", baseline=baseline.value if baseline else None,
        baseline_year=baseline.year if baseline else indicator.baseline_year, target=target.value if target else None,
        target_upper=indicator.target_upper, target_year=target.year if target else indicator.target_year,
        reports=figure.reports if figure else 0, expected=figure.expected if figure else 0,
    )  # fmt: skip
    if figure and figure.value is not None:
        verdict = _with_year_ago(registry, verdict, points, held, figure.value)
    elif earlier := last_known(points, period):
        verdict = replace(verdict, last_period=str(earlier[0]), last_value=earlier[1])
    notes = _notes(verdict, period, held)
    path = _path(registry, indicator, baseline, target)
    if path is not None:
        gone = path.elapsed(held.end)
        verdict = replace(verdict, elapsed=gone, due=gone, path_value=decimal_of(path.at(held.end)))
    if conflict := _conflict(registry, indicator, verdict, on):
        reasons = (*conflict, *_supply(registry, indicator, verdict), *notes)
        return replace(verdict, state="conflict", path_value=None, due=None, reasons=reasons)
    if verdict.value is None:
        return replace(verdict, reasons=(*_supply(registry, indicator, verdict), *notes))
    if path is None or verdict.target is None:
        no_target = Reason.told("no_target", "规划未给出可比较的目标值", "the plan states no target to compare with")
        return replace(verdict, reasons=(no_target, *notes))
    return _compared(registry, indicator, verdict, path, points, held, notes)


def promised_path(registry: Registry, indicator: Indicator, on: dt.date) -> Path | None:
    """The path an indicator is held against on a day, to be drawn; None where the plan states no target."""
    return _path(registry, indicator, registry.baseline(indicator.key, on), registry.target(indicator.key, on))


def _path(registry: Registry, indicator: Indicator, baseline: InForce | None, target: InForce | None) -> Path | None:
    """The promised path, from the eve of the first day after the baseline's year to the end of the target's year."""
    if target is None or target.value is None:
        return None
    plan, year = registry.plan, target.year or registry.plan.ends_on.year
    end = plan.ends_on if year == plan.ends_on.year else dt.date(year, 12, 31)
    start, first = plan.starts_on, Decimal(0)
    stated = baseline is not None and baseline.value is not None and not summed(indicator)
    if baseline is not None and baseline.value is not None and stated:
        first = baseline.value
        if baseline.year and baseline.year < end.year:
            start = dt.date(baseline.year + 1, 1, 1)
    last, upper = target.value, indicator.target_upper
    if indicator.direction == "range" and upper is not None:
        last = min(max(first, last), upper)  # the nearest value inside the range
    if not stated and indicator.direction != "higher":
        first = last  # nothing to come down from: the path is the target itself
    straight = indicator.direction == "range" or (summed(indicator) and indicator.path == "compound")
    return Path.through("linear" if straight else indicator.path, start, end, first, last, indicator.steps)


def _conflict(registry: Registry, indicator: Indicator, verdict: Verdict, on: dt.date) -> tuple[Reason, ...]:
    """Why the promise contradicts itself; empty when it does not."""
    found = registry.contested(indicator.key, on)
    if found:
        codes = "、".join(sorted({p.code for p in found}))
        zh, en = "规划对该指标的说法不一致，口径待核", "the plan contradicts itself on this indicator"
        return (Reason.told("contested", f"{zh}（{codes}）", f"{en} ({codes})"),)
    low, high, upper = verdict.baseline, verdict.target, verdict.target_upper
    if high is None:
        return ()
    if indicator.direction == "range" and upper is not None and upper < high:
        return (Reason.told("range_reversed", "目标区间的上限小于下限", "the target range ends below its start"),)
    if low is None or summed(indicator):
        return ()
    if (indicator.direction == "higher" and low >= high) or (indicator.direction == "lower" and low <= high):
        zh, en = (
            "基期值已达到或超过目标值，完成率无法计算，口径待核",
            "the baseline already passes the target: no rate is computed",
        )
        return (Reason.told("baseline_passes_target", zh, en),)
    return ()


def _compared(
    registry: Registry, indicator: Indicator, verdict: Verdict, path: Path, points: Points, held: Period,
    notes: tuple[Reason, ...],
) -> Verdict:  # fmt: skip
    """The verdict where a value, a target and a path are there."""
    if verdict.value is None or verdict.target is None:
        raise ValueError("a comparison needs a value and a target")
    if path.fallback:
        notes = (path.fallback, *notes)
    value = Fraction(verdict.value)
    if indicator.nature == "flow" and indicator.window == "year" and held.end.month != 12:
        value, note = whole_year(points, held, verdict.value)
        notes = (note, *notes)
    based = verdict.baseline is not None and not summed(indicator)
    if not based and not summed(indicator) and indicator.direction != "range":
        zh, en = "规划未给出基期值，完成率按现值与目标之比计算", "no baseline is stated: progress is value over target"
        notes = (Reason.told("no_baseline", zh, en), *notes)
    low = Fraction(verdict.target)
    high = low if verdict.target_upper is None else Fraction(verdict.target_upper)
    progress = _progress(indicator, value, Fraction(verdict.baseline or 0), low, high, based)
    if indicator.direction == "higher":
        missing, fall = low - value, False
    elif indicator.direction == "lower":
        missing, fall = value - low, True
    else:
        missing, fall = max(low - value, value - high), value > high
    due = _due(path, held)
    verdict = replace(verdict, progress=progress, due=due, gap=decimal_of(max(missing, Fraction(0))))
    if missing <= 0:
        return replace(verdict, state="done", reasons=notes)
    verdict = replace(verdict, todo=_todo(registry, indicator, points[held], missing, fall=fall))
    if progress is None:
        zh, en = "目标值为零或与基期相同，完成率无法计算", "the target gives no scale to measure progress by"
        return replace(verdict, reasons=(Reason.told("no_scale", zh, en), *notes))
    if held.end > path.end:
        overdue = Reason.told("overdue", "目标期限已过，仍未达到", "the target's date has passed and it is not reached")
        return replace(verdict, state="late", reasons=(overdue, *notes))
    lamps = registry.lamps[indicator.lamps]
    ahead = (progress - due) * 100
    state = "ok" if ahead >= Fraction(lamps.ok_from) else "warn" if ahead >= Fraction(lamps.warn_from) else "late"
    return replace(verdict, state=state, reasons=notes)


def _todo(registry: Registry, indicator: Indicator, figure: Point, missing: Fraction, *, fall: bool) -> Label:
    """The gap as something to do; a share of counted things also says how many more of them would close it."""
    unit = registry.units[indicator.unit]
    plainly = gap_sentence(decimal_of(missing), unit, registry.units, fall=fall)
    if fall or unit.dimension != "share" or figure.origin != "computed" or not figure.denominator:
        return plainly
    measure = query.measure_of(registry, indicator)
    things = registry.units.get(measure.top_unit) if measure and measure.divides else None
    if things is None or measure is None or not things.dimension.startswith("count:"):
        return plainly
    counted = gap_sentence(decimal_of(missing / measure.factor * Fraction(figure.denominator)), things, registry.units)
    return Label(f"{counted.zh}（{plainly.zh.removesuffix('可达目标')}）", f"{counted.en} ({plainly.en})")


def _progress(
    indicator: Indicator, value: Fraction, baseline: Fraction, low: Fraction, high: Fraction, based: bool
) -> Fraction | None:
    """The share of the promise kept; None where there is nothing to divide by. `low`, `high` are the target's ends."""
    if indicator.direction == "range":
        if low <= value <= high:
            return Fraction(1)
        near = low if value < low else high
        if based and (baseline < low) == (value < low) and (baseline > high) == (value > high):
            return (value - baseline) / (near - baseline)  # outside on one side: baseline is not at that end
        return Fraction(0) if based else _over(value, low) if value < low else _over(high, value)
    if based:
        return (value - baseline) / (low - baseline)  # _conflict has refused a baseline that meets its target
    return _over(low, value) if indicator.direction == "lower" else _over(value, low)


def _over(part: Fraction, whole: Fraction) -> Fraction | None:
    return part / whole if whole > 0 else None


def _due(path: Path, held: Period) -> Fraction:
    """The share of the promise due at the end of a period, along the path."""
    gone = path.elapsed(held.end)
    if path.shape == "linear" or path.target == path.baseline:
        return gone
    return (path.at(held.end) - path.baseline) / (path.target - path.baseline)


def _with_year_ago(registry: Registry, verdict: Verdict, points: Points, held: Period, value: Decimal) -> Verdict:
    """Adds change on the same period a year ago: in per cent, and for shares in 个百分点."""
    before, difference, percent = change(points, held, value)
    unit, pp = registry.units[verdict.unit], registry.units.get("pp")
    risen = None
    if difference is not None and pp is not None and unit.dimension == "share":
        risen = decimal_of(difference * Fraction(unit.factor) / Fraction(pp.factor))
    return replace(verdict, year_ago=before, growth=percent, points=risen)


def _notes(verdict: Verdict, period: Period, held: Period) -> tuple[Reason, ...]:
    """What a reader must know about the figure itself: its age, its origin, who has not reported."""
    notes = []
    if verdict.value is not None and held.end < period.end:
        notes.append(
            Reason.told("older", f"现值为{held.label('zh')}数据", f"the latest figure is of {held.label('en')}")
        )
    if verdict.last_period:
        then = Period.parse(verdict.last_period)
        en = f"the last figure known, of {then.label('en')}, is too old to judge by"
        notes.append(Reason.told("last_known", f"最近一次的数是{then.label('zh')}的，过久，不作判断", en))
    if verdict.origin == "published":
        notes.append(Reason.told("published", "现值为公开发布数", "the figure is a published one"))
    if verdict.late_reports:
        n, due = verdict.reports, verdict.expected
        notes.append(Reason.told("late_reports", f"应报 {due} 份，已报 {n} 份", f"{n} of {due} reports are in"))
    return tuple(notes)


def _supply(registry: Registry, indicator: Indicator, verdict: Verdict) -> tuple[Reason, ...]:
    """Why there is no value, and who should supply it when; empty where there is one."""
    if verdict.value is not None:
        return ()
    if verdict.point_state == "undefined":
        return (Reason.told("undefined", "分母为零，无法计算", "its denominator is zero"),)
    plan, rhythm = registry.plan, RHYTHM_LABELS[indicator.frequency]
    supplier = registry.departments.get(plan.holders.get(indicator.source, "")) or registry.roles.get(indicator.source)
    who = supplier.label if supplier else None
    zh = f"应由{who.zh}{rhythm.zh}提供" if who else f"规划未写明由谁提供，应{rhythm.zh}提供"
    en = f"to be supplied {rhythm.en}" + (f" by {who.of('en')}" if who else "; the plan names nobody")
    if indicator.formula:
        return (Reason.told("no_data", f"暂无数据，{zh}", f"no data yet, {en}"),)
    return (Reason.told("no_formula", f"尚无计算口径和数据，{zh}", f"no formula and no data yet, {en}"),)
