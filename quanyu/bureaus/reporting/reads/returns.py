"""What a person has to file, and where each of it stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from quanyu.bureaus.reporting.models import Draft, Submission, Window
from quanyu.bureaus.reporting.reads.access import may_confirm, may_fill
from quanyu.bureaus.reporting.reads.checks import complaints
from quanyu.bureaus.reporting.reads.window import due_on, ended, may_file
from quanyu.facts import reads as facts
from quanyu.people.models import Organisation, User
from quanyu.people.reads import posts_of
from quanyu.registry.model import Form, Registry

BACK = (Submission.State.RETURNED, Submission.State.DECLINED)


@dataclass(frozen=True, slots=True)
class Duty:
    """One report somebody has to fill. `sent_back`: what came back, and why; `open`: what a kept draft has wrong."""

    form: Form
    organisation: Organisation
    period: str
    due_on: dt.date | None
    draft: Draft | None
    sent_back: Submission | None
    open: int
    closed: str


def forms_of(registry: Registry, user: User, on: dt.date) -> list[tuple[Organisation, Form]]:
    """The forms a person's posts fill, each with the organisation it is filled for."""
    kept = [f for f in registry.forms.values() if not f.edition_of and f.key != "published"]
    held = [(p.organisation, f) for p in posts_of(user, on) for f in kept if f.filled_by == p.role]
    return [(organisation, f) for organisation, f in held if may_fill(user, organisation, f, on)]


def duties(registry: Registry, user: User, on: dt.date) -> list[Duty]:
    """What a person has to fill now, the most pressing first: periods being collected, drafts, what came back, and
    the last period that ended where nobody opened a window."""
    found = [duty for where, form in forms_of(registry, user, on) for duty in _open(registry, form, where, on)]
    return sorted(found, key=lambda d: (d.due_on or dt.date.max, d.form.key, d.period))


def _open(registry: Registry, form: Form, organisation: Organisation, on: dt.date) -> Iterator[Duty]:
    mine = {"form": form.key, "organisation": organisation}
    drafts = {d.period: d for d in Draft.objects.filter(**mine)}
    last: dict[str, Submission] = {s.period: s for s in Submission.objects.filter(**mine).order_by("id")}
    windows = Window.objects.filter(form=form.key, state=Window.State.OPEN, opens_on__lte=on)
    asked = {*drafts, *(p for p, s in last.items() if s.state in BACK), *windows.values_list("period", flat=True)}
    if not windows and form.due_days is not None:
        asked.add(str(ended(form, on)))
    for period in sorted(asked):
        submission, draft = last.get(period), drafts.get(period)
        if submission and submission.state in (Submission.State.AWAITING, Submission.State.FILED):
            continue
        if facts.filed(form.key, period).filter(organisation=organisation).exists():
            continue
        if form.reporters:
            wanted = facts.expected(form, period).filter(pk=organisation.pk).exists()
        else:  # a department's own form is awaited; a firm's is for whoever has something to report
            wanted = bool(windows) or not registry.roles[form.filled_by].own_only
        if not (wanted or draft or submission):
            continue
        known = registry.form(form.key, period)
        found = []
        if draft and not form.lines:
            found = complaints(registry, known, organisation, period, draft.cells, on=on)[1]
        wrong = sum(c.mood == "wrong" for c in found)
        back = submission if submission and submission.state in BACK else None
        closed = may_file(known, organisation, period, on)
        yield Duty(known, organisation, period, due_on(known, period, organisation), draft, back, wrong, closed)


def handed_in(user: User, registry: Registry, on: dt.date) -> list[Submission]:
    """What the organisations a person fills for or answers for have handed in, newest first."""
    mine = {o.pk: o for o in Organisation.objects.filter(pk__in=posts_of(user, on).values("organisation"))}
    rows = Submission.objects.filter(organisation__in=mine).select_related("organisation")[:200]

    @cache
    def theirs(organisation: int, form: str) -> bool:
        known = registry.forms[form]
        return any(may(user, mine[organisation], known, on) for may in (may_fill, may_confirm))

    return [s for s in rows if theirs(s.organisation_id, s.form)]
