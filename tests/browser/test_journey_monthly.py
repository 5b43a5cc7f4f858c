"""Journey 1: a firm's month two, from the list of what to file to the receipt: at most 4 clicks and 8 typed numbers."""

import re

import pytest

from quanyu.measures.periods import Period
from tests.browser.conftest import PHONE, assert_fits
from tests.browser.hand import Hand

pytestmark = pytest.mark.browser

NEAR_LAST_MONTH = ("rd_labour", "rd_materials", "revenue", "new_product_revenue", "hightech_revenue", "tax_paid")
NONE_THIS_MONTH = ("rd_fixed_assets", "patents_applied")


def test_a_firm_reports_its_month_in_four_clicks_and_eight_numbers(page_as):
    page = page_as("firm_statistician")
    page.goto("/report/")
    todo = ".duties a[href*='/qy101/']"
    _, _, firm, form, month, _ = page.get_attribute(todo, "href").split("/")
    page.goto(f"/report/{firm}/{form}/{Period.parse(month).previous()}/")
    was = {name: int(page.input_value(f"#c-{name}").replace(",", "")) for name in NEAR_LAST_MONTH}
    due = {name: str(number * 101 // 100 + 1) for name, number in was.items()} | dict.fromkeys(NONE_THIS_MONTH, "0")

    page.goto("/report/")
    hand = Hand(page)
    hand.click(todo)
    fields, known = map(int, re.match(r"(\d+) 项中 (\d+) 项不用填", page.inner_text(".fillbar .x >> nth=0")).groups())
    assert known * 2 >= fields
    for name, text in due.items():
        hand.type(f"#c-{name}", text)
    hand.click("button[value=submit]")
    page.wait_for_url("**/report/receipt/**")
    number = page.url.rstrip("/").rpartition("/")[2]
    assert "待确认" in page.inner_text("main")

    owner = page_as("firm_owner", PHONE)
    owner.goto("/notices/")
    phone = Hand(owner)
    phone.open(owner.locator("main a", has_text="待您确认").first.get_attribute("href"))
    assert_fits(owner)
    phone.click("button[value=confirm]")
    owner.locator("[role=status]", has_text=number).wait_for()

    page.reload()
    assert number in page.inner_text("main") and "待确认" not in page.inner_text("main")
    assert hand.clicks + phone.clicks <= 4
    assert hand.numbers + phone.numbers <= 8
