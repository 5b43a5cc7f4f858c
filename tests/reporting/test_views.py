"""One fact in three codings, a form filled from another one, and a form that changes from a period on."""

from decimal import Decimal
from pathlib import Path

import pytest

from quanyu.bureaus.reporting.reads.context import context, proposed
from quanyu.facts import acts
from quanyu.facts.acts.imports import import_file
from quanyu.facts.cells import check_cells
from quanyu.facts.facts import provider_problems
from quanyu.plan.reads import registry
from quanyu.registry.check import check
from quanyu.registry.load import load_files, read_files
from quanyu.registry.views import view_lines
from tests.facts.desk import ROOT, code, core, file, good, make_firms, moment, sound_year
from tests.reporting.handin import a_firm, definitions

pytestmark = pytest.mark.django_db


def year_cells(**changes):
    return check_cells(core().forms["qy107_2"], sound_year(**changes))[0]


def view(key, cells):
    return {code: (label.zh, value, unit) for code, label, value, unit in view_lines(core(), core().views[key], cells)}


def test_the_torch_coding_prints_the_same_facts():
    lines = view("gq_005", year_cells())
    assert lines["qj09"] == ("研究开发人员合计", 15, "person")
    assert lines["qj20"] == ("研究开发费用合计", 9000, "thousand_yuan")
    assert [lines[c][1] for c in ("qj23_1", "qj23_2", "qj23_3", "qj33", "qj33_2", "qj33_4", "qj250")] == [
        3600, 4000, 1200, 200, 200, 0, 500,
    ]  # fmt: skip
    assert len(lines) == 19


def test_the_technology_centre_table_is_in_wan_yuan_exactly():
    cells = year_cells(y_labour=3601, y_funds_own=8501)
    lines = {
        label.zh: (value, unit)
        for _code, label, value, unit in view_lines(core(), core().views["technology_centre"], cells)
    }
    assert lines["研究开发费用合计"] == (Decimal("900.1"), "wan_yuan")
    assert lines["人员人工费用"] == (Decimal("360.1"), "wan_yuan")
    assert len(lines) == 13
    assert sum(lines[n][0] for n in list(lines)[1:8]) + lines["其他费用"][0] == lines["研究开发费用合计"][0]


def test_a_line_over_an_empty_cell_is_empty():
    assert view("gq_005", {"y_staff": 3})["qj20"][1] is None


def test_the_yearly_form_is_proposed_from_the_months_on_file():
    (firm,) = make_firms(1)
    file(firm, "2023-12", "2024-01-10")
    file(firm, "2024-01", "2024-02-05", rd_outsourced=90, rd_outsourced_domestic=60, rd_expense=890)
    file(firm, "2024-02", "2024-03-05", rd_staff=18, staff=140)
    form = core().form("qy107_2", "2024")
    found = proposed(core(), form, context(core(), form, firm, "2024"))
    assert {n: found[n] for n in ("y_staff", "y_labour", "y_to_abroad", "y_patents_applied", "y_super_deduction")} == {
        "y_staff": 18, "y_labour": 600, "y_to_abroad": 30, "y_patents_applied": 2, "y_super_deduction": 1400,
    }  # fmt: skip
    assert len(found) == 15
    assert proposed(core(), form, context(core(), form, firm, "2022")) == {}


# --- editions -------------------------------------------------------------------------------------------------------

NEW = """
key: js01_2025
label: {zh: 技术合同登记月报, en: Monthly technology contracts}
period: month
edition_of: js01
from: 2025-01
filled_by: firm_statistician
due_days: 10
fields:
  - {name: contract_count, code: "1", label: {zh: 登记合同数}, type: integer, unit: contract, required: true}
  - {name: contract_amount, code: "2", label: {zh: 合同成交金额}, type: integer, unit: thousand_yuan, required: true}
  - {name: contract_field, code: "9", label: {zh: 技术领域}, type: choice, options: [{code: "1", label: {zh: 新材料}}]}
"""


@pytest.fixture(scope="module")
def renewed():
    files = read_files(ROOT / "packages", ["core"]) | {"core/forms/js01_2025.yaml": NEW}
    registry, problems = load_files(files)
    assert [str(p) for p in (*problems, *check(registry)) if p.mood == "wrong"] == []
    return registry


