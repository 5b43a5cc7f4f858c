"""Questions about cases: what may be done, why not, whose turn it is, who may look, how long there is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, F, FilteredRelation, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Substr
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.casework.calendar import NotAnnounced, working_days_between
from quanyu.casework.hooks import GUARDS
from quanyu.casework.models import Case, Delegation, Document, Opinion
from quanyu.pagekit.format import MONTHS, date, language, tr
from quanyu.people.models import Event, Post, User
from quanyu.people.reads import history as events_of
from quanyu.people.reads import permit, posts_on
from quanyu.plan.reads import registry, registry_at
from quanyu.registry.model import CLOSED, Action, CaseType, Holidays, State

Seat = tuple[str, int | None]
"""A role at an organisation (None: any)."""
TAG = "casework.case:"


def type_of(case: Case) -> CaseType:
    """The definition a case runs by: that of the revision it was opened under."""
    return registry_at(case.revision).case_types[case.type]


def state_of(case: Case) -> State:
    return type_of(case).states[case.state]


def closed(case: Case) -> bool:
    return case.phase in CLOSED


# --- who sits where --------------------------------------------------------------------------------------------------


def _givers(user: User, on: dt.date) -> QuerySet[Delegation]:
    return Delegation.objects.filter(Q(to_on__isnull=True) | Q(to_on__gt=on), taker=user, from_on__lte=on)


def seats_of(user: User, on: dt.date) -> list[Post]:
    """The posts a person acts for on a day: their own, and those of people they stand in for."""
    return list(posts_on(on).filter(Q(user=user) | Q(user__in=_givers(user, on).values("giver"))))


def stands_in_for(user: User, on: dt.date) -> set[int]:
    """The ids of the people whose handed-over cases this person may act on: their own and the givers'."""
    return {user.pk, *_givers(user, on).values_list("giver", flat=True)}


def fits(seat: Seat, posts: Iterable[Post]) -> bool:
    """Does one of these posts sit on this seat?"""
    role, organisation = seat
    return bool(role) and any(p.role == role and organisation in (None, p.organisation_id) for p in posts)


def held_seat(case: Case) -> Seat:
    """The seat that must act now; ("", None) when the case is closed."""
    return case.holder_role, case.holder_organisation_id


def colleagues(case: Case, on: dt.date) -> QuerySet[User]:
    """The people a case may be handed to: who sits on the seat that holds it."""
    role, organisation = held_seat(case)
    posts = posts_on(on).filter(role=role, **({} if organisation is None else {"organisation": organisation}))
    return User.objects.filter(posts__in=posts, is_active=True).distinct().order_by("id")


def holds(case: Case, user: User, on: dt.date, posts: Sequence[Post] | None = None) -> bool:
    """Is it this person's turn: do they sit on the seat that holds it, and was it handed to nobody else?"""
    if not fits(held_seat(case), seats_of(user, on) if posts is None else posts):
        return False
    return case.holder_id is None or case.holder_id in stands_in_for(user, on)


# --- what may be done ------------------------------------------------------------------------------------------------


def why_not(case: Case, action: str, user: User | None, on: dt.date, posts: Sequence[Post] | None = None) -> str:
    """The sentence against an action, or "" where it may be taken. `user` None is the clock or the trade's own act.

    It greys a button and refuses the act alike. Nothing is locked here; `take` asks again under the lock.
    """
    kind = type_of(case)
    step = kind.actions.get(action)
    if step is None:
        return f"“{kind.label}”没有“{action}”这一步。"
    state = kind.states[case.state]
    if case.state not in step.from_:
        return f"现在是“{state.label}”，不能{step.label}。"
    if user is not None and (step.alone or not sides(case, step, user, on, posts)):
        return f"{step.label}由{_who(case, step)}办理。"
    for key in step.guard:
        if reason := GUARDS[key](case, user, on):
            return reason
    return ""


def _who(case: Case, step: Action) -> str:
    """Whose step it is, for people: the parties' names; the one person where it was handed to them."""
    kind = type_of(case)
    held = kind.states[case.state].holder
    if case.holder and step.by == (held,):
        return f"{kind.parties[held].label}{case.holder}"
    return "、".join(str(kind.parties[p].label) for p in step.by) or "系统"


def sides(case: Case, step: Action, user: User, on: dt.date, posts: Sequence[Post] | None = None) -> list[str]:
    """The parties of a case this person may take a step for; what was handed to one person is that person's alone."""
    posts = seats_of(user, on) if posts is None else posts
    mine = [p for p in step.by if fits(case.sits(p), posts)]
    holder = state_of(case).holder
    if case.holder_id and holder in mine and not holds(case, user, on, posts):
        mine.remove(holder)
    return mine


