"""`/indicators/<key>/home/`: one figure, walked back to the reports, the people and the line of the plan."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from quanyu.decisions import reads as decisions
from quanyu.pagekit import format
from quanyu.pagekit.tables import respond
from quanyu.people.reads import banner
from quanyu.plan.access import needs, permit_of
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from quanyu.web.wayhome import Walk, names_open

PAGE = 20
FILE_ROWS = 20_000


def _walk(request: HttpRequest, key: str, limit: int, offset: int = 0) -> Walk:
    """The figure for the period and as known on the day asked; a day that is none is refused with a sentence."""
    known, permit = registry(), permit_of(request)
    if key not in known.indicators:
        raise Http404
    written = request.GET.get("as_of", "").strip()
    try:
        as_of = dt.date.fromisoformat(written) if written else None
    except ValueError:
        raise Refused(_("“%(day)s”不是日期。") % {"day": written}, _("请写成 2024-09-30 的样子。")) from None
    period = request.GET.get("period") or None
    if not names_open(permit):
        limit = offset = 0
    return Walk(known, decisions.explain(key, period, as_of=as_of, limit=limit, offset=offset), permit)


@needs("indicators")
def way_home(request: HttpRequest, key: str) -> HttpResponse:
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isdecimal() and 0 < len(asked) < 7 and int(asked) else 1
    walk = _walk(request, key, PAGE, PAGE * (number - 1))
    context = {"walk": walk, "home": walk.home, "periods": decisions.assessments(), "page": number,
               "pages": max(1, -(-walk.home.total // PAGE)) if walk.open else 1}  # fmt: skip
    return render(request, "web/way_home.html", context)


@needs("indicators")
def way_home_file(request: HttpRequest, key: str, suffix: str) -> HttpResponse:
    walk = _walk(request, key, FILE_ROWS)
    notes = [_("共 %(n)s 条，本文件最多列 %(most)s 条。") % {"n": walk.home.total, "most": FILE_ROWS}]
    if not walk.open:
        notes = [_("共 %(n)s 条；您的角色只能看到条数。") % {"n": walk.home.total}]
    if walk.home.as_of:
        notes.append(_("按 %(day)s 当时所知。") % {"day": format.date(walk.home.as_of)})
    name = f"{format.tr(walk.home.label)}-{_('出处')}-{walk.home.period}"
    return respond(replace(walk.table, notes=notes), name, suffix, banner())
