"""Three small things between the server and the pages: the language switch, the idle clock, one plan a request."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware

from quanyu.plan.reads import asked_once

TOUCH_SECONDS = 300


def chosen_language(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Pages are Chinese until the reader switches; what the browser says it prefers does not count."""
    locale = LocaleMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponse:
        request.META.pop("HTTP_ACCEPT_LANGUAGE", None)
        return locale(request)

    return middleware


def idle_clock(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A session ends `SESSION_COOKIE_AGE` seconds after its last request, give or take `TOUCH_SECONDS`.

    The row is written at most once in that while, so that reading pages does not write.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and time.time() - request.session.get("seen", 0) >= TOUCH_SECONDS:
            request.session["seen"] = int(time.time())
        return get_response(request)

    return middleware


def one_plan(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A request is answered by the plan in force when it came."""
    return asked_once()(get_response)
