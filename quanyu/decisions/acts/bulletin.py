"""Compose a bulletin, put people's words into it, date it, tell whom it concerns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from quanyu.casework import acts as casework
from quanyu.casework.models import Case
from quanyu.casework.reads import why_not
from quanyu.decisions import reads
from quanyu.decisions.models import Assessment, Bulletin
from quanyu.decisions.reads import bulletin as bulletins
from quanyu.decisions.reads.promises import BEHIND
from quanyu.decisions.reads.supervision import term_end
from quanyu.people import acts as people
from quanyu.people.models import User
from quanyu.plan import reads as plan
from quanyu.registry.problem import Refused


def compose_bulletin(period: str, *, by: User | None, at: dt.datetime) -> Bulletin:
    """Compose the bulletin of the quarter (else of 1—本月) that a period ends in, from the assessment in force.

    Nobody writes the same bulletin twice: one about the same period that is under way is returned; while it is a draft
    and its period was judged anew since, its text is composed anew, and what people wrote in it stays.

    Effects, in order: a case `decisions.bulletin`; its Bulletin (or the draft changed); one event.
    """
    judged, registry, on = reads.assessment(period), plan.registry(), timezone.localdate(at)
    name, words = bulletins.named(judged.period), bulletins.wording(registry)
    with people.events_last():
        ground = Assessment.objects.select_for_update().filter(digest=judged.digest).latest("id")
        under_way = Case.objects.filter(bulletin__period=str(name), closed_at=None)
        case = under_way.select_for_update(of=("self",)).first()
        held = Bulletin.objects.select_related("case", "assessment").get(pk=case.pk) if case else None
        if held and (held.case.phase != "draft" or held.assessment.digest == judged.digest):
            return held
        body = bulletins.compose(registry, judged, on)
        if held is None:
            title = words.title.format(period=name.label("zh"))
            case = casework.open_case(bulletins.KIND, title=title, by=by, at=at, subject=f"period:{name}")
            held = Bulletin(case=case, period=str(name), reply_on=term_end(registry, on, words.within))
        held.assessment, held.body = ground, body
        held.save()
        people.record("decisions.compose_bulletin", held.tag, by, at, {"assessment": ground.digest})
    return held


def write_bulletin(
    bulletin: Bulletin, said: Mapping[str, str], reply_on: dt.date | None, *, by: User, at: dt.datetime
) -> Bulletin:
    """Put the desk's explanations (indicator key → words; others are left alone) and the day of answer into a draft.

    Effects, in order: the bulletin changed; one event when it did.
    """
    with transaction.atomic():
        case = Case.objects.select_for_update(of=("self",)).get(pk=bulletin.pk)
        held = Bulletin.objects.select_for_update(of=("self",)).select_related("assessment").get(pk=case.pk)
        held.case = case
        if reason := why_not(case, "submit", by, timezone.localdate(at)):
            raise Refused(f"不能修改通报：{reason}")
        asked = {block["ask"] for block in held.body if block.get("ask")}
        words = held.said | {key: text.strip() for key, text in said.items() if key in asked}
        if (words, reply_on) != (held.said, held.reply_on):
            held.said, held.reply_on = words, reply_on
            held.save(update_fields=["said", "reply_on"])
            people.record("decisions.write_bulletin", held.tag, by, at, {"said": words, "reply_on": str(reply_on)})
    return held


def agree_to_bulletin(case: Case, *, at: dt.datetime) -> None:
    """The bulletin of a case was agreed to: that day is its 成文日期. The step that names this leaves the event."""
    Bulletin.objects.filter(pk=case.pk).update(approved_on=timezone.localdate(at))


def announce_bulletin(case: Case, *, at: dt.datetime) -> None:
    """The bulletin of a case went out: each unit that answers for what lags is told once, with the day to answer by."""
    held = Bulletin.objects.select_related("case", "assessment").get(pk=case.pk)
    line, link = f"《{case.title}》已印发", reverse("bulletin", args=[case.pk])
    line += f"，请于{held.reply_on.month}月{held.reply_on.day}日前报送整改措施" if held.reply_on else ""
    behind = (p.indicator.owner for p in bulletins.Written(held).rows if p.verdict.state in BEHIND)
    for role in filter(None, dict.fromkeys(behind)):
        people.notify("bulletin", line, link=link, at=at, role=role, subject=case.tag)
