"""A generated zone as a snapshot: firms × months × 25 fields in Parquet, from hashes, the same bytes every time."""

import json
from pathlib import Path

import duckdb

from quanyu.measures.periods import Period
from quanyu.measures.source import Source

FIRST = Period.parse("2021-01").last_month
PARKS, INDUSTRIES, SIZES = 6, 31, 4
MONEY = [
    "rd_labour",
    "rd_materials",
    "rd_depreciation",
    "rd_amortisation",
    "rd_design",
    "rd_trial",
    "rd_outsourced",
    "rd_outsourced_domestic",
    "rd_other",
    "rd_gov_funded",
    "rd_fixed_assets",
    "new_product_revenue",
    "hightech_revenue",
    "export_revenue",
    "tax_paid",
    "super_deduction",
]
COUNTS = ["staff", "rd_staff", "rd_fulltime", "rd_person_months", "patents_applied", "rd_projects", "electricity"]


def build(home: Path, firms: int, months: int = 60) -> Source:
    """Write the zone below `home` (or find it there). One report in fifty is missing."""
    root = home / f"zone-{firms}x{months}"
    manifest = root / "manifest.json"
    if manifest.is_file():
        return Source(root, json.loads(manifest.read_text()))
    tables: dict[str, list[dict[str, object]]] = {"monthly_rd": [], "standing": [], "organisation": []}
    with duckdb.connect(":memory:") as db:
        db.execute("set enable_progress_bar=false")

        def part(table: str, key: str, sql: str) -> None:
            file = f"store/{table}/{key}.parquet"
            (root / "store" / table).mkdir(parents=True, exist_ok=True)
            db.execute(f"copy ({sql}) to '{root / file}' (format parquet)")
            rows = db.execute(f"select count(*) from '{root / file}'").fetchone()[0]
            tables[table].append({"part": key, "file": file, "rows": rows, "digest": ""})

        def noise(salt: str, top: int) -> str:
            return f"(hash(f, m, '{salt}') % {top})::BIGINT"

        fields = [f"{noise(c, 4_000)} as {c}" for c in MONEY] + [f"{noise(c, 200)} as {c}" for c in COUNTS]
        for i in range(months):
            month, period = FIRST + i, str(Period.of_month(FIRST + i))
            part(
                "monthly_rd",
                period,
                f"""
                select f * {months} + {i} as report, f as firm, '{period}' as period, {month}::INTEGER as first_month,
                  {month}::INTEGER as last_month, date '2021-01-10' as filed_on, false as late,
                  date '2021-01-10' as known_from, null::DATE as known_to, {noise("revenue", 900_000)} as revenue,
                  greatest({noise("rd", 30_000)} - 6000, 0) as rd_expense, {", ".join(fields)}
                from (select range::BIGINT as f, {i} as m from range(1, {firms + 1}))
                where hash(f, m, 'late') % 50 <> 0""",
            )
        for title, share, years in (("above_scale", 1, 0), ("high_tech", 4, 3), ("patent", 2, 20)):
            until = f"since + interval {years} year" if years else "null"
            part(
                "standing",
                title,
                f"""
                select row_number() over ()::BIGINT as standing, f as firm, '{title}' as title,
                  case when f % 3 = 0 then 'invention' else 'utility' end as level, '' as person,
                  since::DATE as valid_from, ({until})::DATE as valid_to,
                  date '2020-01-01' as known_from, null::DATE as known_to
                from (select range::BIGINT as f, date '2018-01-01' + (hash(range, '{title}') % 2500)::INTEGER as since
                      from range(1, {firms + 1})) where hash(f, '{title}x') % {share} = 0""",
            )
        part(
            "organisation",
            "all",
            f"""
            select range::BIGINT as firm, 'firm ' || range as name, '' as code, 'enterprise' as kind,
              'park' || (hash(range, 'a') % {PARKS}) as area,
              ((hash(range, 'i') % {INDUSTRIES}) + 13)::VARCHAR as industry,
              'size' || (hash(range, 's') % {SIZES}) as size from range(1, {firms + 1})""",
        )
    body = {"digest": root.name, "tables": {t: {"rows": 0, "parts": parts} for t, parts in tables.items()}}
    manifest.write_text(json.dumps(body))
    return Source(root, body)
