"""What a firm was asked about its figures."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quanyu.casework.models import Case
from quanyu.people.models import Organisation


class Verification(models.Model):
    """A letter (核实函) to a firm about a year whose calibers differ by more than the rules explain.

    `figures`: what stood at sending, one entry a caliber compared (`reads.crosscheck.FirmYear.plain`).
    """

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    figures = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar[list[str]] = ["case"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "year"], name="verification_firm")
        ]

    def __str__(self) -> str:
        return str(self.case)
