"""Relations and edits, one by one: what passes at the line, what is told one step beyond it, and what stands around."""

import dataclasses
import datetime as dt

import pytest

from quanyu.bureaus.reporting.models import Switch
from quanyu.bureaus.reporting.reads.checks import complaints
from quanyu.bureaus.reporting.reads.context import context
from quanyu.facts import acts
from quanyu.facts.cells import check_cells
from tests.facts.desk import core, file, good, make_firms, moment, project, sound_year

pytestmark = pytest.mark.django_db
ON = dt.date(2025, 3, 1)


def checked(form, firm, period, cells, lines=(), registry=None, on=ON):
    registry = registry or core()
    return complaints(registry, registry.form(form, period), firm, period, cells, lines=lines, on=on)


def codes(found, line=0):
    return [c.code for c in found if c.line == line]


def project_list(firm, *lines, year="2024"):
    form = core().form("qy107_1", year)
    for number, cells in enumerate(lines, 1):
        acts.file_report(form, firm, year, cells, None, moment("2025-02-01"), line=str(number))


# --- form 107-2: the relations of the national form --------------------------------------------


@pytest.mark.parametrize(
    ("code", "held", "broken"),
    [
        ("107-2-01", {"y_staff_support": 15}, {"y_staff_support": 16}),
        ("107-2-02", {"y_staff_women": 15}, {"y_staff_women": 16}),
        ("107-2-03", {"y_staff_fulltime": 15}, {"y_staff_fulltime": 16}),
        ("107-2-04", {"y_staff_outside": 15}, {"y_staff_outside": 16}),
        ("107-2-05", {"y_staff_graduates": 15}, {"y_staff_graduates": 16}),
        ("107-2-05", {"y_staff_graduates": 3}, {"y_staff_graduates": 2}),
        ("107-2-06", {"y_institution_staff": 15}, {"y_institution_staff": 16}),
        ("107-2-06", {"y_institution_staff": 3}, {"y_institution_staff": 2}),
        ("107-2-07", {"y_expense": 9000}, {"y_expense": 9001, "y_funds_own": 8501}),
        ("107-2-08", {"y_institution_expense": 9000}, {"y_institution_expense": 9001}),
        ("107-2-09", {"y_outsourced": 200}, {"y_outsourced": 199, "y_other": 1}),
        ("107-2-10", {"y_equipment": 500}, {"y_equipment": 501}),
        ("107-2-11", {"y_inventions_applied": 4}, {"y_inventions_applied": 5}),
        ("107-2-12", {"y_inventions_used": 5}, {"y_inventions_used": 6}),
        ("107-2-13", {"y_new_product_exports": 24000}, {"y_new_product_exports": 24001}),
        ("107-2-14", {"y_labour": 1, "y_funds_own": 4901, "y_institution_expense": 1}, {
            "y_labour": 0, "y_funds_own": 4900, "y_institution_expense": 1}),
        ("107-2-15", {"y_institution_equipment": 1}, {"y_institution_equipment": 1, "y_institutions": 0}),
        ("107-2-16", {"y_funds_own": 8000, "y_funds_bank": 500}, {"y_funds_own": 8000, "y_funds_bank": 501}),
    ],
)  # fmt: skip
def test_each_relation_of_107_2_holds_at_the_line_and_breaks_beyond_it(code, held, broken):
    form = core().forms["qy107_2"]
    assert check_cells(form, sound_year(**held))[1] == []
    found = check_cells(form, sound_year(**broken))[1]
    assert [c.code for c in found] == [code]
    assert set(found[0].fields) & set(broken)
    assert found[0].mood == "wrong"


