"""How the plan linter reads numbers: what agrees, what grows to what, what is merely alike."""

from pathlib import Path

import pytest

from quanyu.registry.check import check
from quanyu.registry.check.clash import alike
from quanyu.registry.check.figures import years
from quanyu.registry.load import load_files, read_files

GOOD = Path(__file__).parent / "good"
GOALS = "small/statements/goals.yaml"
FIRMS = "small/indicators/high_tech_enterprises.yaml"
LAST = "quote: 达到50家}}"


def codes(*changes: tuple[str, str, str]) -> list[str]:
    """Codes of what is found when words of the good package are replaced: (file, old, new)."""
    files = dict(read_files(GOOD, ["small"]))
    for path, old, new in changes:
        assert old in files[path]
        files[path] = files[path].replace(old, new, 1)
    registry, problems = load_files(files)
    assert problems == []
    return [p.code for p in check(registry)]


def said(line: str) -> tuple[str, str, str]:
    """One statement more, about firms unless the line says otherwise."""
    head = "" if "subject:" in line else "subject: high_tech_enterprises, unit: firm, "
    return (GOALS, LAST, f"{LAST}\n- {{key: more, {head}{line}, cite: {{document: plan, lines: [30], quote: 另一处}}}}")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("aspect: stock, period: 2025, value: 50, qualifier: at_least, role: target", []),
        ("aspect: stock, period: 2020, value: 21, qualifier: about, role: fact", []),  # 左右
        ("aspect: stock, period: 2020, value: 22, qualifier: about, role: fact", ["P201"]),
        ("aspect: stock, period: 2019, value: 15, role: fact", []),  # another year
        ("aspect: increment, period: 2021/2025, value: 30, role: target", []),  # 20 + 30 = 50
        ("aspect: increment, period: 2021/2025, value: 31, role: target", ["P222"]),
        ("aspect: cumulative, period: 2016/2020, value: 21, role: fact", ["P210"]),  # more won than held
        ("aspect: cumulative, period: 2016/2020, value: 20, role: fact", ["P202"]),  # held or won?
        ("aspect: share, period: 2020, value: 41, unit: percent, role: fact", []),  # of the county, not of itself
    ],
)
def test_values_compare_only_with_their_like(line: str, expected: list[str]) -> None:
    if "unit:" in line:
        line = f"subject: high_tech_enterprises, {line}"
    assert codes(said(line)) == expected


def fact(key: str, subject: str, aspect: str, value: str, unit: str) -> str:
    """A statement of 2020, as one line of YAML."""
    head = f"key: {key}, subject: {subject}, aspect: {aspect}, period: 2020, value: {value}, unit: {unit}"
    return f"- {{{head}, role: fact, cite: {{document: plan, lines: [3], quote: {value}}}}}"


def test_money_is_compared_across_units() -> None:
    first = fact("a", "gdp", "flow", "12", "yi_yuan")
    same, other = (fact("b", "gdp", "flow", value, "thousand_yuan") for value in ("1200000", "1200001"))
    assert codes((GOALS, LAST, f"{LAST}\n{first}\n{same}")) == []
    assert codes((GOALS, LAST, f"{LAST}\n{first}\n{other}")) == ["P201"]


def test_lower_is_better_turns_the_baseline_check_round() -> None:
    assert codes((FIRMS, "direction: higher", "direction: lower")) == ["P203"]
    fewer = ((FIRMS, "value: 20", "value: 60"), (GOALS, "value: 20", "value: 60"))
    assert codes((FIRMS, "direction: higher", "direction: lower"), *fewer) == []


@pytest.mark.parametrize(
    ("growth", "expected"),
    [
        ("{how: doubles, since: 2020}", ["P212"]),
        ("{how: times, since: 2020, by: '1.5', reading: by}", []),  # 20 and one and a half times more
        ("{how: times, since: 2020, by: '2.5', reading: to}", []),
        ("{how: times, since: 2020, by: '2.5', reading: by}", ["P212"]),
        ("{how: times, since: 2020, by: '2.5'}", []),  # the figures tell which reading is meant
        ("{how: times, since: 2015, by: '2.5'}", ["P213"]),  # they do not
        ("{how: percent, since: 2020, by: 150}", []),
        ("{how: percent, since: 2020, by: 50}", ["P212"]),
    ],
)
def test_growth_is_checked_in_every_reading(growth: str, expected: list[str]) -> None:
    assert codes((GOALS, "value: 50, unit", f"value: 50, growth: {growth}, unit")) == expected


def test_a_mark_that_the_plan_explains_is_no_finding() -> None:
    marked = (GOALS, "value: 20, unit", 'value: 20, mark: "*", unit')
    explained = ("small/plans/town.yaml", "issuer:", 'marks: {"*": 初步数}\nissuer:')
    assert codes(marked) == ["P209"]
    assert codes(marked, explained) == []


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("科技型企业", "科技型中小企业", True),
        ("院士（博士）专家工作站", "院士工作站或专家工作站", True),
        ("创新链", "创新型产业集群", False),
        ("高新技术企业", "瞪羚企业", False),
        ("甲", "甲", False),  # too short to tell
    ],
)
def test_names_alike(a: str, b: str, same: bool) -> None:
    assert alike(a, b) is same and alike(b, a) is same


@pytest.mark.parametrize(
    ("period", "span"), [("2020", (2020, 2020)), ("2016/2020", (2016, 2020)), ("2022-10", (2022, 2022))]
)
def test_years_of_a_period(period: str, span: tuple[int, int]) -> None:
    assert years(period) == span


def test_derived_values_are_exact_and_in_the_unit_asked() -> None:
    rd = fact("rd", "rd_expenditure", "flow", "12", "yi_yuan")
    share = fact("share", "rd_to_gdp", "share", "3", "percent")
    files = dict(read_files(GOOD, ["small"]))
    files[GOALS] += f"{rd}\n{share}\n"
    (implied,) = check(load_files(files)[0])
    assert implied.code == "P225" and "2020年400亿元" in implied.message
