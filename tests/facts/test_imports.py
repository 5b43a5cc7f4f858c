"""Taking in files: a good one is loaded whole; a bad one is answered, place by place, and changes nothing."""

import csv
import datetime as dt
import io

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from quanyu.facts import acts, reads
from quanyu.facts.models import Import, Report, Standing
from quanyu.facts.templates_xlsx import template
from tests.facts.desk import code, core, file, good, make_firms, make_zone, moment

pytestmark = pytest.mark.django_db
FORM = "qy101"
BROKEN = "打不开：文件已损坏，或不是真正的 Excel 文件。请用 Excel 打开并另存为 .xlsx 后再试。"
HEADLESS = (
    "没有找到“企业研发活动月报”的表头，认不出哪一列是统一社会信用代码和各项指标。"
    "请选对工作表和报表，或使用系统下载的模板。"
)


def titles(**renamed):
    units = core().units
    return ["统一社会信用代码", "单位名称", "报告期"] + [
        renamed.get(f.name, f"{f.label}（{units[f.unit].label}）") for f in core().forms[FORM].fields
    ]


def row(number, period="2024-03", name=None, **changes):
    firm = [code(number), name or f"虚构{number}号有限公司", period]
    return firm + [good(**changes)[f.name] for f in core().forms[FORM].fields]


def write_csv(path, rows, encoding="utf-8-sig"):
    with path.open("w", encoding=encoding, newline="") as handle:
        csv.writer(handle).writerows(rows)
    return path


def write_xlsx(path, rows, sheet="数据", first_row=0):
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet(sheet)
        for number, cells in enumerate(rows, start=first_row):
            page.write_row(number, 0, cells)
    return path


def take(path, period=None, form=FORM, **options):
    defaults = {"by": None, "at": moment("2024-04-05")}
    return acts.import_file(path, core().forms.get(form), core(), period, **(defaults | options))


def said(outcome):
    return [str(problem) for problem in outcome.problems]


@pytest.fixture(params=["xlsx", "csv", "gb18030"])
def write(request, tmp_path):
    """Writes rows as each kind of file people hand in."""
    if request.param == "xlsx":
        return lambda rows: write_xlsx(tmp_path / "月报.xlsx", rows)
    encoding = "gb18030" if request.param == "gb18030" else "utf-8-sig"
    return lambda rows: write_csv(tmp_path / "月报.csv", rows, encoding)


def test_a_good_file_is_loaded_whole(write):
    one, two = make_firms(2)
    outcome = take(write([titles(), row(1), row(2, revenue="１２，０００")]))
    assert (said(outcome), outcome.loaded, outcome.rows, outcome.new, outcome.refused) == ([], True, 2, 2, 0)
    assert reads.current(FORM, one, "2024-03").cells == good()
    assert reads.current(FORM, two, "2024-03").cells == good(revenue=12000)
    taken = Import.objects.get()
    assert (taken.kind, taken.rows, taken.accepted, taken.refused) == (FORM, 2, 2, 0)


def test_the_same_file_again_changes_nothing(write):
    make_firms(2)
    path = write([titles(), row(1), row(2)])
    take(path)
    again = take(path)
    assert (again.new, again.unchanged, Report.objects.count()) == (0, 2, 2)


def test_columns_are_found_by_code_by_label_and_by_english_name(tmp_path):
    make_firms(1)
    fields = core().forms[FORM].fields
    english = ["uscc", "firm_name", "period"] + [f.label.en for f in fields]
    names = ["uscc", "firm_name", "period"] + [f.name for f in fields]
    numbered = ["统一社会信用代码", "单位名称", "报告期"] + [f"其中：{f.label}" for f in fields]
    for month, head in enumerate((english, names, numbered), start=1):
        path = write_csv(tmp_path / f"{month}.csv", [head, row(1, f"2024-0{month}")])
        assert (said(take(path)), Report.objects.count()) == ([], month)


