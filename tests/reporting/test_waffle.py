"""The collecting desk: the squares of the firms, the figures, who is missing, and what a click does."""

import datetime as dt
import io
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from openpyxl import load_workbook

from quanyu.bureaus.reporting.acts import submission as submissions
from quanyu.bureaus.reporting.acts import window as acts
from quanyu.bureaus.reporting.models import Window
from quanyu.bureaus.reporting.reads.window import waffle, waiting
from quanyu.facts.acts import file_report, withdraw_report
from quanyu.people.acts import open_notice
from quanyu.people.models import Notice
from quanyu.plan.reads import registry
from tests.factories import firm, person
from tests.facts.desk import good, moment
from tests.reporting.handin import a_firm, definitions, hand_in
from tests.reporting.test_window import above_scale, form

pytestmark = pytest.mark.django_db
MONTH = "2026-10"
HERE = f"/collect/qy101/{MONTH}/"
OPENED = moment("2026-11-02 09:00")


@pytest.fixture(autouse=True)
def _chinese():
    with override("zh-hans"):
        yield


@pytest.fixture
def here(db):
    """Six firms, one of each state and one that must not file; a period that is open."""
    definitions()
    clerk = person("clerk")
    firms = [a_firm(n, area="west_park" if n > 3 else "east_park") for n in range(1, 7)]
    above_scale(*(f.firm for f in firms[:5]))
    acts.open_period(form(), MONTH, by=clerk, at=OPENED)
    filed, late, awaiting, returned, _missing, other = firms
    for f, day in ((filed, "2026-11-05"), (late, "2026-11-18"), (other, "2026-11-05")):
        file_report(form(), f.firm, MONTH, good(), None, moment(day))
    hand_in(awaiting)
    handed = submissions.confirm(hand_in(returned), returned.owner, moment("2026-11-06"))
    submissions.give_back(handed, clerk, moment("2026-11-07"), "人员数不对")
    return clerk, firms


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def squares(text):
    found = re.findall(r'<a class="w (\w+)" href="([^"]+)" title="([^"]+)" aria-label="([^"]+)">(.)</a>', text)
    assert all(title == name for _state, _href, title, name, _letter in found)
    return [(name, letter, href) for _state, href, _title, name, letter in found]


def test_each_firm_that_must_file_has_a_square(here):
    assert [(s.firm.name, s.state, s.open) for s in waffle(form(), MONTH)] == [
        ("虚构企业1号", "filed", False), ("虚构企业2号", "late", False), ("虚构企业3号", "awaiting", True),
        ("虚构企业4号", "returned", True), ("虚构企业5号", "missing", True),
    ]  # fmt: skip


def test_a_report_taken_back_is_missing_and_one_filed_again_is_there(here):
    _clerk, firms = here
    withdraw_report(form(), firms[0].firm, MONTH, None, moment("2026-11-08"), "误报")
    submissions.confirm(hand_in(firms[3], at=moment("2026-11-09"), revenue=20000, reason="改正"), firms[3].owner,
                        moment("2026-11-09"))  # fmt: skip
    assert [s.state for s in waffle(form(), MONTH)] == ["missing", "late", "awaiting", "filed", "missing"]


def test_the_page_shows_the_squares_by_park_the_open_ones_first(here):
    clerk, firms = here
    text = browser(clerk).get(HERE).content.decode()
    history = "/report/{}/qy101/2026-10/history/"
    assert squares(text) == [
        ("虚构企业3号：待确认", "待", history.format(firms[2].firm.pk)),
        ("虚构企业2号：迟报", "迟", history.format(firms[1].firm.pk)),
        ("虚构企业1号：已报", "报", history.format(firms[0].firm.pk)),
        ("虚构企业5号：未报", "未", f"/orgs/{firms[4].firm.pk}/"),
        ("虚构企业4号：退回未重报", "退", history.format(firms[3].firm.pk)),
    ]
    assert re.findall(r"<h3>(.*?) <small>(.*?)</small>", text) == [("东虚构片区", "2/3"), ("西虚构片区", "0/2")]
    assert re.findall(r'<div class="v">(\d+)', text) == ["5", "2", "1", "3"]
    assert "报送率 40.0%" in text and "按时率 20.0%" in text
    by_trade = browser(clerk).get(f"{HERE}?by=industry").content.decode()
    assert re.findall(r"<h3>(.*?) <small>(.*?)</small>", by_trade) == [("39 计算机、通信和其他电子设备制造业", "2/5")]
    assert "没有跟踪人员" in browser(clerk).get(f"{HERE}?by=officer").content.decode()


