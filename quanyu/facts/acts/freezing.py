"""Freezing: the facts as they stand, sealed into a snapshot."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from quanyu.facts import reads, snapshot
from quanyu.facts.facts import Limits, provider_problems, providers
from quanyu.facts.models import Report, Snapshot, Standing
from quanyu.people.acts import record
from quanyu.people.models import User
from quanyu.plan.reads import registry as registry_in_force
from quanyu.registry.model import Registry
from quanyu.registry.problem import Refused


def freeze(
    at: dt.datetime, by: User | None = None, registry: Registry | None = None, home: Path | None = None,
    full: bool = False,
) -> Snapshot:  # fmt: skip
    """Seal every fact recorded so far. Only parts that changed since the last snapshot are written, unless `full`.

    Freezing twice with nothing new gives the same snapshot. Effects, in order: Parquet files; the manifest; one row;
    one event.
    """
    registry = registry or registry_in_force()
    home = home or Path(settings.QUANYU_HOME)
    if problems := provider_problems(registry):
        raise Refused(f"不能封存：{problems[0]}", "请改正规划包中的事实表定义后重新载入。")
    last = reads.last_snapshot()
    previous = snapshot.read_manifest(home, last.digest) if last and not full else None
    manifest = snapshot.freeze(home, registry.contracts, providers(registry), _limits(), at, previous)
    if last and last.digest == manifest["digest"] and last.revision == registry.digest:
        return last
    rows = sum(table["rows"] for table in manifest["tables"].values())
    with transaction.atomic():
        sealed = Snapshot.objects.create(
            digest=manifest["digest"], frozen_at=at, revision=registry.digest, rows=rows,
            path=snapshot.manifest_path(manifest["digest"]),
        )  # fmt: skip
        record("facts.freeze", f"facts.snapshot:{sealed.pk}", by, at, {"digest": sealed.digest, "rows": rows})
    return sealed


def _limits() -> Limits:
    """The last ids in, taken when nobody is half-way through writing: no lower id can appear afterwards."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {Report._meta.db_table}, {Standing._meta.db_table} IN SHARE MODE")
        last = [model.objects.aggregate(last=Max("id"))["last"] or 0 for model in (Report, Standing)]
    return Limits(*last)
