"""What changed between two sets of definitions, in words."""

import pytest

from quanyu.plan.changes import sentences
from quanyu.registry.load import load_files
from tests.factories import TINY

INDICATOR = "tiny/indicators/high_tech.yaml"
TARGET = "target: [{since: 2021-01-01, value: 350, because: 第一章}]"
FORM = """
key: fx01
label: {zh: 虚构月报}
period: month
fields:
  - {name: revenue, code: '1', label: {zh: 营业收入}, type: integer, unit: thousand_yuan}
  - {name: tax, code: '2', label: {zh: 税金}, type: integer, unit: thousand_yuan}
"""


def told(old: dict[str, str], new: dict[str, str]) -> list[str]:
    registries = []
    for files in (old, new):
        registry, problems = load_files(files)
        assert [str(p) for p in problems] == []
        registries.append(registry)
    return sentences(*registries)


def changed(file: str, old: str, new: str) -> dict[str, str]:
    assert old in TINY[file]
    return TINY | {file: TINY[file].replace(old, new)}


def test_nothing_changed_is_no_sentence():
    assert told(TINY, TINY) == []


def test_a_moved_line_is_no_change():
    assert told(TINY, TINY | {INDICATOR: "\n\n" + TINY[INDICATOR]}) == []


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        (
            changed(INDICATOR, TARGET, TARGET[:-1] + ", {since: 2023-01-01, value: 360, because: 中期调整}]"),
            "指标 高新技术企业：2025年目标 350家 → 360家，自 2023-01-01，理由：中期调整",
        ),
        (
            changed(INDICATOR, "value: 350, because: 第一章", "value: 360, because: 抄错"),
            "指标 高新技术企业：2025年目标 350家 → 360家，自 2021-01-01，改写了原有条目，理由：抄错",
        ),
        (changed(INDICATOR, TARGET, "target: []"), "指标 高新技术企业：2025年目标 删去自 2021-01-01 起的 350家"),
        (changed(INDICATOR, "label: {zh: 高新技术企业,", "label: {zh: 高企,"), "指标 高企：名称 高新技术企业 → 高企"),
        (changed(INDICATOR, "lines: [3]", "lines: [3, 4]"), "指标 高新技术企业：出处 plan 第 3 行 → plan 第 3、4 行"),
        (changed("tiny/roles.yaml", "own_only: true", "own_only: false"), "角色 企业填报人：只看本单位 是 → 否"),
        (changed("tiny/lamps/default.yaml", "warn_from: -15", "warn_from: -20"), "亮灯规则 序时：warn_from -15 → -20"),
        (
            changed("tiny/lamps/default.yaml", "label: {zh: 偏慢}", "label: {zh: 稍慢}"),
            "亮灯规则 序时 · states 稍慢：名称 偏慢 → 稍慢",
        ),
        (
            changed("tiny/documents.yaml", "云上虚构规划", "云上虚构规划（修订）"),
            "文件依据 云上虚构规划（修订）：zh 云上虚构规划 → 云上虚构规划（修订）",
        ),
        (
            TINY | {"tiny/titles.yaml": TINY["tiny/titles.yaml"] + "- {key: gazelle, label: {zh: 瞪羚企业}}\n"},
            "新增资格称号 瞪羚企业",
        ),
    ],
)
def test_each_kind_of_change_has_its_sentence(new, sentence):
    assert told(TINY, new) == [sentence]


def test_what_is_gone_is_told():
    without = {name: text for name, text in TINY.items() if name != INDICATOR}
    assert told(TINY, without) == ["删去指标 高新技术企业"]


def test_a_form_tells_its_lines():
    old = TINY | {"tiny/forms/fx01.yaml": FORM}
    dropped = TINY | {"tiny/forms/fx01.yaml": FORM[: FORM.index("  - {name: tax")]}
    moved = TINY | {"tiny/forms/fx01.yaml": FORM.replace("code: '1'", "code: '3'")}
    assert told(TINY, old) == ["新增报表 虚构月报"]
    assert told(old, dropped) == ["报表 虚构月报 · 栏目：删去 税金"]
    assert told(old, moved) == ["报表 虚构月报 · 栏目 营业收入：code 1 → 3"]


def test_settings_are_compared_as_they_are():
    head = TINY["tiny/package.yaml"]
    assert told(TINY, TINY | {"tiny/package.yaml": head.replace("version", "settings: {firms: 9}, version")}) == [
        "新增设置 firms"
    ]
