"""No link on any page is dead, whoever follows it: one person for each set of open pages crawls from home."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.browser.conftest import ROOT, crawl

pytestmark = pytest.mark.browser
ROLES = yaml.safe_load((ROOT / "packages/core/roles.yaml").read_text("utf-8"))
KINDS = {(tuple(role["sees"]), role.get("own_only", False)): role["key"] for role in reversed(ROLES)}
"""What a role opens → the first role that opens just that: the links of the others are the same."""


@pytest.mark.parametrize("username", sorted(KINDS.values()))
def test_every_link_that_is_offered_leads_somewhere(page_as, site, username):
    found = crawl(page_as(username), site.url, most=150)
    assert len(found) > 3
    assert {address: status for address, status in found.items() if status != 200} == {}


def test_pages_of_every_pattern_open_without_a_complaint(page_as, site):
    """Each kind of page is opened in the browser once: `page_as` fails on console errors, CSP violations among them."""
    page = page_as("leader")
    kinds: dict[str, str] = {}
    for address in crawl(page, site.url, most=150):
        kinds.setdefault(re.sub(r"/\d+/|/(indicators|tasks)/[a-z]\w+/", r"/\1/*/", address.split("?")[0]), address)
    pages = [a for a in kinds.values() if a.endswith("/") or "/?" in a]
    assert len(pages) >= 10
    for address in pages:
        assert page.goto(address).status == 200, address
