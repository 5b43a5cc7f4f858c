"""Rules over listed projects: what each hits and takes out, alone and after the others; how alike names are."""

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction

import pytest

from quanyu.judgements.screening import Project, Ruled, Total, alike, levenshtein, person_years, screen, shape
from quanyu.registry.model import Label, Screening
from quanyu.registry.problem import Place


def rule(key, what, on=True, action="remove", limits=None, **more):
    fields = {"span": ("started", "finished"), "empty": (), "codes": ("outcome",)}.get(what, ("project_name",))
    limits = {name: Decimal(value) for name, value in (limits or {}).items()}
    made = Screening(
        key, Label(key), what, "qy107_1", action, dt.date(2023, 11, 24), Place("", 0), fields, limits=limits, **more
    )
    return Ruled(made, on, limits)


def project(firm, name, spend=100, months=12, outcome="9", started="2024-01", finished="2024-12"):
    cells = {"project_name": name, "outcome": outcome, "started": started, "finished": finished}
    return Project(firm, name, spend, Decimal(months), cells)


def same(one, other):
    return alike(shape(one), shape(other))


WORDS = rule("words", "words", words=("技改", "系统"))
LETTERS = rule("letters", "letters", limits={"letters": 3})
CODES = rule("codes", "codes", on=False, codes=("2", "3"))
EMPTY = rule("empty", "empty")

ROWS = [
    project(1, "稀土永磁电机绕组技改", 1000, 24),  # words
    project(1, "高丰度稀土提纯方法", 2000, 36),  # kept
    project(2, "MES系统升级研究", 500, 6),  # words and letters
    project(3, "钨粉粒度在线检测", 400, 9, outcome="3"),  # codes, were they on
    project(3, "GaN外延片缺陷研究", 300, 3),  # letters
    project(3, "锂电回收浸出方法", 700, 10),  # kept
]


def test_what_each_rule_hits_and_why():
    seen = screen(ROWS, [WORDS, LETTERS, CODES, EMPTY], {})
    assert seen.hits == {
        "words": {0: "技改", 2: "系统"},
        "letters": {2: "MES", 4: "GaN"},
        "codes": {3: "3"},
        "empty": {},
    }
    assert seen.gone == {0, 2, 4}  # the rule about codes is off
    assert seen.hit("letters") == Total(800, Decimal(9), 2, 2)


def test_totals_before_and_after():
    seen = screen(ROWS, [WORDS, LETTERS, CODES, EMPTY], {})
    assert seen.whole == Total(4900, Decimal(88), 6, 3)
    # 4900 − 1000 − 500 − 300; firm 2 has nothing left and is dropped
    assert seen.now == Total(3100, Decimal(55), 3, 2)
    assert round(seen.now.person_years, 4) == Decimal("4.5833")


def test_the_effect_alone_and_after_the_others():
    seen = screen(ROWS, [WORDS, LETTERS, CODES, EMPTY], {})
    assert seen.alone("words") == Total(1500, Decimal(30), 2, 0)
    assert seen.last("words") == Total(1000, Decimal(24), 1, 0)  # 500 of it the letters take as well
    assert seen.alone("letters") == Total(800, Decimal(9), 2, 0)
    assert seen.last("letters") == Total(300, Decimal(3), 1, 0)
    assert seen.last("codes") == Total(400, Decimal(9), 1, 0)  # off: what it would take, switched on now
    assert seen.alone("empty") == Total()
    assert seen.last("empty") == Total(0, Decimal(0), 0, 1)


def test_a_rule_that_marks_takes_nothing_out():
    short = rule("short", "short", action="flag", limits={"characters": 5})
    seen = screen([project(1, "研磨机"), project(1, "五个汉字呀")], [short], {})
    assert seen.hits["short"] == {0: "3个汉字"}
    assert (seen.alone("short"), seen.last("short")) == (Total(), Total())
    assert seen.hit("short").spend == 100
    assert seen.now == seen.whole


@pytest.mark.parametrize("seed", range(5))
def test_no_order_of_rules_or_projects_changes_a_figure(seed):
    rules, drawn = [WORDS, LETTERS, CODES, EMPTY], random.Random(seed)
    first = screen(ROWS, rules, {})
    other = screen(drawn.sample(ROWS, len(ROWS)), drawn.sample(rules, len(rules)), {})
    assert other.now == first.now
    for held in rules:
        key = held.rule.key
        assert (other.alone(key), other.last(key)) == (first.alone(key), first.last(key))


def test_firms_before_and_after():
    seen = screen(ROWS, [WORDS, LETTERS, EMPTY], {})
    assert {firm: (every.spend, kept.spend) for firm, (every, kept) in seen.firms.items()} == {
        1: (3000, 2000), 2: (500, 0), 3: (1400, 1100),
    }  # fmt: skip


def test_dates_count_both_months():
    span = rule("span", "span", limits={"years": 5})
    rows = [
        project(1, "五年整", started="2020-01", finished="2024-12"),
        project(1, "多一个月", started="2020-01", finished="2025-01"),
        project(1, "没填完成", finished=""),
    ]
    assert screen(rows, [span], {}).hits["span"] == {1: "61个月"}


def test_full_width_letters_are_letters():
    rows = [project(1, "基于ＰＬＣ的控制方法"), project(1, "AB两相法"), project(1, "AB-CD工艺")]
    assert screen(rows, [LETTERS], {}).hits["letters"] == {0: "PLC"}


def test_similarity_by_hand():
    # one letter of ten replaced; pairs: 9 each, 7 shared, so 7/11
    assert levenshtein("高性能钕铁硼磁体研究", "高性能钐铁硼磁体研究") == 1
    assert same("高性能钕铁硼磁体研究", "高性能钐铁硼磁体研究") == (Fraction(9, 10) + Fraction(7, 11)) / 2
    assert same("同一名称", "同一 名称") == 1
    assert same("甲乙", "丙丁") == 0
    assert same("", "甲") == 0
    assert (levenshtein("", "abc"), levenshtein("kitten", "sitting")) == (3, 3)


def test_names_of_earlier_years_of_the_same_firm():
    alike = rule("alike", "similar", action="flag", limits={"score": "0.8"})
    earlier = {
        1: [("2022", "高性能钕铁硼磁体制备研究"), ("2023", "高性能钕铁硼磁体的制备研究"), ("2023", "别的项目")],
        2: [("2023", "钨粉检测")],
    }
    rows = [
        project(1, "高性能钕铁硼磁体制备的研究"),  # one letter in 13 put in, 10 of 13 pairs shared: (12/13 + 10/13) ÷ 2
        project(1, "钨粉检测"),  # another firm's name is no matter
        project(2, "钨粉检测"),
    ]
    found = screen(rows, [alike], earlier).hits["alike"]
    assert found == {0: "2022年“高性能钕铁硼磁体制备研究”（0.85）", 2: "2023年“钨粉检测”（1.00）"}
    assert screen(rows, [rule("alike", "similar", limits={"score": "1"})], earlier).hits["alike"] == {}


def test_full_time_equivalent_of_the_worked_example():
    """Two who work 0.9 and 1.0 of the year on R&D count one each; 0.2, 0.3 and 0.7 count as they are: 3.2 人年."""
    shares = [Fraction(9, 10), Fraction(1), Fraction(1, 5), Fraction(3, 10), Fraction(7, 10)]
    assert person_years(shares) == Fraction(16, 5)
