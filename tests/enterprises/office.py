"""Two firms with their people, the office that keeps their files, the core definitions."""

from __future__ import annotations

from types import SimpleNamespace

from django.test import Client

from quanyu.people.acts import register_organisation
from tests.factories import LONG_AGO, code, person
from tests.facts.desk import moment
from tests.reporting.handin import a_firm, definitions

NOW = moment("2026-11-24 10:00")
ON = NOW.date()


def park(name: str):
    key = {"东园": "east", "西园": "west"}[name]
    return register_organisation(by=None, at=NOW, key=key, name=name, kind="area_park")


def an_office() -> SimpleNamespace:
    """`one`, `two`: firms with `statistician`, `owner`; `clerk`, `chief`, `tax`: people of offices; `east`, `west`."""
    definitions()
    east, west = park("东园"), park("西园")
    words = {"area": east, "industry": "39", "size": "medium", "opened_on": LONG_AGO}
    one, two = a_firm(1, name="玄圃电子有限公司", **words), a_firm(2, name="若木新材有限公司", **words)
    people = {role: person(role) for role in ("clerk", "chief", "tax", "st_office")}
    return SimpleNamespace(one=one, two=two, east=east, west=west, **people)


def entry(n: int, name: str, **fields):
    """Another entry of the register, without people."""
    row = {"name": name, "kind": "firm", "code": code(n), "fictional": True, "opened_on": LONG_AGO}
    return register_organisation(by=None, at=NOW, **(row | fields))


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client
