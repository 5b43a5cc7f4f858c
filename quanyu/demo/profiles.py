"""Yearly profiles of the fictional firms: what policies ask and no other form has, in keeping with their monthly
reports, technology contracts and patents. Some firms are one condition short, so that there is something to be done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Count

from quanyu.facts import reads
from quanyu.facts.acts import Filing, file_reports
from quanyu.facts.models import Report
from quanyu.people.models import Organisation, User
from quanyu.registry.model import Registry

FORM, MONTHLY, CONTRACTS = "firm_year", "qy101", "js01"
YEARS = (2022, 2023, 2024, 2025)
FIELDS = {
    "39": "electronics", "65": "electronics", "38": "energy", "27": "biology", "26": "materials", "29": "materials",
    "30": "materials", "32": "materials", "73": "services", "74": "services", "21": "none",
}  # fmt: skip
STRATEGIC = ("27", "32", "36", "38", "39")
AWARDS = {29: "p1", 71: "p2", 113: "p0"}  # firm → the award it won in the last year
Cells = Mapping[str, Any]


def populate(registry: Registry, users: Mapping[str, User], at: dt.datetime, say: Callable[[str], None]) -> int:
    """File the profile of each year for every firm that reported its December, in March of the year after.

    Effects, in order: the report rows of each year, one event a batch. Returns how many were filed.
    """
    say("报送企业年度概况……")
    hands = {u.username.removeprefix("reporter_"): u for u in User.objects.filter(username__startswith="reporter_")}
    filed = 0
    for year in YEARS:
        there = Report.objects.filter(form=MONTHLY, period=f"{year}-12").values("organisation")
        firms = Organisation.objects.filter(pk__in=there).select_related("area").order_by("pk")
        form, ids = registry.form(FORM, str(year)), [f.pk for f in firms]
        months = [reads.current_cells(MONTHLY, f"{year}-{m:02d}", ids) for m in range(1, 13)]
        signed = [reads.current_cells(CONTRACTS, f"{year}-{m:02d}", ids) for m in range(1, 13)]
        rights = _rights(ids, dt.date(year, 12, 31))
        rows = []
        for firm in firms:
            cells = _cells(
                firm, year, list(_of(months, firm.pk)),
                sum(c["contract_amount"] for c in _of(signed, firm.pk)),
                rights.get((firm.pk, True), 0), rights.get((firm.pk, False), 0),
            )  # fmt: skip
            rows.append(Filing(form, firm.pk, str(year), cells, by=hands.get(getattr(firm.area, "key", ""))))
        filed += file_reports(rows, None, dt.datetime(year + 1, 3, 20, 2, tzinfo=dt.UTC), units=registry.units).new
    return filed


def _of(periods: Sequence[Mapping[int, Cells]], firm: int) -> Iterator[Cells]:
    return (cells[firm] for cells in periods if firm in cells)


def _rights(firms: Sequence[int], on: dt.date) -> dict[tuple[int, bool], int]:
    """Patents in force by firm and by whether they are inventions."""
    held = reads.standings(on).filter(title="patent", organisation__in=firms)
    found: dict[tuple[int, bool], int] = {}
    for firm, level, number in held.values_list("organisation", "level").annotate(Count("pk")):
        found[firm, level == "invention"] = found.get((firm, level == "invention"), 0) + number
    return found


def _cells(firm: Organisation, year: int, months: Sequence[Cells], signed: int, first: int, second: int) -> Cells:
    """One firm's year, 千元; every 其中 stays inside its item. `n` draws: the same firm is the same every time."""
    n, count = int(firm.key.rpartition("-")[2]), len(months)

    def whole(name: str) -> int:
        return sum(int(c[name]) for c in months) * 12 // count

    def share(amount: int, least: int, spread: int, step: int = 7) -> int:
        return amount * (least + n * step % spread) // 100

    revenue, rd, outsourced = whole("revenue"), whole("rd_expense"), whole("rd_outsourced")
    staff, last = whole("staff") // 12, year == YEARS[-1]
    researchers = min(whole("rd_staff") // 12, staff)
    assets = share(revenue, 60, 50, 11) * (100 + (year - YEARS[0]) * (4 + n * 3 % 17)) // 100
    high_tech = rd - outsourced + outsourced * 8 // 10
    technology = whole("hightech_revenue")
    return {
        "fy_revenue": revenue, "fy_total_income": revenue + revenue // 80, "fy_main_revenue": share(revenue, 66, 34),
        "fy_hightech_revenue": min(technology, revenue), "fy_cost": share(revenue, 86, 12),
        "fy_taxable_income": 0 if n % 9 == 0 else share(revenue, 2, 9),
        "fy_transfer_income": share(rd, 5, 40) if n % 17 == 0 else 0,
        "fy_total_assets": assets, "fy_liabilities": share(assets, 32, 56, 13),
        "fy_equity": share(revenue, 4, 10) if n % 19 == year % 4 else 0,
        "fy_valuation": revenue // 40 if n % 19 == year % 4 else 0,
        "fy_staff": staff, "fy_tech_staff": min(max(researchers, share(staff, 6, 20)), staff),
        "fy_rd_high_tech": high_tech, "fy_rd_domestic": high_tech * (52 if n % 41 == 0 else 97) // 100,
        "fy_ip_class1": first, "fy_ip_class1_own": first * (3 + n % 2) // 4, "fy_ip_class1_used": first * 2 // 3,
        "fy_ip_high_value": first // 4, "fy_ip_class2": second + n % 4, "fy_ip_class2_own": second,
        "fy_results": min(2 + n * 5 % 6, 2 + rd // 1500) if rd else 0,
        "fy_standards": 1 if n % 12 == 0 else 0, "fy_standards_led": 1 if n % 36 == 0 else 0,
        "fy_awards_national": 1 if n == 113 else 0, "fy_awards_provincial": 1 if n in AWARDS else 0,
        "fy_niche_years": min(max(year - firm.opened_on.year, 0) if firm.opened_on else 5, 2 + n % 14),
        "fy_market_share": f"{n * 37 % 260 / 10:.1f}", "fy_market_rank": n % 11 if n % 5 == 0 else 0,
        "fy_platform_score": f"{34 + n * 13 % 47}",
        "fy_contract_received": signed * 8 // 10, "fy_contract_paid": share(outsourced, 40, 50) if n % 3 == 0 else 0,
        "fy_service_spend": share(rd, 2, 8) if n % 4 == 0 else 0, "fy_national_grant": 1200 if n % 67 == 0 else 0,
        "fy_award_won": AWARDS.get(n, "0") if last else "0",
        "fy_accounts": "assessed" if n % 29 == 0 else "audited" if n % 11 == 0 else "audited_rd",
        "fy_industry_class": "restricted" if n % 53 == 0 else "free",
        "fy_product_field": "strategic" if firm.industry in STRATEGIC else "other",
        "fy_tech_field": FIELDS.get(firm.industry, "manufacturing"),
    }  # fmt: skip
