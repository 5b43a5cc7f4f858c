"""What every test stands on: a data folder of its own, and PostgreSQL only where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from hypothesis import settings as examples

from quanyu.plan.reads import registry_at

examples.register_profile("no clock", deadline=None)  # machines are noisy: nothing here is timed
examples.load_profile("no clock")


@pytest.fixture(autouse=True)
def _own_home(settings, tmp_path: Path) -> None:
    settings.QUANYU_HOME = tmp_path / "home"
    settings.QUANYU_HOME.mkdir()


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """No revision kept in the process, no count of failed log-ins from another test."""
    registry_at.cache_clear()
    cache.clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if django_settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        return
    skip = pytest.mark.skip(reason="row locks need PostgreSQL: run `python -m tests.postgres`")
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(skip)
