"""The ladder's pages at both sizes, and a plan made from what a firm lacks: without script, as with it."""

import pytest

from tests.browser.conftest import DESK, PHONE, assert_accessible, assert_fits

pytestmark = pytest.mark.browser
PAGES = (
    "/ladder/", "/ladder/rungs/high_tech/", "/ladder/rungs/high_tech_nursery/?show=near",
    "/ladder/rungs/high_tech_nursery/?show=nurtured", "/ladder/alerts/", "/ladder/points/", "/ladder/foresight/",
    "/firms/plans/",
)  # fmt: skip


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_pages_fit_and_can_be_read_by_everybody(page_as, size):
    page = page_as("clerk", size)
    for address in PAGES:
        page.goto(address)
        assert_fits(page)
        assert_accessible(page)


def test_the_drawing_says_in_words_what_it_shows(page_as):
    page = page_as("leader")
    page.goto("/ladder/")
    told = [words.split("：")[0].split(" → ") for words in page.locator("svg.chart path title").all_text_contents()]
    moved = [pair for pair in told if pair[0] != pair[1]]
    page.click("details.chapter summary")
    rows = page.locator("details.chapter tbody tr").all_text_contents()
    assert moved
    assert len(rows) == len(moved)
    assert all(any(row.startswith("".join(pair)) for row in rows) for pair in moved)


@pytest.mark.parametrize("script", [True, False])
def test_a_plan_is_made_in_two_clicks_and_a_measure_ticked_off(page_as, script):
    page = page_as("clerk", PHONE if script else DESK, script=script)
    page.goto("/ladder/foresight/")
    links = page.locator(".card.flow tbody a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    for href in links:
        page.goto(href)
        if page.locator("#make").count():
            break
    else:
        pytest.fail("every firm has a plan already")
    if script:  # axe-core cannot run without
        assert_accessible(page)
        assert_fits(page)
    texts = page.locator("#make [name=text]")
    owners = page.locator("#make [name=owner]")
    if not texts.first.input_value():
        texts.first.fill("上门辅导")
        owners.first.select_option(index=1)
    lines = sum(bool(texts.nth(i).input_value()) for i in range(texts.count()))
    with page.expect_navigation():
        page.click("#make button")
    assert "已制定一企一策" in page.locator(".message").first.inner_text()
    assert page.locator("button[name=done]").count() == lines
    if script:
        assert_accessible(page)
    with page.expect_navigation():
        page.locator("button[name=done]").first.click()
    assert page.locator("button[name=done]").count() == lines - 1
    page.goto("/firms/plans/")
    assert f"1/{lines}" in page.locator("tbody").inner_text()
