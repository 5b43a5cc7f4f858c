"""The screening page and the form of many lines in a real browser, at both sizes."""

import datetime as dt

import pytest

from tests.browser.conftest import DESK, PHONE, assert_accessible, assert_fits

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])


def sheet(page):
    """The address of the signed-in firm's list of projects, for a year nobody has filed yet."""
    page.goto("/orgs/")
    firm = page.url.rstrip("/").rsplit("/", 1)[-1]
    if not firm.isdigit():
        firm = page.locator("main a[href*='/orgs/']").first.get_attribute("href").rstrip("/").rsplit("/", 1)[-1]
    return f"/report/{firm}/qy107_1/2026/lines/"


@SIZES
@pytest.mark.parametrize("view", ["rules", "projects", "firms", "edits", "history"])
def test_every_part_is_accessible_and_fits(page_as, size, view):
    page = page_as("clerk", size)
    page.goto(f"/screening/?view={view}")
    assert_accessible(page)
    assert_fits(page)


@SIZES
def test_a_rule_is_tried_before_it_is_switched_on(page_as, size):
    page = page_as("clerk", size, script=size == DESK)
    page.goto("/screening/")
    page.click("text=技术经济目标不属研发")
    if size == DESK:
        assert_accessible(page)
    page.click("button[value=try]")
    assert "试算：合计由" in page.inner_text("[role=status]")
    assert_fits(page)
    on = "启用" if size == DESK else "停用"
    page.select_option("#set", label=on)
    page.fill("#from_on", (dt.date.today() + dt.timedelta(days=1)).isoformat())
    page.fill("#reason", f"（演示）明日起{on}")
    page.click("button[value=switch]")
    page.goto("/screening/?view=history")
    first = page.locator("main tbody tr").first.inner_text()
    assert f"（演示）明日起{on}" in first


@SIZES
def test_the_table_of_projects_is_accessible_and_fits(page_as, size):
    page = page_as("firm_statistician", size)
    page.goto(sheet(page))
    assert page.inner_text("h1") == "企业研究开发项目情况"
    assert_accessible(page)
    assert_fits(page)


def test_a_block_pasted_into_a_cell_spreads_and_is_kept_by_itself(page_as):
    page = page_as("firm_statistician")
    page.goto(sheet(page))
    block = "在线检测方法研究\t1\t10\t发明专利\t3\t202602\t202611\n低温烧结工艺开发\t2\t22\t12\t4\t202601\n"
    row = page.locator("table.lines tbody tr.spare").first
    page.evaluate(
        """([id, text]) => {
            const clipboardData = new DataTransfer(), on = {clipboardData, bubbles: true, cancelable: true};
            clipboardData.setData("text", text);
            document.getElementById(id).dispatchEvent(new ClipboardEvent("paste", on));
        }""",
        [row.locator("input").first.get_attribute("id"), block],
    )
    assert row.locator("input").first.input_value() == "在线检测方法研究"
    assert row.locator("select").nth(2).input_value() == "9"
    page.locator("#state", has_text="已自动保存").wait_for()
    page.reload()
    names = page.locator("table.lines td.text input")
    assert "低温烧结工艺开发" in [names.nth(n).input_value() for n in range(names.count())]
    assert page.locator("#kept-here").is_hidden()


def test_problems_lead_to_their_cells_without_script(page_as):
    page = page_as("firm_statistician", script=False)
    page.goto(sheet(page))
    page.fill("#c-1-project_name", "短名")
    page.click("button[value=submit]")
    links = page.locator("#problems a[href^='#c-1-']")
    assert links.count() >= 2
    target = links.first.get_attribute("href")
    assert page.locator(target).get_attribute("aria-describedby") == f"m-{target[1:]}"
