"""Is this filled form sound? Cells are cleaned and checked against the form's definition, a block of rows at a time.

A block is checked column by column, so that 50,000 rows cost little more than one; `check_cells` is a block of one row.
Nothing here asks the database or knows who files.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import operator
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import compress, repeat
from typing import Any

from quanyu.registry.identity import Expression, Rule, parse_rule
from quanyu.registry.model import Field, Form, Identity, Unit
from quanyu.registry.problem import Mood

Units = Mapping[str, Unit]
EMPTY = frozenset({"", "—", "-", "－"})
DIGITS = 15  # what a spreadsheet keeps exactly
PLACES = 6  # what a snapshot keeps: DECIMAL(38,6)
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
_DATE = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?")


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with one cell, or with a row (`field` ""), and what would be right, in one Chinese sentence.

    `wrong` must be mended before filing; `unwise` may be filed and should be explained.
    """

    field: str
    mood: Mood
    message: str

    def __str__(self) -> str:
        return self.message


@dataclass(slots=True)
class Checked:
    """A checked block: cleaned columns (None where empty or refused) and the complaints of each row that has any."""

    columns: dict[str, list[Any]]
    complaints: dict[int, list[Complaint]] = field(default_factory=dict)

    def complain(self, row: int, complaint: Complaint) -> None:
        self.complaints.setdefault(row, []).append(complaint)

    def row(self, number: int) -> dict[str, Any]:
        """The clean cells of a row, empty ones left out: what a report stores."""
        return {name: column[number] for name, column in self.columns.items() if column[number] is not None}

    def wrong(self, row: int) -> list[Complaint]:
        return [c for c in self.complaints.get(row, ()) if c.mood == "wrong"]


def check_cells(
    form: Form, cells: Mapping[str, Any], units: Units | None = None
) -> tuple[dict[str, Any], list[Complaint]]:
    """The cells as they would be stored, and every complaint about them (unknown names, types, ranges, identities)."""
    checked = check_rows(form, [cells], units)
    return checked.row(0), checked.complaints.get(0, [])


def check_rows(form: Form, rows: Sequence[Mapping[str, Any]], units: Units | None = None) -> Checked:
    """`check_cells` for many rows of one form."""
    names = {f.name: f for f in form.fields}
    checked = check_columns(form, {name: [row.get(name) for row in rows] for name in names}, len(rows), units)
    for number, row in enumerate(rows):
        for name in row.keys() - names.keys():
            near = difflib.get_close_matches(name, names, 1)
            ask = f"，是不是“{names[near[0]].label}”（{near[0]}）？" if near else "，请删去。"
            checked.complain(number, Complaint(name, "wrong", f"“{form.label}”没有“{name}”这一项{ask}"))
    return checked


def check_columns(form: Form, columns: Mapping[str, Sequence[Any]], count: int, units: Units | None = None) -> Checked:
    """Clean and check `count` rows given as columns; a field without a column counts as empty."""
    checked = Checked({})
    for f in form.fields:
        unit = units[f.unit].label.zh if units and f.unit in units else ""
        given = columns.get(f.name)
        values = [None] * count if given is None else _cleaned(f, unit, given, checked)
        checked.columns[f.name] = values
        _check_presence(f, values, checked)
        _check_range(f, unit, values, checked)
    for identity, rule in _rules(form):
        for row in breaches(rule, checked.columns):
            checked.complain(row, Complaint("", identity.mood, f"{identity.message}（{identity.code}）"))
    return checked


def _cleaned(f: Field, unit: str, given: Sequence[Any], checked: Checked) -> list[Any]:
    if f.type == "integer" and set(map(type, given)) <= {int, float}:
        try:
            whole = list(map(int, given))
        except (ValueError, OverflowError):  # not a number, or infinite
            whole = []
        if whole == list(given) and (not whole or max(max(whole), -min(whole)) < 10**DIGITS):
            return whole
    clean, result = CLEANERS[f.type], list(given)
    if f.type == "integer":  # most cells even of a column with slips are plain numbers
        result = [int(v) if type(v) is float and v.is_integer() and abs(v) < 10**DIGITS else v for v in given]
    for row, value in enumerate(result):
        if type(value) is int and f.type == "integer" and abs(value) < 10**DIGITS:
            continue
        try:
            result[row] = clean(value)
        except ValueError as why:
            result[row] = None
            said = f"“{value}”" if isinstance(value, str) else f" {value} "
            checked.complain(row, Complaint(f.name, "wrong", f"“{f.label}”填的是{said}，{_right(str(why), unit)}"))
    return result


def _right(why: str, unit: str) -> str:
    return why.replace("{unit}", f"（{unit}）" if unit else "")


def _check_presence(f: Field, values: list[Any], checked: Checked) -> None:
    if not f.required or None not in values:
        return
    zero = "；没有发生请填 0" if f.type in ("integer", "decimal") else ""
    for row, value in enumerate(values):
        if value is None and not any(c.field == f.name for c in checked.complaints.get(row, ())):
            checked.complain(row, Complaint(f.name, "wrong", f"“{f.label}”没有填，必须填写{zero}。"))


