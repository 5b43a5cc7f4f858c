"""The real plan as data: what is in it, and what the linter must and must not find in it.

`CLASHES` is what a careful reader found by hand, before the linter was written: the row of that list, code, subject.
"""

import datetime as dt
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from quanyu.registry.load import load
from quanyu.registry.model import Registry
from quanyu.registry.problem import Problem

PACKAGES = Path(__file__).parents[2] / "packages"
ON = dt.date(2024, 12, 31)

CLASHES = [
    (1, "P201", "high_tech_enterprises"),  # 186 held, 176 in the table …
    (1, "P202", "high_tech_enterprises"),  # … which is the text's number of new ones
    (2, "P201", "rd_to_gdp"),  # 3.37 and 2.5*
    (2, "P214", "gdp"),  # 346.9 or 467.6 亿元 for one year
    (3, "P213", "rd_expenditure"),  # 增长3.01倍
    (4, "P213", "fiscal_st"),  # 增长6.3倍
    (5, "P201", "hightech_va_share"),  # 41 and 40* in 2020; row 6, 45 and 50 in 2025, has its own test
    (7, "P216", "emerging_va_share"),  # value added over we know not what
    (7, "P227", "emerging_va_share"),  # never in the text
    (7, "P217", "hightech_va_share"),  # its 45 is the other row's 45
    (8, "P201", "tech_sme"),  # 500 and 320
    (8, "P202", "tech_sme"),  # 367 held, 367 won
    (8, "P203", "tech_sme"),  # 367 against 320
    (8, "P210", "tech_enterprises"),  # 300 in all, 367 of them small
    (8, "P217", "tech_sme"),  # 科技型企业 500, 科技型中小企业 500
    (9, "P201", "patents_granted"),  # 1280 and 2000
    (9, "P202", "patents_granted"),  # 5000, a year or in all
    (9, "P226", "patents_granted"),  # 5 × 1280 = 6400
    (10, "P210", "invention_patents"),  # 539 granted, 400 held
    (11, "P214", "population"),  # 26.7 → 33.3 万人
    (12, "P201", "national_engineering_centres"),  # 2 and 1
    (13, "P210", "national_platforms"),  # 3 in all, 1 + 2 + 1 listed
    (13, "P222", "national_platforms"),  # 3 + 10 ≠ 6
    (14, "P216", "provincial_platforms"),  # no unit
    (14, "P201", "provincial_platforms"),  # 17* and 25
    (14, "P203", "provincial_platforms"),  # 25 now, 25 promised
    (14, "P210", "provincial_platforms"),  # 3 + 6 + 8 + 2 new ones, 17 in all
    (14, "P222", "provincial_platforms"),  # + 20
    (15, "P210", "rd_platforms"),  # 105 new, 86 in all
    (16, "P210", "incubators"),  # 3 national and 3 provincial, 3 in all
    (16, "P203", "maker_spaces"),  # 5 now, 4 promised
    (17, "P221", "new_rd_institutions"),
    (18, "P201", "high_end_talents"),  # 150 and 20
    (18, "P201", "leading_talents"),  # 5 and 100
    (19, "P210", "national_provincial_talents"),  # 34, but 43 + 26
    (20, "P214", "rd_personnel"),  # 10 per 10,000 are fewer than the doctors there already
    (21, "P221", "science_literacy"),
    (22, "P214", "rd_to_revenue"),  # 0.74 → 1.5 in one year
    (22, "P214", "zone_average_rd_to_revenue"),  # 0.74 + 5.2
    (23, "P211", "provincial_awards"),  # 6, and 5 are named
    (24, "P223", "growth_firms"),  # 7 are 43 % of no whole number
    (24, "P204", "provincial_unicorns"),
    (25, "P202", "tech_contract_value"),
    (25, "P217", "tech_contract_value"),  # 成交金额 and 交易合同
    (26, "P224", "specialised_firms"),  # 100 in 2022, 50 promised
    (27, "P221", "startup_parks"),
    (27, "P221", "startup_demonstration_bases"),
    (28, "P217", "returning_workers_and_talents"),
    (29, "P204", "skilled_workers"),  # 翻番达8万, from what?
    (30, "P214", "rd_platforms"),  # 30 % of 200 firms, 86 institutions
    (33, "P225", "above_scale_output_growth"),  # 10.4 − 3.22, only implied
    (34, "P214", "fiscal_to_rd"),  # fiscal S&T is not R&D
]

