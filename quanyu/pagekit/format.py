"""Numbers, dates and periods as people here write them.

Values arrive as Decimal (or int, Fraction) in the unit that is printed; nothing here converts units.
`—` means undefined (a division by zero, no comparison), `…` not available, `0` a true zero. Negative is `−`.
Words follow the language of the current request.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from quanyu.measures.periods import Period
from quanyu.registry.model import Label, Unit

UNDEFINED = "—"
MISSING = "…"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Number = Decimal | Fraction | int


def exact(value: Number, places: int) -> Decimal:
    """Round half up, away from zero, to a number of places, without passing through float."""
    if isinstance(value, Fraction):
        scaled = value * 10**places
        whole, rest = divmod(abs(scaled.numerator), scaled.denominator)
        whole += 2 * rest >= scaled.denominator
        return (Decimal(whole) * (-1 if scaled < 0 else 1)).scaleb(-places)
    return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def rounded(value: Number | None, places: int) -> Decimal | None:
    """As `exact`, for a value that may be missing."""
    return None if value is None else exact(value, places)


def absent(state: str) -> str:
    """The mark for a value that is not there: `—` when undefined, `…` otherwise."""
    return UNDEFINED if state == "undefined" else MISSING


def number(value: Number | None, places: int | None = None, state: str = "ok", group: bool = True) -> str:
    """A number with thousands commas. `places` None prints it as it is written (2.0 stays 2.0)."""
    if value is None:
        return absent(state)
    written = value if isinstance(value, Decimal) else Decimal(int(value))
    decimal = written if places is None else exact(value, places)
    text = format(abs(decimal), ",f" if group else "f")
    return f"−{text}" if decimal < 0 else text


def places(unit: Unit | None, *printed: Decimal | None) -> int:
    """How many places to print: whole things whole; else the unit's own, those written, and three digits of them."""
    own = unit.decimals if unit else 0
    if unit and unit.dimension.startswith("count:") and "/" not in unit.dimension:
        return own
    written = [p for p in printed if p is not None]
    digits = [max(0, -int(p.as_tuple().exponent)) for p in written]
    enough = [3 - len(str(abs(int(p)))) for p in written if p]
    return max([own, *digits, *enough])


def quantity(value: Number | None, unit: Unit | None) -> str:
    """A number with its unit, for prose: 312家, 3.12%, 13.80亿元."""
    text = number(value, places(unit))
    return text if value is None or unit is None else text + suffix(unit)


def yuan(fen: int | None) -> str:
    """An amount kept in whole fen, in yuan to the fen; `…` where there is none."""
    return number(None if fen is None else Decimal(fen) / 100, 2)


def suffix(unit: Unit) -> str:
    """What follows a number: Chinese units close up, English words stand apart."""
    name = tr(unit.label)
    return name if (get_language() or "zh").startswith("zh") or not name[:1].isalpha() else f" {name}"


def percent(share: Number | None, places: int = 1, state: str = "undefined") -> str:
    """A share (0.62) as 62.0%."""
    return absent(state) if share is None else f"{number(share * 100, places)}%"


def _signed(value: Number | None, places: int, after: str, flat: Decimal) -> str:
    if value is None:
        return UNDEFINED
    if abs(value) < flat:
        return _("持平")
    return f"{'+' if value > 0 else ''}{number(value, places)}{after}"


def change(value: Number | None, places: int = 1) -> str:
    """A change under a heading that names its unit: +14.1, −2.0, 持平, — without a base."""
    return _signed(value, places, "", Decimal(5).scaleb(-places - 1))


def growth(value: Number | None) -> str:
    """Growth in %, sign always shown: +14.1%; 持平 under 0.05; — without a base."""
    return _signed(value, 1, "%", Decimal("0.05"))


def points(value: Number | None) -> str:
    """A difference of two shares: +2.0个百分点."""
    words = _("个百分点")
    return _signed(value, 1, words if language() == "zh" else f" {words}", Decimal("0.05"))


def bracketed(words: str, unit: str) -> str:
    """A name with its unit: 金额（万元）; Amount (10,000 yuan)."""
    if not unit:
        return words
    return f"{words}（{unit}）" if language() == "zh" else f"{words} ({unit})"


def tr(label: Label | str | None) -> str:
    """A label of the data in the language of the request."""
    if label is None:
        return ""
    return label.of(get_language() or "zh") if isinstance(label, Label) else str(label)


def named(definitions: Mapping[str, Any], key: str, unknown: str | None = None) -> str:
    """What a definition is called, by its key; where there is none, `unknown`, or else the key itself."""
    found = definitions.get(key)
    return tr(found.label) if found else key if unknown is None else unknown


SIGNS = {"；": "; ", "：": ": ", "，": ", ", "、": ", ", "。": ".", "（": " (", "）": ")"}


def sign(mark: str) -> str:
    """A Chinese punctuation mark as the language of the request sets it."""
    return mark if language() == "zh" else SIGNS[mark]


def listed(words: Iterable[str]) -> str:
    """甲、乙、丙; a, b, c."""
    return sign("、").join(words)


def clauses(words: Iterable[str]) -> str:
    """What is said one after another: 甲；乙; a; b."""
    return sign("；").join(words)


def language() -> str:
    return "en" if (get_language() or "zh").startswith("en") else "zh"


def date(value: dt.date | dt.datetime | None) -> str:
    """2024年9月30日; 30 Sep 2024."""
    if value is None:
        return MISSING
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    if language() == "en":
        return f"{value.day} {MONTHS[value.month - 1]} {value.year}"
    return f"{value.year}年{value.month}月{value.day}日"


def period(value: Period | str | None) -> str:
    """2024年9月, 2024年1—9月, 2024年三季度; accepts the machine form too."""
    if value is None:
        return MISSING
    return (Period.parse(value) if isinstance(value, str) else value).label(language())