def test_totals_are_computed_and_a_typed_one_must_agree():
    form = core().forms["qy107_2"]
    clean, found = check_cells(form, sound_year())
    assert (clean["y_outsourced"], clean["y_expense"], found) == (200, 9000, [])
    found = check_cells(form, sound_year(y_expense=9010, y_funds_own=8510))[1]
    assert [c.message for c in found] == [
        "研究开发费用合计（7）应等于其下各项费用（8至14、19）之和：7 行 9,010，算得 9,000，相差 10（107-2-07）"
    ]
    bare = dataclasses.replace(form, identities=())
    found = check_cells(bare, sound_year(y_expense=9010))[1]
    assert [(c.field, c.message) for c in found] == [
        ("y_expense", "“研究开发费用合计”填的是 9010，按公式应是 9,000；此项由系统计算，不必填写。")
    ]
    assert "y_expense" not in check_cells(form, {"y_labour": 5})[0]  # a part is empty: nothing to add up


# --- form 107-2 beside 107-1, last year and the monthly reports --------------------------------


def test_staff_must_suffice_for_the_time_worked_on_projects():
    (firm,) = make_firms(1)
    project_list(firm, project(project_months=100), project(project_months=80, project_staff=9))
    assert codes(checked("qy107_2", firm, "2024", sound_year())[1]) == ["qy107_2.outsourced"]
    found = checked("qy107_2", firm, "2024", sound_year(y_staff=14, y_staff_fulltime=12))[1]
    assert [(c.mood, c.message) for c in found if c.code == "qy107_2.person_months"] == [
        (
            "wrong",
            "研究开发人员合计（1）乘以12个月不能小于107-1表各项目人员实际工作时间（9）之和："
            "1 行 14，《企业研究开发项目情况》9 行 180",
        )
    ]


@pytest.mark.parametrize(
    ("months", "labour", "told"),
    [(100, 220, False), (100, 219, True), (72, 3600, False), (71, 3600, True)],
)
def test_pay_per_person_month_lies_between_2200_and_50000_yuan(months, labour, told):
    (firm,) = make_firms(1)
    project_list(firm, project(project_months=months))
    cells = sound_year(y_labour=labour, y_funds_own=4900 + labour, y_institution_expense=0)
    found = checked("qy107_2", firm, "2024", cells)[1]
    assert ("qy107_2.pay" in codes(found)) is told
    assert [c.message for c in found if c.code == "qy107_2.pay" and labour == 219] == (
        [
            "人员人工费用（8）折合每人月应在 2,200 至 50,000 元之间，请核对或说明："
            "《企业研究开发项目情况》9 行 100，8 行 219"
        ]
        if labour == 219 else []
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"y_institutions": 0, "y_institution_equipment": 0}, "qy107_2.no_institution"),
        ({"y_to_universities": 1, "y_materials": 4199}, "qy107_2.outsourced"),
        ({"y_deduction_saved": 0}, "qy107_2.no_deduction"),
        ({"y_patents_applied": 0, "y_inventions_applied": 0, "y_papers": 0}, "qy107_2.no_output"),
    ],
)
def test_prompts_ask_and_do_not_refuse(change, code):
    (firm,) = make_firms(1)
    quiet = {"y_to_universities": 0, "y_materials": 4200}
    assert checked("qy107_2", firm, "2024", sound_year(**quiet))[1] == []
    found = checked("qy107_2", firm, "2024", sound_year(**quiet | change))[1]
    assert [(c.code, c.mood) for c in found] == [(code, "unwise")]


def test_a_year_is_compared_with_the_year_before_and_with_its_twelve_months():
    (firm,) = make_firms(1)
    form = core().form("qy107_2", "2023")
    acts.file_report(form, firm, "2023", sound_year(), None, moment("2024-03-01"))
    for month in range(1, 12):
        file(firm, f"2024-{month:02}", "2025-01-05")
    cells = sound_year(y_to_universities=0, y_materials=4200)
    assert checked("qy107_2", firm, "2024", cells)[1] == []
    none = {"y_labour": 0, "y_staff": 0} | {n: 0 for n in cells}
    assert {"qy107_2.rd_stopped", "qy107_2.rd_year"} < set(codes(checked("qy107_2", firm, "2024", none)[1]))
    file(firm, "2024-12", "2025-01-15")  # twelve months now: 9,600
    assert codes(checked("qy107_2", firm, "2024", cells)[1]) == []
    low = cells | {"y_materials": 3739, "y_funds_own": 8039}  # 8,539 < 0.9 × 9,600 − 100
    assert codes(checked("qy107_2", firm, "2024", low)[1]) == ["qy107_2.months"]
    at = cells | {"y_materials": 3740, "y_funds_own": 8040}
    assert codes(checked("qy107_2", firm, "2024", at)[1]) == []


