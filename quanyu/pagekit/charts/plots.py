"""Large plots with axes: an indicator's course against its path and target, and bars of a breakdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.safestring import SafeString

from quanyu.pagekit.charts.marks import polyline, runs
from quanyu.pagekit.charts.svg import INK, INK_2, LINE, SERIES, TRACK, picture, tag, text, tick_label, ticks
from quanyu.pagekit.format import MISSING, bracketed, number


@dataclass(frozen=True)
class Line:
    """One course: (position on the time axis, value) in order; None is a gap. `dots` marks every point."""

    name: str
    points: Sequence[tuple[int, Decimal | None]]
    colour: str = SERIES[0]
    dash: str | None = None
    width: float = 2
    dots: bool = False


@dataclass(frozen=True)
class Band:
    """An interval around a course: (position, low, high) in order."""

    points: Sequence[tuple[int, Decimal, Decimal]]
    colour: str = SERIES[0]


def line_chart(
    title: str, lines: Sequence[Line], marks: Sequence[tuple[int, str]], unit: str, *, desc: str = "",
    level: tuple[Decimal, str] | None = None, breaks: Sequence[tuple[int, str]] = (), bands: Sequence[Band] = (),
    width: int = 760, height: int = 300, zero: bool = False,
) -> SafeString:  # fmt: skip
    """Lines over time. `marks` label the time axis (position → text), `level` is a horizontal line such as the target,
    `breaks` are days on which the way of counting changed: a dashed upright with its mark (②). `zero`: the axis starts
    there, however far the values are from it.
    """
    known = [v for line in lines for _x, v in line.points if v is not None] + ([level[0]] if level else [])
    known += [v for band in bands for _x, *ends in band.points for v in ends]
    spots = [x for line in lines for x, _v in line.points] + [x for x, _t in marks]
    if not known or not spots:
        return picture(width, 60, title, text(12, 34, MISSING, 14), class_="chart", desc=desc)
    first, last = min(spots), max(spots)
    low, high = float(min(known)), float(max(known))
    if low > 0 and (zero or low < high * 0.4):
        low = 0.0
    scale = ticks(low, high)
    left = 14 + 7 * max(len(tick_label(t, scale)) for t in scale)
    right, top, bottom = width - 18, 26, height - 28

    def px(x: int) -> float:
        return left + (right - left) * (x - first) / max(1, last - first)

    def py(v: float | Decimal) -> float:
        return bottom - (bottom - top) * (float(v) - scale[0]) / ((scale[-1] - scale[0]) or 1)

    out = text(4, 14, unit, 12)
    for t in scale:
        out += tag("line", x1=left, x2=right, y1=py(t), y2=py(t), stroke=LINE, stroke_width=1)
        out += text(left - 6, py(t) + 4, tick_label(t, scale), 12, anchor="end")
    step = max(1, -(-len(marks) * 62 // (right - left)))
    for i, (x, words) in enumerate(marks):
        out += tag("line", x1=px(x), x2=px(x), y1=bottom, y2=bottom + 4, stroke=INK_2, stroke_width=1)
        if i % step == 0:
            out += text(px(x), bottom + 19, words, 12, anchor="middle" if 0 < i < len(marks) - 1 or i == 0 else "end")
    for x, words in breaks:
        out += tag("line", x1=px(x), x2=px(x), y1=top, y2=bottom, stroke=INK_2, stroke_width=1, stroke_dasharray="2 3")
        out += text(px(x) + 4, top + 10, words, 12)
    if level:
        out += tag(
            "line", x1=left, x2=right, y1=py(level[0]), y2=py(level[0]), stroke=SERIES[3], stroke_width=1.5,
            stroke_dasharray="7 4",
        )  # fmt: skip
        over = py(level[0]) - 5 if py(level[0]) > top + 10 else py(level[0]) + 15
        out += text(left + 6, over, level[1], 12, fill=SERIES[3])
    for band in bands:
        edge = [(x, low) for x, low, _high in band.points] + [(x, high) for x, _low, high in reversed(band.points)]
        shape = " ".join(f"{px(x):.1f},{py(v):.1f}" for x, v in edge)
        out += tag("polygon", points=shape, fill=band.colour, fill_opacity=0.16)
    for line in lines:
        for run in runs(line.points, lambda x, v: (px(x), py(v))):
            dots = run if line.dots else []
            out += "".join(tag("circle", cx=x, cy=y, r=line.width + 0.8, fill=line.colour) for x, y in dots)
            out += polyline(run, line.colour, line.width, line.dash)
    return picture(width, height, title, out, class_="chart", desc=desc)


def bars(
    title: str, rows: Sequence[tuple[str, Decimal | None]], unit: str, places: int | None = None, *, desc: str = "",
    width: int = 760,
) -> SafeString:  # fmt: skip
    """A breakdown as horizontal bars, largest group name first as given; a missing value says `…`."""
    line, left = 26, 210
    most = max((v for _n, v in rows if v is not None), default=Decimal(0))
    room = width - left - 110
    out = text(12, 22, bracketed(title, unit), 15, fill=INK, weight="600")
    for i, (name, value) in enumerate(rows):
        top = 38 + i * line
        out += text(left - 10, top + 14, name if len(name) < 17 else f"{name[:15]}…", 12, anchor="end", fill=INK)
        out += tag("rect", x=left, y=top + 3, width=room, height=14, fill=TRACK)
        if value is not None and value > 0 and most > 0:
            out += tag("rect", x=left, y=top + 3, width=float(value / most) * room, height=14, fill=SERIES[0])
        out += text(left + room + 8, top + 14, number(value, places), 12, fill=INK)
    return picture(width, 50 + line * len(rows), title, out, class_="chart", desc=desc)
