"""What might be: numbers of policies as somebody would set them, kept to be looked at and compared."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models


class Scenario(models.Model):
    """Changed numbers of one or several policies, looked at as of a day. Never edited: another one is made from it.

    `changes`: policy → parameter → number as text, in the parameter's unit. `target`: whom the policies are meant for
    (a yes/no trait; "": firms that would have it if any one condition were waived). `judged`: firms that only await
    people's judgement are counted in.
    """

    title = models.CharField(max_length=80)
    changes = models.JSONField()
    on = models.DateField()
    because = models.CharField(max_length=300)
    target = models.CharField(max_length=80, blank=True, default="")
    judged = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return self.title
