"""Filling the statutory form at a real desk: keyboard, paste, live sums, both sizes, paper, and a cut network."""

import re

import pytest

from tests.browser.conftest import DESK, PHONE, assert_accessible, assert_fits

pytestmark = pytest.mark.browser


def address(page, period, key="qy101"):
    """The form of the log-in's own firm, whatever its number here."""
    page.goto("/report/")
    link = page.locator("a[href^='/report/'][href*='/20']").first.get_attribute("href")
    return f"/report/{link.split('/')[2]}/{key}/{period}/"


def paste(page, cell, text):
    page.focus(cell)
    page.evaluate(
        """([cell, text]) => { const data = new DataTransfer(); data.setData("text", text);
        document.querySelector(cell).dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true,
        cancelable: true})); }""",
        [cell, text],
    )


def values(page, *names):
    return [page.input_value(f"#c-{name}").replace(",", "") for name in names]


def says(page, words):
    page.locator("#state", has_text=words).wait_for()


def saved(page):
    says(page, "已自动保存")


def test_the_keyboard_walks_the_column_and_sums_follow(page_as):
    page = page_as("firm_statistician")
    page.goto(address(page, "2025-12"))
    page.focus("#c-rd_labour")
    page.keyboard.type("１,２3４")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "c-rd_materials"
    assert page.input_value("#c-rd_labour") == "1,234", "full-width digits and commas are mended"
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == "c-rd_labour"
    parts = ("rd_labour", "rd_materials", "rd_depreciation", "rd_amortisation", "rd_design", "rd_trial",
             "rd_outsourced", "rd_other")  # fmt: skip
    page.keyboard.press("ArrowDown")
    total = int(page.inner_text("#c-rd_expense").replace(",", ""))
    assert total == sum(map(int, values(page, *parts)))
    row = page.locator("#r-rd_labour")
    before = int(float(row.get_attribute("data-before")))
    assert int(row.locator(".total").inner_text().replace(",", "")) == before + 1234
    saved(page)


def test_a_column_copied_from_excel_fills_the_cells_below_and_a_block_its_first_numbers(page_as):
    page = page_as("firm_statistician")
    page.goto(address(page, "2026-07"))
    paste(page, "#c-rd_labour", "301\r\n1,302\r\n３03\r\n")
    assert values(page, "rd_labour", "rd_materials", "rd_depreciation") == ["301", "1302", "303"]
    paste(page, "#c-revenue", "营业收入\t千元\t90,000\t9,900,000\n新产品\t千元\t7000\t8\n")
    assert values(page, "revenue", "new_product_revenue") == ["90000", "7000"]
    saved(page)
    page.reload()
    assert values(page, "rd_materials", "revenue") == ["1302", "90000"]


def test_the_summary_leads_to_the_cell_which_says_the_same(page_as):
    page = page_as("firm_statistician")
    page.goto(address(page, "2026-06"))
    page.fill("#c-rd_outsourced", "3")
    page.fill("#c-rd_outsourced_domestic", "9")
    page.fill("#c-tax_paid", "许多")
    page.click("button[value=submit]")
    page.wait_for_url("**/?check=1#problems")
    assert page.evaluate("document.activeElement.id") == "problems"
    link = page.locator("#problems a[href='#c-tax_paid']")
    words = link.inner_text()
    link.click()
    assert page.evaluate("document.activeElement.id") == "c-tax_paid"
    assert words in page.inner_text("#m-tax_paid")
    assert (page.get_attribute("#c-tax_paid", "aria-invalid"), page.input_value("#c-tax_paid")) == ("true", "许多")
    assert_accessible(page)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert_fits(page)
    assert_accessible(page)


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_form_fits_and_is_open_to_everybody(page_as, size):
    page = page_as("firm_statistician", size)
    for at in ("/report/", address(page, "2026-11"), address(page, "2025", "qy107_2")):
        page.goto(at)
        assert_fits(page)
        assert_accessible(page)
    if size == PHONE:
        small = page.evaluate(
            """[...document.querySelectorAll('main .btn, .g .in input, .g .in select')].filter(e => e.offsetHeight
            && e.offsetHeight < 44).map(e => e.outerHTML.slice(0, 80))"""
        )
        assert small == []
    boxes = page.locator(".fillbar .btn.p").bounding_box()
    assert boxes["y"] + boxes["height"] <= size[1], "the main action is in reach without scrolling"


