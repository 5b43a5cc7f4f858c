# ruff: noqa: S608  the text is built from checked identifiers, whole numbers and placeholders; values are bound
"""The few SQL statements of the fast engine, as text.

Each statement reads one contract once, adds it up per form period and finest group, rolls that small table up to the
groups asked, and only then lays the windows on it. What cannot be added over time is first turned into rows that can:
`last` knows until when a row stays the latest, `count(distinct firm)` since when its firm was counted.
A result row is (period number, grain, group, one whole number per slot).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quanyu.measures.compile import Binder, name, timed, wide
from quanyu.measures.formula import Aggregate, Column, Expectation, Moment, Node, timeless
from quanyu.measures.source import ORGANISATION, STANDING

from quanyu.measures.relation import (  # isort: skip
    DIMENSIONS, FOREVER, Facts, Slot, Statement, Titles, asked, group_key, grouped, held, islands, laid, relation,
    roller, row_binder,
)  # fmt: skip

INSIDE = "r.first_month >= s.lo and r.last_month <= s.hi"


# --- reports --------------------------------------------------------------------------------------------------------


def additive(facts: Facts, slots: Sequence[Slot], expects: Sequence[Expectation], grains: Sequence[str]) -> Statement:
    """Sums, counts, extremes and the number of reports on hand, of one contract."""
    titles = Titles()
    binder = row_binder(titles)
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
            value = f"{roller(c)}(r.{c}) {over}"
            final.append(f"case when sum(r.n) {over} > 0 then {value} end" if s.what.function == "count" else value)
        else:
            c = f"e_{expects.index(s.what)}" if isinstance(s.what, Expectation) else "n"
            final.append(f"sum(r.{c}) {over}")
    rows = relation(facts, [n for a in wanted for n in (a.operand, a.where)], grains, binder)
    rows = titles.flagged(f"({rows}) f", "f.last_month")
    sql = laid(rows, grains, ("first_month", "last_month"), sums, slots, final, INSIDE)
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
    number = binder.number(a.operand)[0]
    return f"{a.function}({wide(number) if a.function == 'sum' else number}){over}"


def latest(facts: Facts, slots: Sequence[Slot], grains: Sequence[str]) -> Statement:
    """last(x): each row is the latest of its organisation until the next row that says x; so it can be added up."""
    titles = Titles()
    binder = row_binder(titles)
    wanted = _aggregates(slots)
    rows = relation(facts, [n for a in wanted for n in (a.operand, a.where)], grains, binder)
    values = []
    for i, a in enumerate(wanted):
        assert a.operand is not None
        value = wide(binder.number(a.operand)[0])
        values.append(f"{f'case when {binder.condition(a.where)} then {value} end' if a.where else value} as v_{i}")
    dims = [f"g_{g}" for g in grains if g != "zone"]
    rows = titles.flagged(f"({rows}) f", "f.last_month")
    given = f"select firm, fact, last_month, {', '.join([*dims, *values])} from ({rows})"
    order = f"over (partition by {', '.join(['firm', *(d for d in dims if d == 'g_title')])} order by last_month, fact)"
    nexts = [
        f"coalesce(lead(case when v_{i} is not null then last_month end ignore nulls) {order}, {FOREVER}) as x_{i}"
        for i in range(len(wanted))
    ]
    reach = f"select *, {', '.join(nexts)} from ({given})"
    keys = ("last_month", *(f"x_{i}" for i in range(len(wanted))))
    reached = "sum(r.v_{0}) filter (where s.kind = {1} and r.x_{0} > s.hi)"
    final = [reached.format(wanted.index(s.what), s.kind) for s in slots if isinstance(s.what, Aggregate)]
    sums = {f"v_{i}": f"sum(v_{i})" for i in range(len(wanted))}
    inside = "r.last_month >= s.lo and r.last_month <= s.hi"
    return Statement(laid(reach, grains, keys, sums, slots, final, inside), binder.values, tuple(slots))


def distinct_firms(facts: Facts, slots: Sequence[Slot], grains: Sequence[str]) -> Statement:
    """count(distinct firm) over reports: a row counts where its firm's row before it lies before the window."""
    titles = Titles()
    binder = row_binder(titles)
    wanted = _aggregates(slots)
    rows = relation(facts, [a.where for a in wanted], grains, binder)
    conditions = [binder.condition(a.where) if a.where else "true" for a in wanted]
    flags = [f"coalesce({c}, false) as b_{i}" for i, c in enumerate(conditions)]
    dims = [f"g_{g}" for g in grains if g != "zone"]
    rows = titles.flagged(f"({rows}) f", "f.last_month")
    given = f"select firm, fact, first_month, last_month, {', '.join([*dims, *flags])} from ({rows})"
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
    return Statement(laid(reach, grains, keys, sums, slots, final, INSIDE), binder.values, tuple(slots))


