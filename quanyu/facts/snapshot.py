"""Seals the facts: one typed Parquet file per part of each contract, kept under its digest, and a manifest of them.

A part (one period of a form, one title) is rewritten only when rows were added to it; all other files are shared with
the snapshot before. Rows are in a fixed order and one thread writes, so a part's bytes depend on its facts alone, and a
snapshot made step by step has the digest of one made from nothing. Nothing is ever overwritten: a file appears whole
under its final name, the manifest last.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from quanyu.facts.facts import Filings, Limits, Organisations, Provider, Reports, Standings
from quanyu.measures.periods import Period, between
from quanyu.measures.source import STANDING
from quanyu.registry.model import Contract

TYPES = {"integer": "BIGINT", "decimal": "DECIMAL(38,6)", "text": "VARCHAR", "date": "DATE", "flag": "BOOLEAN"}
FIXED = {  # the columns a provider adds to those of its contract
    Reports: {
        "report": "BIGINT", "firm": "BIGINT", "period": "VARCHAR", "first_month": "INTEGER", "last_month": "INTEGER",
        "filed_on": "DATE", "late": "BOOLEAN", "known_from": "DATE", "known_to": "DATE",
    },
    Standings: {"standing": "BIGINT", "firm": "BIGINT", "known_from": "DATE", "known_to": "DATE"},
    Organisations: {"firm": "BIGINT"},
    Filings: {
        "report": "BIGINT", "firm": "BIGINT", "period": "VARCHAR", "first_month": "INTEGER", "last_month": "INTEGER",
        "known_from": "DATE", "known_to": "DATE",
    },
}  # fmt: skip
VERSION_COLUMNS = {
    "report": "BIGINT", "firm": "BIGINT", "line": "VARCHAR", "version": "INTEGER", "status": "VARCHAR",
    "filed_on": "DATE", "late": "BOOLEAN",
}  # fmt: skip
MEMORY = "512MB"
WRITER = f"duckdb {duckdb.__version__}"  # another writer's bytes differ, so it starts from nothing

Part = dict[str, Any]
Manifest = dict[str, Any]


def columns_of(contract: Contract, provider: Provider) -> dict[str, str]:
    """Column → DuckDB type of a contract's table, in order: the provider's own first, then the contract's."""
    fixed = next(held for kind, held in FIXED.items() if isinstance(provider, kind))
    return fixed | {name: TYPES[column.type] for name, column in contract.columns.items()}


