"""Addresses under /accounts/: log in (by password or 统一身份认证) and out, change the password, the second factor.

Nobody signs up here, and no password is reset by mail.
"""

from allauth.account import views as account
from allauth.socialaccount import views as social
from django.urls import include, path

from quanyu.people.pages.views import LogIn

urlpatterns = [
    path("login/", LogIn.as_view(), name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("2fa/", include("allauth.mfa.urls")),
    path("", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
]
