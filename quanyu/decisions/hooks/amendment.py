"""What an amendment of the plan ties into its case."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from quanyu.casework import acts as casework
from quanyu.casework.hooks import Moment, effect, guard, panel
from quanyu.casework.models import Case
from quanyu.decisions.reads import amendment as reads
from quanyu.people.models import User
from quanyu.plan import reads as plan


@effect("decisions.consult_units")
def consult_units(moment: Moment) -> None:
    """Ask the units that answer for the promise, supply its figure or support it, within the state's working days."""
    case = moment.case
    seats = reads.units_concerned(reads.subject_of(plan.registry(), case.subject))
    within = plan.registry_at(case.revision).case_types[case.type].states[case.state].within or 0
    casework.ask(case, seats, _("对这项规划调整有何意见？"), by=moment.by, at=moment.at, within=within)


@guard("decisions.units_have_answered")
def units_have_answered(case: Case, user: User | None, on: dt.date) -> str:
    """Opinions may be summed up when all are in; after the term the clock moves the case on by itself."""
    awaited = case.opinions.filter(answered_at__isnull=True, withdrawn_at__isnull=True).count()
    return f"还有 {awaited} 家单位没有答复。期满后系统会自动转入汇总。" if awaited else ""


@guard("decisions.amendment_is_loaded")
def amendment_is_loaded(case: Case, user: User | None, on: dt.date) -> str:
    """The definitions in force hold the amendment that cites this case."""
    if reads.loaded(plan.registry(), case):
        return ""
    return f"现行规划定义里还没有引用“{case.number}”的调整，请运行 quanyu amend。"


@panel(reads.KIND)
def amendment_panel(request: HttpRequest, case: Case) -> tuple[str, dict[str, Any]]:
    """What changes, and how the indicator is judged by the plan as it stood and as it would stand."""
    made = reads.proposal(case)
    beside = reads.judged_beside(made.subject.key, made.since) if made.amendment and not made.of_task else None
    return "decisions/amendment_panel.html", {"made": made, "beside": beside}
