"""What is measured, judged and decided: the only writer of this room. Every act is one transaction with its event."""

from quanyu.decisions.acts.flow import judge, measure
from quanyu.decisions.acts.forecast import forecast
from quanyu.decisions.acts.supervision import mark_directives
from quanyu.decisions.acts.warnings import find_levers, raise_warnings

__all__ = ["find_levers", "forecast", "judge", "mark_directives", "measure", "raise_warnings"]
