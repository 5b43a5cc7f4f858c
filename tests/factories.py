"""Small things to test with, all made through the acts: a zone, firms, people, a plan of one indicator.

Codes carry a right check digit but an area number (999999) that belongs to nobody.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from stdnum.cn import uscc

from quanyu.people import acts as people
from quanyu.people.models import Organisation, User
from quanyu.plan import acts as plan
from quanyu.plan.models import Revision
from quanyu.registry.load import load_files
from quanyu.registry.model import Registry

AT = dt.datetime(2024, 10, 15, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
LONG_AGO = dt.date(2021, 1, 1)
PASSWORD = "Cang-Shan-42-lu"

TINY = {
    "tiny/package.yaml": "{key: tiny, label: {zh: 小园区, en: Tiny zone}, version: '1'}\n",
    "tiny/units.yaml": """
- {key: firm, label: {zh: 家}, dimension: 'count:firm', factor: 1, decimals: 0}
- {key: thousand_yuan, label: {zh: 千元}, dimension: money, factor: 1000, decimals: 0}
""",
    "tiny/roles.yaml": """
- {key: st_office, label: {zh: 科技科, en: S&T office}, sees: [plan, organisations, reports], home: /plan/}
- {key: statistics, label: {zh: 统计科, en: Statistics}, sees: [plan, reports]}
- {key: enterprise, label: {zh: 企业填报人, en: Firm}, sees: [plan, organisations, file], own_only: true, home: /file/}
- {key: administrator, label: {zh: 系统管理员, en: Administrator}, sees: [admin]}
""",
    "tiny/organisation_kinds.yaml": """
- {key: province, label: {zh: 省}, area: true}
- {key: city, label: {zh: 市}, area: true}
- {key: area_zone, label: {zh: 园区}, area: true}
- {key: park, label: {zh: 片区}, area: true}
- {key: department, label: {zh: 部门}}
- {key: firm, label: {zh: 企业}, needs_code: true}
""",
    "tiny/areas.yaml": """
- {key: cloud_province, label: {zh: 云上省}, kind: province}
- {key: cloud_city, label: {zh: 云上市}, kind: city, parent: cloud_province}
- {key: cloud_zone, label: {zh: 云上虚构开发区}, kind: area_zone, parent: cloud_city}
- {key: east_park, label: {zh: 东虚构片区}, kind: park, parent: cloud_zone}
- {key: west_park, label: {zh: 西虚构片区}, kind: park, parent: cloud_zone}
""",
    "tiny/departments.yaml": """
- {key: economy_bureau, label: {zh: 虚构经发局}, kind: department, area: cloud_zone}
- {key: st_section, label: {zh: 虚构科技科}, kind: department, area: cloud_zone, parent: economy_bureau}
""",
    "tiny/documents.yaml": "- {key: plan, label: {zh: 云上虚构规划}}\n",
    "tiny/quantities.yaml": "- {key: high_tech, label: {zh: 高新技术企业}, unit: firm, nature: stock}\n",
    "tiny/titles.yaml": "- {key: high_tech, label: {zh: 高新技术企业}, years: 3}\n",
    "tiny/facts/standing.yaml": """
key: standing
label: {zh: 资格}
provider: standing
columns:
  title: {label: {zh: 名称}, type: text}
  level: {label: {zh: 等级}, type: text}
  person: {label: {zh: 持有人}, type: text}
  valid_from: {label: {zh: 起}, type: date}
  valid_to: {label: {zh: 止}, type: date}
""",
    "tiny/lamps/default.yaml": """
