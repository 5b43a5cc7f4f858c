"""What the clock does by itself: it fills in deadlines, reminds once, and takes the steps that lapse."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from quanyu.casework import reads
from quanyu.casework.acts.cases import take
from quanyu.casework.acts.deadlines import set_deadline, told
from quanyu.casework.acts.opinions import set_term
from quanyu.casework.calendar import DAY, is_announced
from quanyu.casework.models import Case, Opinion
from quanyu.people.acts import record
from quanyu.plan import reads as plan
from quanyu.registry.problem import Refused

LOG = logging.getLogger(__name__)


def lapse(at: dt.datetime) -> Counter[str]:
    """Look at every case whose moment has come and return how many were `filled`, `reminded`, `lapsed`, `overdue`.

    A case whose year was announced meanwhile gets its deadline; near the deadline its holder is reminded, once; past it
    the step that the state names as `lapse` is taken, or its holder is told, once. A second run on the same day does
    nothing. Each case is its own transaction; one that fails (`failed`) is logged and does not stop the others.
    """
    on, done = timezone.localdate(at), Counter[str]()
    for model, case in ((Opinion, "case"), (Case, "pk")):
        awaiting = model.objects.exclude(awaits_year=None)
        years = awaiting.order_by().values_list("awaits_year", flat=True).distinct()
        announced = [year for year in years if is_announced(year, plan.registry().holidays)]
        rows = list(awaiting.filter(awaits_year__in=announced).values_list("pk", case))
        done.update(_tried(_fill, model, *row, at) for row in rows)
    due = Case.objects.filter(clock_on__lte=on).order_by("clock_on", "pk")
    done.update(_tried(_look, pk, at, on) for pk in list(due.values_list("pk", flat=True)))
    del done[""]
    return done


def _tried(look: Callable[..., str], *row: Any) -> str:
    """One look of the clock; what fails is logged."""
    try:
        return look(*row)
    except Exception:
        LOG.exception("the clock failed: %s%s", look.__name__, row)
        return "failed"


def _fill(model: type[Case | Opinion], pk: int, case: int, at: dt.datetime) -> str:
    """Give a case, or what is asked in it, the deadline that can be known now."""
    with transaction.atomic():
        held = Case.objects.select_for_update().get(pk=case)
        row = held if model is Case else Opinion.objects.select_for_update().get(pk=pk)
        if isinstance(row, Opinion):
            set_term(row)
        else:
            set_deadline(row, reads.state_of(row))
        row.save()
        key = "due" if row is held else "opinion_due"
        record("casework.deadline", held.tag, None, at, {key: row.due_on.isoformat() if row.due_on else None})
    return "filled"


def _look(pk: int, at: dt.datetime, on: dt.date) -> str:
    """What the clock did with one case: a word, or "" when somebody was quicker."""
    with transaction.atomic():
        held = Case.objects.select_for_update().get(pk=pk)
        if held.clock_on is None or held.clock_on > on or held.due_on is None:
            return ""
        state, late = reads.state_of(held), held.due_on < on
        if late and state.lapse and _taken(held, state.lapse, at):
            return "lapsed"
        held.clock_on = None if late else held.due_on + DAY
        held.save(update_fields=["clock_on"])
        words = "已超过办理期限" if late else f"将于{held.due_on.month}月{held.due_on.day}日到期"
        told(held, "case_overdue" if late else "case_due", f"{state.label}，{words}", at)
        record("casework.overdue" if late else "casework.remind", held.tag, None, at, {"due": held.due_on.isoformat()})
    return "overdue" if late else "reminded"


def _taken(case: Case, action: str, at: dt.datetime) -> bool:
    """Take the step that lapses, whole or not at all; a reason against it leaves the case overdue."""
    try:
        with transaction.atomic():
            take(case, action, by=None, at=at)
    except Refused:
        return False
    return True
