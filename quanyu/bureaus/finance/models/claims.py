"""Who is to be paid under which policy, and the public notices that say so."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quanyu.bureaus.finance.models.accounts import Account
from quanyu.casework.models import Case
from quanyu.people.models import Organisation


class Entitlement(models.Model):
    """One line of a list (免申即享名单): a firm has a policy on the day the list was drawn up, and this much (fen)."""

    policy = models.CharField(max_length=80)
    year = models.PositiveSmallIntegerField()
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    amount = models.BigIntegerField()
    rank = models.DecimalField(max_digits=30, decimal_places=6, null=True)
    drawn_up_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["organisation"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["policy", "year", "organisation"], name="entitlement_listed_once")
        ]

    def __str__(self) -> str:
        return f"{self.policy} {self.organisation_id} {self.amount}"


class Publicity(models.Model):
    """A public notice (公示): the claims under one policy announced on one day, open to objections `until`."""

    policy = models.CharField(max_length=80)
    number = models.CharField(max_length=40)
    from_on = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["policy", "from_on"], name="publicity_one_a_day")
        ]

    def __str__(self) -> str:
        return self.number


class Claim(models.Model):
    """One firm's claim under a policy. `amount`: what the policy gives (fen); `granted`: what the budget lets be paid.

    `term` stops a second one: the year, or `once` where the policy pays once. `ended`: without payment. What was
    done is told by what is there: `granted`, `publicity`, `confirmed_at`, `paid_on`.
    """

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="+")
    policy = models.CharField(max_length=80, db_index=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    term = models.CharField(max_length=8)
    amount = models.BigIntegerField()
    granted = models.BigIntegerField(null=True, blank=True)
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    publicity = models.ForeignKey(Publicity, models.PROTECT, null=True, blank=True, related_name="claims")
    paid_on = models.DateField(null=True, blank=True)
    ended = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["case"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["policy", "organisation", "term"], condition=models.Q(ended=False), name="claim_no_second_one"
            )
        ]

    def __str__(self) -> str:
        return str(self.case)

    @property
    def payable(self) -> int:
        """What is or would be paid, in fen."""
        return self.amount if self.granted is None else self.granted


class Objector(models.Model):
    """Who objected to a claim on a public notice, kept beside the case of the objection and out of the record."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="+")
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="objectors")
    name = models.CharField(max_length=60)
    contact = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name
