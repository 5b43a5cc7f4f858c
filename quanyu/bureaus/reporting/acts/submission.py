"""Handing in, confirming, sending back and taking back a report.

Every act locks the organisation's row first: two desks of one firm take turns, and firms do not wait for each other.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from quanyu.bureaus.reporting.acts.draft import save_draft
from quanyu.bureaus.reporting.models import Draft, Submission, Window
from quanyu.bureaus.reporting.reads import submission as reads
from quanyu.bureaus.reporting.reads.checks import complaints
from quanyu.bureaus.reporting.reads.window import due_within, may_file, why_closed, window
from quanyu.casework import acts as casework
from quanyu.facts import reads as facts
from quanyu.facts.acts import Filing, WrongCells, file_reports, withdraw_report
from quanyu.facts.acts.reports import clean_period
from quanyu.facts.models import Report
from quanyu.measures.periods import Period
from quanyu.people.acts import events_last, in_turn, notify, record
from quanyu.people.models import Organisation, User
from quanyu.plan.reads import registry as registry_in_force
from quanyu.registry.model import Form, Registry
from quanyu.registry.problem import Refused

Content = Mapping[str, Mapping[str, Any]]
State = Submission.State


class Unexplained(Refused):
    """A report with 核实性 findings that nobody explained yet."""


def submit(
    registry: Registry, form: Form, organisation: Organisation, period: str, *, content: Content, by: User | None,
    at: dt.datetime, notes: Mapping[str, str] | None = None, origins: Mapping[str, Any] | None = None,
    reason: str = "", correction: bool = False,
) -> Submission:  # fmt: skip
    """Hand in a report: `content` is {"": cells}, or {line: cells} for a form with many lines.

    The same content again, retried or pressed twice, is the same submission. Another content replaces what waits for
    confirmation, and corrects what is filed (which needs a `reason`). `correction`: the window is known to be closed;
    once confirmed, the office decides in a case. Refused: wrong cells (`WrongCells`), `Unexplained` 核实性 findings, a
    closed window, a correction without a reason.

    Effects, in order: one submission; without a confirming role the report is filed, else a notice with a signed link
    to each person who may confirm; events.
    """
    on, period, reason = timezone.localdate(at), clean_period(form, period), reason.strip()
    collected = window(form.key, period)
    if (closed := why_closed(collected, form, organisation, period, on)) and not correction:
        raise Refused(closed)
    if len(reason) > 300 or (correction and not reason):
        raise Refused("更正原因须写明，不超过 300 字。")
    clean = _clean(registry, form, organisation, period, content, notes or {}, on)
    digest = _digest(form, organisation, period, clean)
    with events_last():
        in_turn([organisation.pk])
        earlier = _submitted(form.key, organisation, period)
        standing = next((s for s in earlier if s.state in reads.COUNTS), None)
        last = facts.last_rows(form.key, period, [organisation.pk])
        on_file = {line: row[2] for (_firm, line), row in last.items() if row[1] == Report.Status.FILED}
        if standing and standing.digest == digest and (standing.state == State.AWAITING or on_file == clean):
            return standing
        if closed and not on_file:
            raise Refused(closed, "没有在册的报表，无从更正。")
        if on_file and on_file != clean and not reason:
            raise Refused(f"{_named(form, period)}已经报过，与这次不同。", "如确为更正，请写明更正原因。")
        if standing and standing.state == State.AWAITING:
            _demand_undecided(standing)
            _end(standing, State.SUPERSEDED, by, at, "重新报送")
        made = Submission(
            form=form.key, organisation=organisation, period=period, content=clean, origins=dict(origins or {}),
            notes=dict(notes or {}), reason=reason, digest=digest, submitted_at=at, submitted_by=by,
            number=f"{form.key.upper()}-{period}-{organisation.pk:06d}-{len(earlier) + 1}",
        )  # fmt: skip
        if form.confirmed_by:
            made.save()
            _ask(made, form, at)
        else:
            _settle(made, form, by, at, collected, earlier, last)
        body = {"number": made.number, "digest": digest, "reason": reason, "state": made.state}
        record("reporting.submit", reads.tag(made), by, at, body)
    return made


def confirm(submission: Submission, by: User | None, at: dt.datetime, *, by_link: bool = False) -> Submission:
    """The person responsible answers for a report, and it is filed; pressed twice it is one confirmation.

    After the window it is a correction: a case of the office decides. `by_link`: through the signed link, without
    log-in. Effects, in order: the report rows, or the case; the submission; a notice to who handed it in; events.
    """
    with events_last():
        held = _hold(submission, *reads.COUNTS)
        if held.confirmed_at:
            return held
        form = registry_in_force().form(held.form, held.period)
        _settle(held, form, by, at, window(held.form, held.period), _earlier(held))
        if held.submitted_by and held.submitted_by != by:
            done = "已报" if held.state == State.FILED else "已确认，更正待审批"
            line = f"{_named(form, held.period)}{done}，回执号 {held.number}"
            _notify("filed", held, line, at, user=held.submitted_by)
        record("reporting.confirm", reads.tag(held), by, at, {"state": held.state, "by_link": by_link})
    return held


def decline(submission: Submission, by: User | None, at: dt.datetime, why: str, *, by_link: bool = False) -> Submission:
    """The person responsible does not confirm and says why; the draft stays as it is.

    Effects, in order: the submission; a notice to who handed it in; one event.
    """
    with _ended(submission, State.DECLINED, "decline", by, at, why, (State.AWAITING,), by_link=by_link) as (held, form):
        _tell(held, form, "负责人退回", at)
    return held


def withdraw(submission: Submission, by: User | None, at: dt.datetime, why: str) -> Submission:
    """The firm takes its report back while the window is open; it counts no more.

    Effects, in order: the submission; the report rows withdrawn; events.
    """
    with _ended(submission, State.WITHDRAWN, "withdraw", by, at, why) as (held, form):
        closed = may_file(form, held.organisation, held.period, timezone.localdate(at))
        if held.confirmed_at and closed:
            raise Refused(closed, "截止以后不能撤回，数字有误请申请更正。")
        if held.confirmed_at:
            _take_back(held, form, by, at, held.ended_why)
    return held


def give_back(submission: Submission, by: User | None, at: dt.datetime, why: str) -> Submission:
    """The office returns a report: it counts no more, and the firm's draft reopens with its cells.

    Effects, in order: the submission; the report rows withdrawn; the draft, unless it is newer; a notice; events.
    """
    with _ended(submission, State.RETURNED, "give_back", by, at, why) as (held, form):
        if held.confirmed_at:
            _take_back(held, form, by, at, held.ended_why)
        _reopen(held, form, by, at)
        _tell(held, form, "科技办退回", at)
    return held


def decide(submission: Submission, by: User | None, at: dt.datetime, ended: str = "", why: str = "") -> None:
    """A correction after the window is filed with the firm's reason, or `ended` in that state. Part of a case's act."""
    with events_last():
        held = _hold(submission, State.AWAITING)
        if ended:
            _end(held, ended, by, at, why)
        else:
            form = registry_in_force().form(held.form, held.period)
            _file(held, form, by, at, window(held.form, held.period), _earlier(held))


@contextmanager
def _ended(
    submission: Submission, state: str, verb: str, by: User | None, at: dt.datetime, why: str,
    states: Sequence[str] = reads.COUNTS, **told: Any,
) -> Iterator[tuple[Submission, Form]]:  # fmt: skip
    """A submission that somebody ends for a reason, and what follows from it, as one act."""
    if not why.strip() or len(why) > 300:
        raise Refused(f"{'撤回' if state == State.WITHDRAWN else '退回'}须写明原因，不超过 300 字。")
    with events_last():
        held = _hold(submission, *states)
        _demand_undecided(held)
        _end(held, state, by, at, why.strip())
        yield held, registry_in_force().form(held.form, held.period)
        record(f"reporting.{verb}", reads.tag(held), by, at, {"why": held.ended_why, **told})


def _named(form: Form, period: str) -> str:
    return f"{Period.parse(period).label('zh')}《{form.label}》"


def _hold(submission: Submission, *states: str) -> Submission:
    """The submission as it stands, its organisation locked; refused in other states than these."""
    in_turn([submission.organisation_id])
    held = Submission.objects.select_related("organisation", "submitted_by").get(pk=submission.pk)
    if states and held.state not in states:
        raise Refused(f"这份报表现在是“{held.get_state_display()}”，不能再办这一步。", "请刷新后查看。")
    return held


def _clean(
    registry: Registry, form: Form, organisation: Organisation, period: str, content: Content,
    notes: Mapping[str, str], on: dt.date,
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """Clean cells, line by line; refused with everything that must be mended or explained."""
    if form.lines:
        rows, found = complaints(registry, form, organisation, period, {}, lines=list(content.values()), on=on)
        clean = dict(zip(content, rows.values(), strict=True))
    else:
        if set(content) != {""}:
            raise TypeError(f"{form.key} has one line")
        cells, found = complaints(registry, form, organisation, period, content[""], on=on)
        clean = {"": cells}
    if wrong := [c for c in found if c.mood == "wrong"]:
        raise WrongCells(wrong)
    if unsaid := [c for c in found if c.code and not notes.get(c.code, "").strip()]:
        more = f"（另有 {len(unsaid) - 1} 处）" if len(unsaid) > 1 else ""
        raise Unexplained(f"{unsaid[0]}{more}", "核实性问题须逐条说明情况后再报送。")
    return clean


def _digest(form: Form, organisation: Organisation, period: str, content: Content) -> str:
    """The seal of a report. It is keyed: the public page shows it, and nobody shall find the cells by trying."""
    text = json.dumps([form.key, organisation.pk, period, content], ensure_ascii=False, sort_keys=True)
    return salted_hmac("reporting.digest", text, algorithm="sha256").hexdigest()


def _demand_undecided(held: Submission) -> None:
    if case := reads.asked_correction(held):
        raise Refused(f"这份更正正在办理（{case.number}）。", "请在该事项中撤回，或等待审批。")


def _end(held: Submission, state: str, by: User | None, at: dt.datetime, why: str) -> None:
    held.state, held.ended_at, held.ended_by, held.ended_why = state, at, by, why
    held.save(update_fields=["state", "ended_at", "ended_by", "ended_why"])


def _earlier(held: Submission) -> list[Submission]:
    """What was handed in of this report besides, the newest first."""
    return [s for s in _submitted(held.form, held.organisation, held.period) if s.pk != held.pk]


def _submitted(form: str, organisation: Organisation, period: str) -> list[Submission]:
    """What was handed in of a report, the newest first, without what it says."""
    return list(reads.submissions(form, organisation, period).defer("content", "origins", "notes"))


def _settle(
    held: Submission, form: Form, by: User | None, at: dt.datetime, collected: Window | None,
    earlier: Sequence[Submission], last: facts.LastRows | None = None,
) -> None:  # fmt: skip
    """An answered-for report is filed, also when its window was closed since; a correction after the window is for the
    office to agree to, and once the figures are locked everything is."""
    held.confirmed_at, held.confirmed_by = at, by
    closed = why_closed(collected, form, held.organisation, held.period, timezone.localdate(at))
    in_time = collected and collected.state == Window.State.CLOSED and not held.reason  # else it were a correction
    if not closed or in_time:
        _file(held, form, by, at, collected, earlier, last)
    elif not held.reason:
        raise Refused(closed)
    else:
        held.save()
        casework.open_case(
            reads.CORRECTION, title=f"{held.organisation}更正{_named(form, held.period)}", by=held.submitted_by, at=at,
            parties={"firm": (form.filled_by, held.organisation_id)}, form={"reason": held.reason},
            subject=reads.tag(held),
        )  # fmt: skip


def _file(
    held: Submission, form: Form, by: User | None, at: dt.datetime, collected: Window | None,
    earlier: Sequence[Submission], last: facts.LastRows | None = None,
) -> None:  # fmt: skip
    """The cells become the report on file: new and changed lines filed, lines no longer there withdrawn."""
    ended = next((s for s in earlier if s.state in (State.WITHDRAWN, State.RETURNED)), None)
    reason = held.reason or (f"重报：{ended.ended_why}"[:300] if ended else "")
    due = due_within(collected, form, held.period, held.organisation)
    held.state = State.FILED
    held.save()
    if form.lines:
        _take_back(held, form, by, at, reason, but=held.content)
    rows = [
        Filing(form, held.organisation_id, held.period, cells, reason, held.number, line, due=due)
        for line, cells in held.content.items()
    ]
    file_reports(rows, by, at, checked=True, last=last)
    for before in earlier:
        if before.state == State.FILED:
            _end(before, State.SUPERSEDED, by, at, held.reason)


def _take_back(
    held: Submission, form: Form, by: User | None, at: dt.datetime, why: str, but: Content | None = None
) -> None:
    """The lines on file are withdrawn, all `but` these."""
    for report in list(facts.filed(form.key, held.period).filter(organisation=held.organisation_id)):
        if report.line not in (but or {}):
            withdraw_report(form, held.organisation, held.period, by, at, why, report.line)


def _reopen(held: Submission, form: Form, by: User | None, at: dt.datetime) -> None:
    """The firm's draft holds the cells that came back, unless somebody typed since."""
    same = Draft.objects.filter(form=held.form, organisation=held.organisation_id, period=held.period)
    if same.filter(saved_at__gt=held.submitted_at).exists():
        return
    cells = {line: {name: str(value) for name, value in row.items()} for line, row in held.content.items()}
    lines = None if not form.lines else list(cells.values())
    save_draft(form, held.organisation, held.period, cells=cells.get("", {}), by=by, at=at, lines=lines)


