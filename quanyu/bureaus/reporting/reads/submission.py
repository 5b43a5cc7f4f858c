"""What was handed in, who must confirm it, and two kinds of signed addresses: to confirm, and to verify a receipt."""

from __future__ import annotations

import datetime as dt

from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from quanyu.bureaus.reporting.models import Submission
from quanyu.casework.models import Case
from quanyu.people.models import Organisation, User
from quanyu.people.reads import posts_on
from quanyu.registry.model import Form, Registry

CORRECTION = "reporting.correction"
COUNTS = (Submission.State.AWAITING, Submission.State.FILED)
"""The states of a submission that nobody has ended."""
DAYS = "reporting_confirm_days"
"""The package setting: for how many days after handing in a link confirms."""


def tag(submission: Submission) -> str:
    """How events and cases name a submission."""
    return f"reporting.submission:{submission.pk}"


def submissions(form: str, organisation: Organisation, period: str) -> QuerySet[Submission]:
    """Everything handed in for one report, newest first."""
    return Submission.objects.filter(form=form, organisation=organisation, period=period)


def confirmers(form: Form, organisation: Organisation, on: dt.date) -> list[User]:
    """The people who answer for an organisation's report of this form."""
    posts = posts_on(on).filter(role=form.confirmed_by, organisation=organisation, user__is_active=True)
    return list(dict.fromkeys(p.user for p in posts.select_related("user")))


def asked_correction(submission: Submission) -> Case | None:
    """The case in which the office decides about a correction after the window, while it runs."""
    return Case.objects.filter(type=CORRECTION, subject=tag(submission), closed_at=None).first()


def state_words(submission: Submission) -> str:
    """已报, 待确认 …; a confirmed correction after the window says that the office has not decided yet."""
    if submission.state == Submission.State.AWAITING and submission.confirmed_at:
        return _("更正待审批")
    return submission.get_state_display()


def of_case(case: Case) -> Submission:
    """The corrected report that a case is about."""
    rows = Submission.objects.select_related("organisation", "submitted_by")
    return rows.get(pk=case.subject.rpartition(":")[2])


# --- signed addresses ------------------------------------------------------------------------------------------------


def confirm_path(submission: Submission, user: User) -> str:
    """The address on which this person, and nobody else, may confirm this submission."""
    token = Signer(salt="reporting.confirm").sign_object([submission.pk, user.pk])
    return reverse("confirm", args=[token])


def confirming(token: str) -> tuple[Submission, User] | None:
    """What a confirmation address is about and to whom it was given; None when it was not made here."""
    try:
        pk, user = Signer(salt="reporting.confirm").unsign_object(token)
    except (BadSignature, ValueError):
        return None
    found = Submission.objects.select_related("organisation", "submitted_by").filter(pk=pk).first()
    person = User.objects.filter(pk=user, is_active=True).first()
    return (found, person) if found and person else None


def expires_at(submission: Submission, registry: Registry) -> dt.datetime:
    """Until when a confirmation address works without log-in."""
    return submission.submitted_at + dt.timedelta(days=int(str(registry.settings.get(DAYS, 7))))


def verify_path(submission: Submission) -> str:
    """The public address on which anybody who holds the receipt checks that it is genuine."""
    return reverse("verify", args=[Signer(salt="reporting.verify").sign(submission.number)])


def verified(code: str) -> Submission | None:
    """The submission a verification address is about; None when it was not made here: numbers alone open nothing."""
    try:
        number = Signer(salt="reporting.verify").unsign(code)
    except BadSignature:
        return None
    return Submission.objects.select_related("organisation").filter(number=number).first()
