"""What a year-end appraisal ties into its case."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from quanyu.casework.hooks import Moment, effect, guard, panel
from quanyu.casework.models import Case
from quanyu.decisions.acts import appraisal as acts
from quanyu.decisions.models import Appraisal
from quanyu.decisions.reads import appraisal as reads
from quanyu.people.acts import notify
from quanyu.people.models import User


@effect("decisions.announce_appraisal")
def announce(moment: Moment) -> None:
    """Every unit is told that its sheet is open to objections."""
    made = Appraisal.objects.get(case=moment.case)
    link = reverse("appraisal", args=[made.pk])
    for sheet in reads.sheets(made):
        seat = sheet.seat.pk if sheet.seat else None
        line = f"{made.year}年年终考核结果已公示，可提出异议"
        notify(
            "appraisal", line, link=link, at=moment.at, role=sheet.role.key, organisation=seat, subject=moment.case.tag
        )


@guard("decisions.objections_are_settled")
def objections_are_settled(case: Case, user: User | None, on: dt.date) -> str:
    """No objection against the result is still open."""
    left = reads.objections(Appraisal.objects.get(case=case)).filter(closed_at__isnull=True).count()
    return f"还有 {left} 件异议没有办结。" if left else ""


@effect("decisions.freeze_appraisal")
def freeze(moment: Moment) -> None:
    """The adopted result stands."""
    acts.freeze(moment.case, moment.at)


@panel(reads.KIND)
def appraisal_panel(request: HttpRequest, case: Case) -> tuple[str, dict[str, Any]]:
    """The units in order of their totals."""
    made = Appraisal.objects.select_related("case").get(case=case)
    return "decisions/appraisal_panel.html", {"made": made, "sheets": reads.sheets(made)}
