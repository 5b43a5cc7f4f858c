"""`/collect/`: the clerk's collecting desk: periods, who is missing, reminding, closing, locking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from django.views.decorators.http import require_POST

from quanyu.bureaus.reporting.acts import window as acts
from quanyu.bureaus.reporting.models import Window
from quanyu.bureaus.reporting.reads import window as reads
from quanyu.bureaus.reporting.reads.nowcast import Nowcast, estimated, fields_of
from quanyu.bureaus.reporting.reads.window import Collected, Square, Waiting, ended, waffle
from quanyu.casework.words import Said, left_until, soon_days
from quanyu.facts import reads as facts
from quanyu.facts.acts.reports import clean_period
from quanyu.measures.periods import Period, day
from quanyu.pagekit import charts, format
from quanyu.pagekit.desk import Desk
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, Table, link, respond
from quanyu.people.models import Organisation
from quanyu.people.reads import banner
from quanyu.plan.access import needs, reader
from quanyu.plan.reads import registry
from quanyu.registry.model import Form
from quanyu.registry.problem import Refused

STATES = {
    "": Said("none", later("○ 未开期")), "open": Said("ok", later("● 填报中")),
    "closed": Said("warn", later("■ 已截止")), "locked": Said("done", later("✓ 已锁定")),
}  # fmt: skip
SQUARES = {
    "missing": (later("未"), later("未报")), "returned": (later("退"), later("退回未重报")),
    "awaiting": (later("待"), later("待确认")), "late": (later("迟"), later("迟报")),
    "filed": (later("报"), later("已报")),
}  # fmt: skip
"""State of a firm → the letter in its square and the word; in the order in which squares are laid."""
GROUPS = {"area": later("按园区"), "industry": later("按行业"), "officer": later("按跟踪人员")}
SHOWN, TREND = {"month": 6, "quarter": 4, "half_year": 3, "year": 3}, 12
"""How many periods of a form the list shows, and the chart."""
MOST = 2000
"""Where more firms than this must report, only those whose report does not count yet get a square."""


def _state(window: Window | None) -> Said:
    said = STATES[window.state if window else ""]
    return Said(said.lamp, _(said.words))


def _left(c: Collected, soon: int) -> Said:
    running = c.window and c.window.state == Window.State.OPEN
    return left_until(c.returns.due_on if running else None, timezone.localdate(), soon)


def _share(part: str) -> Callable[[Collected], Decimal | None]:
    return lambda c: Decimal(100 * getattr(c.returns, part)) / c.returns.expected if c.returns.expected else None


@needs("collect")
def collect(request: HttpRequest) -> HttpResponse:
    known, on = registry(), timezone.localdate()
    forms = [(f, reads.collected(known, f, ended(f, on), SHOWN[f.period])) for f in reads.forms_collected(known)]
    tables = [(tr(form.label), _table(rows, soon_days(known))) for form, rows in forms]
    return render(request, "reporting/collect.html", {"tables": tables})


def _table(rows: list[Collected], soon: int) -> Table:
    def there(c: Collected) -> str:
        return reverse("collect_period", args=[c.form.key, c.period])

    def step(c: Collected) -> str:
        words = {"open": _("开期"), "remind": _("催报"), "lock": _("锁定"), "look": _("查看")}[c.next]
        place = format.period(c.period)
        return format_html('<a class="btn sm" href="{}" aria-label="{} {}">{}</a>', there(c), words, place, words)

    return Table([
        Column(_("时期"), lambda c: format.period(c.period), show=lambda c: link(there(c), format.period(c.period))),
        Column(_("状态"), lambda c: str(_state(c.window)), show=lambda c: _state(c.window).html),
        Column(_("截止"), lambda c: c.returns.due_on,
               show=lambda c: format_html("{} {}", format.date(c.returns.due_on), _left(c, soon).html)),
        Column(_("未报/应报"), lambda c: f"{c.returns.missing}/{c.returns.expected}", _("家"), numeric=True),
        Column(_("报送率"), _share("filed"), "%", places=1, numeric=True),
        Column(_("按时率"), _share("on_time"), "%", places=1, numeric=True),
        Column(_("下一步"), lambda c: c.next, show=step),
    ], rows)  # fmt: skip


def _asked(form: str, period: str) -> tuple[Form, str]:
    """The form and period of an address; 404 where firms file no such thing."""
    known = registry()
    try:
        if form in {f.key for f in reads.forms_collected(known)}:
            key = clean_period(known.forms[form], period)
            return known.form(form, key), key
    except Refused:
        pass
    raise Http404


@needs("collect")
def collect_period(request: HttpRequest, form: str, period: str, suffix: str = "") -> HttpResponse:
    asked = _asked(form, period)
    if suffix:
        table = _missing(request, *asked)[1].table()
        return respond(table, f"{tr(asked[0].label)}-{asked[1]}-{table.title}", suffix, banner())
    return _page(request, *asked)


def _page(request: HttpRequest, form: Form, period: str, **more: Any) -> HttpResponse:
    """The page of a period; `more`: a refusal to tell and the verb that was refused."""
    known, squares, at = registry(), waffle(form, period), Period.parse(period)
    course = reads.collected(known, form, at, TREND)
    now, by = course[0], request.GET.get("by", "")
    by, window = by if by in GROUPS else "area", now.window
    waiting, desk = _missing(request, form, period, window, squares)
    held = [square.state for square in squares]
    told = window and window.reminded_at
    context = {
        "title": f"{tr(form.label)} {format.period(at)}", "form": form, "period": period, "desk": desk,
        "missing": waiting, "window": window, "state": _state(window), "left": _left(now, soon_days(known)),
        "returns": now.returns, "shares": [_share(part)(now) for part in ("filed", "on_time")], "typed": request.POST,
        "by": by, "due": window.due_on if window else facts.due_on(form, period),
        "told_today": bool(told) and timezone.localdate(told) == timezone.localdate(),
        "counts": [(state, _(letter), _(word), held.count(state)) for state, (letter, word) in SQUARES.items()],
        "groups": list(_groups(form, period, squares, by)),
        "choices": [(key, _(words)) for key, words in GROUPS.items()], "trend": _trend(course),
        "nowcast": _foreseen(request, form, period, squares), **more,
    }  # fmt: skip
    return render(request, "reporting/collect_period.html", context, status=409 if more else 200)


def _groups(form: Form, period: str, squares: list[Square], by: str) -> Iterator[tuple[str, int, int, list[Any]]]:
    """Name of a group, how many of it count, of how many, and its squares: state, letter, words, where it leads."""
    names, order = registry().industries, list(SQUARES)
    officers = reads.officers() if by == "officer" else {}

    def group(square: Square) -> str:
        firm = square.firm
        if by == "area":
            return firm.area.name if firm.area else _("未分园区")
        if by == "officer":
            return officers.get(firm.pk, _("没有跟踪人员"))
        return f"{firm.industry} {format.named(names, firm.industry, '')}".strip() or _("未分行业")

    def shown(square: Square) -> tuple[str, str, str, str]:
        letter, word = map(_, SQUARES[square.state])
        there = reverse("organisation", args=[square.firm.pk])
        if square.state != "missing":
            there = reverse("fill_history", args=[square.firm.pk, form.key, period])
        return square.state, letter, f"{square.firm.name}：{word}", there

    for name, rows in groupby(sorted(squares, key=lambda s: (group(s), order.index(s.state))), group):
        mine = list(rows)
        yield name, sum(not s.open for s in mine), len(mine), [shown(s) for s in mine if s.open or len(squares) <= MOST]


def _missing(
    request: HttpRequest, form: Form, period: str, window: Window | None = None, squares: list[Square] | None = None
) -> tuple[list[Waiting], Desk]:
    """Who is missing, and how to reach them."""
    window = window or reads.window(form.key, period)
    rows = reads.waiting(form, window, squares or waffle(form, period), timezone.localdate())
    read = {None: _("未催"), True: _("已读"), False: _("未读")}
    return rows, Desk(
        request.GET, rows,
        [
            Column(_("企业"), lambda w: w.firm.name, width=34, name="firm", order=lambda w: w.firm.name,
                   show=lambda w: link(reverse("organisation", args=[w.firm.pk]), w.firm.name)),
            Column(_("统一社会信用代码"), lambda w: w.firm.code, absent="", width=22, shown=False),
            Column(_("所在园区"), lambda w: w.firm.area.name if w.firm.area else None, absent="", width=18),
            Column(_("状态"), lambda w: _(SQUARES[w.state][1]), name="state", order=lambda w: w.state),
            Column(_("填报人"), lambda w: "、".join(name for name, _phone in w.contacts) or _("没有账号")),
            Column(_("电话"), lambda w: "、".join(phone for _name, phone in w.contacts if phone) or None,
                   absent=format.UNDEFINED, width=16),
            Column(_("催报"), lambda w: read[w.read], name="read", order=lambda w: read[w.read]),
            Column(_("延期至"), lambda w: w.until, absent=format.UNDEFINED),
        ],
        title=_("未报企业"), search=lambda rows, words: [w for w in rows if words in w.firm.name],
        search_label=_("企业名称"), empty=_("都报齐了。"),
        downloads=reverse("collect_period", args=[form.key, period]).rstrip("/"),
    )  # fmt: skip


def _trend(course: list[Collected]) -> str:
    """Completeness and punctuality of the last periods, as a chart."""
    past = [c for c in reversed(course) if c.returns.expected]
    lines = [
        charts.Line(words, [(n, _share(part)(c)) for n, c in enumerate(past)], colour, dots=True)
        for words, part, colour in zip((_("报送率"), _("按时率")), ("filed", "on_time"), charts.SERIES, strict=False)
    ]
    told = "；".join(f"{format.period(c.period)} {c.returns.filed}/{c.returns.expected}" for c in past)
    marks = [(n, str(c.period)) for n, c in enumerate(past)]
    return charts.line_chart(_("近期报送率与按时率"), lines, marks, "%", desc=told, height=220)


def _foreseen(request: HttpRequest, form: Form, period: str, squares: list[Square]) -> dict[str, Any] | None:
    """The zone's total foreseen; amounts in the largest unit of money that leaves something before the point."""
    fields = fields_of(form)
    if not squares or not fields:
        return None
    known, firms = registry(), [square.firm.pk for square in squares]
    found: Nowcast = estimated(known, form, period, request.GET.get("field", ""), firms, timezone.localdate())
    own, said = known.units[found.field.unit], found.estimate
    size = abs(said.value if said else found.reported) * float(own.factor)
    same = [u for u in known.units.values() if u.dimension == own.dimension == "money" and u.factor <= size]
    unit = max(same, key=lambda u: u.factor, default=own)

    def amount(value: float) -> str:
        return format.number(Decimal(value) * own.factor / unit.factor, unit.decimals) + format.suffix(unit)

    return {
        "found": found, "fields": [(f.name, tr(f.label)) for f in fields], "reported": amount(found.reported),
        "missed": found.missed is not None and format.percent(Decimal(found.missed)),
        "amounts": said and [amount(value) for value in (said.value, said.low, said.high)],
    }  # fmt: skip


@require_POST
@needs("collect")
def collect_do(request: HttpRequest, form: str, period: str, verb: str) -> HttpResponse:
    """Open, remind, extend, close, lock, reopen; a refusal is said on the page, with what was typed."""
    asked, given = _asked(form, period), request.POST
    try:
        firm = given.get("firm", "")
        said = acts.do(
            verb, *asked, by=reader(request), at=timezone.now(), reason=given.get("reason", ""),
            again="again" in given, until=day(given["day"], _("日期")) if given.get("day") else None,
            firm=get_object_or_404(Organisation, pk=firm) if firm.isdecimal() else None,
        )  # fmt: skip
    except Refused as refused:
        return _page(request, *asked, refused=refused, verb=verb)
    messages.success(request, said)
    return redirect("collect_period", form, asked[1])


_WHERE = "collect/<slug:form>/<str:period>"
urls = [
    path("collect/", collect, name="collect"),
    path(f"{_WHERE}/", collect_period, name="collect_period"),
    path(f"{_WHERE}.<sheet:suffix>", collect_period, name="collect_period_file"),
    path(f"{_WHERE}/do/<slug:verb>/", collect_do, name="collect_do"),
]
