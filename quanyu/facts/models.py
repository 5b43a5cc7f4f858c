"""What was reported: reports, titles held, files taken in, snapshots made. Rows are only ever added.

A correction is a new row that names its reason; "current" is the latest version, found by query and never stored.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from quanyu.people.models import Organisation


class Report(models.Model):
    """One version of what an organisation reported on a form for a period; the highest `version` counts.

    `line` tells apart the rows of a form that has many for one period (one per published quantity, one per project);
    "" for ordinary forms. `cells`: field name → integer, decimal as text, text or ISO date, in the field's unit; empty
    cells are absent. `withdrawn` versions carry no cells and end their predecessor. `filed_on` is the zone's calendar
    day of `filed_at`; `late` says that day was past the form's due date.
    """

    class Status(models.TextChoices):
        FILED = "filed", "已报"
        WITHDRAWN = "withdrawn", "已撤回"

    form = models.CharField(max_length=40)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="reports")
    period = models.CharField(max_length=20)
    line = models.CharField(max_length=120, blank=True, default="")
    version = models.PositiveIntegerField(default=1)
    cells = models.JSONField(default=dict)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.FILED)
    reason = models.CharField(max_length=300, blank=True, default="")
    source = models.CharField(max_length=300, blank=True, default="")
    late = models.BooleanField(default=False)
    filed_at = models.DateTimeField()
    filed_on = models.DateField()
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Also the index of every question asked: a form's period, an organisation's history, the latest version.
            models.UniqueConstraint(
                fields=["form", "period", "organisation", "line", "version"], name="report_one_row_per_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.organisation_id} {self.period} v{self.version}"


class Standing(models.Model):
    """A title, licence or right that an organisation (or a person there) holds until, not on, `valid_to`.

    `title` is a key of the titles defined, `decision` the paper that granted it. A mistake is mended by a new row that
    `corrects` the old one; an `annulled` row only says that the corrected one never held.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="standings")
    person = models.CharField(max_length=60, blank=True, default="")
    title = models.CharField(max_length=60)
    level = models.CharField(max_length=40, blank=True, default="")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    decision = models.CharField(max_length=200, blank=True, default="")
    reason = models.CharField(max_length=300, blank=True, default="")
    annulled = models.BooleanField(default=False)
    corrects = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="corrected_by")
    recorded_at = models.DateTimeField()
    recorded_on = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["title", "valid_from"], name="standing_title")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="standing_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.organisation_id} {self.valid_from}"


class Import(models.Model):
    """A file taken in: its name and sha256, what it was read as, how many rows were loaded, unchanged and refused."""

    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=60)  # form key, or "standings"
    period = models.CharField(max_length=20, blank=True, default="")
    rows = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField()
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.file_name} {self.at:%Y-%m-%d}"


class Snapshot(models.Model):
    """The facts as they stood at one moment, sealed: `digest` names the manifest, the manifest every file.

    `revision` is the digest of the definitions whose contracts shaped it.
    """

    digest = models.CharField(max_length=64, db_index=True)
    frozen_at = models.DateTimeField()
    revision = models.CharField(max_length=64)
    path = models.CharField(max_length=200)
    rows = models.PositiveBigIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.digest[:12]} {self.frozen_at:%Y-%m-%d %H:%M}"
