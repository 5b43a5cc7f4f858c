"""Innovation vouchers: what a firm was given, where it used it, what it was worth; and who is tied to whom."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quanyu.casework.models import Case
from quanyu.people.models import Organisation


class Voucher(models.Model):
    """One voucher from application to settlement. Amounts are whole fen; a step not yet taken leaves its column empty.

    `face`: the most it may pay. `price`: what firm and provider agreed. `due`: what the scheme pays of it. `risks`:
    keys of the rules that hit when payment was asked for; `inspected`: the office looked and found it in order.
    """

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="+")
    policy = models.CharField(max_length=80)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="vouchers")
    provider = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="served_vouchers")
    year = models.PositiveSmallIntegerField()
    category = models.CharField(max_length=40)
    face = models.BigIntegerField()
    price = models.BigIntegerField(null=True, blank=True)
    due = models.BigIntegerField(null=True, blank=True)
    invoice = models.CharField(max_length=40, blank=True)
    rating = models.PositiveSmallIntegerField(null=True, blank=True)
    risks = models.JSONField(default=list)
    inspected = models.BooleanField(default=False)
    used_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-case"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["policy", "year"], name="voucher_of_a_year"),
            models.Index(fields=["invoice"], name="voucher_invoice", condition=~models.Q(invoice="")),
        ]

    def __str__(self) -> str:
        return str(self.case)


class Tie(models.Model):
    """A person or owner that stands behind an organisation (法定代表人、股东、实际控制人), as a source says.

    Two organisations with the same `who` are one family, and no voucher pays for a service inside a family.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="ties")
    who = models.CharField(max_length=120)
    kind = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["organisation", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "who"], name="tie_told_once")
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.who}"
