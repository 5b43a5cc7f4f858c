"""What a desk starts from and what is kept: drafts, prefill, ledgers, the form as an Excel file."""

import datetime as dt

import openpyxl
import pytest

from quanyu.bureaus.reporting.acts.draft import remember_mapping, save_draft
from quanyu.bureaus.reporting.models import Draft
from quanyu.bureaus.reporting.reads.draft import prefilled, told, working
from quanyu.bureaus.reporting.reads.ledger import ledger_for, mapping_of, read_ledger
from quanyu.facts.acts import file_report
from quanyu.facts.templates_xlsx import Printed, read_statutory, statutory
from quanyu.people.models import Event
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.facts.desk import good, moment
from tests.people.test_together import together
from tests.reporting.handin import AT, MONTH, a_firm, definitions

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(db):
    definitions()
    return a_firm()


def form(period=MONTH, key="qy101"):
    return registry().form(key, period)


def keep(here, base=None, at=AT, by=None, origins=None, notes=None, **cells):
    by = by or here.statistician
    return save_draft(form(), here.firm, MONTH, cells=cells, by=by, at=at, origins=origins, notes=notes, base=base)


def stands(here, period=MONTH, key="qy101"):
    return working(registry(), form(period, key), here.firm, period)


def filed(here, period, **cells):
    day = dt.date.fromisoformat(f"{period}-01") + dt.timedelta(days=40)
    return file_report(form(period), here.firm, period, good(**cells), None, moment(str(day)))


def test_a_draft_keeps_what_was_typed_and_mends_only_what_is_sound(here):
    draft = keep(here, revenue="９，8７6", rd_labour="三百", staff=" 120 ", rd_expense="999", tax_paid="")
    assert (draft.cells, draft.version) == ({"revenue": "9876", "rd_labour": "三百", "staff": "120"}, 1)
    assert stands(here).cells == draft.cells


def test_a_save_with_nothing_new_is_no_version_and_a_sitting_is_one_event(here):
    keep(here, revenue="1")
    assert keep(here, revenue="1").version == 1
    keep(here, revenue="2", at=AT + dt.timedelta(minutes=5))
    keep(here, revenue="3", at=AT + dt.timedelta(minutes=10), by=here.owner)
    keep(here, revenue="4", at=AT + dt.timedelta(minutes=80), by=here.owner)
    rows = Event.objects.filter(act="reporting.save_draft")
    assert [(e.by, e.body["version"]) for e in rows] == [(here.statistician, 1), (here.owner, 3), (here.owner, 4)]


def test_two_desks_at_one_draft_the_second_hears_who_saved_and_when(here):
    keep(here, revenue="1")
    keep(here, base=1, revenue="2", at=AT + dt.timedelta(minutes=5), by=here.owner)
    with pytest.raises(Refused, match="张虚构已在 11月05日 09:05 保存过这张表"):
        keep(here, base=1, revenue="3", at=AT + dt.timedelta(minutes=6))
    assert keep(here, base=1, revenue="2").version == 2, "the same content again is no conflict"
    assert Draft.objects.get().cells == {"revenue": "2"}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_desks_at_the_same_moment_one_is_kept_and_one_is_told():
    definitions()
    here = a_firm()
    typed = iter(("1", "2"))
    done = together(lambda: keep(here, base=0, revenue=next(typed)), times=2)
    assert sorted(type(each).__name__ for each in done) == ["Draft", "Refused"]
    assert (Draft.objects.get().version, Event.objects.filter(act="reporting.save_draft").count()) == (1, 1)


def test_a_cell_that_is_changed_loses_where_it_came_from(here):
    came = {"staff": "previous:2026-09", "rd_staff": "previous:2026-09", "revenue": "register"}
    keep(here, origins=came, staff="120", rd_staff="15")
    assert keep(here, staff="121", rd_staff="15").origins == {"rd_staff": "previous:2026-09"}


def test_notes_stay_until_they_are_emptied(here):
    keep(here, notes={"QY101-11": " 集中投入 "}, revenue="1")
    assert keep(here, revenue="2").notes == {"QY101-11": "集中投入"}
    assert keep(here, notes={"QY101-11": ""}, revenue="2").notes == {}


