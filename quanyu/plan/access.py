"""The door of every page: who is asking, what may they see. The roles are those of the revision in force.

It stands in this room because people, below, cannot know the definitions, and every room with pages is above.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from quanyu.people.models import Organisation, User
from quanyu.people.reads import Permit, permit
from quanyu.plan.reads import registry

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def permit_of(request: HttpRequest) -> Permit:
    """What the person behind a request may see today; asked of the database once per request."""
    held: Permit | None = getattr(request, "_permit", None)
    if held is None:
        signed_in = request.user.is_authenticated
        held = permit(request.user, timezone.localdate(), registry().roles) if signed_in else Permit(())
        request._permit = held  # type: ignore[attr-defined]  # kept for the length of the request
    return held


def demand(request: HttpRequest, what: str, organisation: Organisation | None = None) -> Permit:
    """The permit of the person asking; 403 with one sentence when page area `what` (of an organisation) is closed."""
    held = permit_of(request)
    if not held.may(what, organisation):
        raise PermissionDenied(_closed(held, what, organisation))
    return held


def reader(request: HttpRequest) -> User:
    """Who asks, on a page that `needs` has closed to strangers."""
    assert isinstance(request.user, User)
    return request.user


def needs(what: str) -> Callable[[View[P]], View[P]]:
    """For a view: sends a stranger to the log-in page, and answers 403 to who holds no role that opens `what`."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            demand(request, what)
            return view(request, *args, **kwargs)

        return guarded

    return guard


def _closed(held: Permit, what: str, organisation: Organisation | None) -> str:
    if organisation is not None and held.may(what):
        return _("您的角色只能查看本单位的资料，不能查看%(name)s。") % {"name": organisation.name}
    language = get_language() or "zh"
    opening = "、".join(r.label.of(language) for r in registry().roles.values() if what in r.sees)
    mine = "、".join(dict.fromkeys(role.label.of(language) for role, _own in held.hats))
    if not opening:
        return _("本页还没有对任何角色开放。请联系系统管理员。")
    if not mine:
        return _("您还没有任职，不能查看本页。本页对这些角色开放：%(roles)s。请联系系统管理员。") % {"roles": opening}
    return _("本页对这些角色开放：%(roles)s。您现在的角色是：%(mine)s。如工作需要，请联系系统管理员。") % {
        "roles": opening,
        "mine": mine,
    }
