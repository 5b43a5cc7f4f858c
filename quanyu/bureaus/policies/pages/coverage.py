"""`/coverage/`: does each policy reach its firms, and what becomes of it; `/mine/survey/`: what firms say of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from quanyu.bureaus.policies.acts import survey as acts
from quanyu.bureaus.policies.models import Review, SurveyAnswer
from quanyu.bureaus.policies.reads import coverage as reads
from quanyu.bureaus.policies.reads.library import for_firms
from quanyu.bureaus.policies.reads.mine import wan
from quanyu.pagekit import format
from quanyu.pagekit.charts import bar
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, link, respond
from quanyu.people.models import Organisation
from quanyu.people.reads import banner
from quanyu.plan.access import needs, permit_of, reader
from quanyu.plan.reads import registry
from quanyu.registry.model import Survey
from quanyu.registry.problem import Refused


def _year(request: HttpRequest) -> int:
    asked, now = request.GET.get("year", ""), timezone.localdate().year
    return int(asked) if asked.isdecimal() and now - 10 <= int(asked) <= now else now


def _desk(request: HttpRequest, year: int) -> Desk:
    known, on = registry(), timezone.localdate()
    found = [reads.coverage(known, p.key, year, on) for p in for_firms(known, on) if p.benefit and not p.benefit.tax]
    here = reverse("coverage")
    decided: dict[str, Review] = {}
    for review in Review.objects.filter(year=year).order_by("id"):
        decided[review.policy] = review
    years = [(str(n), _("%(year)s年") % {"year": n}) for n in range(on.year, on.year - 4, -1)]
    return Desk(
        request.GET, sorted(found, key=lambda c: (c.entitled is None, -len(c.entitled or ()), c.policy.key)),
        [
            Column(_("政策"), lambda c: tr(c.policy.label), width=40,
                   show=lambda c: link(f"{here}{c.policy.key}/?year={year}", tr(c.policy.label))),
            Column(_("应享"), lambda c: None if c.entitled is None else len(c.entitled), width=10, numeric=True),
            Column(_("已通知"), lambda c: len(c.told), width=10, numeric=True),
            Column(_("已申请"), lambda c: len(c.applied), width=10, numeric=True),
            Column(_("已拨付"), lambda c: len(c.paid), width=10, numeric=True),
            Column(_("实享率"), lambda c: c.share and format.exact(c.share * 100, 1), places=1, unit="%", width=10,
                   numeric=True, absent="—"),
            Column(_("金额"), lambda c: c.amount / 10_000, unit=_("万元"), places=2, width=14, numeric=True),
            Column(_("用时中位数"), lambda c: c.middle and format.exact(c.middle, 1), unit=_("工作日"), places=1,
                   numeric=True, minor=True, width=16),
            Column(_("承诺"), lambda c: c.policy.days or None, unit=_("工作日"), width=12, numeric=True, minor=True),
            Column(_("按时率"), lambda c: c.kept and format.exact(c.kept * 100, 1), places=1, unit="%", width=10,
                   numeric=True, minor=True, absent="—"),
            Column(_("评估结论"), lambda c: _outcome(decided.get(c.policy.key)), absent="", width=12),
        ],
        title=_("政策成效"), downloads=here.rstrip("/"), empty=_("没有给企业发放资金的政策。"),
        filters=[Filter("year", _("年度"), years, lambda rows, value: rows, settled=str(year))],
        search=lambda rows, words: [c for c in rows if words in tr(c.policy.label)], search_label=_("政策名称"),
    )  # fmt: skip


def _outcome(review: Review | None) -> str:
    """A decision in words that the catalogue knows."""
    said = {"keep": _("保留"), "adjust": _("调整"), "stop": _("停止")}
    return said[review.outcome] if review else ""


@needs("reform")
def coverage(request: HttpRequest, suffix: str = "") -> HttpResponse:
    year = _year(request)
    desk = _desk(request, year)
    if suffix:
        return respond(desk.table(), f"{desk.title} {year}", suffix, banner())
    return render(request, "policies/coverage.html", {"desk": desk, "year": year})


@needs("reform")
def coverage_policy(request: HttpRequest, key: str) -> HttpResponse:
    """One policy's year: the funnel, why the rest was not paid, how long it took, what firms say, the review."""
    known, year, refusal = registry(), _year(request), None
    if key not in known.policies:
        raise Http404
    if request.method == "POST":
        given = request.POST
        try:
            by, at = reader(request), timezone.now()
            acts.review(key, year, given.get("outcome", ""), given.get("because", ""), by=by, at=at)
            messages.success(request, _("已记录评估结论。"))
            return redirect(f"{request.path}?year={year}")
        except Refused as refused:
            refusal = refused
    found = reads.coverage(known, key, year, timezone.localdate())
    steps = [(_("应享"), None if found.entitled is None else len(found.entitled)), (_("已通知"), len(found.told)),
             (_("已申请"), len(found.applied)), (_("已拨付"), len(found.paid))]  # fmt: skip
    most = max((n or 0 for _w, n in steps), default=0)
    survey = _survey()
    answered, said = reads.heard(survey, key, year) if survey else (0, [])
    context: dict[str, Any] = {
        "found": found, "year": year, "survey": survey, "answered": answered, "heard": said, "refusal": refusal,
        "funnel": [(w, n, bar(format.exact(n or 0, 0), format.exact(most, 0), w) if most else "") for w, n in steps],
        "amount": wan(found.amount), "outcomes": [(v, _outcome(Review(outcome=v))) for v in Review.Outcome.values],
        "reviews": [(r, _outcome(r)) for r in Review.objects.filter(policy=key).select_related("by")],
        "typed": request.POST, "paid_outside": len(set(found.paid) - (found.entitled or set(found.paid))),
    }  # fmt: skip
    return render(request, "policies/coverage_policy.html", context, status=409 if refusal else 200)


