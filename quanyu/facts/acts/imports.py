"""Taking in a file: every bad row is answered, and nothing of a bad file is loaded unless its good rows are wanted."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import compress
from pathlib import Path
from typing import Any

from django.db import transaction

from quanyu.facts import reads, sheets
from quanyu.facts.acts.reports import Filing, clean_period, file_reports
from quanyu.facts.acts.standings import Grant, check_grant, grant_many
from quanyu.facts.cells import check_columns, clean_date, convert
from quanyu.facts.firms import Register
from quanyu.facts.magnitude import Beside, suspected
from quanyu.facts.models import Import
from quanyu.facts.reading import Block, Outcome, Reading, RowProblem, is_filled
from quanyu.facts.sheets import Header, Sheet
from quanyu.measures.periods import Period
from quanyu.people.acts import record
from quanyu.people.models import User
from quanyu.registry.model import Form, Registry, Unit
from quanyu.registry.problem import Refused

BIGGEST = 200 << 20  # bytes


def import_file(
    path: Path, form: Form | None, registry: Registry, period: str | None = None, *, by: User | None, at: dt.datetime,
    skip_bad: bool = False, dry_run: bool = False, reason: str = "", mapping: Mapping[str, str] | None = None,
    unit: str = "", beside: Beside | None = None,
) -> Outcome:  # fmt: skip
    """Take in a table of reports, one row a firm. Without `form` the file must tell (check code or titles).

    `mapping`: titles the form does not know (as `sheets.heading` reduces them) → what the column holds, "" for nothing.
    `unit`: in which amounts stand where a title states none. `beside`: amounts of other sources of about the same size.

    `reason` goes with every correction among the rows, and vouches for a jump of a whole column that looks like a wrong
    unit. Effects, in order: the reports; one Import row; events. With `skip_bad` the refused rows are written to
    `<file>.refused.csv` beside it.
    """
    outcome = Outcome(path.name)
    try:
        reading = _open(path, form, registry, period, outcome, mapping or {}, registry.units.get(unit))
    except Refused as refusal:
        return _turned_away(outcome, refusal)
    blocks = [_check(numbers, rows, reading, registry) for numbers, rows in reading.blocks()]
    if not reason:
        _refuse_changes(reading, blocks)
        kept = ((r.firm, r.period, r.cells) for r in reading.kept(blocks))
        for message in suspected(reading.form, registry, kept, beside):
            reading.complain(0, "", message)
    outcome.warnings.sort(key=lambda w: w.row)
    filings = (Filing(reading.form, r.firm, r.period, r.cells, reason, path.name) for r in reading.kept(blocks))

    def load() -> None:
        tally = file_reports(filings, by, at, checked=True)
        outcome.new, outcome.corrected, outcome.unchanged = tally.new, tally.corrected, tally.unchanged

    return _conclude(path, outcome, reading, load, by, at, skip_bad, dry_run)


def import_standings(
    path: Path, registry: Registry, *, by: User | None, at: dt.datetime, skip_bad: bool = False, dry_run: bool = False
) -> Outcome:
    """Take in a table of titles: 称号, 统一社会信用代码 or 单位名称, 级别, 姓名, 有效期起, 有效期止, 文号.

    An empty end takes the title's ordinary validity where the definitions know one. Effects as in `import_file`.
    """
    outcome = Outcome(path.name, "standings")
    names = sheets.aliases(sheets.FIRM | sheets.STANDING)
    try:
        reading = Reading(outcome, *_headed(path, names, "称号名单"), Register.load())
        if lacking := {"title", "valid_from"} - reading.header.columns.keys():
            raise Refused(f"缺少“{sheets.STANDING[min(lacking)][0]}”一列。", "请补上后再导入。")
    except Refused as refusal:
        return _turned_away(outcome, refusal)
    rows = (pair for numbers, rows in reading.blocks() for pair in zip(numbers, rows, strict=True))
    grants = [found for number, row in rows if (found := _grant(number, row, reading, registry))]

    def load() -> None:
        outcome.new = grant_many(grants, by, at)
        outcome.unchanged = len(grants) - outcome.new

    return _conclude(path, outcome, reading, load, by, at, skip_bad, dry_run)


def _headed(path: Path, names: dict[str, str], what: str) -> tuple[Sheet, Header]:
    """The first sheet whose titles can be read."""
    for sheet in _sheets(path):
        if header := sheets.find_header(sheet, names):
            return sheet, header
    told = f"没有找到“{what}”的表头，认不出哪一列是统一社会信用代码和各项指标。"
    raise Refused(told, "请选对工作表，或使用系统下载的模板。")


def _sheets(path: Path) -> Iterator[Sheet]:
    if not path.exists():
        raise Refused(f"没有“{path}”这个文件。", "请核对文件名和路径。")
    if path.stat().st_size > BIGGEST:
        raise Refused("超过 200 MB，不予导入。", "请分成几个文件。")
    yield from sheets.read_sheets(path)


def _open(
    path: Path, form: Form | None, registry: Registry, period: str | None, outcome: Outcome,
    mapping: Mapping[str, str], assumed: Unit | None,
) -> Reading:  # fmt: skip
    """Find the sheet, what form it is and which column is which; any doubt is refused."""
    candidates = [form] if form else list(registry.first_editions.values())
    found: tuple[int, Form, Sheet, Header] | None = None
    for sheet in _sheets(path):
        if code := sheet.check_code:
            candidates = [_edition(registry, form or registry.forms.get(code["form"]) or candidates[0], code["period"])]
            asked = clean_period(candidates[0], period) if period else ""
            period = sheets.check_template(sheet, candidates[0], asked) or period
        for each in (_edition(registry, candidate, period) for candidate in candidates):
            header = sheets.find_header(sheet, sheets.names_of(each) | mapping)
            fields = len(header.columns.keys() & {f.name for f in each.fields}) if header else 0
            if header and fields and (found is None or fields > found[0]):
                found = fields, each, sheet, header
        if found:
            break
    if found is None:
        what = f"“{form.label}”" if form else "任何一张报表"
        told = f"没有找到{what}的表头，认不出哪一列是统一社会信用代码和各项指标。"
        raise Refused(told, "请选对工作表和报表，或使用系统下载的模板。")
    _fields, form, sheet, header = found
    sheets.state_units(header, form, sheets.names_of(form) | mapping, registry.units, assumed)
    known = header.columns.values()
    if unread := [sheets.text_of(t) for c, t in enumerate(header.titles) if c not in known and is_filled(t)]:
        outcome.notes.append(f"以下各列不属于“{form.label}”，没有导入：{'、'.join(unread)}。")
    if lacking := [f.label.zh for f in form.fields if f.required and not f.formula and f.name not in header.columns]:
        raise Refused(f"“{form.label}”缺少必填的列：{'、'.join(lacking)}。", "请补上后再导入，或使用系统下载的模板。")
    if period:
        period = clean_period(form, period)
    elif "period" not in header.columns:
        raise Refused("不知道是哪一期的报表。", "请在表中加“报告期”一列，或在导入时指明报告期。")
    outcome.form, outcome.period, outcome.notes = form.key, period or "", [*outcome.notes, *header.notes, *sheet.notes]
    return Reading(outcome, sheet, header, Register.load(), form, period or "")


def _edition(registry: Registry, form: Form, period: str | None) -> Form:
    """The form as it is for a period; as first defined where that is not known yet (or is none)."""
    key = form.edition_of or form.key
    try:
        return registry.form(key, str(Period.parse(period))) if period else registry.forms[key]
    except ValueError:
        return registry.forms[key]


def _check(numbers: Sequence[int], rows: Sequence[Sequence[Any]], reading: Reading, registry: Registry) -> Block:
    """Whose rows these are, for which period, and whether their cells are sound."""
    turned = list(zip(*rows, strict=True)) or [()] * len(reading.header.titles)
    place, empty = reading.header.columns, ("",) * len(rows)
    columns = {f.name: turned[place[f.name]] for f in reading.form.fields if f.name in place}
    columns |= {n: convert(columns[n], factor) for n, factor in reading.header.factors.items() if n in columns}
    checked = check_columns(reading.form, columns, len(rows), registry.units)
    firms = _firms(numbers, [turned[place[n]] if n in place else empty for n in ("firm_code", "firm_name")], reading)
    periods = _periods(numbers, turned[place["period"]] if "period" in place else empty, reading, registry)
    for number, firm, month in zip(numbers, firms, periods, strict=True):
        if firm is not None and (before := reading.seen.setdefault((firm, month), number)) != number:
            reading.complain(number, "firm_code", f"与第 {before} 行是同一家单位、同一期，请只留一行。")
    for index in sorted(checked.complaints):
        for complaint in checked.complaints[index]:
            reading.complain(numbers[index], complaint.field, complaint.message, complaint.mood)
    return Block(numbers, firms, periods, checked)


def _firms(numbers: Sequence[int], columns: Sequence[Sequence[Any]], reading: Reading) -> list[int | None]:
    found: list[int | None] = []
    for number, code, name in zip(numbers, *columns, strict=True):
        try:
            found.append(reading.register.find(code, name))
        except Refused as refusal:
            found.append(None)
            reading.complain(number, "firm_code" if code else "firm_name", f"{refusal.sentence}{refusal.hint}")
    return found


def _periods(
    numbers: Sequence[int], column: Sequence[Any], reading: Reading, registry: Registry
) -> list[str]:  # fmt: skip
    """The period of each row: its own, else the file's; where both are said they must agree."""
    known: dict[Any, str | Refused] = {"": reading.period}
    for cell in set(column) - {"", None}:
        try:
            text = f"{cell:%Y-%m}" if isinstance(cell, dt.date) else sheets.text_of(cell)
            known[cell] = said = clean_period(reading.form, text)
            if reading.period and said != reading.period:
                known[cell] = Refused(f"报告期是 {said}，与要导入的 {reading.period} 不符。")
            elif _edition(registry, reading.form, said).from_ != reading.form.from_:
                known[cell] = Refused(f"报告期 {said} 用的是另一版表式。", "请按报告期分开导入，并在导入时指明报告期。")
        except Refused as refusal:
            known[cell] = refusal
    if not reading.period:
        known[""] = Refused("没有填报告期。")
    found = []
    for number, cell in zip(numbers, column, strict=True):
        said = known["" if cell is None else cell]
        if isinstance(said, Refused):
            reading.complain(number, "period", f"{said.sentence}{said.hint}")
            said = ""
        found.append(said)
    return found


