"""Who may fill, confirm or read which organisation's reports: decided here and nowhere else."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet

from quanyu.bureaus.reporting.models import FormGrant
from quanyu.people.models import Organisation, User
from quanyu.people.reads import Permit, posts_of
from quanyu.registry.model import Form


def may_fill(user: User, organisation: Organisation, form: Form, on: dt.date) -> bool:
    """Does this person hold, at this organisation, the role that fills the form, and is the form theirs to fill?

    Where the firm named colleagues for the form (`FormGrant`), only they fill it.
    """
    if not posts_of(user, on).filter(organisation=organisation, role=form.filled_by).exists():
        return False
    named = set(grants(organisation, form.key, on).values_list("user_id", flat=True))
    return not named or user.pk in named


def grants(organisation: Organisation, form: str, on: dt.date) -> QuerySet[FormGrant]:
    """Who is named for a form on a day."""
    rows = FormGrant.objects.filter(Q(to_on=None) | Q(to_on__gt=on), organisation=organisation, form=form)
    return rows.filter(from_on__lte=on).select_related("user")


def may_name(user: User, organisation: Organisation, form: Form, on: dt.date) -> bool:
    """May this person say who fills the form there? Who fills it or answers for it: nobody widens their own hat."""
    return may_fill(user, organisation, form, on) or may_confirm(user, organisation, form, on)


def may_confirm(user: User, organisation: Organisation, form: Form, on: dt.date) -> bool:
    """Does this person hold, at this organisation, the role that answers for the form?"""
    return (
        bool(form.confirmed_by)
        and posts_of(user, on).filter(organisation=organisation, role=form.confirmed_by).exists()
    )


def may_read(held: Permit, organisation: Organisation) -> bool:
    """May this person read what the organisation filed?"""
    return held.may("reports", organisation)
