"""What departments hand in as files, and how the columns of each kind of file are read."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from quanyu.facts.models import Import


class ColumnMapping(models.Model):
    """What the columns of a file mean whose titles the form does not know, as last confirmed.

    `digest`: of the titles, so that the same kind of file is recognised. `columns`: title as
    `quanyu.facts.sheets.heading` reduces it → field name or column of the firm or period. `unit`: in which amounts
    stand where a title does not say ("" : the form's own).
    """

    form = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    columns = models.JSONField(default=dict)
    unit = models.CharField(max_length=40, blank=True, default="")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["form", "digest"], name="column_mapping_one_a_kind_of_file")
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.digest[:12]}"


class SuppliedFile(models.Model):
    """A file that a department handed in. `content` is kept only until it is loaded or dropped, then emptied for good.

    `taken`: what loading it came to. `refused`: the rows not loaded, as CSV with what is wrong with each.
    """

    class State(models.TextChoices):
        PENDING = "pending", "待载入"
        LOADED = "loaded", "已载入"
        DROPPED = "dropped", "已放弃"

    form = models.CharField(max_length=40)
    period = models.CharField(max_length=20, blank=True, default="")
    name = models.CharField(max_length=200)
    content = models.BinaryField(null=True)
    refused = models.BinaryField(null=True)
    taken = models.ForeignKey(Import, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["form", "state"], name="supplied_form")]

    def __str__(self) -> str:
        return self.name
