"""A tiny zone from definitions to facts: three firms, one monthly form; a stock, a ratio, and one nobody computes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from quanyu.facts import acts as facts
from quanyu.people.models import Organisation, User
from quanyu.plan import acts as plan
from quanyu.plan.reads import registry
from tests.factories import TINY, firm, person, write_packages

RICH = TINY | {
    "tiny/units.yaml": TINY["tiny/units.yaml"]
    + """
- {key: percent, label: {zh: '%', en: '%'}, dimension: share, factor: "0.01", decimals: 1}
- {key: as_stated, label: {zh: 按原文}, dimension: as_stated, factor: 1, decimals: 2}
- {key: pp, label: {zh: 个百分点, en: percentage points}, dimension: share, factor: "0.01", decimals: 1}
""",
    "tiny/quantities.yaml": TINY["tiny/quantities.yaml"]
    + """
- {key: rd_rate, label: {zh: 研发投入占比}, unit: percent, nature: ratio}
- {key: literacy, label: {zh: 科学素质}, unit: percent, nature: ratio}
""",
    "tiny/titles.yaml": TINY["tiny/titles.yaml"] + "- {key: above_scale, label: {zh: 规模以上}}\n",
    "tiny/forms/rd.yaml": """
key: rd
label: {zh: 研发月报, en: R&D report}
period: month
reporters: above_scale
due_days: 12
fields:
  - {name: revenue, code: "1", label: {zh: 营业收入, en: Revenue}, type: integer, unit: thousand_yuan}
  - {name: rd_expense, code: "2", label: {zh: 研发费用, en: R&D expense}, type: integer, unit: thousand_yuan}
""",
    "tiny/facts/monthly.yaml": "{key: monthly, label: {zh: 研发月报数, en: R&D reports}, provider: 'report:rd'}\n",
    "tiny/facts/organisation.yaml": """
key: organisation
label: {zh: 单位名录, en: Register}
provider: organisation
columns:
  name: {label: {zh: 名称}, type: text}
  code: {label: {zh: 代码}, type: text}
  kind: {label: {zh: 类型}, type: text}
  area: {label: {zh: 片区}, type: text}
  industry: {label: {zh: 行业}, type: text}
  size: {label: {zh: 规模}, type: text}
""",
    "tiny/forms/published.yaml": """
key: published
label: {zh: 公布数}
period: year
fields:
  - {name: quantity, code: "1", label: {zh: 量}, type: text}
  - {name: published_value, code: "2", label: {zh: 数值}, type: decimal, unit: as_stated}
  - {name: published_unit, code: "3", label: {zh: 单位}, type: text}
""",
    "tiny/facts/published.yaml": "{key: published, label: {zh: 公布数}, provider: 'report:published'}\n",
    "tiny/indicators/rd_rate.yaml": """
key: rd_rate
label: {zh: 研发投入占比, en: R&D rate}
unit: percent
nature: ratio
direction: higher
quantity: rd_rate
cites: [{document: plan, lines: [5, 6], quote: 研发投入占比达到}]
main: true
order: 2
baseline_year: 2020
baseline: [{since: 2021-01-01, value: "1.5", because: 第一章}]
target_year: 2025
target: [{since: 2021-01-01, value: "3.5", because: 第一章}]
formula: sum(rd_expense) / sum(revenue)
window: year
frequency: month
source: statistics
owner: st_office
""",
    "tiny/indicators/literacy.yaml": """
key: literacy
label: {zh: 科学素质, en: Literacy}
unit: percent
nature: ratio
direction: higher
quantity: literacy
cites: [{document: plan, lines: [7]}]
target_year: 2025
target: [{since: 2021-01-01, value: "5", because: 第一章}]
frequency: year
source: st_office
""",
}
RICH["tiny/indicators/high_tech.yaml"] = (
    RICH["tiny/indicators/high_tech.yaml"]
    .replace("frequency: year", "frequency: month")
    .replace("value: 100", "value: 0")
    .replace("value: 350", "value: 4")
)


def moment(text: str) -> dt.datetime:
    """`2024-04-05` at noon in the zone's time."""
    return dt.datetime.fromisoformat(f"{text} 12:00").replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def file(
    who: Organisation, period: str, at: str, revenue: int, expense: int, by: User | None = None, reason: str = ""
) -> None:
    form = registry().forms["rd"]
    facts.file_report(
        form, who, period, {"revenue": revenue, "rd_expense": expense}, by, moment(at), reason, "月报.xlsx"
    )


def tiny_zone(root: Path) -> list[Organisation]:
    """Three firms that must report; two did for September 2024, the first corrected its report on 10 November."""
    plan.load(write_packages(root, RICH), ["tiny"], by=None, at=moment("2021-01-04"))
    firms = [firm(n) for n in (1, 2, 3)]
    clerk = person("statistics", username="clerk")
    titles = registry().titles
    for who in firms:
        facts.grant(titles["above_scale"], who, dt.date(2021, 1, 1), None, moment("2021-01-05"))
    for who in firms[:2]:
        facts.grant(
            titles["high_tech"],
            who,
            dt.date(2022, 6, 1),
            clerk,
            moment("2022-06-02"),
            dt.date(2025, 6, 1),
            decision="虚构1号文",
        )
    file(firms[0], "2024-09", "2024-10-08", 10_000, 200, clerk)
    file(firms[1], "2024-09", "2024-10-09", 30_000, 900)
    file(firms[0], "2024-09", "2024-11-10", 10_000, 500, clerk, "漏报一个项目")
    return firms
