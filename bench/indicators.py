"""All indicators at zone, park and industry grain: quanyu's engine beside hand-written DuckDB SQL and pandas.

29 measures (sums and ratios of the month and of the year to date, a trailing-year count of firms, a carried-forward
stock, titles held and newly granted) × 60 months × (zone, 6 parks, 31 industries), from 20,000 firms × 60 months × 25
fields in Parquet (`--quick`: 8,000 firms). Each tool in its own process; numerators, denominators, reports on hand and
reports due must be equal before anything is timed. Bars: at most 1.3 × the hand-written SQL, under 1.5 GB; time grows
no faster than the facts (log-log slope ≤ 1.05). `python -m bench.indicators [--quick]` exits 1 below a bar.
"""

import argparse
import json
import math
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
MONTHS, PAIRS, BAR, MEMORY_BAR, SLOPE_BAR = 60, 5, 1.3, 1536, 1.05
RATIOS = [
    ("rd_expense", "revenue"),
    ("new_product_revenue", "revenue"),
    ("hightech_revenue", "revenue"),
    ("export_revenue", "revenue"),
    ("rd_staff", "staff"),
    ("rd_labour", "rd_expense"),
    ("rd_outsourced", "rd_expense"),
]
SUMS = ["rd_expense", "tax_paid", "super_deduction", "rd_fixed_assets", "patents_applied"]
FIELDS = sorted({c for r in RATIOS for c in r} | set(SUMS))
OTHERS = {
    "active": ("count(distinct firm) filter (where rd_expense > 0)", "firm", "trailing_year"),
    "staff": ("last(staff)", "person", "year"),
    "high_tech": ("count(distinct firm) filter (where title = 'high_tech' and valid)", "firm", "point"),
    "invention": ("count(*) filter (where title = 'patent' and level = 'invention' and valid)", "piece", "point"),
    "granted": ("count(*) filter (where title = 'patent' and started)", "piece", "year"),
}
GRAINS = ("zone", "area", "industry")


def answer_quanyu(source):
    from bench.zone import FIRST
    from quanyu.measures import query
    from quanyu.measures.engines.duckdb import run
    from quanyu.measures.periods import Period
    from quanyu.registry.load import load

    registry, problems = load(ROOT / "packages", ["core"])
    assert not problems, problems
    asked = [(f"{a}/{b}", f"sum({a}) / sum({b})", "percent") for a, b in RATIOS]
    asked += [(a, f"sum({a})", "piece" if a == "patents_applied" else "wan_yuan") for a in SUMS]
    measures = [query.parse(f, registry, u, w, key=f"{k} {w}") for k, f, u in asked for w in ("month", "year")]
    measures += [query.parse(f, registry, u, w, key=k) for k, (f, u, w) in OTHERS.items()]
    periods = [Period.of_month(FIRST + i) for i in range(MONTHS)]
    began = time.perf_counter()
    points = run(measures, source, periods, GRAINS)
    took = time.perf_counter() - began
    return took, lambda: {
        (p.measure, p.grain, p.group, p.period.last_month): (
            None if p.numerator is None else int(p.numerator),
            None if p.denominator is None else int(p.denominator),
            p.reports,
            p.expected,
        )
        for p in points
        if p.state != "missing"
    }


