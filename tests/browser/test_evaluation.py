"""The rounds of evaluation in a browser: the final one of the ended plan, on a desk and on a phone, and its papers."""

from __future__ import annotations

import io

import docx
import pytest

from tests.browser.conftest import DESK, PHONE, assert_accessible, assert_fits, prefer

pytestmark = pytest.mark.browser


def final(page) -> str:
    """Open the final evaluation of the ended plan from the navigation's list; its address."""
    page.goto("/evaluations/")
    page.locator("section.card h2 a", has_text="总结评估").click()
    page.wait_for_selector("#scores")
    return page.url


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_list_and_a_round_are_accessible_and_fit(page_as, size):
    page = page_as("chief", size)
    page.goto("/evaluations/")
    assert_fits(page)
    assert_accessible(page)
    final(page)
    assert_fits(page)
    assert_accessible(page)
    page.evaluate("document.querySelectorAll('details.chapter').forEach(d => d.open = true)")
    assert_fits(page)
    assert_accessible(page)


def test_large_type_and_english_fit_too(page_as):
    page = page_as("leader")
    address = final(page)
    for language, large in (("zh-hans", True), ("en", False)):
        prefer(page, language=language, large=large)
        page.goto(address)
        assert_fits(page)
        assert_accessible(page)


def test_three_scores_stand_side_by_side_within_the_first_screen(page_as):
    page = page_as("leader")
    final(page)
    boxes = [cell.bounding_box() for cell in page.locator("#scores .qsum > div").all()]
    assert len(boxes) == 3
    assert len({round(b["y"]) for b in boxes}) == 1 and boxes[0]["x"] < boxes[1]["x"] < boxes[2]["x"]
    assert all(b["y"] + b["height"] <= DESK[1] for b in boxes)
    shown = page.locator("#scores .v").all_inner_texts()
    assert [words.removesuffix("分") for words in shown] == ["86.6", "86.2", "82.7"]


def test_the_marks_say_their_word_without_colour(page_as):
    page = page_as("clerk")
    final(page)
    marks = page.locator(".desk table .st").first.evaluate_all("all => all.map(a => a.innerText)")
    assert marks and all(any(m in words for m in "✓●▲■○") and len(words) > 2 for words in marks)


def test_it_reads_without_script_and_its_draft_is_a_word_file(page_as):
    page = page_as("clerk", script=False)
    address = final(page)
    shown = page.locator("main").inner_text()
    held = page.context.request.get(f"{address}report.docx").body()
    paper = docx.Document(io.BytesIO(held))
    text = "\n".join(p.text for p in paper.paragraphs)
    assert "【待补：下一步工作建议】" in text and len(paper.inline_shapes) >= 3
    for score in page.locator("#scores .v").all_inner_texts():
        assert score in text
    cells = {cell.text for table in paper.tables for line in table.rows for cell in line.cells}
    assert "高新技术企业（家）" in cells and "高新技术企业" in shown


def test_on_a_phone_promises_are_cards_and_buttons_are_44_pixels(page_as):
    page = page_as("chief", PHONE)
    final(page)
    assert page.locator(".mrow:visible").count() >= 15
    small = page.locator("main .btn:visible").evaluate_all(
        "items => items.filter(i => i.getBoundingClientRect().height < 44).map(i => i.outerHTML)"
    )
    assert small == []
