# ruff: noqa: S608  the text is built from checked identifiers, whole numbers and placeholders; values are bound
"""The few SQL statements of the fast engine, as text: what is read, how it is rolled up, how windows are laid on it.

Each statement reads one contract once, adds it up per form period and finest group, rolls that small table up to the
groups asked, and only then lays the windows on it. What cannot be added over time is first turned into rows that can: `last` knows until when a row stays the latest, `count(distinct firm)` since when its firm was counted.
A result row is (period number, grain, group, one whole number per slot). Tables `spans`, `org`, `standings` and `islands`
are made by the engine beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from quanyu.measures.compile import Binder, columns_of, name, timed
from quanyu.measures.formula import Aggregate, Column, Expectation, Moment, Node, timeless, walk
from quanyu.measures.source import ORGANISATION, STANDING

FOREVER = 999_999  # the month index of an open end
SQL_TYPE = {"integer": "BIGINT", "decimal": "DECIMAL(38,6)", "text": "VARCHAR", "date": "DATE", "flag": "BOOLEAN"}
DIMENSIONS = ("area", "industry", "size", "firm")
INSIDE = "r.first_month >= s.lo and r.last_month <= s.hi"
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
    held = [n for node in nodes if node is not None for n in walk(node) if isinstance(n, Column)]
    columns = {c.name: c.type for c in held if c.name not in SHARED_COLUMNS}
    by_title = "title" in grains
    chosen = [f"f.{name(c)}" if c in facts.has else f"null::{SQL_TYPE[t]} as {name(c)}" for c, t in columns.items()]
    dims = [f"coalesce(o.{d}, '') as {d}" for d in ("area", "industry", "size")]
    keys = [_group_key(d) for d in DIMENSIONS if d in grains]
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
        join = (
            f"join islands h on {_held('h', 'f.last_month')} and not coalesce(o.department, false)" if by_title else ""
        )
        keys += ["h.title as g_title"] if by_title else []
    wanted = [*known(facts, binder), *asked(facts.where, binder)]
    return (
        f"select {', '.join(['f.firm', *time, *dims, *keys, *chosen])}{extra} from {base} "
        f"left join org o on o.firm = f.firm {join} where {' and '.join(wanted) or 'true'}"
    )


def _group_key(dim: str) -> str:
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


def _held(alias: str, month: str) -> str:
    return f"{alias}.firm = f.firm and {alias}.from_month <= {month} and {alias}.to_month > {month}"


@dataclass
class Titles:
    """The titles that the conditions of one statement ask of an organisation: each becomes a flag column of the rows."""

    asked: list[str] = field(default_factory=list)

    def holds(self, title: str) -> str:
        if title not in self.asked:
            self.asked.append(title)
        return f"holds_{self.asked.index(title)}"

    def flagged(self, rows: str, month: str, more: str = "f.*") -> str:
        """rows (a FROM item whose facts are `f`) with one flag per title, held in that month."""
        flags = [f"h{i}.firm is not null as holds_{i}" for i in range(len(self.asked))]
        joins = [
            f"left join islands h{i} on h{i}.title = {t} and {_held(f'h{i}', month)}" for i, t in enumerate(self.asked)
        ]
        return f"select {', '.join([more, *flags])} from {rows} {' '.join(joins)}"


def _binder(titles: Titles | None = None, row: str = "r") -> Binder:
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


def _grouped(grains: Sequence[str], keys: Sequence[str]) -> tuple[str, str]:
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


def _laid(
    rows: str,
    grains: Sequence[str],
    keys: Sequence[str],
    sums: Mapping[str, str],
    slots: Sequence[Slot],
    final: Sequence[str],
    join: str,
) -> str:
    """rows → cube per key and finest group → rolled up to every grain → windows laid on it.

    `sums`: column → aggregate over rows; a column is rolled up by sum, `lo_…` by min, `hi_…` by max.
    """
    dims = [f"g_{g}" for g in grains if g != "zone"]
    labels, group_by = _grouped(grains, keys)
    rolled = ", ".join(f"{_roller(c)}({c}) as {c}" for c in sums)
    return (
        f"with rows as ({rows}), "
        f"cube as materialized (select {', '.join([*keys, *dims, *(f'{e} as {c}' for c, e in sums.items())])} "
        f"from rows group by {', '.join([*keys, *dims])}), "
        f"rolled as materialized (select {', '.join([*keys, labels, rolled])} from cube {group_by}) "
        f"select s.period, r.grain, r.grp, {', '.join(final)} from spans s join rolled r on {join} "
        f"where s.kind in ({', '.join(sorted({str(s.kind) for s in slots}))}) group by s.period, r.grain, r.grp"
    )


def _roller(column: str) -> str:
    return {"lo": "min", "hi": "max"}.get(column.split("_")[0], "sum")


# --- reports --------------------------------------------------------------------------------------------------------


def additive(facts: Facts, slots: Sequence[Slot], expects: Sequence[Expectation], grains: Sequence[str]) -> Statement:
    """Sums, counts, extremes and the number of reports on hand, of one contract."""
    titles = Titles()
    binder = _binder(titles)
    wanted = _aggregates(slots)
    sums, column = {"n": "count(*)"}, {}
    for i, a in enumerate(wanted):
        column[a] = f"{ {'min': 'lo', 'max': 'hi'}.get(a.function, 'a') }_{i}"
        sums[column[a]] = _aggregate(a, binder)
    for i, e in enumerate(expects):
        sums[f"e_{i}"] = f"count(*) filter (where {_expected_of(binder, e)})"
    final = []
    for s in slots:
        over = f"filter (where s.kind = {s.kind})"
        if isinstance(s.what, Aggregate):
            c = column[s.what]
            value = f"{_roller(c)}(r.{c}) {over}"
            final.append(f"case when sum(r.n) {over} > 0 then {value} end" if s.what.function == "count" else value)
        else:
            c = f"e_{expects.index(s.what)}" if isinstance(s.what, Expectation) else "n"
            final.append(f"sum(r.{c}) {over}")
    rows = relation(facts, [n for a in wanted for n in (a.operand, a.where)], grains, binder)
    rows = titles.flagged(f"({rows}) f", "f.last_month")
    sql = _laid(rows, grains, ("first_month", "last_month"), sums, slots, final, INSIDE)
    return Statement(sql, binder.values, tuple(slots))


def _aggregates(slots: Sequence[Slot]) -> list[Aggregate]:
    return list(dict.fromkeys(s.what for s in slots if isinstance(s.what, Aggregate)))


def _expected_of(binder: Binder, expectation: Expectation) -> str:
    assert binder.holds is not None
    return binder.holds(binder.bind(expectation.title))


def _aggregate(a: Aggregate, binder: Binder) -> str:
    over = f" filter (where {binder.condition(a.where)})" if a.where is not None else ""
    if a.operand is None:
        return f"count(*){over}"
    if a.function == "count":
        return f"count({_counted(a.operand, binder)}){over}"
    return f"{a.function}({binder.number(a.operand)[0]}){over}"


def latest(facts: Facts, slots: Sequence[Slot], grains: Sequence[str]) -> Statement:
    """last(x): each row is the latest of its organisation until the next row that says x; so it can be added up."""
    titles = Titles()
    binder = _binder(titles)
    wanted = _aggregates(slots)
    rows = relation(facts, [n for a in wanted for n in (a.operand, a.where)], grains, binder)
    values = []
    for i, a in enumerate(wanted):
        assert a.operand is not None
        value = binder.number(a.operand)[0]
        values.append(f"{f'case when {binder.condition(a.where)} then {value} end' if a.where else value} as v_{i}")
    dims = [f"g_{g}" for g in grains if g != "zone"]
    given = f"select firm, fact, last_month, {', '.join([*dims, *values])} from ({titles.flagged(f'({rows}) f', 'f.last_month')})"
    order = f"over (partition by {', '.join(['firm', *(d for d in dims if d == 'g_title')])} order by last_month, fact)"
    nexts = [
        f"coalesce(lead(case when v_{i} is not null then last_month end ignore nulls) {order}, {FOREVER}) as x_{i}"
        for i in range(len(wanted))
    ]
    reach = f"select *, {', '.join(nexts)} from ({given})"
    keys = ("last_month", *(f"x_{i}" for i in range(len(wanted))))
    final = []
    for s in slots:
        assert isinstance(s.what, Aggregate)
        i = wanted.index(s.what)
        final.append(f"sum(r.v_{i}) filter (where s.kind = {s.kind} and r.x_{i} > s.hi)")
    sums = {f"v_{i}": f"sum(v_{i})" for i in range(len(wanted))}
    inside = "r.last_month >= s.lo and r.last_month <= s.hi"
    return Statement(_laid(reach, grains, keys, sums, slots, final, inside), binder.values, tuple(slots))


def distinct_firms(facts: Facts, slots: Sequence[Slot], grains: Sequence[str]) -> Statement:
    """count(distinct firm) over reports: a row counts where its firm's row before it lies before the window."""
    titles = Titles()
    binder = _binder(titles)
    wanted = _aggregates(slots)
    rows = relation(facts, [a.where for a in wanted], grains, binder)
    conditions = [binder.condition(a.where) if a.where else "true" for a in wanted]
    flags = [f"coalesce({c}, false) as b_{i}" for i, c in enumerate(conditions)]
    dims = [f"g_{g}" for g in grains if g != "zone"]
    given = f"select firm, fact, first_month, last_month, {', '.join([*dims, *flags])} from ({titles.flagged(f'({rows}) f', 'f.last_month')})"
    order = f"over (partition by {', '.join(['firm', *(d for d in dims if d == 'g_title')])} order by last_month, fact)"
    firsts = [f"case when b_{i} then first_month end" for i in range(len(wanted))]
    before = [f"coalesce(lag({first} ignore nulls) {order}, -1) as x_{i}" for i, first in enumerate(firsts)]
    reach = f"select *, {', '.join(before)} from ({given})"
    keys = ("first_month", "last_month", *(f"x_{i}" for i in range(len(wanted))))
    sums = {"n": "count(*)"} | {f"c_{i}": f"count(*) filter (where b_{i})" for i in range(len(wanted))}
    final = []
    for s in slots:
        assert isinstance(s.what, Aggregate)
        i, over = wanted.index(s.what), f"s.kind = {s.kind}"
        value = f"coalesce(sum(r.c_{i}) filter (where {over} and r.x_{i} < s.lo), 0)"
        final.append(f"case when sum(r.n) filter (where {over}) > 0 then {value} end")
    return Statement(_laid(reach, grains, keys, sums, slots, final, INSIDE), binder.values, tuple(slots))


