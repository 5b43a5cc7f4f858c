"""Notices: one line of fact and one link for whoever should know."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from quanyu.people import reads
from quanyu.people.models import Notice, User


def notify(
    topic: str, line: str, *, link: str, at: dt.datetime, role: str = "", organisation: int | None = None,
    user: User | None = None, subject: str = "",
) -> Notice:  # fmt: skip
    """Tell a person, or whoever sits on a seat (a role, at one organisation or at any), one fact with one link.

    `topic`: a key of the topics in the packages, which say over which channels it also travels. `link`: an address of
    this site (`/cases/7/`). It leaves no event: that something was told follows from the act that tells it.
    """
    if (user is None) == (not role):
        raise TypeError("a notice goes to a person or to a seat")
    return Notice.objects.create(
        topic=topic, line=line[:300], link=link, subject=subject, at=at, role=role, organisation_id=organisation,
        user=user,
    )  # fmt: skip


def open_notice(notice: Notice, *, by: User, at: dt.datetime) -> Notice:
    """Somebody follows a notice's link: the first opening is kept, with who and when."""
    Notice.objects.filter(pk=notice.pk, opened_at__isnull=True).update(opened_at=at, opened_by=by)
    notice.refresh_from_db()
    return notice


def open_all(user: User, on: dt.date, *, at: dt.datetime) -> int:
    """A person has seen all that waits for them; returns how many were marked."""
    with transaction.atomic():
        return reads.notices_for(user, on).filter(opened_at__isnull=True).update(opened_at=at, opened_by=user)
