"""Around every page: the navigation a person's roles open, the demonstration banner, and a page for a refusal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.casework import reads as casework
from quanyu.decisions.reads import Judged, assessment
from quanyu.decisions.reads.amendment import judged_on
from quanyu.pagekit.page import NavGroup, NavItem
from quanyu.people.models import User
from quanyu.people.reads import banner
from quanyu.plan.access import permit_of
from quanyu.registry.problem import Refused

NAV: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (later("我的"), (
        ("home", "plan", later("工作台")), ("inbox", "plan", later("待办事项")), ("notices", "plan", later("通知")),
    )),
    (later("规划实施"), (
        ("cockpit", "plan", later("规划驾驶页")), ("indicators", "indicators", later("指标库")),
        ("plan_text", "plan", later("规划原文")), ("conflicts", "conflicts", later("口径待核")),
        ("technologies", "plan", later("技术目录")), ("tasks", "tasks", later("任务督办")),
    )),
    (later("研判与调整"), (
        ("warnings", "warnings", later("预警")), ("bulletins", "assess", later("通报")),
        ("evaluations", "assess", later("评估")), ("amendments", "assess", later("规划调整")),
        ("compare", "assess", later("多规划对照")), ("appraisals", "appraisal", later("年终考核")),
    )),
    (later("企业与填报"), (
        ("returns", "file", later("我要填报")), ("collect", "collect", later("报表调度")),
        ("exceptions", "collect", later("异常审核")), ("followups", "collect", later("跟踪调度")),
        ("crosscheck", "crosscheck", later("部门比对")), ("supply", "supply", later("部门供数")),
        ("screening", "collect", later("项目筛选")),
    )),
    (later("政策与资金"), (
        ("mine", "benefits", later("能享受什么")), ("policies", "plan", later("政策库")),
        ("entitle", "entitle", later("兑现台")), ("budgets", "budgets", later("资金预算")),
        ("vouchers", "vouchers", later("创新券")), ("reforms", "reform", later("政策模拟")),
        ("coverage", "reform", later("政策成效")),
    )),
    (later("企业培育"), (
        ("firms", "firms", later("企业档案")), ("ladder", "firms", later("梯度培育")),
        ("plans_firm", "firms", later("一企一策")), ("requests", "requests", later("企业诉求")),
    )),
    (later("组织与报表"), (
        ("organisations", "organisations", later("组织")), ("reports", "reports", later("报表")),
        ("audit", "audit", later("操作留痕")),
    )),
)  # fmt: skip
"""Groups of (address name, page area a role must see, words), in the order shown."""


def address(name: str, *args: object) -> str:
    """The address of a page by name; "" when this installation has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def judged_as_asked(request: HttpRequest) -> Judged:
    """Where every promise stands, as an address asks: at `?period=`, by the plan in force on the day `?on=`."""
    period, on = request.GET.get("period") or None, request.GET.get("on")
    if not on:
        return assessment(period)
    try:
        return judged_on(dt.date.fromisoformat(on), period)
    except ValueError:
        raise Refused(_("“%(on)s”不是日期。") % {"on": on}, _("请写成 2024-03-31。")) from None


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor, on error pages too: `banner` for all; `nav`, `search` and `sees` for those who are logged in.

    `sees`: the page areas open to the reader, so that no link leads to a closed one. `inbox`: where what waits for the
    reader is listed, `waiting`: how much that is.
    """
    try:
        sees = permit_of(request).sees
    except (Refused, AttributeError):  # nothing loaded yet; or the page is older than the log-in middleware
        sees = frozenset()
    inbox = address("inbox") if sees else ""
    waiting = casework.waiting(request.user, timezone.localdate()) if inbox and isinstance(request.user, User) else 0
    nav = navigation(request.path, sees, {inbox: waiting})
    search = address("indicators") if "indicators" in sees else ""
    return {"nav": nav, "sees": sees, "banner": banner(), "search": search, "inbox": inbox, "waiting": waiting}


def navigation(path: str, sees: frozenset[str], counts: Mapping[str, int] | None = None) -> tuple[NavGroup, ...]:
    """The groups that hold at least one page open to this person; the longest address that leads here is marked.

    `counts`: address → how much there is to attend to.
    """
    known = [
        (group, [(href, _(words)) for name, area, words in lines if area in sees and (href := address(name))])
        for group, lines in NAV
    ]
    held = counts or {}
    places = [href for _g, lines in known for href, _w in lines]
    here = max((p for p in places if path == p or (p != "/" and path.startswith(p))), key=len, default="")
    return tuple(
        NavGroup(_(group), tuple(NavItem(href, words, href == here, held.get(href, 0)) for href, words in lines))
        for group, lines in known
        if lines
    )


class Refusals:
    """Middleware: an act that was refused becomes a page with the sentence and what would allow it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, refusal: Exception) -> HttpResponse | None:
        if not isinstance(refusal, Refused):
            return None
        return render(request, "pagekit/refused.html", {"refusal": refusal}, status=409)
