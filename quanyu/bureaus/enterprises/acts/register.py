"""Keep the files of firms: changes with their reason, what sources say, which of them is right."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from quanyu.bureaus.enterprises.models import Change, Liaison, Saying
from quanyu.bureaus.enterprises.reads import register as reads
from quanyu.casework.acts.documents import look, scan
from quanyu.facts import sheets
from quanyu.facts.firms import Register
from quanyu.people.acts import events_last, in_turn, record, register_organisation
from quanyu.people.models import Organisation, User
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused


def change_firm(
    firm: Organisation, what: str, after: str, *, on: dt.date, source: str, reason: str, by: User | None,
    at: dt.datetime,
) -> Change:  # fmt: skip
    """A firm was renamed, moved, reclassified, opened or closed on a day; or a disagreement on it is settled.

    Refused: the register says so already and nobody disagrees; a day to come; no reason. Effects, in order: the firm
    locked; the register brought up to date through its own act; the change; events.
    """
    if what not in reads.FIELDS:
        raise Refused(f"企业档案没有“{what}”这一项。")
    if not reason.strip():
        raise Refused("没有写明理由。", "请写明依据，如变更登记通知书、裁定理由。")
    known = registry()
    if source and source not in dict(reads.sources(known)):
        raise Refused("没有这个来源部门。", "请重新选择。")
    if on > timezone.localdate(at):
        raise Refused(f"变更日期 {on} 还没有到。", "请在变更生效后登记。")
    value = reads.meant(known, what, after)
    with events_last():
        held = Organisation.objects.select_for_update(no_key=True, of=("self",)).get(pk=firm.pk)
        before, now = reads.held(held, what), reads.as_text(value)
        open_ = any(d.open for d in reads.disagreements([held.pk]).get(held.pk, ()) if d.field == what)
        if before == now and not open_:
            raise Refused(f"{reads.FIELDS[what]}本来就是“{now}”，没有变化。")
        if before != now:
            register_organisation(by=by, at=at, key=held.key, code=held.code, **{what: value})
        row = {"organisation": held, "field": what, "before": before, "after": now, "source": source}
        made = Change.objects.create(**row, on=on, reason=reason.strip()[:300], by=by, at=at)
        body = {"field": what, "before": before, "after": now, "source": source, "reason": made.reason}
        record("enterprises.change_firm", f"people.organisation:{held.pk}", by, at, body)
    return made


def settle(
    firm: Organisation, what: str, saying: Saying | None, *, reason: str, by: User | None, at: dt.datetime
) -> Change:
    """Of what sources say of a field, one is right (None: the register is), for a reason."""
    after, source = (saying.value, saying.source) if saying else (reads.held(firm, what), "")
    on = timezone.localdate(at)
    return change_firm(firm, what, after, on=on, source=source, reason=reason, by=by, at=at)


def say(
    rows: Iterable[tuple[Organisation, str, str]], source: str, on: dt.date, *, by: User | None, at: dt.datetime
) -> int:
    """Write down what a source says: (firm, field, text) each. What it said before is passed over; returns how many
    are new. Effects, in order: the rows; one event."""
    known = registry()
    if source not in dict(reads.sources(known)):
        raise Refused("没有选来源部门。")
    meant = [(firm, what, reads.as_text(reads.meant(known, what, text))) for firm, what, text in rows]
    with events_last():
        ids = {firm.pk for firm, _what, _text in meant}
        old = Saying.objects.filter(organisation__in=ids, source=source).order_by("on", "pk")
        last = {(s.organisation_id, s.field): s.value for s in old}
        fresh = [
            Saying(organisation=firm, field=what, value=text, source=source, on=on, by=by, at=at)
            for firm, what, text in meant if last.get((firm.pk, what)) != text
        ]  # fmt: skip
        Saying.objects.bulk_create(fresh, batch_size=2000)
        if fresh:
            record("enterprises.say", f"people.role:{source}", by, at, {"rows": len(fresh), "on": on.isoformat()})
    return len(fresh)


def take_in(
    upload: UploadedFile, source: str, on: dt.date, *, by: User | None, at: dt.datetime
) -> tuple[int, list[str]]:
    """Read a department's list of firms as what it says of them; returns how many sayings are new, and what is wrong
    with each row that was left out. Effects, in order: as `say`."""
    name, _ending, content = look(upload)
    with tempfile.TemporaryDirectory(dir=settings.QUANYU_HOME) as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        scan(str(path), name)
        read = ((sheet, sheets.find_header(sheet, reads.COLUMNS)) for sheet in sheets.read_sheets(path))
        sheet, header = next(((s, h) for s, h in read if h), (None, None))
        if sheet is None or header is None or "firm_code" not in header.columns:
            hint = "第一行应是列名：统一社会信用代码，加上名称、行业、规模、所在园区、成立日期中的几列。"
            raise Refused(f"“{name}”里没有找到“统一社会信用代码”一列。", hint)
        known, firms, problems = registry(), Register.load(), list[str]()
        rows = list[tuple[Organisation, str, str]]()
        for number, row in enumerate(sheet.rows[header.data :], sheet.top + header.data):
            cells = {c.replace("firm_name", "name"): sheets.text_of(row[n]) for c, n in header.columns.items()}
            if not any(cells.values()):
                continue
            try:
                firm = Organisation(pk=firms.find(cells.pop("firm_code"), None))
                told = [(firm, what, text) for what, text in cells.items() if text]
                for _firm, what, text in told:
                    reads.meant(known, what, text)
                rows += told
            except Refused as refused:
                problems.append(f"第 {number} 行：{refused.sentence}{refused.hint}")
    return say(rows, source, on, by=by, at=at), problems


def assign_liaison(
    firms: Collection[Organisation], officer: User | None, on: dt.date, *, by: User | None, at: dt.datetime
) -> int:
    """From a day on an officer (None: nobody) looks after these firms; who did so before ends with that day.

    Returns how many changed hands. Refused: a day before the present officer began. Effects, in order: the firms
    locked; former liaisons ended; new ones; one event.
    """
    with events_last():
        ids = [f.pk for f in firms]
        in_turn(ids)
        held = {row.organisation_id: row for row in Liaison.objects.filter(organisation__in=ids, to_on=None)}
        moved = [f for f in firms if getattr(held.get(f.pk), "officer", None) != officer]
        for firm in moved:
            if (row := held.get(firm.pk)) is None:
                continue
            if on <= row.from_on:
                told = f"“{firm.name}”自 {row.from_on} 起由{row.officer}挂点，{on} 不能改派。"
                raise Refused(told, "请选此后的日子。")
            row.to_on = on
            row.save(update_fields=["to_on"])
        if officer:
            Liaison.objects.bulk_create(Liaison(organisation=f, officer=officer, from_on=on) for f in moved)
        if moved:
            body = {"officer": officer and officer.pk, "on": on.isoformat(), "firms": [f.pk for f in moved]}
            record("enterprises.assign_liaison", f"people.user:{officer.pk if officer else 0}", by, at, body)
    return len(moved)
