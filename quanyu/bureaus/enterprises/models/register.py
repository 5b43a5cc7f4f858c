"""The file of a firm: what was changed in it and why, what each source says, and who looks after it (挂点)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from quanyu.people.models import Organisation


class Entry(models.Model):
    """One line of a firm's file, only ever added: a field, who says it (a role's key), since when, written down when.

    Values are text: a day in ISO, the key of a size or industry, the name of an area.
    """

    field = models.CharField(max_length=20)
    source = models.CharField(max_length=60)
    on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.field} {self.on}"


class Change(Entry):
    """The register took another value (renamed, moved, reclassified), or a disagreement was settled: then `before` and
    `after` may be the same."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="changes")
    before = models.CharField(max_length=200, blank=True)
    after = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300)


class Saying(Entry):
    """What one source says of a firm; of one source the last word counts."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="sayings")
    value = models.CharField(max_length=200)


class Liaison(models.Model):
    """An officer looks after a firm from a day on, up to (not on) `to_on`; open-ended when that is empty."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="liaisons")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organisation"], condition=models.Q(to_on__isnull=True), name="liaison_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.officer}→{self.organisation_id}"
