"""Addresses under /accounts/: log in and out, change the password, the second factor. Nobody signs up or resets by mail."""

from allauth.account import views as account
from django.conf import settings
from django.urls import include, path

from quanyu.people.pages.views import LogIn

urlpatterns = [
    path("login/", LogIn.as_view(), name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("2fa/", include("allauth.mfa.urls")),
]
if settings.OIDC_SERVER:
    urlpatterns += [
        path("3rdparty/", include("allauth.socialaccount.urls")),
        path("", include("allauth.socialaccount.providers.openid_connect.urls")),
    ]
