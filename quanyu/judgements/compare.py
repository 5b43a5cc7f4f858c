"""May the figures of two plans be put side by side? Only where both count the same thing in the same way."""

from __future__ import annotations

from quanyu.judgements.verdict import Reason, Verdict
from quanyu.registry.model import Indicator, Label, Plan

SAME = {
    "unit": Label("计量单位不同", "different units"),
    "nature": Label("一个是时点数、一个是时期数", "one is a stock, the other a flow"),
    "formula": Label("计算公式不同", "different formulas"),
    "window": Label("统计时段不同", "different windows"),
}
"""What two definitions must share, and what is said where they do not."""


def no_baseline(indicator: Indicator, verdict: Verdict, plan: Plan) -> Reason | None:
    """Why the last figure of a plan that ended cannot be the baseline of the next one; None where it can.

    `verdict` is that of the plan's last period. A sum since the plan began starts again and is no level to start from.
    """
    if verdict.state == "conflict":
        return Reason("contested", Label("上一规划末口径待核", "contested at the end of the plan before"))
    if verdict.value is None:
        return Reason("no_data", Label("上一规划末没有数据", "no figure at the end of the plan before"))
    if indicator.window == "plan":
        return Reason("cumulative", Label("规划期累计数，新规划期从零计", "a sum over the plan's years, counted anew"))
    if not verdict.value_period.startswith(str(plan.ends_on.year)):
        told = Label(f"最近的数是{verdict.value_period}的", f"the latest figure is of {verdict.value_period}")
        return Reason("old", told)
    return None


def not_comparable(before: Indicator, after: Indicator, verdict: Verdict, plan: Plan) -> list[Reason]:
    """Every reason why an indicator of two plans cannot be read as one course; none where it can."""
    differ = [Reason(name, told) for name, told in SAME.items() if getattr(before, name) != getattr(after, name)]
    first = no_baseline(before, verdict, plan)
    return [*differ, *([first] if first else [])]
