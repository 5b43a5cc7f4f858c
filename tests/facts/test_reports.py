"""Filing: what a desk hands in becomes a version that counts, or is refused with the sentence that mends it."""

import dataclasses
import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection

from quanyu.facts import acts, reads
from quanyu.facts.cells import check_cells
from quanyu.facts.models import Report
from quanyu.people.models import Event
from quanyu.registry.model import Published
from quanyu.registry.problem import Place, Refused
from tests.facts.desk import core, file, good, make_firms, make_zone, moment

pytestmark = pytest.mark.django_db


def messages(cells, form="qy101"):
    _clean, complaints = check_cells(core().forms[form], cells, core().units)
    return [c.message for c in complaints]


def test_a_sound_report_is_filed_as_version_one_with_one_event():
    (firm,) = make_firms(1)
    before = Event.objects.count()
    filed = file(firm, "2024年3月", "2024-04-05")
    assert (filed.fresh, filed.unwise) == (True, [])
    report = reads.current("qy101", firm, "2024-03")
    assert (report.version, report.status, report.late, report.filed_on) == (1, "filed", False, dt.date(2024, 4, 5))
    assert report.cells == good()
    assert list(Event.objects.values_list("act", "subject"))[before:] == [
        ("facts.file_report", f"facts.report:{report.pk}")
    ]


def test_the_same_cells_again_change_nothing():
    (firm,) = make_firms(1)
    first = file(firm, "2024-03", "2024-04-05")
    events = Event.objects.count()
    second = file(firm, "2024-03", "2024-04-06")
    assert (second.fresh, second.report) == (False, first.report)
    assert (Report.objects.count(), Event.objects.count()) == (1, events)


def test_a_correction_needs_a_reason_and_keeps_the_old_version():
    (firm,) = make_firms(1)
    file(firm, "2024-03", "2024-04-05")
    with pytest.raises(Refused, match="2024年3月的“企业研发活动月报”已经报过") as refusal:
        file(firm, "2024-03", "2024-04-20", revenue=20000)
    assert refusal.value.hint == "如确为更正，请写明更正原因。"
    file(firm, "2024-03", "2024-04-20", "漏记一笔收入", revenue=20000)
    versions = reads.report_history("qy101", firm, "2024-03").values_list("version", "cells__revenue", "reason", "late")
    assert list(versions) == [(1, 10000, "", False), (2, 20000, "漏记一笔收入", True)]
    assert reads.as_known("qy101", firm, "2024-03", dt.date(2024, 4, 19)).cells["revenue"] == 10000
    assert reads.as_known("qy101", firm, "2024-03", dt.date(2024, 4, 20)).cells["revenue"] == 20000
    assert reads.as_known("qy101", firm, "2024-03", dt.date(2024, 4, 4)) is None


def test_a_withdrawn_report_no_longer_counts_and_can_be_filed_again():
    (firm,) = make_firms(1)
    form = core().forms["qy101"]
    file(firm, "2024-03", "2024-04-05")
    with pytest.raises(Refused, match="须写明原因"):
        acts.withdraw_report(form, firm, "2024-03", None, moment("2024-04-06"), " ")
    acts.withdraw_report(form, firm, "2024-03", None, moment("2024-04-06"), "报错了单位")
    assert reads.current("qy101", firm, "2024-03") is None
    with pytest.raises(Refused, match="没有在册"):
        acts.withdraw_report(form, firm, "2024-03", None, moment("2024-04-07"), "再撤一次")
    file(firm, "2024-03", "2024-04-08", "重报")
    assert [(r.version, r.status) for r in reads.report_history("qy101", firm, "2024-03")] == [
        (1, "filed"), (2, "withdrawn"), (3, "filed"),
    ]  # fmt: skip


def test_late_is_decided_on_the_zones_own_calendar():
    (firm,) = make_firms(1)
    assert file(firm, "2024-03", "2024-04-17 23:59").report.late is False  # twelve working days: Qingming is off
    assert file(firm, "2024-04", "2024-05-21 00:01").report.late is True


@pytest.mark.parametrize(
    ("period", "sentence"),
    [
        ("2024-Q1", "“企业研发活动月报”按月报送，报告期写作 2024-09，“2024年一季度”不合要求。"),
        ("春天", "“春天”不是报告期。"),
    ],
)
def test_a_wrong_period_is_refused(period, sentence):
    (firm,) = make_firms(1)
    with pytest.raises(Refused) as refusal:
        file(firm, period, "2024-04-05")
    assert refusal.value.sentence == sentence


