"""The whole flow on what a build leaves: the fictional zone ends its plan believably, published figures stay alone."""

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from quanyu.decisions import reads as decisions
from quanyu.demo.build import build, run_flow
from quanyu.plan.reads import registry

PACKAGES = Path(__file__).parents[2] / "packages"
AT = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


def flow(**wanted):
    lines = []
    build(root=PACKAGES, by=None, at=AT, say=lines.append, **wanted)
    run_flow(AT, lines.append)
    return lines


def states(judged):
    return Counter(judged.verdicts[i.key].state for i in registry().main_indicators)


def test_the_fictional_zone_keeps_some_promises_and_misses_others():
    lines = flow()
    assert lines[0] == "载入规划定义……"
    assert lines[-3:] == ["对照规划判断进度……", "预测走势……", "把政策与企业匹配一遍……"]
    half_way, end = decisions.assessment("2023-12"), decisions.assessment("2025-12")
    assert states(half_way) == {"ok": 5, "warn": 6, "late": 2, "conflict": 2}
    assert states(end) == {"done": 6, "warn": 4, "late": 3, "conflict": 2}
    reached = {i.key for i in registry().main_indicators if end.verdicts[i.key].state == "done"}
    assert reached == {
        "high_tech_enterprises", "invention_patents_per_10k", "patents_granted", "invention_patents", "incubators",
        "maker_spaces",
    }  # fmt: skip
    unfed = {i.key for i in registry().indicators.values() if i.formula and end.verdicts[i.key].value is None}
    assert unfed == set()
    assert end.verdicts["high_tech_enterprises"].value == 352
    assert end.verdicts["rd_to_revenue"].late_reports == 24


def test_published_figures_are_the_only_ones_judged():
    flow(published_only=True)
    judged = decisions.assessment()
    with_value = [v for v in judged.verdicts.values() if v.value is not None]
    assert with_value
    assert {v.origin for v in with_value} == {"published"}
    silent = [v for v in judged.verdicts.values() if v.value is None]
    assert all(v.reason is not None for v in silent)
