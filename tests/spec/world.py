"""A small zone for the reference tests: facts in a few lines, every question asked of both engines.

`World.ask` requires that the fast engine and the oracle give the same points, then returns them.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

import duckdb

from quanyu.measures import query
from quanyu.measures.engines import reference
from quanyu.measures.engines.duckdb import run
from quanyu.measures.formula import Measure
from quanyu.measures.periods import Period, month_index
from quanyu.measures.points import Point
from quanyu.measures.source import Source
from quanyu.registry.model import Column, Contract, Form, Indicator, Label, Plan, Registry, TitleKind, Unit
from quanyu.registry.problem import Place

HERE = Place("test/test.yaml", 1)
UNITS = {
    "yuan": ("元", "money", "1"),
    "thousand_yuan": ("千元", "money", "1000"),
    "wan_yuan": ("万元", "money", "10000"),
    "yi_yuan": ("亿元", "money", "100000000"),
    "ratio": ("", "share", "1"),
    "percent": ("%", "share", "0.01"),
    "permille": ("‰", "share", "0.001"),
    "firm": ("家", "count:firm", "1"),
    "piece": ("件", "count:piece", "1"),
    "person": ("人", "count:person", "1"),
    "wan_person": ("万人", "count:person", "10000"),
    "piece_per_wan_person": ("件/万人", "count:piece/count:person", "0.0001"),
    "thousand_yuan_per_person": ("千元/人", "money/count:person", "1000"),
}
CONTRACTS = {
    "monthly_rd": (
        "report:qy101",
        {
            "rd": "integer thousand_yuan",
            "revenue": "integer thousand_yuan",
            "spent": "decimal wan_yuan",
            "staff": "integer person",
            "branch": "text",
        },
    ),
    "zone_economy": ("report:tj01", {"gdp": "integer wan_yuan", "industrial": "integer wan_yuan"}),
    "zone_society": ("report:tj02", {"population": "integer person"}),
    "published": ("report:published", {"quantity": "text", "published_value": "decimal", "published_unit": "text"}),
    "standing": (
        "standing",
        {"title": "text", "level": "text", "person": "text", "valid_from": "date", "valid_to": "date"},
    ),
    "organisation": ("organisation", {"name": "text", "code": "text", "kind": "text"}),
}
FORMS = {"qy101": ("month", "above_scale"), "tj01": ("quarter", ""), "tj02": ("year", "")}
TITLES = {"above_scale": (), "high_tech": (), "patent": ("invention", "utility"), "talent": ("a", "b")}
SQL_TYPE = {"integer": "BIGINT", "decimal": "DECIMAL(38,6)", "text": "VARCHAR", "date": "DATE"}
REPORT = (
    "report BIGINT, firm BIGINT, period VARCHAR, first_month INTEGER, last_month INTEGER, filed_on DATE, late BOOLEAN"
)
KEYS = {
    "standing": "standing BIGINT, firm BIGINT, known_from DATE, known_to DATE",
    "organisation": "firm BIGINT, area VARCHAR, industry VARCHAR, size VARCHAR",
}


def registry(*indicators: Indicator) -> Registry:
    """Units, contracts, forms and titles of the tests' zone, a plan for 2021—2025, and these indicators."""
    return Registry(
        digest="0" * 64,
        packages=("test",),
        units={k: Unit(k, Label(zh), d, Decimal(f), 2, HERE) for k, (zh, d, f) in UNITS.items()},
        contracts={
            key: Contract(key, Label(key), HERE, provider, {n: _column(n, what) for n, what in columns.items()})
            for key, (provider, columns) in CONTRACTS.items()
        },
        forms={k: Form(k, Label(k), HERE, period, (), reporters=title) for k, (period, title) in FORMS.items()},
        titles={k: TitleKind(k, Label(k), HERE, levels=levels) for k, levels in TITLES.items()},
        plans={
            "plan": Plan("plan", Label("plan"), HERE, dt.date(2021, 1, 1), dt.date(2025, 12, 31), Label("zone"), ())
        },
        indicators={i.key: i for i in indicators},
    )


def _column(name: str, what: str) -> Column:
    kind, _, unit = what.partition(" ")
    return Column(name, Label(name), kind, unit)


def measure(formula: str, unit: str = "thousand_yuan", window: str = "month", frequency: str = "month") -> Measure:
    """A formula that must be acceptable, as a measure."""
    found = query.parse(formula, registry(), unit, window, frequency, key="it")
    assert isinstance(found, Measure), "\n".join(map(str, found))
    return found


def refusal(formula: str, unit: str = "thousand_yuan") -> str:
    """The code of the one problem that a formula must have."""
    found = query.parse(formula, registry(), unit)
    assert isinstance(found, list), found
    assert len(found) == 1 and found[0].message and found[0].mood == "wrong"
    return found[0].code


