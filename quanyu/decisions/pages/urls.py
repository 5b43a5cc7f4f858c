"""Addresses of this room's pages. `config/urls.py` includes them at `/`."""

from django.urls.resolvers import URLPattern

from quanyu.decisions.pages import amendment, appraisal, bulletin, compare, evaluation, supervision, warnings

urlpatterns: list[URLPattern] = [
    *amendment.urls, *appraisal.urls, *bulletin.urls, *compare.urls, *evaluation.urls, *supervision.urls,
    *warnings.urls,
]  # fmt: skip
