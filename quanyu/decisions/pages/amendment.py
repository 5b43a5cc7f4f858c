"""`/amendments/`: what was promised otherwise than the plan first said; proposing that something be."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from quanyu.casework.reads import type_of
from quanyu.decisions.acts import amendment as acts
from quanyu.decisions.reads import amendment as reads
from quanyu.pagekit import format
from quanyu.pagekit.desk import Desk
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, link, respond
from quanyu.people.reads import banner
from quanyu.plan.access import needs
from quanyu.plan.reads import registry
from quanyu.registry.model import Indicator
from quanyu.registry.problem import Refused


def _desk(request: HttpRequest) -> Desk:
    def told(p: reads.Proposal, value: object) -> str:
        if value is None:
            return format.UNDEFINED
        return format.date(value) if hasattr(value, "year") else format.quantity(value, p.unit)

    return Desk(
        request.GET,
        [reads.proposal(case) for case in reads.cases()],
        [
            Column(_("编号"), lambda p: p.case.number, width=16,
                   show=lambda p: link(reverse("case", args=[p.case.pk]), p.case.number)),
            Column(_("调整对象"), lambda p: tr(p.subject.label), width=40),
            Column(_("调整什么"), lambda p: tr(p.what), width=12),
            Column(_("原定"), lambda p: told(p, p.before), width=16),
            Column(_("改为"), lambda p: told(p, p.after), width=16),
            Column(_("生效日"), lambda p: p.since, show=lambda p: format.date(p.since), width=14),
            Column(_("进展"), lambda p: tr(type_of(p.case).states[p.case.state].label), width=22),
        ],
        title=_("规划调整"),
        empty=_("还没有提出过调整。规划原定的值一直有效；需要调整时，从指标页或任务页提出。"),
        downloads=reverse("amendments").rstrip("/"),
    )  # fmt: skip


@needs("assess")
def amendments(request: HttpRequest) -> HttpResponse:
    return render(request, "decisions/amendments.html", {"desk": _desk(request)})


@needs("assess")
def amendments_file(request: HttpRequest, suffix: str) -> HttpResponse:
    return respond(_desk(request).table(), _("规划调整"), suffix, banner())


@needs("amend")
def amendment_new(request: HttpRequest) -> HttpResponse:
    """Propose a change of one promise, named in the address as `indicator:…` or `task:…`."""
    tag, given, refusal = request.GET.get("of", ""), request.POST, None
    definitions = registry()
    subject = reads.subject_of(definitions, tag)
    if request.method == "POST":
        try:
            form = {name: str(value) for name, value in given.items() if name != "csrfmiddlewaretoken"}
            case = acts.propose(tag, form, by=request.user, at=timezone.now())
        except Refused as refused:
            refusal = refused
        else:
            return redirect("case", case.pk)
    fits = acts.OF_INDICATOR if isinstance(subject, Indicator) else acts.OF_TASK
    questions = definitions.case_types[reads.KIND].form
    what = next(q for q in questions if q.name == "what")
    today = timezone.localdate()
    promised = [(what.choices[w], reads.promised(definitions, subject, w, today)) for w in fits]
    context = {
        "subject": subject, "tag": tag, "given": given, "refusal": refusal, "promised": promised, "today": today,
        "choices": [(w, what.choices[w]) for w in fits], "words": {q.name: q.label for q in questions},
        "unit": definitions.units.get(subject.unit),
        "asked": [definitions.roles[role].label for role, _seat in reads.units_concerned(subject)],
        "back": reverse("indicator" if isinstance(subject, Indicator) else "task", args=[subject.key]),
    }  # fmt: skip
    return render(request, "decisions/amendment_new.html", context, status=409 if refusal else 200)


urls = [
    path("amendments/", amendments, name="amendments"),
    path("amendments.<sheet:suffix>", amendments_file, name="amendments_file"),
    path("amendments/new/", amendment_new, name="amendment_new"),
]
