"""Departments' files: who may hand in which, columns told once, wrong units caught before loading, content cleared."""

import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from quanyu.bureaus.reporting.acts import supply as acts
from quanyu.bureaus.reporting.models import ColumnMapping, SuppliedFile
from quanyu.bureaus.reporting.reads import supply as reads
from quanyu.facts import reads as facts
from quanyu.facts.acts import Filing, file_reports
from quanyu.facts.models import Report
from quanyu.people.models import Event
from quanyu.people.reads import permit
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.factories import firm, person
from tests.facts.desk import good, moment
from tests.reporting.handin import definitions

pytestmark = pytest.mark.django_db
AT = moment("2026-11-20 10:00")
ODD = ("纳税人识别号", "纳税人", "本年允许扣除", "减免税额（元）", "备注")
OWN = ("统一社会信用代码", "允许加计扣除的研发费用")


@pytest.fixture
def tax(db):
    definitions()
    return person("tax")


def csv_of(titles, *rows, name="加计扣除.csv"):
    text = "\r\n".join(",".join(map(str, row)) for row in (titles, *rows))
    return SimpleUploadedFile(name, text.encode("utf-8-sig"))


def xlsx_of(titles, *rows, name="加计扣除.xlsx"):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate((titles, *rows)):
            sheet.write_row(n, 0, row)
    return SimpleUploadedFile(name, out.getvalue())


def claims():
    return registry().forms["tax_claims"]


def hand_in(by, upload, period="2025", at=AT):
    return acts.hand_in(claims(), period, upload, by=by, at=at)


def claimed(organisation, period="2025"):
    report = facts.current("tax_claims", organisation, period)
    return report and report.cells["deduction_claimed"]


def again(file):
    return SuppliedFile.objects.get(pk=file.pk)


def held(file):
    file = again(file)
    return file.state, file.content is None


def forms_of(user):
    return sorted(f.key for f in reads.forms_of(permit(user, AT.date(), registry().roles), registry()))


# --- who


def test_a_department_hands_in_what_its_role_fills_and_the_office_all(tax):
    assert forms_of(tax) == ["tax_claims"]
    assert forms_of(person("finance")) == ["rd_payments"]
    assert forms_of(person("statistics")) == ["accepted_rd", "tj01", "tj02"]
    every = [
        "accepted_rd",
        "high_tech_return",
        "patent_counts",
        "power_use",
        "rd_payments",
        "tax_claims",
        "tj01",
        "tj02",
    ]
    assert forms_of(person("clerk")) == every
    assert forms_of(person("human_resources")) == []
    assert forms_of(person("firm_statistician", firm(1))) == []
    assert forms_of(person("leader")) == []


def test_pages_and_refused_rows_of_another_department_are_not_there(tax):
    made = hand_in(tax, csv_of(OWN, (firm(1).code, 5)))
    finance, stranger = Client(), Client()
    finance.force_login(person("finance"))
    stranger.force_login(person("firm_statistician", firm(2)))
    for path in (f"/supply/{made.pk}/", f"/supply/{made.pk}/refused.csv"):
        assert finance.get(path).status_code == 404
        assert stranger.get(path).status_code == 403
        assert "加计扣除" not in stranger.get(path).content.decode()
    assert finance.post(f"/supply/{made.pk}/", {"verb": "load"}).status_code == 404
    assert finance.post("/supply/", {"form": "tax_claims", "file": csv_of(OWN)}).status_code == 404
    assert "加计扣除.csv" not in finance.get("/supply/").content.decode()
    assert held(made) == ("pending", False)


# --- columns


