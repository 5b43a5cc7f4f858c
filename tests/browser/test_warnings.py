"""Early warnings in a browser: the list, a case with its levers, the firms a lever points to, on a desk and a phone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.browser.conftest import DESK, PHONE, assert_accessible, assert_fits, prefer

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def ticked(site):
    """The clock came by: what is to be warned about was raised, the levers were counted."""
    environment = os.environ | {"QUANYU_HOME": str(site.home)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run([sys.executable, "-m", "quanyu.cli", "tick", "--quiet"], env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    return site


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_from_a_warning_to_the_firms_that_could_close_its_gap(ticked, page_as, size):
    page = page_as("chief", size)
    for path in ("/warnings/", "/indicators/rd_institution_rate/"):
        page.goto(path)
        assert_fits(page)
        assert_accessible(page)
    page.goto("/warnings/")
    page.locator("tbody a").first.click()
    assert page.locator("h2", has_text="预警内容").is_visible()
    assert "目标" in page.locator("section", has_text="预警内容").first.inner_text()
    assert_fits(page)
    assert_accessible(page)
    page.goto("/indicators/rd_institution_rate/")
    page.locator("#levers a").first.click()
    assert page.locator("tbody tr").count() > 0
    assert_fits(page)
    assert_accessible(page)


def test_the_list_fits_in_large_type_and_in_english(ticked, page_as):
    page = page_as("clerk")
    page.goto("/warnings/")
    for language, large in (("zh-hans", True), ("en", False)):
        prefer(page, language=language, large=large)
        page.goto("/warnings/")
        assert_fits(page)
        assert_accessible(page)
