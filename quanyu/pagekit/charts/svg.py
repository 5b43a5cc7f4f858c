"""The few SVG words that the charts are spelled with."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

INK, INK_2, LINE, TRACK = "#16202e", "#46536a", "#d7dde6", "#e7ebf1"
SERIES = ("#1b5faa", "#d68100", "#0f9d86", "#7a4ea3", "#8a6d3b", "#5b687d")
FONTS = (
    "PingFang SC, Microsoft YaHei, Source Han Sans SC, Noto Sans CJK SC, Noto Sans SC, WenQuanYi Micro Hei, sans-serif"
)

Value = Decimal | Fraction | int | float


def coordinate(value: Value) -> str:
    """A position on the drawing: two places are finer than any screen (floats are for ink only, never for figures)."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def tag(name: str, content: str = "", /, **attributes: object) -> str:
    """`<name a="…">content</name>`; underscores become hyphens, a trailing one drops (`class_`), None is left out."""
    parts = [name]
    for key, value in attributes.items():
        if value is None:
            continue
        text = coordinate(value) if isinstance(value, (float, Decimal, Fraction)) else str(value)
        parts.append(f'{key.rstrip("_").replace("_", "-")}="{escape(text)}"')
    head = " ".join(parts)
    return f"<{head}>{content}</{name}>" if content else f"<{head}/>"


def text(
    x: Value, y: Value, words: str, size: int = 12, anchor: str = "start", fill: str = "currentColor",
    weight: str | None = None,
) -> str:  # fmt: skip
    return tag(
        "text", escape(words), x=float(x), y=float(y), font_size=size, text_anchor=anchor, fill=fill, font_weight=weight
    )


def picture(
    width: int, height: int, label: str, content: str, *, class_: str, desc: str = "", stretch: bool = False
) -> SafeString:
    """An image of its own with a name for those who cannot see it; `stretch` lets it fill its cell on a phone."""
    said = tag("title", escape(label)) + (tag("desc", escape(desc)) if desc else "")
    return mark_safe(  # noqa: S308 - every text inside went through escape()
        tag(
            "svg", said + content, class_=class_, viewBox=f"0 0 {width} {height}", width=width, height=height,
            preserveAspectRatio="none" if stretch else None, role="img", aria_label=label, font_family=FONTS,
            color=None if stretch else INK_2,
        )
    )  # fmt: skip


def document(drawing: str) -> bytes:
    """A picture as a file of its own: XML declaration, namespace, white ground, the fonts by name."""
    body = drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    size = re.search(r'viewBox="0 0 (\d+) (\d+)"', body)
    ground = tag("rect", width=size[1], height=size[2], fill="#ffffff") if size else ""
    head, _, rest = body.partition(">")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}>{ground}{rest}\n'.encode()


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round numbers that cover low…high: steps of 1, 2 or 5 times a power of ten."""
    span = (high - low) or abs(high) or 1.0
    raw = span / wanted
    power = 10 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def tick_label(value: float, all_ticks: list[float]) -> str:
    """Just the places that tell neighbouring ticks apart, with thousands commas."""
    step = all_ticks[1] - all_ticks[0] if len(all_ticks) > 1 else 1
    places = max(0, -math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    words = f"{abs(value):,.{places}f}"
    return f"−{words}" if value < 0 else words