def plain_reading(facts: Facts, slot: Slot, grains: Sequence[str]) -> Statement:
    """Any count, by joining every row to every window it lies in: the general way, for what has no quicker one."""
    a = slot.what
    assert isinstance(a, Aggregate)
    register = facts.table in (STANDING, ORGANISATION)
    titles = Titles()
    binder = _binder(titles, "w")
    binder.moments = {"valid": "(to_month > hi)", "started": "(from_month >= lo)"}
    rows = relation(facts, [a.operand, a.where], grains, binder)
    what = "*" if a.operand is None else _counted(a.operand, binder)
    kept = f"filter (where {binder.condition(a.where)})" if a.where is not None else ""
    count = f"count({'distinct ' if a.distinct else ''}{what}) {kept}"
    inside = "f.first_month >= s.lo and f.last_month <= s.hi"
    if register:
        inside = "f.from_month <= s.hi" + (" and f.to_month > s.hi" if facts.table == ORGANISATION else "")
    labels, group_by = _grouped(grains, ("period",))
    laid = f"(select * from spans where kind = {slot.kind}) s join ({rows}) f on {inside}"
    laid = titles.flagged(laid, "s.hi" if register else "f.last_month", "s.period, s.lo, s.hi, f.*")
    return Statement(f"select period, {labels}, {count} from ({laid}) {group_by}", binder.values, (slot,))


