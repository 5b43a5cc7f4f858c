"""What a letter about differing figures shows on the page of its case."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from quanyu.bureaus.reporting.models import Verification
from quanyu.bureaus.reporting.reads import crosscheck as reads
from quanyu.casework.hooks import panel
from quanyu.casework.models import Case
from quanyu.plan.access import permit_of


@panel(reads.KIND)
def verification_panel(request: HttpRequest, case: Case) -> tuple[str, dict[str, Any]]:
    """The figures as they stood at sending; the office finds the way back to the comparison."""
    letter = Verification.objects.select_related("organisation").get(pk=case.pk)
    office = permit_of(request).may("crosscheck", letter.organisation)
    context = {"letter": letter, "figures": letter.figures, "office": office}
    return "reporting/crosscheck_panel.html", context
