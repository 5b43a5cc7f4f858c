"""This room's pages: thin views. What more than one of them asks of a request stands here."""

from __future__ import annotations

from django.http import HttpRequest

from quanyu.people.models import User


def reader(request: HttpRequest) -> User:
    """Who asks: `needs` has let nobody else in."""
    assert isinstance(request.user, User)
    return request.user
