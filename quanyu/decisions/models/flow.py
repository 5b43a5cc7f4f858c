"""What shall be done, and on what grounds: which series was measured, and how every indicator stood by it.

Both tables only ever gain rows. A digest names content; the same content measured again is the same row while it is
current.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class SeriesRun(models.Model):
    """A series was built from a snapshot under a revision. The latest run with no `as_of` is the one in use.

    `digest`, `snapshot`, `revision` name the artefacts (sha256); the figures themselves lie under QUANYU_HOME.
    `as_of`: facts as known on that past day; empty for the facts as known now. `until`: the last month measured,
    `2024-09`.
    """

    digest = models.CharField(max_length=64, db_index=True)
    snapshot = models.CharField(max_length=64)
    revision = models.CharField(max_length=64)
    as_of = models.DateField(null=True, blank=True)
    until = models.CharField(max_length=10)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return self.digest[:12]


class Assessment(models.Model):
    """Every indicator judged for one period by one series, with the targets and rulings that bind on a day.

    `body`: indicator key → verdict as plain JSON (`quanyu.judgements.verdict`). `digest` covers run, period, day and
    body.
    """

    digest = models.CharField(max_length=64, db_index=True)
    run = models.ForeignKey(SeriesRun, models.PROTECT, related_name="assessments")
    period = models.CharField(max_length=20)
    on = models.DateField()
    body = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["run", "period", "id"], name="assessment_current")
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.digest[:12]}"
