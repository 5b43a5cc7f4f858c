"""A tiny zone with the supervision of the shared package: four offices, two tasks of the plan, one indicator behind."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from quanyu.decisions import acts as decisions
from quanyu.decisions.acts import supervision as acts
from quanyu.decisions.models import Directive
from quanyu.decisions.reads import supervision as reads
from quanyu.facts import acts as facts
from quanyu.people.models import Organisation, User
from quanyu.plan import acts as plan
from quanyu.plan.reads import registry
from tests.decisions.zone import RICH, moment, tiny_zone
from tests.factories import person, write_packages

CORE = Path(__file__).resolve().parents[2] / "packages/core"
SEEN = "[plan, indicators, tasks, conflicts]"
SUPERVISED = RICH | {
    "tiny/roles.yaml": f"""
- {{key: clerk, label: {{zh: 经办}}, sees: [plan, indicators, tasks, cases, order], workbench: clerk}}
- {{key: chief, label: {{zh: 科长}}, sees: [plan, indicators, tasks, cases, order], workbench: chief}}
- {{key: leader, label: {{zh: 领导}}, sees: [plan, indicators, tasks, cases, order], workbench: leader}}
- {{key: st_office, label: {{zh: 科技科, en: S&T office}}, sees: {SEEN}}}
- {{key: statistics, label: {{zh: 统计科, en: Statistics}}, sees: {SEEN}}}
""",
    "tiny/package.yaml": "{key: tiny, label: {zh: 小园区}, version: '1', settings: {supervision: {order_days: 10}}}\n",
    "tiny/documents.yaml": RICH["tiny/documents.yaml"] + "- {key: supervision_practice, label: {zh: 督办做法}}\n",
    "tiny/hooks.yaml": (CORE / "hooks.yaml").read_text("utf-8"),
    "tiny/slips.yaml": (CORE / "slips.yaml").read_text("utf-8"),
    "tiny/case_types/directive.yaml": (CORE / "case_types/directive.yaml").read_text("utf-8"),
    "tiny/plans/tiny.yaml": RICH["tiny/plans/tiny.yaml"]
    .replace("{st_office: st_section}", "{st_office: st_section, statistics: economy_bureau}")
    .replace("first: 1, last: 9", "first: 1, last: 40"),
    "tiny/tasks/firms.yaml": """
key: firms
label: {zh: 培育高新技术企业, en: Grow high-tech firms}
section: s1
cites: [{document: plan, lines: [3, 4], quote: 培育4家}]
lead: st_office
supports: [statistics]
due_on: 2025-06-30
deliverable: {zh: 高新技术企业}
quantity: 4
unit: firm
indicators: [high_tech]
""",
    "tiny/tasks/fund.yaml": """
key: fund
label: {zh: 设立引导基金, en: Set up a fund}
section: s1
cites: [{document: plan, lines: [6]}]
lead: statistics
indicators: []
unstated: [due_on]
""",
}  # fmt: skip


def supervised_zone(root: Path) -> dict[str, User]:
    """`SUPERVISED` in force, September 2024 judged; a person on each of the five seats."""
    tiny_zone(root / "before")
    plan.load(write_packages(root / "supervised", SUPERVISED), ["tiny"], by=None, at=moment("2024-10-20"))
    facts.freeze(moment("2024-10-21"))
    decisions.measure(at=moment("2024-10-21"))
    decisions.judge(at=moment("2024-10-21"), on=dt.date(2024, 10, 21))
    seats = {"st_office": "st_section", "statistics": "economy_bureau"}
    people = {}
    for role in ("clerk", "chief", "leader", "st_office", "statistics"):
        organisation = Organisation.objects.get(key=seats[role]) if role in seats else None
        people[role] = person(role, organisation, username=f"{role}_1")
    return people


def order(by: User, at: str = "2024-11-01", due: str = "2024-11-29", **more: object) -> Directive:
    """A directive about the task `firms`, led by the S&T office with statistics beside it, set up by somebody."""
    known = registry()
    lead, supports = reads.seat_of(known, "st_office"), [reads.seat_of(known, "statistics")]
    words = {"task": "firms", "supports": supports, "lead": lead, "due_on": dt.date.fromisoformat(due), **more}
    return acts.set_up("培育高新技术企业", "再认定两家", by=by, at=moment(at), **words)