def _refuse_changes(reading: Reading, blocks: Sequence[Block]) -> None:
    """Rows that differ from what is on file are corrections, and a correction needs a reason."""
    for block in blocks:
        sound = [number not in reading.bad for number in block.numbers]
        for month in sorted(set(compress(block.periods, sound))):
            mine = {firm: place for place, firm in enumerate(block.firms)
                    if firm and sound[place] and block.periods[place] == month}  # fmt: skip
            for firm, cells in reads.latest_cells(reading.form.key, month, mine).items():
                if cells != block.checked.row(mine[firm]):
                    label = Period.parse(month).label()
                    message = f"这家单位{label}已经报过（或已撤回），与这次不同；如确为更正，请在导入时写明更正原因。"
                    reading.complain(block.numbers[mine[firm]], "", message)


def _grant(number: int, row: Sequence[Any], reading: Reading, registry: Registry) -> Grant | None:
    said = reading.cell(row, "title")
    titles, place = registry.titles, reading.header.columns
    title = titles.get(said) or next((t for t in titles.values() if said in (t.label.zh, t.label.en)), None)
    try:
        if title is None:
            raise Refused(f"没有“{said}”这种称号。", f"可填：{'、'.join(t.label.zh for t in titles.values())}。")
        firm = reading.register.find(*(row[place[n]] if n in place else "" for n in ("firm_code", "firm_name")))
        start, end = (_day(row[place[n]], n) if n in place else None for n in ("valid_from", "valid_to"))
        if start is None:
            raise Refused("没有填有效期起。")
        if end is None and title.years:
            end = _years_later(start, title.years)
        found = Grant(title, firm, start, end, *(reading.cell(row, n) for n in ("level", "person", "decision")))
        check_grant(found)
    except Refused as refusal:
        reading.complain(number, "", f"{refusal.sentence}{refusal.hint}")
        return None
    return found


