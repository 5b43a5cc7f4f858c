"""`/bulletins/`: the bulletins of the plan; composing one, explaining what lags, and the Word paper."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quanyu.casework.acts import take
from quanyu.casework.reads import may_see, state_of, why_not
from quanyu.decisions.acts import bulletin as acts
from quanyu.decisions.models import Bulletin
from quanyu.decisions.reads import bulletin as reads
from quanyu.decisions.reads.bulletin import Written
from quanyu.measures.periods import day
from quanyu.pagekit import format
from quanyu.pagekit.desk import Desk
from quanyu.pagekit.documents import answer
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, link, respond
from quanyu.people.reads import banner
from quanyu.plan.access import needs, permit_of, reader
from quanyu.registry.problem import Refused

SAID = "said-"


def _desk(request: HttpRequest) -> Desk:
    everywhere = permit_of(request).everywhere("cases")
    return Desk(
        request.GET,
        reads.bulletins(reader(request), everywhere=everywhere),
        [
            Column(_("通报"), lambda b: b.case.title, width=48,
                   show=lambda b: link(reverse("bulletin", args=[b.pk]), b.case.title)),
            Column(_("时期"), lambda b: format.period(b.period), width=16, minor=True),
            Column(_("进展"), lambda b: tr(state_of(b.case).label)),
            Column(_("发文字号"), lambda b: b.case.form.get("number", ""), width=24,
                   show=lambda b: b.case.form.get("number") or format.UNDEFINED),
            Column(_("成文日期"), lambda b: Written(b).agreed_on, absent=format.UNDEFINED, minor=True),
            Column(_("文稿"), lambda b: "", exported=False,
                   show=lambda b: link(reverse("bulletin_paper", args=[b.pk]), _("下载 Word"))),
        ],
        title=_("通报"),
        empty=_("还没有通报。在规划驾驶页选好时期，点“生成通报”，系统按研判结果写出初稿。"),
        downloads=reverse("bulletins").rstrip("/"),
    )  # fmt: skip


@needs("assess")
def bulletins(request: HttpRequest, suffix: str = "") -> HttpResponse:
    desk = _desk(request)
    if suffix:
        return respond(desk.table(), desk.title, suffix, banner())
    return render(request, "decisions/bulletins.html", {"desk": desk})


@needs("order")
@require_POST
def bulletin_draft(request: HttpRequest) -> HttpResponse:
    """Compose the bulletin of the period the cockpit shows, or open the one that is under way."""
    made = acts.compose_bulletin(request.POST.get("period", ""), by=reader(request), at=timezone.now())
    return redirect("bulletin", made.pk)


def _found(request: HttpRequest, pk: int) -> Bulletin:
    held: Bulletin = get_object_or_404(Bulletin.objects.select_related("case", "assessment"), pk=pk)
    everywhere = held.case.phase == "done" or permit_of(request).everywhere("cases")
    if not may_see(held.case, reader(request), timezone.localdate(), everywhere=everywhere):
        raise PermissionDenied(_("这份通报还没有印发，印发后可以查看。"))
    return held


@needs("assess")
def bulletin(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper on the page. Whoever drafts it writes the reasons in, saves, sends it on."""
    held, refusal = _found(request, pk), None
    if request.method == "POST":
        try:
            return _done(request, held)
        except Refused as refused:
            refusal = refused
    written = Written(held)
    blocks = written.blocks
    if refusal:  # everything typed stays
        blocks = [replace(b, said=request.POST.get(SAID + b.ask, b.said)) if b.ask else b for b in blocks]
    context = {
        "written": written, "blocks": blocks, "bulletin": held, "case": held.case, "refusal": refusal,
        "name": format.period(held.period), "state": state_of(held.case),
        "writable": not why_not(held.case, "submit", reader(request), timezone.localdate()),
        "reply_on": request.POST.get("reply_on") or (held.reply_on.isoformat() if held.reply_on else ""),
        "confirm": "confirm" in request.GET and written.unexplained,
    }  # fmt: skip
    return render(request, "decisions/bulletin.html", context, status=409 if refusal else 200)


def _done(request: HttpRequest, held: Bulletin) -> HttpResponse:
    """What the button asked for. Words are saved first, so nothing typed is lost; empty places ask for a second yes."""
    given, user, at = request.POST, reader(request), timezone.now()
    here = reverse("bulletin", args=[held.pk])
    said = {name.removeprefix(SAID): str(text) for name, text in given.items() if name.startswith(SAID)}
    reply_on = day(given["reply_on"], "报送期限") if given.get("reply_on") else None
    written = Written(acts.write_bulletin(held, said, reply_on, by=user, at=at))
    if given.get("do") != "submit":
        messages.success(request, _("已保存。"))
        return redirect(here)
    if written.unexplained and "confirm" not in given:
        return redirect(f"{here}?confirm=1#confirm")
    seen = given.get("seen", "")
    take(held.case, "submit", by=user, at=at, seen=int(seen) if seen.isdecimal() else None)
    messages.success(request, _("已送审。审核通过后会通知您下载用印。"))
    return redirect(here)


@needs("assess")
def bulletin_paper(request: HttpRequest, pk: int) -> HttpResponse:
    held = _found(request, pk)
    return answer(Written(held).paper(banner()), held.case.title)


urls = [
    path("bulletins/", bulletins, name="bulletins"),
    path("bulletins.<sheet:suffix>", bulletins, name="bulletins_file"),
    path("bulletins/draft/", bulletin_draft, name="bulletin_draft"),
    path("bulletins/<int:pk>/", bulletin, name="bulletin"),
    path("bulletins/<int:pk>.docx", bulletin_paper, name="bulletin_paper"),
]
