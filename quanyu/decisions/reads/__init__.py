"""Questions about what was measured and judged: the series in use, where every promise stands, and the way home."""

from quanyu.decisions.reads.current import (
    Judged,
    assessment,
    assessments,
    assessments_of,
    closing_assessment,
    current_series,
    figures,
    judged_as,
    latest_month,
    latest_run,
    months_to_measure,
    periods_to_judge,
    stale,
)
from quanyu.decisions.reads.forecast import forecast, forecasts_of
from quanyu.decisions.reads.levers import Candidate, LeverFound, levers
from quanyu.decisions.reads.supervision import directive_counts, overdue_directives
from quanyu.decisions.reads.wayhome import Amount, Contribution, Quotation, WayHome, explain

__all__ = [
    "Amount", "Candidate", "Contribution", "Judged", "LeverFound", "Quotation", "WayHome", "assessment", "assessments",
    "assessments_of", "closing_assessment", "current_series", "directive_counts", "explain", "figures", "forecast",
    "forecasts_of", "judged_as", "latest_month", "latest_run", "levers", "months_to_measure", "overdue_directives",
    "periods_to_judge", "stale",
]  # fmt: skip