def test_the_period_may_be_given_beside_the_file(tmp_path):
    (firm,) = make_firms(1)
    rows = [titles(), row(1)]
    path = write_xlsx(tmp_path / "a.xlsx", [r[:2] + r[3:] for r in rows])
    assert said(take(path)) == ["“a.xlsx”：不知道是哪一期的报表。请在表中加“报告期”一列，或在导入时指明报告期。"]
    assert take(path, "2024年3月").loaded
    assert reads.current(FORM, firm, "2024-03").cells == good()


def test_a_period_that_a_spreadsheet_made_a_day_or_a_number(tmp_path):
    make_firms(2)
    rows = [titles(), row(1, dt.date(2024, 3, 1)), row(2, 202403)]
    with xlsxwriter.Workbook(tmp_path / "a.xlsx", {"default_date_format": "yyyy-mm"}) as book:
        page = book.add_worksheet()
        for number, cells in enumerate(rows):
            page.write_row(number, 0, cells)
    assert said(take(tmp_path / "a.xlsx")) == []
    assert set(Report.objects.values_list("period", flat=True)) == {"2024-03"}


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (row(2, revenue="一千万"), "第 3 行 T 列：“营业收入”填的是“一千万”，应填阿拉伯数字（千元），没有发生请填 0。"),
        (row(2, tax_paid=-1), "第 3 行 X 列：“实缴税费”填的是 -1，不能小于 0（千元）。"),
        (row(2, tax_paid=""), "第 3 行 X 列：“实缴税费”没有填，必须填写；没有发生请填 0。"),
        (row(2, tax_paid=0.5), "第 3 行 X 列：“实缴税费”填的是 0.5 ，应填整数（千元），不留小数。"),
        (row(1), "第 3 行 A 列：与第 2 行是同一家单位、同一期，请只留一行。"),
        (row(2, "2024-Q1"), "第 3 行 C 列：“企业研发活动月报”按月报送，报告期写作 2024-09，“2024年一季度”不合要求。"),
        (row(2, ""), "第 3 行 C 列：没有填报告期。"),
        (
            row(2, name="虚构1号有限公司"),
            "第 3 行 A 列：这个代码登记的是“虚构2号有限公司”，表里写的是“虚构1号有限公司”。请核对是代码错还是名称错。",
        ),
        (
            row(2, rd_labour=301),
            "第 3 行：研究开发费用合计（7）应等于其下各项费用（8至14、19）之和：7 行 800，算得 801，相差 1（QY101-1）",
        ),
        (["", "合计", "2024-03", *row(2)[3:]], "第 3 行 B 列：合计行由系统计算。请删去这一行。"),
        (
            ["", "虚构2号有限公可", "2024-03", *row(2)[3:]],
            "第 3 行 B 列：名录里没有“虚构2号有限公可”。是不是“虚构2号有限公司”？",
        ),
        (titles(), "第 3 行：这里又出现一行表头，请删去。"),
    ],
)
def test_each_bad_row_is_answered_in_its_place_and_nothing_is_loaded(tmp_path, bad, sentence):
    make_firms(2)
    outcome = take(write_xlsx(tmp_path / "a.xlsx", [titles(), row(1), bad]))
    assert said(outcome) == [f"“a.xlsx”工作表“数据”{sentence}"]
    assert (outcome.loaded, outcome.refused, Report.objects.count(), Import.objects.count()) == (False, 1, 0, 0)


def test_a_code_with_a_slip_is_guessed_at(tmp_path):
    make_firms(2)
    slip = row(2, name=" ")
    slip[0] = code(2)[:-1] + ("1" if code(2)[-1] != "1" else "2")
    (sentence,) = said(take(write_xlsx(tmp_path / "a.xlsx", [titles(), slip])))
    assert "校验位不对" in sentence
    assert sentence.endswith(f"是不是“虚构2号有限公司”的 {code(2)}？")


