"""Which promise is in force: the definitions as they were loaded, and since when each set has counted."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quanyu.people.models import User


class Revision(models.Model):
    """A set of packages exactly as read, never changed. `files`: path → text; `digest`: their sha256."""

    digest = models.CharField(max_length=64, unique=True)
    packages = models.JSONField()
    files = models.JSONField()
    loaded_at = models.DateTimeField()
    loaded_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return self.digest[:12]


class Adoption(models.Model):
    """A revision comes into force; the latest row counts. Loading an older revision again adopts it again.

    `beside`: it is another plan (the one before or after), kept to be looked at beside the plan in force.
    """

    revision = models.ForeignKey(Revision, models.PROTECT, related_name="adoptions")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    beside = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.revision} {self.at:%Y-%m-%d}"
