"""What shall be done, and on what grounds: the tables of this room."""

from quanyu.decisions.models.appraisal import Appraisal
from quanyu.decisions.models.bulletin import Bulletin
from quanyu.decisions.models.evaluation import Evaluation
from quanyu.decisions.models.flow import Assessment, SeriesRun
from quanyu.decisions.models.forecast import Forecast
from quanyu.decisions.models.supervision import Directive, SlipIssued
from quanyu.decisions.models.warnings import LeverCount, Warning

__all__ = [
    "Appraisal", "Assessment", "Bulletin", "Directive", "Evaluation", "Forecast", "LeverCount", "SeriesRun",
    "SlipIssued", "Warning",
]  # fmt: skip