SQL = """
-- twelve months of reports are due at the first month, hence - 11
with months as (select range::INTEGER as month from range({first} - 11, {last})),
org as (from read_parquet($organisation)),
title as (
  select firm, title, level, year(valid_from) * 12 + month(valid_from) - 1 as since,
    coalesce(year(valid_to) * 12 + month(valid_to) - 1, 999999) as until
  from read_parquet($standing) where known_to is null),
rd as (
  select firm, last_month as month, area, industry, {fields}
  from read_parquet($monthly_rd) join org using (firm) where known_to is null),
monthly as (
  select month, {grain}, {sums}, count(*) as reports
  from rd group by grouping sets ((month), (month, area), (month, industry))),
-- a firm-month grid, so that a month without a report still sees the months before it
grid as (select firm, month, area, industry from org cross join months where month >= {first}),
seen as (
  select month, area, industry,
    last_value(staff ignore nulls) over (partition by firm, month // 12 order by month) as held_staff,
    max(rd_expense) over (partition by firm order by month range between 11 preceding and current row) > 0 as active
  from grid left join rd using (firm, month, area, industry)),
carried as (
  select month, {grain}, sum(held_staff) as held_staff, count(*) filter (where active) as active
  from seen group by grouping sets ((month), (month, area), (month, industry))),
held as (
  select month, {grain}, count(distinct firm) filter (where title = 'high_tech' and until > month) as high_tech,
    count(distinct firm) filter (where title = 'above_scale' and until > month) as due,
    count(*) filter (where title = 'patent' and level = 'invention' and until > month) as invention,
    count(*) filter (where title = 'patent' and since >= month - month % 12) as granted
  from title join months on since <= month join org using (firm)
  group by grouping sets ((month), (month, area), (month, industry))),
filed as (
  select month, {grain}, count(*) as filed
  from (from rd semi join title
    on rd.firm = title.firm and title.title = 'above_scale' and since <= month and until > month)
  group by grouping sets ((month), (month, area), (month, industry))),
whole as (
  select * from held full join monthly using (month, grain, grp) full join carried using (month, grain, grp)
    left join filed using (month, grain, grp)),
windows as (
  select month, grain, grp, {columns}, {to_date}, held_staff, active, high_tech, invention, granted, filed, due,
    sum(filed) over this_year as filed_year, sum(due) over this_year as due_year,
    sum(filed) over twelve as filed_twelve, sum(due) over twelve as due_twelve
  from whole
  window this_year as (partition by grain, grp, month // 12 order by month),
    twelve as (partition by grain, grp order by month range between 11 preceding and current row))
select month, grain, grp, {figures}, active, held_staff, high_tech, invention, granted, filed, due,
  filed_year, due_year, filed_twelve, due_twelve from windows where month >= {first}
"""
GRAIN = """case
    when grouping(area) = 0 then 'area' when grouping(industry) = 0 then 'industry' else 'zone' end as grain,
    coalesce(area, industry, '') as grp"""


def figures_by_hand():
    """Measure key → (numerator, denominator, factor) over the columns of `windows`."""
    made = {}
    for window, tail in (("month", ""), ("year", "_year")):
        for a, b in RATIOS:
            made[f"{a}/{b} {window}"] = (a + tail, b + tail, 100)
        for a in SUMS:
            made[f"{a} {window}"] = (a + tail, None, 1 if a == "patents_applied" else 0.1)
    return made


def answer_sql(source):
    import duckdb

    from bench.zone import FIRST

    made = figures_by_hand()
    shown = [f"{n}, {d or '1'}, {n}{f'::DOUBLE / nullif({d}, 0)' if d else ''} * {f}" for n, d, f in made.values()]
    text = SQL.format(
        first=FIRST,
        last=FIRST + MONTHS,
        grain=GRAIN,
        fields=", ".join(FIELDS),
        columns=", ".join(FIELDS),
        sums=", ".join(f"sum({c}) as {c}" for c in FIELDS),
        figures=", ".join(shown),
        to_date=", ".join(f"sum({c}) over this_year as {c}_year" for c in FIELDS),
    )
    files = {t: source.files(t) for t in ("monthly_rd", "standing", "organisation")}
    began = time.perf_counter()
    with duckdb.connect(":memory:") as db:
        db.execute("set enable_progress_bar=false; set memory_limit='1GB'")
        rows = db.execute(text, files).fetchall()
    took = time.perf_counter() - began

    def told():
        answers = {}
        for month, grain, group, *values in rows:
            *_, active, staff, high_tech, invention, granted, filed, due, filed_y, due_y, filed_t, due_t = values
            for i, key in enumerate(made):
                filed_due = (filed_y, due_y) if key.endswith("year") else (filed, due)
                answers[key, grain, group, month] = (values[3 * i], values[3 * i + 1], *filed_due)
            answers["active", grain, group, month] = (active, 1, filed_t, due_t)
            answers["staff", grain, group, month] = (staff, 1, filed_y, due_y)
            for key, value in (("high_tech", high_tech), ("invention", invention), ("granted", granted)):
                answers[key, grain, group, month] = (value or 0, 1, 0, 0)
        return answers

    return took, told


