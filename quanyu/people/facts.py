"""The fact table this room provides: contract `organisation`, the register as it stands (not versioned)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from quanyu.people.models import Organisation

COLUMNS = ("firm", "name", "code", "kind", "area", "industry", "size", "opened_on")


def organisation() -> Iterator[tuple[int | str | dt.date | None, ...]]:
    """Every organisation as `COLUMNS`, by id; `area` is the key of the park or zone it sits in, "" where none."""
    names = ("id", "name", "code", "kind", "area__key", "industry", "size", "opened_on")
    rows = Organisation.objects.order_by("id").values_list(*names)
    for firm, *texts, opened_on in rows.iterator(chunk_size=5000):
        yield (firm, *(text or "" for text in texts), opened_on)
