"""`/notices/`: what one was told; `/audit/`: what was done; `/notices/sent/`: what went out."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quanyu.people import acts, reads
from quanyu.plan.access import needs, permit_of
from quanyu.plan.reads import registry
from quanyu.web.audit import audit_desk, delivery_desk, notice_desk


@login_required
def notices(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    desk = notice_desk(request.GET, registry(), request.user, today)
    context = {"desk": desk, "unread": reads.unread(request.user, today), "log": "admin" in permit_of(request).sees}
    return render(request, "web/notices.html", context)


@login_required
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Follow a notice to what it speaks of; the first to do so has read it for the seat. Nobody finds another's."""
    found = get_object_or_404(reads.notices_for(request.user, timezone.localdate()), pk=pk)
    acts.open_notice(found, by=request.user, at=timezone.now())
    inside = url_has_allowed_host_and_scheme(found.link, None)
    return redirect(found.link if inside else "notices")


@require_POST
@login_required
def notices_read(request: HttpRequest) -> HttpResponse:
    marked = acts.open_all(request.user, timezone.localdate(), at=timezone.now())
    messages.success(request, _("已把 %(n)d 条通知标为已读。") % {"n": marked})
    return redirect("notices")


@needs("admin")
def deliveries(request: HttpRequest) -> HttpResponse:
    return render(request, "web/deliveries.html", {"desk": delivery_desk(request.GET, registry())})


@needs("audit")
def audit(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "web/audit.html",
        {"desk": audit_desk(request.GET, permit_of(request).sees), "head": reads.chain_head()},
    )