def test_unknown_titles_are_told_once_and_remembered_for_the_next_file(tax):
    one = firm(1)
    first = hand_in(tax, csv_of(ODD, (one.code, one.name, "1200000.50", 90000, "无")))
    titles = lines_of(first)
    assert [(line.letter, line.title, line.chosen) for line in titles.lines] == [
        ("A", "纳税人识别号", ""), ("B", "纳税人", ""), ("C", "本年允许扣除", ""),
        ("D", "减免税额（元）", "deduction_saved"), ("E", "备注", ""),
    ]  # fmt: skip
    assert not titles.clear
    acts.map_columns(first, {0: "firm_code", 1: "firm_name", 2: "deduction_claimed", 3: "deduction_saved", 4: ""}, "",
                     by=tax, at=AT)  # fmt: skip
    outcome = acts.load_file(first, by=tax, at=AT)
    assert (outcome.loaded, outcome.new, [str(p) for p in outcome.problems]) == (True, 1, [])
    assert facts.current("tax_claims", one, "2025").cells == {
        "deduction_claimed": "1200000.5",
        "deduction_saved": "90000",
    }
    second = hand_in(tax, xlsx_of(ODD, (one.code, one.name, 1_300_000, 95_000, "")), "2026")
    assert lines_of(second).clear
    assert acts.load_file(second, by=tax, at=AT).new == 1
    assert claimed(one, "2026") == "1300000"
    mapping = ColumnMapping.objects.get()
    assert mapping.columns["减免税额"] == "deduction_saved"  # without its unit, so that another one is still converted
    acts_done = list(Event.objects.filter(act__startswith="reporting.").values_list("act", flat=True))
    assert acts_done == ["reporting.hand_in", "reporting.map_columns", "reporting.load_file", "reporting.hand_in",
                         "reporting.load_file"]  # fmt: skip


def lines_of(file):
    with reads.laid_out(file.name, bytes(file.content)) as path:
        titles = reads.titles_of(path, claims())
        assert titles.lines is not None
        return titles


def test_a_unit_in_the_title_or_told_for_the_file_is_converted_exactly(tax):
    one, two = firm(1), firm(2)
    stated = hand_in(tax, csv_of(("统一社会信用代码", "允许加计扣除的研发费用（万元）"), (one.code, "123.4567")))
    assert acts.load_file(stated, by=tax, at=AT).notes == [
        "“允许加计扣除的研发费用”表头写的是万元，已按元换算（×10000）。"
    ]
    assert claimed(one) == "1234567"
    told = hand_in(tax, csv_of(OWN, (two.code, 1234)))
    acts.map_columns(told, {0: "firm_code", 1: "deduction_claimed"}, "thousand_yuan", by=tax, at=AT)
    outcome = acts.load_file(told, by=tax, at=AT)
    assert outcome.notes == ["“允许加计扣除的研发费用”指明的是千元，已按元换算（×1000）。"]
    assert claimed(two) == "1234000"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({0: "firm_code", 1: "firm_code", 2: "deduction_claimed"}, "有两列都选了“统一社会信用代码”。"),
        ({2: "deduction_claimed"}, "没有选哪一列是统一社会信用代码或单位名称。"),
        ({0: "firm_code"}, "必填的项还没有对应的列：允许加计扣除的研发费用。"),
        ({0: "firm_code", 2: "rd_expense"}, "“研发费用加计扣除申报情况（税务）”没有“rd_expense”这一项。"),
    ],
)
def test_a_mapping_that_cannot_be_read_by_is_refused(tax, columns, said):
    made = hand_in(tax, csv_of(ODD, (firm(1).code, "", 5, 1, "")))
    with pytest.raises(Refused) as refused:
        acts.map_columns(made, columns, "", by=tax, at=AT)
    assert refused.value.sentence == said
    assert not ColumnMapping.objects.exists()


# --- units mixed up


def a_year_of_books(*firms, year=2025, expense=1000):
    """Twelve monthly reports of each firm: 12,000 千元 of R&D in the year."""
    form = registry().forms["qy101"]
    cells = good(rd_expense=expense, rd_labour=expense - 500)
    rows = [Filing(form, f.pk, f"{year}-{m:02}", cells) for f in firms for m in range(1, 13)]
    file_reports(rows, None, moment(f"{year + 1}-01-20"), units=registry().units)


def test_thousands_for_yuan_are_caught_against_last_year_before_anything_is_loaded(tax):
    firms = [firm(n) for n in range(1, 5)]
    acts.load_file(hand_in(tax, csv_of(OWN, *((f.code, 9_000_000) for f in firms)), "2024"), by=tax, at=AT)
    slip = hand_in(tax, csv_of(OWN, *((f.code, 9_500) for f in firms)))
    outcome = acts.try_file(slip, at=AT)
    (fault,) = outcome.problems
    assert (fault.row, fault.message) == (
        0, "“允许加计扣除的研发费用”整列约为以往的 1/1000，疑似把千元当元；请改正单位，如属实请在导入时写明原因。",
    )  # fmt: skip
    assert acts.load_file(slip, by=tax, at=AT).loaded is False
    assert held(slip) == ("pending", False)
    assert claimed(firms[0]) is None
    acts.map_columns(slip, {0: "firm_code", 1: "deduction_claimed"}, "thousand_yuan", by=tax, at=AT)
    assert acts.load_file(slip, by=tax, at=AT).new == 4
    assert claimed(firms[0]) == "9500000"


