"""What a directive ties into its case: its term begins, progress and days are followed; its panel."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from quanyu.casework import acts as casework
from quanyu.casework import reads as cases
from quanyu.casework.hooks import Moment, effect, panel
from quanyu.casework.models import Case
from quanyu.decisions.acts import supervision as acts
from quanyu.decisions.reads import supervision as reads
from quanyu.people.reads import history
from quanyu.plan.access import reader
from quanyu.plan.reads import registry


@effect("decisions.directive_issued")
def directive_issued(moment: Moment) -> None:
    """The term begins, and each supporting unit that has not been asked yet is asked to report its part."""
    on, case = timezone.localdate(moment.at), moment.case
    asked = {(o.role, o.organisation_id) for o in case.opinions.filter(withdrawn_at=None)}
    seats = [(r, o) for r, o in acts.follow(case, on, given_on=on).supports if (r, o) not in asked]
    if seats:
        casework.ask(case, seats, _("请报告本单位配合事项的办理情况。"), by=moment.by, at=moment.at)


@effect("decisions.directive_moved")
def directive_moved(moment: Moment) -> None:
    """The unit reported, or its work came back, or it was given more time."""
    progress = moment.form.get("progress")
    acts.follow(moment.case, timezone.localdate(moment.at), progress=None if progress is None else int(progress))


@panel(reads.KIND)
def directive_panel(request: HttpRequest, case: Case) -> tuple[str, dict[str, Any]]:
    """Requirement and source, the eight steps, the slips sent, and for those who may the slips that can be sent."""
    d, known, on = reads.directives(withdrawn=True).get(pk=case.pk), registry(), timezone.localdate()
    posts = cases.seats_of(reader(request), on)
    sends = case.phase == "active" and any(cases.fits(case.sits(p), posts) for p in ("chief", "leader"))
    return "decisions/directive_panel.html", {
        "directive": d, "steps": reads.steps(case, history(case.tag)), "was_late": reads.was_late(d, on),
        "lead": reads.lead_words(d, known), "supports": reads.supports_words(d, known),
        "source": reads.source_words(d, known), "task": known.tasks.get(d.task),
        "indicator": known.indicators.get(d.indicator), "sent": [(s, known.slips.get(s.slip)) for s in d.slips.all()],
        "may_send": sorted(known.slips.values(), key=lambda s: s.order) if sends else [],
    }  # fmt: skip
