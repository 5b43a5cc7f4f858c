"""Which colleague may fill which form."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from quanyu.people.models import Organisation


class FormGrant(models.Model):
    """A person may fill one form of an organisation from a day on, up to (not on) `to_on`.

    Where a form has no grant in force at an organisation, everybody there who holds its filling role fills it; where it
    has some, only those named.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="form_grants")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    form = models.CharField(max_length=40)
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["organisation", "form"], name="form_grant")]

    def __str__(self) -> str:
        return f"{self.user} {self.form} {self.organisation_id}"