def test_a_version_cannot_be_older_than_the_one_before():
    (firm,) = make_firms(1)
    file(firm, "2024-03", "2024-04-05")
    with pytest.raises(Refused, match="早于已报的上一版"):
        file(firm, "2024-03", "2024-04-04", "倒填日期", revenue=20000)


def test_an_unregistered_organisation_cannot_file():
    make_firms(1)
    row = acts.Filing(core().forms["qy101"], 987654, "2024-03", good())
    with pytest.raises(Refused, match="单位 987654 没有登记"):
        acts.file_reports([row], None, moment("2024-04-05"))


def test_full_width_digits_and_separators_are_cleaned():
    clean, complaints = check_cells(
        core().forms["qy101"], good(revenue="１０，０００", tax_paid=" 400.0 ", staff=120.0)
    )
    assert (clean["revenue"], clean["tax_paid"], clean["staff"], complaints) == (10000, 400, 120, [])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"revenue": "一千万"}, "“营业收入”填的是“一千万”，应填阿拉伯数字（千元），没有发生请填 0。"),
        ({"revenue": "1000万元"}, "“营业收入”填的是“1000万元”，只填数字，不要带单位或文字（千元）。"),
        ({"revenue": "1,0000"}, "“营业收入”填的是“1,0000”，应填阿拉伯数字（千元），没有发生请填 0。"),
        ({"revenue": 10000.5}, "“营业收入”填的是 10000.5 ，应填整数（千元），不留小数。"),
        ({"revenue": float("nan")}, "“营业收入”填的是 nan ，应填阿拉伯数字（千元），没有发生请填 0。"),
        ({"revenue": True}, "“营业收入”填的是 True ，单元格格式不是数字，请改为“常规”格式再填数字（千元）。"),
        ({"revenue": 10**15}, "“营业收入”填的是 1000000000000000 ，超过 15 位，请核对单位（千元）。"),
        ({"tax_paid": -5}, "“实缴税费”填的是 -5，不能小于 0（千元）。"),
        ({"tax_paid": None}, "“实缴税费”没有填，必须填写；没有发生请填 0。"),
        ({"tax_payed": 1}, "“企业研发活动月报”没有“tax_payed”这一项，是不是“实缴税费”（tax_paid）？"),
        (
            {"rd_labour": 301},
            "研究开发费用合计（7）应等于其下各项费用（8至14、19）之和：7 行 800，算得 801，相差 1（QY101-1）",
        ),
        (
            {"rd_fulltime": 16},
            "全职人员（4）不能大于研究开发人员（1），研究开发人员不能大于从业人员（205）："
            "205 行 120，1 行 15，4 行 16（QY101-4）",
        ),
    ],
)
def test_each_wrong_cell_is_answered_in_one_sentence(change, sentence):
    assert messages(good() | change) == [sentence]


def test_decimals_are_kept_exactly_and_equal_numbers_are_equal():
    form = core().forms["tj02"]
    cells = {"population": 300000, "science_literacy": "１０．５０"}
    assert check_cells(form, cells) == ({"population": 300000, "science_literacy": "10.5"}, [])
    assert check_cells(form, cells | {"science_literacy": 0.1 + 0.2})[0]["science_literacy"] == "0.3"
    assert messages(cells | {"science_literacy": "10.1234567"}, "tj02") == [
        "“具备科学素质的公民比例”填的是“10.1234567”，最多保留 6 位小数（%）。"
    ]
    assert messages(cells | {"science_literacy": 101}, "tj02") == [
        "“具备科学素质的公民比例”填的是 101，不能大于 100（%）。"
    ]


def test_what_is_unwise_is_filed_and_said():
    (firm,) = make_firms(1)
    filed = file(firm, "2024-03", "2024-04-05", rd_projects=0)
    assert [(c.mood, c.message) for c in filed.unwise] == [
        ("unwise", "有研究开发费用（7）而在研项目数（207）为0，请说明：7 行 800，207 行 0（QY101-10）")
    ]
    assert reads.current("qy101", firm, "2024-03").cells["rd_projects"] == 0


def test_a_wrong_report_lists_every_complaint_and_files_nothing():
    (firm,) = make_firms(1)
    with pytest.raises(acts.WrongCells) as refusal:
        file(firm, "2024-03", "2024-04-05", tax_paid="无", staff=-1)
    assert [c.field for c in refusal.value.complaints] == ["tax_paid", "staff", ""]
    assert refusal.value.sentence == "“实缴税费”填的是“无”，应填阿拉伯数字，没有发生请填 0。（另有 2 处）"
    assert Report.objects.count() == 0


