"""Titles held: granted, corrected, annulled."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from quanyu.facts.acts.reports import CHUNK
from quanyu.facts.models import Standing
from quanyu.people.acts import counted, record
from quanyu.people.models import Organisation, User
from quanyu.registry.model import TitleKind
from quanyu.registry.problem import Refused


@dataclass(frozen=True, slots=True)
class Grant:
    """One title as granted. `organisation` is an id (a person's is where they work); `at` overrides the batch's."""

    title: TitleKind
    organisation: int
    valid_from: dt.date
    valid_to: dt.date | None = None
    level: str = ""
    person: str = ""
    decision: str = ""
    at: dt.datetime | None = None


def grant(
    title: TitleKind, organisation: Organisation, valid_from: dt.date, by: User | None, at: dt.datetime,
    valid_to: dt.date | None = None, level: str = "", person: str = "", decision: str = "",
) -> Standing:  # fmt: skip
    """Record that an organisation (or a person there) holds a title from a day on, up to (not on) `valid_to`.

    The same grant twice is one standing. Effects, in order: one row; one event.
    """
    given = Grant(title, organisation.pk, valid_from, valid_to, level, person, decision)
    with transaction.atomic():
        if same := Standing.objects.filter(corrected_by=None, annulled=False, **_fields(given)).first():
            return same
        standing = _row(given, by, at)
        standing.save(force_insert=True)
        record("facts.grant", f"facts.standing:{standing.pk}", by, at, {"title": title.key, "decision": decision})
    return standing


def grant_many(rows: Iterable[Grant], by: User | None, at: dt.datetime) -> int:
    """Record a batch of titles, all or nothing, and return how many were new: those held already are passed over.

    Alike rows (patents granted on one day) count as many times as they are listed, also when the batch comes again.
    Effects, in order: the rows; one event with their count and digest, when there are any.
    """
    digest, written, rows = hashlib.sha256(), 0, list(rows)
    with transaction.atomic():
        held = _held(rows)
        fresh: list[Standing] = []
        for row in rows:
            key = tuple(_fields(row).values())
            if held[key] > 0:
                held[key] -= 1
                continue
            fresh.append(_row(row, by, at))
            digest.update(json.dumps(key, default=str, ensure_ascii=False).encode())
        chunks = iter(fresh)
        while chunk := list(islice(chunks, CHUNK)):
            written += len(Standing.objects.bulk_create(chunk, batch_size=CHUNK))
        counted(Standing, written)
        if written:
            body = {"new": written, "digest": digest.hexdigest()}
            record("facts.grant_many", f"facts.batch:{digest.hexdigest()[:16]}", by, at, body)
    return written


def correct_standing(
    standing: Standing, title: TitleKind, by: User | None, at: dt.datetime, reason: str, **changes: Any
) -> Standing:
    """Mend a standing: a new row with another `level`, `person`, `valid_from`, `valid_to` or `decision` replaces it.

    A title that was revoked gets its `valid_to` this way. Effects, in order: one row; one event.
    """
    if strange := changes.keys() - {"level", "person", "valid_from", "valid_to", "decision"}:
        raise TypeError(f"cannot be corrected: {', '.join(sorted(strange))}")
    kept = {name: getattr(standing, name) for name in ("valid_from", "valid_to", "level", "person", "decision")}
    return _replace(standing, Grant(title, standing.organisation_id, **(kept | changes)), by, at, reason)


def annul_standing(standing: Standing, title: TitleKind, by: User | None, at: dt.datetime, reason: str) -> Standing:
    """Say that a standing was recorded in error and never held. Effects, in order: one row; one event."""
    same = Grant(
        title, standing.organisation_id, standing.valid_from, standing.valid_to, standing.level, standing.person,
        standing.decision,
    )  # fmt: skip
    return _replace(standing, same, by, at, reason, annulled=True)


def _replace(
    old: Standing, new: Grant, by: User | None, at: dt.datetime, reason: str, annulled: bool = False
) -> Standing:
    if not reason.strip():
        raise Refused(f"更正“{new.title.label}”须写明原因。")
    if old.title != new.title.key:
        raise Refused("更正不能换成另一种称号。", "请先作废原记录，再登记新的称号。")
    with transaction.atomic():
        locked = Standing.objects.select_for_update(no_key=True).get(pk=old.pk)
        if locked.annulled or Standing.objects.filter(corrects=locked).exists():
            raise Refused("这条记录已被更正或作废。", "请更正最新的一条。")
        row = _row(new, by, at)
        row.corrects, row.reason, row.annulled = locked, reason, annulled
        row.save(force_insert=True)
        act = "facts.annul_standing" if annulled else "facts.correct_standing"
        record(act, f"facts.standing:{row.pk}", by, at, {"corrects": locked.pk, "reason": reason})
    return row


def _held(rows: Sequence[Grant]) -> Counter[tuple[Any, ...]]:
    """How often each of these grants is on record already."""
    names = tuple(_fields(rows[0])) if rows else ()
    wanted, held = sorted({row.organisation for row in rows}), Counter[tuple[Any, ...]]()
    titles = {row.title.key for row in rows}
    kept = Standing.objects.filter(corrected_by=None, annulled=False, title__in=titles)
    for start in range(0, len(wanted), CHUNK):
        held += Counter(kept.filter(organisation_id__in=wanted[start : start + CHUNK]).values_list(*names))
    return held


def _fields(given: Grant) -> dict[str, Any]:
    return {
        "organisation_id": given.organisation, "title": given.title.key, "level": given.level, "person": given.person,
        "valid_from": given.valid_from, "valid_to": given.valid_to, "decision": given.decision,
    }  # fmt: skip


def check_grant(given: Grant) -> None:
    """Refused unless the title knows the level, a personal one names the person, and the end is after the beginning."""
    title = given.title
    if title.levels and given.level not in title.levels:
        said = f"没有“{given.level}”这一级" if given.level else "须写明级别"
        raise Refused(f"“{title.label}”{said}。", f"可填：{'、'.join(title.levels)}。")
    if title.holder == "person" and not given.person:
        raise Refused(f"“{title.label}”授予个人，须写明姓名。")
    if given.valid_to is not None and given.valid_to <= given.valid_from:
        raise Refused(f"“{title.label}”的止日 {given.valid_to} 须晚于起日 {given.valid_from}。")


def _row(given: Grant, by: User | None, at: dt.datetime) -> Standing:
    check_grant(given)
    moment = given.at or at
    return Standing(**_fields(given), recorded_at=moment, recorded_on=timezone.localdate(moment), recorded_by=by)
