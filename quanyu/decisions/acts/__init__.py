"""What is measured, judged and decided: the only writer of this room. Every act is one transaction with its event."""

from quanyu.decisions.acts.flow import judge, measure

__all__ = ["judge", "measure"]
