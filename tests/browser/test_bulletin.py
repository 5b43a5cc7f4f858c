"""Journey 3 of the office: a quarterly bulletin in five clicks and the words only a person knows."""

from __future__ import annotations

import io

import pytest
from docx import Document
from playwright.sync_api import Page

from tests.browser.conftest import DESK, PHONE, assert_accessible, assert_fits

pytestmark = pytest.mark.browser


class Hand:
    """Counts the clicks of everybody in a journey; typing is not a click."""

    def __init__(self) -> None:
        self.clicks = 0

    def click(self, page: Page, what: str) -> None:
        self.clicks += 1
        page.locator(what).first.click()
        page.wait_for_load_state()


def words_of(path: str) -> list[str]:
    with open(path, "rb") as file:
        return [p.text for p in Document(io.BytesIO(file.read())).paragraphs if p.text]


def test_a_quarterly_bulletin_takes_five_clicks(page_as):
    hand, clerk, chief = Hand(), page_as("clerk"), page_as("chief")
    clerk.goto("/plan/?period=2025-09")
    hand.click(clerk, "button:text-is('生成通报')")
    here = clerk.url
    assert_fits(clerk)
    assert_accessible(clerk)
    boxes = clerk.locator(".say textarea")
    assert 1 <= boxes.count() <= 4
    for n in range(boxes.count()):
        boxes.nth(n).fill(f"第{n + 1}条原因。")
    hand.click(clerk, "button[value=submit]")
    assert clerk.url == here and boxes.count() == 0
    chief.goto("/inbox/")
    hand.click(chief, "main a:has-text('关于2025年三季度')")
    assert_accessible(chief)
    hand.click(chief, "form.act button:text-is('审核通过')")
    clerk.goto(here)
    with clerk.expect_download() as got:
        hand.click(clerk, "a.btn:has-text('下载 Word')")
    said = words_of(str(got.value.path()))
    assert said[0] == "【待用印】" and any(t.endswith("主要原因：第1条原因。") for t in said)
    assert "关于2025年三季度科技创新规划实施情况的通报" in "".join(said).replace("\n", "")
    assert [t for t in said if "【待补" in t] == ["【待补：机关代字】〔2026〕　号"]
    assert hand.clicks == 5


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_list_and_a_paper_are_accessible_and_fit(page_as, size):
    page = page_as("clerk", size)
    page.goto("/plan/?period=2025-06")
    page.click("button:text-is('生成通报')")
    for address in (page.url, "/bulletins/"):
        page.goto(address)
        assert_fits(page)
        assert_accessible(page)


def test_a_figure_in_the_text_leads_to_its_page(page_as):
    page = page_as("clerk", script=False)
    page.goto("/plan/?period=2025-03")
    page.click("button:text-is('生成通报')")
    page.locator(".doc a[href^='/indicators/']").first.click()
    assert "/indicators/" in page.url and "period=2025-03" in page.url
    page.go_back()
    page.click("button[value=submit]")
    assert page.locator("#confirm").is_visible()
    page.click("button[value=submit]")
    assert page.locator(".say").count() == 0