def _counted(operand: Node, binder: Binder) -> str:
    """What count(x) counts: values that are there; a blank text is not."""
    if isinstance(operand, Column):
        return f"nullif({name(operand.name)}, '')" if operand.type == "text" else name(operand.name)
    return binder.number(operand)[0]


# --- registers ------------------------------------------------------------------------------------------------------


def separable(a: Aggregate) -> bool:
    """The part of a register filter that depends on the period is `valid` and `started` alone."""
    return all(isinstance(c, Moment) for c in timed(a)) and (not a.distinct or _by_run(a))


def _by_run(a: Aggregate) -> bool:
    """count(distinct firm) of what is valid, or of all there is: disjoint runs of validity can be added up."""
    return a.operand == Column("firm", "integer") and timed(a) in ((), (Moment("valid"),))


def register(facts: Facts, slots: Sequence[Slot], grains: Sequence[str]) -> Statement:
    """Counts of standings or organisations that are valid, have started, or exist."""
    binder = _binder()
    wanted = _aggregates(slots)
    base = relation(facts, [n for a in wanted for n in (a.operand, a.where)], grains, binder)
    dims = [f"g_{g}" for g in grains if g != "zone"]
    parts, sums = [], {}
    for i, a in enumerate(wanted):
        static = " and ".join([binder.condition(c) for c in timeless(a.where)] or ["true"])
        sums[f"a_{i}"] = f"count(*) filter (where which = {i})"
        if a.distinct:
            end = "to_month" if timed(a) or facts.table == ORGANISATION else f"{FOREVER} as to_month"
            inner = f"select {', '.join(['firm', 'from_month', end, *dims])} from base where {static}"
            merged = islands(inner, ", ".join(["firm", *dims]))
            parts.append(f"select {i} as which, {', '.join(['from_month', 'to_month', *dims])} from ({merged})")
        else:
            static += "" if a.operand is None else f" and {_counted(a.operand, binder)} is not null"
            parts.append(
                f"select {i} as which, {', '.join(['from_month', 'to_month', *dims])} from base where {static}"
            )
    final = []
    for s in slots:
        assert isinstance(s.what, Aggregate)
        conditions = [f"s.kind = {s.kind}", *(binder.condition(c) for c in timed(s.what))]
        if facts.table == ORGANISATION:
            conditions.append("r.to_month > s.hi")
        final.append(f"sum(r.a_{wanted.index(s.what)}) filter (where {' and '.join(conditions)})")
    rows, inside = " union all ".join(parts), "r.from_month <= s.hi"
    sql = _laid(rows, grains, ("from_month", "to_month"), sums, slots, final, inside)
    return Statement(
        sql.replace("with rows", f"with base as materialized ({base}), rows", 1), binder.values, tuple(slots)
    )


