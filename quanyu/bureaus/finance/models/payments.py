"""Payments: ordered, sent, answered; and what comes back of those that were wrong."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from quanyu.bureaus.finance.models.accounts import Account
from quanyu.casework.models import Case
from quanyu.people.models import Organisation


class Batch(models.Model):
    """Payments that went to the bank or the treasury in one file; `total` in fen."""

    number = models.CharField(max_length=40, unique=True)
    layout = models.CharField(max_length=80)
    count = models.PositiveIntegerField()
    total = models.BigIntegerField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return self.number


class Payment(models.Model):
    """One payment of a case: whom, where, how much (fen). `state`: ordered, sent, paid, failed (with the bank's word).

    A failed one stays; paying again is a new one. A case has one that is not failed. Without an account it waits.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    policy = models.CharField(max_length=80)
    year = models.PositiveSmallIntegerField()
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    amount = models.BigIntegerField()
    number = models.CharField(max_length=40, unique=True)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, blank=True, related_name="payments")
    state = models.CharField(max_length=8, default="ordered")
    reason = models.CharField(max_length=200, blank=True)
    ordered_at = models.DateTimeField()
    paid_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["case"], condition=~Q(state="failed"), name="payment_one_alive")
        ]

    def __str__(self) -> str:
        return self.number


class Answer(models.Model):
    """A file of results that was taken in; the same file again does nothing. Sums in fen."""

    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    paid = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    total = models.BigIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return self.name


class Recovery(models.Model):
    """A payment that was wrong, all or in part, and how much of it came back (fen)."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="+")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="recoveries")
    due = models.BigIntegerField()
    returned = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.case)
