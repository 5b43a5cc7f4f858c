"""Who: people, the organisations they act for, the posts that join them, what was done, and what they were told."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person who logs in. What they may do comes from their posts alone; `is_superuser` opens nothing."""

    first_name = None
    last_name = None
    display_name = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=30, blank=True)

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def get_full_name(self) -> str:
        return self.display_name or self.username

    get_short_name = get_full_name

    def __str__(self) -> str:
        return self.get_full_name()


class Organisation(models.Model):
    """A department, firm, institute, bank, or a node of the area tree (province, city, zone, park).

    `key` names the ones that packages speak of; `code` is the 统一社会信用代码; `area` is the park or zone it sits in;
    `parent` the organisation above it. `kind` and `industry` are keys of the definitions in force.
    """

    key = models.SlugField(max_length=80, unique=True, null=True, blank=True)
    name = models.CharField(max_length=200, db_index=True)
    kind = models.CharField(max_length=40, db_index=True)
    code = models.CharField(max_length=18, unique=True, null=True, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    area = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="residents")
    industry = models.CharField(max_length=8, blank=True)
    size = models.CharField(max_length=12, blank=True)
    fictional = models.BooleanField(default=False)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A person holds a role at an organisation from a day on, up to (not on) `to_on`; open-ended when that is empty."""

    user = models.ForeignKey(User, models.PROTECT, related_name="posts")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="posts")
    role = models.CharField(max_length=60)
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(to_on__isnull=True) | models.Q(to_on__gt=models.F("from_on")),
                name="post_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}·{self.role}·{self.organisation}"


class Event(models.Model):
    """One thing done, by whom, when, to what: only ever added. `subject` names a row: `facts.report:123`.

    It lives here because every room above writes one with each act. `by` is empty when the system itself acted.
    `number` counts from 1 without gaps; `digest` seals the event over the one before it (`quanyu.people.chain`).
    """

    number = models.PositiveBigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    act = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    body = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject", "id"], name="event_subject"),
            models.Index(fields=["act", "id"], name="event_act"),
            models.Index(fields=["by", "act"], name="event_by_act"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.subject}"


class ChainHead(models.Model):
    """The one row that knows the last event: writers lock it, and an event cut off the end is missed by it.

    `verified_at`, `verified_number`, `fault`: when the chain was last walked, how far, what was wrong ("" : nothing).
    """

    number = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64)
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_number = models.PositiveBigIntegerField(default=0)
    fault = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


class Notice(models.Model):
    """One line of fact and one link, for a person or for whoever sits on a seat (a role, at one organisation or any).

    `topic` is a key of the definitions. Opened once is opened for the whole seat; `handed_at`: given to the channels.
    """

    topic = models.CharField(max_length=80)
    line = models.CharField(max_length=300)
    link = models.CharField(max_length=300)
    subject = models.CharField(max_length=120, blank=True)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="notices")
    role = models.CharField(max_length=60, blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["role", "organisation"], name="notice_to_seat"),
            models.Index(fields=["id"], condition=models.Q(handed_at__isnull=True), name="notice_to_hand_over"),
        ]

    def __str__(self) -> str:
        return self.line


class Delivery(models.Model):
    """One message out: the notices of a topic, over a channel, to a person or (no `user`) to the group behind it.

    `state`: waiting, sent, failed (given up) or moot (everybody had read it before it went). `answer` never holds an
    address with its key.
    """

    channel = models.CharField(max_length=20)
    topic = models.CharField(max_length=80)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="deliveries")
    notices = models.ManyToManyField(Notice, related_name="deliveries")
    state = models.CharField(max_length=10, default="waiting")
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    next_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        verbose_name_plural = "deliveries"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_at"], condition=models.Q(state="waiting"), name="delivery_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.topic} {self.state}"