def opening(facts: Facts, wanted: Sequence[Aggregate]) -> Statement:
    """Since when a register says anything of the kind an aggregate counts: a month for each, over the whole zone."""
    binder = Binder()
    everything = Facts(facts.table, facts.files, facts.has, {}, facts.as_of)
    rows = relation(everything, [a.where for a in wanted], (), binder)
    firsts = []
    for a in wanted:
        static = " and ".join(binder.condition(c) for c in timeless(a.where)) or "true"
        firsts.append(f"min(from_month) filter (where {static})")
    return Statement(f"select {', '.join(firsts)} from ({rows})", binder.values, ())


def due(
    expectation: Expectation,
    slots: Sequence[Slot],
    grains: Sequence[str],
    where: Mapping[str, object],
    months: tuple[int, int],
) -> Statement:
    """How many reports there should be: holders of the title at the end of each form period in the window."""
    binder = Binder()
    keys = [_group_key(d) for d in DIMENSIONS if d in grains]
    join = ""
    if "title" in grains:
        join = f"join islands h on {_held('h', 'q.range')} and not coalesce(o.department, false)"
        keys.append("h.title as g_title")
    wanted = [f"(q.range + 1) % {expectation.months} = 0", f"f.title = {binder.bind(expectation.title)}"]
    rows = (
        f"select {', '.join(['q.range as last_month', *keys])} from islands f "
        f"join range({months[0]}, {months[1] + 1}) q on f.from_month <= q.range and f.to_month > q.range "
        f"left join org o on o.firm = f.firm {join} where {' and '.join([*wanted, *asked(where, binder)])}"
    )
    final = [f"sum(r.n) filter (where s.kind = {s.kind})" for s in slots]
    inside = f"r.last_month - {expectation.months - 1} >= s.lo and r.last_month <= s.hi"
    sql = _laid(rows, grains, ("last_month",), {"n": "count(*)"}, slots, final, inside)
    return Statement(sql, binder.values, tuple(slots))


