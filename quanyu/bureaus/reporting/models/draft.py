"""What a firm has typed and not yet handed in."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from quanyu.people.models import Organisation


class Draft(models.Model):
    """The one working copy of a report that an organisation keeps for a period; it may hold anything, wrong cells too.

    `cells`: field name → what was typed, as text. `lines`: for forms with many lines, a list of such mappings in order.
    `origins`: field name → where a prefilled cell came from (typed cells are absent). `notes`: code of a 核实性 check →
    the firm's explanation. `version` counts the saves, so that two desks at one draft are noticed.
    """

    form = models.CharField(max_length=40)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="drafts")
    period = models.CharField(max_length=20)
    cells = models.JSONField(default=dict)
    lines = models.JSONField(default=list)
    origins = models.JSONField(default=dict)
    notes = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["form", "period", "organisation"], name="draft_one_a_report")
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.organisation_id} {self.period} ({self.version})"
