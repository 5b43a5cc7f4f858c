"""Status against the path: exact values, exact edges, and no division where the plan contradicts itself."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.judgements.status import judge
from quanyu.judgements.verdict import Verdict
from quanyu.measures.periods import Period
from quanyu.registry.model import Dated, Label, Ruling
from quanyu.registry.problem import Problem
from tests.judgements.zone import HERE, ON, Ledger, codes, figure, indicator, ledger, registry, said, verdict


def test_a_stock_is_judged_between_baseline_and_target():
    v = verdict(ledger(m2024_09="312", m2023_09="260"))
    assert (v.state, v.progress, v.elapsed, v.due) == ("ok", Fraction(136, 174), Fraction(3, 4), Fraction(3, 4))
    assert (v.baseline, v.target, v.gap, v.path_value) == (176, 350, 38, Decimal("306.5"))
    assert v.todo == Label("再增 38 家可达目标", "38 more firms to reach the target")
    assert (v.year_ago, v.growth, v.points) == (260, Decimal(20), None)
    assert (v.value_period, v.origin, v.reasons) == ("2024-09", "computed", ())


@pytest.mark.parametrize(
    ("value", "state"),
    # three quarters are due: 0 + 0.75 × 1000 = 750; fifteen points less are 600
    [
        ("750", "ok"),
        ("749.999999", "warn"),
        ("600", "warn"),
        ("599.999999", "late"),
        ("1000", "done"),
        ("999.999999", "ok"),
    ],
)
def test_thresholds_are_met_exactly(value: str, state: str):
    assert verdict(ledger(m2024_09=value), baseline="0", target="1000").state == state


def test_thresholds_are_exact_where_shares_do_not_end():
    # a third of the way: 100 → 400, one month of three gone would be 200; 33.33…% due
    it = {"baseline": "100", "target": "400", "baseline_year": 2021, "target_year": 2024}
    assert verdict(ledger(m2022_12="200"), "2022-12", **it).state == "ok"
    assert verdict(ledger(m2022_12="199.9999999999999999"), "2022-12", **it).state == "warn"


def test_a_share_of_counted_things_says_how_many_more_would_do():
    it = indicator(
        unit="percent", nature="ratio", baseline="30", target="50",
        formula="count(distinct firm) filter (where title = 'lab') / count(distinct firm) filter (where title = 'big')",
    )  # fmt: skip
    when, point = figure("2024-09", "41.2")
    facts = Ledger({when: point._replace(numerator=Decimal(103), denominator=Decimal(250))})
    v = judge(registry(it), it, facts, Period.parse("2024-09"), ON)
    assert (v.gap, v.todo.zh) == (Decimal("8.8"), "再增 22 家可达目标（再提高 8.80 个百分点）")


def test_lower_is_better_comes_down():
    v = verdict(ledger(m2024_09="85"), direction="lower", baseline="100", target="80", unit="percent")
    assert (v.state, v.progress, v.gap) == ("ok", Fraction(3, 4), 5)
    assert str(v.todo) == "再降低 5.00 个百分点可达目标"
    assert verdict(ledger(m2024_09="80"), direction="lower", baseline="100", target="80").state == "done"
    assert verdict(ledger(m2024_09="110"), direction="lower", baseline="100", target="80").progress == Fraction(-1, 2)


@pytest.mark.parametrize(
    ("value", "baseline", "state", "progress"),
    [
        ("4", "2", "done", Fraction(1)),
        ("5", None, "done", Fraction(1)),
        ("3.5", "2", "ok", Fraction(3, 4)),
        ("6.25", "9", "late", Fraction(11, 16)),  # overdue below
        ("7", "2", "late", Fraction(0)),  # went past the far end
        ("2", None, "late", Fraction(1, 2)),
    ],
)
def test_a_range_is_kept_inside_its_ends(value: str, baseline: str | None, state: str, progress: Fraction):
    period = "2026-03" if baseline == "9" else "2024-09"
    v = verdict(
        ledger(**{"m" + period.replace("-", "_"): value}),
        period,
        direction="range",
        baseline=baseline,
        target="4",
        target_upper=Decimal(5),
    )
    assert (v.state, v.progress) == (state, progress)


def test_a_flow_is_summed_against_its_target_whatever_its_baseline():
    v = verdict(ledger(m2024_09="3750"), nature="flow", window="plan", baseline="2000", target="5000", unit="piece")
    assert (v.state, v.progress, v.gap, v.path_value) == ("ok", Fraction(3, 4), 1250, 3750)
    already = verdict(ledger(m2024_09="10"), nature="flow", window="plan", baseline="9000", target="5000")
    assert (already.state, already.progress) == ("late", Fraction(10, 5000))


def test_a_yearly_flow_is_judged_by_twelve_months():
    facts = ledger(m2023_09="6", m2023_12="8", m2024_09="9")
    v = verdict(facts, nature="flow", window="year", baseline="3", target="15", unit="yi_yuan")
    assert (v.value, v.progress, v.gap, codes(v)) == (9, Fraction(8, 12), 4, ["trailing_year"])
    v = verdict(ledger(m2024_09="9"), nature="flow", window="year", baseline="3", target="15", unit="yi_yuan")
    assert (v.progress, v.state, codes(v)) == (Fraction(9, 12), "ok", ["annualised"])
    v = verdict(ledger(m2024_12="15"), "2024-12", nature="flow", window="year", baseline="3", target="15")
    assert (v.state, codes(v)) == ("done", [])


@pytest.mark.parametrize(("baseline", "target"), [("350", "350"), ("367", "320")])
def test_a_baseline_that_passes_its_target_is_never_divided(baseline: str, target: str):
    v = verdict(ledger(m2024_09="340"), baseline=baseline, target=target)
    assert (v.state, v.progress, v.due, v.gap, v.todo) == ("conflict", None, None, None, None)
    assert (v.value, codes(v)) == (340, ["baseline_passes_target"])


def test_an_open_contradiction_is_a_conflict_until_it_is_ruled():
    it = indicator(target="320")
    open_ = Problem("P101", "unwise", HERE, "两处说法不一", subject="it", contests=("target",))
    v = judge(registry(it, open_), it, ledger(m2024_09="400"), Period.parse("2024-09"), ON)
    assert (v.state, v.progress, codes(v)) == ("conflict", None, ["contested"])
    assert "P101" in v.reason.text.zh
    rule = Ruling(
        "r", "it", ("P101",), "target", "按专栏", Label("领导小组"), dt.date(2024, 7, 1), HERE, value=Decimal(500)
    )
    settled = Problem("P101", "unwise", HERE, "两处说法不一", subject="it", contests=("target",), ruling="r")
    ruled = registry(it, settled, rulings={"r": rule})
    before = judge(ruled, it, ledger(m2024_09="400"), Period.parse("2024-09"), dt.date(2024, 6, 30))
    after = judge(ruled, it, ledger(m2024_09="400"), Period.parse("2024-09"), dt.date(2024, 7, 1))
    assert (before.state, after.state, after.target, after.progress) == ("conflict", "warn", 500, Fraction(224, 324))


def test_without_a_baseline_the_value_is_compared_with_the_target():
    v = verdict(ledger(m2024_09="30"), baseline=None, target="50")
    assert (v.progress, v.path_value, v.state, codes(v)) == (Fraction(3, 5), Decimal("37.5"), "warn", ["no_baseline"])
    v = verdict(ledger(m2024_09="8"), baseline=None, target="6", direction="lower")
    assert (v.progress, v.path_value, v.gap) == (Fraction(3, 4), 6, 2)
    assert verdict(ledger(m2024_09="-1"), baseline=None, target="0").reason.code == "no_scale"


def test_what_is_missing_says_who_should_supply_it_and_when():
    v = verdict(ledger(m2024_09=None), frequency="month")
    assert (v.state, v.point_state, codes(v)) == ("none", "missing", ["no_data"])
    assert v.reason.text == Label(
        "暂无数据，应由科技局按月提供", "no data yet, to be supplied monthly by Science Bureau"
    )
    v = verdict(Ledger(), formula="", source="", frequency="year")
    assert v.reason.text.zh == "尚无计算口径和数据，规划未写明由谁提供，应按年提供"
    v = verdict(Ledger(dict([figure("2024-09", None, "undefined")])))
    assert (v.state, v.point_state, codes(v)) == ("none", "undefined", ["undefined"])
    v = verdict(ledger(m2024_09="5"), target=None)
    assert (v.state, v.value, codes(v)) == ("none", 5, ["no_target"])


def test_a_figure_is_judged_at_the_end_of_its_own_period():
    facts = said(y2023="3", y2022="2.8")
    v = verdict(facts, nature="ratio", frequency="year", window="year", baseline="2.5", target="3.5", unit="percent")
    assert (v.value, v.value_period, v.elapsed, v.progress, v.state) == (
        3,
        "2023",
        Fraction(3, 5),
        Fraction(1, 2),
        "warn",
    )
    assert (codes(v), v.points) == (["older", "published"], Decimal("0.2"))
    assert v.reason.text == Label("现值为2023年数据", "the latest figure is of 2023")
    stale = verdict(said(y2020="3"), nature="ratio", frequency="year", window="year")
    assert (stale.value, stale.state, stale.value_period) == (None, "none", "2023")
    assert (stale.last_value, stale.last_period, stale.progress) == (3, "2020", None)
    assert codes(stale) == ["no_data", "last_known"]
    assert verdict(said(y2025="3"), nature="ratio", frequency="year", window="year").last_value is None


def test_of_two_figures_for_one_day_the_computed_one_counts():
    computed, spoken = ledger(m2023_12="300"), said(y2023="310")
    v = verdict(Ledger(computed.held | spoken.held, spoken.said), "2023-12")
    assert (v.value, v.origin) == (300, "computed")


def test_published_years_of_a_flow_add_up_only_while_none_is_missing():
    plan_flow = {
        "nature": "flow",
        "window": "plan",
        "baseline": None,
        "target": "5000",
        "unit": "piece",
        "frequency": "year",
    }
    v = verdict(said(y2021="1000", y2022="1354", y2024="900"), "2022-12", **plan_flow)
    assert (v.value, v.value_period, v.progress) == (2354, "2022", Fraction(2354, 5000))
    gap = verdict(said(y2022="1354"), "2022-12", **plan_flow)
    assert (gap.value, gap.state) == (None, "none")
    span = verdict(said(s2021_2023="3100"), "2023-12", **plan_flow)
    assert (span.value, span.state) == (3100, "ok")


def test_reports_that_have_not_come_are_counted():
    v = verdict(Ledger(dict([figure("2024-09", "312", reports=231, expected=239)])))
    assert (v.state, v.late_reports, codes(v)) == ("ok", 8, ["late_reports"])
    assert v.reason.text.zh == "应报 239 份，已报 231 份"


def test_after_its_date_a_missed_target_is_late():
    v = verdict(ledger(m2026_03="349"), "2026-03")
    assert (v.state, v.elapsed, codes(v)) == ("late", 1, ["overdue"])
    assert verdict(ledger(m2025_12="349"), "2025-12").state == "warn"
    assert verdict(ledger(m2026_03="350"), "2026-03").state == "done"


def test_targets_that_changed_bind_from_their_day():
    it = indicator()
    later = Dated(dt.date(2023, 1, 1), Decimal(400), "中期调整")
    it = indicator(target="350").__class__(
        **{f: getattr(it, f) for f in it.__slots__} | {"target": (*it.target, later)}
    )
    facts = ledger(m2024_09="360")
    assert judge(registry(it), it, facts, Period.parse("2024-09"), dt.date(2022, 12, 31)).state == "done"
    assert judge(registry(it), it, facts, Period.parse("2024-09"), dt.date(2023, 1, 1)).target == 400


values = st.decimals(min_value=-1000, max_value=1000, places=3)


@given(values, values, values, values, st.sampled_from(["linear", "compound", "stepped"]))
def test_more_is_never_worse_when_higher_is_better(baseline, target, one, other, path):
    low, high = sorted((one, other))
    worse, better = (
        verdict(ledger(m2024_09=str(v)), baseline=str(baseline), target=str(target), path=path) for v in (low, high)
    )
    if baseline >= target:
        assert (worse.state, better.state, worse.progress) == ("conflict", "conflict", None)
    else:
        rank = ["late", "warn", "ok", "done"]
        assert rank.index(worse.state) <= rank.index(better.state)
        assert worse.progress <= better.progress


@given(values, values, values, st.sampled_from(["stock", "ratio", "flow"]), st.sampled_from(["higher", "lower"]))
def test_a_verdict_survives_json(baseline, target, value, nature, direction):
    import json

    v = verdict(
        ledger(m2024_09=str(value), m2023_09="7"),
        baseline=str(baseline),
        target=str(target),
        nature=nature,
        direction=direction,
        unit="percent",
    )
    assert Verdict.from_dict(json.loads(json.dumps(v.to_dict()))) == v
