"""What firms say of a policy, and what the office makes of it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from quanyu.people.models import Organisation


class SurveyAnswer(models.Model):
    """One firm's answers about a policy in a year; answering again in the same year takes the place of the first."""

    survey = models.CharField(max_length=80)
    policy = models.CharField(max_length=80)
    year = models.PositiveSmallIntegerField()
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    answers = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["policy", "year", "organisation", "survey"], name="survey_answered_once")
        ]

    def __str__(self) -> str:
        return f"{self.policy} {self.year} {self.organisation_id}"


class Review(models.Model):
    """The yearly decision about a policy, with what stood then (`figures`): keep, adjust or stop it."""

    class Outcome(models.TextChoices):
        KEEP = "keep", "保留"
        ADJUST = "adjust", "调整"
        STOP = "stop", "停止"

    policy = models.CharField(max_length=80)
    year = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    because = models.CharField(max_length=500)
    figures = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.policy} {self.year} {self.outcome}"