def test_a_batch_is_all_or_nothing_and_leaves_one_event():
    firms = make_firms(3)
    form, at = core().forms["qy101"], moment("2024-04-05")
    before = Event.objects.count()
    batch = [acts.Filing(form, f.pk, "2024-03", good(revenue=10000 + f.pk)) for f in firms]
    assert acts.file_reports(batch, None, at) == acts.Tally(new=3)
    (event,) = Event.objects.all()[before:]
    assert (event.act, event.body["new"], event.body["corrected"]) == ("facts.file_reports", 3, 0)
    assert acts.file_reports(batch, None, at) == acts.Tally(unchanged=3)
    broken = [
        acts.Filing(form, firms[0].pk, "2024-04", good()),
        acts.Filing(form, firms[1].pk, "2024-04", good(staff="多")),
    ]
    with pytest.raises(acts.WrongCells):
        acts.file_reports(broken, None, at)
    assert (Report.objects.count(), Event.objects.count()) == (3, before + 1)


def test_a_batch_may_replay_a_history():
    (firm,) = make_firms(1)
    form = core().forms["qy101"]
    history = [
        acts.Filing(form, firm.pk, "2024-03", good(), at=moment("2024-04-05")),
        acts.Filing(form, firm.pk, "2024-03", good(revenue=11000), reason="漏记", at=moment("2024-06-01")),
    ]
    assert acts.file_reports(history, None, moment("2026-01-01")) == acts.Tally(new=1, corrected=1)
    assert reads.as_known("qy101", firm, "2024-03", dt.date(2024, 5, 1)).cells["revenue"] == 10000
    assert reads.current("qy101", firm, "2024-03").cells["revenue"] == 11000


def test_who_is_missing_and_who_was_late():
    firms = make_firms(4)
    form, title = core().forms["qy101"], core().titles["above_scale"]
    for firm in firms[:3]:
        acts.grant(title, firm, dt.date(2023, 1, 1), None, moment("2023-01-05"))
    acts.grant(title, firms[3], dt.date(2023, 1, 1), None, moment("2023-01-05"), valid_to=dt.date(2024, 3, 31))
    file(firms[0], "2024-03", "2024-04-05")
    file(firms[1], "2024-03", "2024-04-30")
    assert reads.returns(form, "2024-03") == reads.Returns(expected=3, filed=2, late=1, due_on=dt.date(2024, 4, 17))
    assert (reads.returns(form, "2024-03").missing, reads.returns(form, "2024-03").on_time) == (1, 1)
    assert list(reads.missing(form, "2024-03")) == [firms[2]]
    assert list(reads.expected(form, "2024-02")) == firms


def test_public_figures_become_reports_known_from_their_day():
    place = Place("demo/published/a.yaml", 1)
    first = Published(
        "gdp_2020", "gdp", "2020", Decimal("150.50"), "yi_yuan", "统计公报", dt.date(2021, 4, 1), "P", place
    )
    second = Published("firms_2020", "firms", "2020", Decimal(31), "firm", "统计公报", dt.date(2021, 4, 1), "P", place)
    registry = dataclasses.replace(core(), published={p.key: p for p in (first, second)})
    zone = make_zone()
    assert acts.file_published(registry, zone, None, moment("2021-03-31")) == acts.Tally()
    assert acts.file_published(registry, zone, None, moment("2026-11-01")) == acts.Tally(new=2)
    assert acts.file_published(registry, zone, None, moment("2026-11-02")) == acts.Tally(unchanged=2)
    report = Report.objects.get(line="gdp_2020")
    assert report.cells == {"quantity": "gdp", "published_value": "150.5", "published_unit": "yi_yuan"}
    assert (report.filed_on, report.period, report.source) == (dt.date(2021, 4, 1), "2020", "统计公报")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_desks_correcting_one_report_take_turns():
    """Both corrections are kept, one after the other; neither is lost and no version number is used twice."""
    (firm,) = make_firms(1)
    file(firm, "2024-03", "2024-04-05")
    ready = threading.Barrier(2)

    def correct(revenue):
        try:
            ready.wait(10)
            return file(firm, "2024-03", "2024-04-06", "更正", revenue=revenue).report.version
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as desks:
        versions = sorted(desks.map(correct, (20000, 30000)))
    assert versions == [2, 3]
    assert reads.report_history("qy101", firm, "2024-03").count() == 3
