"""Enterprises: the tables of this room."""

from quanyu.bureaus.enterprises.models.firm_plans import FirmPlan, PlanMeasure
from quanyu.bureaus.enterprises.models.ladder import PoolEntry
from quanyu.bureaus.enterprises.models.merging import Merging
from quanyu.bureaus.enterprises.models.register import Change, Liaison, Saying
from quanyu.bureaus.enterprises.models.requests import Request

__all__ = ["Change", "FirmPlan", "Liaison", "Merging", "PlanMeasure", "PoolEntry", "Request", "Saying"]
