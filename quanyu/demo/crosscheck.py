"""Departments' files of the demonstration: two years of them for some firms, a few mismatches, a slip of units that is
caught, and letters to one firm in different states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence

from django.core.files.uploadedfile import SimpleUploadedFile

from quanyu.bureaus.reporting.acts import supply
from quanyu.bureaus.reporting.acts.crosscheck import ask_firm
from quanyu.bureaus.reporting.models import SuppliedFile
from quanyu.bureaus.reporting.reads import crosscheck as reads
from quanyu.bureaus.reporting.reads.crosscheck import FirmYear
from quanyu.casework import acts as casework
from quanyu.people.models import Organisation, User
from quanyu.registry.model import Registry

DAY = dt.timedelta(days=1)
YEARS = (2024, 2025)
FIRMS = 60
ODD = {"super_deduction": {3: 62, 11: 131, 23: 70}, "statistics": {5: 118, 17: 78}, "high_tech": {8: 115}}
"""Caliber → which of every 31 firms are off, and by how much: per cent of what the rules lead to."""
CODE, CLAIMED = "统一社会信用代码", "允许加计扣除的研发费用"
TAX = ("纳税人识别号", "纳税人名称", "加计扣除金额合计(元)", "减免税额(元)")
TOLD = ("firm_code", "firm_name", "deduction_claimed", "deduction_saved")
Rows = Iterable[Sequence[object]]


def populate(registry: Registry, users: Mapping[str, User], at: dt.datetime, say: Callable[[str], None]) -> int:
    """Once only; returns how many files were taken in."""
    if not SuppliedFile.objects.exists():
        say("收各部门供数……")
        firm = users["firm_statistician"].posts.get().organisation
        for year in YEARS:
            rows = [r for r in reads.crosscheck(registry, year) if all(e.lawful is not None for e in r.reckoned[1:])]
            rows.sort(key=lambda r: (r.organisation != firm, r.organisation.pk))
            _year(registry, users, rows[:FIRMS], year, firm, at - 40 * DAY)
        claims = [(f"{r.organisation.code}", round(r.reckoned[2].figure / 1000))
                  for r in reads.crosscheck(registry, YEARS[-1]) if r.reckoned[2].figure]  # fmt: skip
        _hand_in(
            registry, users["tax"], "tax_claims", YEARS[-1] + 1, (CODE, CLAIMED), claims, at - DAY / 2
        )  # 千元 for 元
        _letters(registry, users, firm, at)
    return SuppliedFile.objects.count()


def _hand_in(
    registry: Registry, by: User, form: str, period: object, titles: Sequence[str], rows: Rows, at: dt.datetime
) -> SuppliedFile:
    text = "\r\n".join(",".join(map(str, row)) for row in (titles, *rows))
    upload = SimpleUploadedFile(f"{registry.forms[form].label}{period}.csv", text.encode("utf-8-sig"))
    return supply.hand_in(registry.forms[form], str(period), upload, by=by, at=at)


def _year(
    registry: Registry, users: Mapping[str, User], rows: Sequence[FirmYear], year: int, firm: Organisation,
    at: dt.datetime,
) -> None:  # fmt: skip
    def load(role: str, form: str, titles: Sequence[str], lines: Rows, period: object = year) -> None:
        file = _hand_in(registry, users[role], form, period, titles, lines, at)
        if titles is TAX and year == YEARS[0]:
            supply.map_columns(file, dict(enumerate(TOLD)), "", by=users[role], at=at)
        supply.load_file(file, by=users[role], at=at)

    def said(n: int, row: FirmYear, key: str) -> int:
        """What a department says, in yuan: what the rules lead to, save for the odd ones and the firm that is asked."""
        lawful = next(e.lawful for e in row.reckoned if e.caliber.key == key) or 0
        asked = row.organisation == firm and key == "super_deduction"
        return round(lawful * (64 if asked else ODD[key].get(n % 31, 100)) / 100)

    firms, code = [r.organisation for r in rows], [r.organisation.code for r in rows]
    claims = [said(n, r, "super_deduction") for n, r in enumerate(rows)]
    load("tax", "tax_claims", TAX, [(f.code, f.name, v, v * 15 // 100) for f, v in zip(firms, claims, strict=True)])
    assets = [round(r.reckoned[3].moves[0].change / 1000) for r in rows]
    totals = [round(said(n, r, "statistics") / 1000) - assets[n] for n, r in enumerate(rows)]
    load("statistics", "accepted_rd", (CODE, "验收研究开发费用合计", "验收当年形成用于研究开发的固定资产"),
         zip(code, totals, assets, strict=True))  # fmt: skip
    high_tech = [(code[n], round(said(n, r, "high_tech") / 10000, 1)) for n, r in enumerate(rows) if n % 3 == 0]
    load("st_office", "high_tech_return", (CODE, "高企口径研究开发费用(万元)"), high_tech)
    load("finance", "rd_payments", (CODE, "研发补助拨付额"), [(c, 5 + n) for n, c in enumerate(code) if n % 4 == 0])
    patents = [(c, n % 9, n % 9 * 7 // 10) for n, c in enumerate(code)]
    load("market_regulation", "patent_counts", (CODE, "年度专利申请量", "年度专利授权量"), patents)
    for month in range(1, 13):
        power = [(c, 40_000 + (1_500 + 40 * (year - 2020)) * n + 900 * month) for n, c in enumerate(code)]
        load("industry", "power_use", (CODE, "抄表用电量"), power, f"{year}-{month:02}")


def _letters(registry: Registry, users: Mapping[str, User], firm: Organisation, at: dt.datetime) -> None:
    """One a year, where the firm is large enough to be asked at all; the first is answered and settled."""
    note = "演示说明：部分项目未取得鉴定材料，当年没有申报加计扣除。"
    for year in YEARS:
        if reads.crosscheck(registry, year, [firm.pk])[0].state != "asks":
            continue
        case = ask_firm(firm, year, "演示：加计扣除申报数低于推算数，请说明。", by=users["clerk"], at=at - 9 * DAY).case
        if year == YEARS[0]:
            casework.take(case, "answer", by=users["firm_statistician"], at=at - 6 * DAY, note=note,
                          form={"answer": "explained"})  # fmt: skip
            casework.take(case, "settle", by=users["clerk"], at=at - 3 * DAY, form={"outcome": "accepted"})