def test_one_click_reminds_and_the_list_says_who_has_read_it(here):
    clerk, firms = here
    desk = browser(clerk)
    text = desk.post(f"{HERE}do/remind/", follow=True).content.decode()
    assert "已向 3 家企业发出催报。" in text and "没有填报账号" not in text
    told = Notice.objects.filter(topic="reporting.reminder").order_by("organisation")
    assert [(n.role, n.link, n.line.partition("”")[2].partition("，")[0]) for n in told] == [
        ("firm_owner", "/report/", "待您确认"),
        ("firm_statistician", f"/report/{firms[3].firm.pk}/qy101/2026-10/", "已退回"),
        ("firm_statistician", f"/report/{firms[4].firm.pk}/qy101/2026-10/", "还没有报"),
    ]
    open_notice(told[1], by=firms[3].statistician, at=moment("2026-11-08"))
    row = Window.objects.get()
    assert [w.read for w in waiting(form(), row, waffle(form(), MONTH), dt.date(2026, 11, 10))] == [False, True, False]
    again = desk.post(f"{HERE}do/remind/")
    assert again.status_code == 409 and "已经催报过。确需再催" in again.content.decode()
    assert "已向 3 家企业" in desk.post(f"{HERE}do/remind/", {"again": "1"}, follow=True).content.decode()


def test_a_refusal_stands_on_the_page_with_what_was_typed(here):
    clerk, firms = here
    typed = {"firm": firms[4].firm.pk, "day": "2020-01-01", "reason": "停电"}
    answer = browser(clerk).post(f"{HERE}do/extend/", typed)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "延到 2020-01-01 不比截止日 2026-11-17 晚" in text
    assert f'<option value="{firms[4].firm.pk}" selected>' in text and 'value="停电"' in text
    assert browser(clerk).post(f"{HERE}do/extend/", {"day": "x"}).status_code == 409
    assert browser(clerk).post(f"{HERE}do/burn/").status_code == 409


def test_it_is_locked_and_reopened_with_what_is_missing_said(here):
    clerk, _firms = here
    desk = browser(clerk)
    assert "还有 3 家未报；锁定后本期数据为最终数" in desk.get(HERE).content.decode()
    assert "说明原因重开。还有 3 家未报。" in desk.post(f"{HERE}do/lock/", follow=True).content.decode()
    text = desk.post(f"{HERE}do/reopen/", {"reason": "漏收", "day": "2099-12-01"}, follow=True).content.decode()
    assert "已重开，2099年12月1日截止。还有 3 家未报。" in text and "曾重开：漏收" in text


def test_the_list_of_missing_firms_is_an_excel_file(here):
    clerk, firms = here
    answer = browser(clerk).get(f"/collect/qy101/{MONTH}.xlsx")
    rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    at = next(i for i, row in enumerate(rows) if row[0] == "企业")
    assert [row[:5] for row in rows[at + 1 : at + 4]] == [
        (f"虚构企业{n}号", firms[n - 1].firm.code, park, state, "张虚构")
        for n, park, state in ((3, "东虚构片区", "待确认"), (4, "西虚构片区", "退回未重报"), (5, "西虚构片区", "未报"))
    ]


def test_the_list_of_periods_says_what_comes_next(here):
    clerk, _firms = here
    text = browser(clerk).get("/collect/").content.decode()
    table = text.split("企业研发活动月报</h2>")[1].split("</section>")[0]
    steps = re.findall(r'href="(/collect/[^"]+)" aria-label="(\S+) [^"]+">', table)
    assert steps[0] == (HERE, "催报") and steps[1] == ("/collect/qy101/2026-09/", "开期")
    assert re.findall(r">(\d/\d)<", table)[:2] == ["3/5", "5/5"]


def test_only_the_office_collects(here):
    _clerk, firms = here
    outsider = browser(firms[0].statistician)
    for address in ("/collect/", HERE, f"/collect/qy101/{MONTH}.xlsx"):
        assert outsider.get(address).status_code == 403
    assert outsider.post(f"{HERE}do/lock/").status_code == 403
    assert Client().get(HERE).status_code == 302
    assert Window.objects.get().state == "open"


def test_there_is_no_page_for_what_firms_do_not_file(here):
    clerk, _firms = here
    for address in ("tj01/2026-Q3", "qy101/2026", "qy101/soon", "nothing/2026-10"):
        assert browser(clerk).get(f"/collect/{address}/").status_code == 404
    assert browser(clerk).get(f"{HERE}do/lock/").status_code == 405


@pytest.mark.parametrize(("address", "most"), [("/collect/", 16), (HERE, 19), (f"/collect/qy101/{MONTH}.xlsx", 13)])
def test_its_questions_do_not_grow(address, most):
    definitions()
    desk = browser(person("clerk"))
    acts.open_period(form(), MONTH, by=None, at=OPENED)

    def asked(*numbers):
        made = [firm(n) for n in numbers]
        above_scale(*made)
        for f in made[:-1]:
            file_report(form(), f, MONTH, good(), None, moment("2026-11-05"))
        desk.get(address)
        with CaptureQueriesContext(connection) as held:
            assert desk.get(address).status_code == 200
        return len(held)

    assert (asked(1, 2), asked(3, 4, 5)) == (most, most)
    assert registry().form("qy101", MONTH).key == "qy101"
