"""A zone with a few policies: what is reported of three firms decides what each may have. Years follow the calendar,
for the pages look at today: `YEAR` is the last fiscal year."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.utils import timezone

from quanyu.facts import acts as facts
from quanyu.people.models import Organisation
from quanyu.plan import acts as plan
from quanyu.plan.reads import registry
from tests.decisions.zone import RICH, moment
from tests.factories import firm, write_packages

TODAY = timezone.localdate()
YEAR = TODAY.year - 1
NOW = timezone.now()

POLICIES = RICH | {
    "tiny/roles.yaml": """
- {key: st_office, label: {zh: 科技科, en: S&T office}, sees: [plan, organisations, reports, firms, entitle], home: /}
- {key: statistics, label: {zh: 统计科}, sees: [plan, firms]}
- {key: finance, label: {zh: 财政}, sees: [plan, entitle]}
- {key: firm_owner, label: {zh: 企业负责人}, sees: [plan, benefits, firms, file], own_only: true, home: /mine/}
- {key: enterprise, label: {zh: 企业填报人}, sees: [plan, benefits], own_only: true, home: /mine/}
- {key: public, label: {zh: 公众}, sees: [plan], home: /plan/}
""",
    "tiny/units.yaml": RICH["tiny/units.yaml"]
    + """
- {key: yuan, label: {zh: 元, en: yuan}, dimension: money, factor: 1, decimals: 2}
- {key: wan_yuan, label: {zh: 万元, en: 10k yuan}, dimension: money, factor: 10000, decimals: 2}
- {key: piece, label: {zh: 件, en: items}, dimension: "count:piece", factor: 1, decimals: 0}
- {key: point, label: {zh: 分, en: points}, dimension: point, factor: 1, decimals: 1}
""",
    "tiny/documents.yaml": """
- {key: plan, label: {zh: 云上虚构规划}}
- {key: measures, label: {zh: 云上虚构科技创新若干措施, en: Fictional measures}, number: 云上虚构〔2021〕1号}
""",
    "tiny/wordings.yaml": (Path(__file__).parents[2] / "packages/core/wordings.yaml").read_text("utf-8"),
    "tiny/forms/rd_year.yaml": """
key: rd_year
label: {zh: 研发年报}
period: year
fields:
  - {name: y_revenue, label: {zh: 营业收入}, type: integer, unit: thousand_yuan}
  - {name: y_rd, label: {zh: 研发费用}, type: integer, unit: thousand_yuan}
  - {name: y_patents, label: {zh: 发明专利}, type: integer, unit: piece}
""",
    "tiny/facts/yearly.yaml": "{key: yearly, label: {zh: 研发年报数}, provider: 'report:rd_year'}\n",
    "tiny/forms/policy_payments.yaml": (
        Path(__file__).parents[2] / "packages/core/forms/policy_payments.yaml"
    ).read_text("utf-8"),
    "tiny/traits.yaml": """
- key: revenue
  label: {zh: 营业收入, en: Revenue}
  type: number
  unit: wan_yuan
  section: {zh: 经营}
  guest: 1
  sources: [{contract: yearly, column: y_revenue, take: last}]
- key: rd_expense
  label: {zh: 研发费用, en: R&D expense}
  type: number
  unit: wan_yuan
  back: 1
  section: {zh: 经营}
  guest: 2
  sources: [{contract: yearly, column: y_rd, take: last}]
- key: patents
  label: {zh: 有效发明专利}
  type: number
  unit: piece
  section: {zh: 成果}
  guest: 3
  sources: [{contract: yearly, column: y_patents, take: last}]
- {key: dishonest, label: {zh: 失信}, type: flag, section: {zh: 信用}}
""",
    "tiny/stackings.yaml": "- {key: award, label: {zh: 高企奖励}, rule: highest, cites: [{document: measures}]}\n",
    "tiny/policies/rd_aid.yaml": """
key: rd_aid
label: {zh: 研发投入后补助, en: R&D aid}
subject: firm
mode: automatic
level: zone
from: 2021-01-01
lead: st_office
days: 20
cites: [{document: measures, clause: 第三条}]
summary: {zh: 研发投入占比达标的企业}
parameters:
  - key: floor
    label: {zh: 最低占比}
    unit: percent
    values:
      - {since: 2021-01-01, value: "2", because: 措施第三条}
      - {since: 2023-01-01, value: "3", because: 修订提高, unverified: true}
  - {key: rate, label: {zh: 补助比例}, unit: percent, values: [{since: 2021-01-01, value: "10", because: 措施第三条}]}
  - {key: cap, label: {zh: 封顶}, unit: wan_yuan, values: [{since: 2021-01-01, value: "50", because: 措施第三条}]}
