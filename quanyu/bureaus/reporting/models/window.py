"""When a period is collected, and who was given more time."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from quanyu.people.models import Organisation


class Window(models.Model):
    """The collecting of one form for one period. `open`: firms file, correct and withdraw. `closed`: only with an
    extension, or by a correction case. `locked`: the figures are final; only a correction case changes them.

    `due_on` is the last day that is not late. `reason` of the last reopening.
    """

    class State(models.TextChoices):
        OPEN = "open", "填报中"
        CLOSED = "closed", "已截止"
        LOCKED = "locked", "已锁定"

    form = models.CharField(max_length=40)
    period = models.CharField(max_length=20)
    opens_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    reason = models.CharField(max_length=300, blank=True, default="")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reminded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-due_on", "form"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["form", "period"], name="window_one_a_period")
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.period} {self.state}"


class Extension(models.Model):
    """One organisation may file until a day after the due day without being late, for a reason."""

    window = models.ForeignKey(Window, models.PROTECT, related_name="extensions")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    until = models.DateField()
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.until}"
