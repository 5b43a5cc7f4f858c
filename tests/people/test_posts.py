"""Accounts and posts: who holds which role on which day."""

import datetime as dt

import pytest

from quanyu.people import acts, reads
from quanyu.people.models import Event, Post, User
from quanyu.registry.problem import Refused
from tests.factories import AT, LONG_AGO, PASSWORD, firm, person, tiny_registry, zone

pytestmark = pytest.mark.django_db
ON = dt.date(2024, 10, 15)


def test_a_role_is_held_from_its_first_day_to_the_day_before_its_end():
    user = person("")
    acts.appoint(user, zone(), "st_office", dt.date(2024, 1, 1), to_on=dt.date(2024, 7, 1), by=None, at=AT)
    held = {
        on: reads.roles_of(user, dt.date.fromisoformat(on))
        for on in ("2023-12-31", "2024-01-01", "2024-06-30", "2024-07-01")
    }
    assert held == {
        "2023-12-31": frozenset(),
        "2024-01-01": {"st_office"},
        "2024-06-30": {"st_office"},
        "2024-07-01": frozenset(),
    }


def test_the_same_appointment_twice_is_one_post():
    user = person("st_office")
    acts.appoint(user, zone(), "st_office", LONG_AGO, by=None, at=AT)
    assert Post.objects.filter(user=user).count() == 1


def test_overlapping_and_backward_and_undefined_posts_are_refused():
    user = person("st_office")
    with pytest.raises(Refused, match="任期重叠"):
        acts.appoint(user, zone(), "st_office", ON, by=None, at=AT)
    with pytest.raises(Refused, match="须晚于起日"):
        acts.appoint(user, zone(), "statistics", ON, to_on=ON, by=None, at=AT)
    with pytest.raises(Refused, match="角色“mayor”没有定义"):
        acts.appoint(user, zone(), "mayor", ON, by=None, at=AT, roles=tiny_registry().roles)
    assert Post.objects.filter(user=user).count() == 1


def test_a_post_that_ended_may_be_taken_up_again():
    user = person("st_office")
    acts.end_post(user.posts.get(), dt.date(2023, 1, 1), by=None, at=AT)
    assert reads.roles_of(user, ON) == frozenset()
    acts.appoint(user, zone(), "st_office", dt.date(2023, 1, 1), by=None, at=AT)
    assert reads.roles_of(user, ON) == {"st_office"}


def test_an_account_needs_a_free_name_and_a_decent_password_and_leaves_no_password_on_record():
    desk = person("administrator")
    user = acts.create_user("zhang", PASSWORD, by=desk, at=AT, display_name="张虚构")
    assert (str(user), user.check_password(PASSWORD)) == ("张虚构", True)
    with pytest.raises(Refused, match="“zhang”已有人使用"):
        acts.create_user("zhang", PASSWORD, by=desk, at=AT)
    with pytest.raises(Refused, match="密码不合要求"):
        acts.create_user("li", "12345678", by=desk, at=AT)
    assert not User.objects.filter(username="li").exists()
    event = Event.objects.get(subject=f"people.user:{user.pk}")
    assert (event.act, event.by, event.at) == ("people.create_user", desk, AT)
    assert PASSWORD not in str(event.body)


def test_a_new_password_replaces_the_old():
    user = person("st_office")
    acts.set_password(user, "Xin-Mi-Ma-2024", by=None, at=AT)
    assert [User.objects.get(pk=user.pk).check_password(p) for p in (PASSWORD, "Xin-Mi-Ma-2024")] == [False, True]


def test_a_firm_may_have_several_people_and_a_person_several_firms():
    one, two = firm(1), firm(2)
    user = person("enterprise", one)
    acts.appoint(user, two, "enterprise", LONG_AGO, by=None, at=AT)
    assert [p.organisation for p in reads.posts_of(user, ON)] == [one, two]
