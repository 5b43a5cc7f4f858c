"""Two entries of the register that are one firm, or are not."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from quanyu.people.models import Organisation


class Merging(models.Model):
    """A judgement on two entries, only ever added; the last one on them counts.

    `same`: `absorbed` is the same firm as `kept` and stands under it, with all that was ever filed for it. Otherwise
    they are two firms: a candidate turned down, or a merging undone. `closed_before`: what `absorbed.closed_on` was.
    `titles`: the standings of `absorbed` that were `annulled` and those `granted` to `kept` instead (ids).
    """

    kept = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    absorbed = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    same = models.BooleanField()
    because = models.CharField(max_length=300)
    closed_before = models.DateField(null=True, blank=True)
    titles = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.absorbed_id} {'=' if self.same else '≠'} {self.kept_id}"
