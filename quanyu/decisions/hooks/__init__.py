"""What this room ties into casework: the guards, effects and panels its case types name."""

from quanyu.decisions.hooks import amendment, appraisal, bulletin, evaluation, supervision, warnings

__all__ = ["amendment", "appraisal", "bulletin", "evaluation", "supervision", "warnings"]
