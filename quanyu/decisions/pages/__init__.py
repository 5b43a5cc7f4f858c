"""This room's pages: thin views. What more than one of them asks of a request stands here."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest

from quanyu.people.models import User
from quanyu.registry.problem import Refused


def reader(request: HttpRequest) -> User:
    """Who asks: `needs` has let nobody else in."""
    assert isinstance(request.user, User)
    return request.user


def day(written: str, what: str) -> dt.date:
    """A day as it was typed into a form."""
    try:
        return dt.date.fromisoformat(written.strip())
    except ValueError:
        raise Refused(f"“{what}”应是日期，现在是“{written}”。", "请写成 2026-11-23。") from None
