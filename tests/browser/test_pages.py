"""The plan's text, contradictions, tasks, register, reports and the way home, as readers of every size meet them."""

from __future__ import annotations

import os

import pytest

from tests.browser.conftest import DESK, PHONE, ROOT, assert_accessible, assert_fits, prefer

pytestmark = pytest.mark.browser
PAGES = [
    "/plan/text/", "/plan/conflicts/", "/plan/technologies/", "/tasks/", "/tasks/box6_chief/", "/orgs/", "/reports/",
    "/indicators/high_tech_enterprises/home/", "/indicators/rd_to_gdp/home/?as_of=2024-05-01",
    "/amendments/", "/plan/compare/", "/appraisals/", "/plan/?on=2024-03-31",
]  # fmt: skip
PICTURES = {
    "cockpit-1440": ("/plan/", DESK), "cockpit-390": ("/plan/", PHONE),
    "indicator-1440": ("/indicators/high_tech_enterprises/", DESK), "conflicts-1440": ("/plan/conflicts/", DESK),
    "way-home-1440": ("/indicators/rd_to_revenue/home/", DESK),
}  # fmt: skip


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("address", PAGES)
def test_pages_are_accessible_and_fit(page_as, address, size):
    page = page_as("leader", size)
    assert page.goto(address).status == 200
    assert_fits(page)
    assert_accessible(page)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_an_organisation_and_a_corrected_report_are_accessible_and_fit(page_as, size):
    page = page_as("leader", size)
    page.goto("/orgs/?kind=firm")
    page.locator("td a[href^='/orgs/']").first.click()
    assert_fits(page)
    assert_accessible(page)
    page.locator("td a[href^='/reports/']").first.click()
    assert page.locator("table.paper tbody tr").count() > 0
    assert_fits(page)
    assert_accessible(page)


@pytest.mark.parametrize("address", ["/plan/text/", "/plan/conflicts/", "/tasks/", PAGES[7]])
def test_large_type_and_english_are_accessible_and_fit(page_as, address):
    for size, language, large in ((PHONE, "zh-hans", True), (DESK, "en", False)):
        page = page_as("leader", size)
        page.goto("/orgs/?q=0")
        prefer(page, language=language, large=large)
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == ("en" if language == "en" else "zh-CN")
        assert_fits(page)
        assert_accessible(page)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_an_amendment_and_an_appraisal_are_accessible_and_fit(page_as, size):
    page = page_as("chief", size)
    page.goto("/amendments/")
    page.locator("td a[href^='/cases/'], th a[href^='/cases/']").last.click()
    assert page.locator("text=按哪一版规划研判").count() == 1
    assert_fits(page)
    assert_accessible(page)
    page.goto("/appraisals/")
    page.locator("th a[href^='/appraisals/']").first.click()
    assert page.locator("section.card h2").count() >= 8
    assert_fits(page)
    assert_accessible(page)


def test_from_the_cockpit_to_the_person_who_filed_a_number(page_as):
    page = page_as("clerk")
    page.goto("/plan/")
    page.click("table.ind a[href='/indicators/rd_to_revenue/']")
    page.locator("a[href^='/indicators/rd_to_revenue/home/']").first.click()
    assert page.locator(".equation .part").count() == 2
    firm = page.locator(".steps td").first.inner_text()
    page.locator(".steps td a[href^='/reports/']").first.click()
    assert page.locator("h1").inner_text() == firm
    assert "填报" in page.locator("aside .facts dd").first.inner_text()


def test_the_past_is_asked_for_and_left_again(page_as):
    page = page_as("clerk")
    page.goto("/indicators/rd_to_revenue/home/?period=2024-03")
    page.fill("#as_of", "2024-04-20")
    page.click(".btns form button")
    assert "as_of=2024-04-20" in page.url and "按 2024年4月20日 当时所知" in page.locator(".ph .sub").inner_text()
    page.click("text=回到现在")
    assert "as_of" not in page.url and "period=2024-03" in page.url


def test_the_facts_of_a_figure_are_leafed_through(page_as):
    page = page_as("clerk")
    page.goto("/indicators/rd_to_revenue/home/")
    first = page.locator(".steps td").first.inner_text()
    page.click(".pager >> text=下一页")
    assert "page=2" in page.url and page.locator(".steps tbody tr").count() == 20
    page.click(".pager >> text=上一页")
    assert page.locator(".steps td").first.inner_text() == first


def test_a_firm_finds_itself_and_nobody_else(page_as):
    page = page_as("firm_statistician")
    page.goto("/orgs/")
    rows = page.locator("td a[href^='/orgs/']")
    assert rows.count() == 1
    rows.first.click()
    page.locator("td a[href^='/reports/']").first.click()
    assert page.locator("table.paper").is_visible()


def test_chapters_fold_without_script(page_as):
    page = page_as("leader", script=False)
    page.goto("/plan/text/")
    chapter = page.locator("details#c2")
    promise = chapter.locator(".said li").first
    assert promise.is_visible()
    chapter.locator("summary").click()
    assert promise.is_hidden()


def test_lists_are_narrowed_without_script(page_as):
    page = page_as("leader", script=False)
    page.goto("/tasks/")
    page.click(".ledger summary")
    page.select_option(".ledger select[name=state]", "new")
    page.click(".ledger .filters button")
    assert "state=new" in page.url
    lamps = page.locator("td .st").evaluate_all("all => all.map(one => one.className)")
    assert lamps and set(lamps) == {"st none"}
    page.goto("/reports/")
    page.select_option("select[name=period]", index=2)
    page.click(".filters button")
    assert page.locator("select[name=period]").evaluate("s => s.selectedIndex") == 2


def test_a_report_prints_as_its_form(page_as):
    page = page_as("leader")
    page.goto("/reports/")
    page.locator("td a[href^='/reports/']").first.click()
    page.emulate_media(media="print")
    assert page.locator(".sheet").is_visible() and page.locator(".marks").is_visible()
    assert page.locator(".side").is_hidden() and page.locator(".btns").is_hidden()
    assert page.locator(".demo").is_visible()


def test_every_download_arrives(page_as):
    page = page_as("leader")
    for address in (*PAGES[:4], "/orgs/?kind=firm", "/reports/", PAGES[7]):
        page.goto(address)
        links = page.locator("main a.btn").evaluate_all("all => all.map(a => a.href)")
        files = [link for link in links if link.split("?")[0].endswith((".csv", ".xlsx", ".yaml"))]
        assert len(files) >= {"/plan/text/": 0, "/tasks/": 1}.get(address, 2), address
        for link in files[:6]:
            answer = page.context.request.get(link)
            assert answer.status == 200 and len(answer.body()) > 100, link


@pytest.mark.skipif("QUANYU_PICTURES" not in os.environ, reason="pictures of the manual: run with QUANYU_PICTURES=1")
@pytest.mark.parametrize("name", PICTURES)
def test_take_the_pictures_of_the_manual(page_as, name):
    address, size = PICTURES[name]
    page = page_as("leader", size)
    page.goto(address)
    path = ROOT / "docs" / "pictures" / f"{name}.png"
    path.parent.mkdir(exist_ok=True)
    page.screenshot(path=path)
    assert path.stat().st_size > 20_000
