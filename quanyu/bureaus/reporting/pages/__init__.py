"""Collecting reports: pages, private to this room."""

from __future__ import annotations

from django.http import HttpRequest

from quanyu.people.models import User


def reader(request: HttpRequest) -> User:
    """Who asks: `needs` has let nobody else in."""
    assert isinstance(request.user, User)
    return request.user
