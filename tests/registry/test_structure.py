"""Allowances, rulings and the order of findings; the shared package itself."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from quanyu.registry.check import check
from quanyu.registry.check.rule import RULES, rule
from quanyu.registry.identity import parse_rule
from quanyu.registry.load import load, load_files, read_files
from quanyu.registry.model import Registry

ROOT = Path(__file__).parents[2]
SMALL = read_files(Path(__file__).parent / "good", ["small"])
INDICATOR = "small/indicators/high_tech_enterprises.yaml"
RULING = "small/rulings/firms.yaml"
MONEY = {INDICATOR: SMALL[INDICATOR].replace("unit: firm", "unit: yuan", 1)}


def registry(changed: dict[str, str]) -> Registry:
    found, problems = load_files(SMALL | changed)
    assert problems == []
    return found


def test_an_allowance_silences_one_finding() -> None:
    assert [p.code for p in check(registry(MONEY))] == ["P127"]
    allowed = {INDICATOR: MONEY[INDICATOR] + "allow: [P127]\n"}
    assert check(registry(allowed)) == []


def test_a_ruling_settles_a_finding_and_the_finding_stays_in_sight() -> None:
    ruling = {RULING: SMALL[RULING].replace("[P113]", "[P127]")}
    (finding,) = check(registry(MONEY | ruling))
    assert (finding.code, finding.ruling) == ("P127", "firms")


def test_a_ruling_on_another_subject_or_code_settles_nothing() -> None:
    elsewhere = SMALL[RULING].replace("[P113]", "[P127]").replace("high_tech_enterprises", "gdp")
    for text in (SMALL[RULING], elsewhere):
        (finding,) = check(registry(MONEY | {RULING: text}))
        assert finding.ruling is None


def test_the_earliest_of_two_rulings_counts() -> None:
    later = SMALL[RULING].replace("[P113]", "[P127]")
    earlier = later.replace("key: firms", "key: before").replace("2022-01-01", "2021-06-01")
    (finding,) = check(registry(MONEY | {RULING: later, "small/rulings/before.yaml": earlier}))
    assert finding.ruling == "before"


def test_a_target_ruling_binds_from_its_day() -> None:
    text = SMALL[RULING].replace("what: note", "what: target\nvalue: 60\nyear: 2026")
    found = registry({RULING: text})
    before, after = (found.target("high_tech_enterprises", dt.date(year, 1, 1)) for year in (2021, 2022))
    assert before is not None and (before.value, before.year, before.ruling) == (Decimal(50), 2025, "")
    assert after is not None and (after.value, after.year, after.ruling) == (Decimal(60), 2026, "firms")


def test_a_code_is_taken_once() -> None:
    taken = next(iter(RULES))
    with pytest.raises(ValueError, match=f"{taken} is taken"):
        rule(taken, "wrong", "重号")(lambda registry: iter(()))


# --- packages/core ---------------------------------------------------------------------------------------------------

CORE, CORE_PROBLEMS = load(ROOT / "packages", ["core"])


def test_the_shared_package_has_nothing_wrong() -> None:
    assert CORE_PROBLEMS == []
    assert check(CORE) == []


@pytest.mark.parametrize(
    ("unit", "dimension", "factor"),
    [
        ("wan_yuan", "money", "10000"),
        ("yi_yuan", "money", "100000000"),
        ("percent", "share", "0.01"),
        ("wan_person", "count:person", "10000"),
        ("piece_per_wan_person", "count:piece/count:person", "0.0001"),
        ("person_year", "person_time", "12"),
        ("thousand_kwh", "energy", "1000"),
    ],
)
def test_units_convert(unit: str, dimension: str, factor: str) -> None:
    assert (CORE.units[unit].dimension, CORE.units[unit].factor) == (dimension, Decimal(factor))


def test_tables_of_facts_have_the_columns_that_formulas_read() -> None:
    assert {key: len(contract.columns) for key, contract in CORE.contracts.items()} == {
        "accepted": 3,
        "filing": 3,
        "firm_year": 40,
        "high_tech_figure": 1,
        "monthly_rd": 25,
        "organisation": 7,
        "patent_count": 4,
        "policy_payment": 4,
        "power": 1,
        "published": 3,
        "rd_payment": 2,
        "rd_project": 15,
        "standing": 5,
        "tax_claim": 10,
        "tech_contract": 3,
        "yearly_rd": 51,
        "zone_economy": 6,
        "zone_society": 5,
    }
    assert CORE.contracts["monthly_rd"].columns["rd_person_months"].unit == "person_month"
    assert CORE.contracts["zone_economy"].columns["gdp"].unit == "wan_yuan"


def test_every_relation_of_a_form_holds_for_a_form_filled_with_one_and_the_same_zero() -> None:
    for form in CORE.forms.values():
        zeros = {f.name: Decimal(0) for f in form.fields}
        assert [i.code for i in form.identities if not parse_rule(i.rule).holds(zeros)] == []


def test_lamps_know_their_thresholds() -> None:
    lamps = CORE.lamps["default"]
    assert (lamps.ok_from, lamps.warn_from) == (Decimal(0), Decimal(-15))
    assert {key: state.label.zh for key, state in lamps.states.items()} == {
        "done": "已达标",
        "ok": "正常",
        "warn": "偏慢",
        "late": "滞后",
        "none": "无数据",
        "conflict": "口径待核",
    }


def test_what_was_never_read_is_marked_unverified() -> None:
    assert not CORE.titles["high_tech"].unverified
    assert CORE.titles["tech_sme"].unverified
    assert CORE.documents["gbt_4754"].unverified
    assert CORE.forms["qy101"].legal["批准文号"] == "待备案"
    assert CORE.forms["qy107_2"].legal["批准文号"] == ""


def test_industries_hang_under_their_sections() -> None:
    sections = [i.code for i in CORE.industries.values() if i.code == i.section]
    assert "".join(sections) == "ABCDEFGHIJKLMNOPQRST"
    assert {i.section for i in CORE.industries.values() if "13" <= i.code <= "43"} == {"C"}
    assert CORE.industries["39"].label.zh == "计算机、通信和其他电子设备制造业"