class World:
    """Facts, table by table; each method adds a few."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.tables: dict[str, list[dict[str, object]]] = {t: [] for t in CONTRACTS}
        self.number = 0
        self.frozen: tuple[int, Source] | None = None

    def firm(
        self, firm: int, area: str = "east", industry: str = "39", size: str = "small", kind: str = "enterprise"
    ) -> None:
        row = {"firm": firm, "name": f"示例企业{firm}", "code": "", "kind": kind}
        self.tables["organisation"].append(row | {"area": area, "industry": industry, "size": size})

    def report(
        self,
        table: str,
        firm: int,
        period: str,
        known_from: str = "2020-01-01",
        known_to: str | None = None,
        **cells: object,
    ) -> int:
        self.number += 1
        p = Period.parse(period)
        fixed = {
            "report": self.number,
            "firm": firm,
            "period": period,
            "first_month": p.first_month,
            "last_month": p.last_month,
        }
        known = {
            "filed_on": _date(known_from),
            "late": False,
            "known_from": _date(known_from),
            "known_to": _date(known_to),
        }
        blank: dict[str, object] = dict.fromkeys(CONTRACTS[table][1])
        self.tables[table].append(fixed | known | blank | {k: _cell(v) for k, v in cells.items()})
        return self.number

    def title(
        self,
        firm: int,
        title: str,
        since: str,
        until: str | None = None,
        level: str = "",
        person: str = "",
        known_from: str = "2000-01-01",
        known_to: str | None = None,
    ) -> None:
        self.number += 1
        row = {"standing": self.number, "firm": firm, "title": title, "level": level, "person": person}
        dates = {"valid_from": since, "valid_to": until, "known_from": known_from, "known_to": known_to}
        self.tables["standing"].append(row | {k: _date(v) for k, v in dates.items()})

    def ask(
        self,
        asked: Measure | Iterable[Measure],
        *periods: str,
        grains: tuple[str, ...] = ("zone",),
        as_of: str | None = None,
        where: Mapping[str, object] | None = None,
    ) -> list[Point]:
        """The points of measures in these periods, after requiring both engines to agree on every one of them."""
        measures = [asked] if isinstance(asked, Measure) else list(asked)
        spans = [Period.parse(p) for p in periods]
        question = {"grains": grains, "as_of": _date(as_of), "where": where}
        slow = reference.run(measures, self.tables, spans, **question)
        fast = run(measures, self.source(), spans, threads=1, **question)
        assert sorted(fast, key=repr) == sorted(slow, key=repr)
        return fast

    def value(self, formula: str, unit: str, period: str, window: str = "month", **question: object) -> Decimal | None:
        (point,) = self.ask(measure(formula, unit, window), period, **question)
        return point.value

    def by_group(
        self, formula: str, unit: str, grain: str, period: str, window: str = "month", **question: object
    ) -> dict[str, object]:
        points = self.ask(measure(formula, unit, window), period, grains=(grain,), **question)
        return {p.group: p.value for p in points}

    def source(self) -> Source:
        """The facts written as a snapshot is: Parquet parts and a manifest."""
        if self.frozen is None or self.frozen[0] != sum(map(len, self.tables.values())):
            self.frozen = (sum(map(len, self.tables.values())), freeze(self.home, self.tables))
        return self.frozen[1]


def freeze(home: Path, tables: Mapping[str, list[dict[str, object]]]) -> Source:
    """Write tables as Parquet parts, one per period (reports), title (standings) or one in all."""
    manifest: dict[str, dict[str, object]] = {}
    with duckdb.connect(":memory:") as db:
        for table, rows in tables.items():
            columns = [
                c.strip().split(" ") for c in KEYS.get(table, REPORT + ", known_from DATE, known_to DATE").split(",")
            ]
            columns += [[n, SQL_TYPE[what.split(" ")[0]]] for n, what in CONTRACTS[table][1].items()]
            db.execute(f"create table {table} ({', '.join(f'{n} {t}' for n, t in columns)})")
            if rows:
                marks = ", ".join("?" * len(columns))
                db.executemany(f"insert into {table} values ({marks})", [[row[n] for n, _ in columns] for row in rows])
            by = {"standing": "title", "organisation": "''"}.get(table, "period")
            parts = []
            for (part,) in db.execute(f"select distinct {by} from {table} order by 1").fetchall():
                file = f"store/{table}/{part}.parquet".replace("/", "-", 0)
                (home / "store" / table).mkdir(parents=True, exist_ok=True)
                file = f"store/{table}/{str(part).replace('/', '_')}.parquet"
                selected = f"select * from {table} where {by} = '{part}'"
                db.execute(f"copy ({selected}) to '{home / file}' (format parquet)")
                count = db.execute(f"select count(*) from ({selected})").fetchone()[0]
                parts.append({"part": part, "file": file, "rows": count, "digest": ""})
            manifest[table] = {"rows": len(rows), "parts": parts}
    return Source(home, {"digest": json.dumps(manifest), "tables": manifest})


def _date(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


def _cell(value: object) -> object:
    return Decimal(value) if isinstance(value, str) and value.replace(".", "").lstrip("-").isdigit() else value


def month(text: str) -> int:
    return month_index(dt.date.fromisoformat(f"{text}-01"))
