"""Worked examples: tiny facts in, expected numbers out, by both engines. `packages/<package>/examples/<name>.yaml`:

    about: 高新技术企业按期末有效计数            # what it shows, one line
    facts:                                      # rows by contract; firms are plain numbers
      organisation:                             # only where area, industry, size or kind matter
        - {firm: 9, kind: department}
      standing:                                 # recorded_on: the day it became known (default: valid_from)
        - {firm: 1, title: high_tech, valid_from: 2021-11-01, valid_to: 2024-11-01}
      monthly_rd:                               # filed_on: default is the period's last day
        - {firm: 1, period: 2024-03, revenue: 1000, rd_expense: 50}
        - {firm: 1, period: 2024-03, revenue: 1000, rd_expense: 60, filed_on: 2024-05-01}   # again: a correction
    expect:                                     # value null needs a state: missing or undefined
      - {indicator: high_tech_enterprises, period: 2024-09, value: 1}
      - {indicator: rd_to_revenue, period: 2024-03, value: 5, as_of: 2024-04-01, grain: industry, group: "39"}

Facts pass through the real snapshot writer on their way to the fast engine, and straight to the reference engine.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from quanyu.facts import facts as provided
from quanyu.facts import snapshot
from quanyu.measures import query
from quanyu.measures.engines import duckdb, reference
from quanyu.measures.formula import Measure
from quanyu.measures.periods import BadPeriod, Period
from quanyu.measures.source import ORGANISATION, STANDING, Source
from quanyu.people.facts import COLUMNS as REGISTER
from quanyu.registry.model import Contract, Registry
from quanyu.registry.problem import Refused

Row = dict[str, Any]
SEALED_AT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""An example's snapshot is nobody's: its moment is fixed so that its bytes are too."""


@dataclass(frozen=True, slots=True)
class Result:
    """One expected number against one engine's answer."""

    file: str
    number: int
    indicator: str
    period: str
    engine: str
    expected: str
    got: str

    @property
    def agrees(self) -> bool:
        return self.expected == self.got

    def __str__(self) -> str:
        where = f"{self.file} 第 {self.number} 个值"
        return f"{where}：{self.indicator} {self.period} 应为 {self.expected}，{self.engine} 引擎算得 {self.got}"


def run_example(path: Path, name: str, registry: Registry) -> list[Result]:
    """Check one example file; `name` is how it is spoken of. Refused when the file itself makes no sense."""
    plain = _read(path, name)
    measures = {m.key: m for m in query.measures(registry)}
    tables = _tables(plain["facts"], registry, name)
    results = []
    with tempfile.TemporaryDirectory(prefix="quanyu-example-") as home:
        source = _frozen(Path(home), tables, registry)
        for number, wanted in enumerate(plain["expect"], start=1):
            measure, period, asked = _asked(wanted, measures, f"{name} 第 {number} 个值")
            expected = _shown(wanted.get("value"), wanted.get("state", "ok"))
            for engine, world in ((reference, tables), (duckdb, source)):
                found = engine.run([measure], world, [period], (asked["grain"],), as_of=asked["as_of"])
                point = next((p for p in found if p.group == asked["group"]), None)
                got = _shown(point.value, point.state) if point else _shown(None, "missing")
                engine_name = engine.__name__.rpartition(".")[2]
                results.append(Result(name, number, measure.key, str(period), engine_name, expected, got))
    return results


def _read(path: Path, name: str) -> Mapping[str, Any]:
    try:
        plain = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as fault:
        raise Refused(f"算例 {name} 不是有效的 YAML：{fault}。") from None
    if not isinstance(plain, dict) or set(plain) != {"about", "facts", "expect"}:
        raise Refused(f"算例 {name} 须有且只有 about、facts、expect 三项。")
    return plain


def _asked(wanted: Row, measures: Mapping[str, Measure], where: str) -> tuple[Measure, Period, Row]:
    if unknown := set(wanted) - {"indicator", "period", "value", "state", "grain", "group", "as_of"}:
        raise Refused(f"{where}里有不认识的项：{'、'.join(sorted(unknown))}。")
    if wanted.get("indicator") not in measures:
        raise Refused(f"{where}：没有带公式的指标“{wanted.get('indicator')}”。")
    asked = {"grain": wanted.get("grain", "zone"), "group": str(wanted.get("group", "")), "as_of": wanted.get("as_of")}
    return measures[wanted["indicator"]], _period(wanted.get("period"), where), asked


def _period(text: object, where: str) -> Period:
    try:
        return Period.parse(str(text))
    except BadPeriod as bad:
        raise Refused(f"{where}：{bad}。") from None


def _shown(value: object, state: str) -> str:
    return state if value is None else format(Decimal(str(value)).normalize(), "f")


