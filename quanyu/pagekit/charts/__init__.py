"""Charts as SVG text, drawn on the server: they print, go into Word, and need no script.

Every function is pure: numbers in, SVG out. Nothing carries a style attribute or a style element (strict CSP);
colours are presentation attributes that the house style may override (大屏, print). `document()` makes a file of one.
"""

from quanyu.pagekit.charts.dots import dot_line, dots
from quanyu.pagekit.charts.flows import flows
from quanyu.pagekit.charts.marks import bar, bullet, bullets, spark, stack
from quanyu.pagekit.charts.plots import Band, Line, bars, line_chart
from quanyu.pagekit.charts.svg import SERIES, document

__all__ = [
    "SERIES", "Band", "Line", "bar", "bars", "bullet", "bullets", "document", "dot_line", "dots", "flows", "line_chart",
    "spark", "stack",
]  # fmt: skip