def _survey() -> Survey | None:
    return next(iter(registry().surveys.values()), None)


def _own(request: HttpRequest) -> Organisation:
    """The firm that the person answers for."""
    held = permit_of(request)
    own = None if held.everywhere("benefits") else held.seen_organisations("benefits").first()
    if own is None:
        raise Http404
    return own


@needs("benefits")
def survey(request: HttpRequest) -> HttpResponse:
    """The questionnaire of a firm: a page of all policies it had to do with this year."""
    own, asked, on = _own(request), _survey(), timezone.localdate()
    known, refusal, wrong = registry(), None, ""
    if asked and request.method == "POST":
        wrong = request.POST.get("policy", "")
        form = {q.name: request.POST.get(f"q_{q.name}", "") for q in asked.questions}
        try:
            acts.answer_survey(asked, wrong, own, form, by=reader(request), at=timezone.now())
            messages.success(request, _("已收到，谢谢。"))
            return redirect("survey")
        except Refused as refused:
            refusal = refused
    before = {a.policy: a.answers for a in SurveyAnswer.objects.filter(organisation=own, year=on.year)}
    sheets = []
    for key in reads.met_by(known, own, on) if asked else ():
        typed = request.POST if key == wrong else {}
        held = before.get(key, {})
        names = asked.questions if asked else ()
        questions = [(q, "", typed.get(f"q_{q.name}", held.get(q.name, "")), "") for q in names]
        sheets.append((known.policies[key], key in before, questions, refusal if key == wrong else None))
    context = {"asked": asked, "sheets": sheets, "own": own}
    return render(request, "policies/survey.html", context, status=409 if refusal else 200)


urls = [
    path("coverage/", coverage, name="coverage"),
    path("coverage.<sheet:suffix>", coverage, name="coverage_file"),
    path("coverage/<slug:key>/", coverage_policy, name="coverage_policy"),
    path("mine/survey/", survey, name="survey"),
]
