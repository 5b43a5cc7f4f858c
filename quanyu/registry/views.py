"""The same facts in another coding: the lines of a view, computed exactly from the cells of its form."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from quanyu.registry.identity import parse_expression
from quanyu.registry.model import Label, Registry, View


def view_lines(
    registry: Registry, view: View, cells: Mapping[str, Any]
) -> list[tuple[str, Label, Decimal | None, str]]:
    """(code, label, value, unit key) of each line in order; None where a cell it needs is empty.

    `cells` are those of a report of the view's form, in that form's units; values come out in the line's unit, exactly.
    """
    units = registry.units
    fields = (f for form in registry.editions(view.form) for f in form.fields if f.unit)
    factors = {f.name: Fraction(units[f.unit].factor) for f in fields}
    exact = {name: Fraction(str(cells[name])) * factors[name] for name in factors if cells.get(name) is not None}
    lines = []
    for line in view.lines:
        value = parse_expression(line.value).value(exact)
        stated = None if value is None else value / Fraction(units[line.unit].factor)
        plain = None if stated is None else Decimal(stated.numerator) / Decimal(stated.denominator)
        lines.append((line.code, line.label, plain, line.unit))
    return lines
