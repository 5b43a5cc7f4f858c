"""Firms that somebody goes and sees (跟踪调度)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quanyu.casework.models import Case
from quanyu.people.models import Organisation


class FollowUp(models.Model):
    """One firm followed up because of a report: why, what the last visit found, what was promised for when.

    `cause` and `result` are answers of the case type's questions, by their keys; each visit is a step of the case.
    """

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    form = models.CharField(max_length=40)
    period = models.CharField(max_length=20)
    why = models.CharField(max_length=300)
    cause = models.CharField(max_length=40, blank=True, default="")
    visited_on = models.DateField(null=True, blank=True)
    promised_on = models.DateField(null=True, blank=True)
    result = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.period}"