# --- form 107-1: many lines --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"finished": "2024-02"}, ""),
        ({"finished": "202401"}, "107-1-01"),
        ({"started": "2024-12", "finished": "2024-12"}, ""),
        ({"started": "2025-01", "finished": "000000"}, "qy107_1.starts"),
        ({"started": "2022-02", "finished": "2024-01", "stage": "2"}, ""),
        ({"started": "2022-02", "finished": "2023-12", "stage": "2"}, "qy107_1.finishes"),
        ({"started": "2023-12"}, "qy107_1.stage_begun"),
        ({"finished": "2025-01"}, "qy107_1.stage_goes_on"),
        ({"finished": "2029-01", "stage": "1"}, ""),
        ({"finished": "2029-02", "stage": "1"}, "qy107_1.span"),
        ({"project_gov_funded": 6000}, ""),
        ({"project_gov_funded": 6001}, "107-1-02"),
        ({"project_months": 120}, ""),
        ({"project_months": 121}, "107-1-03"),
        ({"project_months": 0}, "107-1-04"),
        ({"project_name": "合金粉末"}, "qy107_1.name"),
        ({"objective": "9"}, "qy107_1.new_product"),
        ({"outcome": "4", "objective": "9"}, ""),
    ],
)
def test_each_rule_of_a_project_is_told_for_its_line(change, code):
    (firm,) = make_firms(1)
    clean, found = checked("qy107_1", firm, "2024", {}, [project(), project(**change)])
    assert codes(found, 2) == ([code] if code else [])
    assert codes(found, 1) == codes(found) == []
    assert list(clean) == ["1", "2"]
    assert clean["1"] == project()


def test_projects_together_may_not_take_more_time_than_the_staff_has():
    (firm,) = make_firms(1)
    lines = [project(project_months=100), project(project_months=80)]
    assert checked("qy107_1", firm, "2024", {}, lines)[1] == []  # 107-2 is not there yet
    acts.file_report(core().form("qy107_2", "2024"), firm, "2024", sound_year(), None, moment("2025-02-01"))
    assert checked("qy107_1", firm, "2024", {}, lines)[1] == []
    found = checked("qy107_1", firm, "2024", {}, [*lines, project(project_months=1)])[1]
    assert [(c.code, c.line, c.field, c.mood) for c in found] == [
        ("qy107_1.person_months", 0, "project_months", "wrong")
    ]
    assert found[0].message.endswith("：《企业研究开发活动及相关情况》1 行 15，《企业研究开发项目情况》9 行 181")


def test_months_and_choices_are_read_as_people_write_them():
    form = core().forms["qy107_1"]
    written = {
        "started": "2024年2月",
        "finished": 202411.0,
        "project_source": 1,
        "outcome": "12 自主研制的新产品原型、样机、样品、配方或新装置",
    }
    clean, found = check_cells(form, project(**written))
    assert (clean, found) == (project(), [])
    assert "finished" not in check_cells(form, project(finished="000000"))[0]
    found = check_cells(form, project(started="2024-13", project_source="6", stage="五"), core().units)[1]
    assert [(c.field, c.message) for c in found] == [
        ("project_source", "“项目来源”填的是“6”，应填下列代码之一："
            "1 本企业自选、2 政府部门科技项目、3 其他企业（单位）委托、4 境外、5 其他。"),
        ("started", "“项目起始日期”填的是“2024-13”，应填年份和月份，例如 202403。"),
        ("stage", "“跨年项目当年所处主要进展阶段”填的是“五”，应填下列代码之一：1 研究、2 小试、3 中试、4 试生产。"),
    ]  # fmt: skip


