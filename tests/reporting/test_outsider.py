"""A firm can never see another firm's cell: an outsider walks every address there is, with all it could guess."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from quanyu.bureaus.reporting.acts import draft as drafts
from quanyu.bureaus.reporting.models import Draft, Submission
from quanyu.bureaus.reporting.reads import submission as reads
from quanyu.bureaus.reporting.reads.checks import complaints
from quanyu.facts.models import Report
from quanyu.plan import acts as plan
from quanyu.plan.reads import registry
from tests.factories import person
from tests.facts.desk import good, moment
from tests.reporting.handin import AT, MONTH, PACKAGES, a_firm, file, hand_in

SECRET, TYPED, WORDS = 84736251, 73625184, "玄武岩中试线的绝密说明"
TOLD = [*(f"{n}" for n in (SECRET, TYPED)), *(f"{n:,}" for n in (SECRET, TYPED)), "8,473.63", "8473.63", WORDS, "绝密"]
OUTSIDERS = ["firm_statistician", "firm_owner", "bank", "expert", ""]  # "": nobody is logged in
SEARCH = f"?q={str(SECRET)[:5]}&organisation={{0}}&firm={{0}}&form=qy101&period={MONTH}"
PERIODS = [MONTH, "2026-09", "2025"]


@pytest.fixture
def victim(db):
    """A firm whose month is filed, whose next month waits, and that has typed a third; another firm beside it."""
    plan.load(PACKAGES, ["demo-zone"], by=None, at=moment("2020-01-01"))
    held, other = a_firm(1), a_firm(2)
    cells = {"revenue": SECRET, "tax_paid": TYPED}
    more = cells | {"rd_labour": 310, "rd_expense": 810, "rd_projects": 0}  # R&D without a project asks for a word
    filed = file(held, period="2026-09", at=moment("2026-10-05"), **cells)
    last = registry().form("qy101", MONTH)
    _clean, asked = complaints(registry(), last, held.firm, MONTH, good(**more), on=AT.date())
    notes = dict.fromkeys((c.code for c in asked), WORDS)
    waiting = hand_in(held, at=AT, notes=notes, **more)
    assert {filed.state, waiting.state} == {"filed", "awaiting"}
    form = registry().form("qy101", "2026-11")
    drafts.save_draft(form, held.firm, "2026-11", cells=good(revenue=TYPED, rd_projects=0), by=held.statistician, at=AT,
                      notes={"QY101-10": WORDS})  # fmt: skip
    file(other, period="2026-09", at=moment("2026-10-05"))
    held.other, held.filed, held.waiting = other, filed, waiting
    return held


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one, before + str(one.pattern))
        else:
            yield before + str(one.pattern), one


def guesses(victim) -> dict[str, list[str]]:
    """Anything an outsider might put into an address: by the name of the gap, else by its kind."""
    pks = {str(victim.firm.pk)}
    for model in apps.get_models():
        if model._meta.app_label in ("reporting", "facts", "casework", "people", "decisions"):
            theirs = {"organisation": victim.firm} if "organisation" in {f.name for f in model._meta.fields} else {}
            found = model._default_manager.filter(**theirs).values_list("pk", flat=True)[: 2 if theirs else 1]
            pks |= {str(pk) for pk in found if isinstance(pk, int)}
    return {
        "organisation": [str(victim.firm.pk)], "form": ["qy101", "qy107_1"], "period": [*PERIODS, "2026-11"],
        "number": [victim.filed.number, victim.waiting.number], "suffix": ["xlsx", "csv"], "int": sorted(pks),
        "code": [reads.verify_path(victim.filed).strip("/").split("/")[-1]], "str": ["qy101", MONTH, victim.firm.code],
    }  # fmt: skip


def addresses(victim) -> Iterator[str]:
    known = guesses(victim)
    for route, one in patterns(get_resolver()):
        gaps = one.pattern.converters
        kinds = [(n, {"IntConverter": "int"}.get(type(c).__name__, "str")) for n, c in gaps.items()]
        if "(" in route or "^" in route:  # of libraries: log-in and static files, without a firm's data
            continue
        for values in itertools.product(*(known.get(n, known[kind]) for n, kind in kinds)):
            filled = route
            for (name, _kind), value in zip(kinds, values, strict=True):
                start = filled.index("<")
                filled = filled[:start] + value + filled[filled.index(">") + 1 :]
                assert name
            yield f"/{filled}"


def told(response) -> str:
    """All that an answer says, files unpacked."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            body = b"\n".join(packed.read(name) for name in packed.namelist())
    return body.decode("utf-8", "replace") + str(response.headers)


def outsider(role: str, victim) -> Client:
    client = Client(raise_request_exception=False)
    if role.startswith("firm"):
        client.force_login(victim.other.statistician if role == "firm_statistician" else victim.other.owner)
    elif role:
        client.force_login(person(role, victim.other.firm))
    return client


def leaks(answer: str) -> list[str]:
    return [secret for secret in TOLD if secret in answer]


@pytest.mark.parametrize("role", OUTSIDERS)
def test_no_address_tells_an_outsider_anothers_cell(victim, role):
    client, walked, found = outsider(role, victim), 0, []
    for address in addresses(victim):
        if address.startswith(("/accounts/", "/static/")):
            continue
        for query in ("", *([] if any(c.isdigit() for c in address) else [SEARCH.format(victim.firm.pk)])):
            response = client.get(address + query)
            assert response.status_code != 500, address + query
            found += [(address + query, secret) for secret in leaks(told(response))]
            walked += 1
    assert found == []
    assert walked > 300


@pytest.mark.parametrize("role", OUTSIDERS)
def test_no_address_lets_an_outsider_write_into_anothers_report(victim, role):
    client = outsider(role, victim)
    mine = {"organisation": victim.firm}
    before = [list(model.objects.filter(**mine).values()) for model in (Draft, Submission, Report)]
    for address in addresses(victim):
        if address.startswith(("/accounts/", "/static/", "/i18n/")):
            continue
        response = client.post(address, {"revenue": "1", "note": "x", "why": "x", "reason": "x", "action": "submit"})
        assert response.status_code != 500, address
        assert leaks(told(response)) == [], address
    assert [list(model.objects.filter(**mine).values()) for model in (Draft, Submission, Report)] == before


def test_the_walk_would_notice(victim):
    """The same eyes see the cells where they belong: at the firm's own desk, and at the office."""
    own = Client()
    own.force_login(victim.statistician)
    seen = {secret for address in addresses(victim) for secret in leaks(told(own.get(address)))}
    assert {str(TYPED), f"{SECRET:,}", WORDS} <= seen
    clerk = Client()
    clerk.force_login(person("clerk"))
    assert f"{SECRET:,}" in {s for a in addresses(victim) if "/reports/" in a for s in leaks(told(clerk.get(a)))}