def test_skip_bad_loads_the_rest_and_writes_the_refused_rows_beside(tmp_path):
    make_firms(3)
    path = write_csv(tmp_path / "a.csv", [titles(), row(1), row(2, revenue="一千万"), row(3)])
    outcome = take(path, skip_bad=True)
    assert (outcome.loaded, outcome.new, outcome.refused) == (True, 2, 1)
    assert outcome.refused_file == tmp_path / "a.csv.refused.csv"
    refused = list(csv.reader(io.StringIO(outcome.refused_file.read_text("utf-8-sig"))))
    assert refused[0] == [*titles(), "行号", "问题"]
    assert refused[1][:4] == [code(2), "虚构2号有限公司", "2024-03", "15"]
    assert refused[1][titles().index("营业收入（千元）")] == "一千万"
    assert refused[1][-2:] == ["3", "“营业收入”填的是“一千万”，应填阿拉伯数字（千元），没有发生请填 0。"]
    assert len(refused) == 2


def test_a_dry_run_tells_all_and_changes_nothing(tmp_path):
    make_firms(1)
    outcome = take(write_csv(tmp_path / "a.csv", [titles(), row(1, rd_projects=0)]), dry_run=True)
    assert (outcome.ok, outcome.loaded, outcome.rows, Report.objects.count()) == (True, False, 1, 0)
    assert [str(w) for w in outcome.warnings] == [
        "“a.csv”第 2 行：有研究开发费用（7）而在研项目数（207）为0，请说明：7 行 800，207 行 0（QY101-10）"
    ]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.xlsx", b"not a workbook", BROKEN),
        ("a.xlsx", b"PK\x03\x04cut short", BROKEN),
        ("a.pdf", b"%PDF", "不是 Excel 或 CSV 文件，无法导入。请另存为 .xlsx 或 .csv。"),
        ("a.csv", b"\xff\xfe\x00\x01", "文字编码认不出来。请另存为“CSV UTF-8（逗号分隔）”。"),
        ("a.csv", b"", HEADLESS),
        ("a.csv", "甲,乙\n1,2\n".encode(), HEADLESS),
    ],
)
def test_an_unreadable_file_is_answered_in_one_sentence(tmp_path, name, content, sentence):
    path = tmp_path / name
    path.write_bytes(content)
    assert said(take(path)) == [f"“{name}”：{sentence}"]


def test_a_missing_column_is_named(tmp_path):
    make_firms(1)
    cut = [r[:-2] for r in (titles(), row(1))]
    assert said(take(write_csv(tmp_path / "a.csv", cut))) == [
        "“a.csv”：“企业研发活动月报”缺少必填的列：期末从业人员。请补上后再导入，或使用系统下载的模板。"
    ]


def test_titles_spread_over_two_rows_are_refused(tmp_path):
    make_firms(1)
    head = titles()
    upper, lower = [*head[:20], *[""] * 8], [*[""] * 20, *head[20:]]
    assert said(take(write_xlsx(tmp_path / "a.xlsx", [upper, lower, row(1)]))) == [
        "“a.xlsx”：表头占了第 1、2 两行（“新产品销售收入（千元）”不在主表头行），无法对应列。"
        "请把表头合并成一行，或使用系统下载的模板。"
    ]


def test_unknown_columns_are_passed_over_and_said(tmp_path):
    make_firms(1)
    outcome = take(write_csv(tmp_path / "a.csv", [[*titles(), "备注"], [*row(1), "无"]]))
    assert (outcome.loaded, outcome.notes) == (True, ["以下各列不属于“企业研发活动月报”，没有导入：备注。"])


def test_an_amount_whose_title_states_another_unit_is_converted_exactly(tmp_path):
    (firm,) = make_firms(1)
    rows = [titles(revenue="营业收入（万元）", tax_paid="实缴税费（元）"), row(1, revenue="1000.1", tax_paid=400000)]
    outcome = take(write_csv(tmp_path / "a.csv", rows))
    assert said(outcome) == []
    assert outcome.notes == [
        "“营业收入”表头写的是万元，已按千元换算（×10）。", "“实缴税费”表头写的是元，已按千元换算（÷1000）。",
    ]  # fmt: skip
    cells = reads.current(FORM, firm, "2024-03").cells
    assert (cells["revenue"], cells["tax_paid"]) == (10001, 400)


