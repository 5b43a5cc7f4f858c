"""Every policy held against every firm on a day: what came of it, and under which digest the results lie."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Match(models.Model):
    """One pass over all firms and all policies in force on a day. Rows only grow; equal inputs are one match.

    `digest` covers day, snapshot and revision and names the folder `QUANYU_HOME/matches/<digest>/`, where the verdicts
    lie as Parquet. `counts`: policy key → how many firms in each state, and `sum`, the yuan it would pay, as text.
    """

    digest = models.CharField(max_length=64, unique=True)
    on = models.DateField()
    snapshot = models.CharField(max_length=64)
    revision = models.CharField(max_length=64)
    firms = models.PositiveIntegerField()
    counts = models.JSONField(default=dict)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.on} {self.digest[:12]}"
