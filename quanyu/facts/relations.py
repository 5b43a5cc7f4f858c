"""What must hold between the cells of a form: which rows break a relation, and the figures that show it."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import compress, repeat
from typing import Any

from quanyu.registry.identity import NAME, Expression, Rule, parse_rule
from quanyu.registry.model import Field, Form, Identity
from quanyu.registry.model.forms import COUNTED

QUOTED = 4  # values a sentence can carry one by one


def numbered(f: Field, values: list[Any]) -> list[Any]:
    """A clean column as rules see it: a month is counted from year 0, a choice is its code; None where that is none."""
    if f.type == "month":
        return [value and int(value[:4]) * 12 + int(value[5:]) - 1 for value in values]
    if f.type == "choice":
        return [int(value) if value and value.isdigit() else None for value in values]
    return values


def numbers_of(form: Form, cells: Mapping[str, Any]) -> dict[str, Decimal | int]:
    """The clean cells of a report as rules see them; empty ones are absent."""
    found: dict[str, Decimal | int] = {}
    for f in form.fields:
        value = cells.get(f.name)
        if value is not None and f.type in COUNTED:
            number = (
                value if f.type == "integer" else Decimal(value) if f.type == "decimal" else numbered(f, [value])[0]
            )
            if number is not None:
                found[f.name] = number
    return found


def exact(value: Any) -> Decimal | None:
    """A number as rules reckon with it."""
    return None if value is None else Decimal(value)


def quoted(rule: Rule, values: Mapping[str, Any], form: Form, beside: Mapping[str, str] | None = None) -> str:
    """The figures behind a broken rule, each by its line: `14 行 330，16 行 350`; a long sum by what it comes to.

    `beside`: what names that are no field of the form are called; those it leaves out are not quoted.
    """
    words = {f.name: f"{f.code} 行" if f.code else f.label.zh for f in form.fields} | dict(beside or {})
    names = [n for n in dict.fromkeys(re.findall(NAME, rule.text)) if n in words]
    if len(names) <= QUOTED or rule.joined:
        return "，".join(f"{words[n]} {said_as(values[n])}" for n in names)
    known = {name: exact(value) for name, value in values.items()}
    sides = [(term.parts, said_as(term.value(known) or 0)) for term in rule.clauses[0].terms]
    told = [f"{words[parts]} {said}" if isinstance(parts, str) else f"算得 {said}" for parts, said in sides]
    if rule.clauses[0].signs == ("=",):
        whole, parts = (term.value(known) or 0 for term in rule.clauses[0].terms)
        told.append(f"相差 {said_as(abs(whole - parts))}")
    return "，".join(told)


def said_as(value: Any) -> str:
    """A figure as sentences quote it: thousands apart, two places at most where it does not come out even."""
    number = Fraction(value)
    return f"{number.numerator:,}" if number.denominator == 1 else f"{float(number):,.2f}"


@lru_cache(maxsize=64)
def _parsed(identities: tuple[Identity, ...], names: frozenset[str]) -> tuple[tuple[Identity, Rule], ...]:
    return tuple((identity, parse_rule(identity.rule, names)) for identity in identities)


def relations(form: Form) -> tuple[tuple[Identity, Rule], ...]:
    """The relations of a form, read."""
    return _parsed(form.identities, frozenset(f.name for f in form.fields if f.type in COUNTED))


def breaches(rule: Rule, columns: Mapping[str, Sequence[Any]]) -> list[int]:
    """The rows that break a rule. Rows with an empty cell among its names are left undecided.

    Whole numbers without division are decided column by column with exact integers; anything else row by row.
    """
    names = sorted(rule.names)
    used = [columns[name] for name in names]
    rows: Sequence[int] = range(len(used[0])) if used else ()
    if any(None in column for column in used):
        filled = [None not in values for values in zip(*used, strict=True)]
        rows, *used = (list(compress(column, filled)) for column in (rows, *used))
    here = dict(zip(names, used, strict=True))
    whole = all(type(column[0]) is int for column in used if column)
    if not whole or not all(_is_plain(term) for clause in rule.clauses for term in clause.terms):
        figures = ({n: Decimal(v) for n, v in zip(names, values, strict=True)} for values in zip(*used, strict=True))
        return [row for row, cells in zip(rows, figures, strict=True) if rule.holds(cells) is False]
    kept = [_held(clause.terms, clause.signs, here, len(rows)) for clause in rule.clauses]
    if rule.joined == "=>":
        kept = [list(map(operator.or_, map(operator.not_, kept[0]), kept[1]))]
    elif rule.joined:
        kept = [list(map(operator.eq, *kept))]
    return [] if all(kept[0]) else [row for row, held in zip(rows, kept[0], strict=True) if not held]


def _is_plain(term: Expression) -> bool:
    """Does it stay within whole numbers?"""
    if isinstance(term.parts, tuple):
        sign, left, right = term.parts
        return sign in CALCULATE and _is_plain(left) and _is_plain(right)
    return isinstance(term.parts, str) or term.parts.denominator == 1


def _held(
    terms: Sequence[Expression], signs: Sequence[str], columns: Mapping[str, Sequence[int]], count: int
) -> list[bool]:
    values = [list(_column(term, columns, count)) for term in terms]
    kept = [list(map(COMPARE[sign], values[i], values[i + 1])) for i, sign in enumerate(signs)]
    return kept[0] if len(kept) == 1 else list(map(all, zip(*kept, strict=True)))


def _column(term: Expression, columns: Mapping[str, Sequence[int]], count: int) -> Any:
    if isinstance(term.parts, tuple):
        sign, left, right = term.parts
        return map(CALCULATE[sign], _column(left, columns, count), _column(right, columns, count))
    return columns[term.parts] if isinstance(term.parts, str) else repeat(int(term.parts), count)


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
CALCULATE: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
