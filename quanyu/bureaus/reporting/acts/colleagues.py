"""Naming the colleagues who may fill a form, and ending it."""

from __future__ import annotations

import datetime as dt
import secrets

from django.utils import timezone

from quanyu.bureaus.reporting.models import FormGrant
from quanyu.bureaus.reporting.reads.access import grants, may_fill, may_name
from quanyu.people.acts import appoint, create_user, events_last, in_turn, record
from quanyu.people.models import Organisation, User
from quanyu.people.reads import posts_of
from quanyu.registry.model import Form
from quanyu.registry.problem import Refused


def name_colleague(form: Form, organisation: Organisation, user: User, *, by: User, at: dt.datetime) -> FormGrant:
    """A colleague may fill the form from today on; naming them twice is one grant.

    The first name given closes the form to everybody else there, so who gives it and fills the form is named too.
    Refused: who has no post at the organisation; who may not name anybody. Effects: the post they lack, the grants,
    events.
    """
    on = timezone.localdate(at)
    _demand(form, organisation, by, on)
    held = {p.role for p in posts_of(user, on).filter(organisation=organisation)}
    if not held:
        raise Refused(f"{user}在{organisation}没有任职。", "请先为其开通账号。")
    with events_last():
        in_turn([organisation.pk])
        named = {grant.user_id: grant for grant in grants(organisation, form.key, on)}
        if form.filled_by not in held:
            appoint(user, organisation, form.filled_by, on, by=by, at=at)
        for one in {user, by} if not named and may_fill(by, organisation, form, on) else {user}:
            if one.pk not in named:
                made = FormGrant.objects.create(user=one, organisation=organisation, form=form.key, from_on=on)
                body = {"user": one.pk, "organisation": organisation.pk, "form": form.key}
                record("reporting.name_colleague", f"reporting.form_grant:{made.pk}", by, at, body)
                named[one.pk] = made
    return named[user.pk]


def open_account(
    form: Form, organisation: Organisation, username: str, display_name: str, *, by: User, at: dt.datetime
) -> tuple[User, str]:
    """A new account of the firm, named for one form, with an initial password that is told once and kept nowhere.

    Effects: the account, its post, the grants, events.
    """
    if not username.strip() or not display_name.strip():
        raise Refused("登录名和姓名都要填写。")
    _demand(form, organisation, by, timezone.localdate(at))
    password = secrets.token_urlsafe(9)
    with events_last():
        user = create_user(username.strip(), password, by=by, at=at, display_name=display_name.strip())
        appoint(user, organisation, form.filled_by, timezone.localdate(at), by=by, at=at)
        name_colleague(form, organisation, user, by=by, at=at)
    return user, password


def end_grant(form: Form, grant: FormGrant, *, by: User, at: dt.datetime) -> FormGrant:
    """From today on the colleague fills this form no more. Effects: the grant ended; one event."""
    on = timezone.localdate(at)
    _demand(form, grant.organisation, by, on)
    with events_last():
        held = FormGrant.objects.select_for_update().get(pk=grant.pk)
        if held.to_on is None or held.to_on > on:
            held.to_on = on
            held.save(update_fields=["to_on"])
            record("reporting.end_grant", f"reporting.form_grant:{held.pk}", by, at, {"to_on": on.isoformat()})
    return held


def _demand(form: Form, organisation: Organisation, by: User, on: dt.date) -> None:
    if not may_name(by, organisation, form, on):
        raise Refused(f"“{form.label}”由填报它或为它负责的人指定填报人。")