def test_without_a_year_before_the_firms_own_reports_tell_the_unit(tax):
    firms = [firm(n) for n in range(1, 4)]
    a_year_of_books(*firms)
    slip = hand_in(tax, csv_of(OWN, *((f.code, 1_150) for f in firms)))  # 万元 in a form of 元
    (fault,) = acts.try_file(slip, at=AT).problems
    assert fault.message.startswith("“允许加计扣除的研发费用”整列约为其他来源数据的 1/10000，疑似把万元当元")
    right = hand_in(tax, csv_of(OWN, *((f.code, 11_500_000) for f in firms)))
    assert acts.try_file(right, at=AT).problems == []
    slip = hand_in(tax, csv_of(OWN, *((f.code, 1_150) for f in firms)))
    assert acts.load_file(slip, by=tax, at=AT, reason="企业多为小额申报").loaded


# --- rows, and what is left behind


def test_bad_rows_are_told_with_address_and_text_and_kept_for_download(tax):
    one, two = firm(1), firm(2)
    made = hand_in(tax, csv_of(OWN, (one.code, "九百万"), (two.code, 9_000_000), ("X", 5)))
    outcome = acts.try_file(made, at=AT)
    assert [(p.row, p.column) for p in outcome.problems] == [(2, "B"), (4, "A")]
    assert outcome.problems[0].message.startswith("“允许加计扣除的研发费用”填的是“九百万”，")
    assert acts.load_file(made, by=tax, at=AT).loaded is False
    assert acts.load_file(made, by=tax, at=AT, skip_bad=True).new == 1
    kept = again(made)
    assert (kept.taken.rows, kept.taken.accepted, kept.taken.refused) == (3, 1, 2)
    client = Client()
    client.force_login(tax)
    lines = client.get(f"/supply/{made.pk}/refused.csv").content.decode("utf-8-sig").splitlines()
    assert lines[0] == "统一社会信用代码,允许加计扣除的研发费用,行号,问题"
    assert [line.split(",")[2] for line in lines[1:]] == ["2", "4"]
    assert f"/supply/{made.pk}/refused.csv" in client.get("/supply/").content.decode()


def test_a_correction_asks_for_its_reason(tax):
    one = firm(1)
    acts.load_file(hand_in(tax, csv_of(OWN, (one.code, 9_000_000))), by=tax, at=AT)
    changed = hand_in(tax, csv_of(OWN, (one.code, 8_000_000)))
    assert acts.load_file(changed, by=tax, at=AT).loaded is False
    assert acts.load_file(changed, by=tax, at=AT, reason="汇算清缴更正").corrected == 1
    assert claimed(one) == "8000000"


def test_nothing_of_a_file_stays_when_it_is_loaded_dropped_replaced_or_forgotten(tax, settings):
    one, folder = firm(1), Path(settings.QUANYU_HOME, "supply")
    loaded = hand_in(tax, csv_of(OWN, (one.code, 9_000_000)))
    acts.load_file(loaded, by=tax, at=AT)
    dropped = hand_in(tax, csv_of(OWN, (one.code, 1)))
    acts.drop_file(dropped, by=tax, at=AT)
    replaced = hand_in(tax, csv_of(OWN, (one.code, 2)))
    clerk = person("clerk")
    forgotten = hand_in(clerk, csv_of(OWN, (one.code, 3)))
    assert held(replaced) == ("pending", False)  # a colleague's file is not touched
    last = hand_in(tax, csv_of(OWN, (one.code, 4)), at=AT + dt.timedelta(days=2))
    assert [held(f) for f in (loaded, dropped, replaced, forgotten)] == [
        ("loaded", True), ("dropped", True), ("dropped", True), ("dropped", True),
    ]  # fmt: skip
    assert held(last) == ("pending", False)
    assert list(folder.iterdir()) == []
    for gone in (loaded, dropped):
        with pytest.raises(Refused) as refused:
            acts.load_file(gone, by=tax, at=AT)
        assert "文件内容已经清除" in refused.value.sentence


