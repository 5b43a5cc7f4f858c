"""The map of addresses: wiring only."""

from django.urls import include, path

urlpatterns = [
    path("", include("quanyu.web.pages.urls")),
    path("", include("quanyu.casework.pages.urls")),
    path("", include("quanyu.decisions.pages.urls")),
    path("", include("quanyu.bureaus.reporting.pages.urls")),
    path("", include("quanyu.bureaus.enterprises.pages.urls")),
    path("", include("quanyu.bureaus.policies.pages.urls")),
    path("", include("quanyu.bureaus.finance.pages.urls")),
    path("accounts/", include("quanyu.people.pages.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
]

handler403 = "quanyu.web.pages.errors.not_allowed"
handler404 = "quanyu.web.pages.errors.not_found"
handler500 = "quanyu.web.pages.errors.broken"
