"""Addresses of this room's pages. `config/urls.py` includes them at `/`."""

from django.urls.resolvers import URLPattern

from quanyu.bureaus.policies.pages import coverage, library, mine, reform, reform_best

urlpatterns: list[URLPattern] = [
    *coverage.urls, *library.urls, *mine.urls, *reform.urls, *reform_best.urls,
]  # fmt: skip
