"""What a round says of a promise, by its thresholds, by a forecast, and after the plan's end."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from quanyu.judgements.outcomes import of_task, outcome
from quanyu.registry.model import Label, Round
from quanyu.registry.problem import Place
from tests.judgements.zone import ledger, verdict

RUNNING = Round(
    "mid", Label("中期评估"), Place("test/round.yaml", 1), {}, {}, {}, Label("请自评"),
    ahead_from=Decimal(5), expected_from=Decimal(0), unlikely_below=Decimal("0.3"), unlikely_gap=Decimal(30),
)  # fmt: skip
CLOSING = replace(RUNNING, closing=True)


def standing(ahead: str):
    """A verdict so many percentage points ahead of its path."""
    half = Fraction(1, 2)
    v = verdict(ledger(m2024_09="263"))
    return replace(v, state="warn", due=half, progress=half + Fraction(Decimal(ahead)) / 100)


@pytest.mark.parametrize(
    ("ahead", "word"),
    [
        ("5", "ahead"),
        ("4.9", "expected"),
        ("0", "expected"),
        ("-0.1", "behind"),
        ("-29.9", "behind"),
        ("-30", "unlikely"),
    ],
)
def test_thresholds_are_taken_exactly(ahead, word):
    assert outcome(RUNNING, standing(ahead))[0] == word


def test_a_forecast_speaks_before_the_gap():
    """With a probability the gap alone no longer makes a promise unlikely, and a low one does whatever the gap."""
    assert outcome(RUNNING, standing("-40"), Decimal("0.31"))[0] == "behind"
    assert outcome(RUNNING, standing("2"), Decimal("0.29")) == (
        "unlikely", Label("按预测达到目标的概率为29%", "forecast to be reached with 29% probability"),
    )  # fmt: skip


def test_the_reason_says_how_far_from_the_path():
    assert outcome(RUNNING, standing("-12.34"))[1].zh == "低于序时12.3个百分点"
    assert outcome(RUNNING, standing("7"))[1].zh == "高于序时7.0个百分点"


def test_reached_before_its_year_is_ahead():
    assert outcome(RUNNING, verdict(ledger(m2024_09="360")))[0] == "ahead"


def test_after_the_end_only_reached_or_not_counts():
    reached, short = verdict(ledger(m2025_12="351"), "2025-12"), verdict(ledger(m2025_12="320"), "2025-12")
    assert outcome(CLOSING, reached)[0] == "expected"
    assert outcome(CLOSING, reached, early=True)[0] == "ahead"
    assert outcome(CLOSING, short, Decimal("0.9")) == ("behind", Label("再增 30 家可达目标", short.todo.en))


def test_without_a_figure_or_a_settled_promise_nothing_is_said():
    nothing = outcome(RUNNING, verdict(ledger()))
    assert nothing[0] == "unknown" and "暂无数据" in nothing[1].zh
    conflict = outcome(CLOSING, verdict(ledger(m2024_09="200"), baseline="360"))
    assert conflict[0] == "unknown" and "口径待核" in conflict[1].zh


def test_a_task_is_as_good_as_the_worst_it_serves_that_can_be_told():
    assert of_task({"a": "ahead", "b": "behind", "c": "behind"}) == ("behind", ("b", "c"))
    assert of_task({"a": "expected", "b": "unknown"}) == ("expected", ("a",))
    assert of_task({"a": "unknown"}) == ("unknown", ("a",))
