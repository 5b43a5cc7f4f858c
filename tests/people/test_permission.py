"""Who may see what: every role of the definitions against every page area, and nothing that no role opens."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser

from quanyu.people import acts, reads
from tests.factories import AT, firm, person, tiny_registry, zone

pytestmark = pytest.mark.django_db
ON = dt.date(2024, 10, 15)
AREAS = ("plan", "organisations", "reports", "file", "admin", "no_such_page")
TABLE = {
    #                 plan  orgs   reports file   admin  unknown
    "st_office": (True, True, True, False, False, False),
    "statistics": (True, False, True, False, False, False),
    "enterprise": (True, True, False, True, False, False),
    "administrator": (False, False, False, False, True, False),
    "": (False, False, False, False, False, False),
    "undefined_role": (False, False, False, False, False, False),
}


def test_the_table_names_every_role():
    assert set(TABLE) == {*tiny_registry().roles, "", "undefined_role"}


@pytest.mark.parametrize("role", TABLE)
def test_a_role_opens_what_it_says_and_nothing_else(role):
    user, roles = person(role), tiny_registry().roles
    assert tuple(reads.may(user, what, ON, roles=roles) for what in AREAS) == TABLE[role]


@pytest.mark.parametrize("role", TABLE)
def test_firm_data_of_another_is_closed_to_the_role_that_sees_only_its_own(role):
    mine, other, roles = firm(1), firm(2), tiny_registry().roles
    user = person(role, mine)
    opens = TABLE[role][1]
    assert reads.may(user, "organisations", ON, roles=roles, organisation=mine) is opens
    assert reads.may(user, "organisations", ON, roles=roles, organisation=other) is (opens and role != "enterprise")


def test_lists_are_narrowed_to_all_own_or_none():
    mine, other, roles = firm(1), firm(2), tiny_registry().roles
    seen = {
        role: reads.permit(person(role, mine), ON, roles).seen_organisations("organisations").filter(kind="firm")
        for role in ("st_office", "enterprise", "statistics")
    }
    assert {role: list(rows) for role, rows in seen.items()} == {
        "st_office": [mine, other],
        "enterprise": [mine],
        "statistics": [],
    }


def test_two_posts_add_up():
    user, roles = person("administrator"), tiny_registry().roles
    acts.appoint(user, firm(1), "enterprise", dt.date(2024, 1, 1), by=None, at=AT)
    held = reads.permit(user, ON, roles)
    assert held.sees == {"admin", "plan", "organisations", "file"}
    assert held.home == "/file/"


def test_a_post_opens_nothing_before_it_begins():
    user, roles = person("st_office"), tiny_registry().roles
    assert reads.may(user, "plan", dt.date(2020, 12, 31), roles=roles) is False


def test_strangers_the_disabled_and_superusers_without_a_post_see_nothing():
    roles = tiny_registry().roles
    disabled, superuser = person("st_office"), person("")
    acts.disable_user(disabled, by=None, at=AT, because="调离")
    superuser.is_superuser = True
    for user in (AnonymousUser(), disabled, superuser):
        assert reads.permit(user, ON, roles).sees == frozenset()
        assert reads.may(user, "plan", ON, roles=roles, organisation=zone()) is False
