"""The door of a page: log in first, then a role that opens it, else a sentence that says which would."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils import translation

from quanyu.plan.access import demand, needs, permit_of
from tests.factories import firm, person, tiny_plan

pytestmark = pytest.mark.django_db


@needs("reports")
def page(request, word):
    return HttpResponse(f"seen {word}")


def ask(rf, user):
    request = rf.get("/reports/?q=1")
    request.user = user
    return request


def test_a_stranger_is_sent_to_log_in_and_back(rf, tmp_path):
    tiny_plan(tmp_path)
    answer = page(ask(rf, AnonymousUser()), "it")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/reports/%3Fq%3D1")


def test_a_role_that_opens_the_page_sees_it(rf, tmp_path):
    tiny_plan(tmp_path)
    assert page(ask(rf, person("statistics")), "it").content == b"seen it"


@pytest.mark.parametrize(
    ("role", "sentence"),
    [
        (
            "administrator",
            "本页对这些角色开放：科技科、统计科。您现在的角色是：系统管理员。如工作需要，请联系系统管理员。",
        ),
        ("", "您还没有任职，不能查看本页。本页对这些角色开放：科技科、统计科。请联系系统管理员。"),
    ],
)
def test_others_are_told_which_roles_open_it(rf, tmp_path, role, sentence):
    tiny_plan(tmp_path)
    with pytest.raises(PermissionDenied) as closed:
        page(ask(rf, person(role)), "it")
    assert str(closed.value) == sentence


def test_a_page_no_role_opens_says_so(rf, tmp_path):
    tiny_plan(tmp_path)
    with pytest.raises(PermissionDenied, match="还没有对任何角色开放"):
        demand(ask(rf, person("st_office")), "nowhere")


def test_anothers_firm_is_closed_in_so_many_words(rf, tmp_path):
    tiny_plan(tmp_path)
    mine, other = firm(1), firm(2)
    request = ask(rf, person("enterprise", mine))
    assert demand(request, "organisations", mine).sees == {"plan", "organisations", "file"}
    with pytest.raises(PermissionDenied, match="只能查看本单位的资料，不能查看虚构企业2号"):
        demand(request, "organisations", other)


def test_role_names_follow_the_language(rf, tmp_path):
    tiny_plan(tmp_path)
    with translation.override("en"), pytest.raises(PermissionDenied, match="S&T office"):
        page(ask(rf, person("administrator")), "it")


def test_the_permit_is_asked_for_once_a_request(rf, tmp_path, django_assert_num_queries):
    tiny_plan(tmp_path)
    request = ask(rf, person("st_office"))
    permit_of(request)
    with django_assert_num_queries(0):
        assert permit_of(request).may("plan") is True
