"""Audit relations: what can be read, what is decided, and that nothing is rounded."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.registry.identity import Unreadable, parse_expression, parse_rule

whole = st.integers(-(10**15), 10**15)


def holds(rule: str, **cells: str | int | None) -> bool | None:
    return parse_rule(rule).holds({name: None if v is None else Decimal(v) for name, v in cells.items()})


@pytest.mark.parametrize(
    ("rule", "cells", "expected"),
    [
        ("a = b + c", {"a": 5, "b": 2, "c": 3}, True),
        ("a = b + c", {"a": 5, "b": 2, "c": 2}, False),
        ("a = b - c - d", {"a": 1, "b": 6, "c": 3, "d": 2}, True),
        ("a = b - (c - d)", {"a": 5, "b": 6, "c": 3, "d": 2}, True),
        ("a = b + c * d", {"a": 7, "b": 1, "c": 2, "d": 3}, True),
        ("a = -b", {"a": -4, "b": 4}, True),
        ("a >= b >= c", {"a": 3, "b": 2, "c": 2}, True),
        ("a >= b >= c", {"a": 3, "b": 2, "c": 4}, False),
        ("a * 3 = b", {"a": "0.1", "b": "0.3"}, True),
        ("a / 3 * 3 = a", {"a": 1}, True),
        ("a > 0 => b > 0", {"a": 0, "b": 0}, True),
        ("a > 0 => b > 0", {"a": 1, "b": 0}, False),
        ("a > 0 <=> b > 0", {"a": 0, "b": 1}, False),
        ("a > 0 <=> b > 0", {"a": 0, "b": 0}, True),
        ("a <= 2.5", {"a": "2.5"}, True),
        ("a < 2.5", {"a": "2.5"}, False),
    ],
)
def test_rules_are_decided(rule: str, cells: dict[str, str | int], expected: bool) -> None:
    assert holds(rule, **cells) is expected


def test_an_empty_cell_or_a_division_by_zero_decides_nothing() -> None:
    assert holds("a >= b", a=1, b=None) is None
    assert holds("a >= b", a=1) is None
    assert holds("a / b > 1", a=1, b=0) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "没有写完"),
        ("a + b", "缺少比较（= < > <= >=）"),
        ("a >=", "没有写完"),
        ("a >= (b", "少了右括号"),
        ("a >= b)", "「)」多余"),
        ("a >= b c", "「c」多余"),
        ("a >= b => c > 0 => d > 0", "「=>」多余"),
        ("a >= 研发", "不认识「研」"),
        ("a >= * b", "「*」前后少了一项"),
        ("a >= x", "没有「x」这一项"),
        ("a >= " + "(" * 60, "括号套得太深"),
    ],
)
def test_unreadable_rules_say_why(text: str, told: str) -> None:
    with pytest.raises(Unreadable) as fault:
        parse_rule(text, {"a", "b", "c", "d"})
    assert str(fault.value) == told


def test_names_are_told() -> None:
    assert parse_rule("a + 2 * b >= c => d = 0").names == {"a", "b", "c", "d"}
    assert parse_expression("rd / gdp").names == {"rd", "gdp"}


@given(whole, whole, whole)
def test_sums_are_exact_whatever_the_size(a: int, b: int, c: int) -> None:
    assert holds("t = a + b - c", t=a + b - c, a=a, b=b, c=c) is True
    assert holds("t = a + b - c", t=a + b - c + 1, a=a, b=b, c=c) is False
