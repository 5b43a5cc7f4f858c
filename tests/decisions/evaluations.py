"""A tiny zone with the evaluation of the shared package: two responsible units, a desk, its chief, a firm."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from quanyu.decisions import acts as decisions
from quanyu.facts import acts as facts
from quanyu.people.models import Organisation, User
from quanyu.plan import acts as plan
from tests.decisions.zone import RICH, file, moment, tiny_zone
from tests.factories import person, write_packages

CORE = Path(__file__).resolve().parents[2] / "packages/core"
SEEN = "[plan, indicators, tasks, conflicts, assess]"
INDEX = """
key: zone_index
label: {zh: 园区指数, en: Zone index}
compares: years
normalisation: target
weighting: equal
within: arithmetic
across: arithmetic
missing: leave_out
groups:
  all: {label: {zh: 全部}, indicators: [high_tech, rd_rate]}
varied: {normalisation: [target, min_max], weighting: [equal], mean: [arithmetic], share: "0.2", draws: 1000, seed: 3}
note: 试验
"""
EVALUATED = RICH | {
    "tiny/roles.yaml": f"""
- {{key: clerk, label: {{zh: 经办}}, sees: [plan, indicators, tasks, cases, assess], workbench: clerk}}
- {{key: chief, label: {{zh: 科长}}, sees: [plan, indicators, tasks, cases, assess], workbench: chief}}
- {{key: st_office, label: {{zh: 科技科, en: S&T office}}, sees: {SEEN}}}
- {{key: statistics, label: {{zh: 统计科, en: Statistics}}, sees: {SEEN}}}
- {{key: enterprise, label: {{zh: 企业}}, sees: [plan], own_only: true}}
""",
    "tiny/documents.yaml": RICH["tiny/documents.yaml"] + "- {key: plan_evaluation_practice, label: {zh: 评估做法}}\n",
    "tiny/hooks.yaml": (CORE / "hooks.yaml").read_text("utf-8"),
    "tiny/case_types/evaluation.yaml": (CORE / "case_types/evaluation.yaml").read_text("utf-8"),
    **{f"tiny/evaluations/{k}.yaml": (CORE / f"evaluations/{k}.yaml").read_text("utf-8") for k in ("annual", "final")},
    "tiny/indices/zone_index.yaml": INDEX,
    "tiny/plans/tiny.yaml": RICH["tiny/plans/tiny.yaml"].replace(
        "{st_office: st_section}", "{st_office: st_section, statistics: economy_bureau}"
    ),
    "tiny/tasks/firms.yaml": """
key: firms
label: {zh: 培育高新技术企业}
section: s1
cites: [{document: plan, lines: [3]}]
lead: st_office
indicators: [high_tech]
""",
    "tiny/tasks/fund.yaml": """
key: fund
label: {zh: 设立引导基金}
section: s1
cites: [{document: plan, lines: [6]}]
lead: statistics
""",
}
SEATS = {"st_office": "st_section", "statistics": "economy_bureau"}


def evaluated_zone(root: Path) -> dict[str, User]:
    """`EVALUATED` in force, September 2024 judged: 2 of 4 firms wanted, an R&D rate of 3.5 % as wanted."""
    tiny_zone(root / "before")
    plan.load(write_packages(root / "evaluated", EVALUATED), ["tiny"], by=None, at=moment("2024-11-12"))
    walk("2024-11-12")
    return {
        role: person(role, Organisation.objects.get(key=SEATS[role]) if role in SEATS else None, username=f"{role}_1")
        for role in ("clerk", "chief", "st_office", "statistics", "enterprise")
    }


def walk(day: str) -> None:
    """Freeze, measure and judge, as on a day."""
    facts.freeze(moment(day))
    decisions.measure(at=moment(day))
    decisions.judge(at=moment(day), on=dt.date.fromisoformat(day))


def correct(day: str = "2024-11-25") -> None:
    """The first firm takes most of its R&D back: the rate of September 2024 falls from 3.5 % to 2.5 %."""
    file(Organisation.objects.get(name="虚构企业1号"), "2024-09", day, 10_000, 100, None, "多报")
