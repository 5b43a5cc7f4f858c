"""The record of what was done: a chain, each link sealed over the one before, so that nothing is altered unseen.

The head of the chain is one locked row, so writers take turns from their first event to the end of their transaction.
An act therefore locks the rows it changes first and records last; otherwise two acts could wait for each other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Any

from django.db import connection, models, transaction

from quanyu.people.chain import GENESIS, seal
from quanyu.people.models import ChainHead, Event, User
from quanyu.people.reads import Walk

BATCH = 2000
MANY = 200  # rows of a batch that change how a table is best read
_gathered: ContextVar[list[Event] | None] = ContextVar("_gathered", default=None)
"""The events of an act made of acts, on their way to its end; None outside of one."""


def record(act: str, subject: str, by: User | None, at: dt.datetime, body: Mapping[str, Any] | None = None) -> Event:
    """Write down one thing done. Called inside the transaction of the act it belongs to, at its end."""
    return record_many([(act, subject, body or {})], by, at)[-1]


def record_many(events: Iterable[tuple[str, str, Mapping[str, Any]]], by: User | None, at: dt.datetime) -> list[Event]:
    """Write down many things done at one stroke: (act, subject, body) each. Returns the last batch of them."""
    made = (Event(act=act, subject=subject, by=by, at=at, body=dict(body)) for act, subject, body in events)
    gathered = _gathered.get()
    if gathered is None:
        return _append(made)
    gathered.extend(fresh := list(made))
    return fresh


@contextmanager
def events_last() -> Iterator[None]:
    """An act made of acts: one transaction that writes the events of all of them at its end, when every row is locked.

    What an inner act undoes by failing leaves no event either.
    """
    gathered = _gathered.get()
    kept = len(gathered or ())
    with transaction.atomic():
        if gathered is not None:
            try:
                yield
            except BaseException:
                del gathered[kept:]
                raise
            return
        mine = list[Event]()
        token = _gathered.set(mine)
        try:
            yield
        finally:
            _gathered.reset(token)
        _append(iter(mine))


def _append(events: Iterator[Event]) -> list[Event]:
    """Put events on the end of the chain, in order; returns the last batch of them."""
    written = list[Event]()
    batch = list(islice(events, BATCH))
    if not batch:
        return written
    with transaction.atomic(savepoint=False):
        head, _new = ChainHead.objects.select_for_update().get_or_create(pk=1, defaults={"digest": GENESIS})
        while batch:
            for event in batch:
                event.number = head.number + 1
                event.digest = seal(head.digest, event)
                head.number, head.digest = event.number, event.digest
            written = Event.objects.bulk_create(batch)
            batch = list(islice(events, BATCH))
        head.save(update_fields=["number", "digest"])
    return written


def note_verification(found: Walk, *, at: dt.datetime) -> None:
    """Keep how the last walk along the chain ended. It leaves no event: walking changes nothing that is walked over."""
    fault = str(found.breaks[0]) if found.breaks else ""
    ChainHead.objects.filter(pk=1).update(verified_at=at, verified_number=found.number, fault=fault)


def counted(model: type[models.Model], rows: int) -> None:
    """After a batch: PostgreSQL plans by what it last counted, and the next question comes before autovacuum does."""
    if rows >= MANY and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def subject_of(row: models.Model) -> str:
    """How events name a row: `people.post:12`."""
    return f"{row._meta.label_lower}:{row.pk}"
