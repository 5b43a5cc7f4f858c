"""The drawing of the fictional zone: the same every time, near what was published, with its flaws in known numbers."""

import datetime as dt
import hashlib
import re
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from stdnum.cn import uscc

from quanyu.demo.flaws import MONEY, PARTS
from quanyu.demo.shape import Shape
from quanyu.registry.load import load

DUE = {"qy101": 12, "js01": 15, "tj01": 25, "tj02": 90}
TERMS = {"high_tech": 3}


def drawing(scale=None):
    registry, _problems = load(Path(__file__).parents[2] / "packages", ["demo-zone"])
    return Shape(registry.settings["demo"], DUE, TERMS, scale)


@pytest.fixture(scope="module")
def zone():
    return drawing()


@pytest.fixture(scope="module")
def filings(zone):
    return [row for batch in zone.filings() for row in batch]


@pytest.fixture(scope="module")
def counting(filings):
    """The version that counts, of each report."""
    last = {(r.form, r.firm, r.period): r for r in filings}
    return {key: row for key, row in last.items() if not row.withdraw}


def count_of(zone, title, on, level=None):
    return sum(h.holds(on) for h in zone.standings() if h.title == title and level in (None, h.level))


def fingerprint(shape):
    seen = hashlib.sha256()
    for batch in (shape.firms, shape.standings(), *shape.filings()):
        for row in batch:
            seen.update(repr(row).encode())
    return seen.hexdigest()


def test_the_same_settings_draw_the_same_zone(zone):
    again = drawing()
    assert again.digest == zone.digest
    assert fingerprint(again) == fingerprint(zone)


def test_another_scale_is_another_zone(zone):
    assert drawing(600).digest != zone.digest


def test_1139_firms_of_which_239_above_scale(zone):
    assert len(zone.firms) == 1139
    assert [len(zone.reporting(y * 12 + 11)) for y in (2020, 2025)] == [210, 239]


def test_names_are_visibly_fictional_and_unique(zone):
    assert all(re.fullmatch(r"演示·\S+\d{4}号公司", f.name) for f in zone.firms)
    assert len({f.name for f in zone.firms}) == 1139


def test_codes_check_but_belong_to_no_division(zone):
    assert all(uscc.is_valid(f.code) for f in zone.firms)
    assert {f.code[:8] for f in zone.firms} == {"91990000"}
    assert len({f.code for f in zone.firms}) == 1139


def test_yearly_revenue_lies_near_the_published_totals(counting):
    total = Counter()
    for (form, _firm, period), row in counting.items():
        if form == "qy101":
            total[period[:4]] += row.cells["revenue"]
    published = {"2020": 72_000_000, "2023": 105_600_000}  # 720 and 1,056 亿元 in 千元
    assert {y: abs(total[y] - v) * 100 <= 2 * v for y, v in published.items()} == {"2020": True, "2023": True}


def test_accounts_grow_as_published(counting):
    gdp = {year: counting["tj01", None, f"{year}-Q4"].cells["gdp"] for year in (2020, 2023)}
    yearly = (Decimal(gdp[2023]) / gdp[2020]) ** (Decimal(1) / 3) - 1
    assert Decimal("0.061") < yearly < Decimal("0.063")
    assert counting["tj01", None, "2020-Q4"].cells["rd_internal"] == 116_900  # 11.69 亿元 in 万元


def test_2022_brings_the_published_patents_and_high_tech_firms(zone):
    granted = [h for h in zone.standings() if h.title == "patent" and h.valid_from.year == 2022]
    assert Counter(h.level for h in granted) == {"invention": 196, "utility": 980, "design": 178}
    assert count_of(zone, "high_tech", dt.date(2022, 12, 31)) - count_of(zone, "high_tech", dt.date(2021, 12, 31)) == 44


def test_inventions_in_force(zone):
    ends = [count_of(zone, "patent", dt.date(y, 12, 31), "invention") for y in (2020, 2025)]
    assert ends == [400, 1012]


def test_each_entry_of_the_settings_holds_at_every_year_end(zone):
    wrong = []
    for entry in zone.settings["standings"]:
        held = zone.titles[entry["title"]]
        for year, number in entry["ends"].items():
            on = dt.date(int(year), 12, 31) if int(year) < 2026 else dt.date(2026, 10, 31)
            got = len({(h.firm, h.person, h.valid_from) for h in held if h.holds(on)})
            if got != number:
                wrong.append((entry["title"], year, number, got))
    assert wrong == []


