"""Directives: what somebody was told to do by a day, how far they are, and the slips they were sent."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quanyu.casework.models import Case
from quanyu.people.models import Organisation, User


class Directive(models.Model):
    """A matter under supervision (督办事项): the plan's task or indicator it is about, and who answers for it.

    The course itself (立项 … 销号) is the case. `lead` at `lead_role` does the work; `supports`: [role, organisation id
    or null] of the units that report their part. `leader` (or `leader_name`) is in charge (挂点领导). `progress` in per
    cent, as the lead unit reported it. `late_since`: the first day it was late; `caught_up_on`: the day the unit caught
    up, which shows as 曾滞后 until that quarter ends.
    """

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="+")
    task = models.CharField(max_length=80, blank=True, db_index=True)
    indicator = models.CharField(max_length=80, blank=True, db_index=True)
    requirement = models.TextField()
    lead_role = models.CharField(max_length=60)
    lead = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    supports = models.JSONField(default=list)
    leader = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    leader_name = models.CharField(max_length=60, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    given_on = models.DateField()
    due_on = models.DateField(db_index=True)
    late_since = models.DateField(null=True, blank=True)
    caught_up_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["case"]

    def __str__(self) -> str:
        return str(self.case)

    @property
    def in_charge(self) -> str:
        return str(self.leader) if self.leader else self.leader_name

    @property
    def shown_progress(self) -> int:
        """Per cent as shown: whole once the unit has handed it in."""
        return 100 if self.case.phase in ("check", "done") else self.progress


class SlipIssued(models.Model):
    """A slip sent to the lead unit of a directive: level (`slip` of the definitions), number, the day it warned of.

    The clock sends each level once for a deadline; by hand (`by`) it may be sent again.
    """

    directive = models.ForeignKey(Directive, models.PROTECT, related_name="slips")
    slip = models.CharField(max_length=40)
    number = models.CharField(max_length=60, unique=True)
    due_on = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        verbose_name_plural = "slips issued"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["directive", "slip", "due_on"], condition=models.Q(by=None), name="slip_once_by_the_clock"
            )
        ]

    def __str__(self) -> str:
        return self.number
