"""Bulletins: what the zone says of a quarter, on the ground of one assessment."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quanyu.casework.models import Case
from quanyu.decisions.models.flow import Assessment


class Bulletin(models.Model):
    """A bulletin about a period (`2025-Q4`, `2026-YTD10`), composed from an assessment when its case was opened.

    `body`: the paragraphs as composed, plain JSON (`quanyu.decisions.reads.bulletin.compose`). `said`: indicator key →
    why it lags, in the desk's words. `reply_on`: the day units answer by. `approved_on`: 成文日期, the day of consent.
    """

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="bulletin")
    period = models.CharField(max_length=20, db_index=True)
    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="+")
    body = models.JSONField()
    said = models.JSONField(default=dict)
    reply_on = models.DateField(null=True, blank=True)
    approved_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-case_id"]

    def __str__(self) -> str:
        return self.case.title

    @property
    def tag(self) -> str:
        """How events name this bulletin; the steps of its case are told under the case."""
        return f"decisions.bulletin:{self.pk}"
