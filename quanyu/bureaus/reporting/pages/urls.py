"""Addresses of this room's pages. `config/urls.py` includes them at `/`."""

from django.urls.resolvers import URLPattern

from quanyu.bureaus.reporting.pages import (
    colleagues,
    collect,
    crosscheck,
    exceptions,
    filling,
    followups,
    handin,
    history,
    lines,
    screening,
    supply,
)

urlpatterns: list[URLPattern] = [
    *collect.urls, *exceptions.urls, *filling.urls, *followups.urls, *handin.urls, *colleagues.urls, *history.urls,
    *crosscheck.urls, *supply.urls, *lines.urls, *screening.urls,
]  # fmt: skip
