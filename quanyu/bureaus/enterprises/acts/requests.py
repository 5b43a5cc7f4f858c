"""A firm asks for help; what its case says is kept beside it for lists and counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.utils import timezone

from quanyu.bureaus.enterprises.models import Request
from quanyu.bureaus.enterprises.reads import requests as reads
from quanyu.casework import acts as casework
from quanyu.casework.hooks import Moment
from quanyu.people.acts import events_last
from quanyu.people.models import Organisation, User
from quanyu.people.reads import posts_of
from quanyu.registry.problem import Refused


def ask(
    firm: Organisation, title: str, form: Mapping[str, str], *, by: User, at: dt.datetime
) -> Request:  # fmt: skip
    """A person of a firm asks the office for something.

    Refused: who holds no post at the firm; a kind that is not one. Effects, in order: a case; the row beside it.
    """
    if not posts_of(by, timezone.localdate(at)).filter(organisation=firm).exists():
        raise Refused("诉求由企业自己的人员提出。")
    if not title.strip():
        raise Refused("没有写标题。", "请用一句话写明要解决什么。")
    parties = {party: (role, firm.pk) for party, role in reads.firm_parties()}
    tag = f"people.organisation:{firm.pk}"
    with events_last():
        case = casework.open_case(reads.KIND, title=title, by=by, at=at, parties=parties, form=form, subject=tag)
        return Request.objects.create(case=case, organisation=firm, kind=case.form["kind"])


def note(moment: Moment) -> None:
    """What a step means for the times measured: the office's first step is its response, an answer the solution until
    the firm sends it back; what the firm says of it is kept. Part of the step."""
    row, case = Request.objects.select_for_update().get(pk=moment.case.pk), moment.case
    if row.responded_at is None:
        row.responded_at = moment.at
    if case.phase == "check":
        row.answered_at = moment.at
    elif case.closed_at is None:
        row.answered_at = None
    row.solved = moment.form.get("solved", row.solved)
    row.stars = int(moment.form["stars"]) if "stars" in moment.form else row.stars
    row.save()