def actions(case: Case, user: User, on: dt.date, posts: Sequence[Post] | None = None) -> list[tuple[Action, str]]:
    """The steps of the present state with the sentence against each ("" : may be taken), in declared order."""
    posts = seats_of(user, on) if posts is None else posts
    here = [a for a in type_of(case).actions.values() if case.state in a.from_ and not a.alone]
    return [(a, why_not(case, a.key, user, on, posts)) for a in here]


def may_hand_over(case: Case, user: User, on: dt.date, posts: Sequence[Post] | None = None) -> bool:
    """May this person hand the case to one person: does a party sit with them that holds it or that the type names?"""
    posts = seats_of(user, on) if posts is None else posts
    return fits(held_seat(case), posts) or any(fits(case.sits(p), posts) for p in type_of(case).hand_over)


def may_pause(case: Case, user: User, on: dt.date, posts: Sequence[Post] | None = None) -> bool:
    """May this person stop and restart the clock?"""
    posts = seats_of(user, on) if posts is None else posts
    return any(fits(case.sits(p), posts) for p in type_of(case).pause)


# --- whose turn ------------------------------------------------------------------------------------------------------


def _hands(user: User, on: dt.date) -> tuple[set[int], set[Seat]]:
    """Whom a person acts for on a day, themselves included, and the seats these sit on: one query for both."""
    now = Q(posts__from_on__lte=on) & (Q(posts__to_on__isnull=True) | Q(posts__to_on__gt=on))
    people = User.objects.filter(Q(pk=user.pk) | Q(pk__in=_givers(user, on).values("giver")))
    held = people.annotate(held=FilteredRelation("posts", condition=now))
    rows = list(held.values_list("pk", "held__role", "held__organisation"))
    return {pk for pk, _role, _organisation in rows}, {(role, where) for _pk, role, where in rows if role}


def _held_by(people: set[int], seats: set[Seat]) -> QuerySet[Case]:
    mine = Q(holder__in=people)
    for role, organisation in seats:
        here = Q(holder_organisation=organisation) | Q(holder_organisation__isnull=True)
        mine |= Q(holder_role=role, holder__isnull=True) & here
    return Case.objects.filter(mine, closed_at__isnull=True)


def _asked_of(people: set[int], seats: set[Seat]) -> QuerySet[Opinion]:
    mine = Q(person__in=people)
    for role, organisation in seats:
        mine |= Q(role=role, person__isnull=True) & (Q(organisation=organisation) | Q(organisation__isnull=True))
    return Opinion.objects.filter(mine, answered_at__isnull=True, withdrawn_at__isnull=True)


def inbox(user: User, on: dt.date) -> QuerySet[Case]:
    """Cases that wait for this person: held by a seat of theirs or handed to them; those due first.

    Sorted by an expression: a database that walked the index of deadlines would pass everybody's cases to find mine.
    """
    return _held_by(*_hands(user, on)).order_by(Coalesce("due_on", Value(dt.date.max)), "id")


def awaited_opinions(user: User, on: dt.date) -> QuerySet[Opinion]:
    """What this person is asked to say in cases others hold; due first."""
    return _asked_of(*_hands(user, on)).select_related("case").order_by(F("due_on").asc(nulls_last=True), "id")


def waiting(user: User, on: dt.date) -> int:
    """How many cases and questions wait for this person, for the badge on every page."""
    people, seats = _hands(user, on)
    both = _held_by(people, seats).values("pk").order_by(), _asked_of(people, seats).values("pk").order_by()
    return both[0].union(both[1], all=True).count()


def acted_on(user: User) -> QuerySet[Case]:
    """The cases this person took a step in."""
    steps = Event.objects.filter(by=user, act="casework.take", subject__startswith=TAG)
    return Case.objects.filter(pk__in=steps.values_list(Cast(Substr("subject", len(TAG) + 1), BigIntegerField())))


def overdue(on: dt.date) -> QuerySet[Case]:
    """Running cases whose day has passed, the longest first; not those whose clock stands."""
    late = Case.objects.filter(closed_at__isnull=True, due_on__lt=on, paused_on__isnull=True)
    return late.order_by("due_on", "id")


# --- who may look ----------------------------------------------------------------------------------------------------


def may_see(case: Case, user: User, on: dt.date, *, everywhere: bool | None = None) -> bool:
    """May this person open a case? Those whose role reads all, who opened it, its parties, who was asked.

    `everywhere`: whether their role reads all cases, where that is known already.
    """
    if user.pk in (case.opened_by_id, case.holder_id):
        return True
    if permit(user, on, registry().roles).everywhere("cases") if everywhere is None else everywhere:
        return True
    posts, people = seats_of(user, on), stands_in_for(user, on)
    if case.holder_id in people or any(fits(case.sits(party), posts) for party in case.parties):
        return True
    return any(_asked(o, posts, people) for o in Opinion.objects.filter(case=case))


