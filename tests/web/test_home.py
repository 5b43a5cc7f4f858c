"""`/` leads to where one's work begins; `/prefs/` remembers how one reads; errors say what to do next."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.test import Client

from tests.factories import person


def test_home_is_the_first_page_of_ones_role(desk):
    assert desk.get("/")["Location"] == "/indicators/"


def test_home_without_one_is_the_first_page_that_is_open(judged, clerk):
    client = Client()
    client.force_login(clerk)
    assert client.get("/")["Location"] == "/plan/"


def test_home_of_somebody_without_a_post_says_whom_to_ask(stranger):
    response = stranger.get("/")
    assert response.status_code == 200 and "请联系系统管理员，登记您的单位和角色" in response.content.decode()


def test_navigation_shows_only_open_pages_and_marks_the_one_shown(desk, administrator):
    html = desk.get("/indicators/high_tech/").content.decode()
    assert '<a href="/indicators/" class="on" aria-current="page">指标库</a>' in html
    assert 'class="side"' not in administrator.get("/plan/").content.decode()


def test_preferences_are_kept_and_lead_back(desk):
    response = desk.post("/prefs/", {"language": "en", "next": "/plan/?show=slow"})
    assert response["Location"] == "/plan/?show=slow"
    cookie = response.cookies["quanyu_language"]
    assert (cookie.value, cookie["samesite"], cookie["httponly"], "quanyu_large" in response.cookies) == (
        "en", "Lax", True, False,
    )  # fmt: skip
    assert desk.post("/prefs/", {"large": "1"}).cookies["quanyu_large"].value == "1"


def test_preferences_lead_nowhere_else_and_keep_nothing_unknown(desk):
    response = desk.post("/prefs/", {"language": "xx", "large": "7", "next": "https://example.org/"})
    assert response["Location"] == "/"
    assert not response.cookies.keys() & {"quanyu_language", "quanyu_large"}
    assert desk.get("/prefs/").status_code == 405


def test_the_footer_shows_only_what_the_site_has_set(desk, settings):
    settings.QUANYU_SITE_ICP = "虚ICP备00000000号"
    settings.QUANYU_SITE_PHONE = ""
    html = desk.get("/plan/").content.decode()
    assert "虚ICP备00000000号" in html and "联系电话" not in html


def test_the_banner_is_on_every_page_while_anything_is_fictional(desk):
    assert "演示数据：" in desk.get("/plan/").content.decode()


def test_the_page_for_a_fault_stands_alone():
    html = render_to_string("web/500.html")
    assert "quanyu doctor" in html and "没有丢失" in html


def test_a_page_that_is_not_there(db):
    client = Client()
    client.force_login(person())
    response = client.get("/nothing/")
    assert response.status_code == 404 and "没有这个页面" in response.content.decode()
