"""A zone whose firms have filed month after month, and a last month in which six of them stick out."""

from __future__ import annotations

import datetime as dt
from random import Random
from types import SimpleNamespace

from quanyu.bureaus.reporting.models import Window
from quanyu.bureaus.reporting.reads.exceptions import Month
from quanyu.facts.acts import Filing, Grant, file_reports, grant_many
from quanyu.measures.periods import Period, between
from quanyu.people.models import Organisation
from quanyu.plan.reads import registry
from tests.factories import firm, person
from tests.facts.desk import good, moment
from tests.reporting.handin import MONTH, definitions

NOW = moment("2026-11-23 10:00")
ON = dt.date(2026, 11, 23)
PARTS = {"rd_labour": 300, "rd_materials": 300, "rd_depreciation": 100, "rd_design": 50, "rd_trial": 50}
STOPPED, JUMPED, CEASED, NEW, SLIPPED = range(1, 6)


def cells(size: float, rd: float = 1.0, revenue: float = 1.0) -> dict[str, int]:
    """A sound report of a firm so many times as large as the usual one, with so much more R&D than usual."""
    parts = {name: round(amount * size * rd) for name, amount in PARTS.items()}
    people = {"rd_staff": 0, "rd_fulltime": 0, "rd_person_months": 0, "rd_projects": 0} if not rd else {
        "rd_staff": round(20 * size * rd), "rd_fulltime": round(12 * size), "rd_person_months": round(15 * size * rd),
    }  # fmt: skip
    sold = {"revenue": round(10000 * size * revenue), "new_product_revenue": round(2000 * size), "export_revenue": 0}
    more = {"hightech_revenue": round(6000 * size), "staff": round(160 * size), "electricity": round(90 * size)}
    none = {} if rd else {"rd_gov_funded": 0, "super_deduction": 0, "patents_applied": 0}
    return good(**parts, rd_expense=sum(parts.values()), **people, **sold, **more, **none)


def filings(firms: list[Organisation], until: str = MONTH, strange: bool = True) -> list[Filing]:
    """What the firms filed from January 2025 on; with `strange`, five of them stick out in the last month."""
    rng, form, last = Random(5), registry().forms["qy101"], Period.parse(until)
    sizes, rows = [0.8 + n % 7 / 2 for n in range(len(firms))], []
    for period in between(2025 * 12, last.last_month, "month"):
        at, now = moment(f"{period.following()}-05"), strange and period == last
        for n, (one, size) in enumerate(zip(firms, sizes, strict=True), start=1):
            size *= 1 + rng.uniform(-0.08, 0.08)
            rd, revenue = rng.uniform(0.93, 1.07), 1.0
            if n == STOPPED:
                size, rd = size * 6, 0 if now else rd
            elif n == JUMPED and now:
                rd = 6.3
            elif strange and (n == NEW or (n == CEASED and period.year() == last.year())):
                rd = 0
            elif n == SLIPPED and now:
                revenue = 1000
            if not (n == NEW and strange and period.last_month < last.last_month - 6):
                rows.append(Filing(form, one.pk, str(period), cells(size, rd, revenue), at=at))
    return rows


def a_month(count: int = 30, *, strange: bool = True, until: str = MONTH) -> SimpleNamespace:
    """`firms` above scale and what they filed by files, a `clerk`, a `chief`, the open window of the month."""
    definitions()
    firms = [firm(n, area="east_park" if n % 2 else "west_park") for n in range(1, count + 1)]
    title = registry().titles["above_scale"]
    since = {NEW: dt.date(2026, 4, 1)} if strange else {}
    grants = [Grant(title, f.pk, since.get(n, dt.date(2024, 1, 1))) for n, f in enumerate(firms, start=1)]
    grant_many(grants, None, moment("2024-01-02"))
    file_reports(filings(firms, until, strange), None, NOW)
    Window.objects.create(
        form="qy101", period=MONTH, opens_on=dt.date(2026, 11, 1), due_on=dt.date(2026, 11, 17), opened_at=NOW
    )
    return SimpleNamespace(firms=firms, clerk=person("clerk"), chief=person("chief"))


def month(period: str = MONTH, on: dt.date = ON) -> Month:
    known = registry()
    return Month(known, known.form("qy101", period), Period.parse(period), on)
