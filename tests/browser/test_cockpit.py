"""The cockpit and the indicator pages in a browser: above the fold, on a phone, a wall, paper, and without script."""

from __future__ import annotations

import pytest

from tests.browser.conftest import DESK, PHONE, WALL, assert_accessible, assert_fits, prefer

pytestmark = pytest.mark.browser
PAGES = ["/plan/", "/plan/?show=slow", "/indicators/", "/indicators/rd_to_gdp/", "/indicators/high_tech_enterprises/"]


def test_all_fifteen_indicators_stand_above_the_fold(page_as):
    page = page_as("leader")
    page.goto("/plan/")
    rows = page.locator("table.ind tbody tr")
    assert rows.count() == 15
    last = rows.nth(14).bounding_box()
    assert last and last["y"] + last["height"] <= DESK[1]
    names = page.locator("table.ind td.nm")
    cut = names.evaluate_all("cells => cells.filter(c => c.scrollWidth > c.clientWidth).map(c => c.title)")
    assert cut == []


@pytest.mark.parametrize("size", [DESK, PHONE, WALL], ids=["desk", "phone", "wall"])
@pytest.mark.parametrize("address", PAGES)
def test_pages_are_accessible_and_fit(page_as, address, size):
    page = page_as("leader", size)
    page.goto(address if size != WALL else f"{address}{'&' if '?' in address else '?'}screen=1")
    assert_fits(page)
    assert_accessible(page)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("address", PAGES[:4:2] + PAGES[3:4])
def test_large_type_and_english_are_accessible_and_fit(page_as, address, size):
    page = page_as("leader", size)
    page.goto(address)
    for language, large in (("zh-hans", True), ("en", False), ("en", True)):
        prefer(page, language=language, large=large)
        page.goto(address)
        assert_fits(page)
        assert_accessible(page)


def test_on_a_phone_promises_are_cards_and_targets_are_44_pixels(page_as):
    page = page_as("leader", PHONE)
    page.goto("/plan/")
    assert page.locator(".mrow:visible").count() == 15
    assert page.locator("table.ind").is_hidden()
    small = page.locator(".btn:visible, .menu summary, .tl button:visible").evaluate_all(
        "items => items.filter(i => i.getBoundingClientRect().height < 44).map(i => i.outerHTML)"
    )
    assert small == []


def test_the_phone_menu_opens_and_leads(page_as):
    page = page_as("leader", PHONE)
    page.goto("/plan/")
    page.click("details.menu summary")
    page.click(".menu-nav a[href='/indicators/']")
    assert page.url.endswith("/indicators/")


def test_everything_reads_without_script(page_as):
    page = page_as("leader", script=False)
    page.goto("/plan/")
    page.select_option("#period", index=1)
    page.click(".btns form button")
    assert "period=" in page.url
    assert page.locator("table.ind tbody tr").count() == 15
    page.click("text=只看偏慢和滞后")
    assert "show=slow" in page.url and "period=" in page.url
    assert page.locator("[data-print]").first.is_hidden()


def test_language_and_size_switch_on_the_spot(page_as):
    page = page_as("leader")
    page.goto("/plan/?show=slow")
    page.click("button[name=language]")
    assert page.locator("html").get_attribute("lang") == "en" and page.url.endswith("/plan/?show=slow")
    page.click("button[name=large]")
    assert "big" in (page.locator("html").get_attribute("class") or "")


def test_print_keeps_the_banner_and_drops_the_frame(page_as):
    page = page_as("leader")
    page.goto("/plan/")
    page.emulate_media(media="print")
    assert page.locator(".demo").is_visible() and page.locator(".print-head").is_visible()
    assert page.locator(".side").is_hidden() and page.locator(".top").is_hidden()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_every_download_of_the_pages_arrives(page_as):
    page = page_as("leader")
    for address in ("/plan/", "/indicators/high_tech_enterprises/"):
        page.goto(address)
        links = page.locator("main a.btn").evaluate_all("all => all.map(a => a.href)")
        files = [link for link in links if link.split("?")[0].endswith((".csv", ".xlsx", ".svg", ".json"))]
        assert len(files) >= 3
        for link in files:
            answer = page.context.request.get(link)
            assert answer.status == 200 and len(answer.body()) > 100, link


def test_the_log_in_page(page_as):
    for size in (DESK, PHONE):
        page = page_as(None, size)
        page.goto("/plan/")
        assert "/accounts/login/" in page.url
        assert_fits(page)
        assert_accessible(page)
