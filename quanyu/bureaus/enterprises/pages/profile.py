"""`/firms/<n>/`: one firm on one page (一企一档), and what is written into its file."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quanyu.bureaus.enterprises.acts import register as acts
from quanyu.bureaus.enterprises.models import Saying
from quanyu.bureaus.enterprises.pages.register import day_asked, officer_asked
from quanyu.bureaus.enterprises.reads import merging
from quanyu.bureaus.enterprises.reads import register as reads
from quanyu.bureaus.enterprises.reads.profile import Profile
from quanyu.pagekit.charts import SERIES, bar
from quanyu.pagekit.charts.svg import INK, INK_2, LINE, TRACK, picture, tag, text
from quanyu.pagekit.format import date, number, tr
from quanyu.people.models import Organisation
from quanyu.plan.access import needs, permit_of, reader
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused

BACK, AHEAD = 9, 3
"""Years that the time line of titles shows behind and ahead of today."""


def timeline(profile: Profile) -> SafeString:
    """Titles as bars from the day they were granted to the day they end; today as an upright."""
    on, width, left, line = profile.on, 760, 196, 28
    first, last = dt.date(on.year - BACK, 1, 1), dt.date(on.year + AHEAD, 1, 1)

    def px(day: dt.date) -> float:
        share = (min(max(day, first), last) - first).days / (last - first).days
        return left + share * (width - left - 12)

    rows = [(words, [s for s in held if s.valid_to is None or s.valid_to > first]) for words, held in profile.titles]
    rows = [(words, held) for words, held in rows if held]
    top, out = 20, ""
    bottom = top + line * len(rows)
    for year in range(first.year, last.year + 1):
        x = px(dt.date(year, 1, 1))
        out += tag("line", x1=x, x2=x, y1=top - 4, y2=bottom, stroke=LINE, stroke_width=1)
        if (year - first.year) % 2 == 0:
            out += text(x, bottom + 16, str(year), 12, anchor="middle" if year < last.year else "end")
    for i, (words, held) in enumerate(rows):
        y = top + i * line
        out += text(left - 10, y + 15, words if len(words) < 15 else f"{words[:13]}…", 13, anchor="end", fill=INK)
        for s in held:
            start, end = px(s.valid_from), px(s.valid_to or last)
            gone = s.valid_to is not None and s.valid_to <= on
            ends = date(s.valid_to) if s.valid_to else _("长期")
            said = tag("title", f"{words}：{date(s.valid_from)}—{ends}")
            out += tag("rect", said, x=start, y=y + 4, width=max(end - start - 1, 3), height=14, rx=2,
                       fill=TRACK if gone else SERIES[0], stroke=INK_2 if gone else None)  # fmt: skip
    out += tag("line", x1=px(on), x2=px(on), y1=top - 4, y2=bottom, stroke=SERIES[1], stroke_width=2)
    out += text(px(on), 12, _("今天"), 12, anchor="middle", fill=INK)
    return picture(width, bottom + 24, _("称号的有效期"), out, class_="chart")


def _firm(request: HttpRequest, pk: int) -> Organisation:
    """The firm, for who may read its file; whoever may not is not told that it exists."""
    return get_object_or_404(reads.firms(permit_of(request)).select_related("area"), pk=pk)


@needs("firms")
def firm(request: HttpRequest, pk: int) -> HttpResponse:
    found = _firm(request, pk)
    if (kept := merging.kept_of(found)) != found and permit_of(request).may("firms", kept):
        messages.info(request, _("“%(name)s”已并入本企业。") % {"name": found})
        return redirect("firm", kept.pk)
    return _page(request, found)


def _page(request: HttpRequest, found: Organisation, refusal: Refused | None = None) -> HttpResponse:
    permit, known, on = permit_of(request), registry(), timezone.localdate()
    profile = Profile(known, found, permit, on)
    strips = [
        (s, tr(s.field.label), tr(known.units[s.field.unit].label) if s.field.unit in known.units else "",
         [(y, number(y.value), bar(y.value, s.most, f"{y.year} {number(y.value)}"),
           bool(y.report and y.report.organisation_id in profile.opened)) for y in s.years])
        for s in profile.strips
    ]  # fmt: skip
    quoted = dict(reads.sources(known))
    context = {
        "profile": profile, "firm": found, "strips": strips, "refusal": refusal, "typed": request.POST, "on": on,
        "industry": reads.words(known, "industry", found.industry), "size": reads.words(known, "size", found.size),
        "timeline": timeline(profile) if profile.titles else "", "keeps": reads.may_keep(permit),
        "changes": [(c, _(reads.FIELDS[c.field]), reads.words(known, c.field, c.before),
                     reads.words(known, c.field, c.after), quoted.get(c.source, c.source)) for c in profile.changes],
        "disagreements": [
            (d, _(reads.FIELDS[d.field]), reads.words(known, d.field, d.held),
             [(s, quoted.get(s.source, s.source), reads.words(known, d.field, s.value), s.value != d.held)
              for s in d.sayings])
            for d in profile.disagreements
        ],
    }  # fmt: skip
    if context["keeps"]:
        fields = [(key, _(words)) for key, words in reads.FIELDS.items()]
        context |= {"fields": fields, "sources": list(quoted.items()), "officers": reads.officers(known, on)}
        context |= {"forms": [("change", _("登记变更")), ("say", _("记部门说法")), ("liaison", _("指派挂点"))]}
    return render(request, "enterprises/profile.html", context, status=409 if refusal else 200)


@require_POST
@needs("firms")
def write(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """For who keeps the files: a change, what a source says, which source is right, who looks after the firm."""
    found, typed, by, at = _firm(request, pk), request.POST, reader(request), timezone.now()
    if not reads.may_keep(permit_of(request)):
        raise Http404
    what, value, source = typed.get("field", ""), typed.get("value", ""), typed.get("source", "")
    try:
        match verb:
            case "change":
                acts.change_firm(found, what, value, on=day_asked(request), source=source,
                                 reason=typed.get("reason", ""), by=by, at=at)  # fmt: skip
            case "say" if what in reads.FIELDS:
                acts.say([(found, what, value)], source, day_asked(request), by=by, at=at)
            case "settle":
                chosen = typed.get("saying", "")
                rows = Saying.objects.filter(organisation=found, field=what)
                said = get_object_or_404(rows, pk=chosen) if chosen.isdecimal() else None
                acts.settle(found, what, said, reason=typed.get("reason", ""), by=by, at=at)
            case "liaison":
                acts.assign_liaison([found], officer_asked(request), day_asked(request), by=by, at=at)
            case _:
                raise Http404
    except Refused as refused:
        return _page(request, found, refused)
    messages.success(request, _("已记入企业档案。"))
    return redirect("firm", pk)


urls = [
    path("firms/<int:pk>/", firm, name="firm"),
    path("firms/<int:pk>/do/<slug:verb>/", write, name="firm_write"),
]
