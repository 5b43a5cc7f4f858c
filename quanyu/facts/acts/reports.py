"""Filing: a report, a correction, a withdrawal, one at a time or a whole batch."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from quanyu.facts import reads
from quanyu.facts.cells import Complaint, Units, check_rows
from quanyu.facts.models import Report
from quanyu.facts.reads import LastRows
from quanyu.measures.periods import Period
from quanyu.people.acts import counted, in_turn, record
from quanyu.people.models import Organisation, User
from quanyu.registry.model import Form, Registry
from quanyu.registry.problem import Refused

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Filing:
    """One report as handed in. `organisation` is its id; `at` and `by` override the batch's (replaying a history).

    `due`: the last day that is not late, where it is another than the form's own (a window, an extension).
    """

    form: Form
    organisation: int
    period: str
    cells: Mapping[str, Any]
    reason: str = ""
    source: str = ""
    line: str = ""
    at: dt.datetime | None = None
    by: User | None = None
    due: dt.date | None = None

    @property
    def key(self) -> tuple[str, str, int, str]:
        return self.form.key, self.period, self.organisation, self.line


@dataclass(frozen=True, slots=True)
class Filed:
    """A report as it now stands; `fresh` is False when the same cells were on file; `unwise` asks for a word."""

    report: Report
    fresh: bool
    unwise: list[Complaint]


@dataclass(slots=True)
class Tally:
    """What a batch came to. `unwise` counts rows filed with something to explain."""

    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    unwise: int = 0

    @property
    def written(self) -> int:
        return self.new + self.corrected


class WrongCells(Refused):
    """A report that cannot be filed as it is; `complaints` lists everything that must be mended."""

    def __init__(self, complaints: Sequence[Complaint], where: str = "") -> None:
        more = f"（另有 {len(complaints) - 1} 处）" if len(complaints) > 1 else ""
        super().__init__(f"{where}{complaints[0]}{more}", "请改正后重报。")
        self.complaints = list(complaints)


def file_report(
    form: Form, organisation: Organisation, period: str | Period, cells: Mapping[str, Any], by: User | None,
    at: dt.datetime, reason: str = "", source: str = "", line: str = "", units: Units | None = None,
    due: dt.date | None = None,
) -> Filed:  # fmt: skip
    """File a report for a period, or a correction of it (which needs a reason). The same cells twice are one report.

    `due`: the last day that is not late, where it is another than the form's own.

    Raises `WrongCells` when a cell or a binding relation is wrong, `Refused` for a wrong period or a missing reason.
    Effects, in order: one report row; one event.
    """
    filing = Filing(form, organisation.pk, str(period), cells, reason, source, line, due=due)
    with transaction.atomic():
        ((clean, unwise),) = _checked([filing], units)
        written = _append([(filing, clean)], by, at, Tally())
        if not written:
            return Filed(reads.current(form.key, organisation, clean_period(form, period), line), False, unwise)
        report = written[0]
        record("facts.file_report", f"facts.report:{report.pk}", by, at, _body(report))
    return Filed(report, True, unwise)


def file_reports(
    rows: Iterable[Filing], by: User | None, at: dt.datetime, units: Units | None = None, checked: bool = False,
    last: LastRows | None = None,
) -> Tally:  # fmt: skip
    """File a batch, all of it or nothing. Rows already on file with the same cells are passed over.

    `checked`: the cells are clean already (they come from `check_rows` or `check_columns`). `last`: what `last_rows`
    said of the one form and period of these rows, to an act that holds the organisations' turn since.
    Effects, in order: the report rows; one event with their count and digest, when there are any.
    """
    tally, digest, rows = Tally(), hashlib.sha256(), iter(rows)
    with transaction.atomic(savepoint=last is None):
        while chunk := list(islice(rows, CHUNK)):
            cells = [(row.cells, []) for row in chunk] if checked else _checked(chunk, units)
            tally.unwise += sum(bool(unwise) for _clean, unwise in cells)
            pairs = [(row, clean) for row, (clean, _unwise) in zip(chunk, cells, strict=True)]
            for report in _append(pairs, by, at, tally, last):
                digest.update(_line(report))
        counted(Report, tally.written)
        if tally.written:
            body = {"new": tally.new, "corrected": tally.corrected, "digest": digest.hexdigest()}
            record("facts.file_reports", f"facts.batch:{digest.hexdigest()[:16]}", by, at, body)
    return tally


def withdraw_report(
    form: Form, organisation: Organisation, period: str | Period, by: User | None, at: dt.datetime, reason: str,
    line: str = "",
) -> Report:  # fmt: skip
    """Take a report back: it no longer counts from this day on; what was known before stays known.

    Effects, in order: one row that ends the report; one event.
    """
    if not reason.strip():
        raise Refused("撤回报表须写明原因。")
    key = clean_period(form, period)
    with transaction.atomic():
        _lock([organisation.pk])
        last = reads.current(form.key, organisation, key, line)
        if last is None:
            raise Refused(f"{organisation}没有在册的“{form.label}”（{Period.parse(key).label('zh')}），无从撤回。")
        filing = Filing(form, organisation.pk, key, {}, reason, "", line)
        report = _version(filing, {}, last.version + 1, by, _in_order(at, last.filed_at, organisation.pk), key)
        report.status = Report.Status.WITHDRAWN
        report.save(force_insert=True)
        record("facts.withdraw_report", f"facts.report:{report.pk}", by, at, _body(report))
    return report


def file_published(registry: Registry, organisation: Organisation, by: User | None, at: dt.datetime) -> Tally:
    """File every figure the packages quote from public sources: reports of the form `published`, one line per figure.

    A figure counts as known from the day it was published. A changed figure in a newer package becomes a correction.
    """
    form = registry.forms["published"]
    rows = [
        Filing(
            form, organisation.pk, str(Period.parse(p.period)),
            {"quantity": p.quantity, "published_value": format(p.value.normalize(), "f"), "published_unit": p.unit},
            reason=f"{p.source}（{p.on}）", source=p.source, line=p.key,
            at=timezone.make_aware(dt.datetime.combine(p.on, dt.time())),
        )
        for p in registry.published.values() if p.on <= timezone.localdate(at)
    ]  # fmt: skip
    return file_reports(rows, by, at, checked=True)


def clean_period(form: Form, period: str | Period) -> str:
    """The period in its canonical spelling; refused when it is not one, or not of the kind the form is filed for."""
    try:
        parsed = period if isinstance(period, Period) else Period.parse(period)
    except ValueError:
        raise Refused(f"“{period}”不是报告期。", f"“{form.label}”{FILED_BY[form.period]}。") from None
    if parsed.kind != form.period:
        raise Refused(f"“{form.label}”{FILED_BY[form.period]}，“{parsed.label('zh')}”不合要求。")
    return str(parsed)


FILED_BY = {
    "month": "按月报送，报告期写作 2024-09",
    "quarter": "按季报送，报告期写作 2024-Q3",
    "half_year": "按半年报送，报告期写作 2024-H1",
    "year": "按年报送，报告期写作 2024",
}


def _checked(chunk: Sequence[Filing], units: Units | None) -> list[tuple[dict[str, Any], list[Complaint]]]:
    """Clean cells and unwise complaints of each row, in order; raises WrongCells with every wrong cell of the chunk."""
    result: list[Any] = [None] * len(chunk)
    wrong: list[Complaint] = []
    numbered = sorted(enumerate(chunk), key=lambda pair: pair[1].form.key)
    for _key, group in groupby(numbered, key=lambda pair: pair[1].form.key):
        numbers, filings = zip(*group, strict=True)
        checked = check_rows(filings[0].form, [f.cells for f in filings], units)
        for i, number in enumerate(numbers):
            result[number] = (checked.row(i), checked.complaints.get(i, []))
            wrong += checked.wrong(i)
    if wrong:
        raise WrongCells(wrong)
    return result


def _append(
    pairs: Sequence[tuple[Filing, Mapping[str, Any]]], by: User | None, at: dt.datetime, tally: Tally,
    held: LastRows | None = None,
) -> list[Report]:  # fmt: skip
    """Write the next version of each report whose cells differ from the current one; earlier pairs come first."""
    if held is None:
        _lock({filing.organisation for filing, _clean in pairs})
    kept = [(f, c, f.period if f.form.key == "published" else clean_period(f.form, f.period)) for f, c in pairs]
    asked: dict[tuple[str, str], set[int]] = {}
    for filing, _clean, period in kept:
        asked.setdefault((filing.form.key, period), set()).add(filing.organisation)
    last = {
        (form, period, organisation, line): rest
        for (form, period), organisations in asked.items()
        for (organisation, line), rest in (
            reads.last_rows(form, period, organisations) if held is None else held
        ).items()
    }
    own = {(f.form.key, period): f.form for f, _clean, period in kept if f.due is None}
    due = {key: reads.due_on(form, key[1]) for key, form in own.items()}
    fresh = []
    for filing, clean, period in kept:
        key = (filing.form.key, period, filing.organisation, filing.line)
        moment, version = filing.at or at, 1
        if known := last.get(key):
            version, status, cells, filed_at = known
            if status == Report.Status.FILED and cells == clean:
                tally.unchanged += 1
                continue
            if not filing.reason.strip():
                label = Period.parse(period).label("zh")
                told = f"该单位{label}的“{filing.form.label}”已经报过，与这次不同。"
                raise Refused(told, "如确为更正，请写明更正原因。")
            moment, version = _in_order(moment, filed_at, filing.organisation), version + 1
            tally.corrected += 1
        else:
            tally.new += 1
        last[key] = [version, Report.Status.FILED, clean, moment]
        until = filing.due or due[filing.form.key, period]
        fresh.append(_version(filing, clean, version, filing.by or by, moment, period, until))
    return Report.objects.bulk_create(fresh, batch_size=CHUNK)


def _lock(organisations: Iterable[int]) -> None:
    """Two desks filing for one organisation take turns; an unknown organisation is refused."""
    wanted = set(organisations)
    if missing := sorted(wanted - in_turn(wanted)):
        raise Refused(f"单位 {missing[0]} 没有登记，不能报表。", "请先登记单位。")


def _in_order(moment: dt.datetime, before: dt.datetime, organisation: int) -> dt.datetime:
    if moment < before:
        raise Refused(f"单位 {organisation} 的这一版早于已报的上一版（{timezone.localtime(before):%Y-%m-%d %H:%M}）。")
    return moment


def _version(
    filing: Filing, clean: Mapping[str, Any], version: int, by: User | None, moment: dt.datetime, period: str,
    due: dt.date | None = None,
) -> Report:  # fmt: skip
    filed_on = timezone.localdate(moment)
    return Report(
        form=filing.form.key, organisation_id=filing.organisation, period=period, line=filing.line, version=version,
        cells=clean, reason=filing.reason, source=filing.source, filed_at=moment, filed_on=filed_on, filed_by=by,
        late=due is not None and filed_on > due,
    )  # fmt: skip


def _body(report: Report) -> dict[str, Any]:
    return {"digest": hashlib.sha256(_line(report)).hexdigest(), "version": report.version, "reason": report.reason}


def _line(report: Report) -> bytes:
    """The report's content in one canonical line, for digests."""
    key = [report.form, report.organisation_id, report.period, report.line, report.version, report.status]
    return json.dumps([*key, report.cells], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