def columns_read(aggregates: Iterable[Aggregate]) -> set[str]:
    """The contract columns that aggregates read."""
    return columns_of([n for a in aggregates for n in (a.operand, a.where)]) - SHARED_COLUMNS


def feeding(facts: Facts, a: Aggregate, grains: Sequence[str], group: str) -> Statement:
    """The rows that feed one aggregate in the one span laid out: fact, firm, name, period, title, person, from, to, amount.

    Unsorted; the amount is a whole number with the aggregate's scale, 1 for what is counted.
    """
    register = facts.table in (STANDING, ORGANISATION)
    titles = Titles()
    binder = _binder(titles, "w")
    binder.moments = {"valid": "(to_month > hi)", "started": "(from_month >= lo)"}
    told = {STANDING: _STANDING_TOLD, ORGANISATION: ()}.get(facts.table, (Column("period", "text"),))
    rows = relation(facts, [a.operand, a.where, *told], grains, binder)
    kept = [binder.condition(a.where)] if a.where is not None else []
    amount = "1::HUGEINT"
    if a.operand is not None:
        counted = a.function == "count"
        value = _counted(a.operand, binder) if counted else binder.number(a.operand)[0]
        amount, kept = (amount if counted else value), [*kept, f"{value} is not null"]
    if "title" in grains:
        kept.append(f"g_title = {binder.bind(group)}")
    inside = "f.first_month >= s.lo and f.last_month <= s.hi"
    if a.function == "last":
        inside = "f.last_month >= s.lo and f.last_month <= s.hi"
    if register:
        inside = "f.from_month <= s.hi" + (" and f.to_month > s.hi" if facts.table == ORGANISATION else "")
    joined = f"(select * from spans) s join ({rows}) f on {inside}"
    joined = titles.flagged(joined, "s.hi" if register else "f.last_month", "s.lo, s.hi, f.*")
    named = {c.name for c in told}
    shown = [c if c in named else "null" for c in ("period", "title", "person", "valid_from", "valid_to")]
    order = " qualify row_number() over (partition by firm order by last_month desc, fact desc) = 1"
    sql = (
        f"select fact, firm, {', '.join(f'{s} as c{i}' for i, s in enumerate(shown))}, {amount} as amount "
        f"from ({joined}) where {' and '.join(kept) or 'true'}{order if a.function == 'last' else ''}"
    )
    sql = f"select w.fact, w.firm, coalesce(o.name, ''), c0, c1, c2, c3, c4, amount from ({sql}) w left join org o using (firm)"
    return Statement(sql, binder.values, ())


_STANDING_TOLD = (
    Column("title", "text"),
    Column("person", "text"),
    Column("valid_from", "date"),
    Column("valid_to", "date"),
)
