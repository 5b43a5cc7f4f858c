# ruff: noqa: S608  the text is built from checked identifiers, whole numbers and placeholders; values are bound
"""The pieces that the fast engine's statements are made of: the rows asked for, their groups, the windows laid on them.

Tables the engine makes beforehand: `org` (the register), `standings` (as known on the day asked), `islands` (from when
to when an organisation held a title, without overlaps) and `spans` (the first and last month of each window).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from quanyu.measures.compile import Binder, name
from quanyu.measures.formula import Aggregate, Column, Expectation, Node, walk
from quanyu.measures.source import ORGANISATION, STANDING

FOREVER = 999_999  # the month index of an open end
SQL_TYPE = {"integer": "BIGINT", "decimal": "DECIMAL(38,6)", "text": "VARCHAR", "date": "DATE", "flag": "BOOLEAN"}
DIMENSIONS = ("area", "industry", "size", "firm")
SHARED_COLUMNS = {"firm", "area", "industry", "size"}


class Slot(NamedTuple):
    """One column of results: an aggregate's value, reports on hand or due, or rows read; over windows of one kind."""

    role: Literal["value", "filed", "due", "rows"]
    what: Aggregate | Expectation | str
    kind: int


@dataclass
class Statement:
    sql: str
    values: Mapping[str, object]
    slots: tuple[Slot, ...]


@dataclass
class Facts:
    """What a snapshot has of one table, and which of it is asked for."""

    table: str
    files: list[str]
    has: set[str]  # columns that the files have
    where: Mapping[str, object] = field(default_factory=dict)
    as_of: object = None


def relation(facts: Facts, nodes: Iterable[Node | None], grains: Sequence[str], binder: Binder, extra: str = "") -> str:
    """A SELECT of the rows asked for, with their group keys `g_…` (NULL where a department belongs to no part).

    With the grain `title` each row comes once per title its organisation held on the row's day, as `g_title`.
    """
    read = [n for node in nodes if node is not None for n in walk(node) if isinstance(n, Column)]
    columns = {c.name: c.type for c in read if c.name not in SHARED_COLUMNS}
    by_title = "title" in grains
    chosen = [f"f.{name(c)}" if c in facts.has else f"null::{SQL_TYPE[t]} as {name(c)}" for c, t in columns.items()]
    dims = [f"coalesce(o.{d}, '') as {d}" for d in ("area", "industry", "size")]
    keys = [group_key(d) for d in DIMENSIONS if d in grains]
    if facts.table == STANDING:
        base, time = "standings f", ["f.standing as fact", "f.from_month", "f.to_month"]
        keys += ["case when not coalesce(o.department, false) then f.title end as g_title"] if by_title else []
        join = ""
    elif facts.table == ORGANISATION:
        base = "org f"
        always = ["0 as from_month", f"{FOREVER} as to_month"]
        time = ["f.firm as fact", *(["h.from_month", "h.to_month"] if by_title else always)]
        join = "join islands h on h.firm = f.firm and not coalesce(o.department, false)" if by_title else ""
        keys += ["h.title as g_title"] if by_title else []
    else:
        base = f"read_parquet({binder.bind(facts.files)}, union_by_name=true) f" if facts.files else _nothing(columns)
        time = ["f.report as fact", "f.first_month", "f.last_month"]
        on = f"{held('h', 'f.last_month')} and not coalesce(o.department, false)"
        join = f"join islands h on {on}" if by_title else ""
        keys += ["h.title as g_title"] if by_title else []
    wanted = [*known(facts, binder), *asked(facts.where, binder)]
    return (
        f"select {', '.join(['f.firm', *time, *dims, *keys, *chosen])}{extra} from {base} "
        f"left join org o on o.firm = f.firm {join} where {' and '.join(wanted) or 'true'}"
    )


def group_key(dim: str) -> str:
    """The column g_… of a row: its group, NULL for a department."""
    value = "f.firm::VARCHAR" if dim == "firm" else f"coalesce(o.{dim}, '')"
    return f"case when not coalesce(o.department, false) then {value} end as g_{dim}"


def _nothing(columns: Mapping[str, str]) -> str:
    named = ["report", "firm", "first_month", "last_month"]
    typed = [f"null::BIGINT as {c}" for c in named] + ["null::DATE as known_from", "null::DATE as known_to"]
    typed += [f"null::{SQL_TYPE[t]} as {name(c)}" for c, t in columns.items()]
    return f"(select {', '.join(typed)} where false) f"


def known(facts: Facts, binder: Binder, alias: str = "f") -> list[str]:
    """The condition that a version of a fact is the one known on the day asked."""
    if facts.table in (ORGANISATION, STANDING):
        return []  # the register is not versioned; standings were sifted when read
    if facts.as_of is None:
        return [f"{alias}.known_to is null"]
    day = binder.bind(facts.as_of)
    return [f"{alias}.known_from <= {day} and ({alias}.known_to is null or {alias}.known_to > {day})"]


