"""Ask others for their word in a case, and give it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from quanyu.casework import reads
from quanyu.casework.acts.deadlines import hold, told
from quanyu.casework.calendar import NotAnnounced, working_days_after
from quanyu.casework.models import Case, Opinion
from quanyu.people.acts import record
from quanyu.people.models import User
from quanyu.plan import reads as plan
from quanyu.registry.problem import Refused

ANSWERS = {"agree": "同意", "object": "不同意", "done": "已办"}


def ask(
    case: Case, asked: Sequence[reads.Seat | User], question: str, *, by: User | None, at: dt.datetime,
    within: int | None = None, open: bool = True,
) -> list[Opinion]:  # fmt: skip
    """Ask seats (role, organisation) or persons for an opinion, within working days; who was asked already and has not
    answered is not asked twice. `open` false: independent opinions, read by others only when all are in.

    Whose turn it is may ask, and the hooks of an act in progress may on behalf of who acts.
    Effects, in order: the opinions, with a notice each; one event.
    """
    question = question.strip()
    if not 0 < len(question) <= 300:
        raise Refused(f"要问的话应为 1 至 300 字，现在是 {len(question)} 字。", "请写明请对方答复什么。")
    with transaction.atomic():
        held = hold(case)
        _demand_asker(held, by, at)
        awaited = {_whom(o) for o in held.opinions.filter(answered_at=None, withdrawn_at=None)}
        made = []
        for one in dict.fromkeys(asked):
            role, organisation, person = ("", None, one) if isinstance(one, User) else (*one, None)
            opinion = Opinion(
                case=held, role=role, organisation_id=organisation, person=person, question=question, asked_at=at,
                within=within, open=open,
            )  # fmt: skip
            if _whom(opinion) in awaited:
                continue
            set_term(opinion)
            opinion.save()
            made.append(opinion)
            until = f"，{opinion.due_on.month}月{opinion.due_on.day}日前答复" if opinion.due_on else ""
            told(held, "opinion_asked", f"征求您的意见{until}", at, one)
        if not made:
            raise Refused("没有新的征求对象。", "请选择还没有征求过的单位或人员。")
        body = {"question": question, "asked": [[o.pk, *_whom(o)] for o in made], "open": open, "within": within}
        record("casework.ask", held.tag, by, at, body)
    return made


def answer(
    opinion: Opinion, *, by: User, at: dt.datetime, answer: str, text: str = "", form: Mapping[str, Any] | None = None,
) -> Opinion:  # fmt: skip
    """Give the opinion asked for, once. Objecting needs a reason. Who holds the case is told when the last one is in.

    Effects, in order: the opinion; a notice when it was the last; one event, which holds an independent opinion only as
    a digest.
    """
    text = text.strip()
    if answer not in ANSWERS:
        raise Refused("请选择答复意见。", f"可选：{'、'.join(ANSWERS.values())}。")
    if answer == "object" and not text:
        raise Refused("不同意须写明理由。", "请填写后再提交。")
    with transaction.atomic():
        held = hold(opinion.case)
        given = _awaited(opinion)
        if not reads.may_answer(given, by, timezone.localdate(at)):
            raise Refused("这项意见没有征求您或您所在的岗位。")
        given.answer, given.text, given.form = answer, text, dict(form or {})
        given.answered_by, given.answered_at = by, at
        given.save()
        if not held.opinions.filter(answered_at=None, withdrawn_at=None).exists() and held.holder_role:
            told(held, "opinions_in", "征求的意见已全部答复", at)
        said = {"answer": answer, "note": text, "form": given.form}
        sealed = hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
        body = {"opinion": given.pk} | (said if given.open else {"sealed": sealed})
        record("casework.answer", held.tag, by, at, body)
    return given


def recall(opinion: Opinion, *, by: User | None, at: dt.datetime) -> Opinion:
    """Take a question back that has not been answered. Effects, in order: the opinion withdrawn; one event."""
    with transaction.atomic():
        held = hold(opinion.case)
        _demand_asker(held, by, at)
        given = _awaited(opinion)
        given.withdrawn_at = at
        given.save(update_fields=["withdrawn_at"])
        record("casework.recall", held.tag, by, at, {"opinion": given.pk})
    return given


def set_term(opinion: Opinion) -> None:
    """The last day for answering, or the year whose days off must be known first."""
    opinion.due_on = opinion.awaits_year = None
    if opinion.within is not None:
        asked_on = timezone.localdate(opinion.asked_at)
        try:
            opinion.due_on = working_days_after(asked_on, opinion.within, plan.registry().holidays)
        except NotAnnounced as unknown:
            opinion.awaits_year = unknown.year


def _whom(opinion: Opinion) -> tuple[str, int | None, int | None]:
    return opinion.role, opinion.organisation_id, opinion.person_id


def _awaited(opinion: Opinion) -> Opinion:
    """The opinion, locked; refused when it is no longer awaited."""
    found = Opinion.objects.select_for_update().get(pk=opinion.pk)
    if found.withdrawn_at:
        raise Refused("这项征求意见已撤回，不必再答复。")
    if found.answered_at:
        raise Refused(f"{found.answered_by}已于{timezone.localtime(found.answered_at):%m-%d %H:%M}答复，不能再改。")
    return found


def _demand_asker(case: Case, by: User | None, at: dt.datetime) -> None:
    """Whose turn it is, or whose own act is under way at this moment."""
    acting = by is not None and (case.acted_by_id, case.acted_at) == (by.pk, at)
    if by is not None and not acting and not reads.holds(case, by, timezone.localdate(at)):
        raise Refused("征求意见由现在承办的一方办理。")