def test_a_unit_that_measures_something_else_is_refused(tmp_path):
    make_firms(1)
    path = write_csv(tmp_path / "a.csv", [titles(revenue="营业收入（吨）"), row(1)])
    assert said(take(path)) == ["“a.csv”：“营业收入”按千元填报，表头写的单位“吨”不能换算。请改为“营业收入（千元）”。"]


@pytest.mark.parametrize(
    ("times", "sentence"),
    [
        (0.1, "“营业收入”等 3 项整列约为以往的 1/10，疑似把万元当千元；请改正单位，如属实请在导入时写明原因。"),
        (1000, "“营业收入”等 3 项整列约为以往的 1000 倍，疑似把元当千元；请改正单位，如属实请在导入时写明原因。"),
    ],
)
def test_a_column_typed_in_another_unit_is_suspected(tmp_path, times, sentence):
    for firm in make_firms(4):
        file(firm, "2024-02", "2024-03-05")
    amounts = {"revenue": 10000, "new_product_revenue": 2000, "hightech_revenue": 6000}
    wrong = {name: int(amount * times) for name, amount in amounts.items()}
    path = write_csv(tmp_path / "a.csv", [titles(), *(row(n, **wrong) for n in range(1, 5))])
    assert said(take(path)) == [f"“a.csv”：{sentence}"]
    assert take(path, skip_bad=True).loaded is False
    assert take(path, reason="当月停产检修").loaded is True


def test_one_row_of_千元_in_a_form_of_万元_is_suspected(tmp_path):
    zone, form = make_zone(), core().forms["tj01"]
    amounts = {"gdp": 900, "industrial_va": 500, "emerging_va": 100, "hightech_va": 90, "above_scale_revenue": 3000}
    for period, at in (("2023-Q2", "2023-07-20"), ("2024-Q1", "2024-04-20")):
        acts.file_report(form, zone, period, amounts, None, moment(at))
    head = ["单位名称", "报告期", *(f.label.zh for f in form.fields[:5])]
    path = write_csv(tmp_path / "a.csv", [head, [zone.name, "2024年二季度", *(v * 11 for v in amounts.values())]])
    assert said(take(path, form="tj01")) == [
        "“a.csv”：“地区生产总值”等 5 项整列约为以往的 10 倍，疑似把千元当万元；请改正单位，如属实请在导入时写明原因。"
    ]
    path = write_csv(tmp_path / "b.csv", [head, [zone.name, "2024年二季度", *(v * 2 for v in amounts.values())]])
    assert said(take(path, form="tj01")) == []


def test_a_changed_row_needs_a_reason(tmp_path):
    firm, other = make_firms(2)
    file(firm, "2024-03", "2024-04-05")
    path = write_csv(tmp_path / "a.csv", [titles(), row(1, revenue=11000), row(2)])
    assert said(take(path)) == [
        "“a.csv”第 2 行：这家单位2024年3月已经报过（或已撤回），与这次不同；如确为更正，请在导入时写明更正原因。"
    ]
    outcome = take(path, reason="审计调整")
    assert (outcome.new, outcome.corrected) == (1, 1)
    assert reads.current(FORM, firm, "2024-03").reason == "审计调整"
    assert reads.current(FORM, other, "2024-03").version == 1


def test_the_template_comes_back_filled(tmp_path):
    firms = make_firms(2)
    path = tmp_path / "模板.xlsx"
    path.write_bytes(template(core().forms[FORM], "2024-03", firms, core().units))
    book = CalamineWorkbook.from_path(str(path))
    assert book.sheet_names == ["填报说明", "qy101", "审核关系"]
    rows = book.get_sheet_by_name("qy101").to_python()
    assert rows[0][0].startswith("qy101|2024-03|")
    assert rows[5][:3] == [firms[0].code, firms[0].name, "2024-03"]
    filled = [*rows[:5], *([*r[:3], *row(1)[3:]] for r in rows[5:])]
    write_xlsx(path, filled, "qy101")
    outcome = take(path, form=None)
    assert (said(outcome), outcome.form, outcome.period, outcome.new) == ([], FORM, "2024-03", 2)


