"""Where firms are paid."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from quanyu.people.models import Organisation


class Account(models.Model):
    """A bank account of an organisation as its own people entered it. A change is a new row; payments keep the old one.

    The number is shown in full to its own organisation alone and to the bank's file; everywhere else its last four
    digits stand for it, in events too.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    holder = models.CharField(max_length=120)
    bank = models.CharField(max_length=120)
    number = models.CharField(max_length=32)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organisation"], condition=models.Q(replaced_at__isnull=True), name="account_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.bank}（尾号 {self.number[-4:]}）"