def answer_pandas(source):
    import duckdb
    import pandas as pd

    from bench.zone import FIRST

    read = {
        "monthly_rd": ["firm", "last_month", *FIELDS],
        "standing": ["firm", "title", "level", "valid_from", "valid_to"],
        "organisation": ["firm", "area", "industry"],
    }
    began = time.perf_counter()
    with duckdb.connect(":memory:") as db:  # the reader only: pandas itself needs a further library to read Parquet
        frames = {
            t: db.execute(f"select {', '.join(c)} from read_parquet($f)", {"f": source.files(t)}).df()
            for t, c in read.items()
        }
    org = frames["organisation"]
    rd = frames["monthly_rd"].rename(columns={"last_month": "month"}).merge(org, on="firm")
    title = frames["standing"].merge(org, on="firm")
    title["since"] = title.valid_from.dt.year * 12 + title.valid_from.dt.month - 1
    title["until"] = (title.valid_to.dt.year * 12 + title.valid_to.dt.month - 1).fillna(999_999)
    months = range(FIRST, FIRST + MONTHS)

    def grouped(frame, how):
        parts = []
        for grain, keys in (("zone", ["month"]), ("area", ["month", "area"]), ("industry", ["month", "industry"])):
            part = how(frame.groupby(keys, observed=True)).reset_index()
            part["grain"], part["grp"] = grain, part[keys[1]] if len(keys) > 1 else ""
            parts.append(part.drop(columns=keys[1:]))
        return pd.concat(parts)

    key = ["month", "grain", "grp"]
    whole = grouped(rd, lambda g: g[FIELDS].sum())
    wide = rd.pivot(index="firm", columns="month", values=["staff", "rd_expense"])
    active = (wide["rd_expense"] > 0).T.rolling(12, min_periods=1).max().T
    staff = pd.concat(
        [wide["staff"][[m for m in months if m // 12 == y]].ffill(axis=1) for y in {m // 12 for m in months}], axis=1
    )
    seen = (
        active.stack()
        .rename("active")
        .to_frame()
        .join(staff.stack().rename("held_staff"))
        .reset_index()
        .merge(org, on="firm")
    )
    whole = whole.merge(grouped(seen, lambda g: g[["active", "held_staff"]].sum()), on=key)
    held = []
    for m in range(FIRST - 11, FIRST + MONTHS):  # twelve months of reports are due at the first
        now = title[title.since <= m].assign(month=m)
        on = now.until > m
        held.append(
            pd.DataFrame(
                {
                    "month": m,
                    "area": now.area,
                    "industry": now.industry,
                    "high_tech": (now.title == "high_tech") & on,
                    "due": (now.title == "above_scale") & on,
                    "invention": (now.title == "patent") & (now.level == "invention") & on,
                    "granted": (now.title == "patent") & (now.since >= m - m % 12),
                }
            )
        )
    titles = ["high_tech", "due", "invention", "granted"]
    whole = whole.merge(grouped(pd.concat(held), lambda g: g[titles].sum()), on=key, how="outer")
    filers = rd[["firm", "month", "area", "industry"]].merge(
        title[title.title == "above_scale"][["firm", "since", "until"]], on="firm"
    )
    filers = filers[(filers.since <= filers.month) & (filers.until > filers.month)]
    whole = whole.merge(
        grouped(filers, lambda g: g[["firm"]].count()).rename(columns={"firm": "filed"}), on=key, how="left"
    )
    whole = whole.fillna(0).sort_values(["grain", "grp", "month"]).reset_index(drop=True)
    whole["year"] = whole.month // 12
    to_date = whole.groupby(["grain", "grp", "year"])[[*FIELDS, "filed", "due"]].cumsum().add_suffix("_year")
    twelve = whole.groupby(["grain", "grp"])[["filed", "due"]].rolling(12, min_periods=1).sum().droplevel([0, 1])
    whole = pd.concat([whole, to_date, twelve.add_suffix("_twelve")], axis=1)
    made = figures_by_hand()
    for name, (n, d, f) in made.items():
        whole[name] = whole[n] / whole[d] * f if d else whole[n] * f
    whole = whole[whole.month >= FIRST]
    took = time.perf_counter() - began

    def told():
        answers = {}
        for row in whole.to_dict("records"):
            at = (row["grain"], row["grp"], row["month"])
            for name, (n, d, _) in made.items():
                tail = "_year" if name.endswith("year") else ""
                answers[name, *at] = (
                    int(row[n]),
                    int(row[d]) if d else 1,
                    int(row["filed" + tail]),
                    int(row["due" + tail]),
                )
            answers["active", *at] = (int(row["active"]), 1, int(row["filed_twelve"]), int(row["due_twelve"]))
            answers["staff", *at] = (int(row["held_staff"]), 1, int(row["filed_year"]), int(row["due_year"]))
            for name in ("high_tech", "invention", "granted"):
                answers[name, *at] = (int(row[name]), 1, 0, 0)
        return answers

    return took, told


TOOLS = {"quanyu": answer_quanyu, "sql": answer_sql, "pandas": answer_pandas}


def worker(tool: str, home: Path, firms: int, keep: str) -> None:
    from bench.zone import build

    took, told = TOOLS[tool](build(home, firms, MONTHS))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if keep:
        Path(keep).write_bytes(pickle.dumps(told()))
    print(json.dumps({"seconds": took, "peak": peak}))


def ask(tool: str, home: Path, firms: int, keep: Path | None = None) -> dict:
    command = [sys.executable, "-m", "bench.indicators", "--tool", tool, "--firms", str(firms), "--home", str(home)]
    done = subprocess.run([*command, "--keep", str(keep or "")], capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"{tool} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def same(home: Path, firms: int, tools: list[str]) -> None:
    """Every figure of every tool must be the same, or nothing is worth timing."""
    answers = {}
    for tool in tools:
        ask(tool, home, firms, home / f"{tool}.pickle")
        answers[tool] = pickle.loads((home / f"{tool}.pickle").read_bytes())
    ours = answers["quanyu"]
    for tool in tools[1:]:
        theirs = answers[tool]
        wrong = [k for k in ours if ours[k] != theirs.get(k)] + [k for k in theirs if k not in ours]
        if wrong:
            raise SystemExit(
                f"{tool} differs in {len(wrong)} of {len(ours)}, "
                f"e.g. {wrong[0]}: {ours.get(wrong[0])} / {theirs.get(wrong[0])}"
            )
    print(f"equal: {len(ours):,} figures by {', '.join(tools)} at {firms:,} firms")


def slope(home: Path, sizes: list[int], tries: int) -> float:
    times = []
    for firms in sizes:
        times.append(min(ask("quanyu", home, firms)["seconds"] for _ in range(tries)))
        print(f"  {firms:>7,} firms  {times[-1]:.2f} s")
    x, y = [math.log(s) for s in sizes], [math.log(t) for t in times]
    mx, my = statistics.mean(x), statistics.mean(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sum((a - mx) ** 2 for a in x)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--firms", type=int, default=0)
    for hidden in ("--tool", "--home", "--keep"):
        parser.add_argument(hidden, default="", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.tool:
        worker(args.tool, Path(args.home), args.firms, args.keep)
        return 0
    firms = args.firms or (8_000 if args.quick else 20_000)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        same(home, firms, ["quanyu", "sql", "pandas"])
        runs: dict[str, list[dict]] = {t: [] for t in TOOLS}
        for i in range(PAIRS):
            for tool in ("quanyu", "sql"):
                runs[tool].append(ask(tool, home, firms))
            if i < (1 if args.quick else PAIRS):
                runs["pandas"].append(ask("pandas", home, firms))
        for tool, held in runs.items():
            seconds = statistics.median(r["seconds"] for r in held)
            print(f"  {tool:<7} {seconds:6.2f} s   peak {max(r['peak'] for r in held):6.0f} MB")
        ratios = [a["seconds"] / b["seconds"] for a, b in zip(runs["quanyu"], runs["sql"], strict=True)]
        ratio, peak = statistics.median(ratios), max(r["peak"] for r in runs["quanyu"])
        print(f"quanyu / hand-written SQL: {ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f}), bar {BAR}")
        print(f"peak memory: {peak:.0f} MB, bar {MEMORY_BAR} MB")
        steps = slope(home, [firms // 4, firms // 2, firms], 1 if args.quick else 3)
        print(f"log-log slope over three sizes: {steps:.2f}, bar {SLOPE_BAR}")
    return 0 if ratio <= BAR and peak <= MEMORY_BAR and steps <= SLOPE_BAR else 1


if __name__ == "__main__":
    raise SystemExit(main())
