"""Policies: the tables of this room."""

from quanyu.bureaus.policies.models.match import Match
from quanyu.bureaus.policies.models.reform import Scenario
from quanyu.bureaus.policies.models.survey import Review, SurveyAnswer

__all__ = ["Match", "Review", "Scenario", "SurveyAnswer"]
