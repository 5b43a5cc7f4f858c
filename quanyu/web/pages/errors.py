"""When there is no page to show: what happened, and what to do next. Nothing is read: it must come whatever broke."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: one sentence that says who may, from whoever refused."""
    return render(request, "web/403.html", {"sentence": str(exception or "")}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "web/404.html", {"path": request.path}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500: rendered without context processors, which may be what broke."""
    return HttpResponse(render_to_string("web/500.html"), status=500)