def _tables(facts: Mapping[str, Sequence[Row]], registry: Registry, name: str) -> dict[str, list[Row]]:
    """The rows as a snapshot has them, versions and all: what the reference engine reads."""
    tables: dict[str, list[Row]] = {ORGANISATION: [], STANDING: []}
    for key, rows in facts.items():
        contract = registry.contracts.get(key)
        if contract is None:
            raise Refused(f"算例 {name}：没有名为“{key}”的事实表。")
        read = {ORGANISATION: _organisation, STANDING: _standing}.get(contract.provider, _report)
        tables[key] = [read(row, contract, number, f"算例 {name} {key}") for number, row in enumerate(rows, start=1)]
        if read is _report:
            _supersede(tables[key])
    known = {row["firm"] for row in tables[ORGANISATION]}
    firms = {row["firm"] for rows in tables.values() for row in rows} - known
    contract = registry.contracts[ORGANISATION]
    tables[ORGANISATION] += [_organisation({"firm": firm}, contract, 0, name) for firm in sorted(firms)]
    return tables


def _filled(row: Row, contract: Contract, fixed: Row, extra: set[str], where: str) -> Row:
    if unknown := set(row) - set(contract.columns) - {"firm"} - extra:
        raise Refused(f"{where}：没有这些列：{'、'.join(sorted(unknown))}。")
    columns = contract.columns.values()
    cells = {c.name: _typed(row.get(c.name), c.type) for c in columns}
    return {"firm": row["firm"], **cells, **fixed}


def _typed(value: Any, kind: str) -> Any:
    return Decimal(str(value)) if kind == "decimal" and value is not None else value


def _organisation(row: Row, contract: Contract, number: int, where: str) -> Row:
    blank = {c.name: None if c.type == "date" else "" for c in contract.columns.values()}
    given = blank | {"name": f"虚构{row['firm']}号", "kind": "firm"} | row
    return _filled(given, contract, {}, set(), where)


def _standing(row: Row, contract: Contract, number: int, where: str) -> Row:
    known_from = row.get("recorded_on", row["valid_from"])
    fixed = {STANDING: number, "known_from": known_from, "known_to": None}
    return _filled({"level": "", "person": ""} | row, contract, fixed, {"recorded_on"}, where)


def _report(row: Row, contract: Contract, number: int, where: str) -> Row:
    period = _period(row.get("period"), where)
    filed_on = row.get("filed_on", period.end)
    fixed = {
        "report": number, "period": str(period), "first_month": period.first_month, "last_month": period.last_month,
        "filed_on": filed_on, "late": False, "known_from": filed_on, "known_to": None,
    }  # fmt: skip
    return _filled(row, contract, fixed, {"period", "filed_on"}, where)


def _supersede(rows: Sequence[Row]) -> None:
    """A later row of the same firm, period and quantity (or project) is a correction of the earlier one."""
    last: dict[tuple[object, ...], Row] = {}
    for row in rows:
        key = (row["firm"], row["period"], _line_key(row))
        if key in last:
            last[key]["known_to"] = row["known_from"]
        last[key] = row


def _line_key(row: Row) -> str:
    """What tells apart the rows of a form that has many for one period."""
    return row.get("quantity") or row.get("project_name") or ""


def _frozen(home: Path, tables: Mapping[str, Sequence[Row]], registry: Registry) -> Source:
    """The same rows, sealed by the real snapshot writer."""
    providers = {}
    for key, rows in tables.items():
        kind, _, form = registry.contracts[key].provider.partition(":")
        made = {STANDING: _Standings(), ORGANISATION: _Organisations()}.get(kind) or _Reports(form)
        made.rows.extend(rows)
        providers[key] = made
    contracts = {key: registry.contracts[key] for key in providers}
    return Source(home, snapshot.freeze(home, contracts, providers, provided.Limits(1, 1), SEALED_AT))


@dataclass(frozen=True)
class _Reports(provided.Reports):
    rows: list[Row] = field(default_factory=list)

    def parts(self, upto: provided.Limits, since: int = 0) -> list[str]:
        return sorted({row["period"] for row in self.rows})

    def lines(self, part: str, upto: provided.Limits) -> Iterator[str]:
        versions: dict[tuple[object, ...], int] = {}
        for row in self.rows:
            if row["period"] == part:
                key = (row["firm"], _line_key(row))
                versions[key] = versions.get(key, 0) + 1
                head = {"report": row["report"], "firm": row["firm"], "line": key[1], "version": versions[key]}
                tail = {"status": "filed", "filed_on": row["filed_on"], "late": False}
                cells = {name: value for name, value in row.items() if name not in snapshot.FIXED[provided.Reports]}
                yield _line(head | tail | {"cells": cells})


@dataclass(frozen=True)
class _Standings(provided.Standings):
    rows: list[Row] = field(default_factory=list)

    def parts(self, upto: provided.Limits, since: int = 0) -> list[str]:
        return sorted({row["title"] for row in self.rows})

    def lines(self, part: str, upto: provided.Limits) -> Iterator[str]:
        return (_line(row) for row in self.rows if row["title"] == part)


@dataclass(frozen=True)
class _Organisations(provided.Organisations):
    rows: list[Row] = field(default_factory=list)

    def lines(self, part: str, upto: provided.Limits) -> Iterator[str]:
        return (_line({name: row.get(name) for name in REGISTER}) for row in self.rows)


def _line(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, default=str) + "\n"