def test_in_month_two_half_of_the_cells_are_known_and_at_most_eight_must_be_typed(here):
    filed(here, "2026-09")
    held = stands(here)
    fields = form().fields
    typed = [f.name for f in fields if f.required and not f.formula and f.name not in held.cells]
    assert held.known * 2 >= len(fields)
    assert len(typed) <= 8
    assert (held.cells["staff"], held.origins["staff"], held.version) == ("120", "previous:2026-09", 0)
    assert "revenue" not in held.cells, "a month's revenue is never guessed"
    assert told("previous:2026-09") == "2026年9月结转"


def test_what_was_filed_after_the_draft_stands_on_the_desk(here):
    keep(here, revenue="5", at=moment("2026-11-05"))
    file_report(form(), here.firm, MONTH, good(), None, moment("2026-11-06"))
    assert (stands(here).cells["revenue"], stands(here).version) == ("10000", 1)
    keep(here, revenue="7", at=moment("2026-11-07"))
    assert stands(here).cells == {"revenue": "7"}


def test_the_yearly_form_is_prefilled_from_the_months(here):
    for month in range(1, 13):
        filed(here, f"2025-{month:02}", rd_labour=300 + month, rd_expense=800 + month, staff=119, rd_staff=10 + month,
              rd_fulltime=9, rd_person_months=10)  # fmt: skip
    cells, origins = prefilled(registry(), form("2025", "qy107_2"), here.firm, "2025")
    assert (cells["y_labour"], cells["y_staff"]) == (str(300 * 12 + 78), "22"), "flows summed, of stocks the last"
    assert (origins["y_labour"], told(origins["y_labour"])) == ("year:2025", "2025年各期报表汇总")


# --- ledgers ---------------------------------------------------------------------------------------------------------

LONG = """某公司研发支出辅助账,,,
记账日期,费用类别,摘要,金额
2026-10-08,人员人工费用,工资,"1,234,400.00"
2026-10-20,人员人工,奖金,100
2026/10/31,直接投入费用,材料,56500
2026-09-30,直接投入费用,上月,999999
,合计,,1291000
2026-10-31,测试化验加工费,外送,20000
"""


def ledger(here, tmp_path, text=LONG, name="账.csv", mapping=True):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    kind = ledger_for(registry(), form())
    return read_ledger(kind, form(), path, mapping_of(kind, here.firm) if mapping else None)


def test_a_ledger_is_recognised_by_its_words_and_asks_only_for_what_it_does_not_know(here, tmp_path):
    book = ledger(here, tmp_path)
    assert book.columns == {"记账日期": "date", "费用类别": "category", "摘要": "", "金额": "amount"}
    assert [word for _n, word, name in book.words if name is None] == ["合计", "测试化验加工费"]
    assert book.open
    words = {f"cat-{n}": name or ("rd_trial" if word[0] == "测" else "") for n, word, name in book.words}
    book.told({"col-0": "date", "col-1": "category", "col-3": "amount", "unit": "yuan"} | words)
    assert not book.open
    assert book.sums(registry(), MONTH) == {"rd_labour": "1235", "rd_materials": "57", "rd_trial": "20"}, "half up"
    remember_mapping(book.ledger, here.firm, book.columns, book.categories, book.unit, by=here.statistician, at=AT)
    again = ledger(here, tmp_path)
    assert (again.open, again.sums(registry(), "2026-09")) == (False, {"rd_materials": "1000"})
    other = a_firm(2)
    assert mapping_of(book.ledger, other.firm) is None


def test_a_ledger_with_a_column_for_each_category(here, tmp_path):
    text = "序号,人员人工费用（元）,直接投入费用,其他相关费用\n1,1000,2500,\n2,400,,90\n"
    book = ledger(here, tmp_path, text.replace("（元）", ""))
    assert (book.open, book.sums(registry(), MONTH)) == (
        False,
        {"rd_labour": "1", "rd_materials": "3", "rd_other": "0"},
    )


