"""Answer the yearly survey of a policy; decide what becomes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.utils import timezone

from quanyu.bureaus.policies.models import Review, SurveyAnswer
from quanyu.bureaus.policies.reads import coverage as reads
from quanyu.casework.acts.answers import answers_to
from quanyu.people.acts import events_last, in_turn, record
from quanyu.people.models import Organisation, User
from quanyu.plan import reads as plan
from quanyu.registry.model import Survey
from quanyu.registry.problem import Refused


def answer_survey(
    survey: Survey, policy: str, firm: Organisation, form: Mapping[str, str], *, by: User, at: dt.datetime
) -> SurveyAnswer:
    """A firm says what it thinks of a policy this year. Refused: a policy it had nothing to do with.

    Effects, in order: its answers, in place of earlier ones of the year; one event that says only that it answered.
    """
    year, known = timezone.localdate(at).year, plan.registry()
    if policy not in reads.met_by(known, firm, timezone.localdate(at)):
        raise Refused("这项政策没有给到贵单位，不用评价。", "可评价的政策列在“政策问卷”页。")
    answers = answers_to(survey.questions, form)
    with events_last():
        in_turn([firm.pk])
        made, _new = SurveyAnswer.objects.update_or_create(
            survey=survey.key, policy=policy, year=year, organisation=firm, defaults={"answers": answers, "at": at}
        )
        record("policies.answer_survey", f"policy:{policy}", by, at, {"year": year, "organisation": firm.pk})
    return made


def review(policy: str, year: int, outcome: str, because: str, *, by: User, at: dt.datetime) -> Review:
    """Decide whether a policy is kept, adjusted or stopped; the figures it rests on are kept with the decision.

    Effects, in order: the review; one event.
    """
    if outcome not in Review.Outcome.values:
        raise Refused("没有选择评估结论。", f"可选：{'、'.join(Review.Outcome.labels)}。")
    if not because.strip():
        raise Refused("没有写明评估结论的理由。", "请写明依据，例如覆盖率、兑付用时、问卷结果。")
    with events_last():
        figures = reads.coverage(plan.registry(), policy, year, timezone.localdate(at)).plain
        made = Review.objects.create(
            policy=policy, year=year, outcome=outcome, because=because.strip()[:500], figures=figures, at=at, by=by
        )
        body = {"year": year, "outcome": outcome, "because": made.because, "figures": figures}
        record("policies.review", f"policy:{policy}", by, at, body)
    return made
