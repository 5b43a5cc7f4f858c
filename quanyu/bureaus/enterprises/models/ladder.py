"""Which firms the office nurtures for which rung of the ladder."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from quanyu.people.models import Organisation


class PoolEntry(models.Model):
    """A firm is in a pool (入库) from a day on, up to (not on) `to_on`; why it came, and why it went."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    pool = models.CharField(max_length=40)
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)
    because = models.CharField(max_length=300)
    left_because = models.CharField(max_length=300, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["pool", "organisation"], condition=models.Q(to_on=None), name="pool_entry_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pool} {self.organisation_id} {self.from_on}"
