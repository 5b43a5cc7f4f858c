"""What a policy may cost in a year, and what became of it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Budget(models.Model):
    """A policy's money for a year, in whole fen: as the policy says (`amount`), as changed since (`adjusted`), set
    aside for what was approved (`reserved`), ordered to be paid (`committed`), paid (`spent`).

    Whoever changes it locks the row first; the database itself lets no row be overspent.
    """

    policy = models.CharField(max_length=80)
    year = models.PositiveSmallIntegerField()
    amount = models.BigIntegerField(default=0)
    adjusted = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    committed = models.BigIntegerField(default=0)
    spent = models.BigIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["-year", "policy"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["policy", "year"], name="budget_one_a_year"),
            models.CheckConstraint(
                condition=Q(amount__gte=0, reserved__gte=0, committed__gte=0, spent__gte=0)
                & Q(adjusted__gte=F("reserved") + F("committed") + F("spent") - F("amount")),
                name="budget_never_overspent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy} {self.year}"

    @property
    def whole(self) -> int:
        return self.amount + self.adjusted

    @property
    def promised(self) -> int:
        return self.reserved + self.committed

    @property
    def used(self) -> int:
        return self.promised + self.spent

    @property
    def free(self) -> int:
        return self.whole - self.used


class Movement(models.Model):
    """Money of a budget that went `from_stage` `to_stage` ("" : free; `amount` at both: an adjustment), in fen.

    `subject`: for which case, as events name it (`casework.case:12`).
    """

    budget = models.ForeignKey(Budget, models.PROTECT, related_name="movements")
    subject = models.CharField(max_length=120, blank=True, db_index=True)
    from_stage = models.CharField(max_length=10, blank=True)
    to_stage = models.CharField(max_length=10, blank=True)
    amount = models.BigIntegerField()
    because = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.budget}: {self.from_stage or '-'} → {self.to_stage or '-'} {self.amount}"
