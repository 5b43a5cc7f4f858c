"""Formulas read: text to frozen tree, with every name, type and unit checked.

The text is one SQL *expression* in a small closed vocabulary: `reading` says what may stand in it, `meaning` how units
are checked. What is wrong is told as a `Problem` with one of `CODES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from quanyu.measures import units
from quanyu.measures.formula import Aggregate, Arithmetic, Expectation, Measure, Node, Wrong, walk
from quanyu.measures.periods import LENGTHS, month_index
from quanyu.measures.reading import SHARED, Reader, near
from quanyu.measures.units import Quantity
from quanyu.registry.model import Frequency, Indicator, LeverTest, Registry, Window
from quanyu.registry.problem import Place, Problem

__all__ = ["SHARED", "Measure", "check", "known_columns", "measure_of", "measures", "parse"]
NOWHERE = Place("", 0)
CODES = {
    "M101": "公式读不懂",
    "M102": "不认识的名字",
    "M103": "不在公式词汇之内",
    "M104": "单位或类型对不上",
    "M105": "一个汇总读了两张事实表",
    "M106": "列在汇总之外，或汇总套汇总",
    "M107": "不认识的称号或级别",
    "M108": "这张事实表没有 valid、started 或 last() 所指的东西",
}


def parse(
    formula: str, registry: Registry, unit: str, window: Window = "month", frequency: Frequency = "month", *,
    key: str = "", place: Place = NOWHERE,
) -> Measure | list[Problem]:  # fmt: skip
    """Read one formula whose result is stated in `unit`, or say everything that is wrong with it."""
    try:
        reader = Reader(registry)
        tree = reader.read(formula)
        if not any(isinstance(n, Aggregate) for n in walk(tree)):
            raise Wrong("M106", "公式里没有任何汇总，算不出数", "例如 sum(rd_expense)")
        tree, kind = reader.meaning.outer(tree)
        factor = _conversion(registry, kind, unit)
    except Wrong as wrong:
        return [Problem(wrong.code, "wrong", place, f"{wrong.message}，公式：{formula}", wrong.hint, subject=key)]
    tree = _hoist(tree)
    top, bottom = (tree.left, tree.right) if isinstance(tree, Arithmetic) and tree.op == "/" else (tree, None)
    keys = _unit_keys(registry, reader, top, bottom, unit)
    measure = Measure(
        key, formula, tree, unit, factor, window, frequency,
        plan_start=month_index(registry.plan.starts_on) if registry.plans else 0, top_unit=keys[0], bottom_unit=keys[1],
        place=place,
    )  # fmt: skip
    return replace(measure, expects=_expects(registry, measure.tables))


def check(registry: Registry) -> list[Problem]:
    """What is wrong with the formulas of all indicators and levers."""
    tests = dict.fromkeys(test for lever in registry.levers.values() for test in lever.tests)
    levers = [lever_test(registry, test) for test in tests]
    read = [*_read_all(registry).values(), *levers]
    return [p for found in read if isinstance(found, list) for p in found]


def measures(registry: Registry) -> list[Measure]:
    """Every indicator that has an acceptable formula, as a measure; the others have published figures at best."""
    return [found for found in _read_all(registry).values() if isinstance(found, Measure)]


def measure_of(registry: Registry, indicator: Indicator) -> Measure | None:
    """One indicator's formula as a measure; None where it has none, or none that is acceptable."""
    found = _read(registry, indicator) if indicator.formula else None
    return found if isinstance(found, Measure) else None


def lever_test(registry: Registry, test: LeverTest) -> Measure | list[Problem]:
    """The formula of one test of a lever, to be asked firm by firm."""
    return parse(test.formula, registry, test.unit, test.window, place=test.place)


def _read_all(registry: Registry) -> dict[str, Measure | list[Problem]]:
    return {i.key: _read(registry, i) for i in registry.indicators.values() if i.formula}


def _read(registry: Registry, i: Indicator) -> Measure | list[Problem]:
    return parse(i.formula, registry, i.unit, i.window, i.frequency, key=i.key, place=i.place)


def _expects(registry: Registry, tables: Iterable[str]) -> tuple[Expectation, ...]:
    found = []
    for table in tables:
        form = registry.forms.get(registry.contracts[table].provider.removeprefix("report:"))
        if form is not None and form.reporters:
            found.append(Expectation(table, form.reporters, LENGTHS[form.period]))
    return tuple(found)


def _conversion(registry: Registry, kind: Quantity, unit: str) -> Fraction:
    if unit not in registry.units:
        raise Wrong("M102", f"没有叫“{unit}”的单位", near(unit, registry.units))
    wanted = units.quantity(registry.units, unit)
    if kind.dimension is None:
        return Fraction(1)
    assert wanted.dimension is not None
    if units.agree(kind.dimension, wanted.dimension) is None:
        is_, should = units.in_words(registry.units, kind), units.in_words(registry.units, wanted)
        told = f"公式算出来的是“{is_}”，指标的单位却是“{should}”"
        raise Wrong("M104", told, "改公式或改 unit；同一量纲之间会自动换算")
    return kind.factor / wanted.factor


def _unit_keys(registry: Registry, reader: Reader, top: Node, bottom: Node | None, unit: str) -> tuple[str, str]:
    """The units of numerator and denominator; a count of whatever takes the name that makes the quotient come out."""
    below = reader.meaning.outer(bottom)[1] if bottom is not None else Quantity(())
    above = reader.meaning.outer(top)[1]
    if above.dimension is not None and any(atom == units.ANY_COUNT for atom, _ in above.dimension):
        needed = units.combine(units.quantity(registry.units, unit), below, 1)
        above = Quantity(units.agree(above.dimension, needed.dimension or ()), above.factor)
    keys = units.named_unit(registry.units, above), units.named_unit(registry.units, below)
    return keys if bottom is not None else (keys[0], "")


def _hoist(node: Node) -> Node:
    """Bring the division to the top where that is only arithmetic: (a/b)*c and c*(a/b) become (a*c)/b."""
    if isinstance(node, Arithmetic) and node.op in "*/":
        left, right = _hoist(node.left), _hoist(node.right)
        if isinstance(left, Arithmetic) and left.op == "/":
            if node.op == "*":
                return Arithmetic("/", _times(left.left, right), left.right)
            return Arithmetic("/", left.left, _times(left.right, right))
        if node.op == "*" and isinstance(right, Arithmetic) and right.op == "/":
            return Arithmetic("/", _times(left, right.left), right.right)
        return Arithmetic(node.op, left, right)
    return node


def _times(left: Node, right: Node) -> Node:
    return _hoist(Arithmetic("*", left, right))


def known_columns(registry: Registry) -> Mapping[str, str]:
    """Every column a formula may name, with the contract that has it: for the reference manual and completion."""
    return {name: contract.key for contract in registry.contracts.values() for name in contract.columns}
