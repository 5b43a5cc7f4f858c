"""The formulas of a policy in words: 研发费用 ÷ 营业收入 ≥ 3%, with parameters as they stand on a day."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.judgements.eligibility.rule import HELD, trait_columns
from quanyu.pagekit import format
from quanyu.pagekit.format import named, tr
from quanyu.registry.model import Condition, Parameter, Policy, Registry, Trait, in_force

HOLDS = re.compile(r"holds\(\s*'(\w+)'(?:\s*,\s*'\w+')?\s*\)", re.IGNORECASE)
QUOTED, NAME = re.compile(r"'([^']*)'"), re.compile(r"[A-Za-z_]\w*")
SPOKEN = {
    "and": later("且"), "or": later("或"), "not": later("非"), "in": later("属于"), "is": later("为"),
    "null": later("未知"), "true": later("是"), "false": later("否"), "case": "（", "when": later("若"),
    "then": later("则"), "else": later("否则"), "end": "）", "least": later("取小"), "greatest": later("取大"),
    "coalesce": later("首个已知"), "abs": later("绝对值"),
}  # fmt: skip
SIGNS = ((">=", "≥"), ("<=", "≤"), ("<>", "≠"), ("*", "×"))
BOUNDS = (("at_least", "≥"), ("above", ">"), ("at_most", "≤"), ("below", "<"))


def yearly(trait: Trait) -> bool:
    """Does it belong to a fiscal year? What is held or registered is asked as of the day."""
    return not trait.sources or any(source.contract or source.held == "started" for source in trait.sources)


def trait_words(registry: Registry, name: str, on: dt.date) -> str:
    """2025年营业收入; a title or an attribute of the register without a year."""
    if name.startswith(HELD):
        return _("持有“%(t)s”") % {"t": named(registry.titles, name.removeprefix(HELD))}
    found = trait_columns(registry).get(name)
    if found is None:
        return name
    trait, back = found
    if not yearly(trait):
        return tr(trait.label)
    return _("%(year)s年%(what)s") % {"year": on.year - 1 - back, "what": tr(trait.label)}


def wan(yuan: Decimal | None) -> str:
    """Yuan as 万元 with two places, without the unit."""
    return format.number(None if yuan is None else yuan / 10_000, 2)


def measured(registry: Registry, value: Decimal | str | None, unit: str) -> str:
    """A value in its unit: 500万元, 3%; 未定 where nobody has set it."""
    if value is None:
        return _("未定")
    held = registry.units.get(unit)
    written = format.number(Decimal(value).normalize() + 0) if isinstance(value, Decimal) else value
    return written + (format.suffix(held) if held else "")


@dataclass(frozen=True)
class Spoken:
    """A policy’s formulas on a day, with its parameters as they stand then."""

    registry: Registry
    policy: Policy
    on: dt.date

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        return {p.key: p for p in self.policy.parameters}

    @cached_property
    def points(self) -> Mapping[str, str]:
        """What the names of scores, their groups and items mean."""
        found = {score.key: tr(score.label) for score in self.policy.scores}
        for score in self.policy.scores:
            found |= {f"{score.key}_{group.key}": tr(group.label) for group in score.groups}
            found |= {f"{score.key}_{item.key}": tr(item.label) for item in score.items}
        return found

    def value(self, parameter: Parameter) -> str:
        """A parameter as it stands on the day."""
        held = in_force(parameter.values, self.on)
        return measured(self.registry, held.value if held else None, parameter.unit)

    def _word(self, found: re.Match[str]) -> str:
        name = found[0]
        if name.lower() in SPOKEN:
            return f" {_(SPOKEN[name.lower()])} " if SPOKEN[name.lower()] else " "
        if name in self.parameters:
            return self.value(self.parameters[name])
        if name in self.points:
            return self.points[name]
        conditions = {c.key: c for c in self.policy.conditions}
        return tr(conditions[name].label) if name in conditions else trait_words(self.registry, name, self.on)

    def formula(self, text: str, unit: str = "") -> str:
        """A formula in words; a bare number in the unit it is meant in."""
        if re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", text):
            return measured(self.registry, Decimal(text.strip()), unit)
        held: list[str] = []

        def keep(words: str) -> str:
            held.append(words)
            return f"\0{len(held) - 1}\0"

        said = HOLDS.sub(lambda m: keep(trait_words(self.registry, HELD + m[1], self.on)), text)
        said = QUOTED.sub(lambda m: keep(f"“{self._option(m[1])}”"), said)
        said = NAME.sub(self._word, said)
        for sign, shown in SIGNS:
            said = said.replace(sign, shown)
        said = re.sub("\0(\\d+)\0", lambda m: held[int(m[1])], said)
        return re.sub(r"\s*([（）])\s*|\s+", lambda m: m[1] or " ", said).strip()

    def _option(self, value: str) -> str:
        """A choice's words, wherever it is a choice."""
        options = (o for t in self.registry.traits.values() for o in t.options if o.code == value)
        return next((tr(o.label) for o in options), value)

    def requirement(self, condition: Condition) -> str:
        """What a condition asks for."""
        if condition.test:
            return self.formula(condition.test)
        if not condition.of:
            return _("由人评判")
        side = self.formula(condition.of) + (f" ÷ {self.formula(condition.per)}" if condition.per else "")
        bounds = [(sign, getattr(condition, name)) for name, sign in BOUNDS if getattr(condition, name)]
        return side + "，".join(f" {sign} {self.formula(text, condition.unit)}" for sign, text in bounds)

    @property
    def pays(self) -> list[str]:
        """What is paid, a line each: the amount or its bands, the floor and the cap."""
        benefit = self.policy.benefit
        if benefit is None:
            return []
        per = f" ÷ {self.formula(benefit.per)}" if benefit.per else ""
        lines = [self.formula(benefit.pays, "yuan") + per] if benefit.pays else []
        for band in benefit.bands:
            low = f"≥ {self.formula(band.at_least)}" if band.at_least else ""
            high = f"< {self.formula(band.below)}" if band.below else ""
            where = tr(band.label) or f"{self.formula(benefit.of)} {low} {high}".strip()
            lines.append(f"{where}：{self.formula(band.pays, 'yuan')}{per}")
        if benefit.floor:
            lines.append(_("最低 %(n)s") % {"n": self.formula(benefit.floor, "yuan")})
        if benefit.cap:
            lines.append(_("最高 %(n)s") % {"n": self.formula(benefit.cap, "yuan")})
        return lines