def test_the_printed_form_is_one_a4(page_as):
    page = page_as("firm_statistician")
    page.goto(address(page, "2026-11"))
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    page.emulate_media(media="print")
    shown = page.evaluate("['.fillbar', '#from-file', '.from'].map(s => document.querySelector(s).offsetHeight)")
    assert shown == [0, 0, 0]
    assert page.locator(".g .ax").is_visible()


def test_without_script_the_form_is_filled_and_kept(page_as):
    page = page_as("firm_statistician", script=False)
    page.goto(address(page, "2026-05"))
    page.fill("#c-revenue", "４３21")
    page.click("button[value=keep]")
    assert "已暂存" in page.inner_text(".message[role=status]")
    assert page.input_value("#c-revenue") == "4,321"
    page.fill("#c-staff", "很多人")
    page.click("button[value=submit]")
    assert "必须改正" in page.inner_text("#problems")
    assert page.input_value("#c-staff") == "很多人"


def test_two_desks_the_second_hears_who_saved(page_as):
    first, second = page_as("firm_statistician"), page_as("firm_statistician")
    at = address(first, "2026-04")
    first.goto(at)
    second.goto(at)
    first.fill("#c-revenue", "1001")
    saved(first)
    second.fill("#c-revenue", "2002")
    says(second, "保存过这张表")
    second.click("#state a")
    second.wait_for_selector("#kept-here:not([hidden])")
    assert second.input_value("#c-revenue") == "1,001"
    second.click("[data-restore]")
    saved(second)
    assert second.input_value("#c-revenue") == "2,002"


@pytest.fixture
def desk(browser, site, log_in):
    """A person's browser whose network can be cut; its pages may complain of that."""
    context = browser.new_context(base_url=site.url, storage_state=log_in("firm_statistician"))
    yield context
    context.close()


def test_a_cut_network_a_closed_tab_and_a_restart_lose_nothing(desk):
    page = desk.new_page()
    at = address(page, "2026-03")
    page.goto(at)
    page.fill("#c-revenue", "71001")
    saved(page)
    desk.set_offline(True)
    page.fill("#c-tax_paid", "717")
    page.fill("#c-staff", "二十")
    says(page, "网络断开，已存在本机")
    page.click("button[value=submit]")
    assert page.input_value("#c-tax_paid") == "717", "the page does not leave for nowhere"
    page.close()
    page = desk.new_page()
    desk.set_offline(False)
    page.goto(at)
    page.wait_for_selector("#kept-here:not([hidden])")
    assert page.input_value("#c-revenue") == "71,001"
    assert "（2 处不同）" in page.inner_text("#kept-here")
    assert_accessible(page)
    page.click("[data-restore]")
    saved(page)
    page.reload()
    assert (values(page, "tax_paid", "staff"), page.is_hidden("#kept-here")) == (["717", "二十"], True)


def test_when_the_network_comes_back_the_page_saves_by_itself(desk):
    page = desk.new_page()
    page.goto(address(page, "2026-02"))
    desk.set_offline(True)
    page.fill("#c-revenue", "62001")
    says(page, "网络断开")
    desk.set_offline(False)
    saved(page)
    page.reload()
    assert values(page, "revenue") == ["62001"]


def test_an_expired_log_in_loses_nothing(desk):
    page = desk.new_page()
    at = address(page, "2026-01")
    page.goto(at)
    cookies = desk.cookies()
    desk.clear_cookies()
    page.fill("#c-revenue", "53001")
    says(page, "登录已过期")
    page.click("#state a")
    page.wait_for_url("**/accounts/login/**")
    desk.add_cookies(cookies)
    page.goto(at)
    page.click("[data-restore]")
    saved(page)
    assert page.input_value("#c-revenue") == "53,001"
