"""When there is no page to show: what happened, and what to do next. Nothing is read: it must come whatever broke."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: one sentence that says who may, from whoever refused."""
    return render(request, "web/403.html", {"sentence": str(exception or "")}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "web/404.html", {"path": request.path}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500, or 503 when the database cannot work just now (disk full, locked, gone).

    Rendered without context processors, which may be what broke. Django has logged the fault already.
    """
    away = isinstance(sys.exc_info()[1], InterfaceError | OperationalError)
    text = render_to_string("web/500.html", {"away": away, "sent": request.method == "POST"})
    return HttpResponse(text, status=503, headers={"Retry-After": "60"}) if away else HttpResponse(text, status=500)