def _day(cell: Any, name: str) -> dt.date | None:
    try:
        text = clean_date(cell)
    except ValueError as why:
        raise Refused(f"“{sheets.STANDING[name][0]}”填的是“{cell}”，{why}") from None
    return dt.date.fromisoformat(text) if text else None


def _years_later(day: dt.date, years: int) -> dt.date:
    return day.replace(year=day.year + years) if (day.month, day.day) != (2, 29) else dt.date(day.year + years, 3, 1)


def _turned_away(outcome: Outcome, refusal: Refused) -> Outcome:
    outcome.problems.append(RowProblem(outcome.file, "", 0, "", f"{refusal.sentence}{refusal.hint}"))
    return outcome


def _conclude(
    path: Path, outcome: Outcome, reading: Reading, load: Callable[[], None], by: User | None, at: dt.datetime,
    skip_bad: bool, dry_run: bool,
) -> Outcome:  # fmt: skip
    """Load what may be loaded, all of it or nothing; write the refused rows beside the file when they were skipped."""
    outcome.problems.sort(key=lambda p: p.row)
    outcome.refused = len(reading.bad.keys() - {0})
    if not outcome.rows:
        reading.complain(0, "", "表头下面没有数据。")
    if dry_run or 0 in reading.bad or (outcome.problems and not skip_bad):
        return outcome
    with transaction.atomic():
        load()
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        taken = Import.objects.create(
            file_name=path.name, digest=digest, kind=outcome.form, period=outcome.period, rows=outcome.rows,
            accepted=outcome.new + outcome.corrected, unchanged=outcome.unchanged, refused=outcome.refused,
            at=at, by=by,
        )  # fmt: skip
        record("facts.import_file", f"facts.import:{taken.pk}", by, at, {"file": path.name, "digest": digest})
    outcome.loaded = True
    if outcome.refused:
        outcome.refused_file = path.with_name(path.name + ".refused.csv")
        with outcome.refused_file.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*map(sheets.written, reading.header.titles), "行号", "问题"])
            for number, row in enumerate(reading.sheet.rows, start=reading.sheet.top):
                if number in reading.bad:
                    writer.writerow([*map(sheets.written, row), number, " ".join(reading.bad[number])])
    return outcome
