"""From files to a registry: what is read, that nothing is thrown, that what is returned is closed."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quanyu.registry.check import check
from quanyu.registry.load import digest, load, load_files, read_files
from quanyu.registry.problem import Place, Refused

GOOD = Path(__file__).parent / "good"
SMALL = read_files(GOOD, ["small"])


def test_good_package_has_nothing_wrong() -> None:
    registry, problems = load(GOOD, ["small"])
    assert problems == []
    assert check(registry) == []


def test_values_are_exact_typed_and_placed() -> None:
    registry, _ = load_files(SMALL)
    indicator = registry.indicators["high_tech_enterprises"]
    assert indicator.place == Place("small/indicators/high_tech_enterprises.yaml", 1)
    assert indicator.target[0].value == Decimal(50)
    assert indicator.target[0].since == dt.date(2021, 1, 1)
    assert indicator.cites[0].lines == (6,)
    assert registry.statements["firms_2025"].period == "2025"
    assert registry.statements["firms_2025"].place == Place("small/statements/goals.yaml", 2)
    assert registry.units["percent"].factor == Decimal("0.01")
    assert registry.lamps["default"].states["late"].mark == "■"
    assert registry.plan.sections[1].parent == "goals"
    assert registry.rulings["firms"].on == dt.date(2022, 1, 1)
    assert registry.documents["plan"].zh == "小镇规划"
    assert registry.industries["33"].section == "C"
    assert registry.strategies["one"].parts[0].zh == "做强一业"
    assert registry.settings == {"demo": {"firms": 3, "share": "0.5", "from": dt.date(2021, 1, 1)}}


def test_an_indicator_that_names_no_quantity_counts_its_own() -> None:
    path = "small/indicators/high_tech_enterprises.yaml"
    text = SMALL[path].replace("key: high_tech_enterprises", "key: newcomers")
    text = "".join(line for line in text.splitlines(True) if not line.startswith("quantity:"))
    registry, problems = load_files(SMALL | {"small/indicators/newcomers.yaml": text})
    assert problems == []
    own = registry.quantities[registry.indicators["newcomers"].quantity]
    assert (own.key, own.unit, own.nature) == ("newcomers", "firm", "stock")


def test_a_bare_float_keeps_every_digit() -> None:
    path = "small/units.yaml"
    registry, problems = load_files(SMALL | {path: SMALL[path].replace('"0.01"', "0.10000000000000000055", 1)})
    assert problems == []
    assert registry.units["percent"].factor == Decimal("0.10000000000000000055")


def test_a_report_contract_takes_its_columns_from_the_form() -> None:
    registry, _ = load_files(SMALL)
    columns = registry.contracts["monthly"].columns
    assert list(columns) == ["revenue", "rd_expense"]
    assert (columns["rd_expense"].unit, columns["rd_expense"].type) == ("thousand_yuan", "integer")


def test_text_that_yaml_would_bend_stays_as_written() -> None:
    path = "small/technologies/tools.yaml"
    registry, problems = load_files(SMALL | {path: SMALL[path].replace("精密加工", "1:30, 012, 1.50, 2021-01-01")})
    assert problems == []
    assert [item.zh for item in registry.technologies["tools"].items] == ["1:30", "012", "1.50", "2021-01-01"]


def test_all_faults_are_told_at_once_in_order_of_place() -> None:
    broken = {
        "small/tasks/grow.yaml": SMALL["small/tasks/grow.yaml"].replace("lead: office", "lead: 1\nled: office"),
        "small/roles.yaml": SMALL["small/roles.yaml"].replace("sees: [plan, indicators]", "sees: plan"),
        "small/titles.yaml": "",
    }
    _, problems = load_files(SMALL | broken)
    assert [(p.code, str(p.place)) for p in problems] == [
        ("P113", "small/forms/month.yaml:4"),
        ("P106", "small/roles.yaml:1"),
        ("P113", "small/tasks/grow.yaml:4"),
        ("P103", "small/tasks/grow.yaml:5"),
        ("P101", "small/titles.yaml:1"),
    ]


def test_a_reference_to_a_faulty_definition_is_not_told_again_but_left_out() -> None:
    path = "small/units.yaml"
    registry, problems = load_files(SMALL | {path: SMALL[path].replace("decimals: 0}", "decimals: none}", 1)})
    assert [p.code for p in problems] == ["P107"]
    assert "firm" not in registry.units
    assert registry.quantities.keys() == {"gdp", "rd_expenditure", "rd_to_gdp"}
    assert not registry.indicators and not registry.tasks and not registry.rulings


def test_hints_name_the_nearest_known_word() -> None:
    path = "small/tasks/grow.yaml"
    text = SMALL[path].replace("unit: firm", "unit: fir").replace("due_on", "due")
    _, problems = load_files(SMALL | {path: text})
    assert {p.code: p.hint for p in problems} == {"P103": "是不是「due_on」？", "P113": "是不是「firm」？"}
    assert str(problems[0]) == f"{path}:6: P103: 不认识「due」（是不是「due_on」？）"


def test_numbers_are_told_how_they_should_be_written() -> None:
    path = "small/tasks/grow.yaml"
    _, problems = load_files(SMALL | {path: SMALL[path].replace("quantity: 30", "quantity: 1,０００")})
    assert [p.hint for p in problems] == ["写成 1000"]


def test_files_that_are_not_utf_8_are_told(tmp_path: Path) -> None:
    package = tmp_path / "odd"
    package.mkdir()
    (package / "package.yaml").write_text("key: odd\nlabel: 怪\nversion: '1'\n", encoding="utf-8")
    (package / "roles.yaml").write_bytes("- {key: office,\n   label: 科技办}\n".encode("gb18030"))
    _, problems = load(tmp_path, ["odd"])
    assert [(p.code, str(p.place)) for p in problems] == [("P101", "odd/roles.yaml:2")]


def test_an_alias_inside_itself_ends() -> None:
    text = SMALL["small/package.yaml"].replace("{demo: {", "{loop: &l {again: *l}, demo: {")
    _, problems = load_files(SMALL | {"small/package.yaml": text})
    assert [p.code for p in problems] == ["P106"]


def test_requirements_come_first_whatever_the_names(tmp_path: Path) -> None:
    for name, requires in (("a", "[z]"), ("z", "[]"), ("apart", "[]")):
        (tmp_path / name).mkdir()
        head = f"key: {name}\nlabel: 包\nversion: '1'\nrequires: {requires}\nsettings: {{last: {name}}}\n"
        (tmp_path / name / "package.yaml").write_text(head, encoding="utf-8")
    registry, problems = load(tmp_path, ["a"])
    assert problems == []
    assert registry.packages == ("z", "a")
    assert registry.settings == {"last": "a"}


def test_worked_examples_and_other_files_define_nothing(tmp_path: Path) -> None:
    for path in ("p/package.yaml", "p/examples/x.yaml", "p/README.md", "p/.hidden/x.yaml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("key: p\nlabel: 包\nversion: '1'\n", encoding="utf-8")
    assert list(read_files(tmp_path, ["p"])) == ["p/package.yaml"]


def test_an_unknown_package_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(Refused, match="没有名为「smal」的定义包") as refused:
        read_files(GOOD, ["smal"])
    assert refused.value.hint == "是不是「small」？"


def test_digest_does_not_depend_on_order_and_tells_every_change() -> None:
    turned = dict(reversed(SMALL.items()))
    assert digest(turned) == digest(SMALL)
    assert load_files(turned)[0] == load_files(SMALL)[0]
    assert digest(SMALL | {"small/titles.yaml": SMALL["small/titles.yaml"] + "\n"}) != digest(SMALL)
    assert digest({"a": "bc"}) != digest({"ab": "c"})
    assert load_files(SMALL)[0].digest == digest(SMALL)


def test_digest_is_the_same_on_every_machine() -> None:
    assert digest({"a/b.yaml": "键"}) == "25a955c699c04b098d06ad51a68054ea89463eff7b3f17965e8961be41628cf2"


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_whatever_is_broken_nothing_is_thrown_and_checks_can_run(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(SMALL)))
    text = SMALL[path]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    scrap = data.draw(st.sampled_from(["", "\t", "[", "{", ": ", "- ", "null", "firm", "'", "&a *a", "９", "\x00"]))
    registry, problems = load_files(SMALL | {path: text[:start] + scrap + text[end:]})
    assert all(p.message and p.place.line >= 1 for p in [*problems, *check(registry)])
    assert all(q.unit in registry.units for q in registry.quantities.values())
    assert all(t.section in {s.key for s in registry.plan.sections} for t in registry.tasks.values())
