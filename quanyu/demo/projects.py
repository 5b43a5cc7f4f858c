"""Year-end forms of the fictional firms: projects (107-1) and the sheet beside them (107-2), as their monthly reports
add up to; with names that screening looks for, and the rules switched on and off as a zone would, one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from random import Random

from quanyu.bureaus.reporting.acts.switch import switch_rule
from quanyu.bureaus.reporting.reads.context import Numbers, contexts, proposed
from quanyu.facts.acts import Filing, file_reports
from quanyu.facts.models import Report
from quanyu.people.models import Organisation, User
from quanyu.registry.model import Registry

LIST, SHEET, YEARS = "qy107_1", "qy107_2", ("2024", "2025")
THINGS = (
    "钕铁硼磁体", "钨粉", "高纯稀土氧化物", "永磁电机转子", "电池隔膜", "覆铜板", "氮化镓外延片", "压铸铝合金",
)  # fmt: skip
WORKS = ("晶界扩散机理研究", "连续制备方法研究", "缺陷识别方法研究", "低温烧结工艺开发", "在线检测装置研制")
PLANTED = ("生产线技改", "产业化示范", "MES系统升级", "节能改造", "用ERP软件开发", "检测平台建设")
SWITCHED = (
    ("2025-03-14", "name_words", True, "（演示）按三月统计工作会议意见启用"),
    ("2025-03-14", "latin_letters", True, "（演示）按三月统计工作会议意见启用"),
    ("2025-04-10", "outcome_codes", True, "（演示）成果形式不属研发的不计"),
    ("2025-04-10", "empty_firm", True, "（演示）与成果形式规则同时启用"),
    ("2025-05-20", "objective_codes", True, "（演示）按上级核查反馈启用"),
    ("2025-06-12", "objective_codes", False, "（演示）企业反映节能类项目多属研发，暂停"),
    ("2026-03-05", "similar_name", True, "（演示）年报审核期，与往年名称相近的逐项核对"),
)
"""(from, rule, on, reason): such rules come and go within months."""


def populate(registry: Registry, users: Mapping[str, User], at: dt.datetime, say: Callable[[str], None]) -> None:
    """File both forms of each year for every firm that reported its months, in March of the year after; set the rules.

    Effects, in order: the report rows of each year, one event a batch; the switches.
    """
    say("报送年度研发项目表……")
    hands = {u.username.removeprefix("reporter_"): u for u in User.objects.filter(username__startswith="reporter_")}
    for year in YEARS:
        there = Report.objects.filter(form="qy101", period=f"{year}-12").values("organisation")
        firms = Organisation.objects.filter(pk__in=there).select_related("area").order_by("pk")
        around = contexts(registry, registry.form(SHEET, year), [f.pk for f in firms], year)
        rows = [
            row for f in firms for row in _rows(registry, f, year, around[f.pk], hands.get(getattr(f.area, "key", "")))
        ]
        file_reports(rows, None, dt.datetime(int(year) + 1, 3, 6, 2, tzinfo=dt.UTC), units=registry.units)
    for day, rule, on, reason in SWITCHED:
        moment = dt.datetime.fromisoformat(f"{day}T01:30+00:00")
        switch_rule(f"screening.{rule}", on, {}, moment.date(), reason, users.get("st_office"), moment)


def _rows(registry: Registry, firm: Organisation, year: str, around: Numbers, by: User | None) -> Iterator[Filing]:
    """The sheet from the months, nothing where they say nothing; and the projects that its R&D was spent on."""
    rng, sheet = Random(f"{firm.key}/{year}"), registry.form(SHEET, year)  # noqa: S311 - a drawing, not a secret
    months = int(around.get("qy101.rd_person_months") or 0)
    cells = {f.name: 0 for f in sheet.fields if f.required and not f.formula}
    cells |= {name: int(value) for name, value in proposed(registry, sheet, around).items()}
    cells["y_to_firms"] = int(around.get("qy101.rd_outsourced_domestic") or 0)
    cells["y_staff"] = max(cells["y_staff"], -(-months // 12))
    cells["y_staff_graduates"] = cells["y_staff"] * 6 // 10
    cells["y_deduction_saved"] = cells["y_super_deduction"] * 15 // 100
    spent = sum(cells[f.name] for f in sheet.fields if f.parent in ("y_expense", "y_outsourced") and f.name in cells)
    cells["y_funds_own"] = spent - cells["y_funds_government"]
    yield Filing(sheet, firm.pk, year, cells, by=by)
    if spent and rng.random() < 0.97:
        for line, project in enumerate(_projects(firm, year, spent, months, rng), 1):
            yield Filing(registry.form(LIST, year), firm.pk, year, project, line=str(line), by=by)


def _projects(firm: Organisation, year: str, spent: int, months: int, rng: Random) -> Iterator[dict[str, int | str]]:
    """Projects that add up to what was spent and worked; every third goes on over the years, renamed a little."""
    shares = [rng.randrange(40, 160) for _ in range(max(1, min(9, spent // 4000, months or 1)))]
    for n in range(len(shares)):
        money, work = (
            w * sum(shares[: n + 1]) // sum(shares) - w * sum(shares[:n]) // sum(shares) for w in (spent, months)
        )
        goes_on = n % 3 == 2
        own = Random(f"{firm.key}/{'' if goes_on else year}/{n}")  # noqa: S311 - a drawing, not a secret
        name = own.choice(THINGS) + own.choice(PLANTED if own.random() < 0.2 else WORKS)
        yield {
            "project_name": name.replace("方法", "的方法") if n == 2 and year == YEARS[-1] else name,
            "project_source": "2" if n == 1 else "1", "project_mode": "22" if n == 2 else "10",
            "outcome": own.choice(("9", "12", "13", "9", "12", "13", "10", "3")), "objective": own.choice("2343464"),
            "started": f"{YEARS[0] if goes_on else year}-0{1 + own.randrange(5)}",
            "finished": f"{int(YEARS[-1]) + 1}-06" if goes_on else f"{year}-{9 + own.randrange(4):02d}",
            **({"stage": "3" if year == YEARS[-1] else "1"} if goes_on else {}), "project_staff": -(-work // 10),
            "project_months": work, "project_expense": money, "project_gov_funded": money // 5 if n == 1 else 0,
        }  # fmt: skip