MARKED = {
    "rd_to_gdp",
    "rd_to_revenue",
    "hightech_va_share",
    "invention_patents_per_10k",
    "tech_contract_value",
    "national_platforms",
    "provincial_platforms",
}

SOUND = [  # (code, subject) that hold together
    *(("P201", key) for key in ("rd_to_revenue", "rd_institution_rate", "invention_patents_per_10k", "incubators")),
    ("P212", "invention_patents_per_10k"),  # 14.96 → 30 is 翻番
    ("P222", "incubators"),  # 3 + 2 = 5
    ("P203", "incubators"),  # so the sum of its levels, 6, is not its present value
    ("P217", "high_tech_enterprises"),  # 350, three times said
    ("P217", "rd_to_gdp"),  # one thing under several plain names
    ("P217", "rd_to_revenue"),
    ("P217", "patents_granted"),
    ("P210", "st_projects"),  # 6 + 63 of 574
    ("P211", "electronics_clusters"),  # five, five named
    ("P214", "above_scale_revenue"),  # 779 亿元 is believable
    ("P214", "above_scale_output_growth"),
    ("P223", "national_engineering_centres"),  # one in three
]


@cache
def zone(package: str = "ganzhou-edz") -> Registry:
    registry, problems = load(PACKAGES, [package])
    assert problems == []
    return registry


def findings(code: str, subject: str) -> list[Problem]:
    return [p for p in zone().findings if (p.code, p.subject) == (code, subject)]


@pytest.mark.parametrize(("row", "code", "subject"), CLASHES, ids=[f"{n}-{c}-{s}" for n, c, s in CLASHES])
def test_linter_finds_what_a_careful_reader_found(row: int, code: str, subject: str) -> None:
    assert findings(code, subject), f"row {row}"


@pytest.mark.parametrize(("code", "subject"), SOUND, ids=[f"{c}-{s}" for c, s in SOUND])
def test_linter_leaves_alone_what_holds_together(code: str, subject: str) -> None:
    assert findings(code, subject) == []


def test_every_unexplained_asterisk_is_told_once() -> None:
    assert Counter(p.subject for p in zone().findings if p.code == "P209") == dict.fromkeys(MARKED, 1)


def test_every_finding_quotes_both_sides_with_their_lines() -> None:
    (clash,) = (p for p in findings("P201", "rd_to_gdp"))
    assert clash.statements == ("rd_to_gdp_2020", "box1_rd_to_gdp_2020")
    assert "第13行“达到3.37%" in clash.message and "第102、103行“2.5*”" in clash.message
    assert clash.contests == ("baseline",)


def test_clashes_are_complete_and_only_contested_ones_stop_a_rate() -> None:
    contested = {i.key for i in zone().main_indicators if zone().contested(i.key, ON)}
    assert contested == {
        "rd_to_gdp",
        "hightech_va_share",
        "high_tech_enterprises",
        "tech_enterprises",
        "patents_granted",
        "invention_patents",
        "national_platforms",
        "provincial_platforms",
        "maker_spaces",
    }
    by_code = {"P201", "P202", "P203", "P210", "P222"}
    assert {p.code for p in zone().findings if p.contests} == by_code
    assert not [p for p in zone().findings if p.mood == "wrong"]


def test_baseline_and_target_of_one_indicator_may_both_clash() -> None:
    assert {p.contests for p in findings("P201", "hightech_va_share")} == {("baseline",), ("target",)}


