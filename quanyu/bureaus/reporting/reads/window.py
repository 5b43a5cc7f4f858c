"""Until when a report may be filed, where every firm's report of a period stands, who is missing, what comes next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from django.utils.translation import gettext as _

from quanyu.bureaus.reporting.models import Extension, FollowUp, Submission, Window
from quanyu.facts import reads as facts
from quanyu.facts.models import Report
from quanyu.facts.reads import Returns
from quanyu.measures.periods import LENGTHS, Period, month_index
from quanyu.pagekit import format
from quanyu.pagekit.format import tr
from quanyu.people.models import Notice, Organisation
from quanyu.people.reads import posts_on
from quanyu.registry.model import Form, Registry

State = Literal["filed", "late", "awaiting", "returned", "missing"]


def window(form_key: str, period: str | Period) -> Window | None:
    """The collecting of a form's period; None where nobody ever opened it."""
    return Window.objects.filter(form=form_key, period=str(period)).first()


def ended(form: Form, on: dt.date) -> Period:
    """The last period of a form that was over before a day."""
    month, length = month_index(on) - 1, LENGTHS[form.period]
    return Period.ending(month - (month + 1) % length, form.period)


def reminder_of(held: Window) -> str:
    """What the notices of a window are about, to find again who has opened theirs."""
    return f"reporting.window:{held.pk}"


def extended(held: Window | None, organisation: Organisation | int | None) -> dt.date | None:
    """Until when this organisation alone may file: the last extension counts."""
    if held is None or organisation is None:
        return None
    rows = Extension.objects.filter(window=held, organisation=organisation)
    return rows.order_by("-id").values_list("until", flat=True).first()


def due_on(form: Form, period: str | Period, organisation: Organisation | int | None = None) -> dt.date | None:
    """The last day that is not late: of the window, of the organisation's extension; else the form's own day."""
    return due_within(window(form.key, period), form, period, organisation)


def due_within(
    held: Window | None, form: Form, period: str | Period, organisation: Organisation | int | None
) -> dt.date | None:
    """`due_on`, for who has the window at hand."""
    if held is None:
        return facts.due_on(form, period)
    return max(held.due_on, extended(held, organisation) or held.due_on)


def may_file(form: Form, organisation: Organisation, period: str | Period, on: dt.date) -> str:
    """Why the organisation may not file, correct or withdraw on a day, in one sentence; "" when it may."""
    return why_closed(window(form.key, period), form, organisation, period, on)


def why_closed(held: Window | None, form: Form, organisation: Organisation, period: str | Period, on: dt.date) -> str:
    """`may_file`, for who has the window at hand."""
    if held is None:
        return ""
    words = {"form": tr(form.label), "period": format.period(str(period)), "day": format.date(held.opens_on)}
    if held.state == Window.State.LOCKED:
        return _("%(period)s的“%(form)s”已经锁定，要改须走更正程序。") % words
    if held.state == Window.State.CLOSED and (extended(held, organisation) or dt.date.min) < on:
        return _("%(period)s的“%(form)s”已经截止，如需补报请联系经办人员延期。") % words
    return "" if on >= held.opens_on else _("%(period)s的“%(form)s”从%(day)s开始填报。") % words


class Square(NamedTuple):
    """One firm of a period: 报 (filed), 迟 (filed late), 待 (awaits its head), 退 (sent back), 未 (missing)."""

    firm: Organisation
    state: State

    @property
    def open(self) -> bool:
        """Nothing of it counts yet."""
        return self.state not in ("filed", "late")


HANDED: Mapping[str, State] = {
    Submission.State.AWAITING: "awaiting", Submission.State.RETURNED: "returned", Submission.State.DECLINED: "returned",
}  # fmt: skip


def waffle(form: Form, period: str | Period) -> list[Square]:
    """Every firm that must file for a period, by name, and where its report stands. Four questions, however many."""
    firms = facts.expected(form, period).select_related("area").order_by("name", "id")
    done = set(facts.filed(form.key, period).values_list("organisation_id", flat=True))
    first = Report.objects.filter(form=form.key, period=str(period), version=1, late=True)
    late = set(first.values_list("organisation_id", flat=True))
    handed = Submission.objects.filter(form=form.key, period=str(period)).order_by("id")
    last = dict(handed.values_list("organisation_id", "state"))

    def state(firm: int) -> State:
        if firm in done:
            return "late" if firm in late else "filed"
        return HANDED.get(last.get(firm, ""), "missing")

    return [Square(firm, state(firm.pk)) for firm in firms]


class Collected(NamedTuple):
    """A form's period: its window (None: not opened), how complete it is, and the verb that comes next."""

    form: Form
    period: Period
    window: Window | None
    returns: Returns

    @property
    def next(self) -> str:
        if self.window is None:
            return "open"
        if self.window.state == Window.State.LOCKED:
            return "look"
        return "remind" if self.window.state == Window.State.OPEN and self.returns.missing else "lock"


def forms_collected(registry: Registry) -> list[Form]:
    """The forms that firms must file."""
    return [form for form in registry.first_editions.values() if form.reporters]


def collected(registry: Registry, form: Form, last: Period, number: int) -> list[Collected]:
    """How a form's period and those before it stand, the newest first, by three questions."""
    periods = [Period.ending(last.last_month - n * LENGTHS[form.period], form.period) for n in range(number)]
    windows = {w.period: w for w in Window.objects.filter(form=form.key, period__in=[str(p) for p in periods])}
    found = facts.returns_of(form, periods, {key: window.due_on for key, window in windows.items()})
    return [Collected(registry.form(form.key, str(p)), p, windows.get(str(p)), found[str(p)]) for p in periods]


class Waiting(NamedTuple):
    """A firm whose report does not count yet: whom to call (name, phone), whether the last reminder was read (None: not
    reminded), until when it alone may file."""

    firm: Organisation
    state: State
    contacts: Sequence[tuple[str, str]]
    read: bool | None
    until: dt.date | None


def waiting(form: Form, window: Window | None, squares: Sequence[Square], on: dt.date) -> list[Waiting]:
    """The firms of a waffle that are not in yet. Three questions, however many."""
    firms = {square.firm.pk: square for square in squares if square.open}
    people: dict[int, list[tuple[str, str]]] = {}
    posts = posts_on(on).filter(role=form.filled_by, user__is_active=True, organisation__in=firms)
    for post in posts.select_related("user"):
        people.setdefault(post.organisation_id, []).append((str(post.user), post.user.phone))
    told = Notice.objects.filter(subject=reminder_of(window) if window else "-").order_by("id")
    read = {firm: opened is not None for firm, opened in told.values_list("organisation", "opened_at")}
    until = dict(Extension.objects.filter(window=window).order_by("id").values_list("organisation", "until"))
    return [Waiting(*s, people.get(pk, ()), read.get(pk), until.get(pk)) for pk, s in firms.items()]


def officers() -> Mapping[int, str]:
    """Organisation id → the officer who follows it up at present."""
    rows = FollowUp.objects.filter(case__closed_at=None).select_related("case__holder").order_by("pk")
    return {row.organisation_id: str(row.case.holder) for row in rows if row.case.holder}
