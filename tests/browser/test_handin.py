"""From handing in to the receipt in a real browser: one tap on a phone, the paper, the public page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, ROOT, Site, assert_accessible, assert_fits

pytestmark = pytest.mark.browser
PageAs = Callable[..., Page]
MONTH = "2024-03"
SCRIPT = """
import json, sys
import django
django.setup()
from django.utils import timezone
from quanyu.bureaus.reporting.acts.submission import submit
from quanyu.bureaus.reporting.reads import submission as reads
from quanyu.bureaus.reporting.reads.checks import complaints
from quanyu.facts.models import Report
from quanyu.people.models import User
from quanyu.plan.reads import registry
month, more = sys.argv[1], int(sys.argv[2])
who, owner = (User.objects.get(username=f"firm_{name}") for name in ("statistician", "owner"))
firm, form, at = who.posts.first().organisation, registry().form("qy101", month), timezone.now()
filed = Report.objects.filter(form="qy101", organisation=firm, period__lte=month, status="filed")
last = filed.order_by("period").last()
typed = {f.name: last.cells[f.name] for f in form.fields if f.name in last.cells and not f.formula}
typed["tax_paid"] += more
said = {c.code: "已核对" for c in complaints(registry(), form, firm, month, typed, on=timezone.localdate())[1]}
made = submit(registry(), form, firm, month, content={"": typed}, by=who, at=at, notes=said, reason="补记一笔")
print(json.dumps({"number": made.number, "confirm": reads.confirm_path(made, owner), "verify": reads.verify_path(made),
                  "digest": made.digest, "firm": firm.pk, "name": firm.name, "tax": typed["tax_paid"]}))
"""


@pytest.fixture
def hand_in(site: Site) -> Callable[..., dict[str, object]]:
    """The firm's statistician hands in a month, in a process of its own; what the owner is sent."""

    def done(more: int) -> dict[str, object]:
        environment = os.environ | {
            "QUANYU_HOME": str(site.home), "QUANYU_ENV_FILE": os.devnull, "QUANYU_BASE_URL": site.url,
            "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "quanyu.config.settings",
        }  # fmt: skip
        asked = [sys.executable, "-c", SCRIPT, MONTH, str(more)]
        ran = subprocess.run(asked, env=environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout.splitlines()[-1])

    return done


def test_the_owner_confirms_with_one_tap_on_a_phone(hand_in, page_as: PageAs):
    made = hand_in(11)
    phone = page_as(None, PHONE)
    phone.goto(made["confirm"])
    expect(phone.get_by_role("heading", level=1)).to_have_text("请您确认这份报表")
    assert_fits(phone)
    assert_accessible(phone)
    button = phone.get_by_role("button", name="确认报送")
    box = button.bounding_box()
    assert box["height"] >= 44 and box["y"] + box["height"] <= PHONE[1]  # within thumb reach without scrolling
    button.click()
    expect(phone.locator("main")).to_contain_text(f"回执号 {made['number']}")
    assert f"{made['tax']:,}" not in phone.content()
    again = page_as(None, PHONE, script=False)
    again.goto(made["confirm"])
    expect(again.get_by_role("button", name="确认报送")).to_have_count(0)


def test_sending_back_without_script(hand_in, page_as: PageAs):
    made = hand_in(101)
    phone = page_as(None, PHONE, script=False)
    phone.goto(made["confirm"])
    phone.locator("summary", has_text="退回并说明").click()
    phone.fill("textarea[name=why]", "税费还要核对")
    phone.get_by_role("button", name="退回", exact=True).click()
    expect(phone.locator("main")).to_contain_text("税费还要核对")
    desk = page_as("firm_statistician")
    desk.goto(f"/report/{made['firm']}/qy101/{MONTH}/history/")
    expect(desk.locator("main")).to_contain_text("税费还要核对")


def test_the_receipt_prints_on_paper_and_anybody_verifies_it(hand_in, page_as: PageAs):
    made = hand_in(202)
    owner = page_as("firm_owner", PHONE)
    owner.goto(f"/report/receipt/{made['number']}/")
    owner.get_by_role("link", name="去确认").click()
    owner.get_by_role("button", name="确认报送").click()
    desk = page_as("firm_statistician", DESK)
    desk.goto(f"/report/receipt/{made['number']}/")
    expect(desk.get_by_role("heading", level=1)).to_have_text("报送回执")
    expect(desk.locator("svg.qr")).to_be_visible()
    assert_accessible(desk)
    with desk.expect_download() as fetched:
        desk.get_by_role("link", name="下载归档包").click()
    assert fetched.value.suggested_filename == f"{made['number']}.zip"
    desk.emulate_media(media="print")
    expect(desk.locator(".side")).to_be_hidden()
    expect(desk.get_by_role("button", name="撤回")).to_be_hidden()
    pages = desk.pdf(format="A4", prefer_css_page_size=True).count(b"/Type /Page\n")
    assert pages == 1
    stranger = page_as(None, PHONE, script=False)
    stranger.goto(made["verify"])
    main = stranger.locator("main")
    for words in ("这份回执是真实的", made["number"], made["digest"], made["name"]):
        expect(main).to_contain_text(str(words))
    assert f"{made['tax']:,}" not in stranger.content()
    assert_fits(stranger)


def test_every_page_of_handing_in_is_accessible_and_fits(hand_in, page_as: PageAs):
    made = hand_in(303)
    where = f"/report/{made['firm']}/qy101/{MONTH}"
    for size in (DESK, PHONE):
        page = page_as("firm_owner", size)
        own = (f"{where}/history/", f"{where}/feedback/", "/report/colleagues/")
        for address in (*own, made["confirm"], made["verify"]):
            page.goto(str(address))
            assert_fits(page)
            assert_accessible(page)
    page.goto(f"{where}/history/#tax_paid")
    expect(page.locator("tr#tax_paid")).to_be_in_viewport()