conditions:
  - key: share
    label: {zh: 研发投入占比}
    of: rd_expense
    per: revenue
    unit: percent
    at_least: floor
    cites: [{document: measures, clause: 第三条第一款}]
benefit: {pays: rd_expense * rate, cap: cap}
budget: [{since: 2021-01-01, value: 10000000, because: 年度预算}]
""",
    "tiny/policies/ht_award.yaml": """
key: ht_award
label: {zh: 高新技术企业认定奖励}
subject: firm
mode: quick
level: zone
from: 2021-01-01
lead: st_office
cites: [{document: measures, clause: 第四条}]
stacking: award
parameters:
  - {key: award, label: {zh: 奖励}, unit: wan_yuan, values: [{since: 2021-01-01, value: "20", because: 措施第四条}]}
conditions:
  - {key: held, label: {zh: 持有高新技术企业资格}, test: "holds('high_tech')"}
  - {key: inventions, label: {zh: 有效发明专利}, of: patents, unit: piece, at_least: "2", advice: {zh: 申请发明专利}}
benefit: {pays: award, once: true}
papers: [{key: form, label: {zh: 申请表}, because: 平台没有}]
""",
    "tiny/policies/city_award.yaml": """
key: city_award
label: {zh: 市级高企奖励}
subject: firm
mode: quick
level: municipal
from: 2021-01-01
lead: st_office
cites: [{document: measures, clause: 第五条}]
stacking: award
parameters:
  - {key: award, label: {zh: 奖励}, unit: wan_yuan, values: [{since: 2021-01-01, value: "10", because: 措施第五条}]}
conditions: [{key: held, label: {zh: 持有高新技术企业资格}, test: "holds('high_tech')"}]
benefit: {pays: award}
""",
    "tiny/policies/gazelle.yaml": """
key: gazelle
label: {zh: 瞪羚企业奖励}
subject: firm
mode: review
level: zone
from: 2021-01-01
lead: st_office
cites: [{document: measures, clause: 第六条}]
awaits: {zh: 五个名称对应六个金额}
parameters: [{key: award, label: {zh: 奖励}, unit: wan_yuan}]
conditions:
  - {key: clean, label: {zh: 失信}, kind: veto, test: dishonest}
  - {key: judged, label: {zh: 专家评审}, kind: discretion}
benefit: {pays: award}
""",
    "tiny/policies/rd_aid_2020.yaml": """
key: rd_aid_2020
label: {zh: 研发后补助（旧）}
subject: firm
mode: quick
level: zone
from: 2018-01-01
to: 2021-01-01
lead: st_office
cites: [{document: measures, clause: 附则}]
conditions: [{key: spent, label: {zh: 有研发费用}, of: rd_expense, unit: wan_yuan, above: "0"}]
""",
}
POLICIES["tiny/policies/rd_aid.yaml"] += "replaces: rd_aid_2020\n"


def report(who: Organisation, revenue: int, rd: int, patents: int, year: int = YEAR) -> None:
    """A firm's year, money in 千元."""
    cells = {"y_revenue": revenue, "y_rd": rd, "y_patents": patents}
    facts.file_report(registry().forms["rd_year"], who, str(year), cells, None, moment(f"{year + 1}-03-01"), "", "年报")


def pay(who: Organisation, policy: str, yuan: str, on: dt.date, number: str = "1") -> None:
    """A payment as it is left in the facts."""
    cells = {"policy": policy, "amount": yuan, "paid_on": on.isoformat(), "number": number}
    form = registry().forms["policy_payments"]
    facts.file_report(form, who, f"{on:%Y-%m}", cells, None, NOW, "", "拨付", line=number)


def make_zone(root: Path) -> list[Organisation]:
    """Firm 1: 4 % of 100 million, high-tech, 3 inventions. Firm 2: 2.9 %, high-tech, 1 invention. Firm 3: nothing.

    Firm 1 may have 40 万元 of aid and the better award; firm 2 is just below, and one invention short.
    """
    plan.load(write_packages(root, POLICIES), ["tiny"], by=None, at=moment("2021-01-04"))
    firms = [firm(n) for n in (1, 2, 3)]
    for who in firms[:2]:
        facts.grant(registry().titles["high_tech"], who, dt.date(YEAR, 6, 1), None, moment(f"{YEAR}-06-02"))
    report(firms[0], 100_000, 4_000, 3)
    report(firms[1], 100_000, 2_900, 1)
    facts.freeze(NOW)
    return firms