@pytest.mark.parametrize(
    ("form", "period", "alter", "sentence"),
    [
        ("js01", None, str, "这是“qy101”的模板，不是“技术合同登记月报”（js01）的。请选对报表，或下载对应的模板。"),
        (FORM, "2024-04", str, "模板的报告期是 2024-03，要导入的是 2024-04。请核对报告期，或换用对应的模板。"),
        (
            FORM,
            None,
            lambda c: c.replace("2024-03", "2024-05"),
            "A1 单元格的校验码被改动过。请重新下载模板，把数据粘贴过去。",
        ),
    ],
)
def test_a_wrong_template_is_answered_in_one_sentence(tmp_path, form, period, alter, sentence):
    make_firms(1)
    path = tmp_path / "a.xlsx"
    path.write_bytes(template(core().forms[FORM], "2024-03", None, core().units))
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("qy101").to_python()
    rows[0][0] = alter(rows[0][0])
    write_xlsx(path, [*rows[:5], row(1)], "qy101")
    assert said(take(path, period, form)) == [f"“a.xlsx”：{sentence}"]


def test_rows_prepared_but_not_filled_are_passed_over(tmp_path):
    firms = make_firms(3)
    path = tmp_path / "a.xlsx"
    for named, untouched in ((firms, 2), (None, 0)):
        path.write_bytes(template(core().forms[FORM], "2024-03", named, core().units))
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("qy101").to_python()
        write_xlsx(path, [*rows[:5], row(1), *rows[6:]], "qy101")
        outcome = take(path, form=None)
        assert (said(outcome), outcome.rows) == ([], 1)
        assert [n for n in outcome.notes if "没有填数" in n] == [
            f"有 {n} 家单位只有名称、没有填数，没有导入。" for n in [untouched] if n
        ]
    assert Report.objects.count() == 1


def test_an_empty_template_has_no_data(tmp_path):
    make_firms(1)
    path = tmp_path / "a.xlsx"
    write_xlsx(path, [titles()])
    assert said(take(path)) == ["“a.xlsx”工作表“数据”：表头下面没有数据。"]


def test_standings_are_taken_in_with_their_ordinary_validity(tmp_path):
    firm, _ = make_firms(2)
    head = ["称号", "统一社会信用代码", "单位名称", "级别", "有效期起", "有效期止", "文号"]
    rows = [
        head,
        ["高新技术企业", code(1), "", "", "2024年11月1日", "", "演示〔2024〕1号"],
        ["专利", code(1), "虚构1号有限公司", "invention", "2024/3/5", "", ""],
        ["专利", code(1), "虚构1号有限公司", "invention", "2024/3/5", "", ""],
    ]
    outcome = acts.import_standings(write_csv(tmp_path / "a.csv", rows), core(), by=None, at=moment("2024-12-01"))
    assert (said(outcome), outcome.new) == ([], 3)
    found = Standing.objects.order_by("id").values_list("organisation", "title", "level", "valid_from", "valid_to")
    assert found[0] == (firm.pk, "high_tech", "", dt.date(2024, 11, 1), dt.date(2027, 11, 1))
    again = acts.import_standings(tmp_path / "a.csv", core(), by=None, at=moment("2024-12-02"))
    assert (again.new, again.unchanged, Standing.objects.count()) == (0, 3, 3)
    bad = [head, ["高薪技术企业", code(1), "", "", "2024-11-01", "", ""], ["专利", code(2), "", "金牌", "昨天", "", ""]]
    outcome = acts.import_standings(write_csv(tmp_path / "b.csv", bad), core(), by=None, at=moment("2024-12-01"))
    assert [p.row for p in outcome.problems] == [2, 3]
    assert said(outcome)[1] == "“b.csv”第 3 行：“有效期起”填的是“昨天”，应填日期，例如 2024-03-05。"
