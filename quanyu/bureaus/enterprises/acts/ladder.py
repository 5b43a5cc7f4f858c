"""Put firms into pools (入库) and take them out again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from quanyu.bureaus.enterprises.models import PoolEntry
from quanyu.people.acts import in_turn, record
from quanyu.people.models import Organisation, User
from quanyu.registry.model import Pool
from quanyu.registry.problem import Refused


def enter_pool(
    firms: Mapping[Organisation, str], pool: Pool, *, by: User | None, at: dt.datetime
) -> list[PoolEntry]:  # fmt: skip
    """Put firms into a pool, each with the reason why; those in it already are passed over.

    Effects, in order: the firms locked; a row each; one event.
    """
    if not all(why.strip() for why in firms.values()):
        raise Refused("入库须写明理由。", "请写明为什么列入培育。")
    with transaction.atomic():
        keys = [f.pk for f in firms]
        in_turn(keys)
        held = set(PoolEntry.objects.filter(pool=pool.key, to_on=None).values_list("organisation", flat=True))
        new = [
            PoolEntry(organisation=f, pool=pool.key, from_on=timezone.localdate(at), because=why[:300], by=by, at=at)
            for f, why in firms.items() if f.pk not in held
        ]  # fmt: skip
        if not new:
            raise Refused("所选企业都已在库。" if firms else "没有选择企业。", "请勾选要入库的企业。")
        made = PoolEntry.objects.bulk_create(new)
        body = {"firms": {str(e.organisation_id): e.because for e in made}}
        record("enterprises.enter_pool", f"enterprises.pool:{pool.key}", by, at, body)
    return made


def leave_pool(
    entries: Iterable[PoolEntry], because: str, *, by: User | None, at: dt.datetime
) -> list[PoolEntry]:  # fmt: skip
    """Take firms out of a pool, with the reason; those gone already are passed over.

    Effects, in order: the rows' last day; one event.
    """
    if not because.strip():
        raise Refused("出库须写明理由。", "请写明为什么不再培育。")
    day, said = timezone.localdate(at), because.strip()[:300]
    with transaction.atomic():
        rows = PoolEntry.objects.filter(pk__in=[e.pk for e in entries], to_on=None).order_by("pk")
        held = list(rows.select_for_update())
        if not held:
            raise Refused("所选企业都不在库。", "请勾选在库的企业。")
        rows.update(to_on=day, left_because=said)
        body = {"firms": [e.organisation_id for e in held], "because": said}
        record("enterprises.leave_pool", f"enterprises.pool:{held[0].pool}", by, at, body)
    return held
