"""`{% load pagekit %}`: lamps, small charts, numbers, periods and labels in templates.

`bullet`, `spark`, `stacked` (how many in each state, as one bar), `percent`, `growth`, `points`, `period`, `date`,
`tr` and `sign` are functions of `charts` and `format`; `amount` is a number with its unit, for prose.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from quanyu.pagekit import charts, format
from quanyu.pagekit.desk import changed
from quanyu.registry.model import LampState, Unit

register = template.Library()
for own in (charts.bullet, charts.spark, format.percent, format.growth, format.points, format.period, format.date):
    register.simple_tag(own)
register.simple_tag(format.tr)
register.simple_tag(format.sign)
register.simple_tag(format.yuan)
register.simple_tag(format.quantity, name="amount")
register.simple_tag(charts.stack, name="stacked")


@register.simple_tag
def lamp(state: LampState, count: int | None = None, href: str = "") -> SafeString:
    """A state as shape + word (+ how many); with `href` it leads somewhere."""
    words = f"{state.mark} {format.tr(state.label)}{'' if count is None else f' {count}'}"
    if href:
        return format_html('<a class="st {}" href="{}">{}</a>', state.key, href, words)
    return format_html('<span class="st {}">{}</span>', state.key, words)


@register.simple_tag
def num(value: Decimal | int | None, places: int | Unit | None = None, state: str = "ok") -> str:
    """A number; the second word is a count of places or the unit whose places it takes."""
    return format.number(value, format.places(places) if isinstance(places, Unit) else places, state)


@register.inclusion_tag("pagekit/downloads.html", takes_context=True)
def downloads(context: dict[str, Any], xlsx: str = "", csv: str = "", svg: str = "") -> dict[str, str]:
    """Buttons that fetch this page's table (and chart) as files, narrowed as the page is."""
    tail = changed(context["request"].GET, {"screen": ""})
    return {name: href and href + tail for name, href in (("xlsx", xlsx), ("csv", csv), ("svg", svg))}


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: object) -> str:
    """This page's address with some parameters changed (`{% query show="slow" %}`); an empty one is dropped."""
    return changed(context["request"].GET, changes) or str(context["request"].path)
