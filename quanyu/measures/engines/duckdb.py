# ruff: noqa: S608  the text is built from checked identifiers, whole numbers and placeholders; values are bound
"""The fast engine: figures from the Parquet parts of a snapshot, by DuckDB in memory, exact to the last digit.

One connection per question, no extensions, no files written. `statements` has the SQL; here it is run, and the whole
numbers that come back are turned into points by the closures of `compile`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import duckdb

from quanyu.measures import statements
from quanyu.measures.compile import Binder, figure_of, name, scale_of
from quanyu.measures.formula import Aggregate, Column, Expectation, Holds, Measure, walk, window_of
from quanyu.measures.periods import Period
from quanyu.measures.points import DEFAULT_GRAINS, Contribution, Point, check_question, plain
from quanyu.measures.relation import FOREVER, Facts, Slot, Statement, asked, islands, known
from quanyu.measures.source import DEPARTMENT, ORGANISATION, STANDING, Source

Key = tuple[int, str, str]
Kind = tuple[str, int]
MEMORY = "1GB"
ONE = Decimal(1)
REGISTER_COLUMNS = ("title", "level", "person", "valid_from", "valid_to", "name", "code", "kind")


def run(
    measures: Sequence[Measure], source: Source, periods: Sequence[Period] | Mapping[str, Sequence[Period]],
    grains: Sequence[str] = DEFAULT_GRAINS, as_of: dt.date | None = None, where: Mapping[str, object] | None = None,
    threads: int | None = None,
) -> list[Point]:  # fmt: skip
    """Every measure in every period (or the periods of its own frequency, where a mapping is given), group by group.

    The zone always gets a point; another group only when there is some fact for it.
    """
    check_question(tuple(grains), where)
    with _Desk(source, as_of, where or {}, threads) as desk:
        return _Run(desk, measures, periods, tuple(dict.fromkeys(grains))).points()


def rows(source: Source, table: str, columns: Sequence[str], as_of: dt.date | None = None) -> list[dict[str, Any]]:
    """The reports of one contract as known on a day, in the order of their ids: key columns and the columns named."""
    with _Desk(source, as_of, {}, None) as desk:
        facts = desk.facts(table)
        if not facts.files or not facts.has.issuperset(columns):
            return []
        binder = Binder()
        chosen = ["report", "firm", "period", *(name(c) for c in columns)]
        files, wanted = binder.bind(facts.files), known(facts, binder)
        origin = f"read_parquet({files}, union_by_name=true) f"
        sql = f"select {', '.join(chosen)} from {origin} where {wanted[0]} order by report"
        named = ["report", "firm", "period", *columns]
        return [dict(zip(named, row, strict=True)) for row in desk.ask(sql, binder.values)]


def contributors(
    measure: Measure, source: Source, period: Period, as_of: dt.date | None = None, grain: str = "zone",
    group: str = "", limit: int = 50, offset: int = 0,
) -> tuple[int, list[Contribution]]:  # fmt: skip
    """How many facts feed a point, and a page of them: aggregate by aggregate in the formula's order, biggest first."""
    where: dict[str, object] = {} if grain in ("zone", "title") else {grain: group}
    check_question([grain], where)
    total, page = 0, list[Contribution]()
    with _Desk(source, as_of, where, None) as desk:
        question = _Run(desk, [measure], [period], (grain,))
        question.lay_out()
        for aggregate in measure.aggregates:
            kind = question.window(measure, aggregate)
            lo, hi = question.spans[0, kind]
            desk.db.execute("create or replace temp table spans as select $lo as lo, $hi as hi", {"lo": lo, "hi": hi})
            by = [grain] if grain == "title" else []
            found = statements.feeding(question.facts(aggregate.contract), aggregate, by, group)
            desk.db.execute(f"create or replace temp table feeding as {found.sql}", dict(found.values))
            here = desk.ask("select count(*) from feeding", {})[0][0]
            if len(page) < limit and offset < total + here:
                cut = {"n": limit - len(page), "skip": max(0, offset - total)}
                scale = Decimal(1).scaleb(-scale_of(aggregate))
                ordered = "select * from feeding order by abs(amount) desc, fact, firm limit $n offset $skip"
                for fact, firm, whose, spell, title, person, since, until, amount in desk.ask(ordered, cut):
                    page.append(
                        Contribution(
                            aggregate=aggregate.text, contract=aggregate.contract, fact=fact, firm=firm, name=whose,
                            period=spell or "", title=title or "", person=person or "", since=since, until=until,
                            amount=plain(amount * scale),
                        )
                    )  # fmt: skip
            total += here
    return total, page


