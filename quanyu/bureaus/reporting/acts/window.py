"""Collecting a form's period: open it, remind, give one firm more time, close, lock, reopen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from quanyu.bureaus.reporting.models import Extension, Window
from quanyu.bureaus.reporting.reads.window import reminder_of, waffle
from quanyu.facts import reads as facts
from quanyu.facts.acts.reports import clean_period
from quanyu.measures.periods import Period
from quanyu.pagekit import format
from quanyu.people.acts import notify, record
from quanyu.people.models import Organisation, User
from quanyu.people.reads import posts_on
from quanyu.registry.model import Form
from quanyu.registry.problem import Refused

TOPIC = "reporting.reminder"
Until = dt.date | None
OPEN, CLOSED, LOCKED = Window.State.OPEN, Window.State.CLOSED, Window.State.LOCKED
MOVES = {"close": (CLOSED, (OPEN,)), "lock": (LOCKED, (OPEN, CLOSED)), "reopen": (OPEN, (CLOSED, LOCKED))}
"""Verb → the state it leads to, and those it leads from."""


def do(
    verb: str, form: Form, period: str, *, by: User | None, at: dt.datetime, until: Until = None, reason: str = "",
    firm: Organisation | None = None, again: bool = False,
) -> str:  # fmt: skip
    """Do what a desk or a command line asks for; returns the sentence that says what was done."""
    if verb == "open":
        row = open_period(form, period, by=by, at=at, due_on=until)
        return _("已开期，%(day)s截止。") % {"day": format.date(row.due_on)}
    if verb == "remind":
        told, alone = remind(form, period, by=by, at=at, again=again)
        words = _("已向 %(n)s 家企业发出催报。") % {"n": told}
        return words + (_("其中 %(n)s 家没有填报账号，请电话联系。") % {"n": alone} if alone else "")
    if verb == "extend":
        if firm is None or until is None:
            raise Refused("没有写明哪家企业延到哪一天。")
        extend(form, period, firm, until, reason, by=by, at=at)
        return _("%(firm)s可以报到%(day)s，不算迟报。") % {"firm": firm, "day": format.date(until)}
    if verb not in MOVES:
        raise Refused(f"没有“{verb}”这个动作。")
    row, missing = move(form, period, verb, by=by, at=at, reason=reason, due_on=until)
    said = {"close": _("已截止。"), "lock": _("已锁定，要改须走更正程序，或说明原因重开。")}.get(verb)
    said = said or _("已重开，%(day)s截止。") % {"day": format.date(row.due_on)}
    return said + _("还有 %(n)s 家未报。") % {"n": missing}


def open_period(form: Form, period: str, *, by: User | None, at: dt.datetime, due_on: Until = None) -> Window:
    """Begin to collect a form's period. Without `due_on` it falls due as the form says; nothing is guessed.

    Effects, in order: one window; one event.
    """
    key, today = clean_period(form, period), timezone.localdate(at)
    own = facts.due_on(form, key)
    due = due_on or own
    if due is None:
        why = "没有规定期限" if form.due_days is None else "的截止日按工作日算，而那一年的节假日安排尚未公布"
        raise Refused(f"“{form.label}”{why}。", "请写明截止日。")
    if due != own and due < today:
        raise Refused(f"截止日 {due} 已经过去。", "请写今天或以后的日期。")
    fresh = {"opens_on": today, "due_on": due, "opened_at": at, "opened_by": by}
    with transaction.atomic():
        row, made = Window.objects.get_or_create(form=form.key, period=key, defaults=fresh)
        if not made:
            raise Refused(f"{_said(form, key)}已经开期，截止日是 {row.due_on}。", "要再收，请用“重开”。")
        _keep("open_period", row, by, at, due_on=str(due))
    return row


def remind(form: Form, period: str, *, by: User | None, at: dt.datetime, again: bool = False) -> tuple[int, int]:
    """Tell every firm whose report does not count yet, by one notice to the seat that must act.

    Not twice on one day unless asked (`again`). Returns how many were told, and in how many nobody sits on that seat.
    Effects, in order: the notices; the window's mark; one event.
    """
    today = timezone.localdate(at)
    with _held(form, period) as row:
        if row.state != OPEN:
            raise Refused(f"{_said(form, row.period)}{row.get_state_display()}，不再催报。", "要再收，请先重开。")
        if row.reminded_at and timezone.localdate(row.reminded_at) == today and not again:
            before = f"{timezone.localtime(row.reminded_at):%H:%M}"
            raise Refused(f"今天 {before} 已经催报过。", "确需再催，请选“再催一次”。")
        waiting, about = [square for square in waffle(form, row.period) if square.open], reminder_of(row)
        if not waiting:
            raise Refused(f"{_said(form, row.period)}已经报齐，没有要催的企业。")
        ends = "已经逾期" if today > row.due_on else f"{row.due_on}截止"
        for square in waiting:
            todo = {"awaiting": "待您确认", "returned": "已退回，请改正后重报"}.get(square.state, "还没有报")
            role, link = form.filled_by, reverse("fill", args=[square.firm.pk, form.key, row.period])
            if square.state == "awaiting" and form.confirmed_by:
                role, link = form.confirmed_by, reverse("returns")
            told = f"{_said(form, row.period)}{todo}，{ends}"
            notify(TOPIC, told, link=link, at=at, role=role, organisation=square.firm.pk, subject=about)
        seats = posts_on(today).filter(role=form.filled_by, organisation__in=[square.firm for square in waiting])
        row.reminded_at = at
        _keep("remind", row, by, at, firms=len(waiting))
        return len(waiting), len(waiting) - seats.values("organisation").distinct().count()


def extend(
    form: Form, period: str, firm: Organisation, until: dt.date, reason: str, *, by: User | None, at: dt.datetime
) -> Extension:
    """Give one firm more time, for a reason. Effects, in order: one extension; one event."""
    with _held(form, period) as row:
        if row.state == LOCKED:
            raise Refused(f"{_said(form, row.period)}已经锁定，不能延期。", "请先重开，或走更正程序。")
        if until <= row.due_on or until < timezone.localdate(at):
            raise Refused(f"延到 {until} 不比截止日 {row.due_on} 晚，或者已经过去。", "请写以后的日期。")
        if not facts.expected(form, row.period).filter(pk=firm.pk).exists():
            raise Refused(f"{firm}不在{_said(form, row.period)}的应报名单里。")
        _explained(reason)
        made = Extension.objects.create(window=row, organisation=firm, until=until, reason=reason, at=at, by=by)
        _keep("extend", row, by, at, firm=firm.pk, until=str(until), reason=reason)
    return made


def move(
    form: Form, period: str, verb: str, *, by: User | None, at: dt.datetime, reason: str = "", due_on: Until = None
) -> tuple[Window, int]:
    """`close`: only firms with more time may file. `lock`: the figures are final. `reopen`: collect again for a reason.

    Returns the window and how many firms are missing. Effects, in order: the window; one event.
    """
    to, possible = MOVES[verb]
    with _held(form, period) as row:
        if row.state not in possible:
            raise Refused(f"{_said(form, row.period)}现在是“{row.get_state_display()}”，不能这样办。")
        if verb == "reopen":
            _explained(reason)
            row.reason, row.due_on = reason, due_on or row.due_on
        row.state = to
        missing = sum(square.open for square in waffle(form, row.period))
        _keep(f"{verb}_period", row, by, at, missing=missing, reason=reason, due_on=str(row.due_on))
    return row, missing


@contextmanager
def _held(form: Form, period: str) -> Iterator[Window]:
    """The window of a period, locked for the length of the act."""
    key = clean_period(form, period)
    with transaction.atomic():
        row = Window.objects.select_for_update().filter(form=form.key, period=key).first()
        if row is None:
            raise Refused(f"{_said(form, key)}还没有开期。", "请先开期。")
        yield row


def _keep(act: str, row: Window, by: User | None, at: dt.datetime, **body: Any) -> None:
    row.save()
    record(f"reporting.{act}", f"reporting.window:{row.pk}", by, at, {"form": row.form, "period": row.period, **body})


def _said(form: Form, period: str) -> str:
    return f"{Period.parse(period).label('zh')}“{form.label}”"


def _explained(reason: str) -> None:
    if not reason.strip() or len(reason) > 300:
        raise Refused("须写明原因，不超过 300 字。")
