"""Pass a filed report, pass all that have nothing against them, undo that, or give a report back to the firm."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse

from quanyu.bureaus.reporting.acts import draft, submission
from quanyu.bureaus.reporting.models import Draft, Submission, Verdict, Window
from quanyu.bureaus.reporting.reads.exceptions import Month
from quanyu.bureaus.reporting.reads.window import window
from quanyu.facts import reads as facts
from quanyu.facts.acts import withdraw_report
from quanyu.facts.models import Report
from quanyu.measures.periods import Period
from quanyu.people.acts import events_last, in_turn, notify, record
from quanyu.people.models import User
from quanyu.registry.model import Form
from quanyu.registry.problem import Refused

LONGEST = 300


def let_pass(report: Report, *, by: User, at: dt.datetime, why: str = "") -> Verdict:
    """The office has nothing (more) against this version of a report. Effects, in order: one verdict; one event."""
    with transaction.atomic():
        _hold(report)
        last = Verdict.objects.filter(**_same(report), organisation=report.organisation_id).order_by("id").last()
        if last is not None and last.passed and last.version == report.version:
            raise Refused(f"这份报表已由{last.by or '系统'}放行。", "请看下一件。")
        return _decide([report], True, by, at, why, "let_pass")[0]


def pass_clean(month: Month, *, by: User, at: dt.datetime) -> int:
    """Pass every report of a period that nothing was found against; returns how many.

    Effects, in order: the verdicts; one event.
    """
    _demand_unlocked(month.form.key, str(month.period))
    if not month.clean:
        raise Refused("没有可以批量放行的报表。", "有疑问的请逐件办理。")
    with transaction.atomic():
        return len(_decide(month.clean, True, by, at, "", "pass_clean"))


def undo_pass(form: str, period: str, *, by: User, at: dt.datetime) -> list[Verdict]:
    """Take back what this person passed last, one report or a whole batch.

    Effects, in order: the verdicts that undo it; one event.
    """
    with transaction.atomic():
        _demand_unlocked(form, period)
        mine = Verdict.objects.select_for_update().filter(form=form, period=period, by=by)
        last = mine.order_by("-id").first()
        if last is None or not last.passed:
            raise Refused("没有可以撤销的放行。", "只能撤销自己最后一次放行。")
        return _decide(list(mine.filter(at=last.at, passed=True)), False, by, at, "撤销放行", "undo_pass")


def give_back(form: Form, report: Report, *, why: str, by: User, at: dt.datetime) -> Verdict:
    """Send a report back to the firm with the reason: it counts no more.

    Effects, in order: the submission given back, or, where it came in a file, the row withdrawn, its cells put into
    the firm's draft where it has none, and a notice; the verdict; events.
    """
    why, firm, period = why.strip(), report.organisation, report.period
    if not 0 < len(why) <= LONGEST:
        raise Refused(f"退回须写明原因，不超过 {LONGEST} 字。")
    with events_last():
        _hold(report)
        same = {**_same(report), "organisation": firm}
        if handed := Submission.objects.filter(**same, state=Submission.State.FILED).order_by("id").last():
            submission.give_back(handed, by, at, why)
        else:
            withdraw_report(form, firm, period, by, at, why)
            if not Draft.objects.filter(**same).exists():
                cells = {name: str(value) for name, value in report.cells.items()}
                draft.save_draft(form, firm, period, cells=cells, by=by, at=at)
            line, link = f"{Period.parse(period).label('zh')}《{form.label}》退回：{why}", [firm.pk, form.key, period]
            notify("reporting.returned", line, at=at, link=reverse("fill", args=link), role=form.filled_by,
                   organisation=firm.pk)  # fmt: skip
        return _decide([report], False, by, at, why, "give_back_report")[0]


def _hold(report: Report) -> None:
    """Lock the organisation; refused when its report counts no longer, or the period is locked."""
    in_turn([report.organisation_id])
    _demand_unlocked(report.form, report.period)
    if not facts.filed(report.form, report.period).filter(pk=report.pk).exists():
        raise Refused(f"{report.organisation}的这份报表已经更正、撤回或退回。", "请刷新后再看。")


def _same(of: Report | Verdict) -> dict[str, str]:
    return {"form": of.form, "period": of.period}


def _demand_unlocked(form: str, period: str) -> None:
    held = window(form, period)
    if held is not None and held.state == Window.State.LOCKED:
        told = f"{Period.parse(period).label('zh')}已经锁定，不能再放行、撤销或退回。"
        raise Refused(told, "要改请先重开，或走更正程序。")


def _decide(
    rows: Iterable[Report | Verdict], passed: bool, by: User, at: dt.datetime, why: str, act: str
) -> list[Verdict]:
    """One verdict each on these versions of reports of one period, and one event."""
    made = Verdict.objects.bulk_create([
        Verdict(**_same(r), organisation_id=r.organisation_id, version=r.version, passed=passed, why=why[:LONGEST],
                by=by, at=at) for r in rows
    ], batch_size=2000)  # fmt: skip
    body = {"reports": len(made), "organisation": made[0].organisation_id, "version": made[0].version, "why": why}
    record(f"reporting.{act}", f"reporting.period:{made[0].form}/{made[0].period}", by, at, body)
    return made
