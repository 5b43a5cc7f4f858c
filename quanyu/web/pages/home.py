"""`/` is a person's workbench, or sends them to where their work begins; `/prefs/` keeps how they like to read."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from quanyu.pagekit.page import LANGUAGE_COOKIE, LARGE_COOKIE
from quanyu.plan.access import permit_of, reader
from quanyu.plan.reads import registry
from quanyu.web.frame import address, navigation
from quanyu.web.workbench import Workbench

YEAR = 365 * 24 * 3600


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The workbench of the first role that has one, else its start or the first page open, else why there is none."""
    held = permit_of(request)
    if kind := next((role.workbench for role, _own in held.hats if role.workbench), ""):
        bench = Workbench(reader(request), held, registry(), timezone.localdate(), kind)
        return render(request, "web/workbench.html", {"bench": bench})
    if held.home:
        return redirect(held.home)
    own = {address(name) for name in ("home", "inbox", "notices")}
    open_pages = [item.href for group in navigation("/", held.sees) for item in group.items if item.href not in own]
    if open_pages:
        return redirect(open_pages[0])
    return render(request, "web/no_post.html", status=200)


@require_POST
def prefs(request: HttpRequest) -> HttpResponse:
    """Keeps language and 大字版 in two cookies and goes back to the page it was asked from."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = "/"
    response = redirect(back)
    chosen = {}
    if request.POST.get("language") in dict(settings.LANGUAGES):
        chosen[LANGUAGE_COOKIE] = request.POST["language"]
    if request.POST.get("large") in ("0", "1"):
        chosen[LARGE_COOKIE] = request.POST["large"]
    for name, value in chosen.items():
        response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=request.is_secure(), httponly=True)
    return response
