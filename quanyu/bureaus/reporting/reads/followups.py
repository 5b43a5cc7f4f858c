"""Questions about firms that are followed up: who is, by whom, what was promised, who should be."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from quanyu.bureaus.reporting.models import FollowUp
from quanyu.bureaus.reporting.reads.exceptions import Month
from quanyu.casework.words import RowLine, Said, left_until, soon_days
from quanyu.pagekit import format
from quanyu.people.models import Organisation
from quanyu.registry.model import Label

KIND = "reporting.followup"


def followups() -> QuerySet[FollowUp]:
    """Every follow-up there was, the newest first."""
    seen = ("case__holder", "case__holder_organisation", "case__acted_by", "organisation__area")
    return FollowUp.objects.select_related(*seen).order_by("-pk")


def followed() -> set[int]:
    """The firms on the list now."""
    return set(FollowUp.objects.filter(case__closed_at=None).values_list("organisation_id", flat=True))


def candidates(month: Month) -> dict[Organisation, str]:
    """Firms whose R&D stopped, fell or never began in a period, and are not on the list, with the reason."""
    held = followed()
    found = [(d.report.organisation, next((f for f in d.found if f.fell), None)) for d in month.found]
    return {firm: finding.text for firm, finding in found if finding and firm.pk not in held}


class FollowLine(RowLine[FollowUp]):
    """A follow-up in words."""

    @property
    def overdue(self) -> bool:
        return not self.closed and self.row.promised_on is not None and self.row.promised_on < self.on

    @property
    def rank(self) -> tuple[bool, bool, dt.date]:
        """Promises that were not kept first, then by the day promised; those without one after them."""
        return not self.overdue, self.row.promised_on is None, self.row.promised_on or dt.date.max

    @property
    def promise(self) -> Said:
        """The day promised, and how long until then."""
        row = self.row
        if row.promised_on is None:
            return Said("none", "")
        left = left_until(None if self.closed else row.promised_on, self.on, soon_days(self.registry))
        return left._replace(words=" ".join(filter(None, (format.date(row.promised_on), left.words))))

    @property
    def cause(self) -> str:
        return self._answer("cause", self.row.cause)

    @property
    def result(self) -> str:
        return self._answer("result", self.row.result)

    @property
    def officer(self) -> str:
        """Who answers for it; of a closed one, who closed it."""
        case = self.row.case
        return str(case.holder or (case.acted_by if case.closed_at else self.case.holder))

    def _answer(self, name: str, value: str) -> str:
        """What a key means, by the choices of the case type's questions."""
        kind = self.registry.case_types.get(KIND)
        asked = [q.choices for a in kind.actions.values() for q in a.form if q.name == name] if kind else []
        found: Label | str = next((c[value] for c in asked if value in c), value)
        return format.tr(found)
