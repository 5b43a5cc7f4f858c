"""The traits of every firm on a day, as policies ask for them: one row a firm, made from the sealed facts.

Money is in whole fen. Months are already added up to firm-years in the snapshot; a year with a month missing is not
known. Of several sources the first that has a value counts. The table is kept by what it was made of and never changes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import duckdb

from quanyu.judgements.eligibility import Value
from quanyu.judgements.eligibility.fast import TYPES
from quanyu.judgements.eligibility.rule import HELD, MONEY, base, column_type, trait_columns
from quanyu.measures.compile import name
from quanyu.measures.periods import LENGTHS
from quanyu.measures.points import terminating
from quanyu.measures.source import ORGANISATION, STANDING, Source
from quanyu.measures.units import dimension
from quanyu.registry.model import Registry, Trait, TraitSource

FIRM = "firm"  # the kind of organisation policies are about
GROUPS = ("size", "industry", "area")
LAYOUT = 1  # of the table: another layout is another file
MEMORY = "512MB"


def trait_table(registry: Registry, source: Source, on: dt.date, home: Path) -> Path:
    """The table of traits on a day as a Parquet file: `firm`, `group_size|industry|area`, a column a trait and year
    back (`revenue`, `revenue_1`), `holds_<title>` for each title."""
    made_of = repr((LAYOUT, source.digest, on, *registry.traits.values(), *registry.titles, registry.contracts.keys()))
    path = home / "traits" / f"{on}-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}.parquet"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, new = tempfile.mkstemp(suffix=".parquet", dir=path.parent)
    os.close(descriptor)
    sql, values = _Table(registry, source, on).sql()
    with _database() as db:
        db.execute(f"COPY ({sql}) TO '{new}' (FORMAT parquet, COMPRESSION lz4)", values)
    os.chmod(new, 0o644)
    os.replace(new, path)
    return path


def traits_of(registry: Registry, source: Source, firm: int, on: dt.date) -> dict[str, Value]:
    """The traits of one firm on a day; nothing is known of a firm that is not in the facts."""
    table = trait_table(registry, source, on, source.home)
    with _database() as db:
        found = db.execute("SELECT * FROM read_parquet($file) WHERE firm = $firm", {"file": str(table), "firm": firm})
        names = [column[0] for column in found.description or ()]
        row = found.fetchone() or [None] * len(names)
    held = dict(zip(names, row, strict=True))
    return {key: value for key, value in held.items() if key != "firm" and not key.startswith("group_")}


def traits_of_all(registry: Registry, source: Source, on: dt.date) -> dict[int, dict[str, Value]]:
    """The traits of every firm on a day, by its id."""
    table = trait_table(registry, source, on, source.home)
    with _database() as db:
        found = db.execute(
            "SELECT * EXCLUDE (group_size, group_industry, group_area) FROM read_parquet($file)", {"file": str(table)}
        )
        _firm, *names = (column[0] for column in found.description or ())
        return {firm: dict(zip(names, row, strict=True)) for firm, *row in found.fetchall()}


def _database() -> duckdb.DuckDBPyConnection:
    db = duckdb.connect(":memory:")
    db.execute(f"SET enable_progress_bar = false; SET memory_limit = '{MEMORY}'")
    return db


@dataclass
class _Table:
    """One SELECT: the register, joined with one row a firm from each contract that traits draw on."""

    registry: Registry
    source: Source
    on: dt.date
    values: dict[str, object] = field(default_factory=dict)
    wanted: dict[tuple[str, int], dict[str, str]] = field(default_factory=dict)
    """Table and year (0: of no year) → column made → the SQL that makes it."""

    def sql(self) -> tuple[str, dict[str, object]]:
        columns = [f"{self._trait(t, back)} AS {name(n)}" for n, (t, back) in trait_columns(self.registry).items()]
        for title in (t for t in self.registry.titles.values() if t.holder == "organisation"):
            made = self._titles(TraitSource(title.place, title=title.key), 0)
            columns.append(f"{f'coalesce({made} > 0, false)' if made else 'false'} AS {name(HELD + title.key)}")
        columns = [f"coalesce(org.{g}, '') AS group_{g}" for g in GROUPS] + columns
        joins = "".join(
            f" LEFT JOIN ({self._grouped(*t)}) AS {name('{}_{}'.format(*t))} USING (firm)" for t in self.wanted
        )
        org = self._read(ORGANISATION, self.source.files(ORGANISATION))
        if "opened_on" not in self.source.manifest["tables"][ORGANISATION].get("columns", ()):  # an older snapshot
            org = f"(SELECT *, null::DATE AS opened_on FROM {org})"  # noqa: S608 - checked names
        return (
            f"SELECT org.firm, {', '.join(columns)} FROM {org} AS org{joins} "  # noqa: S608 - checked names, bound values
            f"WHERE org.kind = {self._bind(FIRM)} ORDER BY org.firm",
            self.values,
        )

    def _trait(self, trait: Trait, back: int) -> str:
        kind = column_type(self.registry, trait)
        parts = [made for s in trait.sources if (made := self._source(trait, s, back))]
        if trait.zero:
            parts.append("false" if kind == "flag" else "0" if kind in ("integer", "decimal") else "''")
        return f"coalesce({', '.join(parts)})::{TYPES[kind]}" if parts else f"null::{TYPES[kind]}"

    def _source(self, trait: Trait, source: TraitSource, back: int) -> str:
        if source.title:
            count = self._titles(source, back)
            return count and f"(case when {count} > 0 then {'true' if trait.type == 'flag' else count} end)"
        if source.register:
            if source.register == "age_days":
                day = self._day(back)
                return f"(case when opened_on <= {day} then date_diff('day', opened_on, {day}) end)"
            return f"nullif(org.{source.register}, '')"
        contract = self.registry.contracts.get(source.contract)
        if contract is None or source.column not in contract.columns:
            return ""
        column, made = contract.columns[source.column], self._yearly(source, self.on.year - 1 - back)
        if not made or trait.type == "choice":
            return made
        if trait.type == "flag":
            return f"({made} <> 0)" if column.type in ("integer", "decimal") else made
        kind, factor = column_type(self.registry, trait), base(self.registry, column.unit)
        if not _money(self.registry, trait):
            factor /= base(self.registry, trait.unit)
        if factor.denominator == 1 and kind == "integer":
            return f"({made} * {factor.numerator})" if factor != 1 else made
        decimal = terminating(factor.numerator, factor.denominator)
        if decimal is None:
            return f"round({made}::DOUBLE * {factor.numerator} / {factor.denominator}, 6)"
        return f"({made}::{TYPES['decimal']} * {self._bind(decimal)})" if factor != 1 else made

    def _yearly(self, source: TraitSource, year: int) -> str:
        """The column of a contract's row that holds a firm's value for a year; "" where nothing was ever reported."""
        table, column, plain = f"{source.contract}_by_year", source.column, name(source.column)
        made = f"max({plain}) FILTER (months = 12)"
        if source.take != "sum" or column not in self.source.manifest["tables"].get(table, {}).get("columns", ()):
            table, column = source.contract, f"{source.column}_{source.take}"
            form = self.registry.forms.get(self.registry.contracts[table].provider.removeprefix("report:"))
            due = 12 // LENGTHS[form.period] if form else 1
            made = {
                "sum": f"(case when bit_count(bit_or(1 << last_month % 12)) = {due} then sum({plain}) end)",
                "last": f"arg_max({plain}, last_month)",  # of the months where it is known
                "most": f"max({plain})",
            }[source.take]
        if str(year) not in {part["part"][:4] for part in self.source.parts(table) if part["rows"]}:
            return ""
        return self._want(table, column, made, year)

    def _titles(self, source: TraitSource, back: int) -> str:
        """How many of a title a firm holds on the day, began in the year or ever held; "" where nobody did."""
        if source.title not in {part["part"] for part in self.source.parts(STANDING) if part["rows"]}:
            return ""
        tests = [f"title = {self._bind(source.title)}"] + (
            [f"level = {self._bind(source.level)}"] if source.level else []
        )
        if source.held == "started":
            tests.append(f"year(valid_from) = {self.on.year - 1 - back}")
        else:
            tests.append(f"valid_from <= {self._day(back)}")
        if source.held == "now":
            tests.append(f"(valid_to IS NULL OR valid_to > {self._day(back)})")
        column = f"{source.title}_{source.level}_{source.held}_{back}"
        return self._want(STANDING, column, f"count(*) FILTER ({' AND '.join(tests)})")

    def _want(self, table: str, column: str, made: str, year: int = 0) -> str:
        self.wanted.setdefault((table, year), {})[column] = made
        return f"{name(f'{table}_{year}')}.{name(column)}"

    def _grouped(self, table: str, year: int) -> str:
        """One row a firm of what is known of a table, or of a year of it, now; only its own parts are read."""
        parts = [p for p in self.source.parts(table) if p["rows"] and (not year or p["part"][:4] == str(year))]
        rows = self._read(table, [str(self.source.home / p["file"]) for p in parts])
        by_year = table.endswith("_by_year")
        rows += f" WHERE {'true' if by_year else 'known_to IS NULL'}"
        if year:
            rows += f" AND {'year' if by_year else 'last_month // 12'} = {year}"
        picked = ", ".join(f"{sql} AS {name(column)}" for column, sql in self.wanted[table, year].items())
        return f"SELECT firm, {picked} FROM {rows} GROUP BY firm"  # noqa: S608 - checked names, bound values

    def _read(self, table: str, files: Sequence[str]) -> str:
        key = f"files_{len(self.values)}"
        self.values[key] = list(files)
        return f"read_parquet(${key}, union_by_name = true)"

    def _day(self, back: int) -> str:
        """The day asked, or the same day so many years before."""
        year, leap = self.on.year - back, (self.on.month, self.on.day) == (2, 29)
        return f"DATE '{dt.date(year, 2, 28) if leap and back % 4 else self.on.replace(year=year)}'"

    def _bind(self, value: str | Decimal) -> str:
        key = next((k for k, held in self.values.items() if held == value), f"v{len(self.values)}")
        self.values[key] = value
        return f"${key}"


def _money(registry: Registry, trait: Trait) -> bool:
    return bool(trait.unit) and dimension(registry.units[trait.unit].dimension) == MONEY
