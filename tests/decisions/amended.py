"""The tiny zone with the people and definitions that amend a promise and appraise the units."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from quanyu.decisions import acts as decisions
from quanyu.facts import acts as facts
from quanyu.people.models import Organisation, User
from quanyu.plan import acts as plan
from quanyu.plan.reads import registry
from tests.decisions.zone import RICH, file, moment, tiny_zone
from tests.factories import person, write_packages

CORE = Path(__file__).resolve().parents[2] / "packages/core"
SEES = "sees: [plan, indicators, tasks, assess, appraisal"
ROLES = ("clerk", "chief", "management_committee", "st_office", "statistics")
OFFICE = ("clerk", "chief")
KINDS = ("adjustment", "appraisal", "objection")
SCHEME = """
key: year_end
label: {zh: 年终考核, en: Year-end appraisal}
units: [st_office, statistics]
items:
  - {key: targets, label: {zh: 目标完成}, what: indicators, base: 60, per: "0.1", most: 3}
  - {key: directives, label: {zh: 督办}, what: directives, base: 40, per: 1, most: 5}
vetoes: [{key: false_figures, label: {zh: 弄虚作假}, grade: poor}]
grades:
  - {key: good, label: {zh: 良好}, from: 80}
  - {key: fair, label: {zh: 合格}, from: 60}
  - {key: poor, label: {zh: 不合格}, from: 0}
"""
RULED = (
    RICH
    | {
        "tiny/roles.yaml": "".join(
            f"- {{key: {role}, label: {{zh: {role}}}, {SEES}{', cases, amend' if role in OFFICE else ''}]}}\n"
            for role in ROLES
        ),
        "tiny/hooks.yaml": (CORE / "hooks.yaml").read_text("utf-8"),
        "tiny/appraisals/year_end.yaml": SCHEME,
    }
    | {f"tiny/case_types/{kind}.yaml": (CORE / f"case_types/{kind}.yaml").read_text("utf-8") for kind in KINDS}
)


def ruled_zone(root: Path, files: dict[str, str] = RULED) -> dict[str, User]:
    """The tiny zone under these definitions, one more report for December 2024, judged: of the two indicators of the
    S&T office the R&D rate (1.5 → 3.5) stands at 3.5, the firms (0 → 4) at 2. Returns one person a role."""
    firms = tiny_zone(root / "before")
    load(root, files)
    file(firms[2], "2024-12", "2025-01-08", 10_000, 350)
    judge("2025-01-20")
    seats = Organisation.objects.in_bulk(registry().plan.holders.values(), field_name="key")
    held = {role: seats.get(registry().plan.holders.get(role, "")) for role in ROLES}
    return {role: person(role, held[role], username=f"{role}_1") for role in ROLES}


def load(root: Path, files: dict[str, str]) -> None:
    plan.load(write_packages(root / str(len(list(root.iterdir()))), files), ["tiny"], by=None, at=moment("2025-01-15"))


def judge(day: str) -> None:
    facts.freeze(moment(day))
    decisions.measure(at=moment(day))
    decisions.judge(at=moment(day), on=dt.date.fromisoformat(day))
