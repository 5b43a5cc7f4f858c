"""All firms at once, by DuckDB: the same verdicts, to the fen, as the reference engine gives one by one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import duckdb

from quanyu.judgements.eligibility.reference import Traits, Value
from quanyu.judgements.eligibility.rule import Rule
from quanyu.judgements.eligibility.statement import Bound, Told, selects
from quanyu.measures.compile import name

TYPES = {"integer": "BIGINT", "decimal": "DECIMAL(18,6)", "text": "VARCHAR", "flag": "BOOLEAN"}
Grouping = Literal["", "size", "industry", "area"]


@dataclass(frozen=True, slots=True)
class Total:
    """What a policy comes to, in one group of firms; `amount`: yuan for those that have it."""

    policy: str
    group: str
    yes: int
    no: int
    unknown: int
    judgement: int
    amount: Decimal
    unpriced: int  # have it, but what they get is not known


def decide_all(rules: Sequence[Rule], table: Path, out: Path, *, scores: bool = False) -> dict[str, Path]:
    """Every rule for every firm of a table of traits: one Parquet file a policy below `out`.

    Columns: firm, state and `state_<key>` for each condition (true: yes or met, null: open), `judged` and
    `judged_<key>` (open only for want of judgement), amount (fen); with `scores` also `<score>__low` and
    `<score>__high`. `kept` reads it.
    """
    out.mkdir(parents=True, exist_ok=True)
    files = {rule.policy.key: out / f"{rule.policy.key}.parquet" for rule in rules}
    with (
        _opened(rules, table, "scores" if scores else "states") as (db, made),
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):

        def write(rule: Rule, bound: Bound) -> None:
            sql, values = bound
            held = files[rule.policy.key]
            new = held.with_suffix(".new")
            with db.cursor() as own:
                own.execute(f"COPY ({sql}) TO '{new}' (FORMAT parquet, COMPRESSION lz4)", values)
            new.replace(held)

        list(pool.map(write, rules, made))
    return files


def totals(rules: Sequence[Rule], table: Path, by: Grouping = "") -> list[Total]:
    """What each rule comes to over all firms, or by size, industry or area: what a reform is judged by."""
    group = f"coalesce(group_{by}, '')" if by else "''"
    found = []
    open_ = "state IS NULL AND judged IS NOT true", "state IS NULL AND judged"
    counts = ", ".join(f"count(*) FILTER ({test})" for test in ("state", "NOT state", *open_))
    with _opened(rules, table, "groups") as (db, made):
        for rule, (sql, values) in zip(rules, made, strict=True):
            rows = db.execute(
                f"""SELECT {group} AS place, {counts}, coalesce(sum(amount) FILTER (state), 0)::BIGINT,
                      count(*) FILTER (state AND amount IS NULL AND {rule.benefit is not None})
                    FROM ({sql}) GROUP BY place ORDER BY place""",  # noqa: S608 - made of checked names and bound values
                values,
            ).fetchall()
            for place, yes, no, unknown, judgement, fen, unpriced in rows:
                amount = Decimal(fen).scaleb(-2)
                found.append(Total(rule.policy.key, place, yes, no, unknown, judgement, amount, unpriced))
    return found


def each(rule: Rule, table: Path) -> dict[int, tuple[str, Decimal | None]]:
    """Firm → how it stands to one rule and what it would be paid in yuan: who wins and who loses by a reform."""
    return each_of([rule], table)[0]


def each_of(rules: Sequence[Rule], table: Path) -> list[dict[int, tuple[str, Decimal | None]]]:
    """As `each`, rule by rule, over firms that are read once: many settings of one policy."""
    found = []
    with _opened(rules, table, "groups") as (db, made):
        for sql, values in made:
            rows = db.execute(f"SELECT firm, state, judged, amount FROM ({sql})", values).fetchall()  # noqa: S608 - made of checked names and bound values
            found.append(
                {f: (_told("state", *how), None if fen is None else Decimal(fen).scaleb(-2)) for f, *how, fen in rows}
            )
    return found


def kept(file: Path) -> list[dict[str, Any]]:
    """The verdicts of one policy as `decide_all` wrote them, a mapping a firm, the states in words."""
    with duckdb.connect(":memory:") as db:
        found = db.execute("SELECT * FROM read_parquet($file) ORDER BY firm", {"file": str(file)})
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    states = {n: f"judged{n.removeprefix('state')}" for n in names if n == "state" or n.startswith("state_")}
    return [row | {n: _told(n, row[n], row.get(judged)) for n, judged in states.items()} for row in rows]


def _told(column: str, state: bool | str | None, judged: bool | None) -> str:
    """A state in the words of the reference engine; files of old hold the words."""
    if isinstance(state, str):
        return state
    if state is None:
        return "judgement" if judged else "unknown"
    return ("yes" if state else "no") if column == "state" else "met" if state else "not_met"


def put_together(rules: Sequence[Rule], firms: Mapping[int, Traits], table: Path) -> None:
    """A table of the traits of a few made-up firms, for worked examples: what `decide_all` reads."""
    types = {n: TYPES[rule.names[n].type if n in rule.names else "flag"] for rule in rules for n in rule.traits}
    cells = [c for firm, traits in firms.items() for c in (firm, *(_plain(traits.get(n)) for n in types))]
    row = f"({', '.join('?' * (len(types) + 1))})"
    with duckdb.connect(":memory:") as db:
        db.execute(f"CREATE TABLE t (firm BIGINT{''.join(f', {name(n)} {kind}' for n, kind in types.items())})")
        db.execute(f"INSERT INTO t VALUES {', '.join([row] * len(firms))}", cells)  # noqa: S608 - placeholders only
        db.execute(f"COPY t TO '{table}' (FORMAT parquet)")


def _plain(value: Value) -> object:
    return str(float(value)) if isinstance(value, Fraction) else value


@contextmanager
def _opened(
    rules: Sequence[Rule], table: Path, told: Told
) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[Bound]]]:  # fmt: skip
    """A database with what the rules read and share in memory, and for each rule its SELECT.

    A column the table lacks is known of no firm.
    """
    with duckdb.connect(":memory:") as db:
        db.execute("SET enable_progress_bar = false")
        there = {
            r[0] for r in db.execute("DESCRIBE SELECT * FROM read_parquet($file)", {"file": str(table)}).fetchall()
        }
        wanted = {n: TYPES[rule.names[n].type if n in rule.names else "flag"] for rule in rules for n in rule.traits}
        groups = [f"group_{g}" for g in ("size", "industry", "area") if told == "groups"]
        columns = ["firm", *(c if c in there else f"''::VARCHAR AS {c}" for c in groups)]
        columns += [name(n) if n in there else f"null::{kind} AS {name(n)}" for n, kind in sorted(wanted.items())]
        made = f"CREATE TABLE firms AS SELECT {', '.join(columns)} FROM read_parquet($file)"  # noqa: S608 - checked names
        db.execute(made, {"file": str(table)})
        numbers = [n for n, kind in wanted.items() if kind in (TYPES["integer"], TYPES["decimal"])]
        ends = ", ".join(f"coalesce(min({name(n)}), 0), coalesce(max({name(n)}), 0)" for n in numbers)
        found = db.execute(f"SELECT {ends or 0} FROM firms").fetchone() or ()  # noqa: S608 - checked names
        bounds = {n: (found[2 * i], found[2 * i + 1]) for i, n in enumerate(numbers)}
        (common, values), selected = selects(rules, bounds, told)
        db.execute(f"CREATE {'TABLE' if len(rules) > 1 else 'VIEW'} shared AS {common}", values)
        yield db, selected
