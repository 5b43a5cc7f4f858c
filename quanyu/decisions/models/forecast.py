"""What was foreseen, kept so that it can be held against what came."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quanyu.decisions.models.flow import SeriesRun


class Forecast(models.Model):
    """Every indicator's outlook from one period, by one series, with the targets that bind on a day. Rows only grow.

    `body`: indicator key → outlook as plain JSON (`quanyu.judgements.forecast`): points ahead with their intervals, the
    probability of reaching the target, the record of past forecasts. `digest` covers run, period, day and body.
    """

    digest = models.CharField(max_length=64)
    run = models.ForeignKey(SeriesRun, models.PROTECT, related_name="forecasts")
    period = models.CharField(max_length=20)
    on = models.DateField()
    body = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["run", "period", "id"], name="forecast_current")]

    def __str__(self) -> str:
        return f"{self.period} {self.digest[:12]}"
