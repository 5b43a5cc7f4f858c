"""Numbers tried out: what a person is asked, what stands there now, and what was typed, as the engine reads it."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.bureaus.policies.reads.formulas import trait_words, wan
from quanyu.judgements.eligibility.rule import MONEY, base, column_type, kind_of_unit, trait_columns
from quanyu.judgements.eligibility.words import number
from quanyu.judgements.route import Route
from quanyu.pagekit.format import clauses, suffix, tr
from quanyu.registry.model import Registry, Trait

GUESTS = 4
"""A guest is asked at most so many numbers."""
LARGEST = 10**15
FLAG = (("1", later("是")), ("0", later("否")))


@dataclass(frozen=True)
class Ask:
    """One thing asked of a firm. `shown`: what stands there now; `typed`: what was put instead; `problem` with that."""

    name: str
    label: str
    unit: str
    section: str
    choices: Sequence[tuple[str, str]] = ()
    shown: str = ""
    typed: str = ""
    problem: str = ""


def ask(
    registry: Registry, names: Iterable[str], known: Mapping[str, Any], typed: Mapping[str, str], on: dt.date
) -> tuple[list[Ask], dict[str, Any]]:  # fmt: skip
    """The questions about some columns of traits, and the values of those that were answered soundly."""
    columns, asked, values = trait_columns(registry), [], {}
    for name in names:
        trait = columns[name][0] if name in columns else None
        given, problem = unicodedata.normalize("NFKC", typed.get(name, "")).strip(), ""
        if given:
            try:
                values[name] = _value(registry, trait, given)
            except ValueError as wrong:
                problem = str(wrong)
        kind = trait.type if trait else "flag"
        choices = [(value, _(words)) for value, words in FLAG] if kind == "flag" else []
        if trait and kind == "choice":
            choices = [(o.code, tr(o.label)) for o in trait.options]
        unit = registry.units.get(trait.unit) if trait else None
        asked.append(Ask(
            name, trait_words(registry, name, on), tr(unit.label) if unit else "",
            tr(trait.section) if trait else _("称号"), choices, _shown(registry, trait, known.get(name), choices),
            typed.get(name, "").strip(), problem,
        ))  # fmt: skip
    return asked, values


def guest_names(registry: Registry) -> list[str]:
    """The few numbers a guest is asked, in their order."""
    return [t.key for t in sorted((t for t in registry.traits.values() if t.guest), key=lambda t: t.guest)][:GUESTS]


def sections(asked: Sequence[Ask]) -> list[tuple[str, list[Ask], bool]]:
    """The questions by section, as the definitions have them, and whether it stands open: the first, and what was
    changed."""
    found: dict[str, list[Ask]] = {}
    for each in asked:
        found.setdefault(each.section or _("其他"), []).append(each)
    first = next(iter(found), "")
    return [(name, asks, name == first or any(a.typed for a in asks)) for name, asks in found.items()]


def _value(registry: Registry, trait: Trait | None, text: str) -> Any:
    """What was typed, in the form the engine reads; ValueError with a sentence otherwise."""
    kind = column_type(registry, trait) if trait else "flag"
    if kind == "flag":
        if text not in ("0", "1"):
            raise ValueError(_("请选是或否。"))
        return text == "1"
    assert trait is not None
    if kind == "text":
        if text not in {o.code for o in trait.options}:
            raise ValueError(_("没有这个选项。"))
        return text
    try:
        plain = Decimal(text.replace(",", "").replace("−", "-"))
    except InvalidOperation:
        raise ValueError(_("应是数字，不带单位。")) from None
    if not plain.is_finite() or abs(plain) > LARGEST:
        raise ValueError(_("这个数太大，请核对单位。"))
    value = Fraction(plain) * (base(registry, trait.unit) if kind_of_unit(registry, trait.unit) == MONEY else 1)
    if kind == "integer" and value.denominator != 1:
        raise ValueError(_("应是整数（金额到分）。"))
    return int(value) if kind == "integer" else value


def _shown(registry: Registry, trait: Trait | None, value: Any, choices: Sequence[tuple[str, str]]) -> str:
    """A value as a person reads it; "" where it is not known."""
    if value is None:
        return ""
    if choices:
        return _(dict(choices).get(str(int(value)) if isinstance(value, bool) else str(value), str(value)))
    assert trait is not None
    money = kind_of_unit(registry, trait.unit) == MONEY
    return number(Fraction(value) / (base(registry, trait.unit) if money else 1))


def steps(registry: Registry, way: Route, on: dt.date) -> list[tuple[str, int, list[str], str, int]]:
    """The steps of a way: what is done, how often, what it moves from and to, its cost in 万元, its months."""

    def said(name: str, value: Any) -> str:
        found = trait_columns(registry).get(name)
        if found is None or value is None:
            return _("未知")
        unit, choices = registry.units.get(found[0].unit), FLAG if found[0].type == "flag" else ()
        return _shown(registry, found[0], value, choices) + (suffix(unit) if unit else "")

    return [
        (
            tr(s.move.label), s.times,
            [f"{trait_words(registry, n, on)} {said(n, a)} → {said(n, b)}" for n, (a, b) in s.traits.items()],
            wan(s.cost), s.move.months,
        )
        for s in way.steps
    ]  # fmt: skip


def told(asked: Iterable[Ask]) -> str:
    """What was changed, in one line."""
    said = [f"{a.label} {dict(a.choices).get(a.typed, a.typed)}{a.unit}" for a in asked if a.typed and not a.problem]
    return clauses(said)
