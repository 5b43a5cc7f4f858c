"""One thing reckoned several ways: a dot each on one axis, and where each should lie."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from quanyu.pagekit.charts.svg import INK, LINE, SERIES, TRACK, picture, tag, text, tick_label, ticks
from quanyu.pagekit.format import bracketed, number

Row = tuple[str, Decimal | None, Decimal | None]
"""A name, the figure (None: nobody supplied it), and where the rules would have it."""
APART = "#a3201d"


def dots(title: str, rows: Sequence[Row], unit: str, *, width: int = 760) -> SafeString:
    """A line for each row over one axis: the figure as a dot, where it should lie as an upright, the gap in red."""
    known = [float(v) for row in rows for v in row[1:] if v is not None]
    scale = ticks(min([0.0, *known]), max(known, default=1.0))
    left, right, line, top = 96, width - 96, 38, 34

    def px(v: Decimal | float) -> float:
        return left + (right - left) * (float(v) - scale[0]) / ((scale[-1] - scale[0]) or 1)

    bottom = top + line * len(rows)
    out = text(0, 14, bracketed(title, unit), 13, fill=INK, weight="600")
    for t in scale:
        out += tag("line", x1=px(t), x2=px(t), y1=top, y2=bottom, stroke=LINE, stroke_width=1)
        out += text(px(t), bottom + 16, tick_label(t, scale), 12, anchor="middle")
    for i, (name, figure, lawful) in enumerate(rows):
        y = top + line * i + line / 2
        out += text(left - 10, y + 4, name, 13, anchor="end", fill=INK)
        out += tag("line", x1=left, x2=right, y1=y, y2=y, stroke=TRACK, stroke_width=2)
        if figure is not None and lawful is not None:
            out += tag("line", x1=px(lawful), x2=px(figure), y1=y, y2=y, stroke=APART, stroke_width=4)
        if lawful is not None:
            out += tag("line", x1=px(lawful), x2=px(lawful), y1=y - 9, y2=y + 9, stroke=INK, stroke_width=2)
        if figure is not None:
            out += tag("circle", cx=px(figure), cy=y, r=6, fill=SERIES[i % len(SERIES)])
        out += text(right + 8, y + 4, _("未供数") if figure is None else number(figure, 0), 12, fill=INK)
    desc = "；".join(f"{name} {_('未供数') if figure is None else number(figure, 0)}" for name, figure, _lawful in rows)
    return picture(width, bottom + 24, title, out, class_="chart", desc=desc)


def dot_line(rows: Sequence[Row], label: str, width: int = 132, height: int = 18) -> SafeString:
    """The figures alone on one line, for a cell; what is missing is left out."""
    known = [v for _n, v, _l in rows if v is not None]
    most = max(known, default=Decimal(0)) or Decimal(1)
    out = tag("line", class_="track", x1=4, x2=width - 4, y1=height / 2, y2=height / 2, stroke=TRACK, stroke_width=2)
    for i, (_name, figure, _lawful) in enumerate(rows):
        if figure is not None:
            x = 6 + float(figure / most) * (width - 12)
            out += tag("circle", cx=x, cy=height / 2, r=4, fill=SERIES[i % len(SERIES)])
    return picture(width, height, label, out, class_="spark")
