"""`/report/colleagues/`: who of the firm fills which form."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from quanyu.bureaus.reporting.acts import colleagues as acts
from quanyu.bureaus.reporting.models import FormGrant
from quanyu.bureaus.reporting.reads.access import grants, may_name
from quanyu.pagekit.format import tr
from quanyu.people.models import Organisation, User
from quanyu.people.reads import posts_of, posts_on
from quanyu.plan.access import needs, reader
from quanyu.plan.reads import registry
from quanyu.registry.model import Form
from quanyu.registry.problem import Refused


def _named(user: User, on: dt.date) -> list[tuple[Organisation, list[Form]]]:
    """The organisations of this person, and the forms for which they may name colleagues there."""
    forms = [f for f in registry().forms.values() if f.filled_by and f.confirmed_by and not f.edition_of]
    firms = dict.fromkeys(p.organisation for p in posts_of(user, on))
    found = [(firm, [f for f in forms if may_name(user, firm, f, on)]) for firm in firms]
    return [(firm, own) for firm, own in found if own]


@never_cache
@needs("reports")
def colleagues(request: HttpRequest) -> HttpResponse:
    """Each form with who fills it; name a colleague, open an account (its password is shown once), end a grant."""
    user, on = reader(request), timezone.localdate()
    named = _named(user, on)
    refusal, fresh = None, None
    if request.method == "POST":
        try:
            fresh = _do(request, named)
            if fresh is None:
                return redirect("colleagues")
        except Refused as refused:
            refusal = refused
    firms = [
        {
            "firm": firm,
            "people": list(User.objects.filter(posts__in=posts_on(on).filter(organisation=firm)).distinct()),
            "forms": [(f, list(grants(firm, f.key, on))) for f in forms],
        }
        for firm, forms in named
    ]
    context = {"firms": firms, "refusal": refusal, "fresh": fresh, "given": request.POST if refusal else {}}
    return render(request, "reporting/colleagues.html", context, status=409 if refusal else 200)


def _do(request: HttpRequest, named: list[tuple[Organisation, list[Form]]]) -> tuple[User, str] | None:
    """What the desk asked for; the account and its password where one was opened."""
    by, at, given = reader(request), timezone.now(), request.POST
    ours = {f"{firm.pk}:{form.key}": (firm, form) for firm, forms in named for form in forms}
    if given.get("form") not in ours:
        raise Refused(_("请选择要指定填报人的报表。"))
    firm, form = ours[given["form"]]
    if given.get("verb") == "end":
        grant = get_object_or_404(FormGrant, pk=_number(given.get("grant")), organisation=firm, form=form.key)
        acts.end_grant(form, grant, by=by, at=at)
        messages.success(request, _("已取消%(who)s填报“%(form)s”。") % {"who": grant.user, "form": tr(form.label)})
        if not grants(firm, form.key, timezone.localdate(at)).exists():
            messages.warning(request, _("这张表不再限定填报人，本单位填报人员都可以填。"))
        return None
    if given.get("verb") == "open":
        return acts.open_account(form, firm, given.get("username", ""), given.get("name", ""), by=by, at=at)
    members = User.objects.filter(posts__in=posts_on(timezone.localdate(at)).filter(organisation=firm))
    user = members.filter(pk=_number(given.get("user"))).first()
    if user is None:
        raise Refused(_("请选择一位同事。"))
    acts.name_colleague(form, firm, user, by=by, at=at)
    messages.success(request, _("已指定%(who)s填报“%(form)s”。") % {"who": user, "form": tr(form.label)})
    return None


def _number(written: str | None) -> int:
    return int(written) if written and written.isdecimal() and len(written) < 16 else 0


urls: list[URLPattern] = [path("report/colleagues/", colleagues, name="colleagues")]
