"""Questions about what was measured and judged: the series in use, where every promise stands, and the way home."""

from quanyu.decisions.reads.current import (
    Judged,
    assessment,
    assessments,
    assessments_of,
    current_series,
    figures,
    latest_month,
    months_to_measure,
    periods_to_judge,
    stale,
)
from quanyu.decisions.reads.wayhome import Amount, Contribution, Quotation, WayHome, explain

__all__ = [
    "Amount",
    "Contribution",
    "Judged",
    "Quotation",
    "WayHome",
    "assessment",
    "assessments",
    "assessments_of",
    "current_series",
    "explain",
    "figures",
    "latest_month",
    "months_to_measure",
    "periods_to_judge",
    "stale",
]
