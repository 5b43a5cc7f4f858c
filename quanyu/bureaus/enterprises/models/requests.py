"""What a firm asks for (企业诉求)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quanyu.casework.models import Case
from quanyu.people.models import Organisation


class Request(models.Model):
    """A firm's request beside its case: its kind, when the office first reacted, when it last gave its answer, and what
    the firm said of that (`stars` 1 to 5, `solved`). Kinds are the choices of the case type."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    responded_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    solved = models.CharField(max_length=10, blank=True)
    stars = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.organisation_id}"
