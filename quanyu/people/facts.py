"""The fact table this room provides: contract `organisation`, the register as it stands (not versioned)."""

from __future__ import annotations

from collections.abc import Iterator

from quanyu.people.models import Organisation

COLUMNS = ("firm", "name", "code", "kind", "area", "industry", "size")


def organisation() -> Iterator[tuple[int, str, str, str, str, str, str]]:
    """Every organisation as `COLUMNS`, by id; `area` is the key of the park or zone it sits in, "" where none."""
    names = ("id", "name", "code", "kind", "area__key", "industry", "size")
    rows = Organisation.objects.order_by("id").values_list(*names)
    for firm, *texts in rows.iterator(chunk_size=5000):
        yield (firm, *(text or "" for text in texts))
