"""How a firm's own ledger is read."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from quanyu.people.models import Organisation


class LedgerMapping(models.Model):
    """What the columns of an organisation's ledger mean, and where its cost categories go, as last confirmed.

    `columns`: title → `date`, `category`, `amount`, a field name, or "" (not used). `categories`: word → field name or
    "". `unit`: in which amounts stand.
    """

    ledger = models.CharField(max_length=60)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    columns = models.JSONField(default=dict)
    categories = models.JSONField(default=dict)
    unit = models.CharField(max_length=40)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["ledger", "organisation"], name="ledger_mapping_one_a_ledger")
        ]

    def __str__(self) -> str:
        return f"{self.ledger} {self.organisation_id}"
