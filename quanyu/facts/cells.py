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
from typing import Any

from quanyu.facts.relations import breaches, exact, numbered, quoted, relations, said_as
from quanyu.registry.identity import Rule, parse_expression
from quanyu.registry.model import Field, Form, Identity, Option, Unit
from quanyu.registry.model.forms import COUNTED
from quanyu.registry.problem import Mood

Units = Mapping[str, Unit]
EMPTY = frozenset({"", "—", "-", "－"})
DIGITS = 15  # what a spreadsheet keeps exactly
PLACES = 6  # what a snapshot keeps: DECIMAL(38,6)
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
_MONTH = re.compile(r"((?:19|20)[0-9]{2})[-/.年]?(0?[1-9]|1[0-2])月?")
_DATE = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?")


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with one cell, or with a row (`field` ""), and what would be right, in one Chinese sentence.

    `wrong` must be mended before filing; `unwise` may be filed and should be explained. `code`: the relation or edit
    that was broken ("" for a cell by itself); `fields`: the cells it is about; `line`: which row of a form with many
    (from 1; 0 for the sheet as a whole).
    """

    field: str
    mood: Mood
    message: str
    code: str = ""
    fields: tuple[str, ...] = ()
    line: int = 0

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
        if not f.formula:
            _check_presence(f, values, checked)
        _check_range(f, unit, values, checked)
    numbers = {f.name: numbered(f, checked.columns[f.name]) for f in form.fields if f.type in COUNTED}
    for f in reversed(form.fields):  # totals stand above their parts
        if f.formula:
            _compute(form, f, numbers, checked)
    for identity, rule in relations(form):
        for row in breaches(rule, numbers):
            here = {name: numbers[name][row] for name in rule.names}
            checked.complain(row, _broken(form, identity, rule, here))
    return checked


def _compute(form: Form, f: Field, numbers: dict[str, list[Any]], checked: Checked) -> None:
    """Fill in a computed column where it is empty; what was typed must be what comes out."""
    formula = parse_expression(f.formula)
    parts, typed = {name: numbers[name] for name in sorted(formula.names)}, numbers[f.name]
    told = any(i.rule == f"{f.name} = {f.formula}" for i in form.identities)  # the relation of the same words says it
    if None not in typed and told:
        return
    clean = CLEANERS[f.type]
    for row, values in enumerate(zip(*parts.values(), strict=True)):
        if typed[row] is not None and told:
            continue
        value = formula.value(dict(zip(parts, map(exact, values), strict=True)))
        if value is None or any(c.field == f.name for c in checked.complaints.get(row, ())):
            continue
        stated = round(Decimal(value.numerator) / Decimal(value.denominator), 0 if f.type == "integer" else PLACES)
        if typed[row] is not None and Decimal(typed[row]) != stated:
            said = f"“{f.label}”填的是 {typed[row]}，按公式应是 {said_as(stated)}；此项由系统计算，不必填写。"
            checked.complain(row, Complaint(f.name, "wrong", said))
        elif typed[row] is None:
            try:
                typed[row] = clean(stated)
            except ValueError as why:  # too many digits
                checked.complain(
                    row, Complaint(f.name, "wrong", f"“{f.label}”算得 {said_as(stated)}，{_right(str(why), '')}")
                )


def _broken(form: Form, identity: Identity, rule: Rule, values: Mapping[str, Any]) -> Complaint:
    fields = tuple(f.name for f in form.fields if f.name in rule.names)
    said = f"{identity.message}：{quoted(rule, values, form)}（{identity.code}）"
    return Complaint(fields[0] if len(fields) == 1 else "", identity.mood, said, identity.code, fields)


LISTED = 80  # letters of a closed list that a sentence can carry in full


def _cleaned(f: Field, unit: str, given: Sequence[Any], checked: Checked) -> list[Any]:
    if f.type == "integer" and (types := set(map(type, given))) <= {int, float}:
        try:
            whole = list(map(int, given) if float in types else given)
        except (ValueError, OverflowError):  # not a number, or infinite
            whole = []
        if (float not in types or whole == list(given)) and (not whole or max(max(whole), -min(whole)) < 10**DIGITS):
            return whole
    clean, result = choice_of(f.options) if f.type == "choice" else CLEANERS[f.type], list(given)
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


def clean_month(value: Any) -> str | None:
    """A year and month as `2024-03`; 202403, 2024/3 and 2024年3月 mean the same, 000000 is none."""
    text = f"{value:%Y-%m}" if isinstance(value, dt.date) else clean_text(value)
    if text is None or text in EMPTY or text.strip("0") == "":
        return None
    match = _MONTH.fullmatch(re.sub(r"\s", "", unicodedata.normalize("NFKC", text)))
    if match is None:
        raise ValueError("应填年份和月份，例如 202403。")
    return f"{match[1]}-{int(match[2]):02}"


def choice_of(options: Sequence[Option]) -> Callable[[Any], str | None]:
    """Reads one answer of a closed list: its code, its words, or both (`2 小试`)."""

    def plain(said: str) -> str:
        return re.sub(r"[\s.、]", "", unicodedata.normalize("NFKC", said))

    known = {plain(said): o.code for o in options for said in (o.code, o.label.zh, f"{o.code}{o.label}")}
    listed = "、".join(f"{o.code} {o.label}" for o in options)
    right = listed if len(listed) <= LISTED else "、".join(o.code for o in options)

    def clean(value: Any) -> str | None:
        text = clean_text(value)
        if text is None or text in EMPTY:
            return None
        code = known.get(plain(text))
        if code is None:
            raise ValueError(f"应填下列代码之一：{right}。")
        return code

    return clean


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
    "integer": clean_integer, "decimal": clean_decimal, "text": clean_text, "date": clean_date, "month": clean_month,
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
