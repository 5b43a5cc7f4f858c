"""Collecting reports: the tables of this room."""

from quanyu.bureaus.reporting.models.colleagues import FormGrant
from quanyu.bureaus.reporting.models.crosscheck import Verification
from quanyu.bureaus.reporting.models.draft import Draft
from quanyu.bureaus.reporting.models.exceptions import Verdict
from quanyu.bureaus.reporting.models.followups import FollowUp
from quanyu.bureaus.reporting.models.ledger import LedgerMapping
from quanyu.bureaus.reporting.models.submission import Submission
from quanyu.bureaus.reporting.models.supply import ColumnMapping, SuppliedFile
from quanyu.bureaus.reporting.models.switch import Switch
from quanyu.bureaus.reporting.models.window import Extension, Window

__all__ = [
    "ColumnMapping", "Draft", "Extension", "FollowUp", "FormGrant", "LedgerMapping", "Submission", "SuppliedFile",
    "Switch", "Verdict", "Verification", "Window",
]  # fmt: skip
