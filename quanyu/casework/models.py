"""Cases, what was asked and answered in them, their documents, and who stands in for whom.

What happened to a case is told by its events (`people.Event`, subject `casework.case:<id>`), never edited.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from quanyu.people.models import Organisation, User

RUNNING = models.Q(closed_at__isnull=True)
AWAITED = models.Q(answered_at__isnull=True, withdrawn_at__isnull=True)


class Case(models.Model):
    """One matter on its way through the states of its type, as that type stood in the revision it was opened under.

    `parties`: party key → [role, organisation id or null (any organisation)]. The holder is the party that must act:
    `holder_role` at `holder_organisation` (empty: any), or the one person `holder` it was handed to; none when closed.
    `due_on`: the last day of the present state; empty when it has none, or while `awaits_year` names the first year
    whose days off are not announced yet. `paused_on`: the clock stands since that day; `stood`: working days it has
    stood before in this state. `clock_on`: the next day the clock has to look at the case. `subject`: what it is about
    (`indicator:rd_to_gdp`). `version` grows with every step, so that of two people acting at once one wins.
    """

    type = models.CharField(max_length=80)
    revision = models.CharField(max_length=64)
    number = models.CharField(max_length=60, blank=True)
    title = models.CharField(max_length=300)
    subject = models.CharField(max_length=120, blank=True, db_index=True)
    state = models.CharField(max_length=60)
    phase = models.CharField(max_length=10)
    parties = models.JSONField(default=dict)
    form = models.JSONField(default=dict)
    holder_role = models.CharField(max_length=60, blank=True)
    holder_organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    holder = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField()
    entered_at = models.DateTimeField()
    acted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    acted_at = models.DateTimeField()
    action = models.CharField(max_length=60, blank=True)
    agreed_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    awaits_year = models.PositiveSmallIntegerField(null=True, blank=True)
    paused_on = models.DateField(null=True, blank=True)
    stood = models.PositiveSmallIntegerField(default=0)
    clock_on = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["holder_role", "holder_organisation", "due_on"], condition=RUNNING, name="case_held_by_role"
            ),
            models.Index(fields=["holder", "due_on"], condition=RUNNING, name="case_held_by_person"),
            models.Index(fields=["due_on"], condition=RUNNING, name="case_due"),
            models.Index(fields=["clock_on"], condition=models.Q(clock_on__isnull=False), name="case_clock"),
            models.Index(fields=["awaits_year"], condition=models.Q(awaits_year__isnull=False), name="case_awaits"),
            models.Index(fields=["type", "phase", "id"], name="case_by_type"),
            models.Index(fields=["opened_by", "id"], name="case_opened_by"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}".strip()

    @property
    def tag(self) -> str:
        """How events name this case."""
        return f"casework.case:{self.pk}"

    def sits(self, party: str) -> tuple[str, int | None]:
        """(role, organisation id) of a party; ("", None) where it has none in this case."""
        role, organisation = self.parties.get(party, ("", None))
        return role, organisation


class Document(models.Model):
    """A file of a case, kept by the digest of its content under QUANYU_HOME/documents; `size` in bytes."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="documents")
    digest = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    action = models.CharField(max_length=60, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return self.name


class Opinion(models.Model):
    """What one side is asked to say in a case, beside whoever holds it, and what it said.

    Asked of a role at an organisation (empty: any), or of one person. `open`: others may read it before all who were
    asked along with it have answered. `due_on`: `within` working days after asking, or empty while `awaits_year`.
    `answer`: `agree`, `object`, `done` or "" while awaited; `form`: scores and other answers.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="opinions")
    role = models.CharField(max_length=60, blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    question = models.CharField(max_length=300)
    asked_at = models.DateTimeField()
    within = models.PositiveSmallIntegerField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    awaits_year = models.PositiveSmallIntegerField(null=True, blank=True)
    open = models.BooleanField(default=True)
    answer = models.CharField(max_length=20, blank=True)
    text = models.TextField(blank=True)
    form = models.JSONField(default=dict)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["role", "organisation"], condition=AWAITED, name="opinion_awaited")
        ]

    def __str__(self) -> str:
        return f"{self.case}·{self.question}"


class Delegation(models.Model):
    """Somebody stands in for somebody else's cases from a day on, up to (not on) `to_on`; open-ended when empty."""

    giver = models.ForeignKey(User, models.PROTECT, related_name="delegations_given")
    taker = models.ForeignKey(User, models.PROTECT, related_name="delegations_taken")
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)
    because = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.giver}→{self.taker}"


class Counter(models.Model):
    """The last number given out in a series of numbers (督办〔2026〕…号)."""

    name = models.CharField(max_length=120, unique=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.name} {self.last}"