key: default
label: {zh: 序时}
ok_from: 0
warn_from: -15
states:
  done: {label: {zh: 已达标}, mark: ✓, fill: '#134d80', tint: '#e3eef8', ink: '#134d80'}
  ok: {label: {zh: 正常}, mark: ●, fill: '#0f9d86', tint: '#e0f3ef', ink: '#0a6b5c'}
  warn: {label: {zh: 偏慢}, mark: ▲, fill: '#d68100', tint: '#fff1d6', ink: '#8a4f00'}
  late: {label: {zh: 滞后}, mark: ■, fill: '#a3201d', tint: '#fce8e6', ink: '#8f1a17'}
  none: {label: {zh: 无数据}, mark: ○, fill: '#5b687d', tint: '#eef1f5', ink: '#46536a'}
  conflict: {label: {zh: 口径待核}, mark: ◇, fill: '#5b687d', tint: '#eef1f5', ink: '#46536a'}
""",
    "tiny/plans/tiny.yaml": """
key: tiny
label: {zh: 云上虚构规划}
starts_on: 2021-01-01
ends_on: 2025-12-31
issuer: {zh: 虚构管委会}
sections:
  - {key: s1, label: {zh: 第一章}, first: 1, last: 9}
holders: {st_office: st_section}
""",
    "tiny/indicators/high_tech.yaml": """
key: high_tech
label: {zh: 高新技术企业, en: High-tech firms}
unit: firm
nature: stock
direction: higher
quantity: high_tech
cites: [{document: plan, lines: [3]}]
main: true
order: 1
baseline_year: 2020
baseline: [{since: 2021-01-01, value: 100, because: 第一章}]
target_year: 2025
target: [{since: 2021-01-01, value: 350, because: 第一章}]
formula: count(distinct firm) filter (where title = 'high_tech' and valid)
window: point
frequency: year
source: statistics
owner: st_office
""",
}


def tiny_registry() -> Registry:
    """The definitions of `TINY`, sound by assertion."""
    registry, problems = load_files(TINY)
    assert [str(p) for p in problems if p.mood == "wrong"] == []
    return registry


def write_packages(root: Path, files: dict[str, str] = TINY) -> Path:
    """Package texts as files below `root`."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def tiny_plan(root: Path, files: dict[str, str] = TINY, *, at: dt.datetime = AT) -> Revision:
    """Load `TINY` (or a variant of it) through the act; its areas and departments become organisations."""
    return plan.load(write_packages(root, files), ["tiny"], by=None, at=at)


def zone() -> Organisation:
    """The area tree down to a fictional zone with two parks; asking again finds the same."""
    rows = [
        {"key": "cloud_province", "name": "云上省", "kind": "province"},
        {"key": "cloud_city", "name": "云上市", "kind": "city", "parent": "cloud_province"},
        {"key": "cloud_zone", "name": "云上虚构开发区", "kind": "area_zone", "parent": "cloud_city"},
        {"key": "east_park", "name": "东虚构片区", "kind": "park", "parent": "cloud_zone"},
        {"key": "west_park", "name": "西虚构片区", "kind": "park", "parent": "cloud_zone"},
    ]
    return people.register_organisations(rows, by=None, at=AT)[2]


def code(n: int) -> str:
    """The n-th made-up 统一社会信用代码: right in form, nobody's in fact."""
    head = f"91999999{n:09d}"
    return head + uscc.calc_check_digit(head)


def firm(n: int = 1, **fields: object) -> Organisation:
    """The n-th fictional firm, in the east park unless said otherwise."""
    zone()
    row = {
        "name": f"虚构企业{n}号",
        "kind": "firm",
        "code": code(n),
        "area": "east_park",
        "industry": "39",
        "size": "M",
    }
    return people.register_organisation(**(row | {"fictional": True} | fields), by=None, at=AT)


def person(role: str = "", organisation: Organisation | None = None, *, username: str = "") -> User:
    """A person with one post since 2021 (at the zone unless said otherwise), or with none when `role` is empty."""
    user = people.create_user(username or role or "stranger", PASSWORD, by=None, at=AT, display_name="张虚构")
    if role:
        people.appoint(user, organisation or zone(), role, LONG_AGO, by=None, at=AT)
    return user