def _ask(held: Submission, form: Form, at: dt.datetime) -> None:
    """Tell everybody who may confirm, each with a link of their own; where there is nobody yet, the seat is told."""
    line = f"{held.organisation}{_named(form, held.period)}待您确认"
    people = reads.confirmers(form, held.organisation, timezone.localdate(at))
    for user in people:
        _notify("confirm", held, line, at, link=reads.confirm_path(held, user), user=user)
    if not people:
        _notify("confirm", held, line, at, role=form.confirmed_by, organisation=held.organisation_id)


def _tell(held: Submission, form: Form, what: str, at: dt.datetime) -> None:
    """Tell who handed it in that it came back; where the system did, whoever fills the form there."""
    line = f"{_named(form, held.period)}{what}：{held.ended_why}"
    link = reverse("fill", args=[held.organisation_id, held.form, held.period])
    seat: dict[str, Any] = {"role": form.filled_by, "organisation": held.organisation_id}
    _notify("returned", held, line, at, link=link, **({"user": held.submitted_by} if held.submitted_by else seat))


def _notify(topic: str, held: Submission, line: str, at: dt.datetime, *, link: str = "", **to: Any) -> None:
    link = link or reverse("receipt", args=[held.number])
    notify(f"reporting.{topic}", line, link=link, at=at, subject=reads.tag(held), **to)
