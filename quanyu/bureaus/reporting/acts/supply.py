"""Take in a department's file: kept for a moment, read the way somebody confirmed, loaded or dropped, and emptied."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from quanyu.bureaus.reporting.models import ColumnMapping, SuppliedFile
from quanyu.bureaus.reporting.reads import supply as reads
from quanyu.bureaus.reporting.reads.crosscheck import beside
from quanyu.casework.acts.documents import look, scan
from quanyu.facts import acts as facts
from quanyu.facts.acts.reports import clean_period
from quanyu.facts.models import Import
from quanyu.facts.sheets import FIRM, PERIOD
from quanyu.people.acts import events_last, record
from quanyu.people.models import User
from quanyu.plan import reads as plan
from quanyu.registry.model import Form
from quanyu.registry.problem import Refused

DAY = dt.timedelta(days=1)
State = SuppliedFile.State


def hand_in(form: Form, period: str, upload: UploadedFile, *, by: User, at: dt.datetime) -> SuppliedFile:
    """Keep a file until somebody has looked at how it would be read. Refused where it cannot be read at all.

    Effects, in order: what this person left unfinished of the form, and anybody's content a day old, is emptied; one
    row; one event.
    """
    period = clean_period(form, period) if period else ""
    name, _ending, content = look(upload)
    with reads.laid_out(name, content) as path:
        scan(str(path), name)
        reads.titles_of(path, form)
    with transaction.atomic():
        waiting = SuppliedFile.objects.select_for_update().filter(state=State.PENDING)
        for old in (waiting.filter(form=form.key, by=by), waiting.filter(at__lt=at - DAY)):
            old.update(state=State.DROPPED, content=None)
        made = SuppliedFile.objects.create(form=form.key, period=period, name=name, content=content, at=at, by=by)
        record("reporting.hand_in", f"reporting.suppliedfile:{made.pk}", by, at, {"form": form.key, "file": name})
    return made


def map_columns(
    file: SuppliedFile, columns: Mapping[int, str], unit: str, *, by: User, at: dt.datetime
) -> ColumnMapping:
    """Say what the columns of a file mean: column number → field, firm or period. Remembered for files like it.

    Refused: two columns for one field, no firm, a required field left out. Effects, in order: the mapping; one event.
    """
    registry = plan.registry()
    form = registry.forms[file.form]
    with reads.laid_out(file.name, _content(file)) as path:
        titles = reads.titles_of(path, form)
    labels = {f.name: f.label.zh for f in form.fields} | {n: words[0] for n, words in (FIRM | PERIOD).items()}
    said = [name for name in columns.values() if name]
    if strange := sorted(set(said) - labels.keys()):
        raise Refused(f"“{form.label}”没有“{strange[0]}”这一项。", "请重新选择。")
    if twice := next((name for name in said if said.count(name) > 1), ""):
        raise Refused(f"有两列都选了“{labels[twice]}”。", "一项只能对应一列。")
    if not set(said) & FIRM.keys():
        raise Refused("没有选哪一列是统一社会信用代码或单位名称。", "请选一列，用来认出企业。")
    if lacking := [f.label.zh for f in form.fields if f.required and f.name not in said]:
        raise Refused(f"必填的项还没有对应的列：{'、'.join(lacking)}。", "请为它选一列，或换用有这一列的文件。")
    if unit and unit not in {u.key for u in reads.money_units(form, registry)}:
        raise Refused(f"没有“{unit}”这个金额单位。", "请重新选择。")
    meant = {reads.title_key(titles.words[n], registry): name for n, name in columns.items() if n < len(titles.words)}
    with transaction.atomic():
        held, _new = ColumnMapping.objects.select_for_update().update_or_create(
            form=form.key, digest=titles.digest, defaults={"columns": meant, "unit": unit, "at": at, "by": by}
        )
        body = {"form": form.key, "columns": meant, "unit": unit}
        record("reporting.map_columns", f"reporting.columnmapping:{held.pk}", by, at, body)
    return held


def try_file(file: SuppliedFile, *, at: dt.datetime) -> facts.Outcome:
    """How the file would be read, without loading anything."""
    return _read(file, None, at, dry_run=True)[0]


def load_file(
    file: SuppliedFile, *, by: User, at: dt.datetime, skip_bad: bool = False, reason: str = ""
) -> facts.Outcome:
    """Load a file's rows as reports of the firms; where the outcome says it was not loaded, the file stays as it was.

    Effects, in order: as `facts.acts.import_file`; the content emptied, the refused rows kept; one event.
    """
    with events_last():
        held = SuppliedFile.objects.select_for_update().get(pk=file.pk)
        outcome, refused = _read(held, by, at, skip_bad=skip_bad, reason=reason.strip())
        if outcome.loaded:
            held.taken = Import.objects.filter(file_name=held.name, at=at, by=by).latest("pk")
            held.period, held.state = outcome.period, State.LOADED
            held.content, held.refused = None, refused
            held.save(update_fields=["taken", "period", "state", "content", "refused"])
            body = {"form": held.form, "file": held.name, "reason": reason}
            record("reporting.load_file", f"reporting.suppliedfile:{held.pk}", by, at, body)
    return outcome


def drop_file(file: SuppliedFile, *, by: User, at: dt.datetime) -> None:
    """Give a file up. Effects, in order: its content emptied; one event."""
    with transaction.atomic():
        held = SuppliedFile.objects.select_for_update().get(pk=file.pk)
        _content(held)
        held.state, held.content = State.DROPPED, None
        held.save(update_fields=["state", "content"])
        record("reporting.drop_file", f"reporting.suppliedfile:{held.pk}", by, at, {"file": held.name})


def _content(file: SuppliedFile) -> bytes:
    if file.state != State.PENDING or file.content is None:
        raise Refused(f"“{file.name}”{State(file.state).label}，文件内容已经清除。", "如需再用，请重新上传。")
    return bytes(file.content)


def _read(
    file: SuppliedFile, by: User | None, at: dt.datetime, *, skip_bad: bool = False, dry_run: bool = False,
    reason: str = "",
) -> tuple[facts.Outcome, bytes | None]:  # fmt: skip
    """What became of the file, and its refused rows."""
    registry = plan.registry()
    form = registry.forms[file.form]
    with reads.laid_out(file.name, _content(file)) as path:
        mapping = reads.titles_of(path, form).mapping
        outcome = facts.import_file(
            path, form, registry, file.period or None, by=by, at=at, skip_bad=skip_bad, dry_run=dry_run, reason=reason,
            mapping=mapping.columns if mapping else None, unit=mapping.unit if mapping else "",
            beside=beside(registry, form),
        )  # fmt: skip
        return outcome, outcome.refused_file.read_bytes() if outcome.refused_file else None
