"""What a firm's plan ties into its case: it is reached when every measure is done; its measures as a panel."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from quanyu.bureaus.enterprises.reads import firm_plans as reads
from quanyu.casework.hooks import guard, panel
from quanyu.casework.models import Case
from quanyu.plan.reads import registry

guard("enterprises.measures_are_done")(reads.measures_are_done)


@panel(reads.KIND)
def plan_panel(request: HttpRequest, case: Case) -> tuple[str, dict[str, Any]]:
    """The measures of the plan, as its own page lists them."""
    return "enterprises/firm_plan_measures.html", {
        "plan": reads.PlanLine(reads.plans().get(pk=case.pk), registry(), timezone.localdate())
    }
