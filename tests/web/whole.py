"""The tiny zone of `tests/decisions/zone.py` with all that pages show: chapters, tasks, contradictions, an own seat."""

from __future__ import annotations

from pathlib import Path

from django.test import Client

from quanyu.decisions import acts as decisions
from quanyu.facts import acts as facts
from quanyu.people.models import Organisation
from quanyu.plan import acts as plan
from tests.decisions.zone import tiny_zone
from tests.factories import firm, person, write_packages
from tests.web.conftest import NOW, ON, OPEN

OWN = "[plan, indicators, organisations, reports]"
WHOLE = OPEN | {
    "tiny/roles.yaml": OPEN["tiny/roles.yaml"]
    + f"""
- {{key: enterprise, label: {{zh: 企业负责人, en: Firm owner}}, sees: {OWN}, own_only: true, home: /orgs/}}
- {{key: public, label: {{zh: 社会公众, en: Public}}, sees: [plan], home: /plan/text/}}
""",
    "tiny/plans/tiny.yaml": """
key: tiny
label: {zh: 云上虚构规划, en: Cloud plan}
starts_on: 2021-01-01
ends_on: 2025-12-31
issuer: {zh: 虚构管委会}
sections:
  - {key: c1, label: {zh: 一、基础, en: 1 Where we stand}, first: 1, last: 2}
  - {key: c2, label: {zh: 二、目标, en: 2 Goals}, first: 3, last: 9}
  - {key: c3, label: {zh: 三、任务, en: 3 Tasks}, first: 10, last: 40}
  - {key: c3_1, label: {zh: （一）培育企业, en: 3.1 Firms}, first: 12, last: 20, parent: c3}
  - {key: c3_1_2, label: {zh: 2. 扶持研发, en: 3.1.2 R&D}, first: 15, last: 20, parent: c3_1}
  - {key: box1, label: {zh: 专栏1 主要指标, en: Box 1 Main targets}, first: 30, last: 40, parent: c3, kind: table}
holders: {st_office: st_section}
""",
    "tiny/statements/all.yaml": """
- {key: text_high_tech, subject: high_tech, aspect: stock, period: "2020", value: 0, unit: firm, role: baseline,
   cite: {document: plan, lines: [3], quote: 高企尚未起步}}
- {key: box_high_tech, subject: high_tech, aspect: stock, period: "2020", value: 1, unit: firm, role: baseline,
   cite: {document: plan, lines: [31], quote: "1"}}
- {key: text_rate, subject: rd_rate, aspect: share, period: "2025", value: "3.5", unit: percent, role: target,
   cite: {document: plan, lines: [5], quote: 达到3.5%}}
- {key: box_rate, subject: rd_rate, aspect: share, period: "2025", value: "3.0", unit: percent, role: target,
   cite: {document: plan, lines: [32], quote: "3.0"}}
""",
    "tiny/rulings/rate.yaml": """
key: rate
subject: rd_rate
settles: [P201]
what: target
value: "3.5"
year: 2025
statement: text_rate
because: 以正文为准
by: {zh: 虚构领导小组, en: Leading group}
on: 2021-06-01
""",
    "tiny/tasks/firms.yaml": """
key: firms
label: {zh: 培育高新技术企业, en: Grow high-tech firms}
section: c3_1
cites: [{document: plan, lines: [13], quote: 培育4家}]
lead: st_office
supports: [statistics]
due_on: 2025-06-30
deliverable: {zh: 高新技术企业, en: High-tech firms}
quantity: 4
unit: firm
indicators: [high_tech]
""",
    "tiny/tasks/fund.yaml": """
key: fund
label: {zh: "=设立引导基金", en: Set up a fund}
section: c3_1_2
cites: [{document: plan, lines: [16, 17]}]
lead: statistics
indicators: []
unstated: [lead, due_on]
""",
    "tiny/tasks/rate.yaml": """
key: rate
label: {zh: 提高研发投入, en: Raise R&D}
section: box1
cites: [{document: plan, lines: [32]}]
lead: st_office
indicators: [rd_rate]
unstated: [due_on]
""",
    "tiny/technologies/clouds.yaml": """
key: clouds
label: {zh: 云彩材料, en: Cloud materials}
cites: [{document: plan, lines: [14]}]
items: [{zh: 造云, en: Cloud making}, {zh: 拨云, en: Cloud parting}]
""",
    "tiny/strategies/one.yaml": """
key: one
label: {zh: 一体战略, en: One strategy}
cites: [{document: plan, lines: [9]}]
parts: [{zh: 一个中心, en: One centre}]
""",
}


def whole_zone(root: Path) -> list[Organisation]:
    """`WHOLE` in force over the three firms of the tiny zone, judged for September 2024."""
    firms = tiny_zone(root / "before")
    plan.load(write_packages(root / "whole", WHOLE), ["tiny"], by=None, at=NOW)
    facts.freeze(NOW)
    decisions.measure(at=NOW)
    decisions.judge(at=NOW, on=ON)
    return firms


def browser_of(role: str, organisation: Organisation | None = None) -> Client:
    """A browser in which somebody with this role is logged in."""
    client = Client()
    client.force_login(person(role, organisation))
    return client


def more_firms(count: int) -> list[Organisation]:
    return [firm(n) for n in range(50, 50 + count)]
