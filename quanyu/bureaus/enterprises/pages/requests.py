"""`/requests/`: what firms ask for; a firm sees and submits its own, the office sees all, with times and themes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from quanyu.bureaus.enterprises.acts import requests as acts
from quanyu.bureaus.enterprises.reads import requests as reads
from quanyu.bureaus.enterprises.reads.register import KIND, liaisons
from quanyu.bureaus.enterprises.reads.requests import RequestLine, Tally
from quanyu.pagekit import format
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.tables import Column, Table, link, respond
from quanyu.people.models import Organisation
from quanyu.people.reads import Permit, banner
from quanyu.plan.access import needs, permit_of, reader
from quanyu.plan.reads import registry
from quanyu.registry.model import Registry
from quanyu.registry.problem import Refused


def _own(request: HttpRequest, permit: Permit) -> list[Organisation]:
    """The firms this person may ask for: where they hold a post of the firm's."""
    mine = [own for role, own in permit.hats if role.own_only and "requests" in role.sees]
    return list(Organisation.objects.filter(pk__in=mine, kind=KIND, closed_on=None))


def _desk(request: HttpRequest, known: Registry, lines: list[RequestLine], whole: bool) -> Desk:
    cared = {n.organisation_id: n.officer for n in liaisons(timezone.localdate())} if whole else {}

    def days(n: int | None, done: object) -> str:
        return "" if n is None else str(n) if done else _("已等 %(n)s") % {"n": n}

    firm = Column(_("企业"), lambda n: n.row.organisation.name, width=30, name="firm", minor=True,
                  order=lambda n: n.row.organisation.name)  # fmt: skip
    officer = Column(_("挂点人员"), lambda n: str(cared.get(n.row.organisation_id, "")), width=14, shown=False)
    return Desk(
        request.GET,
        lines,
        [
            Column(_("诉求"), lambda n: n.row.case.title, width=40,
                   show=lambda n: link(reverse("case", args=[n.row.pk]), n.row.case.title)),
            *([firm] if whole else []),
            Column(_("类别"), lambda n: n.kind, width=16),
            Column(_("提出"), lambda n: timezone.localdate(n.row.case.opened_at), width=13, name="opened",
                   order=lambda n: n.row.pk),
            Column(_("首次响应"), lambda n: n.response, _("工作日"), numeric=True, name="response",
                   order=lambda n: n.response or 0, show=lambda n: days(n.response, n.row.responded_at)),
            Column(_("答复"), lambda n: None if n.dropped else n.solution, _("工作日"), numeric=True, name="solution",
                   absent=format.UNDEFINED, order=lambda n: n.solution or 0,
                   show=lambda n: format.UNDEFINED if n.dropped else days(n.solution, n.row.answered_at)),
            Column(_("状态"), lambda n: str(n.case.state), show=lambda n: n.case.state.html, width=14),
            Column(_("现由谁办"), lambda n: "" if n.row.case.closed_at else n.case.holder, width=20, minor=True),
            *([officer] if whole else []),
            Column(_("企业评价"), lambda n: n.solved and f"{n.solved} · {n.row.stars}", width=14, minor=True),
        ],
        title=_("诉求台账") if whole else _("本企业的诉求"),
        filters=[
            Filter("state", _("状态"), [("open", _("办理中")), ("late", _("超过承诺")), ("closed", _("已办结"))],
                   lambda rows, v: [n for n in rows if (n.late if v == "late" else
                                                        (n.row.case.closed_at is None) == (v == "open"))]),
            Filter("kind", _("类别"), list(reads.kinds(known).items()),
                   lambda rows, v: [n for n in rows if n.row.kind == v]),
            *([Filter("mine", _("挂点"), [("1", _("我挂点的企业"))],
                      lambda rows, v: [n for n in rows if cared.get(n.row.organisation_id) == request.user])]
              if whole else []),
        ],
        search=lambda rows, words: [n for n in rows if words in f"{n.row.organisation.name}。{n.text}"],
        search_label=_("企业、标题或内容") if whole else _("标题或内容"),
        empty=_("还没有企业提出诉求。") if whole else _("还没有提出过诉求。"),
        downloads=reverse("requests").rstrip("/"),
    )  # fmt: skip


def _table(tallies: list[Tally]) -> Table:
    """Kinds with how often, how fast, how well."""
    return Table([
        Column(_("类别"), lambda t: t.label),
        Column(_("件数"), lambda t: len(t.lines), numeric=True),
        Column(_("在办"), lambda t: t.open, numeric=True, minor=True),
        Column(_("首次响应中位数"), lambda t: format.rounded(t.response, 1), _("工作日"), numeric=True, absent="—",
               minor=True),
        Column(_("按承诺响应"), lambda t: format.percent(t.responded_in_time, 0), numeric=True, minor=True),
        Column(_("答复中位数"), lambda t: format.rounded(t.solution, 1), _("工作日"), numeric=True, absent="—"),
        Column(_("按承诺答复"), lambda t: format.percent(t.solved_in_time, 0), numeric=True),
        Column(_("满意度"), lambda t: format.rounded(t.stars, 1), numeric=True, absent="—", minor=True),
    ], tallies)  # fmt: skip


@needs("requests")
def requests(request: HttpRequest, suffix: str = "") -> HttpResponse:
    permit, known, on, refusal = permit_of(request), registry(), timezone.localdate(), None
    own = _own(request, permit)
    if request.method == "POST" and not suffix and own:
        typed = request.POST
        firm = next((f for f in own if str(f.pk) == typed.get("firm")), own[0])
        form = {q.name: typed.get(q.name, "") for q in known.case_types[reads.KIND].form}
        try:
            made = acts.ask(firm, typed.get("title", ""), form, by=reader(request), at=timezone.now())
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("诉求已提交：%(case)s。") % {"case": made.case})
            return redirect("case", made.pk)
    whole = permit.everywhere("requests")
    lines = [RequestLine(row, known, on) for row in reads.requests(permit)]
    desk = _desk(request, known, lines, whole)
    if suffix:
        return respond(desk.table(), desk.title, suffix, banner())
    context = {"desk": desk, "own": own, "kinds": reads.kinds(known).items(), "promised": reads.promised(known),
               "refusal": refusal, "typed": request.POST, "whole": whole}  # fmt: skip
    if whole:
        context |= {"tally": Tally("", lines, reads.promised(known)), "table": _table(reads.tallies(known, lines)),
                    "themes": reads.themes(known, lines)}  # fmt: skip
    return render(request, "enterprises/requests.html", context, status=409 if refusal else 200)


urls = [
    path("requests/", requests, name="requests"),
    path("requests.<sheet:suffix>", requests, name="requests_file"),
]