def test_nothing_is_granted_before_the_firm_exists_or_after_the_last_month(zone):
    opened = {f.index: f.opened_on for f in zone.firms}
    assert [h for h in zone.standings() if not opened[h.firm] <= h.valid_from <= dt.date(2026, 10, 31)] == []


def test_nobody_holds_a_title_twice_on_one_day(zone):
    twice = []
    for title, held in zone.titles.items():
        spans = sorted((h.firm, h.valid_from, h.valid_to or dt.date.max) for h in held if not h.person)
        twice += [(title, a, b) for a, b in pairwise(spans) if a[0] == b[0] and a[2] > b[1]]
    assert twice == []


def test_parts_sum_to_the_whole_in_every_report(filings):
    rows = [r.cells for r in filings if r.form == "qy101" and not r.withdraw]
    assert [c for c in rows if sum(c[p] for p in PARTS) != c["rd_expense"]] == []
    assert [c for c in rows if min(c.values()) < 0] == []
    inside = [
        ("rd_outsourced_domestic", "rd_outsourced"),
        ("rd_gov_funded", "rd_expense"),
        ("rd_fulltime", "rd_staff"),
        ("rd_staff", "staff"),
        ("rd_person_months", "rd_staff"),
        ("new_product_revenue", "revenue"),
        ("hightech_revenue", "revenue"),
        ("export_revenue", "revenue"),
    ]
    assert [(part, c) for c in rows for part, whole in inside if c[part] > c[whole]] == []


def test_every_flaw_falls_in_its_stated_number(zone, filings):
    rates = zone.settings["flaws"]
    expected = {m: len(zone.reporting(m)) for m in zone.months}
    whole, settled = sum(expected.values()), sum(n for m, n in expected.items() if m <= zone.months[-1] - 2)
    seen = Counter(r.flaw for r in filings if r.flaw and r.form == "qy101")
    for kind in ("late", "swing", "electricity_slip"):
        assert (kind, seen[kind]) == (kind, whole * rates[kind] // 10_000)
    for kind in ("corrected", "unit_slip", "withdrawn"):  # the first version and what mends it
        assert (kind, seen[kind]) == (kind, 2 * (settled * rates[kind] // 10_000))
    first = len({(r.firm, r.period) for r in filings if r.form == "qy101"})
    last_months = [len(zone.reporting(m)) * n // 10_000 for m, n in ((zone.months[-2], 300), (zone.months[-1], 1050))]
    assert whole - first == whole * rates["missing"] // 10_000 + sum(last_months)


def test_a_form_filled_in_yuan_is_mended_with_a_reason(filings):
    slips = [r for r in filings if r.flaw == "unit_slip"]
    wrong = {(r.firm, r.period): r for r in slips if not r.reason}
    mended = [r for r in slips if r.reason]
    assert len(wrong) == len(mended) == len(slips) // 2 > 0
    for row in mended:
        before = wrong[row.firm, row.period]
        assert before.filed_at < row.filed_at
        assert all(before.cells[name] == 1000 * row.cells[name] for name in MONEY)


def test_late_reports_come_after_the_due_day_and_nobody_files_after_the_last(zone, filings):
    for row in filings:
        if row.form == "qy101" and not row.reason:
            year, month = map(int, row.period.split("-"))
            due = dt.date(year + month // 12, month % 12 + 1, 12)
            assert (row.filed_at.date() > due) == (row.flaw == "late")
    assert max(r.filed_at for r in filings).date() <= zone.last_day


def test_a_merged_firm_stops_reporting_and_its_heir_carries_on(zone, counting):
    gone = next(f for f in zone.firms if f.heir)
    assert gone.closed_on == dt.date(2024, 7, 1)
    assert ("qy101", gone.index, "2024-06") in counting
    assert ("qy101", gone.index, "2024-07") not in counting
    reporting = {f.index for f in zone.reporting(2024 * 12 + 6)}
    assert (gone.index in reporting, gone.heir in reporting) == (False, True)
    moved = next(f for f in zone.firms if f.closed_on and not f.heir)
    assert ("qy101", moved.index, "2023-03") in counting
    assert moved.index not in {f.index for f in zone.reporting(2023 * 12 + 3)}


def test_a_larger_zone_keeps_the_ratios(zone):
    large = drawing(5000)
    assert len(large.firms) == 5000
    assert len(large.reporting(2025 * 12 + 11)) == large.above == 4000
    month, ratio = 2024 * 12 + 5, []
    for shape in (zone, large):
        rows = list(shape._monthly(month))
        ratio.append(Decimal(sum(r.cells["rd_expense"] for r in rows)) / sum(r.cells["revenue"] for r in rows))
    assert abs(ratio[0] - ratio[1]) < Decimal("0.0005")
