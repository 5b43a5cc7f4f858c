"""From the inbox to the case and back: acting, being too late, seeing why not; the workbench on desk and phone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.browser.conftest import DESK, PHONE, ROOT, Site, assert_accessible, assert_fits, prefer

pytestmark = pytest.mark.browser
OPEN = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "quanyu.config.settings"
import django; django.setup()
import datetime as dt
from django.utils import timezone
from quanyu.casework import acts
from quanyu.people.models import User
title, days, unit = sys.argv[1:]
clerk, at = User.objects.get(username="clerk"), timezone.now() - dt.timedelta(days=int(days))
case = acts.open_case("casework.inquiry", title=title, by=clerk, at=at, form={"sender": "某单位", "content": "问一问"})
if unit:
    post = User.objects.get(username=unit).posts.first()
    case = acts.take(case, "assign", by=clerk, at=at, parties={"unit": (post.role, post.organisation_id)})
print(case.pk)
"""


@pytest.fixture
def opened(site: Site) -> Callable[..., str]:
    """The address of a new inquiry, opened some days ago, handed to somebody's unit where one is named."""

    def make(title: str, days: int = 0, unit: str = "") -> str:
        environment = os.environ | {
            "QUANYU_HOME": str(site.home), "QUANYU_ENV_FILE": os.devnull, "QUANYU_BASE_URL": site.url,
            "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        words = [sys.executable, "-c", OPEN, title, str(days), unit]
        made = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        return f"/cases/{made.stdout.strip()}/"

    return make


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_case_goes_from_the_inbox_to_its_end(page_as, opened, script):
    title = f"从待办到办结（{'有' if script else '无'}脚本）"
    opened(title)
    clerk = page_as("clerk", script=script)
    clerk.goto("/inbox/")
    clerk.click(f"text={title}")
    seat = clerk.locator("select[name=seat_unit] option", has_text="科技部门").first.get_attribute("value")
    clerk.select_option("select[name=seat_unit]", seat)
    clerk.click("button:text-is('分办')")
    assert "现在是“办理中”" in clerk.locator(".message").inner_text()
    unit = page_as("st_office", PHONE, script=script)
    unit.goto("/inbox/")
    unit.click(f"text={title}")
    button = unit.locator(".bar button")
    box = button.bounding_box()
    assert box["y"] + box["height"] <= PHONE[1] and box["y"] > PHONE[1] / 2 and box["height"] >= 44
    button.click()
    assert "答复须写明理由或说明。" in unit.locator(".field-error").inner_text()
    unit.fill("form.act[id=do-reply] textarea", "已电话答复。")
    button.click()
    assert "待办结" in unit.locator(".qsum").inner_text()
    clerk.reload()
    clerk.click("button:text-is('办结')")
    assert "已办结" in clerk.locator(".qsum").inner_text()
    assert clerk.locator(".log.parcel li").count() == 4


def test_who_is_too_late_reads_who_was_quicker_and_keeps_the_words(page_as, opened):
    address = opened("两人同时办", unit="st_office")
    first, second = page_as("st_office"), page_as("st_office")
    for page in (first, second):
        page.goto(address)
        page.fill("form.act[id=do-reply] textarea", "我来答复。")
    first.click("button:text-is('答复')")
    second.click("button:text-is('答复')")
    said = second.locator(".errbox").inner_text()
    assert "办理“答复”，现在是“待办结”。请刷新后再办。" in said and "我来答复。" in said


def test_a_greyed_button_says_why_in_plain_sight(page_as, opened):
    page = page_as("leader")
    page.goto(opened("看谁来办"))
    assert page.locator(".barred li").first.inner_text().split("\n") == ["分办", "分办由办公室办理。"]
    assert page.locator("button[aria-disabled=true]").count() == 2 and page.locator("form[id^=do-]").count() == 0


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_inbox_and_case_are_accessible_and_fit(page_as, opened, size):
    address = opened(
        "这是一件名称很长、用来看版面会不会被撑开的来件，里面还有RD_EXPENSE_2026_09这样的长词", 30, "st_office"
    )
    for user, pages in {
        "st_office": ["/inbox/", "/inbox/done/", address],
        "leader": [address],
        "clerk": [address],
    }.items():
        page = page_as(user, size)
        for where in pages:
            page.goto(where)
            for fold in page.locator("details:not(.menu) > summary").all():
                fold.click()
            assert_fits(page)
            assert_accessible(page)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("user", ["clerk", "chief", "leader", "firm_statistician", "st_office", "expert"])
def test_every_workbench_is_accessible_and_fits(page_as, user, size):
    page = page_as(user, size)
    page.goto("/")
    assert page.locator("h1").inner_text() == "工作台" and page.locator(".card").count() >= 2
    assert_fits(page)
    assert_accessible(page)


def test_a_leader_sees_lamps_and_what_to_move_on_the_first_screen_of_a_phone(page_as, opened):
    opened("拖了很久的来件", 60)
    page = page_as("leader", PHONE)
    page.goto("/")
    assert page.locator(".minis a").count() == 15
    row = page.locator(".card:has(h2:has-text('需协调')) li a").first.bounding_box()
    assert row["y"] + row["height"] <= PHONE[1] and row["height"] >= 44
    page.locator(".minis a:has(.st.late)").first.click()
    assert page.locator("h1").count() == 1 and "/indicators/" in page.url


def test_large_type_and_english_fit(page_as, opened):
    address = opened("大字与英文", unit="st_office")
    for size, language, large in ((PHONE, "zh-hans", True), (DESK, "en", False)):
        page = page_as("st_office", size)
        page.goto("/inbox/")
        prefer(page, language=language, large=large)
        for where in ("/", "/inbox/", address):
            page.goto(where)
            assert_fits(page)
            assert_accessible(page)
