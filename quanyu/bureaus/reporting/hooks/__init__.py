"""What the case types of this room call: guards, effects, panels."""

from quanyu.bureaus.reporting.hooks import correction, crosscheck, followups

__all__ = ["correction", "crosscheck", "followups"]