def _asked(opinion: Opinion, posts: Sequence[Post], people: set[int]) -> bool:
    if opinion.person_id:
        return opinion.person_id in people
    return fits((opinion.role, opinion.organisation_id), posts)


def may_answer(opinion: Opinion, user: User, on: dt.date) -> bool:
    """Is it this person, or a seat of theirs, that was asked?"""
    return _asked(opinion, seats_of(user, on), stands_in_for(user, on))


def opinions(case: Case, user: User, on: dt.date) -> list[tuple[Opinion, bool]]:
    """Everything asked in a case, oldest first, with whether this person may read the answer yet.

    Independent opinions (`open` false) are read by their author alone until all that were asked at one time are in,
    withdrawn, or the case is closed.
    """
    found = list(case.opinions.select_related("organisation", "person", "answered_by"))
    waiting = {o.asked_at for o in found if not o.answered_at and not o.withdrawn_at}
    posts, people = seats_of(user, on), stands_in_for(user, on)
    return [(o, o.open or closed(case) or o.asked_at not in waiting or _asked(o, posts, people)) for o in found]


def content_of(document: Document) -> Path:
    """Where the content of a document lies."""
    return documents_folder() / document.digest[:2] / document.digest


def documents_folder() -> Path:
    return Path(settings.QUANYU_HOME, "documents")


# --- how long, and what was ------------------------------------------------------------------------------------------

WEEKDAYS = (later("周一"), later("周二"), later("周三"), later("周四"), later("周五"), later("周六"), later("周日"))


def deadline(of: Case | Opinion, on: dt.date, holidays: Mapping[str, Holidays] | None = None) -> str:
    """The deadline in words: 12月1日（周二，剩 3 个工作日）; "" where there is none. Lists pass the `holidays`."""
    if isinstance(of, Case) and of.paused_on:
        return _("自%(day)s起暂停计时") % {"day": _day(of.paused_on, on)}
    if of.due_on is None:
        return _("%(year)s年节假日安排尚未公布，期限待定") % {"year": of.awaits_year} if of.awaits_year else ""
    try:
        left = working_days_between(on, of.due_on, registry().holidays if holidays is None else holidays)
    except NotAnnounced:
        left = None
    if of.due_on < on:
        words = _("已逾期 %(n)s 个工作日") % {"n": -left} if left else _("已逾期")
    elif of.due_on == on:
        words = _("今天到期")
    elif left is None:
        words = _("还有 %(n)s 天") % {"n": (of.due_on - on).days}
    else:
        words = _("剩 %(n)s 个工作日") % {"n": left}
    said = {"day": _day(of.due_on, on), "weekday": _(WEEKDAYS[of.due_on.weekday()]), "left": words}
    return _("%(day)s（%(weekday)s，%(left)s）") % said


def _day(day: dt.date, on: dt.date) -> str:
    """12月1日; with its year when that is another one."""
    if day.year != on.year:
        return date(day)
    return f"{day.day} {MONTHS[day.month - 1]}" if language() == "en" else f"{day.month}月{day.day}日"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a case's history: when, who (None: the system), what in words, what was said, where it led."""

    at: dt.datetime
    by: User | None
    act: str
    what: str
    note: str = ""
    state: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)


WORDS = {
    "casework.open_case": later("发起"), "casework.comment": later("留言"), "casework.attach": later("上传附件"),
    "casework.reassign": later("转交"), "casework.pause": later("暂停计时"), "casework.resume": later("恢复计时"),
    "casework.ask": later("征求意见"), "casework.answer": later("答复意见"), "casework.recall": later("撤回征求意见"),
    "casework.remind": later("到期提醒"), "casework.overdue": later("逾期"), "casework.deadline": later("确定期限"),
}  # fmt: skip
"""What acts other than steps are called."""


def history(case: Case) -> list[Step]:
    """What happened to a case, oldest first: one query, each event in words."""
    kind = type_of(case)
    steps = []
    for event in events_of(case.tag):
        body = event.body
        taken = kind.actions.get(body.get("action", ""))
        reached = kind.states.get(body.get("to", body.get("state", ""))) if "from" not in body or taken else None
        steps.append(
            Step(event.at, event.by, event.act, tr(taken.label) if taken else _(WORDS.get(event.act, event.act)),
                 body.get("note", ""), tr(reached.label) if reached else "", body)
        )  # fmt: skip
    return steps
