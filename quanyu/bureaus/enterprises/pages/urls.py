"""Addresses of this room's pages. `config/urls.py` includes them at `/`."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []
