"""Two desks at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from quanyu.people import acts
from quanyu.people.models import Event, Organisation, Post
from quanyu.plan import acts as plan
from quanyu.plan.models import Adoption, Revision
from quanyu.registry.problem import Refused
from tests.factories import AT, LONG_AGO, TINY, code, person, write_packages, zone

pytestmark = pytest.mark.django_db(transaction=True)


def together(act, times=4):
    """Run one act several times at once, each on its own connection; what each returned, or was refused."""
    start = Barrier(times)

    def one(_number):
        start.wait()
        try:
            return act()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as desks:
        return list(desks.map(one, range(times)))


def test_a_person_is_appointed_once():
    user, seat = person(""), zone()
    posts = together(lambda: acts.appoint(user, seat, "st_office", LONG_AGO, by=None, at=AT))
    assert {post.pk for post in posts} == {Post.objects.get().pk}


def test_a_firm_is_registered_once():
    row = {"code": code(1), "name": "虚构企业1号", "kind": "firm"}
    done = together(lambda: acts.register_organisations([row], by=None, at=AT)[0])
    firm = Organisation.objects.get()
    assert {o.pk for o in done if isinstance(o, Organisation)} == {firm.pk}
    assert all("刚刚在别处登记过" in str(o) for o in done if isinstance(o, Refused))
    assert Event.objects.filter(subject=f"people.organisation:{firm.pk}").count() == 1


def test_the_same_packages_come_into_force_once(tmp_path):
    write_packages(tmp_path, TINY)
    loaded = together(lambda: plan.load(tmp_path, ["tiny"], by=None, at=AT))
    assert {r.pk for r in loaded} == {Revision.objects.get().pk}
    assert Adoption.objects.count() == 1
    assert Event.objects.filter(act="plan.load").count() == 1