class _Desk:
    """A connection with the register laid out: `org`, `standings` as known on the day, `islands` of held titles."""

    def __init__(self, source: Source, as_of: dt.date | None, where: Mapping[str, object], threads: int | None) -> None:
        self.source, self.as_of, self.where = source, as_of, where
        self.db = duckdb.connect(":memory:")
        self.db.execute("SET enable_progress_bar=false; SET autoload_known_extensions=false")
        self.db.execute(f"SET memory_limit='{MEMORY}'; SET preserve_insertion_order=false")
        if threads:
            self.db.execute(f"SET threads={int(threads)}")
        self._register()

    def __enter__(self) -> _Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    def ask(self, sql: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        return self.db.execute(sql, dict(values)).fetchall()

    def facts(self, table: str) -> Facts:
        files = self.source.files(table)
        has: set[str] = set()
        if files:
            described = self.ask("describe select * from read_parquet($files, union_by_name=true)", {"files": files})
            has = {row[0] for row in described}
        return Facts(table, files, has, self.where, self.as_of)

    def _register(self) -> None:
        files = self.source.files(ORGANISATION)
        columns = "firm name code kind area industry size"
        origin = "read_parquet($files, union_by_name=true)" if files else _empty(columns)
        department = f"coalesce(kind, '') = '{DEPARTMENT}' as department"
        made = f"create temp table org as select *, {department} from {origin}"
        self.db.execute(made, {"files": files} if files else {})
        facts = Facts(STANDING, self.source.files(STANDING), set(), {}, self.as_of)
        binder = Binder()
        wanted = " and ".join(known(Facts("", [], set(), {}, self.as_of), binder))
        columns = "standing firm title level person valid_from valid_to known_from known_to"
        origin = f"read_parquet({binder.bind(facts.files)}, union_by_name=true)" if facts.files else _empty(columns)
        month = "(year({0}) * 12 + month({0}) - 1)"
        self.db.execute(
            f"create temp table standings as select *, {month.format('valid_from')} as from_month, "
            f"coalesce({month.format('valid_to')}, {FOREVER}) as to_month from {origin} f where {wanted}",
            binder.values,
        )

    def hold(self, titles: Sequence[str] | None) -> None:
        """Lay out when each organisation held the titles named (None: any title), without overlaps."""
        kept = "true" if titles is None else "title in (select unnest($titles))"
        inner = f"select title, firm, from_month, to_month from standings where {kept}"
        values = {} if titles is None else {"titles": list(titles)}
        self.db.execute(f"create temp table islands as {islands(inner, 'title, firm')}", values)


def _empty(columns: str) -> str:
    types = {"firm": "BIGINT", "standing": "BIGINT"}
    types |= dict.fromkeys(("valid_from", "valid_to", "known_from", "known_to"), "DATE")
    typed = ", ".join(f"null::{types.get(c, 'VARCHAR')} as {c}" for c in columns.split())
    return f"(select {typed} where false)"


class _Run:
    """One run: which slots the measures need, the statements that fill them, the points made of them."""

    def __init__(
        self, desk: _Desk, measures: Sequence[Measure], periods: Sequence[Period] | Mapping[str, Sequence[Period]],
        grains: tuple[str, ...],
    ) -> None:  # fmt: skip
        self.desk, self.measures, self.grains = desk, measures, grains
        self.periods_of = {
            m.key: tuple(periods.get(m.frequency, ()) if isinstance(periods, Mapping) else periods) for m in measures
        }
        self.numbers: dict[Period, int] = {}
        self.kinds: dict[Kind, int] = {}
        self.spans: dict[tuple[int, int], tuple[int, int]] = {}
        self.slots: dict[Slot, int] = {}
        self.opens: dict[Aggregate, int | None] = {}
        self.cells: dict[Key, list[int | None]] = {}
        for measure in measures:
            self._need(measure)

    # --- what is needed --------------------------------------------------------------------------------------------

    def _need(self, measure: Measure) -> None:
        for aggregate in measure.aggregates:
            self._slot("value", aggregate, self.window(measure, aggregate))
        for expectation in measure.expects:
            self._slot("filed", expectation, self.window(measure))
            self._slot("due", expectation, self.window(measure))
        if not measure.expects:
            for table in measure.tables:
                if table not in (STANDING, ORGANISATION):
                    self._slot("rows", table, self.window(measure))

    def _slot(self, role: Any, what: Aggregate | Expectation | str, kind: int) -> None:
        self.slots.setdefault(Slot(role, what, kind), len(self.slots))

    def window(self, measure: Measure, aggregate: Aggregate | None = None) -> int:
        """The number of the window that an aggregate of a measure reads, with its spans for the measure's periods."""
        ever = measure.window == "point" and aggregate is not None and aggregate.function == "last"
        window = "ever" if ever else "month" if measure.window == "point" else measure.window
        kind = self.kinds.setdefault((window, measure.plan_start if window == "plan" else 0), len(self.kinds))
        for period in self.periods_of[measure.key]:
            number = self.numbers.setdefault(period, len(self.numbers))
            lo, hi = window_of(measure.window, period.first_month, period.last_month, measure.plan_start)
            self.spans[number, kind] = (0 if ever else lo, hi)
        return kind

    # --- what is asked ---------------------------------------------------------------------------------------------

    def lay_out(self) -> None:
        """The tables `spans` and `islands` that the statements join."""
        table = [(p, k, lo, hi) for (p, k), (lo, hi) in self.spans.items()]
        self.desk.db.execute("create temp table spans (period INTEGER, kind INTEGER, lo INTEGER, hi INTEGER)")
        self.desk.db.execute(
            "insert into spans select unnest($p), unnest($k), unnest($lo), unnest($hi)",
            {n: [row[i] for row in table] for i, n in enumerate(("p", "k", "lo", "hi"))},
        )
        titles = {e.title for m in self.measures for e in m.expects}
        titles |= {n.title for m in self.measures for a in m.aggregates for n in walk(a) if isinstance(n, Holds)}
        self.desk.hold(None if "title" in self.grains else sorted(titles))

    def facts(self, table: str) -> Facts:
        if table in (STANDING, ORGANISATION):
            return Facts(table, [], set(REGISTER_COLUMNS), self.desk.where, self.desk.as_of)
        return self.desk.facts(table)

    def points(self) -> list[Point]:
        if not self.spans:
            return []
        self.lay_out()
        passes = [g for g in (tuple(g for g in self.grains if g != "title"), ("title",)) if set(g) & set(self.grains)]
        for grains in passes:
            for statement in self._statements(grains):
                self._fill(statement)
        groups = [(grain, group) for grain in self.grains for group in self._groups(grain)]
        return [p for m in self.measures for p in self._points_of(m, groups)]

    def _statements(self, grains: tuple[str, ...]) -> list[Statement]:
        made = []
        tables = dict.fromkeys(_table(s) for s in self.slots if s.role != "due")
        for table in tables:
            facts = self.facts(table)
            mine = [s for s in self.slots if s.role != "due" and _table(s) == table]
            of = self._of_register if table in (STANDING, ORGANISATION) else _of_reports
            made += of(facts, mine, grains)
        low, high = min(lo for lo, _ in self.spans.values() if lo), max(hi for _, hi in self.spans.values())
        for expectation in dict.fromkeys(s.what for s in self.slots if s.role == "due"):
            assert isinstance(expectation, Expectation)
            mine = [s for s in self.slots if s.role == "due" and s.what == expectation]
            made.append(statements.due(expectation, mine, grains, self.desk.where, (low, high)))
        return made

    def _of_register(self, facts: Facts, slots: list[Slot], grains: tuple[str, ...]) -> list[Statement]:
        wanted = list(dict.fromkeys(s.what for s in slots if isinstance(s.what, Aggregate)))
        first = statements.opening(facts, wanted)
        self.opens |= dict(zip(wanted, self.desk.ask(first.sql, first.values)[0], strict=True))
        together = [s for s in slots if isinstance(s.what, Aggregate) and statements.separable(s.what)]
        made = [statements.register(facts, together, grains)] if together else []
        return made + [statements.plain_reading(facts, s, grains) for s in slots if s not in together]

    def _fill(self, statement: Statement) -> None:
        width = len(self.slots)
        places = [self.slots[s] for s in statement.slots]
        for period, grain, group, *values in self.desk.ask(statement.sql, statement.values):
            row = self.cells.get((period, grain, group))
            if row is None:
                row = self.cells[period, grain, group] = [None] * width
            for place, value in zip(places, values, strict=True):
                row[place] = value

    def _groups(self, grain: str) -> list[str]:
        if grain == "zone":
            return [""]
        binder = Binder()
        wanted = asked(self.desk.where, binder)
        if grain == "title":
            origin, column = "standings f left join org o on o.firm = f.firm", "f.title"
        else:
            origin = "org f join org o on o.firm = f.firm"
            column = "f.firm::VARCHAR" if grain == "firm" else f"coalesce(o.{grain}, '')"
            wanted.append("not o.department")
        sql = f"select distinct {column} as g from {origin} where {' and '.join(wanted) or 'true'} order by g"
        return [str(row[0]) for row in self.desk.ask(sql, binder.values)]

    # --- what comes out --------------------------------------------------------------------------------------------

    def _points_of(self, measure: Measure, groups: list[tuple[str, str]]) -> list[Point]:
        slots = {a: self.slots[Slot("value", a, self.window(measure, a))] for a in measure.aggregates}
        figure = figure_of(measure, slots)
        kind = self.window(measure)
        filed = [self.slots[Slot("filed", e, kind)] for e in measure.expects]
        due = [self.slots[Slot("due", e, kind)] for e in measure.expects]
        if not filed:
            tables = [t for t in measure.tables if t not in (STANDING, ORGANISATION)]
            filed = [self.slots[Slot("rows", t, kind)] for t in tables]
        counts = [(slot, self.opens[a]) for a, slot in slots.items() if a in self.opens]
        blank: list[int | None] = [None] * len(self.slots)
        key, made = measure.key, []
        for period in self.periods_of[key]:
            number = self.numbers[period]
            for grain, group in groups:
                row = self.cells.get((number, grain, group), blank)
                if counts:
                    row = list(row)
                    for slot, opens in counts:
                        row[slot] = (row[slot] or 0) if opens is not None and opens <= period.last_month else None
                value, top, bottom, state = figure(row)
                if grain == "zone" or state != "missing":
                    reports, expected = sum(row[s] or 0 for s in filed), sum(row[s] or 0 for s in due)
                    made.append(Point(key, grain, group, period, value, top, bottom, state, reports, expected))
        return made


def _table(slot: Slot) -> str:
    return slot.what if isinstance(slot.what, str) else slot.what.contract


def _of_reports(facts: Facts, slots: list[Slot], grains: tuple[str, ...]) -> list[Statement]:
    def kind(slot: Slot) -> str:
        a = slot.what
        if isinstance(a, Aggregate) and a.function == "last":
            return "last"
        if isinstance(a, Aggregate) and a.distinct:
            return "firms" if isinstance(a.operand, Column) and a.operand.name == "firm" else "plain"
        return "additive"

    by_kind: dict[str, list[Slot]] = {}
    for slot in slots:
        by_kind.setdefault(kind(slot), []).append(slot)
    made = []
    if simple := by_kind.get("additive"):
        expects = list(dict.fromkeys(s.what for s in simple if isinstance(s.what, Expectation)))
        made.append(statements.additive(facts, simple, expects, grains))
    if last := by_kind.get("last"):
        made.append(statements.latest(facts, last, grains))
    if firms := by_kind.get("firms"):
        made.append(statements.distinct_firms(facts, firms, grains))
    return made + [statements.plain_reading(facts, s, grains) for s in by_kind.get("plain", ())]
