"""Rules that the zone switched, and from when."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class Switch(models.Model):
    """From a day on, a rule of the packages (an edit of a form or a screening rule) is on or off, or has other limits.

    The latest row with `from_on` not after the day asked for counts; without one the rule stands as its package says.
    `limits`: name → number as text, over those of the package. Rows are only ever added.
    """

    rule = models.CharField(max_length=80)
    on = models.BooleanField()
    limits = models.JSONField(default=dict)
    from_on = models.DateField()
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["rule", "from_on"], name="switch_rule")]

    def __str__(self) -> str:
        return f"{self.rule} {'on' if self.on else 'off'} {self.from_on}"
