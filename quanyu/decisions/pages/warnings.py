"""`/warnings/`: what the rules saw, in words; and the list of firms that a lever points to."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from quanyu.decisions import reads as decisions
from quanyu.decisions.reads import LeverFound
from quanyu.decisions.reads.warnings import WORDS, WarningLine, rules_in_words, warnings
from quanyu.pagekit import format
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, link, respond
from quanyu.people.models import Organisation
from quanyu.people.reads import banner
from quanyu.plan.access import needs, permit_of
from quanyu.plan.reads import registry
from quanyu.registry.model import LeverTest


def _desk(request: HttpRequest) -> Desk:
    known, on = registry(), timezone.localdate()
    lines = sorted((WarningLine(row, known, on) for row in warnings()), key=lambda w: w.rank)  # the gravest first
    return Desk(
        request.GET,
        lines,
        [
            Column(_("指标"), lambda w: w.name, width=30, name="indicator", order=lambda w: w.name,
                   show=lambda w: link(reverse("case", args=[w.row.pk]), w.name)),
            Column(_("程度"), lambda w: str(w.severity), show=lambda w: w.severity.html, width=12, name="severity",
                   order=lambda w: w.rank),
            Column(_("预警内容"), lambda w: "\n".join(w.sentences), width=80,
                   show=lambda w: format_html("<div>{}</div>", format_html_join("", "<p>{}</p>", zip(w.sentences)))),
            Column(_("还差多少"), lambda w: w.todo, width=30, shown=False),
            Column(_("责任单位"), lambda w: w.unit, width=24),
            Column(_("预警日期"), lambda w: timezone.localdate(w.row.raised_at), name="raised", minor=True,
                   order=lambda w: w.row.raised_at),
            Column(_("状态"), lambda w: str(w.case.state), show=lambda w: w.case.state.html, width=12),
            Column(_("还剩"), lambda w: str(w.case.left), show=lambda w: w.case.left.html, width=12, minor=True),
        ],
        title=_("预警"),
        filters=[
            Filter("state", _("状态"), [("open", _("在办")), ("closed", _("已办结"))], settled="open",
                   narrow=lambda rows, v: [w for w in rows if (w.row.case.closed_at is None) == (v == "open")]),
            Filter("severity", _("程度"), [(key, _(said.words)) for key, said in WORDS.items()],
                   lambda rows, v: [w for w in rows if w.row.severity == v]),
        ],
        search=lambda rows, words: [w for w in rows if words.lower() in w.name.lower()],
        search_label=_("查指标"),
        empty=_("没有需要预警的指标。"),
        downloads=reverse("warnings").rstrip("/"),
    )  # fmt: skip


@needs("warnings")
def warnings_page(request: HttpRequest, suffix: str = "") -> HttpResponse:
    if suffix:
        return respond(_desk(request).table(), _("预警"), suffix, banner())
    rules = rules_in_words(registry(), timezone.localdate())
    return render(request, "decisions/warnings.html", {"desk": _desk(request), "rules": rules})


def _firms(request: HttpRequest, key: str, lever: str) -> tuple[LeverFound, Desk]:
    """The firms of a lever, for those who may see every organisation and what all of them reported."""
    permit = permit_of(request)
    if not (permit.everywhere("organisations") and permit.everywhere("reports")):
        raise PermissionDenied(_("企业名单只对能查看全部组织和报表的角色开放。"))
    found = next((f for f in decisions.levers(key) if f.lever.key == lever), None)
    if found is None:
        raise Http404
    needs, tests = found.lever.needs, list(enumerate(found.lever.tests))
    firms = Organisation.objects.select_related("area").in_bulk([c.firm for c in found.firms])
    desk = Desk(
        request.GET,
        [(firms[c.firm], c) for c in found.firms if c.firm in firms],
        [
            Column(_("企业"), lambda r: r[0].name, width=32, name="name", order=lambda r: r[0].name,
                   show=lambda r: link(reverse("organisation", args=[r[0].pk]), r[0].name)),
            Column(_("统一社会信用代码"), lambda r: r[0].code, absent="", width=22, minor=True),
            Column(_("所在园区"), lambda r: r[0].area.name if r[0].area else None, absent="", width=16, minor=True),
            Column(_("还差"), width=24, absent="", shown=found.lever.short > 0, exported=found.lever.short > 0,
                   value=lambda r: "、".join(tr(need.label) for need, met in zip(needs, r[1].met) if not met)),  # noqa: B905 - needs are the first of the tests
            *(_column(n, test, n < len(needs)) for n, test in tests if test.unit != "firm"),
        ],
        title=tr(found.lever.label),
        search=lambda rows, words: [r for r in rows if words in r[0].name],
        search_label=_("企业名称"),
        empty=_("没有这样的企业。"),
        downloads=reverse("lever", args=[key, lever]).rstrip("/"),
    )  # fmt: skip
    return found, desk


def _column(n: int, test: LeverTest, ticked: bool) -> Column:
    unit = registry().units[test.unit]
    places, marks = format.places(unit), ("✗ ", "✓ ") if ticked else ("", "")
    return Column(
        tr(test.label), lambda r: format.rounded(r[1].values[n], places), tr(unit.label), places=places, numeric=True,
        show=lambda r: marks[r[1].met[n]] + format.number(r[1].values[n], places), width=18, name=f"t{n}",
        order=lambda r: r[1].values[n],
    )  # fmt: skip


@needs("indicators")
def lever(request: HttpRequest, key: str, lever: str, suffix: str = "") -> HttpResponse:
    found, desk = _firms(request, key, lever)
    if suffix:
        return respond(desk.table(), desk.title, suffix, banner())
    context = {"found": found, "desk": desk, "indicator": registry().indicators[key]}
    return render(request, "decisions/lever.html", context)


urls = [
    path("warnings/", warnings_page, name="warnings"),
    path("warnings.<sheet:suffix>", warnings_page, name="warnings_file"),
    path("indicators/<slug:key>/levers/<slug:lever>/", lever, name="lever"),
    path("indicators/<slug:key>/levers/<slug:lever>.<sheet:suffix>", lever, name="lever_file"),
]
