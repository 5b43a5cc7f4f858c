"""A notice reaches the person, or whoever sits on the seat that day; opening it once opens it for the seat."""

import datetime as dt

import pytest

from quanyu.people import acts, reads
from tests.factories import AT, LONG_AGO, firm, person, zone

pytestmark = pytest.mark.django_db
TODAY = AT.date()


def lines(user, on=TODAY):
    return sorted(n.line for n in reads.notices_for(user, on))


def test_who_is_told():
    here, there = firm(1), firm(2)
    clerk, boss, other = person("enterprise", here, username="clerk"), person("st_office"), person("enterprise", there)
    acts.notify("news", "给张", link="/a/", at=AT, user=clerk)
    acts.notify("news", "给1号", link="/a/", at=AT, role="enterprise", organisation=here.pk)
    acts.notify("news", "给企业", link="/a/", at=AT, role="enterprise")
    acts.notify("news", "给科技科", link="/a/", at=AT, role="st_office")
    assert lines(clerk) == ["给1号", "给企业", "给张"]
    assert lines(other) == ["给企业"]
    assert lines(boss) == ["给科技科"]
    assert (reads.unread(clerk, TODAY), reads.unread(clerk, LONG_AGO - dt.timedelta(1))) == (3, 1)


def test_a_notice_goes_to_a_person_or_to_a_seat():
    with pytest.raises(TypeError):
        acts.notify("news", "给谁", link="/", at=AT)
    with pytest.raises(TypeError):
        acts.notify("news", "给谁", link="/", at=AT, user=person("st_office"), role="st_office")


def test_the_first_opening_is_kept_for_the_whole_seat():
    one, two = person("statistics", username="one"), person("statistics", username="two")
    told = acts.notify("news", "一件事", link="/a/", at=AT, role="statistics")
    later = AT + dt.timedelta(hours=1)
    assert (reads.unread(one, TODAY), reads.unread(two, TODAY)) == (1, 1)
    acts.open_notice(told, by=two, at=later)
    told = acts.open_notice(told, by=one, at=later + dt.timedelta(hours=1))
    assert (told.opened_by, told.opened_at) == (two, later)
    assert (reads.unread(one, TODAY), reads.unread(two, TODAY)) == (0, 0)


def test_all_that_waits_for_a_person_is_marked_and_nothing_else():
    one, other = person("statistics"), person("st_office")
    for _n in range(3):
        acts.notify("news", "一件事", link="/a/", at=AT, role="statistics")
    acts.notify("news", "另一件事", link="/a/", at=AT, role="st_office")
    assert acts.open_all(one, TODAY, at=AT) == 3
    assert acts.open_all(one, TODAY, at=AT) == 0
    assert (reads.unread(one, TODAY), reads.unread(other, TODAY)) == (0, 1)


def test_the_badge_is_two_queries_at_most(django_assert_max_num_queries):
    user = person("statistics")
    acts.appoint(user, zone(), "st_office", LONG_AGO, by=None, at=AT)
    with django_assert_max_num_queries(2):
        assert reads.unread(user, TODAY) == 0
