"""What a follow-up ties into its case: each visit is kept beside it; its panel."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from quanyu.bureaus.reporting.acts import followups as acts
from quanyu.bureaus.reporting.reads import exceptions
from quanyu.bureaus.reporting.reads import followups as reads
from quanyu.casework.hooks import effect, panel
from quanyu.casework.models import Case
from quanyu.plan.access import permit_of
from quanyu.plan.reads import registry

effect("reporting.followup_noted")(acts.note)


@panel(reads.KIND)
def followup_panel(request: HttpRequest, case: Case) -> tuple[str, dict[str, Any]]:
    """The firm, why it is followed up, what was found and promised, its course of late."""
    row, known = reads.followups().get(pk=case.pk), registry()
    line = reads.FollowLine(row, known, timezone.localdate())
    may_read = permit_of(request).may("reports", row.organisation)
    courses = exceptions.courses(known, row.form, row.period, row.organisation) if may_read else []
    return "reporting/followup_panel.html", {"line": line, "courses": courses}