def plain_reading(facts: Facts, slot: Slot, grains: Sequence[str]) -> Statement:
    """Any count, by joining every row to every window it lies in: the general way, for what has no quicker one."""
    a = slot.what
    assert isinstance(a, Aggregate)
    register = facts.table in (STANDING, ORGANISATION)
    titles = Titles()
    binder = row_binder(titles, "w")
    binder.moments = {"valid": "(to_month > hi)", "started": "(from_month >= lo)"}
    rows = relation(facts, [a.operand, a.where], grains, binder)
    what = "*" if a.operand is None else _counted(a.operand, binder)
    kept = f"filter (where {binder.condition(a.where)})" if a.where is not None else ""
    count = f"count({'distinct ' if a.distinct else ''}{what}) {kept}"
    inside = "f.first_month >= s.lo and f.last_month <= s.hi"
    if register:
        inside = "f.from_month <= s.hi" + (" and f.to_month > s.hi" if facts.table == ORGANISATION else "")
    labels, group_by = grouped(grains, ("period",))
    joined = f"(select * from spans where kind = {slot.kind}) s join ({rows}) f on {inside}"
    joined = titles.flagged(joined, "s.hi" if register else "f.last_month", "s.period, s.lo, s.hi, f.*")
    return Statement(f"select period, {labels}, {count} from ({joined}) {group_by}", binder.values, (slot,))


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
    binder = row_binder()
    wanted = _aggregates(slots)
    base = relation(facts, [n for a in wanted for n in (a.operand, a.where)], grains, binder)
    dims = [f"g_{g}" for g in grains if g != "zone"]
    columns, parts, sums = ", ".join(["from_month", "to_month", *dims]), [], {}
    for i, a in enumerate(wanted):
        static = " and ".join([binder.condition(c) for c in timeless(a.where)] or ["true"])
        sums[f"a_{i}"] = f"count(*) filter (where which = {i})"
        if a.distinct:
            end = "to_month" if timed(a) or facts.table == ORGANISATION else f"{FOREVER} as to_month"
            inner = f"select {', '.join(['firm', 'from_month', end, *dims])} from base where {static}"
            merged = islands(inner, ", ".join(["firm", *dims]))
            parts.append(f"select {i} as which, {columns} from ({merged})")
        else:
            static += "" if a.operand is None else f" and {_counted(a.operand, binder)} is not null"
            parts.append(f"select {i} as which, {columns} from base where {static}")
    final = []
    for s in slots:
        assert isinstance(s.what, Aggregate)
        conditions = [f"s.kind = {s.kind}", *(binder.condition(c) for c in timed(s.what))]
        if facts.table == ORGANISATION:
            conditions.append("r.to_month > s.hi")
        final.append(f"sum(r.a_{wanted.index(s.what)}) filter (where {' and '.join(conditions)})")
    rows, inside = " union all ".join(parts), "r.from_month <= s.hi"
    sql = laid(rows, grains, ("from_month", "to_month"), sums, slots, final, inside)
    sql = sql.replace("with rows", f"with base as materialized ({base}), rows", 1)
    return Statement(sql, binder.values, tuple(slots))


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
    expectation: Expectation, slots: Sequence[Slot], grains: Sequence[str], where: Mapping[str, object],
    months: tuple[int, int],
) -> Statement:  # fmt: skip
    """How many reports there should be: holders of the title at the end of each form period in the window."""
    binder = Binder()
    keys = [group_key(d) for d in DIMENSIONS if d in grains]
    join = ""
    if "title" in grains:
        join = f"join islands h on {held('h', 'q.range')} and not coalesce(o.department, false)"
        keys.append("h.title as g_title")
    wanted = [f"(q.range + 1) % {expectation.months} = 0", f"f.title = {binder.bind(expectation.title)}"]
    rows = (
        f"select {', '.join(['q.range as last_month', *keys])} from islands f "
        f"join range({months[0]}, {months[1] + 1}) q on f.from_month <= q.range and f.to_month > q.range "
        f"left join org o on o.firm = f.firm {join} where {' and '.join([*wanted, *asked(where, binder)])}"
    )
    final = [f"sum(r.n) filter (where s.kind = {s.kind})" for s in slots]
    inside = f"r.last_month - {expectation.months - 1} >= s.lo and r.last_month <= s.hi"
    sql = laid(rows, grains, ("last_month",), {"n": "count(*)"}, slots, final, inside)
    return Statement(sql, binder.values, tuple(slots))


def feeding(facts: Facts, a: Aggregate, grains: Sequence[str], group: str) -> Statement:
    """The rows that feed one aggregate in the one span laid out.

    Each says fact, firm, name, period, title, person, from, to, amount. Unsorted; the amount is a whole
    number with the aggregate's scale, 1 for what is counted.
    """
    register = facts.table in (STANDING, ORGANISATION)
    titles = Titles()
    binder = row_binder(titles, "w")
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
    told_of = "w.fact, w.firm, coalesce(o.name, '') as name, c0, c1, c2, c3, c4, amount"
    return Statement(f"select {told_of} from ({sql}) w left join org o using (firm)", binder.values, ())


_STANDING_TOLD = (
    Column("title", "text"), Column("person", "text"), Column("valid_from", "date"), Column("valid_to", "date"),
)  # fmt: skip
