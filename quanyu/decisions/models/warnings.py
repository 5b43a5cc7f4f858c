"""What the clock saw about an indicator, and which firms could close a gap."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quanyu.casework.models import Case
from quanyu.decisions.models.flow import SeriesRun


class Warning(models.Model):
    """An indicator that somebody should look at: one at a time, handed as a case to the unit that answers for it.

    `findings`: what the rules found (`quanyu.judgements.alerts`), renewed silently while the case is open. `gone_at`:
    when the reasons were gone, or a new warning took over; what was dealt with and stays so is not raised again.
    """

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="+")
    indicator = models.CharField(max_length=80)
    period = models.CharField(max_length=20)
    severity = models.CharField(max_length=10)
    findings = models.JSONField(default=list)
    raised_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["case"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["indicator"], condition=models.Q(gone_at__isnull=True), name="one_warning_an_indicator"
            )
        ]

    def __str__(self) -> str:
        return str(self.case)


class LeverCount(models.Model):
    """The firms that each lever of the definitions points to, by the facts of one series: counted once, never changed.

    `body`: lever → [firm id, values of its tests as text].
    """

    run = models.OneToOneField(SeriesRun, models.PROTECT, primary_key=True, related_name="levers")
    body = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["run"]

    def __str__(self) -> str:
        return str(self.run)
