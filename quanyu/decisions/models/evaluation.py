"""Evaluation rounds: what was frozen when each was opened."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quanyu.casework.models import Case


class Evaluation(models.Model):
    """One round of evaluating the plan (年度, 中期, 总结), with its sealed envelope.

    The digests name what it was judged by; `body` holds every verdict, outcome, course and index as they then were
    (`decisions.reads.evaluation.frozen`), and is never written again. `on`: the day whose targets and rulings bind.
    """

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="+")
    kind = models.CharField(max_length=40)
    period = models.CharField(max_length=20)
    on = models.DateField()
    snapshot = models.CharField(max_length=64)
    series = models.CharField(max_length=64)
    revision = models.CharField(max_length=64)
    assessment = models.CharField(max_length=64)
    body = models.JSONField()
    frozen_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-period", "-case"]

    def __str__(self) -> str:
        return str(self.case)
