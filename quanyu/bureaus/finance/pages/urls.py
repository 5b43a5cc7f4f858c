"""Addresses of this room's pages. `config/urls.py` includes them at `/`."""

from django.urls.resolvers import URLPattern

from quanyu.bureaus.finance.pages import accounts, budgets, claims, payments, vouchers

urlpatterns: list[URLPattern] = [
    *claims.urls, *accounts.urls, *budgets.urls, *payments.urls, *vouchers.urls,
]  # fmt: skip