def test_a_ledger_without_the_month_or_with_words_for_numbers_is_refused(here, tmp_path):
    book = ledger(here, tmp_path, "日期,费用类别,金额\n2026-10-01,人员人工费用,约三千\n2026-13-77,设计费用,1\n")
    with pytest.raises(Refused, match="第 2 行“金额”填的是“约三千”，不是数字"):
        book.sums(registry(), MONTH)
    with pytest.raises(Refused, match="没有2026年5月的研发费用"):
        ledger(here, tmp_path, "日期,费用类别,金额\n2026-10-01,设计费用,1\n").sums(registry(), "2026-05")
    with pytest.raises(Refused, match="没有找到辅助账的表头"):
        ledger(here, tmp_path, "备忘\n随便写写\n")


# --- the form as an Excel file ---------------------------------------------------------------------------------------


def excel(here, tmp_path, cells, period=MONTH, said=None):
    path = tmp_path / "template.xlsx"
    path.write_bytes(statutory(form(period), period, here.firm, printed(form(period), cells, said or {})))
    return path


def printed(known, cells, said):
    units, marks = registry().units, {"rd_labour": "　　1."}
    return [
        Printed(f, marks.get(f.name, "　") + f.label.zh, units[f.unit].label.zh, str(cells.get(f.name, "")),
                1000 if f.name == "rd_labour" else None, 2000, said.get(f.name, ""))
        for f in known.fields
    ]  # fmt: skip


def test_screen_to_template_to_file_to_draft_gives_the_same_cells(here, tmp_path):
    draft = keep(here, **{n: str(v) for n, v in good(super_deduction="").items()})
    path = excel(here, tmp_path, draft.cells, said={"revenue": "订单集中"})
    cells, said = read_statutory(path, form(), MONTH, here.firm.code, "template.xlsx")
    assert said == {"revenue": "订单集中"}
    again = keep(here, base=draft.version, **cells)
    assert (again.cells, again.version) == (draft.cells, draft.version), "not even a new version"


def test_the_sheet_is_locked_but_for_its_cells_and_computes(here, tmp_path):
    path = excel(here, tmp_path, good())
    sheet = openpyxl.load_workbook(path)["qy101"]
    assert sheet["A1"].value.split("|")[:3] == ["qy101", MONTH, here.firm.code]
    rows = {row[2].value: row for row in sheet.iter_rows(min_row=11) if row[2].value}
    labour, total = rows["8"], rows["7"]
    assert (labour[0].value.strip(), labour[3].value, labour[3].protection.locked) == ("1.人员人工费用", 300, False)
    assert (labour[4].value, labour[4].protection.locked) == (f"=1000+N(D{labour[0].row})", True)
    assert total[3].value.count("+") == 7 and total[3].protection.locked
    assert openpyxl.load_workbook(path, data_only=True)["qy101"].cell(labour[0].row, 5).value == 1300
    assert sheet.protection.sheet


def test_another_firms_another_months_another_forms_file_is_refused_in_one_sentence(here, tmp_path):
    mine = excel(here, tmp_path, good())
    other = a_firm(2).firm
    with pytest.raises(Refused, match="这份模板是另一家单位的") as refused:
        read_statutory(mine, form(), MONTH, other.code, "a.xlsx")
    assert here.firm.code not in refused.value.sentence + refused.value.hint
    with pytest.raises(Refused, match="模板的报告期是 2026-10，要导入的是 2026-09"):
        read_statutory(mine, form("2026-09"), "2026-09", here.firm.code, "a.xlsx")
    with pytest.raises(Refused, match="这是“qy101”的模板"):
        read_statutory(mine, form(MONTH, "js01"), MONTH, here.firm.code, "a.xlsx")
    book = openpyxl.load_workbook(mine)
    book["qy101"]["A1"] = book["qy101"]["A1"].value.replace("2026-10", "2026-09")
    book.save(mine)
    with pytest.raises(Refused):
        read_statutory(mine, form("2026-09"), "2026-09", here.firm.code, "a.xlsx")
