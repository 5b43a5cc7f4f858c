"""`{% load pagekit %}`: lamps, small charts, numbers, periods and labels in templates."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from quanyu.measures.periods import Period
from quanyu.pagekit import charts, format
from quanyu.registry.model import Label, LampState, Registry, Unit

register = template.Library()


@register.simple_tag
def lamp(state: LampState, count: int | None = None, href: str = "") -> SafeString:
    """A state as shape + word (+ how many); with `href` it leads somewhere."""
    words = f"{state.mark} {format.tr(state.label)}{'' if count is None else f' {count}'}"
    if href:
        return format_html('<a class="st {}" href="{}">{}</a>', state.key, href, words)
    return format_html('<span class="st {}">{}</span>', state.key, words)


@register.simple_tag
def bullet(
    progress: Fraction | None, due: Fraction | None, state: LampState | None = None, width: int = 132
) -> SafeString:
    return charts.bullet(progress, due, state, width)


@register.simple_tag
def stacked(counts: list[tuple[LampState, int]]) -> SafeString:
    """How many in each state, as one bar."""
    return charts.stack(counts)


@register.simple_tag
def spark(values: list[Decimal | None], label: str) -> SafeString:
    return charts.spark(values, label)


@register.simple_tag
def num(value: Decimal | int | None, places: int | Unit | None = None, state: str = "ok") -> str:
    """A number; the second word is a count of places or the unit whose places it takes."""
    return format.number(value, format.places(places) if isinstance(places, Unit) else places, state)


@register.simple_tag
def amount(value: Decimal | int | None, unit: Unit | None, state: str = "ok") -> str:
    """A number with its unit, for prose."""
    return format.quantity(value, unit, state=state)


@register.simple_tag
def percent(share: Fraction | Decimal | None, places: int = 1) -> str:
    return format.percent(share, places)


@register.simple_tag
def growth(value: Decimal | None) -> str:
    """Growth in per cent with its sign."""
    return format.growth(value)


@register.simple_tag
def points(value: Decimal | None) -> str:
    """A difference of shares in 个百分点 with its sign."""
    return format.points(value)


@register.simple_tag
def period(value: Period | str | None) -> str:
    return format.period(value)


@register.simple_tag
def date(value: dt.date | None) -> str:
    return format.date(value)


@register.simple_tag
def tr(label: Label | str | None) -> str:
    """A label of the data in the reader's language."""
    return format.tr(label)


@register.inclusion_tag("pagekit/downloads.html", takes_context=True)
def downloads(context: dict[str, Any], xlsx: str = "", csv: str = "", svg: str = "") -> dict[str, str]:
    """Buttons that fetch this page's table (and chart) as files, narrowed as the page is."""
    params = context["request"].GET.copy()
    params.pop("screen", None)
    tail = f"?{params.urlencode()}" if params else ""
    return {name: href and href + tail for name, href in (("xlsx", xlsx), ("csv", csv), ("svg", svg))}


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: object) -> str:
    """This page's address with some parameters changed (`{% query show="slow" %}`); an empty one is dropped."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        params[name] = str(value)
        if not str(value):
            del params[name]
    return f"?{params.urlencode()}" if params else context["request"].path


@register.simple_tag
def unit_of(registry: Registry, key: str) -> str:
    """The words of a unit key; "" for none."""
    return format.tr(registry.units[key].label) if key in registry.units else ""
