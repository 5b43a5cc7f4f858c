"""A form as an Excel file, made from its definition: grey cells locked, white cells to fill.

`template`: one row a firm, for who collects. `statutory`: one firm's sheet as the form is printed, one line a field;
`read_statutory` takes it back.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter

from quanyu.facts.cells import clean_number
from quanyu.facts.sheets import CheckCode, check_template, read_sheets, text_of, written
from quanyu.measures.periods import Period
from quanyu.people.models import Organisation
from quanyu.registry.identity import Expression, parse_expression
from quanyu.registry.model import Field, Form, Unit
from quanyu.registry.problem import Refused

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
    "month": {"locked": False, "num_format": "@"} | EDGE,
    "choice": {"locked": False, "num_format": "@"} | EDGE,
    "cell": EDGE,
    "middle": {"align": "center"} | EDGE,
    "section": {"bold": True} | EDGE,
    "sum": {"bg_color": GREY, "num_format": "#,##0.######"} | EDGE,
    "growth": {"bg_color": GREY, "num_format": "+0.0;-0.0;0.0", "align": "right"} | EDGE,
    "said": {"locked": False, "text_wrap": True, "num_format": "@"} | EDGE,
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
        _explain(book.add_worksheet("填报说明"), form, period, look, "一家单位一行。")
        _fill(book.add_worksheet(form.key), form, period, labels, organisations, look)
        if form.identities:
            _relations(book.add_worksheet("审核关系"), form, look)
    return buffer.getvalue()


def _explain(sheet: Any, form: Form, period: Period, look: Mapping[str, Any], layout: str = "") -> None:
    due = f"{period.label()}结束后 {form.due_days} 日内" if form.due_days is not None else "按通知要求的时间"
    lines = [
        f"一、报告期：{period.label()}。报送时间：{due}。",
        f"二、怎么填：只填“{form.key}”工作表中的白底单元格；灰底单元格由系统带入，已锁定。{layout}",
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
    if f.type == "choice":
        listed = [f"{o.code} {o.label}" for o in f.options]
        short = listed if len(",".join(listed)) < 250 else [o.code for o in f.options]
        return {"validate": "list", "source": short, "error_title": "请选择", "error_message": "请从列表中选一项"}
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


LABEL, UNIT, CODE, VALUE = range(4)  # columns of the statutory sheet; then 1—本月, 上年同期, 同比; then 说明
FIRST = 10  # row, from 0, of the first line


class Printed(NamedTuple):
    """One line of a statutory sheet: how it is introduced, its cell as text, the sum before this period and a year ago,
    what was said to a 核实性 check."""

    field: Field
    label: str
    unit: str
    text: str = ""
    before: Decimal | None = None
    last: Decimal | None = None
    said: str = ""


def statutory(form: Form, period: str, firm: Organisation, lines: Sequence[Printed]) -> bytes:
    """One firm's form as it is printed, filled in so far; its sums are live."""
    here, buffer = Period.parse(period), io.BytesIO()
    with xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"title": f"{form.label} {here.label()}"})
        basis = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
        look = {name: book.add_format(basis | style) for name, style in LOOKS.items()}
        _explain(book.add_worksheet("填报说明"), form, here, look)
        sheet = book.add_worksheet(form.key)
        _head(sheet, form, here, firm, look)
        last = _lines(sheet, form, lines, look)
        signed = "　　　　　".join(f"{label}：" for label in form.signed_by)
        sheet.write_column(
            last + 1, 0, [signed, *(f"{n}. {note}" for n, note in enumerate(form.notes, 1))], look["small"]
        )
        if form.identities:
            _relations(book.add_worksheet("审核关系"), form, look)
    return buffer.getvalue()


def _head(sheet: Any, form: Form, period: Period, firm: Organisation, look: Mapping[str, Any]) -> None:
    shown, code = period.ytd() if form.cumulated else period, firm.code or ""
    sheet.write(0, 0, str(CheckCode.of(form, str(period), code)), look["small"])
    sheet.write(1, 0, form.label.zh, look["title"])
    sheet.write_column(5, 0, [f"统一社会信用代码：{code}", f"单位详细名称：{firm.name}", f"报告期：{shown.label()}"])
    sheet.write_column(8 - len(form.legal), VALUE, [f"{name}：{said}" for name, said in form.legal.items()])
    titles = ["指标名称", "计量单位", "代码", "本月" if form.period == "month" else "本期"]
    titles += ["1—本月", "上年同期\n1—本月", "同比（%）"] if form.cumulated else []
    for column, title in enumerate([*titles, "说明"]):
        sheet.write(FIRST - 2, column, title, look["head"])
        sheet.write(FIRST - 1, column, "甲乙丙"[column] if column < VALUE else str(column - 2), look["code"])
        sheet.set_column(column, column, {LABEL: 42, CODE: 8, len(titles): 30}.get(column, 13))
    sheet.freeze_panes(FIRST, 0)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1)
    sheet.protect("", {"format_columns": True})
    sheet.activate()


