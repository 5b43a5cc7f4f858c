"""What was done by whom, what people were told, and what went out: the three lists of the record."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Collection

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from quanyu.pagekit.desk import Desk, Filter
from quanyu.pagekit.format import named, tr
from quanyu.pagekit.tables import Column, link
from quanyu.people import channels
from quanyu.people.models import Delivery, Event, Notice, User
from quanyu.people.reads import notices_for
from quanyu.registry.model import Registry
from quanyu.web.frame import address

DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?")
BODY, VALUE = 120, 24
"""Characters of an event's content that a line shows, in all and of each value."""


PAGES = {
    "casework.case": ("case", "cases"), "facts.report": ("report", "reports"),
    "people.organisation": ("organisation", "organisations"),
}  # fmt: skip
"""What an event is about → the page that shows it, and the area that opens it."""


def moment(at: dt.datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else "—"


def audit_desk(params: QueryDict, sees: Collection[str] = ()) -> Desk:
    """All events, the last first, linked where the reader may go; all words of the search must fit."""
    return Desk(
        params, Event.objects.select_related("by").order_by("-number"),
        [
            Column(_("编号"), lambda e: e.number, numeric=True, name="number", order="number"),
            Column(_("时间"), lambda e: moment(e.at), show=lambda e: _whole(moment(e.at))),
            Column(_("人员"), lambda e: str(e.by), show=lambda e: _whole(e.by or _("系统"))),
            Column(_("动作"), lambda e: e.act),
            Column(_("对象"), lambda e: e.subject, show=lambda e: _subject(e, sees)),
            Column(_("内容"), _told),
        ],
        title=_("操作留痕"), search=_matching, search_label=_("人员、动作、对象或日期"),
        empty=_("还没有留下任何记录。"), notes=[
            _("日期写成 2026-11-23，或一段 2026-11-01..2026-11-23；几个条件用空格隔开。"),
            _("核验请运行 quanyu audit verify；把 quanyu audit head 印出的一行另存，日后可以证明此前的记录没有改写。"),
        ],
    )  # fmt: skip


def _matching(rows: QuerySet[Event], words: str) -> QuerySet[Event]:
    for word in words.split():
        days = DAYS.fullmatch(word)
        try:
            first, last = (dt.date.fromisoformat(d or days[1]) for d in days.groups()) if days else (None, None)
        except ValueError:
            return rows.none()
        if first and last:
            rows = rows.filter(at__gte=_midnight(first), at__lt=_midnight(last + dt.timedelta(days=1)))
            continue
        people = User.objects.filter(Q(username=word) | Q(display_name__contains=word)).values("pk")
        rows = rows.filter(Q(act__startswith=word) | Q(subject__startswith=word) | Q(by__in=people))
    return rows


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _whole(words: object) -> str:
    return format_html('<span class="nw">{}</span>', words)


def _told(event: Event) -> str:
    """What an event says, each of its values cut short; the whole stands in the database."""
    held = {name: value for name, value in event.body.items() if value not in ("", {}, [])}
    plain = {name: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for name, v in held.items()}
    said = "；".join(f"{name}：{_cut(value, VALUE)}" for name, value in plain.items())
    return _cut(said, BODY) or "—"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _subject(event: Event, sees: Collection[str]) -> str:
    kind, _colon, pk = event.subject.partition(":")
    page, area = PAGES.get(kind, ("", ""))
    there = address(page, int(pk)) if area in sees and pk.isdigit() else ""
    return link(there, event.subject) if there else event.subject


def notice_desk(params: QueryDict, registry: Registry, user: User, on: dt.date) -> Desk:
    """What a person was told, unread first, the latest first."""
    rows = notices_for(user, on).select_related("opened_by").annotate(opened=Q(opened_at__isnull=False))
    topics, read = [(t.key, tr(t.label)) for t in registry.topics.values()], [("0", _("未读")), ("1", _("已读"))]
    return Desk(
        params, rows.order_by("opened", "-at", "-id"),
        [
            Column(_("通知"), lambda n: n.line, show=_line),
            Column(_("种类"), lambda n: named(registry.topics, n.topic)),
            Column(_("时间"), lambda n: moment(n.at), name="at", order="at"),
            Column(_("阅知"), lambda n: f"{n.opened_by} {moment(n.opened_at)}" if n.opened_at else _("未读")),
        ],
        title=_("通知"), empty=_("没有通知。有事项到您手上，或与您有关的事有了变化，会在这里告诉您。"),
        filters=[
            Filter("topic", _("种类"), topics, lambda q, v: q.filter(topic=v)),
            Filter("read", _("状态"), read, lambda q, v: q.filter(opened_at__isnull=v == "0")),
        ],
    )  # fmt: skip


def _line(notice: Notice) -> str:
    there = link(address("notice", notice.pk), notice.line)
    return there if notice.opened_at else format_html("<b>{}</b>", there)


def delivery_desk(params: QueryDict, registry: Registry) -> Desk:
    """What went out over which channel to whom, or why it did not."""
    states = {"waiting": _("待发"), "sent": _("已发"), "failed": _("未能发出"), "moot": _("已阅，不再发")}
    names = {"mail": _("邮件"), "sms": _("短信"), "ding": _("钉钉群"), "wecom": _("企业微信群")}
    names |= {"webhook": _("其他系统")}
    told = _("还没有设置任何对外渠道，通知只在页面内。")
    if settings.OFFLINE:
        told = _("本系统设为不对外联网（QUANYU_OFFLINE=1），通知只在页面内。")
    elif usable := "、".join(names[channel] for channel in channels.configured()):
        told = _("已设置的渠道：%(names)s。") % {"names": usable}
    return Desk(
        params, Delivery.objects.select_related("user").annotate(told=Count("notices")).order_by("-id"),
        [
            Column(_("种类"), lambda d: named(registry.topics, d.topic)),
            Column(_("渠道"), lambda d: names.get(d.channel, d.channel)),
            Column(_("发给"), lambda d: str(d.user) if d.user else _("群或系统")),
            Column(_("通知"), lambda d: d.told, unit=_("条"), numeric=True),
            Column(_("状态"), lambda d: states[d.state]),
            Column(_("尝试"), lambda d: d.tries, unit=_("次"), numeric=True),
            Column(_("最近一次"), lambda d: moment(d.tried_at)),
            Column(_("下次"), lambda d: moment(d.next_at) if d.state == "waiting" else "—"),
            Column(_("结果"), lambda d: d.answer or "—"),
        ],
        title=_("通知发送"), empty=_("还没有对外发过通知。"), notes=[told],
        filters=[
            Filter("channel", _("渠道"), list(names.items()), lambda q, v: q.filter(channel=v)),
            Filter("state", _("状态"), list(states.items()), lambda q, v: q.filter(state=v)),
        ],
    )  # fmt: skip
