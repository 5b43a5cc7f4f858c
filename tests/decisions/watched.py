"""The supervised zone with the shared rules of early warning, two levers, and four firms more that file reports.

2 of 4 high-tech firms where three quarters are due; 25 of 27 reports of the three above-scale firms are missing.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from quanyu.decisions import acts as decisions
from quanyu.facts import acts as facts
from quanyu.people.models import Organisation, User
from quanyu.plan import acts as plan
from tests.decisions.directives import CORE, SUPERVISED
from tests.decisions.zone import file, moment, tiny_zone
from tests.factories import firm, person, write_packages

DESK = "[plan, indicators, tasks, cases, order, warnings, organisations, reports]"
HELD = "count(*) filter (where title = 'high_tech' and valid)"
LEVERS = f"""
- key: ready
  label: {{zh: 条件都具备的企业, en: Firms that are ready}}
  indicators: [high_tech]
  because: 都具备
  among: &apart
    - label: {{zh: 尚未认定}}
      formula: "count(*) filter (where kind = 'firm' and not holds('high_tech'))"
      unit: firm
      at_least: 1
  needs: &needs
    - {{label: {{zh: 研发强度}}, formula: sum(rd_expense) / sum(revenue), unit: percent, window: year, at_least: 4}}
    - {{label: {{zh: 营业收入}}, formula: sum(revenue), unit: thousand_yuan, window: year, at_least: 20000}}
- key: one_short
  label: {{zh: 差一项的企业, en: Firms one condition short}}
  indicators: [high_tech]
  because: 只差一项
  unverified: true
  short: 1
  among: *apart
  needs: *needs
- key: ends
  label: {{zh: 九个月内到期的企业}}
  indicators: [high_tech]
  because: 守住存量
  among:
    - {{label: {{zh: 现有效}}, formula: "{HELD}", unit: firm, at_least: 1}}
    - {{label: {{zh: 以后有效}}, formula: "{HELD}", unit: firm, below: 1, ahead: 9}}
- key: ends_soon
  label: {{zh: 八个月内到期的企业}}
  indicators: [high_tech]
  because: 守住存量
  among:
    - {{label: {{zh: 现有效}}, formula: "{HELD}", unit: firm, at_least: 1}}
    - {{label: {{zh: 以后有效}}, formula: "{HELD}", unit: firm, below: 1, ahead: 8}}
- {{key: projects, label: {{zh: 到期项目}}, indicators: [high_tech], because: 接入后列出, awaits: {{zh: 项目数据}}}}
"""
WATCHED = SUPERVISED | {
    "tiny/roles.yaml": f"""
- {{key: clerk, label: {{zh: 经办}}, sees: {DESK}, workbench: clerk}}
- {{key: chief, label: {{zh: 科长}}, sees: {DESK}, workbench: chief}}
- {{key: leader, label: {{zh: 领导}}, sees: [plan, indicators, tasks, cases, order], workbench: leader}}
- {{key: st_office, label: {{zh: 科技科, en: S&T office}}, sees: [plan, indicators, tasks, organisations]}}
- {{key: statistics, label: {{zh: 统计科, en: Statistics}}, sees: [plan, indicators, tasks]}}
- {{key: enterprise, label: {{zh: 填报人}}, sees: [plan, indicators, organisations, reports], own_only: true}}
""",
    "tiny/documents.yaml": SUPERVISED["tiny/documents.yaml"] + "- {key: lamp_convention, label: {zh: 亮灯做法}}\n",
    "tiny/case_types/warning.yaml": (CORE / "case_types/warning.yaml").read_text("utf-8"),
    **{f"tiny/alerts/{path.name}": path.read_text("utf-8") for path in sorted((CORE / "alerts").glob("*.yaml"))},
    "tiny/levers.yaml": LEVERS,
}
FILED = {4: (60_000, 2_400), 5: (10_000, 500), 6: (40_000, 400), 7: (10_000, 100)}
"""Firm number → revenue and R&D of September 2024: ready; short of revenue; short of intensity; short of both."""


def watched_zone(root: Path) -> dict[str, User]:
    """`WATCHED` in force and September 2024 judged; a person on each seat, one of them at a firm."""
    first = tiny_zone(root / "before")[0]
    plan.load(write_packages(root / "watched", WATCHED), ["tiny"], by=None, at=moment("2024-10-20"))
    for number, (revenue, expense) in FILED.items():
        file(firm(number), "2024-09", "2024-10-20", revenue, expense)
    refresh("2024-10-21")
    seats = {"st_office": Organisation.objects.get(key="st_section"), "enterprise": first}
    seats["statistics"] = Organisation.objects.get(key="economy_bureau")
    roles = ("clerk", "chief", "leader", "st_office", "statistics", "enterprise")
    return {role: person(role, seats.get(role), username=f"{role}_1") for role in roles}


def refresh(day: str) -> None:
    """Freeze, measure, judge as on a day."""
    facts.freeze(moment(day))
    decisions.measure(at=moment(day))
    decisions.judge(at=moment(day), on=dt.date.fromisoformat(day))