# --- the monthly form beside other months ------------------------------------------------------


def spent(total, **changes):
    """A month with this R&D expense."""
    return good(rd_expense=total, rd_materials=total - 500, **changes)


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (1800, ""),
        (1801, "qy101.rd_month"),
        (1500, ""),
        (600, ""),
        (599, "qy101.rd_month"),
        (800, "qy101.same_as_before"),
    ],
)
def test_a_swing_against_last_month(now, code):
    """800 last month: from 0.5 × 800 − 200 to 2 × 800 + 200, limits included."""
    registry = _only("qy101.rd_month", "qy101.same_as_before", low="1")
    (firm,) = make_firms(1)
    file(firm, "2024-02", "2024-03-05")
    found = checked("qy101", firm, "2024-03", spent(now), registry=registry)[1]
    assert codes(found) == ([code] if code else [])


def _only(*keys, low=None):
    edits = {key: core().edits[key] for key in keys}
    if low:
        month = edits["qy101.rd_month"]
        edits["qy101.rd_month"] = dataclasses.replace(
            month, limits=month.limits | {"low": type(month.limits["low"])(low)}
        )
    return dataclasses.replace(core(), edits=edits)


def test_a_swing_against_a_year_ago_and_of_the_cumulated_figures():
    registry = _only("qy101.rd_year_ago", "qy101.rd_cumulated", "qy101.rd_stopped")
    (firm,) = make_firms(1)
    for period in ("2023-01", "2023-02", "2024-01"):
        file(firm, period, "2024-03-05")
    assert codes(checked("qy101", firm, "2024-02", spent(2200), registry=registry)[1]) == []
    found = checked("qy101", firm, "2024-02", spent(2201), registry=registry)[1]
    assert codes(found) == ["qy101.rd_year_ago"]
    found = checked("qy101", firm, "2024-02", spent(2901), registry=registry)[1]  # 800 + 2,901 > 2 × 1,600 + 500
    assert codes(found) == ["qy101.rd_year_ago", "qy101.rd_cumulated"]
    assert [c.field for c in found] == ["rd_expense", "rd_expense"]
    stopped = dict.fromkeys(good(), 0) | {"revenue": 10000, "tax_paid": 400, "staff": 120, "electricity": 90}
    assert codes(checked("qy101", firm, "2024-02", stopped, registry=registry)[1]) == [
        "qy101.rd_year_ago", "qy101.rd_stopped",
    ]  # fmt: skip
    assert codes(checked("qy101", firm, "2024-03", spent(9000), registry=registry)[1]) == []  # nothing to compare with


@pytest.mark.parametrize(("electricity", "told"), [(36, False), (35, True), (225, False), (226, True)])
def test_electricity_and_revenue_move_together(electricity, told):
    (firm,) = make_firms(1)
    file(firm, "2024-02", "2024-03-05")
    cells = good(electricity=electricity)
    found = checked("qy101", firm, "2024-03", cells, registry=_only("qy101.electricity"))[1]
    assert codes(found) == (["qy101.electricity"] if told else [])


def test_a_withdrawn_month_is_not_there_and_a_corrected_one_counts_as_corrected():
    (firm,) = make_firms(1)
    form = core().form("qy101", "2024-02")
    file(firm, "2024-01", "2024-02-05", rd_expense=900, rd_labour=400)
    file(firm, "2024-02", "2024-03-05")
    acts.withdraw_report(form, firm, "2024-02", None, moment("2024-03-06"), "报错")
    file(firm, "2024-01", "2024-03-06", "更正", rd_expense=950, rd_labour=450, staff=130)
    around = context(core(), form, firm, "2024-03")
    assert "previous.rd_expense" not in around
    assert (around["cumulated.rd_expense"], around["cumulated.staff"], around["cumulated.months"]) == (950, 130, 1)
    assert (around["previous.months"], around["last_cumulated.months"]) == (0, 0)
    assert (around["period.first"], around["period.last"]) == (2024 * 12, 2024 * 12 + 11)


