"""Collecting in the fictional zone: periods opened and locked, what waits for a head's word, who is visited."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from django.utils import timezone

from quanyu.bureaus.reporting.acts import exceptions, followups, submission, window
from quanyu.bureaus.reporting.models import Submission
from quanyu.bureaus.reporting.reads.checks import complaints
from quanyu.bureaus.reporting.reads.exceptions import Month
from quanyu.bureaus.reporting.reads.followups import candidates
from quanyu.casework import acts as casework
from quanyu.facts import reads as facts
from quanyu.measures.periods import Period
from quanyu.people.models import Organisation, User
from quanyu.registry.model import Registry

FORM = "qy101"
HANDED, VISITED = 5, 3  # firms


def populate(registry: Registry, users: Mapping[str, User], at: dt.datetime, say: Callable[[str], None]) -> None:
    """The last three months of the form as a clerk leaves them: two locked, one open with its exceptions untouched."""
    say("月报开期、催报、跟踪……")
    last, clerk = Period.parse(facts.periods_of(FORM)[0]), users["clerk"]
    for back in (2, 1):
        month = Period.of_month(last.last_month - back)
        end, form = _moment(month.end), registry.form(FORM, str(month))
        window.open_period(form, month, by=clerk, at=end + dt.timedelta(days=1))
        exceptions.pass_clean(Month(registry, form, month, month.end), by=clerk, at=end + dt.timedelta(days=25))
        _visit(registry, month, clerk, end + dt.timedelta(days=25))
        window.move(form, month, "lock", by=clerk, at=end + dt.timedelta(days=26))
    form, opened = registry.form(FORM, str(last)), _moment(last.end) + dt.timedelta(days=2)
    window.open_period(form, last, by=clerk, at=opened, due_on=max(at.date(), opened.date()) + dt.timedelta(days=7))
    for held in _hand_in(registry, last, opened + dt.timedelta(days=9))[:2]:
        submission.decline(held, None, opened + dt.timedelta(days=10), "（演示）请先与财务核对研发费用。")
    _visit(registry, last, clerk, opened + dt.timedelta(days=14))


def _visit(registry: Registry, month: Period, clerk: User, at: dt.datetime) -> None:
    """Firms of a month whose R&D stopped or fell are put on the list; all but the first are visited and promise."""
    found = candidates(Month(registry, registry.form(FORM, str(month)), month, at.date()))
    chosen = dict(list(found.items())[:VISITED])
    rows = followups.follow_up(chosen, FORM, str(month), by=clerk, at=at) if chosen else []
    for number, row in enumerate(rows[1:]):
        visited, promised = (f"{at + dt.timedelta(days=d):%Y-%m-%d}" for d in (1, 3 + 9 * number))
        form = {"visited_on": visited, "promised_on": promised, "cause": ("funds", "orders", "people")[number % 3]}
        said = "（演示）企业答应补报，并恢复研发投入。"
        casework.take(row.case, "promise", by=clerk, at=at + dt.timedelta(days=1), note=said, form=form)


def _hand_in(registry: Registry, last: Period, at: dt.datetime) -> list[Submission]:
    """Some firms that owe the month hand in a little more than the month before; their heads have yet to confirm."""
    form, before = registry.form(FORM, str(last)), last.previous()
    seats = Organisation.objects.filter(posts__role=form.filled_by)
    firms = facts.missing(form, last).exclude(pk__in=seats.values("pk"))
    known = facts.current_cells(FORM, before, [firm.pk for firm in firms])
    made = []
    for firm in [f for f in firms if f.pk in known][:HANDED]:
        cells = dict(known[firm.pk]) | {"revenue": int(known[firm.pk]["revenue"]) * 103 // 100 + 7}
        clean, found = complaints(registry, form, firm, str(last), cells, on=last.end)
        if any(c.mood == "wrong" for c in found):
            continue
        notes = {c.code: "（演示）已核对，属实。" for c in found}
        origins = dict.fromkeys(clean, "previous")
        made.append(submission.submit(
            registry, form, firm, str(last), content={"": clean}, by=None, at=at, notes=notes, origins=origins
        ))  # fmt: skip
    return made


def _moment(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(10)))
