"""Where things went from one time to another: two columns of blocks with bands between them, all words outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.safestring import SafeString

from quanyu.pagekit.charts.svg import INK, INK_2, SERIES, picture, tag, text
from quanyu.pagekit.format import number

GAP, BLOCK, ROOM, TOP = 14, 12, 440, 34


def flows(
    title: str, heads: tuple[str, str], names: Sequence[str], moved: Mapping[tuple[int, int], int], *, desc: str = "",
    width: int = 760,
) -> SafeString:  # fmt: skip
    """A Sankey diagram: `names` from top to bottom on both sides; `moved`: (from, to), places in `names`, → how many.

    A band that rises is drawn in the second series' colour, one that falls dashed at its edge, so that neither hangs on
    colour alone.
    """
    whole = sum(moved.values()) or 1
    scale = max(ROOM - GAP * len(names), 60) / whole
    left, right = _column(names, moved, 0, scale), _column(names, moved, 1, scale)
    x0, x1 = width * 0.26, width * 0.74
    mid, at = (x0 + x1) / 2, ({i: y for i, (y, _h, _n) in left.items()}, {j: y for j, (y, _h, _n) in right.items()})
    out = text(x0, 18, heads[0], 13, anchor="end", fill=INK, weight="600") + text(
        x1, 18, heads[1], 13, fill=INK, weight="600"
    )
    for (i, j), n in sorted(moved.items()):
        h, y, z = n * scale, at[0][i], at[1][j]
        at[0][i], at[1][j] = y + h, z + h
        d = (
            f"M{x0 + BLOCK:.1f} {y:.1f}C{mid:.1f} {y:.1f} {mid:.1f} {z:.1f} {x1 - BLOCK:.1f} {z:.1f}"
            f"V{z + h:.1f}C{mid:.1f} {z + h:.1f} {mid:.1f} {y + h:.1f} {x0 + BLOCK:.1f} {y + h:.1f}Z"
        )
        colour = SERIES[5] if i == j else SERIES[2] if j < i else SERIES[1]
        said = tag("title", f"{names[i]} → {names[j]}：{number(n)}")
        out += tag("path", said, d=d, fill=colour, fill_opacity=0.25 if i == j else 0.5,
                   stroke=colour if j > i else None, stroke_dasharray="3 3" if j > i else None)  # fmt: skip
    for column, x, anchor, spot in ((left, x0, "end", -8), (right, x1 - BLOCK, "start", BLOCK + 8)):
        for i, (y, h, n) in column.items():
            out += tag("rect", x=float(x), y=y, width=BLOCK, height=max(h, 1.5), fill=SERIES[0])
            out += text(x + spot, y + h / 2 + 4, f"{names[i]} {number(n)}", 12, anchor=anchor, fill=INK_2)
    bottom = max(y + h for column in (left, right) for y, h, _n in column.values()) if moved else TOP
    return picture(width, int(bottom) + 16, title, out, class_="chart", desc=desc)


def _column(
    names: Sequence[str], moved: Mapping[tuple[int, int], int], side: int, scale: float
) -> dict[int, tuple[float, float, int]]:
    """Where each block of a side stands: its top, its height, its count; those with nothing are left out."""
    held, y = dict[int, tuple[float, float, int]](), float(TOP)
    for i in range(len(names)):
        if n := sum(count for key, count in moved.items() if key[side] == i):
            held[i] = (y, n * scale, n)
            y += max(n * scale, 3) + GAP
    return held
