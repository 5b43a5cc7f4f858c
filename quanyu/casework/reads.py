"""Questions about cases: what may be done, why not, whose turn it is, who may look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet

from quanyu.casework.hooks import GUARDS
from quanyu.casework.models import Case, Delegation, Opinion
from quanyu.people.models import Post, User
from quanyu.people.reads import posts_on
from quanyu.plan.reads import registry_at
from quanyu.registry.model import CLOSED, Action, CaseType, State

Seat = tuple[str, int | None]
"""A role at an organisation (None: any)."""


def type_of(case: Case) -> CaseType:
    """The definition a case runs by: that of the revision it was opened under."""
    return registry_at(case.revision).case_types[case.type]


def state_of(case: Case) -> State:
    return type_of(case).states[case.state]


def seats_of(user: User, on: dt.date) -> list[Post]:
    """The posts a person acts for on a day: their own, and those of people they stand in for."""
    givers = Delegation.objects.filter(Q(to_on__isnull=True) | Q(to_on__gt=on), taker=user, from_on__lte=on)
    return list(posts_on(on).filter(Q(user=user) | Q(user__in=givers.values("giver"))))


def stands_in_for(user: User, on: dt.date) -> set[int]:
    """The ids of the people whose handed-over cases this person may act on: their own and the givers'."""
    givers = Delegation.objects.filter(Q(to_on__isnull=True) | Q(to_on__gt=on), taker=user, from_on__lte=on)
    return {user.pk, *givers.values_list("giver", flat=True)}


def fits(seat: Seat, posts: Iterable[Post]) -> bool:
    """Does one of these posts sit on this seat?"""
    role, organisation = seat
    return any(p.role == role and organisation in (None, p.organisation_id) for p in posts)


def why_not(case: Case, action: str, user: User | None, on: dt.date, posts: Sequence[Post] | None = None) -> str:
    """The sentence against an action, or "" where it may be taken. `user` None is the clock.

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
        return f"{step.label}由{'、'.join(str(kind.parties[p].label) for p in step.by) or '系统到期'}办理。"
    if case.paused_on is not None and user is None:
        return "计时已暂停。"
    for key in step.guard:
        if reason := GUARDS[key](case, user, on):
            return reason
    return ""


def sides(case: Case, step: Action, user: User, on: dt.date, posts: Sequence[Post] | None = None) -> list[str]:
    """The parties of a case this person may take a step for; when a case was handed to one person, theirs alone."""
    held = seats_of(user, on) if posts is None else posts
    state = state_of(case)
    mine = [p for p in step.by if fits(case.sits(p), held)]
    if case.holder_id and state.holder in step.by:
        handed = case.holder_id in stands_in_for(user, on)
        mine = [p for p in mine if p != state.holder] + [state.holder] * handed
    return mine


def actions(case: Case, user: User, on: dt.date) -> list[tuple[Action, str]]:
    """The steps of the present state with the sentence against each ("" : may be taken), in declared order."""
    posts = seats_of(user, on)
    here = [a for a in type_of(case).actions.values() if case.state in a.from_ and not a.alone]
    return [(a, why_not(case, a.key, user, on, posts)) for a in here]


def inbox(user: User, on: dt.date) -> QuerySet[Case]:
    """Cases that wait for this person: held by a seat of theirs or handed to them; those due first."""
    posts, people = seats_of(user, on), stands_in_for(user, on)
    mine = Q(holder__in=people)
    for post in posts:
        mine |= Q(holder_role=post.role, holder__isnull=True) & (
            Q(holder_organisation=post.organisation_id) | Q(holder_organisation__isnull=True)
        )
    return Case.objects.filter(mine, closed_at__isnull=True).order_by("due_on", "id")


def awaited_opinions(user: User, on: dt.date) -> QuerySet[Opinion]:
    """What this person is asked to say in cases others hold; due first."""
    mine = Q(person=user)
    for post in seats_of(user, on):
        mine |= Q(role=post.role, person__isnull=True) & (
            Q(organisation=post.organisation_id) | Q(organisation__isnull=True)
        )
    return Opinion.objects.filter(mine, answered_at__isnull=True, withdrawn_at__isnull=True).order_by("due_on", "id")


def may_see(case: Case, user: User, on: dt.date, *, everywhere: bool) -> bool:
    """May this person open a case? Those whose role reads all, who opened it, its parties, who was asked."""
    if everywhere or user.pk in (case.opened_by_id, case.holder_id):
        return True
    posts = seats_of(user, on)
    if any(fits(case.sits(party), posts) for party in case.parties):
        return True
    asked = Opinion.objects.filter(case=case)
    return any(o.person_id == user.pk or fits((o.role, o.organisation_id), posts) for o in asked if o.role or o.person)


def closed(case: Case) -> bool:
    return case.phase in CLOSED
