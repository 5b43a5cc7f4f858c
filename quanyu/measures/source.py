"""The snapshot as measures see it: a folder and a manifest that lists one set of Parquet parts per fact contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quanyu.measures.periods import BadPeriod, Period
from quanyu.registry.problem import Refused

STANDING, ORGANISATION = "standing", "organisation"  # the two registers; every other table holds reports
DEPARTMENT = "department"  # organisations of this kind belong to the whole zone, to no part of it


@dataclass(frozen=True)
class Source:
    """Frozen facts. `home` is QUANYU_HOME; `manifest` is the snapshot's own description of its tables."""

    home: Path
    manifest: Mapping[str, Any]

    @classmethod
    def open(cls, home: Path, digest: str) -> Source:
        path = home / "snapshots" / f"{digest}.json"
        if not path.is_file():
            raise Refused(f"没有快照 {digest[:12]}", "先运行 quanyu freeze")
        return cls(home, json.loads(path.read_text("utf-8")))

    @property
    def digest(self) -> str:
        return str(self.manifest["digest"])

    def parts(self, table: str) -> list[Mapping[str, Any]]:
        return list(self.manifest["tables"].get(table, {}).get("parts", ()))

    def files(self, table: str) -> list[str]:
        """The Parquet files of a table, in the order of the manifest; empty where nothing was ever reported."""
        return [str(self.home / part["file"]) for part in self.parts(table) if part["rows"]]

    def last_month(self, tables: list[str]) -> int | None:
        """The last month any of these report tables speaks of (a month index), None when they are empty."""
        months = []
        for table in tables:
            for part in self.parts(table):
                try:
                    months.append(Period.parse(part["part"]).last_month)
                except BadPeriod:
                    continue
        return max(months, default=None)