def test_flows_are_summed_and_of_stocks_the_last_counts():
    (firm,) = make_firms(1)
    for month, staff in (("2024-01", 120), ("2024-02", 130), ("2024-03", 125)):
        file(firm, month, "2024-05-05", staff=staff)
    around = context(core(), core().form("qy101", "2024-04"), firm, "2024-04")
    assert [around[f"cumulated.{n}"] for n in ("rd_expense", "staff", "electricity")] == [2400, 125, 270]
    assert context(core(), core().form("qy101", "2024-01"), firm, "2024-01")["cumulated.rd_expense"] == 0


# --- what the zone sets, and from when ---------------------------------------------------------


def switch(rule, on, from_on, **limits):
    Switch.objects.create(rule=rule, on=on, limits=limits, from_on=from_on, reason="试行", at=moment("2024-01-01"))


def test_the_zone_switches_an_edit_off_and_on_from_a_day():
    (firm,) = make_firms(1)
    cells = sound_year()
    switch("qy107_2.outsourced", False, dt.date(2025, 3, 1))
    switch("qy107_2.outsourced", True, dt.date(2025, 4, 1))
    said = [
        codes(checked("qy107_2", firm, "2024", cells, on=dt.date(2025, *day))[1]) for day in ((2, 28), (3, 1), (4, 1))
    ]
    assert said == [["qy107_2.outsourced"], [], ["qy107_2.outsourced"]]


def test_the_zone_sets_other_limits_and_the_sentence_says_them():
    (firm,) = make_firms(1)
    project_list(firm, project(project_months=100))
    switch("qy107_2.pay", True, dt.date(2025, 3, 1), low="40000")
    cells = sound_year()
    assert "qy107_2.pay" not in codes(checked("qy107_2", firm, "2024", cells, on=dt.date(2025, 2, 28))[1])
    found = {c.code: c.message for c in checked("qy107_2", firm, "2024", cells, on=dt.date(2025, 3, 1))[1]}
    assert found["qy107_2.pay"].startswith("人员人工费用（8）折合每人月应在 40,000 至 50,000 元之间，请核对或说明：")


def test_an_edit_counts_from_its_first_to_its_last_day():
    (firm,) = make_firms(1)
    dated = dataclasses.replace(core().edits["qy107_2.outsourced"], from_=dt.date(2025, 1, 1), to=dt.date(2025, 1, 31))
    registry = dataclasses.replace(core(), edits={dated.key: dated})
    days = [dt.date(2024, 12, 31), dt.date(2025, 1, 1), dt.date(2025, 1, 31), dt.date(2025, 2, 1)]
    found = [codes(checked("qy107_2", firm, "2024", sound_year(), registry=registry, on=day)[1]) for day in days]
    assert found == [[], ["qy107_2.outsourced"], ["qy107_2.outsourced"], []]


def test_the_questions_asked_do_not_grow_with_what_is_on_file(django_assert_num_queries):
    (firm,) = make_firms(1)
    with django_assert_num_queries(2):
        checked("qy101", firm, "2024-03", good())
    for month in ("2023-01", "2023-03", "2024-01", "2024-02"):
        file(firm, month, "2024-03-05")
    with django_assert_num_queries(2):
        checked("qy101", firm, "2024-03", good())


def test_a_total_too_long_to_keep_is_refused_and_not_lost_silently():
    most = 10**15 - 1
    clean, found = check_cells(core().forms["qy107_2"], sound_year(y_labour=most, y_materials=most))
    assert "y_expense" not in clean
    assert [(c.field, c.mood) for c in found] == [("y_expense", "wrong")]
    assert found[0].message == "“研究开发费用合计”算得 2,000,000,000,001,398，超过 15 位，请核对单位。"
