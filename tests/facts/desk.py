"""What every test of this room starts from: the core definitions, a zone, a few firms, a sound report."""

import datetime as dt
import functools
from pathlib import Path
from zoneinfo import ZoneInfo

from stdnum.cn import uscc

from quanyu.facts import acts
from quanyu.people.acts import register_organisations
from quanyu.plan.acts import load as bring_into_force
from quanyu.registry.load import load

ROOT = Path(__file__).parents[2]


@functools.cache
def core():
    registry, problems = load(ROOT / "packages", ["core"])
    assert [str(p) for p in problems if p.mood == "wrong"] == []
    return registry


def moment(text: str) -> dt.datetime:
    """`2024-04-05` (noon) or `2024-04-05 23:30`, in the zone's time."""
    return dt.datetime.fromisoformat(text if " " in text else f"{text} 12:00").replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def code(number: int) -> str:
    """A credit code that checks and belongs to nobody."""
    body = f"91360700MAFK{number:05d}"
    return body + uscc.calc_check_digit(body)


def make_zone():
    bring_into_force(ROOT / "packages", ["core"], by=None, at=moment("2021-01-01"))  # the calendar of working days
    rows = [
        {"key": "zone", "name": "演示园区", "kind": "zone"},
        {"key": "park-a", "name": "东园", "kind": "park", "parent": "zone"},
    ]
    return register_organisations(rows, by=None, at=moment("2021-01-01"))[0]


def make_firms(count: int):
    make_zone()
    rows = [
        {
            "name": f"虚构{n}号有限公司",
            "kind": "firm",
            "code": code(n),
            "area": "park-a",
            "industry": "C39",
            "size": "中型",
        }
        for n in range(1, count + 1)
    ]
    return register_organisations(rows, by=None, at=moment("2021-01-02"))


def good(**changes) -> dict[str, int]:
    """A sound monthly report; amounts in 千元."""
    return {
        "revenue": 10000, "rd_expense": 800, "rd_labour": 300, "rd_materials": 300, "rd_depreciation": 100,
        "rd_amortisation": 0, "rd_design": 50, "rd_trial": 50, "rd_outsourced": 0, "rd_outsourced_domestic": 0,
        "rd_other": 0, "rd_gov_funded": 20, "rd_fixed_assets": 0, "new_product_revenue": 2000, "hightech_revenue": 6000,
        "export_revenue": 0, "tax_paid": 400, "super_deduction": 700, "staff": 120, "rd_staff": 15, "rd_fulltime": 12,
        "rd_person_months": 15, "patents_applied": 1, "rd_projects": 2, "electricity": 90,
    } | changes  # fmt: skip


def file(firm, period, at, reason="", **changes):
    return acts.file_report(core().forms["qy101"], firm, period, good(**changes), None, moment(at), reason)


def sound_year(**changes) -> dict[str, int]:
    """A sound form 107-2; computed lines are left to the system. Amounts in 千元."""
    names = {f.name for f in core().forms["qy107_2"].fields if not f.formula}
    return dict.fromkeys(names, 0) | {
        "y_staff": 15, "y_staff_support": 2, "y_staff_women": 4, "y_staff_fulltime": 12, "y_staff_graduates": 9,
        "y_staff_outside": 1, "y_labour": 3600, "y_materials": 4000, "y_depreciation": 1200, "y_to_universities": 200,
        "y_fixed_assets": 500, "y_equipment": 400, "y_funds_own": 8500, "y_funds_government": 500,
        "y_super_deduction": 8400, "y_deduction_saved": 1200, "y_institutions": 1, "y_institution_staff": 10,
        "y_institution_doctors": 1, "y_institution_masters": 2, "y_institution_expense": 7000,
        "y_institution_equipment": 900, "y_patents_applied": 4, "y_inventions_applied": 2, "y_inventions_held": 5,
        "y_inventions_used": 3, "y_new_product_revenue": 24000, "y_new_product_exports": 100, "y_papers": 1,
    } | changes  # fmt: skip


def project(**changes) -> dict[str, object]:
    """A sound line of form 107-1 for 2024."""
    return {
        "project_name": "高温合金粉末制备研究", "project_source": "1", "project_mode": "10", "outcome": "12",
        "objective": "3", "started": "2024-02", "finished": "2024-11", "project_staff": 10, "project_months": 90,
        "project_expense": 6000, "project_gov_funded": 300,
    } | changes  # fmt: skip
