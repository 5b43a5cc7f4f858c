"""Small marks that sit in a line of text or a cell: bullet, stack, bar, spark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from quanyu.pagekit.charts.svg import INK, SERIES, TRACK, picture, tag, text
from quanyu.pagekit.format import percent, tr
from quanyu.registry.model import LampState

NEUTRAL = "#8894a6"


def _track(
    progress: Fraction | None, due: Fraction | None, fill: str, width: int, height: int, x: float = 0, y: float = 0
) -> str:
    """The bar from 0 to 100 %, clipped at both ends, and the 序时 mark in a white halo."""
    thick = height // 2
    top = y + (height - thick) / 2
    content = tag("rect", class_="track", x=x, y=top, width=width, height=thick, fill=TRACK)
    if progress is not None and progress > 0:
        content += tag("rect", x=x, y=top, width=float(min(progress, Fraction(1)) * width), height=thick, fill=fill)
    if due is not None:
        at = x + float(max(Fraction(0), min(due, Fraction(1))) * (width - 4)) + 2
        for class_, colour, stroke in (("halo", "#fff", 6), ("mark", INK, 2)):
            content += tag(
                "line", class_=class_, x1=at, x2=at, y1=y + 1, y2=y + height - 1, stroke=colour, stroke_width=stroke
            )
    return content


def bullet(
    progress: Fraction | None, due: Fraction | None, lamp: LampState | None = None, width: int = 132, height: int = 20
) -> SafeString:
    """Progress (a share, unclipped) as a bar in the lamp's colour with the 序时 mark; says both in words.

    Without progress only the track and the mark are drawn: nothing is guessed.
    """
    label = _("完成率 %(done)s，序时 %(due)s") % {"done": percent(progress), "due": percent(due)}
    content = _track(progress, due, lamp.fill if lamp else NEUTRAL, width, height)
    return picture(width, height, label, content, class_="bullet", stretch=True)


def bullets(rows: Sequence[tuple[str, str, Fraction | None, Fraction | None, LampState]], label: str) -> SafeString:
    """All indicators as one picture for a document: (name, value in words, progress, due, lamp) from top to bottom."""
    line, left, bar_width = 26, 300, 260
    content = text(12, 22, label, 15, fill=INK, weight="600")
    for i, (name, value, progress, due, lamp) in enumerate(rows):
        top = 36 + i * line
        content += text(12, top + 15, name, 12, fill=INK)
        content += text(left + 84, top + 15, value, 12, anchor="end", fill=INK)
        content += _track(progress, due, lamp.fill, bar_width, 20, x=left + 98, y=top)
        content += text(left + 430, top + 15, percent(progress), 12, anchor="end", fill=INK)
        content += text(left + 442, top + 15, f"{lamp.mark} {tr(lamp.label)}", 12, fill=lamp.ink)
    return picture(left + 540, 48 + line * len(rows), label, content, class_="chart")


def stack(counts: Sequence[tuple[LampState, int]], height: int = 10) -> SafeString:
    """How many in each state, side by side, as shares of one bar."""
    held = [(lamp, n) for lamp, n in counts if n]
    total = sum(n for lamp, n in held) or 1
    content, x, width, gap = "", 0.0, 300, 2
    room = width - gap * max(0, len(held) - 1)
    for lamp, n in held:
        content += tag("rect", x=x, y=0, width=room * n / total, height=height, fill=lamp.fill)
        x += room * n / total + gap
    label = " · ".join(f"{tr(lamp.label)} {n}" for lamp, n in held) or _("无数据")
    return picture(width, height, label, content, class_="stack", stretch=True)


def bar(value: Decimal | None, most: Decimal, label: str, fill: str = SERIES[0]) -> SafeString:
    """One value as a share of the largest in its column: the table beside it carries the number."""
    width, height = 120, 12
    content = tag("rect", class_="track", x=0, y=2, width=width, height=8, fill=TRACK)
    if value is not None and most > 0 and value > 0:
        content += tag("rect", x=0, y=2, width=float(min(value / most, Decimal(1)) * width), height=8, fill=fill)
    return picture(width, height, label, content, class_="bar", stretch=True)


def spark(values: Sequence[Decimal | None], label: str, width: int = 104, height: int = 22) -> SafeString:
    """The course of one indicator in a line of a list: gaps stay gaps, the last value is a dot."""
    known = [v for v in values if v is not None]
    if not known:
        level = tag("line", x1=2, x2=width - 2, y1=height / 2, y2=height / 2, stroke=TRACK, stroke_width=1)
        return picture(width, height, label, level, class_="spark")
    low, high = min(known), max(known)
    span = high - low

    def at(i: int, v: Decimal) -> tuple[float, float]:
        x = 3 + (width - 8) * i / max(1, len(values) - 1)
        return x, height - 4 - (height - 8) * float((v - low) / span) if span else height / 2

    drawn = runs(enumerate(values), at)
    content = "".join(polyline(run, SERIES[0], 1.5) for run in drawn)
    content += tag("circle", cx=drawn[-1][-1][0], cy=drawn[-1][-1][1], r=2.4, fill=SERIES[0])
    return picture(width, height, label, content, class_="spark")


def slope(
    past: tuple[Decimal | None, Decimal | None], next_: tuple[Decimal | None, Decimal | None], label: str, *,
    apart: bool = False, width: int = 190, height: int = 34,
) -> SafeString:  # fmt: skip
    """Two plans as one course: baseline → reached (drawn), baseline → target of the next (dashed).

    `apart`: the two cannot be compared; the second half is hatched instead of drawn.
    """
    known = [v for v in (*past, *(() if apart else next_)) if v is not None]
    low, high = (min(known), max(known)) if known else (Decimal(0), Decimal(0))

    def at(i: int, v: Decimal) -> tuple[float, float]:
        share = float((v - low) / (high - low)) if high > low else 0.5
        return 5 + (width - 10) * i / 2, height - 6 - (height - 12) * share

    content = tag("line", x1=width / 2, x2=width / 2, y1=1, y2=height - 1, stroke=TRACK, stroke_width=1)
    if apart:
        content += "".join(
            tag("line", x1=x, x2=x + 12, y1=height - 3, y2=3, stroke=NEUTRAL, stroke_width=1)
            for x in range(width // 2 + 6, width - 14, 7)
        )
    for first, pair, dash in ((0, past, None), (1, next_, "4 3")):
        if apart and first:
            continue
        run = [at(first + i, v) for i, v in enumerate(pair) if v is not None]
        if run:
            content += polyline(run, SERIES[first], 2, dash if len(run) > 1 else None)
            content += "".join(tag("circle", cx=x, cy=y, r=2.6, fill=SERIES[first]) for x, y in run)
    return picture(width, height, label, content, class_="spark")


def runs(
    points: Iterable[tuple[int, Decimal | None]], at: Callable[[int, Decimal], tuple[float, float]]
) -> list[list[tuple[float, float]]]:
    """Where points stand on the drawing, run by run: a gap ends one."""
    parts = groupby(points, key=lambda point: point[1] is not None)
    return [[at(x, v) for x, v in part if v is not None] for there, part in parts if there]


def polyline(points: Sequence[tuple[float, float]], stroke: str, width: float, dash: str | None = None) -> str:
    """A run of points joined; a lone point becomes a dot so that it is not lost."""
    if len(points) == 1:
        return tag("circle", cx=points[0][0], cy=points[0][1], r=width + 0.5, fill=stroke)
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return tag(
        "polyline", points=path, fill="none", stroke=stroke, stroke_width=width, stroke_dasharray=dash,
        stroke_linejoin="round",
    )  # fmt: skip
