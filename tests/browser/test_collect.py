"""The collecting desk in a browser: open a period, remind who is missing with one click, close, reopen."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import DESK, PHONE, assert_accessible, assert_fits, prefer

pytestmark = pytest.mark.browser
LIST = "/collect/"
FORM = "/collect/qy101/{}/"


def opened(page, period):
    """The period's page, opened if nobody has yet."""
    page.goto(FORM.format(period))
    button = page.get_by_role("button", name="开期")
    if button.count():
        button.click()
        assert "已开期" in page.locator(".message").inner_text()
    return page


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_one_click_reminds_every_firm_that_is_not_in(site, page_as, size):
    page = page_as("clerk", size)
    page.goto(LIST)
    assert_fits(page)
    assert_accessible(page)
    opened(page, "2026-10")
    assert_fits(page)
    assert_accessible(page)
    missing = page.locator(".w:is(a).missing, .w:is(a).returned, .w:is(a).awaiting").count()
    assert missing > 0
    assert page.locator(".waffle .w").count() == int(page.locator(".qsum .v").first.inner_text().removesuffix("家"))
    button = page.get_by_role("button", name=f"一键催报 {missing} 家")
    if not button.count():  # the other size was here today: a second time is asked for
        page.locator("summary", has_text="再催一次").click()
        button = page.get_by_role("button", name="仍要再催")
    button.click()  # the one click
    assert f"已向 {missing} 家企业发出催报" in page.locator(".message").inner_text()
    assert page.get_by_role("button", name=re.compile("一键催报")).count() == 0
    assert page.locator("td:text-is('未读')").count() == missing
    page.locator("summary", has_text="延期").click()
    page.locator("details[open] [name=day]").fill("2099-01-31")
    page.locator("details[open] [name=reason]").fill("停电")
    page.get_by_role("button", name="准予延期").click()
    assert "不算迟报" in page.locator(".message").inner_text()
    assert page.get_by_text("2099年1月31日").count() > 0
    assert_fits(page)


def test_a_period_is_closed_and_reopened_with_a_second_click_that_says_what_it_means(site, page_as):
    page = opened(page_as("clerk"), "2026-05")
    page.locator("summary", has_text="截止").click()
    assert "截止后只有延期的企业能补报" in page.locator("details[open]").inner_text()
    page.get_by_role("button", name="确认截止").click()
    assert "已截止" in page.locator(".ph").inner_text()
    page.locator("summary", has_text="重开").click()
    assert_accessible(page)
    page.locator("details[open] [name=reason]").fill("漏收一家")
    page.get_by_role("button", name="确认重开").click()
    assert "填报中" in page.locator(".ph").inner_text()


def test_every_square_says_whose_it_is_and_leads_there(site, page_as):
    page = page_as("clerk")
    page.goto(FORM.format("2026-10"))
    square = page.locator(".waffle .w.filed").first
    name = square.get_attribute("aria-label")
    assert name == square.get_attribute("title") and name.endswith("：已报")
    square.click()
    assert name.removesuffix("：已报") in page.locator("main").inner_text()
    page.goto(FORM.format("2026-10"))
    page.get_by_role("link", name="按行业").click()
    assert page.locator(".waffles h3").count() > 2
    field = page.locator("[name=field]")
    assert field.input_value() == "rd_expense"
    before = page.locator(".foreseen b").inner_text()
    field.select_option("revenue")
    page.wait_for_url(re.compile("field=revenue"))
    assert page.locator(".foreseen b").inner_text() != before
    assert "按行业" in page.locator(".btn.on").inner_text()


def test_the_desk_fits_in_large_type_and_in_english(site, page_as):
    page = page_as("clerk")
    for language, large in (("zh-hans", True), ("en", False)):
        page.goto(FORM.format("2026-10"))
        prefer(page, language=language, large=large)
        page.goto(FORM.format("2026-10"))
        assert_fits(page)
        assert_accessible(page)
        page.goto(LIST)
        assert_fits(page)
    prefer(page, language="zh-hans", large=False)
