"""What the office decided about a report that was filed."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from quanyu.people.models import Organisation


class Verdict(models.Model):
    """One version of a filed report was passed (放行) or not: given back, or a pass undone. The latest row counts.

    `version` is that of `facts.Report`: a corrected report is looked at anew. Rows are only ever added.
    """

    form = models.CharField(max_length=40)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    period = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    passed = models.BooleanField()
    why = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["form", "period", "organisation"], name="verdict_report")
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.organisation_id} {self.period} v{self.version} {self.passed}"
