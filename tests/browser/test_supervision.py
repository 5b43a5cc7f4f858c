"""Journeys 4 and 5 with their taps counted: from a red lamp to an order, from the order to 销号; the board itself."""

from __future__ import annotations

import json
import sqlite3

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESK, PHONE, assert_accessible, assert_fits

pytestmark = pytest.mark.browser


class Hand:
    """Somebody's hand on a page: every click, tap and choice of a file counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def tap(self, selector: str) -> None:
        self.taps += 1
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()

    def choose(self, selector: str, name: str) -> None:
        self.taps += 1
        self.page.set_input_files(
            selector, {"name": name, "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
        )


def free_lamp(page: Page) -> str:
    """A red lamp (amber where none is red) of the cockpit whose indicator nobody was told to mend yet."""
    lamps = page.locator(".mrow a.st.late, .mrow a.st.warn").evaluate_all(
        "all => [...all.filter(a => a.matches('.late')), ...all].map(a => a.getAttribute('href'))"
    )
    assert lamps
    origin = page.url.split("/plan/")[0]
    return next(h for h in lamps if "这件事已在督办" not in page.context.request.get(origin + h).text())


def of_case(site, pk: str) -> tuple[str, list[str], str]:
    """Phase of a case, its steps as events tell them, its agreed day."""
    with sqlite3.connect(site.home / "db.sqlite3") as held:
        phase, agreed = held.execute("select phase, agreed_on from casework_case where id = ?", [pk]).fetchone()
        events = held.execute(
            "select body from people_event where subject = ? and act = 'casework.take' order by id",
            [f"casework.case:{pk}"],
        )
        return phase, [json.loads(body)["action"] for (body,) in events], agreed


def test_from_a_red_lamp_to_an_order_in_three_taps_then_to_its_end_in_four_and_two(page_as, site):
    phone = page_as("leader", PHONE)
    phone.goto("/plan/")
    lamp, leader = free_lamp(phone), Hand(phone)
    leader.tap(f'.mrow a.st[href="{lamp}"]')  # the lamp
    assert "可达目标" in phone.input_value("#requirement")
    unit, due = phone.input_value("#lead"), phone.input_value("#due_on")
    phone.fill("#note", "请于期限内补上差距")  # typed words are not taps
    send = phone.locator("button.wide").bounding_box()
    assert send and send["y"] + send["height"] <= PHONE[1], "发出 is within the first screen"
    leader.tap("button.wide")  # 发出
    assert leader.taps <= 3
    pk = phone.url.rstrip("/").rsplit("/", 1)[1]
    assert of_case(site, pk) == ("active", ["order"], due)
    assert_fits(phone)
    assert_accessible(phone)

    desk = page_as(unit, DESK)
    desk.goto("/inbox/")
    lead = Hand(desk)
    lead.tap(f'main a[href="/cases/{pk}/"]')  # open the item
    lead.tap('form[action$="/do/sign/"] button')  # 签收
    form = 'form[action$="/do/apply/"]'
    desk.fill(f"{form} textarea[name=note]", "差距已补上，佐证材料附后。")
    lead.choose(f"{form} input[type=file]", "佐证.pdf")  # 附件
    lead.tap(f"{form} button.p")  # 反馈并申请销号
    assert lead.taps <= 4
    assert of_case(site, pk)[:2] == ("check", ["order", "sign", "apply"])

    office = page_as("clerk", DESK)
    office.goto(f"/cases/{pk}/")
    clerk = Hand(office)
    clerk.tap('form[action$="/do/verify/"] button')  # 核实
    clerk.tap('form[action$="/do/close/"] button')  # 销号
    assert clerk.taps <= 2
    assert of_case(site, pk)[:2] == ("done", ["order", "sign", "apply", "verify", "close"])
    assert "佐证.pdf" in office.inner_text("main")
    office.goto("/tasks/?state=done")
    assert office.locator("#ledger tbody tr").count() >= 1


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_pages_of_supervision_are_accessible_and_fit(page_as, size):
    page = page_as("chief", size)
    page.goto("/tasks/?state=new")
    keys = page.locator("#ledger input[name=task]").evaluate_all("all => all.slice(0, 2).map(a => a.value)")
    batch = "/orders/batch/?" + "&".join(f"task={k}" for k in keys)
    orders = (batch, "/orders/new/", f"/orders/new/?task={keys[0]}")
    for address in ("/tasks/", "/tasks/?state=new", f"/tasks/{keys[0]}/", *orders):
        page.goto(address)
        assert_fits(page)
        assert_accessible(page)


def test_targets_on_a_phone_are_44_pixels(page_as):
    page = page_as("leader", PHONE)
    for address in ("/tasks/", "/orders/new/", "/plan/"):
        page.goto(address)
        kinds = (".btn", ".lane a", ".pick", ".form.order input", ".form.order select", ".mrow a.st")
        small = page.locator(", ".join(f"{kind}:visible" for kind in kinds)).evaluate_all(
            "all => all.filter(i => i.getBoundingClientRect().height < 44).map(i => i.outerHTML)"
        )
        assert small == [], address


def test_tasks_are_picked_and_put_under_supervision_without_script(page_as):
    page = page_as("clerk", script=False)
    page.goto("/tasks/?state=new")
    picked = page.locator("#ledger input[name=task]")
    total = int(page.locator("#ledger tbody tr").count())
    for n in (total - 2, total - 1):
        picked.nth(n).check()
    page.click("button[form=pick]:not([formaction])")
    assert page.locator("table tbody tr").count() == 2
    page.click("button.wide")
    assert "已立项 2 项" in page.inner_text("main") and page.url.endswith("/tasks/")


def test_the_slip_downloads_from_the_board(page_as):
    page = page_as("clerk")
    page.goto("/tasks/")
    picked = page.locator("#ledger input[name=case]")
    assert picked.count() >= 1
    picked.first.check()
    with page.expect_download() as coming:
        page.click("button[formaction$='slips.docx']")
    assert coming.value.suggested_filename.endswith(".docx")
