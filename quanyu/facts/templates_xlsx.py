"""The blank form as an Excel file, made from its definition: one row a firm, grey cells locked, white cells to fill."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

import xlsxwriter

from quanyu.facts.sheets import CheckCode
from quanyu.measures.periods import Period
from quanyu.people.models import Organisation
from quanyu.registry.model import Field, Form, Unit

GREY, HEAD, LINE = "#E8ECF1", "#EEF3F8", "#B8C2CC"
BLANK_ROWS = 200  # offered when no firms are named
LARGEST = 10**15 - 1
HEADER_ROW = 4  # from 0: check code, title, legal note, codes, then the titles

EDGE = {"border": 1, "border_color": LINE}
LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 15},
    "plain": {"text_wrap": True},
    "small": {"font_color": "#5A6672"},
    "head": {"bold": True, "bg_color": HEAD, "text_wrap": True, "align": "center"} | EDGE,
    "code": {"bg_color": HEAD, "align": "center", "font_color": "#5A6672"} | EDGE,
    "grey": {"bg_color": GREY, "num_format": "@"} | EDGE,
    "text": {"locked": False, "num_format": "@"} | EDGE,
    "integer": {"locked": False, "num_format": "#,##0"} | EDGE,
    "decimal": {"locked": False, "num_format": "#,##0.######"} | EDGE,
    "date": {"locked": False, "num_format": "yyyy-mm-dd"} | EDGE,
}


def template(
    form: Form,
    period: str | Period,
    organisations: Iterable[Organisation] | None = None,
    units: Mapping[str, Unit] | None = None,
) -> bytes:
    """An .xlsx to be filled and handed back to `import_file`; with `organisations` their rows are there already."""
    period, labels = Period.parse(str(period)), {key: unit.label.zh for key, unit in (units or {}).items()}
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"title": f"{form.label} {period.label()}"})
        basis = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
        look = {name: book.add_format(basis | style) for name, style in LOOKS.items()}
        _explain(book.add_worksheet("填报说明"), form, period, look)
        _fill(book.add_worksheet(form.key), form, period, labels, organisations, look)
        if form.identities:
            _relations(book.add_worksheet("审核关系"), form, look)
    return buffer.getvalue()


def _explain(sheet: Any, form: Form, period: Period, look: Mapping[str, Any]) -> None:
    due = f"{period.label()}结束后 {form.due_days} 日内" if form.due_days is not None else "按通知要求的时间"
    lines = [
        f"一、报告期：{period.label()}。报送时间：{due}。",
        f"二、怎么填：只填“{form.key}”工作表中的白底单元格；灰底单元格由系统带入，已锁定。一家单位一行。",
        "三、单位：各列单位见表头。没有发生填 0，不要留空，不要填“无”；数字不要带单位或文字。",
        "四、本月数与累计数：按月报送的表只填本月，累计数由系统按各月之和计算。"
        if form.period == "month"
        else "四、口径：见表头与指标名称。",
        "五、审核：见“审核关系”工作表。强制性问题必须改正，核实性问题请说明原因。",
        "六、导入：直接导入本文件即可。请不要改动工作表名称、表头各行和 A1 单元格的校验码。",
    ]
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 96)
    sheet.write_string(0, 0, f"{form.label} 填报说明", look["title"])
    for number, line in enumerate(lines, start=1):
        sheet.write_string(number, 0, line, look["plain"])
    sheet.protect()


def _fill(
    sheet: Any, form: Form, period: Period, labels: Mapping[str, str], organisations: Iterable[Organisation] | None,
    look: Mapping[str, Any],
) -> None:  # fmt: skip
    legal = "    ".join(f"{name}：{said}" for name, said in form.legal.items() if said)
    sheet.write_string(0, 0, str(CheckCode.of(form, str(period))), look["small"])
    sheet.write_string(1, 0, f"{form.label}（{period.label()}）", look["title"])
    sheet.write_string(2, 0, legal, look["small"])
    titles = [("", "统一社会信用代码", 21), ("", "单位名称", 28), ("", "报告期", 10)]
    titles += [(f.code, _title(f, labels), 13) for f in form.fields]
    for column, (code, title, width) in enumerate(titles):
        sheet.write_string(HEADER_ROW - 1, column, code or "代码", look["code"])
        sheet.write_string(HEADER_ROW, column, title, look["head"])
        sheet.set_column(column, column, width)
    sheet.set_row(HEADER_ROW, 44)
    known = None if organisations is None else [(o.code or "", o.name) for o in organisations]
    first, last = HEADER_ROW + 1, HEADER_ROW + (BLANK_ROWS if known is None else max(1, len(known)))
    for row in range(first, last + 1):
        firm = known[row - first] if known else ("", "")
        for column, text in enumerate((*firm, str(period))):
            sheet.write_string(row, column, text, look["grey" if known or column == 2 else "text"])
        for column, f in enumerate(form.fields, start=3):
            sheet.write_blank(row, column, None, look[f.type])
    for column, f in enumerate(form.fields, start=3):
        if rule := _validation(f, labels):
            sheet.data_validation(first, column, last, column, rule)
    sheet.freeze_panes(first, 2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW)
    sheet.protect("", {"format_columns": True})
    sheet.activate()


def _title(f: Field, labels: Mapping[str, str]) -> str:
    unit = labels.get(f.unit, "")
    return f"{f.label}（{unit}）" if unit else f.label.zh


def _validation(f: Field, labels: Mapping[str, str]) -> dict[str, Any] | None:
    if f.type not in ("integer", "decimal"):
        return None
    low = -LARGEST if f.minimum is None else float(f.minimum)
    high = LARGEST if f.maximum is None else float(f.maximum)
    unit, kind = labels.get(f.unit, ""), "整数" if f.type == "integer" else "数字"
    return {
        "validate": f.type, "criteria": "between", "minimum": low, "maximum": high, "ignore_blank": not f.required,
        "error_title": f"请填{kind}", "error_message": f"请填{kind}{f'（{unit}）' if unit else ''}，没有发生填 0",
    }  # fmt: skip


def _relations(sheet: Any, form: Form, look: Mapping[str, Any]) -> None:
    sheet.set_column(0, 0, 12)
    sheet.set_column(1, 1, 10)
    sheet.set_column(2, 3, 60)
    for column, title in enumerate(("编号", "类型", "说明", "关系")):
        sheet.write_string(0, column, title, look["head"])
    for row, identity in enumerate(form.identities, start=1):
        mood = "强制性" if identity.mood == "wrong" else "核实性"
        for column, text in enumerate((identity.code, mood, identity.message, identity.rule)):
            sheet.write_string(row, column, text, look["plain"])
    sheet.protect()
