"""Each rule of early warning: what it measures, at the limit and beyond it, and the sentence it says."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from quanyu.judgements.alerts import Finding, examine, modified_z
from quanyu.judgements.figures import comparable
from quanyu.judgements.forecast import Outlook
from quanyu.judgements.status import judge
from quanyu.measures.periods import Period
from quanyu.registry.model import Alert, Dated, Label
from tests.judgements.zone import HERE, Ledger, figure, indicator, registry

LONG_AGO = dt.date(2021, 1, 1)
MONTHS = [f"{m // 12}-{m % 12 + 1:02}" for m in range(2021 * 12, 2026 * 12)]


def rule(what: str, who: str = "owner", only: str = "all", **limits: str) -> Alert:
    held = {severity: (Dated(LONG_AGO, Decimal(value), "试"),) for severity, value in limits.items()}
    return Alert(what, Label(what), what, held, HERE, who, only=only)  # type: ignore[arg-type]  # words of the kind


def look(
    asked: Alert, figures: Ledger, period: str = "2024-12", outlook: Outlook | None = None, **fields: Any
) -> Finding | None:
    """What a rule says of an indicator with these fields, by these figures."""
    it = indicator(**fields)
    known, at = registry(it), Period.parse(period)
    verdict = judge(known, it, figures, at, at.end)
    return examine(asked, known, verdict, comparable(figures, it, known.plan), outlook, at)


def course(*values: float, until: str = "2024-12", **more: Any) -> Ledger:
    """Monthly figures that end with a month."""
    last = MONTHS.index(until) + 1
    return Ledger(
        dict(figure(t, str(v), **more) for t, v in zip(MONTHS[last - len(values) : last], values, strict=True))
    )


# --- behind the path: 176 → 350, four fifths due when 2024 ends, that is 315.2


def test_behind_says_how_far_and_what_is_to_be_done() -> None:
    found = look(rule("behind", warn="15", grave="30"), course(270))
    assert found is not None
    assert (found.rule, found.severity, found.limit) == ("behind", "warn", 15)
    assert round(found.size, 6) == Decimal("25.977011")
    assert found.text.zh == "完成率 54.0%，序时应为 80.0%，落后 26.0 个百分点；再增 80 家可达目标"
    assert found.text.en == "54.0% done, 80.0% due, 26.0 behind; 80 more firms to reach the target"
    assert found.to_dict()["size"] == str(found.size) and found.to_dict()["limit"] == "15"


@pytest.mark.parametrize(
    ("value", "severity"), [("65", None), ("64.99", "warn"), ("50", "warn"), ("49.99", "grave"), ("100", None)]
)
def test_behind_warns_beyond_its_limit_not_at_it(value: str, severity: str | None) -> None:
    """0 → 100, 80 due: fifteen points behind at 65, thirty at 50. What is reached is never behind."""
    found = look(rule("behind", warn="15", grave="30"), course(float(value)), baseline="0", target="100")
    assert (found.severity if found else None) == severity


def test_a_target_missed_on_its_day_warns_however_little_is_missing() -> None:
    found = look(rule("behind", warn="15", grave="30"), course(349, until="2025-12"), "2025-12")
    assert found is None  # its last day: 99.4 % of 100 %
    late = Ledger(dict([figure("2026-06", "349")]))
    found = look(rule("behind", warn="15", grave="30"), late, "2026-06")
    assert found is not None
    assert (found.severity, found.text.zh) == ("warn", "目标期限已过，完成率 99.4%；再增 1 家可达目标")


def test_what_the_plan_contradicts_itself_on_is_not_behind() -> None:
    assert look(rule("behind", warn="0"), course(100), baseline="350", target="350") is None


def test_limits_bind_as_they_stood_on_the_day() -> None:
    asked = rule("behind", warn="15")
    later = replace(asked, limits={"warn": (*asked.limits["warn"], Dated(dt.date(2024, 12, 1), Decimal(40), "放宽"))})
    assert look(later, course(270)) is None
    assert look(later, course(250, until="2024-11"), "2024-11") is not None


def test_only_main_or_listed_indicators_are_looked_at() -> None:
    behind = rule("behind", warn="15")
    assert look(replace(behind, only="main"), course(270)) is None
    assert look(replace(behind, only="main"), course(270), main=True) is not None
    assert look(replace(behind, indicators=("other",)), course(270), main=True) is None
    assert look(replace(behind, indicators=("it",), only="main"), course(270)) is not None


# --- the probability of reaching the target


@pytest.mark.parametrize(("probability", "severity"), [(0.5, None), (0.499, "warn"), (0.2, "warn"), (0.19, "grave")])
def test_chance_warns_below_its_limit(probability: float, severity: str | None) -> None:
    seen = Outlook("it", "2024-12", "ahead", 24, probability=probability)
    found = look(rule("chance", warn="50", grave="20"), course(270), outlook=seen)
    assert (found.severity if found else None) == severity


def test_chance_speaks_of_the_gap_and_is_silent_without_a_forecast() -> None:
    seen = Outlook("it", "2024-12", "ahead", 24, probability=0.124)
    found = look(rule("chance", warn="50"), course(270), outlook=seen)
    assert found is not None
    assert (found.size, found.text.zh) == (Decimal("12.4"), "按现有走势，达到目标的可能性约 12%；再增 80 家可达目标")
    tiny = look(rule("chance", warn="50"), course(270), outlook=replace(seen, probability=0.004))
    assert tiny is not None and "不到 1%" in tiny.text.zh
    assert look(rule("chance", warn="50"), course(270)) is None
    assert look(rule("chance", warn="50"), course(270), outlook=replace(seen, probability=None)) is None
    assert look(rule("chance", warn="50"), course(360), outlook=seen) is None  # reached already


# --- growth turned, gains that shrink


def test_growth_that_turned_within_the_year() -> None:
    """100 + 4 a month for two years, then down by 6 a month: a year on, 2023-12's 192 stands against 2024-12's 120."""
    up = [100 + 4 * n for n in range(24)]
    down = [192 - 6 * n for n in range(1, 13)]
    found = look(rule("reversed", watch="0", warn="50"), course(*up, *down))
    assert found is not None
    assert (found.severity, found.size) == ("watch", Decimal("37.5"))  # 72 of 192
    assert found.text.zh == "由增转减：比上年同期减 72 家，此前一年内同比曾增 48 家"
    assert look(rule("reversed", watch="37.5"), course(*up, *down)) is None  # at its limit
    level = [192 - 6 * n for n in range(1, 27)]
    assert look(rule("reversed", watch="0"), course(*up, *level[:24])) is None  # has fallen for longer than a year


def test_growth_that_turned_where_less_is_better() -> None:
    fields = {"direction": "lower", "baseline": "400", "target": "100"}
    values = [300 - 4 * n for n in range(24)] + [208 + 3 * n for n in range(1, 13)]
    found = look(rule("reversed", watch="0"), course(*values), **fields)
    assert found is not None
    assert found.text.zh == "由减转增：比上年同期增 36 家，此前一年内同比曾减 48 家"


def gains(*rises: float) -> Ledger:
    """Three years of months whose change on a year before ends with these rises: a flat first year, then 20 a year."""
    first, second = [100.0] * 12, [120.0] * 12
    third = [b + r for b, r in zip(second, [20.0] * (12 - len(rises)) + list(rises), strict=True)]
    return course(*first, *second, *third)


@pytest.mark.parametrize(
    ("rises", "falls"), [((19, 18, 17), 3), ((18, 19, 17), 1), ((19, 18, 18), None), ((21,), None)]
)
def test_gains_that_shrink_in_a_row(rises: tuple[float, ...], falls: int | None) -> None:
    found = look(rule("fading", watch="0"), gains(*rises))
    assert (found.size if found else None) == falls


def test_shrinking_warns_beyond_its_limit_and_says_from_where_to_where() -> None:
    assert look(rule("fading", watch="3"), gains(19, 18, 17)) is None
    found = look(rule("fading", watch="2"), gains(19, 18, 17))
    assert found is not None
    assert found.text.zh == "比上年同期的改善连续 3 期收窄：由 20 家收窄到 17 家"
    assert (
        look(rule("fading", watch="2"), gains(19, 18, 17), baseline="0", target="130") is None
    )  # reached: nobody minds its pace


def test_an_old_figure_says_nothing_of_the_pace() -> None:
    assert look(rule("fading", watch="2"), gains(19, 18, 17), "2025-02") is not None  # still the latest there is
    missing = Ledger({**gains(19, 18, 17).held, **dict([figure("2025-01", None)])})
    assert look(rule("fading", watch="2"), missing, "2025-01") is not None
    assert look(rule("fading", watch="2"), gains(19, 18, 17), "2025-12") is None  # too old to be judged at all


# --- data: late reports, a value unlike its own history


@pytest.mark.parametrize(("reports", "severity"), [(95, None), (94, "watch"), (90, "watch"), (89, "warn"), (0, "warn")])
def test_late_reports_warn_beyond_their_share(reports: int, severity: str | None) -> None:
    found = look(rule("late_reports", watch="5", warn="10"), course(300, reports=reports, expected=100))
    assert (found.severity if found else None) == severity


def test_late_reports_say_how_many_are_missing() -> None:
    found = look(rule("late_reports", watch="5"), course(300, reports=1900, expected=2390))
    assert found is not None
    assert found.text.zh == "应报 2,390 份，还缺 490 份（20.5%），报齐后现值会变"
    assert look(rule("late_reports", watch="0"), course(300)) is None  # nobody must report


def test_a_step_unlike_its_own_history() -> None:
    steady = [100 + 2 * n + n * n % 7 for n in range(20)]
    assert look(rule("outlier", watch="3.5"), course(*steady, steady[-1] + 5)) is None
    found = look(rule("outlier", watch="3.5"), course(*steady, steady[-1] + 40))
    assert found is not None
    assert found.text.zh == "比上期增加 40 家，与历来各期的变动相差很大，请核实数据"
    wild = [*steady[:10], 400, *steady[10:]]  # one wild month long ago does not hide the next
    assert look(rule("outlier", watch="3.5"), course(*wild, steady[-1] + 40)) is not None
    assert look(rule("outlier", watch="3.5"), course(*steady[:8], 400)) is None  # too short a history


def test_modified_z_by_hand() -> None:
    """Steps 1 2 3 4 5: median 3, median deviation 1; half of them alike: the mean deviation stands in."""
    assert modified_z(10, [1, 2, 3, 4, 5]) == Decimal("4.72")  # 7 × 0.6745
    assert modified_z(4, [0, 0, 0, 0, 2]) == Decimal("7.98")  # 4 ÷ (0.4 × 1.2533)
    assert modified_z(4, [0, 0, 0]) is None
