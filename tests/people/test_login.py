"""The way in, as a browser walks it: password, throttle, second factor, way out, idle end."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from quanyu.config import middleware
from quanyu.people import acts
from tests.factories import AT, PASSWORD, person

pytestmark = pytest.mark.django_db
LOGIN, LOGOUT = "/accounts/login/", "/accounts/logout/"


def try_password(client, password=PASSWORD, name="st_office", **extra):
    return client.post(LOGIN, {"login": name, "password": password, **extra})


def inside(client) -> bool:
    return client.get("/accounts/2fa/").status_code == 200


def test_the_right_password_leads_to_the_page_asked_for(client):
    person("st_office")
    answer = try_password(client, next="/accounts/2fa/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/")
    assert inside(client)


def test_a_page_outside_this_site_is_never_led_to(client):
    person("st_office")
    assert try_password(client, next="https://example.org/")["Location"] == "/"


def test_a_wrong_password_a_wrong_name_and_a_disabled_account_stay_outside(client):
    user = person("st_office")
    sentences = {
        re.search(r"errorlist nonfield.*?<li>(.*?)</li>", answer.content.decode(), re.S).group(1)
        for answer in (try_password(client, "wrong"), try_password(client, name="nobody"))
    }
    assert sentences == {"您提供的用户名或密码不正确。"}, "it does not tell which of the two was wrong"
    acts.disable_user(user, by=None, at=AT)
    try_password(client)
    assert not inside(client)


def test_disabling_an_account_ends_its_open_sessions(client):
    user = person("st_office")
    try_password(client)
    assert inside(client)
    acts.disable_user(user, by=None, at=AT)
    assert not inside(client)


def test_after_five_failures_even_the_right_password_waits(client):
    person("st_office")
    person("statistics")
    statuses = [try_password(client, "wrong").status_code for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert statuses == [200, 200, 200, 200, 429]
    answer = try_password(client)
    assert answer.status_code == 429
    assert "连续输错 5 次" in answer.content.decode()
    assert "请 15 分钟后再试" in answer.content.decode()
    assert not inside(client)
    assert try_password(Client(), name="statistics").status_code == 302, "one name's lock is not another's"


def test_the_lock_opens_after_its_time(client):
    person("st_office")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        try_password(client, "wrong")
    for attempt in AccessAttempt.objects.all():
        attempt.attempt_time -= settings.AXES_COOLOFF_TIME
        attempt.save()
    assert try_password(client).status_code == 302


def test_the_way_out_asks_once_and_ends_the_session(client):
    person("st_office")
    try_password(client)
    assert client.get(LOGOUT).status_code == 200
    assert inside(client), "looking at the question logs nobody out"
    assert client.post(LOGOUT)["Location"] == LOGIN
    assert not inside(client)


def test_the_session_ends_with_the_browser_and_after_eight_idle_hours(client):
    person("st_office")
    try_password(client)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == ("", True, "Lax")
    session = Session.objects.get()
    left = (session.expire_date - timezone.now()).total_seconds()
    assert 8 * 3600 - 60 < left <= 8 * 3600
    session.expire_date = timezone.now()
    session.save()
    assert not inside(client)


def test_a_request_moves_the_idle_clock_but_reading_on_does_not_write(client, monkeypatch):
    person("st_office")
    try_password(client)
    inside(client)
    first = Session.objects.get().expire_date
    inside(client)
    assert Session.objects.get().expire_date == first
    later = time.time() + middleware.TOUCH_SECONDS
    monkeypatch.setattr(time, "time", lambda: later)
    inside(client)
    assert Session.objects.get().expire_date > first


def test_a_person_changes_their_own_password(client):
    person("st_office")
    try_password(client)
    assert "/accounts/password/change/" in client.get("/accounts/2fa/").content.decode()
    new = "Xin-Mi-Ma-2024"
    answer = client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer.status_code == 302
    client.post(LOGOUT)
    assert [try_password(client, word).status_code for word in (PASSWORD, new)] == [200, 302]


def test_nobody_signs_up_or_resets_by_mail(client):
    assert [client.get(f"/accounts/{page}/").status_code for page in ("signup", "password/reset", "email")] == [404] * 3


def test_the_second_factor_from_switching_on_to_logging_in(client, monkeypatch):
    person("st_office")
    try_password(client)
    asked = client.get("/accounts/2fa/totp/activate/")["Location"]
    assert asked.startswith("/accounts/reauthenticate/"), "an open desk is not enough to change the lock"
    page = client.post(asked, {"password": PASSWORD}, follow=True).content.decode()
    secret = re.search(r'value="([A-Z2-7]{16,})"', page).group(1)

    def code() -> str:
        return format_hotp_value(hotp_value(secret, int(time.time()) // 30))

    used = code()
    assert client.post("/accounts/2fa/totp/activate/", {"code": used}).status_code == 302
    client.post(LOGOUT)
    assert try_password(client)["Location"] == "/accounts/2fa/authenticate/"
    assert not inside(client), "the password alone is no longer enough"
    assert client.post("/accounts/2fa/authenticate/", {"code": used}).status_code == 302
    assert inside(client)
    client.post(LOGOUT)
    try_password(client)
    assert client.post("/accounts/2fa/authenticate/", {"code": used}).status_code == 200
    assert not inside(client), "a code serves once"
    later = time.time() + 60
    monkeypatch.setattr(time, "time", lambda: later)
    assert client.post("/accounts/2fa/authenticate/", {"code": code()}).status_code == 302
    assert inside(client)


def test_the_pages_carry_no_inline_script_or_style_and_say_so(client):
    answer = client.get(LOGIN)
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert {"default-src 'self'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} <= {
        part.strip() for part in policy.split(";")
    }
    page = answer.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)
    assert (answer["X-Frame-Options"], answer["X-Content-Type-Options"]) == ("DENY", "nosniff")


def test_pages_are_chinese_until_the_reader_switches(client):
    assert '<html lang="zh-CN"' in client.get(LOGIN, headers={"accept-language": "en-US,en"}).content.decode()
    answer = client.post("/i18n/setlang/", {"language": "en", "next": LOGIN})
    assert answer.cookies["quanyu_language"].value == "en"
    assert '<html lang="en"' in client.get(LOGIN).content.decode()


def test_the_login_page_wears_the_name_of_the_site(client, settings):
    settings.QUANYU_SITE_NAME = "云上科创"
    assert "<title>登录 · 云上科创</title>" in client.get(LOGIN).content.decode()
