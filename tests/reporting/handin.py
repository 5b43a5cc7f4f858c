"""A firm with its statistician and its owner, the core definitions in force, and a sound monthly report to hand in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

from quanyu.bureaus.reporting.acts import submission as acts
from quanyu.bureaus.reporting.models import Submission, Window
from quanyu.plan import acts as plan
from quanyu.plan.reads import registry
from tests.factories import firm, person
from tests.facts.desk import good, moment

PACKAGES = Path(__file__).parents[2] / "packages"
MONTH = "2026-10"
AT = moment("2026-11-05 09:00")
TOMORROW = AT + dt.timedelta(days=1)


def a_firm(number: int = 1, **fields: object) -> SimpleNamespace:
    """A firm with a statistician and an owner: `firm`, `statistician`, `owner`."""
    made = firm(number, **fields)
    return SimpleNamespace(
        firm=made,
        statistician=person("firm_statistician", made, username=f"statistician{number}"),
        owner=person("firm_owner", made, username=f"owner{number}"),
    )


def definitions() -> None:
    plan.load(PACKAGES, ["core"], by=None, at=moment("2020-01-01"))


def hand_in(at_firm, *, at=AT, period: str = MONTH, reason: str = "", notes=None, correction=False, **cells):
    """The firm's statistician hands in a sound monthly report with some cells changed."""
    known = registry()
    return acts.submit(
        known, known.form("qy101", period), at_firm.firm, period, content={"": good(**cells)}, by=at_firm.statistician,
        at=at, notes=notes or {}, reason=reason, correction=correction,
    )  # fmt: skip


def file(at_firm, *, at: dt.datetime = AT, **given):
    """Handed in and confirmed at one moment."""
    return acts.confirm(hand_in(at_firm, at=at, **given), at_firm.owner, at)


def close(period: str = MONTH, state: str = "closed") -> Window:
    """The window of the month, over."""
    held, _new = Window.objects.update_or_create(
        form="qy101", period=period,
        defaults={"opens_on": dt.date(2026, 11, 1), "due_on": dt.date(2026, 11, 15), "opened_at": AT, "state": state},
    )  # fmt: skip
    return held


def again(submission: Submission) -> Submission:
    return Submission.objects.get(pk=submission.pk)
