"""What a correction after the window ties into its case."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from quanyu.bureaus.reporting.acts import submission as acts
from quanyu.bureaus.reporting.models import Submission
from quanyu.bureaus.reporting.reads import submission as reads
from quanyu.bureaus.reporting.reads.versions import rows, versions
from quanyu.casework.hooks import Moment, effect, panel
from quanyu.casework.models import Case
from quanyu.plan.reads import registry


@effect("reporting.correction_decided")
def correction_decided(moment: Moment) -> None:
    """Agreed to, the corrected cells become the report on file; else the submission ends without being filed."""
    ended = {"refuse": Submission.State.RETURNED, "withdraw": Submission.State.WITHDRAWN}.get(moment.action, "")
    acts.decide(reads.of_case(moment.case), moment.by, moment.at, ended, moment.note)


@panel(reads.CORRECTION)
def correction_panel(request: HttpRequest, case: Case) -> tuple[str, dict[str, Any]]:
    """The cells that change, as they are on file and as they would be."""
    made, known = reads.of_case(case), registry()
    form = known.form(made.form, made.period)
    before = [v for v in versions(made.form, made.organisation, made.period) if v.at < made.submitted_at][-1:]
    lines = rows(known, form, [before[0].content if before else {}, made.content])
    changed = [row for row in lines if row.changed[1]]
    return "reporting/correction_panel.html", {"made": made, "form": form, "rows": changed, "of": len(lines)}
