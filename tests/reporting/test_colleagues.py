"""Which colleague fills which form."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from quanyu.bureaus.reporting.acts import colleagues as acts
from quanyu.bureaus.reporting.models import FormGrant
from quanyu.bureaus.reporting.reads.access import may_fill
from quanyu.people.models import Event, Post, User
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.factories import person
from tests.reporting.handin import AT, a_firm, definitions

pytestmark = pytest.mark.django_db
TODAY = AT.date()


@pytest.fixture
def here(db):
    definitions()
    made = a_firm()
    made.colleague = person("firm_statistician", made.firm, username="xiaowang")
    made.monthly, made.yearly = registry().forms["qy101"], registry().forms["qy107_2"]
    return made


def fills(here, form=None):
    people = ("statistician", "colleague", "owner")
    return [p for p in people if may_fill(getattr(here, p), here.firm, form or here.monthly, TODAY)]


def test_without_a_name_everybody_in_the_role_fills_and_with_one_only_who_is_named(here):
    assert fills(here) == ["statistician", "colleague"]
    grant = acts.name_colleague(here.monthly, here.firm, here.colleague, by=here.owner, at=AT)
    assert (fills(here), fills(here, here.yearly)) == (["colleague"], ["statistician", "colleague"])
    assert acts.name_colleague(here.monthly, here.firm, here.colleague, by=here.owner, at=AT) == grant
    acts.end_grant(here.monthly, grant, by=here.owner, at=AT + dt.timedelta(days=1))
    assert may_fill(here.statistician, here.firm, here.monthly, TODAY + dt.timedelta(days=1))
    assert [e.act for e in Event.objects.filter(subject=f"reporting.form_grant:{grant.pk}")] == [
        "reporting.name_colleague", "reporting.end_grant",
    ]  # fmt: skip


def test_who_names_a_colleague_does_not_lock_themselves_out(here):
    acts.name_colleague(here.monthly, here.firm, here.colleague, by=here.statistician, at=AT)
    assert fills(here) == ["statistician", "colleague"]


def test_nobody_widens_their_own_hat(here):
    acts.name_colleague(here.monthly, here.firm, here.statistician, by=here.owner, at=AT)
    with pytest.raises(Refused, match="由填报它或为它负责的人"):
        acts.name_colleague(here.monthly, here.firm, here.colleague, by=here.colleague, at=AT)
    other = a_firm(2)
    with pytest.raises(Refused, match="由填报它或为它负责的人"):
        acts.name_colleague(here.monthly, here.firm, other.statistician, by=other.owner, at=AT)
    with pytest.raises(Refused, match="没有任职"):
        acts.name_colleague(here.monthly, here.firm, other.statistician, by=here.owner, at=AT)
    assert fills(here) == ["statistician"]


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def test_a_new_account_shows_its_password_once_and_works(here):
    owner = client_of(here.owner)
    given = {"form": f"{here.firm.pk}:qy101", "verb": "open", "name": "李虚构", "username": "li"}
    page = owner.post(reverse("colleagues"), given)
    user, password = page.context["fresh"]
    assert (page.status_code, password in page.content.decode(), user.check_password(password)) == (200, True, True)
    assert "no-store" in page["Cache-Control"]
    assert password not in owner.get(reverse("colleagues")).content.decode()
    assert not any(password in str(e.body) for e in Event.objects.all())
    assert Post.objects.get(user=user).role == "firm_statistician"
    assert may_fill(user, here.firm, here.monthly, timezone.localdate())
    again = owner.post(reverse("colleagues"), given)
    assert (again.status_code, 'value="李虚构"' in again.content.decode()) == (409, True)
    assert User.objects.filter(username="li").count() == 1


def test_the_page_names_and_ends(here):
    owner = client_of(here.owner)
    form = f"{here.firm.pk}:qy101"
    owner.post(reverse("colleagues"), {"form": form, "verb": "name", "user": here.colleague.pk})
    grant = FormGrant.objects.get()
    page = owner.post(reverse("colleagues"), {"form": form, "verb": "end", "grant": grant.pk}, follow=True)
    assert "不再限定填报人" in page.content.decode()
    assert FormGrant.objects.get().to_on == timezone.localdate()


def test_another_firm_is_out_of_reach(here):
    other = a_firm(2)
    grant = acts.name_colleague(here.monthly, here.firm, here.colleague, by=here.owner, at=AT)
    stranger = client_of(other.owner)
    text = stranger.get(reverse("colleagues")).content.decode()
    assert (here.firm.name in text, here.colleague.username in text) == (False, False)
    theirs, ours = f"{here.firm.pk}:qy101", f"{other.firm.pk}:qy101"
    for given in (
        {"form": theirs, "verb": "name", "user": other.statistician.pk},
        {"form": theirs, "verb": "open", "name": "甲", "username": "jia"},
        {"form": ours, "verb": "name", "user": here.colleague.pk},
        {"form": ours, "verb": "end", "grant": grant.pk},
        {"form": ours, "verb": "end", "grant": "x"},
    ):
        assert stranger.post(reverse("colleagues"), given).status_code in (404, 409)
    assert (FormGrant.objects.count(), FormGrant.objects.get().to_on) == (1, None)
