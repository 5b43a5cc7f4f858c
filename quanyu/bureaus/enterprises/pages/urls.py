"""Addresses of this room's pages. `config/urls.py` includes them at `/`."""

from django.urls.resolvers import URLPattern

from quanyu.bureaus.enterprises.pages import firm_plans, ladder, merging, points, profile, register, requests

urlpatterns: list[URLPattern] = [
    *firm_plans.urls, *ladder.urls, *points.urls, *register.urls, *merging.urls, *profile.urls, *requests.urls,
]  # fmt: skip
