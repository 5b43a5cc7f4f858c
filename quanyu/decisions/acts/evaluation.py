"""Open a round of evaluation on a sealed envelope, give one's own account in it, publish it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation

from django.utils import timezone

from quanyu.casework import acts as casework
from quanyu.casework import reads as cases
from quanyu.casework.models import Case, Opinion
from quanyu.decisions import reads as decisions
from quanyu.decisions.acts.flow import seal
from quanyu.decisions.models import Evaluation, SeriesRun
from quanyu.decisions.reads import evaluation as reads
from quanyu.decisions.reads.amendment import seats_of
from quanyu.decisions.reads.current import asked_period
from quanyu.measures.periods import Period
from quanyu.people.acts import events_last, record
from quanyu.people.models import User
from quanyu.plan import reads as plan
from quanyu.registry.problem import Refused


def may_open(user: User, on: dt.date) -> bool:
    """Is it this person's work to open rounds: do they sit on a side of the case type?"""
    definition = plan.registry().case_types.get(reads.KIND)
    posts = cases.seats_of(user, on)
    return bool(definition) and any(cases.fits((p.role, None), posts) for p in definition.parties.values())


def open_round(kind: str, period: str, *, by: User | None, at: dt.datetime, run: SeriesRun | None = None) -> Evaluation:
    """Open a round for the end of a period and freeze its envelope: figures, definitions, verdicts as on this day.

    `run`: the series judged by, the one in use unless told otherwise. Each responsible unit is asked for its own
    account, unseen by the others. Refused for a period that is not measured or outside the plan, a closing round
    before the plan's end, and where the same round is on hand or published.

    Effects, in order: those of `open_case` and `ask`; one Evaluation; one event.
    """
    if by is not None and not may_open(by, timezone.localdate(at)):
        raise Refused("评估由评估经办或科室负责人发起。")
    registry, on, run = plan.registry(), timezone.localdate(at), run or decisions.current_series()
    held, month = registry.evaluations.get(kind), asked_period(period)
    if held is None:
        raise Refused(f"没有“{kind}”这种评估。", f"可选：{'、'.join(registry.evaluations)}。")
    if run.revision != registry.digest:
        raise Refused("规划定义在上次计算之后有改动，不能直接评估。", "请先运行 quanyu measure 和 quanyu judge。")
    if not registry.plan.starts_on <= month.end <= registry.plan.ends_on or month > Period.parse(run.until):
        raise Refused(f"{month.label()}不在规划期内，或还没有计算到。", f"数据现在到 {run.until}。")
    if held.closing and month.end < registry.plan.ends_on:
        raise Refused(f"{held.label}在规划期满（{registry.plan.ends_on}）后进行。", "规划期内请用年度或中期评估。")
    body = reads.Envelope(registry, held, run, month, on).body()
    sealed = {"series": run.digest, "period": str(month), "on": on.isoformat(), "verdicts": body["verdicts"]}
    with events_last():
        title = f"{registry.plan.label}{held.label}（{month.label()}）"
        case = casework.open_case(reads.KIND, title=title, by=by, at=at, subject=f"plan:{registry.plan.key}")
        # opening holds the counter of case numbers: of two desks that open the same round the later one looks here
        same = reads.rounds().filter(kind=kind, period=str(month)).first()
        if same is not None:
            raise Refused(f"{month.label()}的{held.label}已经开过（{same.case.number}）。", "要重做，请先撤销那一轮。")
        row = Evaluation.objects.create(
            case=case, kind=kind, period=str(month), on=on, snapshot=run.snapshot, series=run.digest, body=body,
            revision=registry.digest, assessment=seal(sealed), frozen_at=at,
        )  # fmt: skip
        seats = seats_of(registry, dict.fromkeys(reads.answerable(registry)))
        within = registry.case_types[reads.KIND].states[case.state].within
        casework.ask(case, seats, str(held.question), by=by, at=at, within=within, open=False)
        told = {"kind": kind, "period": str(month), "envelope": row.assessment}
        record("decisions.open_evaluation", case.tag, by, at, told)
    return row


def assess_self(opinion: Opinion, score: str, text: str, *, by: User, at: dt.datetime) -> Opinion:
    """A responsible unit's own account: a score from 0 to 100 and words. Effects: those of `answer`."""
    try:
        value = Decimal(score.strip())
    except InvalidOperation:
        value = Decimal(-1)
    if not 0 <= value <= 100 or value != round(value, 1):
        raise Refused(f"自评得分应是 0 到 100 的数，最多一位小数，现在是“{score}”。", "例：86 或 86.5。")
    if not text.strip():
        raise Refused("请写明主要进展、存在问题和下一步打算。", "只打分不说明，无法写进报告。")
    return casework.answer(opinion, by=by, at=at, answer="done", text=text, form={"score": str(value)})


def recall_self_assessments(case: Case, *, by: User | None, at: dt.datetime) -> None:
    """Nobody may give an account once the others' can be read. Effects: each awaited opinion recalled."""
    for opinion in case.opinions.filter(answered_at=None, withdrawn_at=None):
        casework.recall(opinion, by=by, at=at)


def publish(case: Case, at: dt.datetime) -> None:
    """Note when a round was published; its case's own event tells who did it."""
    Evaluation.objects.filter(case=case).update(published_at=at)