def _check_range(f: Field, unit: str, values: list[Any], checked: Checked) -> None:
    for bound, beyond, word in ((f.minimum, operator.lt, "小于"), (f.maximum, operator.gt, "大于")):
        if bound is None or f.type not in ("integer", "decimal"):
            continue
        exact = values if f.type == "integer" else [v and Decimal(v) for v in values]
        solid = exact if None not in exact else [v for v in exact if v is not None]
        extreme = (min if beyond is operator.lt else max)(solid, default=bound)
        if not beyond(extreme, bound):
            continue
        for row in [row for row, value in enumerate(exact) if value is not None and beyond(value, bound)]:
            message = f"“{f.label}”填的是 {values[row]}，不能{word} {bound:f}{_right('{unit}', unit)}。"
            checked.complain(row, Complaint(f.name, "wrong", message))


@lru_cache(maxsize=64)
def _parsed(identities: tuple[Identity, ...], names: frozenset[str]) -> tuple[tuple[Identity, Rule], ...]:
    return tuple((identity, parse_rule(identity.rule, names)) for identity in identities)


def _rules(form: Form) -> tuple[tuple[Identity, Rule], ...]:
    return _parsed(form.identities, frozenset(f.name for f in form.fields if f.type in ("integer", "decimal")))


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
        exact = ({n: Decimal(v) for n, v in zip(names, values, strict=True)} for values in zip(*used, strict=True))
        return [row for row, cells in zip(rows, exact, strict=True) if rule.holds(cells) is False]
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


# How one cell is read. Each takes what a spreadsheet, a CSV or a page hands over and gives the stored value, None for
# an empty cell, or raises ValueError saying what would be right.


def clean_number(value: Any) -> Decimal | None:
    """An exact number: full-width digits and thousands separators are mended, words are not guessed at."""
    if value is None or (isinstance(value, str) and value.strip() in EMPTY):
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError("单元格格式不是数字，请改为“常规”格式再填数字{unit}。")
    if isinstance(value, float):
        value = f"{value:.{DIGITS}g}" if math.isfinite(value) else "NaN"
        return Decimal(value) if value != "NaN" else _not_a_number()
    if isinstance(value, str):
        text = re.sub(r"\s", "", unicodedata.normalize("NFKC", value)).replace("−", "-")
        if not _NUMBER.fullmatch(text):
            if re.match(r"[+-]?[0-9.,]+\D+$", text):
                raise ValueError("只填数字，不要带单位或文字{unit}。")
            _not_a_number()
        value = text.replace(",", "")
    number = Decimal(value)
    return number if number.is_finite() else _not_a_number()


def _not_a_number() -> Any:
    raise ValueError("应填阿拉伯数字{unit}，没有发生请填 0。")


def clean_integer(value: Any) -> int | None:
    number = clean_number(value)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise ValueError("应填整数{unit}，不留小数。")
    if abs(number) >= 10**DIGITS:
        raise ValueError(f"超过 {DIGITS} 位，请核对单位{{unit}}。")
    return int(number)


def clean_decimal(value: Any) -> str | None:
    """Kept as plain decimal text, without trailing zeros, so that equal numbers are equal texts."""
    number = clean_number(value)
    if number is None:
        return None
    if abs(number) >= 10**DIGITS:
        raise ValueError(f"超过 {DIGITS} 位，请核对单位{{unit}}。")
    if number != round(number, PLACES):
        raise ValueError(f"最多保留 {PLACES} 位小数{{unit}}。")
    return format(number.normalize() if number else Decimal(0), "f")


def clean_text(value: Any) -> str | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None if value is not None else None


def clean_date(value: Any) -> str | None:
    """A day as ISO text; 2024-03-05, 2024/3/5, 2024年3月5日 and 20240305 all mean the same."""
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, dt.date):
        return value.isoformat()
    text = clean_text(value)
    if text is None or text in EMPTY:
        return None
    match = _DATE.fullmatch(re.sub(r"\s", "", unicodedata.normalize("NFKC", text)))
    try:
        return dt.date(*map(int, match.groups())).isoformat() if match else _not_a_date()
    except ValueError:
        _not_a_date()


def _not_a_date() -> Any:
    raise ValueError("应填日期，例如 2024-03-05。")


CLEANERS: dict[str, Callable[[Any], Any]] = {
    "integer": clean_integer, "decimal": clean_decimal, "text": clean_text, "date": clean_date,
}  # fmt: skip


def convert(columns: Sequence[Any], factor: Fraction) -> list[Any]:
    """Numbers stated in another unit, times an exact factor; what is no number stays, for the check to refuse."""

    def one(value: Any) -> Any:
        try:
            number = clean_number(value)
        except ValueError:
            return value
        if number is None:
            return None
        exact = Fraction(number) * factor
        return Decimal(exact.numerator) / Decimal(exact.denominator)

    return [one(value) for value in columns]
