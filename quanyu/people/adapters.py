"""Who may come in: people whose account a desk has opened, by password or through the 统一身份认证; nobody signs up."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from quanyu.people.models import User


class ClosedDoor(DefaultAccountAdapter):
    """Accounts are opened by a desk."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class KnownPeopleOnly(DefaultSocialAccountAdapter):
    """An outside identity joins the account of the same log-in name on first use; an unknown one is turned away.

    So the 统一身份认证 must not let people choose their own `preferred_username`.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.is_existing or request.user.is_authenticated:
            return
        told = sociallogin.account.extra_data
        username = told.get("userinfo", told).get("preferred_username")
        user = User.objects.filter(username=username, is_active=True).first() if username else None
        if user is None:
            messages.error(request, _("统一身份认证通过，但本系统没有您的账号。请联系系统管理员开通。"))
            raise ImmediateHttpResponse(redirect("account_login"))
        sociallogin.connect(request, user)
