"""`/indicators/<key>/home/`: one figure, walked back to the reports, the people and the line of the plan."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from quanyu.decisions import reads as decisions
from quanyu.pagekit.tables import Column, Table, respond
from quanyu.people.reads import banner
from quanyu.plan.access import needs, permit_of
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused

PAGE = 20
FILE_ROWS = 20_000


def _asked(request: HttpRequest) -> tuple[str | None, dt.date | None]:
    """The period and the day the figure should be as known on; a day that is none is refused with a sentence."""
    written = request.GET.get("as_of", "").strip()
    try:
        return request.GET.get("period") or None, dt.date.fromisoformat(written) if written else None
    except ValueError:
        raise Refused(_("“%(day)s”不是日期。") % {"day": written}, _("请写成 2024-09-30 的样子。")) from None


@needs("indicators")
def way_home(request: HttpRequest, key: str) -> HttpResponse:
    if key not in registry().indicators:
        raise Http404
    number = int(n) if (n := request.GET.get("page", "1")).isdecimal() and int(n) > 0 else 1
    period, as_of = _asked(request)
    home = decisions.explain(key, period, as_of=as_of, limit=PAGE, offset=PAGE * (number - 1))
    pages = max(1, -(-home.total // PAGE))
    context = {"home": home, "periods": decisions.assessments(), "page": number, "pages": pages,
               "indicator": registry().indicators[key], "permit": permit_of(request)}  # fmt: skip
    return render(request, "web/way_home.html", context)


@needs("indicators")
def way_home_file(request: HttpRequest, key: str, suffix: str) -> HttpResponse:
    if key not in registry().indicators:
        raise Http404
    period, as_of = _asked(request)
    home = decisions.explain(key, period, as_of=as_of, limit=FILE_ROWS)
    table = Table(
        [
            Column(_("单位"), lambda c: c.organisation, width=34),
            Column(_("内容"), lambda c: c.what, width=26),
            Column(_("时期"), lambda c: c.period, width=16),
            Column(_("数值"), lambda c: c.value, width=16),
            Column(_("报送时间"), lambda c: c.at.date() if c.at else None, absent="", width=14),
            Column(_("报送人"), lambda c: c.by, width=16),
            Column(_("版次"), lambda c: c.version, width=6),
            Column(_("来源"), lambda c: c.source, width=30),
        ],
        home.contributions,
        f"{home.label} {home.period}",
        [_("共 %(n)s 条，本文件最多列 %(most)s 条。") % {"n": home.total, "most": FILE_ROWS}],
    )
    return respond(table, f"{home.label}-{_('出处')}-{home.period}", suffix, banner())
