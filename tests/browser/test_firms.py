"""The files of firms and their requests in a browser: a name changed, a disagreement ruled, a request to its end."""

from __future__ import annotations

import pytest

from tests.browser.conftest import DESK, PHONE, assert_accessible, assert_fits

pytestmark = pytest.mark.browser


def checked(page):
    assert_fits(page)
    assert_accessible(page)


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_register_and_a_file_fit_and_are_accessible(page_as, size):
    page = page_as("clerk", size)
    for address in ("/firms/", "/firms/?state=open", "/firms/merge/", "/requests/"):
        page.goto(address)
        checked(page)
    page.goto("/firms/")
    page.locator("table tbody a").first.click()
    assert page.locator("svg[aria-label=称号的有效期], .empty").count()
    checked(page)


def test_a_firm_asks_and_the_desk_answers(page_as):
    firm = page_as("firm_owner", PHONE)
    firm.goto("/requests/")
    firm.get_by_label("一句话写明要解决什么").fill("中试线停电")
    firm.locator("form.act select[name=kind]").select_option("utilities")
    firm.get_by_label("具体情况和希望").fill("夜间停电两次，请协调供电。")
    firm.get_by_role("button", name="提交诉求").click()
    firm.wait_for_url("**/cases/*/")
    checked(firm)
    case = firm.url
    desk = page_as("clerk")
    desk.goto("/requests/")
    desk.get_by_role("link", name="中试线停电").first.click()
    desk.locator("#do-accept button").click()
    desk.locator("#do-answer textarea").fill("已与供电公司商定")
    desk.locator("#do-answer button").click()
    firm.goto(case)
    assert "待企业评价" in firm.locator("main").inner_text()
