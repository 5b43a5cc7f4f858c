"""What is on file about a firm is told to nobody but the firm and the offices, whatever address is guessed."""

from __future__ import annotations

import datetime as dt

import pytest

from quanyu.bureaus.enterprises.acts import merging, register, requests
from quanyu.bureaus.enterprises.models import Change, Liaison, Merging, Request, Saying
from quanyu.facts import acts as facts
from quanyu.plan.reads import registry
from tests.enterprises.office import NOW, ON, an_office, browser, entry
from tests.facts.desk import good

pytestmark = pytest.mark.django_db
SECRETS = ["玄圃", "苍梧", "玄武岩中试线", "84736251", "84,736,251", "西园", "李挂点"]


@pytest.fixture
def here(db):
    made = an_office()
    firm, give = made.one.firm, {"by": made.clerk, "at": NOW}
    register.change_firm(firm, "name", "苍梧电子有限公司", on=ON, source="tax", reason="玄武岩中试线更名", **give)
    register.say([(firm, "area", "西园")], "tax", ON, **give)
    merging.merge(firm, entry(31, "玄圃电子股份公司"), "玄武岩中试线", **give)
    register.assign_liaison([firm], made.st_office, dt.date(2026, 1, 1), **give)
    facts.file_report(registry().form("qy101", "2026-01"), firm, "2026-01", good(revenue=84736251), None, NOW, "")
    form = {"kind": "land", "content": "玄武岩中试线要厂房"}
    requests.ask(firm, "玄武岩中试线", form, by=made.one.owner, at=NOW)
    return made


def addresses(here):
    tails = ["", "?q=玄圃", "?q=玄武岩", "?state=disputed", "?state=merged", "?kind=land"]
    for path in ("/firms/", "/firms.csv", "/firms.xlsx", "/requests/", "/requests.csv"):
        yield from (path + tail for tail in tails)
    near = {
        pk + n for pk in (here.one.firm.pk, Request.objects.get().pk, Merging.objects.get().absorbed_id) for n in (0, 1)
    }
    for pk in {*near, here.two.firm.pk}:
        yield from (f"/firms/{pk}/", f"/cases/{pk}/", f"/firms/merge/?a={pk}&b={here.one.firm.pk}")


def posts(here):
    firm = here.one.firm.pk
    yield "/requests/", {"firm": firm, "title": "x", "kind": "", "content": "x"}
    yield from ((f"/firms/{firm}/do/{verb}/", {"field": "area", "value": "东园", "reason": "x", "source": "tax"})
                for verb in ("change", "say", "settle", "liaison"))  # fmt: skip
    yield f"/firms/merge/?a={firm}&b={here.two.firm.pk}", {"verb": "merge", "because": "x"}
    yield f"/firms/do/liaison/?q={here.one.firm.name}", {"officer": here.clerk.pk}


@pytest.mark.parametrize("who", ["owner", "statistician"])
def test_another_firm_sees_nothing_and_writes_nothing(here, who):
    client, found = browser(getattr(here.two, who)), []
    models = (Change, Saying, Merging, Liaison, Request)
    before = [list(m.objects.values()) for m in models]
    answers = [(a, client.get(a)) for a in addresses(here)] + [(a, client.post(a, typed)) for a, typed in posts(here)]
    for address, response in answers:
        assert response.status_code != 500, address
        asked = response.content.decode("utf-8", "replace").replace('value="玄', "").replace("x", "")
        found += [(address, secret) for secret in SECRETS if secret in asked]
    assert [pair for pair in found if "q=" not in pair[0]] == []
    assert [list(m.objects.values()) for m in models] == before
    told = {a: r.status_code for a, r in answers}
    assert (told[f"/firms/{here.one.firm.pk}/"], told[f"/firms/{here.two.firm.pk}/"]) == (404, 200)


def test_the_firm_itself_and_the_office_see_it(here):
    own = browser(here.one.owner).get(f"/firms/{here.one.firm.pk}/").content.decode()
    office = browser(here.clerk).get(f"/firms/{here.one.firm.pk}/").content.decode()
    for page in (own, office):
        for told in ("苍梧", "玄圃电子股份公司", "84,736,251", "西园", "玄武岩中试线"):
            assert told in page
