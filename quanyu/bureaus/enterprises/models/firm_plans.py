"""One firm, one plan (一企一策): a goal on the ladder and the measures that lead there."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quanyu.casework.models import Case
from quanyu.people.models import Organisation, User


class FirmPlan(models.Model):
    """The plan of a firm: its `goal` is a rung; the case knows who looks after it and until when the next step."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    goal = models.CharField(max_length=40)

    class Meta:
        ordering: ClassVar[list[str]] = ["case"]

    def __str__(self) -> str:
        return str(self.case)


class PlanMeasure(models.Model):
    """One thing to do: by the role `owner`, until `due_on`; `condition`: the key of the condition it is to meet."""

    plan = models.ForeignKey(FirmPlan, models.PROTECT, related_name="measures")
    text = models.CharField(max_length=300)
    owner = models.CharField(max_length=60)
    due_on = models.DateField()
    condition = models.CharField(max_length=60, blank=True, default="")
    done_on = models.DateField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["due_on", "id"]

    def __str__(self) -> str:
        return self.text