def test_a_period_has_the_edition_that_was_in_force(renewed):
    old, new = renewed.form("js01", "2024-12"), renewed.form("js01", "2025-01")
    assert (old.due_days, new.due_days, new.key) == (15, 10, "js01")
    assert [f.name for f in new.fields] == ["contract_count", "contract_amount", "contract_field"]
    assert "js01_2025" in renewed.forms
    assert "js01_2025" not in renewed.first_editions
    assert [f.key for f in renewed.editions("js01")] == ["js01", "js01_2025"]


def test_the_facts_have_the_columns_of_every_edition(renewed):
    columns = renewed.contracts["tech_contract"].columns
    assert {n: (c.type, c.unit) for n, c in columns.items()} == {
        "contract_count": ("integer", "contract"), "contract_amount": ("integer", "thousand_yuan"),
        "technology_amount": ("integer", "thousand_yuan"), "contract_field": ("text", ""),
    }  # fmt: skip
    assert provider_problems(renewed) == []


def test_old_periods_keep_their_definition_in_a_file(renewed, tmp_path):
    make_firms(2)
    head = "统一社会信用代码,报告期,登记合同数,合同成交金额,技术交易额,技术领域\n"

    def take(name: str, *rows: str, period=None):
        path = Path(tmp_path / name)
        path.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
        return import_file(path, None, renewed, period, by=None, at=moment("2025-03-01"))

    outcome = take("old.csv", f"{code(1)},,1,100,60,新材料", period="2024-12")
    assert (outcome.loaded, outcome.form) == (True, "js01")
    assert outcome.notes == ["以下各列不属于“技术合同登记月报”，没有导入：技术领域。"]
    outcome = take("new.csv", f"{code(1)},,1,100,60,新材料", period="2025-01")
    assert (outcome.loaded, outcome.notes) == (True, ["以下各列不属于“技术合同登记月报”，没有导入：技术交易额。"])
    told = [str(p) for p in take("mixed.csv", f"{code(1)},2024-11,1,100,60,", f"{code(2)},2025-02,1,100,60,").problems]
    assert len(told) == 1
    assert told[0].endswith("报告期 2025-02 用的是另一版表式。请按报告期分开导入，并在导入时指明报告期。")


def test_an_old_report_is_filed_and_read_by_its_own_edition(renewed):
    (firm,) = make_firms(1)
    old = acts.file_report(
        renewed.form("js01", "2024-12"), firm, "2024-12",
        {"contract_count": 1, "contract_amount": 100, "technology_amount": 60}, None, moment("2025-01-05"),
    )  # fmt: skip
    new = acts.file_report(
        renewed.form("js01", "2025-01"), firm, "2025-01",
        {"contract_count": 1, "contract_amount": 100, "contract_field": "新材料"}, None, moment("2025-02-05"),
    )  # fmt: skip
    assert (old.report.form, new.report.form) == ("js01", "js01")
    assert new.report.cells == {"contract_count": 1, "contract_amount": 100, "contract_field": "1"}
    with pytest.raises(acts.WrongCells, match="“技术交易额”没有填，必须填写"):
        acts.file_report(renewed.form("js01", "2024-11"), firm, "2024-11", new.report.cells, None, moment("2025-02-05"))


def test_half_of_a_second_month_is_known_and_at_most_eight_numbers_are_typed():
    form = core().forms["qy101"]
    known = [f for f in form.fields if f.carried or f.formula]
    typed = [f for f in form.fields if f.required and not f.carried and not f.formula]
    assert len(known) * 2 >= len(form.fields)
    assert len(typed) <= 8
    assert [str(who) for who in form.signed_by] == ["单位负责人", "统计负责人", "填表人", "联系电话", "报出日期"]
    assert set(good()) == {f.name for f in form.fields}


def test_the_report_page_prints_and_offers_every_coding(client):
    definitions()
    held = a_firm(1)
    form = registry().form("qy107_2", "2025")
    found = acts.file_report(
        form, held.firm, "2025", sound_year(y_labour=3601, y_funds_own=8501), None, moment("2026-03-05")
    )
    client.force_login(held.statistician)
    address = f"/reports/{found.report.pk}"
    page = client.get(f"{address}/").content.decode()
    assert "qj23_1" in page and "360.10" in page
    rows = client.get(f"{address}.csv?view=technology_centre").content.decode("utf-8-sig").splitlines()
    assert [row.split(",")[-1] for row in rows if "研究开发费用合计" in row] == ["900.10"]
