"""What an early warning shows on the page of its case."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from quanyu.casework.hooks import panel
from quanyu.casework.models import Case
from quanyu.decisions import reads
from quanyu.decisions.models import Warning
from quanyu.decisions.reads.promises import promise
from quanyu.decisions.reads.warnings import KIND, WarningLine, newest
from quanyu.plan.access import permit_of
from quanyu.plan.reads import registry


@panel(KIND)
def warning_panel(request: HttpRequest, case: Case) -> tuple[str, dict[str, Any]]:
    """What was found, where the promise stands today, what could close the gap."""
    row, known, judged, permit = Warning.objects.get(pk=case.pk), registry(), newest(), permit_of(request)
    standing = promise(known, judged, row.indicator) if row.indicator in judged.verdicts else None
    found = reads.levers(row.indicator) if permit.everywhere("organisations") else []
    context = {"line": WarningLine(row, known, timezone.localdate()), "p": standing, "judged": judged, "levers": found}
    return "decisions/warning_panel.html", {**context, "sees": permit.sees, "lists": permit.everywhere("reports")}