def test_what_a_killed_process_left_is_swept_by_the_next(tax, settings):
    import os

    left = Path(settings.QUANYU_HOME, "supply", "left")
    left.mkdir(parents=True)
    (left / "加计扣除.csv").write_text("secret")
    young = Path(settings.QUANYU_HOME, "supply", "young")
    young.mkdir()
    os.utime(left, (1, 1))
    hand_in(tax, csv_of(OWN, (firm(1).code, 5)))
    assert sorted(p.name for p in young.parent.iterdir()) == ["young"]


@pytest.mark.parametrize(
    ("upload", "said"),
    [
        (SimpleUploadedFile("a.exe", b"MZ"), "的类型不能上传。"),
        (SimpleUploadedFile("a.csv", b""), "是空文件。"),
        (SimpleUploadedFile("a.xlsx", b"PK\x03\x04 not a book"), "的内容不是 xlsx 文件。"),
        (SimpleUploadedFile("a.csv", "只有一列\n5\n".encode()), "没有找到表头。"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_once_and_not_kept(tax, upload, said):
    client = Client()
    client.force_login(tax)
    answer = client.post("/supply/", {"form": "tax_claims", "period": "2025", "file": upload})
    assert answer.status_code == 409
    assert said in answer.content.decode()
    assert not SuppliedFile.objects.exists()


# --- by the pages, without script


def test_the_third_time_takes_three_clicks(tax):
    one, client = firm(1), Client()
    client.force_login(tax)
    sent = client.post(
        "/supply/", {"form": "tax_claims", "period": "2024", "file": csv_of(ODD, (one.code, "", 100, 1, ""))}
    )
    page = client.get(sent.url)
    assert "每一列是什么" in page.content.decode()
    told = {"verb": "map", "unit": "", "column_0": "firm_code", "column_2": "deduction_claimed"}
    assert client.post(sent.url, told).url == sent.url
    assert client.post(sent.url, {"verb": "load"}).url == "/supply/"
    assert claimed(one, "2024") == "100"
    # choose a file (1), upload it (2), load it (3)
    assert 'value="2025"' in client.get("/supply/").content.decode()
    sent = client.post(
        "/supply/", {"form": "tax_claims", "period": "2025", "file": csv_of(ODD, (one.code, "", 120, 1, ""))}
    )
    page = client.get(sent.url).content.decode()
    assert "每一列是什么" not in page
    assert "逐行无误" in page
    assert client.post(sent.url, {"verb": "load"}).url == "/supply/"
    assert claimed(one, "2025") == "120"
    assert Report.objects.filter(form="tax_claims").count() == 2


def test_what_was_typed_stays_when_a_mapping_is_refused(tax):
    client = Client()
    client.force_login(tax)
    sent = client.post(
        "/supply/", {"form": "tax_claims", "period": "2025", "file": csv_of(ODD, (firm(1).code, "", 5, 1, ""))}
    )
    answer = client.post(sent.url, {"verb": "map", "unit": "wan_yuan", "column_2": "deduction_claimed"})
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "没有选哪一列是统一社会信用代码或单位名称" in text
    assert '<option value="wan_yuan" selected>' in text


def test_the_likely_period_is_the_next_one_that_is_over(tax):
    assert reads.next_period(claims(), dt.date(2026, 11, 23)) == "2025"
    assert reads.next_period(registry().forms["power_use"], dt.date(2026, 11, 23)) == "2026-10"
    acts.load_file(hand_in(tax, csv_of(OWN, (firm(1).code, 5)), "2023"), by=tax, at=AT)
    assert reads.next_period(claims(), dt.date(2026, 11, 23)) == "2024"


def test_events_tell_the_file_and_not_its_content(tax):
    made = hand_in(tax, csv_of(OWN, (firm(1).code, 9_876_543)))
    acts.drop_file(made, by=tax, at=timezone.now())
    told = json.dumps([e.body for e in Event.objects.filter(subject=f"reporting.suppliedfile:{made.pk}")])
    assert "9876543" not in told
    assert Decimal(made.pk) > 0