def freeze(
    home: Path, contracts: Mapping[str, Contract], providers: Mapping[str, Provider], upto: Limits, at: dt.datetime,
    previous: Manifest | None = None,
) -> Manifest:  # fmt: skip
    """Write the snapshot of all rows up to some ids and return its manifest; `previous` lends untouched parts."""
    nothing: Manifest = {"last_report": 0, "last_standing": 0, "tables": {}}
    base = previous if previous and previous["writer"] == WRITER else nothing
    tables: dict[str, Any] = {}
    touched: dict[str, set[str]] = {}
    with _database(home) as database:
        for key in sorted(providers, key=lambda k: (isinstance(providers[k], Filings), k)):
            provider, columns = providers[key], columns_of(contracts[key], providers[key])
            before = base["tables"].get(key, {})
            if isinstance(provider, Filings):
                tables[key] = _filings(database, home, key, columns, provider, tables, touched, before)
                continue
            since = base["last_standing" if isinstance(provider, Standings) else "last_report"]
            kept = {part["part"]: part for part in before.get("parts", ()) if (home / part["file"]).exists()}
            if before.get("columns") != columns or len(kept) < len(before["parts"]):
                kept, since = {}, 0
            names = provider.parts(upto, since)
            fresh = {name: _write(database, home, key, name, provider, columns, upto) for name in names}
            tables[key], touched[key] = _table(columns, kept | fresh), set(fresh)
            if isinstance(provider, Reports):
                yearly = base["tables"].get(f"{key}_by_year", {}) if since else {}
                tables |= _by_year(database, home, key, columns, tables[key]["parts"], touched[key], yearly)
    manifest = {
        "digest": hashlib.sha256(_canonical(tables)).hexdigest(), "as_known_to": at.isoformat(),
        "last_report": upto.report, "last_standing": upto.standing, "writer": WRITER, "tables": tables,
    }  # fmt: skip
    path = home / manifest_path(manifest["digest"])
    if not path.exists():
        _put(home, path, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    return manifest


def manifest_path(digest: str) -> str:
    return f"snapshots/{digest}.json"


def read_manifest(home: Path, digest: str) -> Manifest | None:
    """The manifest of a snapshot; None when its file is gone."""
    path = home / manifest_path(digest)
    return json.loads(path.read_bytes()) if path.exists() else None


def _table(columns: Mapping[str, str], parts: Mapping[str, Part]) -> dict[str, Any]:
    kept = [parts[name] for name in sorted(parts) if parts[name]["rows"]]
    return {"rows": sum(part["rows"] for part in kept), "columns": dict(columns), "parts": kept}


def _write(
    database: duckdb.DuckDBPyConnection, home: Path, table: str, name: str, provider: Provider,
    columns: Mapping[str, str], upto: Limits,
) -> Part:  # fmt: skip
    with _lines(home, provider.lines(name, upto)) as source:
        if isinstance(provider, Reports):
            return _store(database, home, table, name, _versions(source, name, columns))
        given = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
        query = f"SELECT * FROM read_json('{source}', format = 'newline_delimited', columns = {{{given}}})"  # noqa: S608 - names come from checked definitions, never from a request
        return _store(database, home, table, name, query)


def _versions(source: Path, part: str, columns: Mapping[str, str]) -> str:
    """All filed versions of a period; each is known until the next version of its report, a withdrawal included."""
    period = Period.parse(part)
    cells = {name: kind for name, kind in columns.items() if name not in FIXED[Reports]}
    given = ", ".join(f"'{name}': '{kind}'" for name, kind in VERSION_COLUMNS.items())
    struct = ", ".join(f'"{name}" {kind}' for name, kind in cells.items())
    picked = "".join(f', cells."{name}" AS "{name}"' for name in cells)
    return f"""
        SELECT report, firm, '{period}' AS period, {period.first_month}::INTEGER AS first_month,
               {period.last_month}::INTEGER AS last_month, filed_on, late, filed_on AS known_from, known_to{picked}
        FROM (SELECT *, lead(filed_on) OVER (PARTITION BY firm, line ORDER BY version) AS known_to
              FROM read_json('{source}', format = 'newline_delimited',
                             columns = {{{given}, 'cells': 'STRUCT({struct})'}}))
        WHERE status = 'filed' ORDER BY firm, line, version"""  # noqa: S608 - names come from checked definitions, never from a request


def _by_year(
    database: duckdb.DuckDBPyConnection, home: Path, table: str, columns: Mapping[str, str], parts: list[Part],
    touched: set[str], before: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """`<table>_by_year`: for each firm and year, how many months it reported and the sum of each whole-number column.

    Made from the current versions of monthly parts; forms that are not monthly have none.
    """
    fixed = FIXED[Reports]
    sums = {name: kind for name, kind in columns.items() if kind == "BIGINT" and name not in fixed}
    months = [part for part in parts if Period.parse(part["part"]).kind == "month"]
    if not sums or not months:
        return {}
    yearly = {"firm": "BIGINT", "year": "INTEGER", "months": "INTEGER"} | sums
    result = {part["part"]: part for part in before.get("parts", ()) if (home / part["file"]).exists()}
    changed = {name[:4] for name in touched}
    picked = "".join(f', sum("{name}"::HUGEINT)::BIGINT AS "{name}"' for name in sums)
    years: dict[str, list[str]] = {}
    for part in months:
        years.setdefault(part["part"][:4], []).append(str(home / part["file"]))
    for year, files in years.items():
        if year in changed or year not in result:
            query = f"""
                SELECT firm, {year}::INTEGER AS year, count(DISTINCT last_month)::INTEGER AS months{picked}
                FROM read_parquet({files}) WHERE known_to IS NULL GROUP BY firm ORDER BY firm"""  # noqa: S608 - names come from checked definitions, never from a request
            result[year] = _store(database, home, f"{table}_by_year", year, query)
    return {f"{table}_by_year": _table(yearly, {year: result[year] for year in years})}


def _filings(
    database: duckdb.DuckDBPyConnection, home: Path, table: str, columns: Mapping[str, str], provider: Filings,
    tables: Mapping[str, Any], touched: Mapping[str, set[str]], before: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """Who had to file in each period from the first with a report to the last, and did: made of the parts just written.

    A part is made anew when reports of its period came in, and all of them when anybody gained or lost the title. The
    first version decides whether a report was on time. What became known when is kept: of the title and of the report.
    """
    files = {part["part"]: str(home / part["file"]) for part in tables[provider.table]["parts"]}
    standings = tables[STANDING]["parts"] if STANDING in tables else ()
    holders = [str(home / part["file"]) for part in standings if part["part"] == provider.title]
    of = f"{provider.table} {provider.title}"
    same = before.get("of") == of and before["columns"] == columns and provider.title not in touched.get(STANDING, ())
    kept = {p["part"]: p for p in before["parts"] if (home / p["file"]).exists()} if same else {}
    parsed = sorted((Period.parse(name) for name in files), key=lambda p: p.last_month)
    months = (parsed[0].last_month, parsed[-1].last_month, parsed[0].kind) if holders and parsed else (1, 0, "month")
    parts, covers = {}, "{0}.known_from <= day AND ({0}.known_to IS NULL OR {0}.known_to > day)"
    picked = ", ".join(f'"{name}"::{kind} AS "{name}"' for name, kind in columns.items())
    for period in between(*months):
        name = str(period)
        if name in kept and name not in touched[provider.table]:
            parts[name] = kept[name]
            continue
        filed = f"read_parquet('{files[name]}')" if name in files else _NONE_FILED
        query = f"""
            WITH held AS (
                SELECT firm, known_from, known_to FROM read_parquet({holders})
                WHERE valid_from <= DATE '{period.end}' AND (valid_to IS NULL OR valid_to > DATE '{period.end}')),
            done AS (
                SELECT f.*, first_value(late) OVER (PARTITION BY firm ORDER BY report) AS was_late FROM {filed} f
                WHERE firm IN (SELECT firm FROM held)),
            days AS (
                SELECT firm, unnest([known_from, known_to]) AS day FROM held
                UNION SELECT firm, unnest([known_from, known_to]) FROM done),
            spans AS (
                SELECT firm, day, lead(day) OVER (PARTITION BY firm ORDER BY day) AS until
                FROM days WHERE day IS NOT NULL),
            due AS (
                SELECT DISTINCT s.* FROM spans s JOIN held h ON h.firm = s.firm AND {covers.format("h")}),
            rows AS (
                SELECT s.firm, day AS known_from, until AS known_to, coalesce(max(f.report), 0) AS report,
                       '{period}' AS period, {period.first_month} AS first_month, {period.last_month} AS last_month,
                       1 AS expected, least(count(f.report), 1) AS filed,
                       least(count(f.report) FILTER (WHERE NOT was_late), 1) AS on_time
                FROM due s LEFT JOIN done f ON f.firm = s.firm AND {covers.format("f")} GROUP BY s.firm, day, until)
            SELECT {picked} FROM rows ORDER BY firm, known_from"""  # noqa: S608 - names come from checked definitions, never from a request
        parts[name] = _store(database, home, table, name, query)
    return _table(columns, parts) | {"of": of}


_NONE_FILED = "(SELECT 0 AS firm, 0 AS report, false AS late, DATE '2000-1-1' AS known_from, NULL AS known_to LIMIT 0)"


def _store(database: duckdb.DuckDBPyConnection, home: Path, table: str, part: str, query: str) -> Part:
    """Write a query's rows as one file named by its own digest."""
    folder = home / "store" / table
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(suffix=".parquet", dir=home / "tmp")
    os.close(descriptor)
    rows = database.execute(f"COPY ({query}) TO '{name}' (FORMAT parquet, COMPRESSION zstd)").fetchone()[0]
    with open(name, "rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
        os.fsync(written.fileno())
    final = folder / f"{part.replace('/', '_')}-{digest[:16]}.parquet"
    os.chmod(name, 0o644)
    os.replace(name, final)
    return {"part": part, "file": final.relative_to(home).as_posix(), "rows": rows, "digest": digest}


@contextmanager
def _database(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    with duckdb.connect(":memory:") as database:
        database.execute(f"SET threads = 1; SET memory_limit = '{MEMORY}'; SET enable_progress_bar = false")
        database.execute(f"SET temp_directory = '{home / 'tmp'}'")
        yield database


@contextmanager
def _lines(home: Path, lines: Iterable[str]) -> Iterator[Path]:
    """The lines as a file for as long as it is needed."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", suffix=".ndjson", dir=home / "tmp", buffering=1 << 20
    ) as file:
        file.writelines(lines)
        file.flush()
        yield Path(file.name)


def _put(home: Path, path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("wb", dir=home / "tmp", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)


def _canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
