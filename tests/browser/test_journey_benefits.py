"""Journey 6, the firm's half: 能享受什么 → 确认账户 is two clicks; its pages are readable at both sizes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.browser.conftest import DESK, PHONE, ROOT, assert_accessible, assert_fits

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def claimed(site):
    environment = os.environ | {
        "QUANYU_HOME": str(site.home), "QUANYU_ENV_FILE": os.devnull, "QUANYU_BASE_URL": site.url,
        "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "quanyu.config.settings",
    }  # fmt: skip
    made = subprocess.run(
        [sys.executable, "-m", "tests.browser.claiming"], env=environment, capture_output=True, text=True, timeout=120
    )
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout.splitlines()[-1])


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_pages_fit_and_are_accessible(claimed, page_as, size):
    key = claimed["policy"]
    addresses = ["/mine/", "/mine/?path=high_tech_recognition", "/mine/?revenue=1", "/policies/", f"/policies/{key}/"]
    addresses += ["/policies/high_tech_recognition/"]
    for user, pages in (
        ("firm_owner", addresses), (None, ["/policies/try/", "/policies/"]),
        ("chief", ["/policies/", f"/policies/{key}/", f"/policies/{key}/firms/", f"/mine/{claimed['firm']}/"]),
    ):  # fmt: skip
        page = page_as(user, size)
        for address in pages:
            assert page.goto(address).status == 200, address
            assert_fits(page)
            assert_accessible(page)


def test_a_guest_computes_without_a_log_in_or_script(claimed, page_as):
    page = page_as(None, PHONE, script=False)
    page.goto("/policies/try/")
    fields = page.locator("fieldset.asks input, fieldset.asks select")
    assert fields.count() <= 4
    fields.first.fill("5000")
    page.click("form.wide button[type=submit]")
    assert page.locator(".pol").count() > 3
    assert_fits(page)


def test_a_firm_confirms_its_account_in_two_clicks(claimed, page_as):
    page = page_as("firm_owner")
    page.goto("/")
    clicks = ["nav.side >> text=能享受什么", f"#p-{claimed['policy']} form button"]
    page.click(clicks[0])
    assert page.locator(f"#p-{claimed['policy']} .amt b").inner_text() == claimed["amount"]
    page.click(clicks[1])
    page.wait_for_url("**/cases/*/")
    assert "确认收款账户" in page.locator(".message").inner_text()
    assert len(clicks) == 2
    page.goto("/mine/")
    row = page.locator(f"#p-{claimed['policy']}")
    assert row.locator("form button").count() == 0 and "看办理进度" in row.inner_text()
