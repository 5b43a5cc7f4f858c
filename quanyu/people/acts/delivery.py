"""Notices go out: one digest a channel, recipient and topic, in quiet hours none, tried five times.

A message may arrive twice when the machine stops between sending and writing down that it was sent; none is lost.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from quanyu.people import channels
from quanyu.people.acts.events import record
from quanyu.people.models import Delivery, Notice, User
from quanyu.people.reads import posts_on
from quanyu.registry.model import Topic

PAUSES = tuple(dt.timedelta(minutes=m) for m in (1, 5, 30, 120))
"""How long to wait after each failure; the fifth is the last."""
MINUTE = dt.timedelta(minutes=1)
BATCH = 1000

Topics = Mapping[str, Topic]


@dataclass(frozen=True)
class Sent:
    """What one round of delivery came to."""

    sent: int = 0
    failed: int = 0
    postponed: int = 0


def deliver(topics: Topics, *, at: dt.datetime) -> Sent:
    """Hand new notices over to the channels their topics name, then send what is due.

    Effects, in order: deliveries made or added to; each tried delivery brought up to date as soon as it is tried; one
    event when any was tried.
    """
    while _hand_over(topics, at):
        pass
    return _send(topics, at)


def _hand_over(topics: Topics, at: dt.datetime) -> int:
    """Put a batch of notices nobody handed over yet into waiting deliveries; what no channel carries is done with.

    So switching a channel on does not send the news of last year.
    """
    usable, on = channels.configured(), timezone.localdate(at)
    with transaction.atomic():
        fresh = list(Notice.objects.select_for_update().filter(handed_at=None).order_by("id")[:BATCH])
        people = _people(fresh, on)
        wanted: dict[tuple[str, str, int | None], list[Notice]] = defaultdict(list)
        for notice in fresh:
            for carriage in topics[notice.topic].carried if notice.topic in topics else ():
                told = {u.pk: u for u, role in people[notice.pk] if role in carriage.roles or not carriage.roles}
                if carriage.by not in usable or (topics[notice.topic].direct and carriage.by not in channels.PERSONAL):
                    continue
                if carriage.by in channels.PERSONAL:
                    for pk in (pk for pk, user in told.items() if _address(carriage.by, user)):
                        wanted[carriage.by, notice.topic, pk].append(notice)
                elif told or not carriage.roles:
                    wanted[carriage.by, notice.topic, None].append(notice)
        for (channel, topic, user), notices in wanted.items():
            who = {"channel": channel, "topic": topic, "user_id": user}
            same = Delivery.objects.filter(**who, state="waiting", tries=0).first()
            (same or Delivery.objects.create(**who, made_at=at, next_at=at)).notices.add(*notices)
        Notice.objects.filter(pk__in=[n.pk for n in fresh]).update(handed_at=at)
    return len(fresh)


def _people(notices: list[Notice], on: dt.date) -> dict[int, list[tuple[User, str]]]:
    """Who each notice is for, with every role in which they are told it; people whose account is closed are not."""
    held = posts_on(on).filter(
        Q(role__in={n.role for n in notices if n.role}) | Q(user__in={n.user_id for n in notices if n.user_id})
    )
    posts = list(held.filter(user__is_active=True).select_related("user"))
    people = {n.pk: [(n.user, "")] if n.user and n.user.is_active else [] for n in notices}
    for n in notices:
        for p in posts:
            if p.user_id == n.user_id or (p.role == n.role and n.organisation_id in (None, p.organisation_id)):
                people[n.pk].append((p.user, p.role))
    return people


def _address(channel: str, user: User) -> str:
    return user.email if channel == "mail" else user.phone


def _send(topics: Topics, at: dt.datetime) -> Sent:
    usable = channels.configured()
    due = Delivery.objects.filter(state="waiting", next_at__lte=at, channel__in=usable).order_by("id")
    room = {
        channel: most - Delivery.objects.filter(channel=channel, tried_at__gt=at - MINUTE).count()
        for channel, most in channels.PER_MINUTE.items()
    }
    sent = failed = postponed = 0
    for delivery in due.select_related("user").prefetch_related("notices"):
        topic, channel = topics.get(delivery.topic), delivery.channel
        if topic is None:
            delivery.state, delivery.answer = "failed", "这种通知已不再定义"
        elif (later := _quiet_until(topic, channel, at)) or room.get(channel, 1) <= 0:
            delivery.next_at = later or at + MINUTE
            postponed += 1
        elif not _unread(delivery):
            delivery.state = "moot"
        elif _claim(delivery, at):
            if channel in room:
                room[channel] -= 1
            _try(delivery, topic, at)
            sent, failed = sent + (delivery.state == "sent"), failed + (delivery.state != "sent")
        else:
            continue
        delivery.save(update_fields=["state", "next_at", "answer"])
    if sent or failed:
        record("people.deliver", "people.delivery", None, at, {"sent": sent, "failed": failed})
    return Sent(sent, failed, postponed)


def _quiet_until(topic: Topic, channel: str, at: dt.datetime) -> dt.datetime | None:
    """The end of the quiet hours a moment falls into, for a channel that keeps them; None outside them."""
    if channel not in topic.quiet or topic.quiet_from == topic.quiet_until:
        return None
    here = timezone.localtime(at)
    begins, ends = topic.quiet_from, topic.quiet_until
    hushed = begins <= here.hour < ends if begins < ends else not ends <= here.hour < begins
    if not hushed:
        return None
    end = here.replace(hour=ends, minute=0, second=0, microsecond=0)
    return end if end > here else end + dt.timedelta(days=1)


def _unread(delivery: Delivery) -> list[Notice]:
    """What is still to be told: to a person what nobody on the seat has opened, to a group everything; oldest first."""
    told = sorted(delivery.notices.all(), key=lambda n: n.pk)
    return [n for n in told if n.opened_at is None] if delivery.channel in channels.PERSONAL else told


def _claim(delivery: Delivery, at: dt.datetime) -> bool:
    """Take a delivery for this try; False when another machine was faster."""
    before, delivery.tries, delivery.tried_at = delivery.tries, delivery.tries + 1, at
    same = Delivery.objects.filter(pk=delivery.pk, state="waiting", tries=before)
    return bool(same.update(tries=delivery.tries, tried_at=at))


def _try(delivery: Delivery, topic: Topic, at: dt.datetime) -> None:
    try:
        to = _address(delivery.channel, delivery.user) if delivery.user else ""
        delivery.answer = channels.send(delivery.channel, _message(delivery, topic, at), to)
        delivery.state = "sent"
    except channels.NotSent as fault:
        delivery.answer = str(fault)
        if delivery.tries > len(PAUSES):
            delivery.state = "failed"
        else:
            delivery.next_at = at + PAUSES[delivery.tries - 1]


def _message(delivery: Delivery, topic: Topic, at: dt.datetime) -> channels.Message:
    """The digest of a delivery: the same line for several people is told once; one notice alone is linked to itself."""
    as_it_is = delivery.channel not in channels.PERSONAL or (topic.direct and delivery.channel == "mail")
    facts = {}
    for n in _unread(delivery):
        link = n.link if as_it_is else reverse("notice", args=[n.pk])
        facts[n.line, n.link] = (n.line, settings.BASE_URL + link, n.subject, n.at.isoformat())
    told = tuple(facts.values())
    return channels.Message(
        number=delivery.pk, topic=delivery.topic, label=str(topic.label), facts=told,
        link=told[0][1] if len(told) == 1 else settings.BASE_URL + reverse("notices"),
        sms=topic.sms, at=int(at.timestamp()),
    )  # fmt: skip
