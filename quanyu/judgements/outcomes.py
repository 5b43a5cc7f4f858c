"""What an evaluation says of a promise: ahead, as expected, behind, unlikely to be kept, or not to be told."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from quanyu.judgements.verdict import Verdict
from quanyu.registry.model import Label, OutcomeKey, Round

WORST_FIRST: tuple[OutcomeKey, ...] = ("unlikely", "behind", "expected", "ahead")
UNTOLD = ("none", "conflict")
NO_MEASURE = Label("没有量化指标，以牵头单位自评为准", "no figure to go by: the lead unit's own account counts")


def outcome(
    held: Round, verdict: Verdict, probability: Decimal | None = None, early: bool = False
) -> tuple[OutcomeKey, Label]:
    """The outcome of an indicator under a round's thresholds, and the reason in words.

    `probability`: of reaching the target in time (0 to 1), where there is a forecast. `early`: the target had been
    reached, and kept, before the year it was promised for.
    """
    if verdict.state in UNTOLD:
        return "unknown", verdict.reason.text if verdict.reason else Label("无数据", "no data")
    if verdict.state == "done":
        if held.closing and not early:
            return "expected", Label("到期达到目标", "reached when due")
        return "ahead", Label("提前达到目标", "reached before its year")
    if held.closing:
        return "behind", verdict.todo or Label("到期未达到目标", "not reached when due")
    gap = verdict.ahead
    if probability is not None and probability < held.unlikely_below:
        share = f"{probability * 100:.0f}%"
        return "unlikely", Label(f"按预测达到目标的概率为{share}", f"forecast to be reached with {share} probability")
    if gap is None:
        return "unknown", verdict.reason.text if verdict.reason else Label("完成率无法计算", "no rate can be computed")
    if probability is None and gap <= -held.unlikely_gap:
        return "unlikely", _from_path(gap)
    return "ahead" if gap >= held.ahead_from else "expected" if gap >= held.expected_from else "behind", _from_path(gap)


def of_task(outcomes: Mapping[str, OutcomeKey]) -> tuple[OutcomeKey, tuple[str, ...]]:
    """The outcome of a task by those of the indicators it serves: the worst that can be told, and whose it is."""
    for key in WORST_FIRST:
        if found := tuple(i for i, o in outcomes.items() if o == key):
            return key, found
    return "unknown", tuple(outcomes)


def _from_path(gap: Decimal) -> Label:
    size = f"{abs(gap):.1f}"
    if gap < 0:
        return Label(f"低于序时{size}个百分点", f"{size} percentage points behind the path")
    return Label(f"高于序时{size}个百分点", f"{size} percentage points ahead of the path")
