"""What is done to facts: file, correct and withdraw reports; grant and correct titles; take in files; freeze.

The only writer of this room. Every act is one transaction with its event.
"""

from quanyu.facts.acts.freezing import freeze
from quanyu.facts.acts.imports import Outcome, RowProblem, import_file, import_standings
from quanyu.facts.acts.standings import Grant, annul_standing, correct_standing, grant, grant_many

from quanyu.facts.acts.reports import (  # isort: skip
    Filed, Filing, Tally, WrongCells, file_published, file_report, file_reports, withdraw_report,
)  # fmt: skip

__all__ = [
    "Filed", "Filing", "Grant", "Outcome", "RowProblem", "Tally", "WrongCells", "annul_standing", "correct_standing",
    "file_published", "file_report", "file_reports", "freeze", "grant", "grant_many", "import_file", "import_standings",
    "withdraw_report",
]  # fmt: skip
