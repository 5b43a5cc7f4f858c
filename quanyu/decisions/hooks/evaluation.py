"""What a round of evaluation ties into its case."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest

from quanyu.casework.hooks import Moment, effect, guard, panel
from quanyu.casework.models import Case
from quanyu.decisions.acts import evaluation as acts
from quanyu.decisions.models import Evaluation
from quanyu.decisions.reads import evaluation as reads
from quanyu.people.models import User


@guard("decisions.self_assessments_in")
def self_assessments_in(case: Case, user: User | None, on: dt.date) -> str:
    """Everybody who was asked has answered."""
    awaited = case.opinions.filter(answered_at=None, withdrawn_at=None).count()
    return f"还有 {awaited} 个责任单位没有自评。" if awaited else ""


@effect("decisions.recall_self_assessments")
def recall_self_assessments(moment: Moment) -> None:
    """Those who have not answered no longer may: from now on the others' accounts can be read."""
    acts.recall_self_assessments(moment.case, by=moment.by, at=moment.at)


@effect("decisions.third_party_entered")
def third_party_entered(moment: Moment) -> None:
    """The parts are written so that they can be read."""
    reads.parts_of(moment.form.get("third_parts", ""))


@guard("decisions.scores_in")
def scores_in(case: Case, user: User | None, on: dt.date) -> str:
    """Third party and public have been entered."""
    lacks = [
        words for name, words in (("third_score", "第三方评估"), ("public_score", "公众评价")) if name not in case.form
    ]
    return f"还没有录入{'、'.join(lacks)}。" if lacks else ""


@effect("decisions.evaluation_published")
def evaluation_published(moment: Moment) -> None:
    """The round is public within the zone from now on."""
    acts.publish(moment.case, moment.at)


@panel(reads.KIND)
def evaluation_panel(request: HttpRequest, case: Case) -> tuple[str, dict[str, Any]]:
    """The round in figures and the way to its page, where its accounts are given and its scores stand."""
    view = reads.RoundView(Evaluation.objects.select_related("case").get(case=case))
    return "decisions/evaluation_panel.html", {"view": view}
