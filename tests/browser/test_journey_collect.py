"""Journey 2, counted: a clerk collects the month of 239 firms, from the log-in page to the locked period."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.collecting import CHANGED, PERIOD
from tests.browser.conftest import DESK, PHONE, ROOT, Site, _free_port, _wait_for, assert_accessible, assert_fits

pytestmark = pytest.mark.browser
FIRMS, MOST = 239, 12


@pytest.fixture(scope="module")
def zone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, dict[str, int]]]:
    """The demonstration with all its firms, October open, served."""
    home, url = tmp_path_factory.mktemp("october"), f"http://127.0.0.1:{_free_port()}"
    environment = os.environ | {
        "QUANYU_HOME": str(home), "QUANYU_ENV_FILE": os.devnull, "QUANYU_BASE_URL": url, "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "quanyu.config.settings",
    }  # fmt: skip

    def run(*words: str) -> dict[str, object]:
        done = subprocess.run([sys.executable, "-m", *words], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    made = run("quanyu.cli", "demo", "--json", "--quiet")
    passwords = {who["username"]: who["password"] for who in made["log_ins"]}
    counts = run("tests.browser.collecting")
    serve = [sys.executable, "-m", "quanyu.cli", "serve", "--port", url.rsplit(":", 1)[1], "--workers", "1"]
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(serve, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(f"{url}/accounts/login/", server, home / "server.log")
        yield Site(url, home, passwords), counts
    finally:
        server.terminate()
        server.wait(timeout=20)


class Hand:
    """Every click counts; key presses are counted apart."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.keys = page, 0, 0

    def click(self, selector: str, *, stays: bool = False) -> None:
        self.clicks += 1
        if stays:
            return self.page.locator(selector).first.click()
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()

    def press(self, key: str, *, stays: bool = False) -> None:
        self.keys += 1
        if stays:
            return self.page.keyboard.press(key)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)


def ask(home: Path, question: str, *given: object) -> list[tuple[object, ...]]:
    with sqlite3.connect(home / "db.sqlite3") as held:
        return held.execute(question, given).fetchall()


def progress(page: Page) -> str:
    return page.locator(".nth").inner_text()


def test_a_clerk_collects_239_firms_in_twelve_clicks(zone, browser: Browser):
    site, counts = zone
    assert counts["queue"] + counts["clean"] + counts["missing"] == FIRMS
    assert CHANGED < counts["queue"] <= 15
    context = browser.new_context(base_url=site.url, viewport={"width": DESK[0], "height": DESK[1]})
    page = context.new_page()
    hand, queue = Hand(page), counts["queue"]
    page.goto("/accounts/login/")
    page.fill("[name=login]", "clerk")
    page.fill("[name=password]", site.passwords["clerk"])
    hand.click("main button[type=submit]")
    hand.click(".side a:text-is('报表调度')")
    hand.click(f"main a[href='/collect/qy101/{PERIOD}/']")
    hand.click("a:text-is('只看异常')")
    assert progress(page) == f"第 1 件，共 {queue} 件"
    assert_accessible(page)
    hand.press("j")
    assert progress(page) == f"第 2 件，共 {queue} 件"
    hand.press("k")
    hand.press("y")  # by mistake
    assert progress(page) == f"第 1 件，共 {queue - 1} 件"
    hand.press("u")
    assert progress(page) == f"第 1 件，共 {queue} 件"
    for n in range(queue):  # the first two go back, the others pass
        assert progress(page) == f"第 1 件，共 {queue - n} 件"
        if n < 2:
            hand.press("n", stays=True)
            assert page.evaluate("document.activeElement.name") == "why"
            assert page.input_value("[name=why]").startswith("请核实：")
            hand.press("Enter")
        else:
            hand.press("y")
    assert "没有待审的异常。" in page.inner_text("main")
    hand.click("button:has-text('批量放行无异常的')")
    hand.click("a:text-is('回到报表调度')")
    hand.click("button:has-text('一键催报')")
    hand.click("summary:has-text('锁定')", stays=True)
    hand.click("button:has-text('确认锁定')")
    home = site.home
    assert ask(home, "select state from reporting_window where period = ?", PERIOD) == [("locked",)]
    last = "select max(id) from reporting_verdict where period = ? group by organisation_id"
    ((passed,),) = ask(home, f"select sum(passed) from reporting_verdict where id in ({last})", PERIOD)
    assert passed == counts["clean"] + queue - 2
    returned = ask(
        home,
        "select count(*) from facts_report where period = ? and status = 'withdrawn' and reason like '请核实：%'",
        PERIOD,
    )
    assert returned == [(2,)]
    (told,) = ask(home, "select count(*) from people_notice where topic = 'reporting.reminder'")
    assert told == (counts["missing"] + 2,)
    print(f"239 firms: {hand.clicks} clicks, {hand.keys} key presses J/K/Y/N/U/Enter for {queue} exceptions")
    assert hand.clicks <= MOST
    context.close()


def test_the_queue_works_without_script_and_on_a_phone(zone, browser: Browser):
    """An earlier month, so that the journey's October stays as it is."""
    site, _counts = zone
    context = browser.new_context(
        base_url=site.url, viewport={"width": PHONE[0], "height": PHONE[1]}, java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", "clerk")
    page.fill("[name=password]", site.passwords["clerk"])
    page.click("main button[type=submit]")
    page.goto("/exceptions/?form=qy101&period=2026-06")
    before = int(progress(page).split("共")[1].strip(" 件"))
    page.click("button:has-text('放行')>>nth=-1")
    assert progress(page) == f"第 1 件，共 {before - 1} 件"
    page.click("button:has-text('撤销上一次放行')")
    assert progress(page) == f"第 1 件，共 {before} 件"
    page.click("summary:has-text('退回')")
    page.fill("[name=why]", "请核对")
    page.click("button:has-text('退回并说明')")
    assert progress(page) == f"第 1 件，共 {before - 1} 件"
    page.click("a:has-text('下一件')")
    assert progress(page).startswith("第 2 件")
    page.click("button:has-text('列入跟踪')")
    assert "已在跟踪名单上" in page.inner_text("main")
    state = context.storage_state()
    context.close()
    for size in (PHONE, DESK):
        context = browser.new_context(
            base_url=site.url, viewport={"width": size[0], "height": size[1]}, storage_state=state
        )
        page = context.new_page()
        for address in ("/exceptions/?form=qy101&period=2026-06", "/followups/?form=qy101&period=2026-06"):
            page.goto(address)
            assert_fits(page)
            assert_accessible(page)
        page.click("table.cards tbody a")  # the case of the firm that is followed up
        assert "跟踪情况" in page.inner_text("main")
        assert_fits(page)
        assert_accessible(page)
        context.close()


def test_keys_can_be_turned_off_and_do_nothing_while_somebody_types(zone, browser: Browser):
    site, _counts = zone
    context = browser.new_context(base_url=site.url)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", "clerk")
    page.fill("[name=password]", site.passwords["clerk"])
    page.click("main button[type=submit]")
    page.goto("/exceptions/?form=qy101&period=2026-05")
    page.focus("[name=remark]")
    page.keyboard.type("jkyn")
    assert page.input_value("[name=remark]") == "jkyn"
    page.uncheck("[data-keys]")
    page.goto("/exceptions/?form=qy101&period=2026-05")
    assert not page.is_checked("[data-keys]")
    page.locator("body").press("j")
    page.wait_for_timeout(300)
    assert progress(page).startswith("第 1 件")
    page.check("[data-keys]")
    page.locator("body").press("j")
    page.wait_for_url("**item=**")
    assert progress(page).startswith("第 2 件")
    context.close()
