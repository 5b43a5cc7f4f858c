"""Year-end appraisals: the sheets of all units for one year, what was decided on objections, and when it was frozen."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quanyu.casework.models import Case


class Appraisal(models.Model):
    """All units appraised for a year by a scheme of a revision, on the assessment that closes the year.

    `body`: role → sheet (`quanyu.judgements.appraisal`); `extras`: role → lines decided on objection; `vetoes`: role →
    [{key, evidence, by, at}]. Until `frozen_at` the sheets may be computed again; after it nothing changes.
    """

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="+")
    scheme = models.CharField(max_length=80)
    year = models.PositiveSmallIntegerField()
    revision = models.CharField(max_length=64)
    assessment = models.CharField(max_length=64)
    body = models.JSONField(default=dict)
    extras = models.JSONField(default=dict)
    vetoes = models.JSONField(default=dict)
    frozen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-year", "-case"]

    def __str__(self) -> str:
        return f"{self.scheme} {self.year}"
