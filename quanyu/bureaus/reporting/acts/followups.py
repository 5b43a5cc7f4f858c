"""Put firms on the follow-up list, and keep what visits found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.utils import timezone

from quanyu.bureaus.reporting.models import FollowUp
from quanyu.bureaus.reporting.reads import followups as reads
from quanyu.casework import acts as casework
from quanyu.casework import reads as cases
from quanyu.casework.hooks import Moment
from quanyu.people.acts import events_last, in_turn, record
from quanyu.people.models import Organisation, User
from quanyu.people.reads import history
from quanyu.registry.problem import Refused


def follow_up(
    firms: Mapping[Organisation, str], form: str, period: str, *, by: User, at: dt.datetime
) -> list[FollowUp]:  # fmt: skip
    """Put firms on the list, each with the reason why; those on it already are passed over.

    Whoever does it is responsible for them, when they sit on that seat. Effects, in order: a case and a row for each
    firm; the cases handed to that person; events.
    """
    on, made = timezone.localdate(at), list[FollowUp]()
    with events_last():
        in_turn(f.pk for f in firms)
        held = reads.followed()
        for firm, why in firms.items():
            if firm.pk in held:
                continue
            tag, title = f"people.organisation:{firm.pk}", f"{firm}：{why}"[:300]
            case = casework.open_case(reads.KIND, title=title, by=by, at=at, subject=tag)
            row = {"organisation": firm, "form": form, "period": period, "why": why[:300]}
            made.append(FollowUp.objects.create(case=case, **row))
            if cases.fits(cases.held_seat(case), cases.seats_of(by, on)):
                made[-1].case = casework.reassign(case, by, by=by, at=at)
        if not made:
            raise Refused("所选企业都已在跟踪名单上。" if firms else "没有选择企业。")
        body = {"form": form, "period": period, "firms": [row.organisation_id for row in made]}
        record("reporting.follow_up", f"reporting.period:{form}/{period}", by, at, body)
    return made


def note(moment: Moment) -> None:
    """What a step of the case said, kept beside it for lists; who was responsible for the firm still is. Part of it."""
    row = FollowUp.objects.select_for_update().get(pk=moment.case.pk)
    for name, value in moment.form.items():
        setattr(row, name, dt.date.fromisoformat(value) if name.endswith("_on") else value)
    row.save()
    handed = history(moment.case.tag).filter(act="casework.reassign").last()
    if handed and moment.by and moment.case.closed_at is None and moment.case.holder is None:
        here = cases.colleagues(moment.case, timezone.localdate(moment.at)).filter(pk=handed.body["to_user"])
        if officer := here.first():
            casework.reassign(moment.case, officer, by=moment.by, at=moment.at)
