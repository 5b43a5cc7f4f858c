"""What a bulletin ties into its case."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from quanyu.casework.hooks import Moment, effect, panel
from quanyu.casework.models import Case
from quanyu.decisions.acts import bulletin as acts
from quanyu.decisions.models import Bulletin
from quanyu.decisions.reads.bulletin import KIND, Written


@effect("decisions.bulletin_approved")
def bulletin_approved(moment: Moment) -> None:
    acts.agree_to_bulletin(moment.case, at=moment.at)


@effect("decisions.bulletin_issued")
def bulletin_issued(moment: Moment) -> None:
    acts.announce_bulletin(moment.case, at=moment.at)


@panel(KIND)
def bulletin_panel(request: HttpRequest, case: Case) -> tuple[str, dict[str, Any]]:
    """The paper as it would be printed."""
    return "decisions/bulletin_panel.html", {"written": Written(Bulletin.objects.get(case=case))}
