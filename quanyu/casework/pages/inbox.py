"""`/inbox/`: what waits for me, what I began, what I did; each as a list and as a file."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from django.views.decorators.http import require_POST

from quanyu.casework import acts, reads
from quanyu.casework.models import Case, Delegation
from quanyu.casework.words import CaseLine, soon_days
from quanyu.measures.periods import day
from quanyu.pagekit import format
from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, link, respond
from quanyu.people.models import User
from quanyu.people.reads import banner, posts_on
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused

TABS = {"waiting": later("待办"), "opened": later("我发起的"), "done": later("我办过的")}
EMPTY = {
    "waiting": later("没有等您办理的事项。有新的会列在这里，也会发通知。"),
    "opened": later("您还没有发起过事项。"),
    "done": later("您还没有办理过事项。"),
}


def _rows(user: User, show: str, on: dt.date) -> tuple[QuerySet[Case], set[int]]:
    """The cases of a tab with `wanted_on`, the day to act by; the ids of those that wait for my word."""
    if show == "waiting":
        questions = reads.awaited_opinions(user, on)
        asked = set(questions.values_list("case", flat=True))
        rows = reads.inbox(user, on)
        if not asked:
            return rows.annotate(wanted_on=F("due_on")), asked
        due = questions.filter(case=OuterRef("pk")).values("due_on")[:1]
        rows = (rows | Case.objects.filter(pk__in=asked)).annotate(wanted_on=Coalesce(Subquery(due), F("due_on")))
        return rows.order_by(F("wanted_on").asc(nulls_last=True), "id"), asked
    rows = Case.objects.filter(opened_by=user) if show == "opened" else reads.acted_on(user)
    return rows.annotate(wanted_on=F("due_on")).order_by("-acted_at", "-id"), set()


def _lateness(rows: QuerySet[Case], value: str, on: dt.date, soon: int) -> QuerySet[Case]:
    running = rows.filter(closed_at__isnull=True)
    match value:
        case "late":
            return running.filter(wanted_on__lt=on, paused_on__isnull=True)
        case "soon":
            return running.filter(wanted_on__range=(on, on + dt.timedelta(days=soon)), paused_on__isnull=True)
        case "open":
            return running
    return rows.filter(closed_at__isnull=False)


def _desk(request: HttpRequest, show: str) -> Desk:
    user, on, known = request.user, timezone.localdate(), registry()
    assert isinstance(user, User)
    rows, asked = _rows(user, show, on)
    soon = soon_days(known)

    def line(case: Case) -> CaseLine:
        mine = case.pk in asked
        return CaseLine(case, known, on, asked=mine, asked_on=getattr(case, "wanted_on", None) if mine else None)

    lateness = [("late", _("逾期")), ("soon", _("%(n)s 天内到期") % {"n": soon})]
    if show != "waiting":
        lateness += [("open", _("在办")), ("closed", _("已办结"))]
    return Desk(
        request.GET,
        rows.select_related("holder", "holder_organisation", "acted_by"),
        [
            Column(_("事项"), lambda c: c.title, show=lambda c: link(reverse("case", args=[c.pk]), c.title), width=44),
            Column(_("编号"), lambda c: c.number, width=18),
            Column(_("类型"), lambda c: line(c).type, width=14),
            Column(_("现在"), lambda c: str(line(c).state), show=lambda c: line(c).state.html, width=16),
            Column(_("期限"), lambda c: line(c).due_on, absent="—", order="wanted_on", name="due"),
            Column(_("还剩"), lambda c: str(line(c).left), show=lambda c: line(c).left.html, width=14),
            Column(_("在谁手里"), lambda c: line(c).holder, width=26),
            Column(_("上一步"), lambda c: timezone.localtime(c.acted_at).date(), order="acted_at", name="acted",
                   show=lambda c: f"{c.acted_by or _('系统')} {format.date(c.acted_at)}"),
        ],
        title=_(TABS[show]),
        filters=[
            Filter("type", _("类型"), [(k, tr(t.label)) for k, t in known.case_types.items()],
                   lambda rows, v: rows.filter(type=v)),
            Filter("when", _("期限"), lateness, lambda rows, v: _lateness(rows, v, on, soon)),
        ],
        search=lambda rows, words: rows.filter(Q(title__icontains=words) | Q(number__icontains=words)),
        search_label=_("查找事项"),
        empty=_(EMPTY[show]),
        downloads=reverse("inbox_of", args=[show]).rstrip("/"),
    )  # fmt: skip


def _colleagues(user: User, on: dt.date) -> QuerySet[User]:
    """Who could stand in for me: people of the organisations I sit at."""
    mine = posts_on(on).filter(user=user).values("organisation")
    held = posts_on(on).filter(organisation__in=mine).values("user")
    return User.objects.filter(pk__in=held, is_active=True).exclude(pk=user.pk).order_by("id")


def _page(request: HttpRequest, show: str, refused: Refused | None = None) -> HttpResponse:
    user, on = request.user, timezone.localdate()
    assert isinstance(user, User)
    tabs = [(reverse("inbox") if key == "waiting" else reverse("inbox_of", args=[key]), _(words), key == show)
            for key, words in TABS.items()]  # fmt: skip
    standing = Delegation.objects.filter(Q(giver=user) | Q(taker=user)).filter(Q(to_on__isnull=True) | Q(to_on__gt=on))
    context = {
        "desk": _desk(request, show), "tabs": tabs, "standing": standing.select_related("giver", "taker"), "on": on,
        "colleagues": _colleagues(user, on), "refused": refused, "typed": request.POST,
    }  # fmt: skip
    return render(request, "casework/inbox.html", context, status=409 if refused else 200)


@login_required
def inbox(request: HttpRequest, show: str = "waiting") -> HttpResponse:
    if show not in TABS:
        raise Http404
    return _page(request, show)


@login_required
def inbox_file(request: HttpRequest, show: str, suffix: str) -> HttpResponse:
    if show not in TABS:
        raise Http404
    return respond(_desk(request, show).table(), _(TABS[show]), suffix, banner())


@login_required
@require_POST
def delegate(request: HttpRequest) -> HttpResponse:
    """Let a colleague stand in for me, or end that."""
    user, at, typed = request.user, timezone.now(), request.POST
    assert isinstance(user, User)
    try:
        if ending := typed.get("end"):
            held = Delegation.objects.filter(Q(giver=user) | Q(taker=user), pk=ending if ending.isdecimal() else 0)
            acts.end_delegation(get_object_or_404(held), by=user, at=at)
        else:
            chosen = typed.get("taker", "")
            taker = _colleagues(user, timezone.localdate()).filter(pk=chosen if chosen.isdecimal() else 0).first()
            if taker is None:
                raise Refused("没有选择代办的人。", "请选择本单位的人员。")
            from_on = day(typed["from_on"], "开始日期") if typed.get("from_on") else timezone.localdate(at)
            to_on = day(typed["to_on"], "结束日期") if typed.get("to_on") else None
            because = typed.get("because", "")
            acts.delegate(user, taker, from_on=from_on, to_on=to_on, because=because, by=user, at=at)
    except Refused as refused:
        return _page(request, "waiting", refused)
    messages.success(request, _("已记录。"))
    return redirect("inbox")
