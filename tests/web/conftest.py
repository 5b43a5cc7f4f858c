"""The tiny zone of `tests/decisions/zone.py`, judged, with roles that open the pages of the web room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils.translation import override

from quanyu.decisions import acts as decisions
from quanyu.facts import acts as facts
from quanyu.people.models import User
from quanyu.plan import acts as plan
from tests.decisions.zone import RICH, moment, tiny_zone
from tests.factories import person, write_packages

NOW, ON = moment("2024-11-20"), dt.date(2024, 11, 20)
SEEN = "[plan, indicators, tasks, conflicts, organisations, reports]"
OPEN = RICH | {
    "tiny/roles.yaml": f"""
- {{key: st_office, label: {{zh: 科技科, en: S&T office}}, sees: {SEEN}, home: /indicators/}}
- {{key: statistics, label: {{zh: 统计科, en: Statistics}}, sees: {SEEN}}}
- {{key: administrator, label: {{zh: 系统管理员, en: Administrator}}, sees: [admin]}}
""",
}


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    """A page asked for in English leaves the process in English: every test begins and ends in Chinese."""
    with override("zh-hans"):
        yield


@pytest.fixture
def judged(db, tmp_path: Path) -> None:
    """September 2024 is judged: high-tech firms 2 of 4 wanted, R&D rate 3.5 % (two of three reports in)."""
    tiny_zone(tmp_path / "before")
    plan.load(write_packages(tmp_path / "packages", OPEN), ["tiny"], by=None, at=NOW)
    facts.freeze(NOW)
    decisions.measure(at=NOW)
    decisions.judge(at=NOW, on=ON)


@pytest.fixture
def desk(judged) -> Client:
    """A browser in which the S&T office is logged in."""
    client = Client()
    client.force_login(person("st_office"))
    return client


@pytest.fixture
def stranger(judged) -> Client:
    """A browser in which somebody without any post is logged in."""
    client = Client()
    client.force_login(person(username="stranger"))
    return client


@pytest.fixture
def administrator(judged) -> Client:
    client = Client()
    client.force_login(person("administrator"))
    return client


@pytest.fixture
def clerk(judged) -> User:
    return User.objects.get(username="clerk")
