"""Who: people, the organisations they act for, the posts that join them, and the record of what was done."""

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
    """

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
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.subject}"