def test_numbers_that_hang_together_only_in_an_unlikely_world() -> None:
    told = {p.message.split("：")[0] for p in findings("P214", "gdp")}
    assert any("346.88亿元与467.60亿元" in words for words in told)
    assert any("年均增长至少14.5%" in words for words in told)
    assert any("2015年推得132.51亿元与176.53亿元" in words for words in told)
    assert "3.88亿元" in findings("P213", "rd_expenditure")[0].message
    assert "4万人" in findings("P204", "skilled_workers")[0].message


def test_the_plan_promises_fifteen_main_indicators_in_the_order_of_its_table() -> None:
    main = zone().main_indicators
    assert [i.order for i in main] == list(range(1, 16))
    assert [(i.key, str(i.baseline[0].value), str(i.target[0].value)) for i in main][:3] == [
        ("rd_to_gdp", "2.5", "3.5"),
        ("rd_to_revenue", "1.5", "2.0"),
        ("emerging_va_share", "35", "45"),
    ]
    assert all(i.formula and {"owner", "source", "binding", "annual_path"} <= set(i.unstated) for i in main)
    assert Counter(i.group.zh for i in main if i.group) == {
        "科技创新投入": 2,
        "产业创新能力": 5,
        "科技成果产出": 4,
        "科技创新体系": 4,
    }


def test_the_plan_is_whole() -> None:
    z = zone()
    table = next(s for s in z.plan.sections if s.kind == "table")
    outside = [
        s for s in z.statements.values() if s.role == "target" and not table.first <= s.cite.lines[0] <= table.last
    ]
    assert len([i for i in z.indicators.values() if not i.main]) >= 40
    assert len(outside) >= 45
    assert len(z.tasks) >= 60
    assert len(z.technologies) == 7
    assert len(z.statements) >= 150
    assert len(z.strategies["strategy_1123"].parts) == 1 + 1 + 2 + 3
    assert {s.key for s in z.plan.sections if s.kind != "heading"} == {f"box{n}" for n in range(1, 9)}
    assert not z.rulings


def test_every_target_of_the_text_is_an_indicator() -> None:
    followed = {dated.statement for i in zone().indicators.values() for dated in i.target}
    counted = {i.quantity for i in zone().indicators.values()}
    targets = [s for s in zone().statements.values() if s.role == "target"]
    assert [s.key for s in targets if s.subject not in counted] == []
    assert {s.subject for s in targets if s.key in followed} == {s.subject for s in targets}


def test_tasks_lie_in_their_section_and_fall_due_only_where_the_text_says_so() -> None:
    sections = {s.key: s for s in zone().plan.sections}
    for task in zone().tasks.values():
        section = sections[task.section]
        assert all(section.first <= line <= section.last for cite in task.cites for line in cite.lines), task.key
        assert task.due_on == dt.date(2025, 12, 31) or (task.due_on is None and "due_on" in task.unstated), task.key
        assert task.lead, task.key
    named = [task.key for task in zone().tasks.values() if "lead" not in task.unstated]
    assert named == ["rd_monthly_monitoring"]


def test_everything_has_an_english_name() -> None:
    z = zone()
    groups = (z.indicators, z.tasks, z.quantities, z.technologies, z.strategies, z.departments, z.areas, z.titles)
    assert [item.key for group in groups for item in group.values() if not item.label.en] == []
    assert [s.key for s in z.plan.sections if not s.label.en] == []


def test_fictional_rulings_settle_all_but_two_main_indicators() -> None:
    demo = zone("demo-zone")
    assert [i.key for i in demo.main_indicators if demo.contested(i.key, ON)] == [
        "tech_enterprises",
        "provincial_platforms",
    ]
    assert all(r.fictional and "虚构" in r.because for r in demo.rulings.values())
    before = dt.date(2021, 6, 30)
    assert demo.contested("high_tech_enterprises", before) and not demo.contested("high_tech_enterprises", ON)
    held = demo.baseline("high_tech_enterprises", ON)
    assert held is not None and (held.value, held.ruling) == (Decimal(186), "demo_high_tech_baseline")
    declared = zone().baseline("high_tech_enterprises", ON)
    assert declared is not None and declared.value == Decimal(176)
