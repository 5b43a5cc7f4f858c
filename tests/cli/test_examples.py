"""Worked examples of packages: both engines answer, and a wrong expectation is told with code 13."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_door import process
from tests.decisions.zone import RICH
from tests.factories import write_packages

EXAMPLE = """
about: 更正之后按新数算，之前按旧数算
facts:
  organisation:
    - {firm: 1, industry: "39"}
  standing:
    - {firm: 1, title: high_tech, valid_from: 2022-06-01, valid_to: 2025-06-01}
    - {firm: 2, title: high_tech, valid_from: 2022-06-01, valid_to: 2024-09-30}
  monthly:
    - {firm: 1, period: 2024-09, revenue: 10000, rd_expense: 200, filed_on: 2024-10-08}
    - {firm: 2, period: 2024-09, revenue: 30000, rd_expense: 900, filed_on: 2024-10-09}
    - {firm: 1, period: 2024-09, revenue: 10000, rd_expense: 500, filed_on: 2024-11-10}
expect:
  - {indicator: rd_rate, period: 2024-09, value: 3.5}
  - {indicator: rd_rate, period: 2024-09, value: "2.75", as_of: 2024-11-09}
  - {indicator: rd_rate, period: 2024-09, value: 5, grain: industry, group: "39"}
  - {indicator: rd_rate, period: 2024-08, value: null, state: missing}
  - {indicator: high_tech, period: 2024-09, value: 1}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_packages(tmp_path / "packages", RICH | {"tiny/examples/correction.yaml": EXAMPLE})


def test_examples_that_hold_are_counted(root: Path, tmp_path: Path):
    said = process(root, tmp_path / "home", "test", "--json")
    assert (said.returncode, said.stderr) == (0, "1 个算例、10 个值，两个引擎全部相符。\n")
    told = json.loads(said.stdout)
    assert [(r["engine"], r["got"]) for r in told[:4]] == [
        ("reference", "3.5"), ("duckdb", "3.5"), ("reference", "2.75"), ("duckdb", "2.75"),
    ]  # fmt: skip


def test_an_expectation_that_fails_is_told_for_each_engine(root: Path, tmp_path: Path):
    write_packages(root, {"tiny/examples/correction.yaml": EXAMPLE.replace("value: 3.5", "value: 3.6")})
    said = process(root, tmp_path / "home", "test")
    assert said.returncode == 13
    assert said.stdout.splitlines() == [
        f"tiny/examples/correction.yaml 第 1 个值：rd_rate 2024-09 应为 3.6，{engine} 引擎算得 3.5"
        for engine in ("reference", "duckdb")
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("revenue: 10000", "turnover: 10000", "没有这些列：turnover"),
        ("indicator: high_tech", "indicator: high_tec", "没有带公式的指标“high_tec”"),
        ("  monthly:", "  weekly:", "没有名为“weekly”的事实表"),
        ("about:", "title:", "须有且只有 about、facts、expect 三项"),
    ],
)
def test_an_example_that_makes_no_sense_is_refused(root: Path, tmp_path: Path, old: str, new: str, sentence: str):
    write_packages(root, {"tiny/examples/correction.yaml": EXAMPLE.replace(old, new)})
    said = process(root, tmp_path / "home", "test")
    assert (said.returncode, said.stdout) == (10, "")
    assert sentence in said.stderr