def asked(where: Mapping[str, object], binder: Binder) -> list[str]:
    """The caller's filters; departments pass only a filter on `firm` alone."""
    columns = {k: "f.firm::VARCHAR" if k == "firm" else f"coalesce(o.{name(k)}, '')" for k in where}
    parts = [f"{columns[k]} = {binder.bind(str(v))}" for k, v in where.items()]
    return [*parts, "not coalesce(o.department, false)"] if set(where) - {"firm"} else parts


def held(alias: str, month: str) -> str:
    """The join of a fact `f` to a run of months of its organisation that covers a month."""
    return f"{alias}.firm = f.firm and {alias}.from_month <= {month} and {alias}.to_month > {month}"


@dataclass
class Titles:
    """The titles that the conditions of one statement ask about: each becomes a flag column of the rows."""

    asked: list[str] = field(default_factory=list)

    def holds(self, title: str) -> str:
        if title not in self.asked:
            self.asked.append(title)
        return f"holds_{self.asked.index(title)}"

    def flagged(self, rows: str, month: str, more: str = "f.*") -> str:
        """rows (a FROM item whose facts are `f`) with one flag per title, held in that month."""
        flags = [f"h{i}.firm is not null as holds_{i}" for i in range(len(self.asked))]
        joins = [
            f"left join islands h{i} on h{i}.title = {t} and {held(f'h{i}', month)}" for i, t in enumerate(self.asked)
        ]
        return f"select {', '.join([more, *flags])} from {rows} {' '.join(joins)}"


def row_binder(titles: Titles | None = None, row: str = "r") -> Binder:
    """A binder for conditions on a row with flags; `valid` and `started` look at the span `s` the row is joined to."""
    moments = {"valid": f"({row}.to_month > s.hi)", "started": f"({row}.from_month >= s.lo)"}
    return Binder(moments, titles.holds if titles else None)


def islands(inner: str, keys: str) -> str:
    """Overlapping and adjoining validities of the same keys merged into disjoint runs of months."""
    over = f"over (partition by {keys} order by from_month, to_month rows between unbounded preceding and"
    return (
        f"select {keys}, min(from_month) as from_month, max(to_month) as to_month from ("
        f"select *, sum(case when before >= from_month then 0 else 1 end) {over} current row) as island from ("
        f"select *, max(to_month) {over} 1 preceding) as before from ({inner}) where from_month < to_month)) "
        f"group by {keys}, island"
    )


def grouped(grains: Sequence[str], keys: Sequence[str]) -> tuple[str, str]:
    """The columns grain and grp, and the GROUP BY that yields one row per key and group of each grain."""
    parts = [g for g in grains if g != "zone"]
    sets = [", ".join((*keys, *([f"g_{g}"] if g != "zone" else []))) for g in grains]
    whens = [(f"when grouping(g_{g}) = 0", g) for g in parts]
    grain = f"case {' '.join(f'{w} then {g!r}' for w, g in whens)} else 'zone' end" if parts else "'zone'"
    group = f"case {' '.join(f'{w} then g_{g}' for w, g in whens)} else '' end" if parts else "''"
    return (
        f"{grain} as grain, {group} as grp",
        f"group by grouping sets ({', '.join(f'({s})' for s in sets)}) having grp is not null",
    )


def laid(
    rows: str, grains: Sequence[str], keys: Sequence[str], sums: Mapping[str, str], slots: Sequence[Slot],
    final: Sequence[str], join: str,
) -> str:  # fmt: skip
    """rows → cube per key and finest group → rolled up to every grain → windows laid on it.

    `sums`: column → aggregate over rows; a column is rolled up by sum, `lo_…` by min, `hi_…` by max.
    """
    dims = [f"g_{g}" for g in grains if g != "zone"]
    labels, group_by = grouped(grains, keys)
    rolled = ", ".join(f"{roller(c)}({c}) as {c}" for c in sums)
    return (
        f"with rows as ({rows}), "
        f"cube as materialized (select {', '.join([*keys, *dims, *(f'{e} as {c}' for c, e in sums.items())])} "
        f"from rows group by {', '.join([*keys, *dims])}), "
        f"rolled as materialized (select {', '.join([*keys, labels, rolled])} from cube {group_by}) "
        f"select s.period, r.grain, r.grp, {', '.join(final)} from spans s join rolled r on {join} "
        f"where s.kind in ({', '.join(sorted({str(s.kind) for s in slots}))}) group by s.period, r.grain, r.grp"
    )


def roller(column: str) -> str:
    """How a column of the cube is rolled up to larger groups."""
    return {"lo": "min", "hi": "max"}.get(column.split("_")[0], "sum")
