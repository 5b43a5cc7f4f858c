"""Charts: what is drawn where, and that every one is a whole, scriptless, styleless SVG."""

from __future__ import annotations

import re
from decimal import Decimal as D
from fractions import Fraction as F
from xml.etree import ElementTree

import pytest

from quanyu.pagekit import charts
from quanyu.pagekit.charts import Line
from quanyu.pagekit.charts.svg import tick_label, ticks
from quanyu.registry.model import Label, LampState

WARN = LampState("warn", Label("偏慢", "Slow"), "▲", "#d68100", "#fff1d6", "#8a4f00")
DONE = LampState("done", Label("已达标", "Reached"), "✓", "#134d80", "#e3eef8", "#134d80")


def parts(svg: str, tag: str) -> list[dict[str, str]]:
    return [e.attrib for e in ElementTree.fromstring(svg) if e.tag == tag]


def test_a_bullet_fills_its_share_and_marks_the_elapsed_part():
    svg = charts.bullet(F(62, 100), F(3, 4), WARN, width=100)
    track, fill = parts(svg, "rect")
    assert (track["width"], fill["width"], fill["fill"]) == ("100", "62", "#d68100")
    halo, mark = parts(svg, "line")
    assert (mark["x1"], mark["stroke-width"], halo["stroke"]) == ("74", "2", "#fff")
    assert ElementTree.fromstring(svg).attrib["aria-label"] == "完成率 62.0%，序时 75.0%"


@pytest.mark.parametrize(("progress", "widths"), [(F(3, 2), ["100", "100"]), (F(-1, 5), ["100"]), (None, ["100"])])
def test_a_bullet_never_leaves_its_track(progress, widths):
    assert [r["width"] for r in parts(charts.bullet(progress, F(1, 2), WARN, width=100), "rect")] == widths


def test_a_stack_shares_its_width_and_leaves_out_what_is_empty():
    svg = charts.stack([(DONE, 1), (WARN, 3), (DONE, 0)])
    assert [r["width"] for r in parts(svg, "rect")] == ["74.5", "223.5"]
    assert 'aria-label="已达标 1 · 偏慢 3"' in svg


def test_a_gap_in_the_figures_is_a_gap_in_the_line():
    line = Line("实际", [(0, D(1)), (1, D(2)), (2, None), (3, D(3)), (4, D(4)), (5, None), (6, D(5))])
    svg = charts.line_chart("走势", [line], [(0, "2020年"), (6, "2021年")], "家")
    assert len(parts(svg, "polyline")) == 2
    assert len(parts(svg, "circle")) == 1  # the lone last figure is a dot, not lost


def test_a_target_and_a_break_are_drawn_and_named():
    line = Line("实际", [(0, D(1)), (6, D(5))])
    level, breaks = (D(10), "2025年目标 10"), [(3, "② 口径变化")]
    svg = charts.line_chart("走势", [line], [(0, "2020年")], "家", level=level, breaks=breaks)
    assert "2025年目标 10" in svg and "② 口径变化" in svg
    assert sum("stroke-dasharray" in a for a in parts(svg, "line")) == 2


def test_a_chart_without_figures_says_so():
    assert "…" in charts.line_chart("走势", [Line("实际", [(0, None)])], [], "家")


def test_bars_print_each_value_and_mark_the_missing():
    svg = charts.bars("高新技术企业", [("东片区", D(30)), ("西片区", None)], "家", 0)
    texts = [e.text for e in ElementTree.fromstring(svg) if e.tag == "text"]
    assert texts == ["高新技术企业（家）", "东片区", "30", "西片区", "…"]


def test_a_spark_of_equal_values_is_level():
    (line,) = parts(charts.spark([D(2), D(2), D(2)], "走势"), "polyline")
    assert {point.split(",")[1] for point in line["points"].split()} == {"11.0"}


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0, 5000, ["0", "1,000", "2,000", "3,000", "4,000", "5,000"]),
        (2.5, 3.5, ["2.4", "2.6", "2.8", "3.0", "3.2", "3.4", "3.6"]),
        (-1, 1, ["−1.0", "−0.5", "0.0", "0.5", "1.0"]),
    ],
)
def test_axes_have_round_numbers(low, high, labels):
    scale = ticks(low, high)
    assert [tick_label(t, scale) for t in scale] == labels


DRAWINGS = [
    charts.bullet(F(1, 2), F(1, 2), WARN),
    charts.bullets([("甲 <b>&", "1", F(1, 2), None, WARN)], "主要指标"),
    charts.stack([(WARN, 1)]),
    charts.bar(D(1), D(2), "甲"),
    charts.bars("甲", [("乙", D(1))], "家"),
    charts.spark([D(1), None], "甲"),
    charts.line_chart("甲", [Line("乙", [(0, D(1)), (9, D(2))])], [(0, "2020年")], "%"),
]


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_every_drawing_is_a_named_image_and_a_file_of_its_own(drawing):
    assert re.match(r'<svg [^>]*role="img"[^>]*aria-label="', drawing)
    assert "style" not in drawing and "<script" not in drawing
    whole = charts.document(drawing)
    assert whole.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg"')
    assert ElementTree.fromstring(whole).tag == "{http://www.w3.org/2000/svg}svg"
