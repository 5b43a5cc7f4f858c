"""No link on any page is dead, whoever follows it."""

from __future__ import annotations

import pytest

from tests.browser.conftest import crawl

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("username", ["leader", "clerk", "it_admin", "firm_statistician", "public", "expert"])
def test_every_link_that_is_offered_leads_somewhere(page_as, site, username):
    found = crawl(page_as(username), site.url, most=120)
    assert len(found) > 3
    assert {address: status for address, status in found.items() if status != 200} == {}