def _lines(sheet: Any, form: Form, lines: Sequence[Printed], look: Mapping[str, Any]) -> int:
    """The lines of the form from row `FIRST` on; returns the last row."""
    place, note, row = dict[str, int](), 7 if form.cumulated else 4, FIRST - 1
    for line in lines:
        row += 2 if line.field.section else 1
        place[line.field.name] = row
    for f, label, unit, text, before, last, said in lines:
        row, value = place[f.name], _value(f, text)
        if f.section:
            sheet.merge_range(row - 1, 0, row - 1, note, f.section.zh, look["section"])
        for column, words, style in ((LABEL, label, "cell"), (UNIT, unit, "middle"), (CODE, f.code, "middle")):
            sheet.write(row, column, words, look[style])
        if f.formula:
            sheet.write_formula(row, VALUE, f"={_excel(parse_expression(f.formula), place)}", look["sum"], value or 0)
        else:
            sheet.write(row, VALUE, value, look[f.type])
            if rule := _validation(f, {f.unit: unit}):
                sheet.data_validation(row, VALUE, row, VALUE, rule)
        if form.cumulated:
            start = Decimal(0) if f.stock else before or Decimal(0)
            total = start + value if isinstance(value, Decimal) else start
            rate = round(float(total / last - 1) * 100, 1) if last else "—"
            sheet.write_formula(row, 4, f"={start}+N(D{row + 1})", look["sum"], total)
            sheet.write(row, 5, last, look["sum"])
            growth = f'=IF(N(F{row + 1})=0,"—",ROUND((E{row + 1}/F{row + 1}-1)*100,1))'
            sheet.write_formula(row, 6, growth, look["growth"], rate)
        sheet.write(row, note, said, look["said"])
    return row


def _value(f: Field, text: str) -> Decimal | str | None:
    """A cell as a spreadsheet holds it: a number where it is one, a choice with its words, else as it was typed."""
    if f.type in ("integer", "decimal"):
        try:
            return clean_number(text)
        except ValueError:
            return text
    return next((f"{o.code} {o.label}" for o in f.options if o.code == text), text or None)


def _excel(term: Expression, place: Mapping[str, int]) -> str:
    if isinstance(term.parts, tuple):
        sign, left, right = term.parts
        return f"({_excel(left, place)}{sign}{_excel(right, place)})"
    return f"D{place[term.parts] + 1}" if isinstance(term.parts, str) else str(term.parts)


def read_statutory(path: Path, form: Form, period: str, firm: str, name: str) -> tuple[dict[str, str], dict[str, str]]:
    """The typed cells and the explanations of a returned sheet, by field; refused when it is another form, period or
    firm, or no such sheet at all. `name`: what the file is called."""
    sheet = next((s for s in read_sheets(path) if s.check_code), None)
    if sheet is None:
        raise Refused(f"“{name}”不是“{form.label}”的模板，认不出表头。", "请在填报页下载模板，填好后再导入。")
    check_template(sheet, form, period, firm)
    cells, said, note = dict[str, str](), dict[str, str](), 7 if form.cumulated else 4
    rows = [[*map(written, row), *[""] * 8] for row in islice(iter(sheet.rows), FIRST + 3 * len(form.fields))]
    for f in form.fields:
        for row in rows:
            if text_of(row[CODE]) == text_of(f.code) and text_of(row[LABEL]).rstrip("*").endswith(text_of(f.label.zh)):
                cells[f.name], said[f.name] = "" if f.formula else row[VALUE].strip(), row[note].strip()
                break
        else:
            raise Refused(f"“{name}”缺少“{f.label}”（{f.code}）一行。", "请重新下载模板后再填。")
    return cells, {name: words for name, words in said.items() if words}
