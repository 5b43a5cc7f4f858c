"""Which rules are on, with which limits, on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from quanyu.bureaus.reporting.models import Switch
from quanyu.facts.cells import clean_number
from quanyu.registry.model import Edit, Oddity, Registry, Screening
from quanyu.registry.problem import Refused

Rule = Edit | Oddity | Screening


def switches(on: dt.date) -> dict[str, Switch]:
    """Rule key → the zone's own setting that counts on a day; rules never touched are absent."""
    return {s.rule: s for s in Switch.objects.filter(from_on__lte=on).order_by("from_on", "id")}


def standing(rule: Rule, on: dt.date, held: Mapping[str, Switch] | None = None) -> tuple[bool, dict[str, Decimal]]:
    """Is a rule on, and with which limits, on a day? `held`: the switches of that day, when they are at hand."""
    own = (switches(on) if held is None else held).get(rule.key)
    there = (rule.from_ or on) <= on <= (rule.to or on)
    changed = {name: Decimal(value) for name, value in own.limits.items() if name in rule.limits} if own else {}
    return there and (own.on if own else rule.on), {**rule.limits, **changed}


def switchable(registry: Registry) -> dict[str, Rule]:
    """Every rule that a zone may switch, by key."""
    return {**registry.screenings, **registry.edits, **registry.plausibility}


def limits_typed(rule: Rule, typed: Mapping[str, str]) -> dict[str, Decimal]:
    """A rule's limits as somebody typed them; an empty one is as the package says."""
    found = dict(rule.limits)
    for name, text in typed.items():
        try:
            value = clean_number(text)
        except ValueError:
            value = Decimal(-1)
        if name not in found or (value is not None and value < 0):
            raise Refused(f"规则“{rule.label}”的界限“{name}”填的是“{text}”，应为不小于 0 的数字。")
        found[name] = found[name] if value is None else value
    return found
