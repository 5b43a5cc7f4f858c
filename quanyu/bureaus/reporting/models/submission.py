"""What a firm handed in: the receipt, and who answers for it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from quanyu.people.models import Organisation


class Submission(models.Model):
    """A report handed in by a firm. It becomes `facts.Report` rows when the person responsible confirms it.

    `number` is printed on the receipt. `content`: line ("" for an ordinary form) → clean cells. `notes`: code of a
    核实性 check → explanation. `digest` seals form, organisation, period and content, so that a retry is recognised.
    `ended_*`: who sent it back (`declined` by the firm's own head, `returned` by the office) or took it back, and why.
    """

    class State(models.TextChoices):
        AWAITING = "awaiting", _("待确认")
        FILED = "filed", _("已报")
        DECLINED = "declined", _("未确认")
        RETURNED = "returned", _("已退回")
        WITHDRAWN = "withdrawn", _("已撤回")
        SUPERSEDED = "superseded", _("已更正")

    number = models.CharField(max_length=60, unique=True)
    form = models.CharField(max_length=40)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="submissions")
    period = models.CharField(max_length=20)
    content = models.JSONField()
    origins = models.JSONField(default=dict)
    notes = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True, default="")
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=State.choices, default=State.AWAITING)
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    ended_why = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["form", "period", "organisation"], name="submission_report")
        ]

    def __str__(self) -> str:
        return self.number
