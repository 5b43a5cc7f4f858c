"""任务督办 and 交办: the five lanes, the ledger beside them, the order form, batch issue, slips in Word."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from docx import Document

from quanyu.casework import acts as casework
from quanyu.casework.models import Case
from quanyu.decisions.acts import supervision as acts
from quanyu.decisions.models import Directive, SlipIssued
from quanyu.decisions.reads import supervision as reads
from quanyu.plan.reads import registry
from tests.decisions.directives import order, supervised_zone

DAY = dt.timedelta(days=1)


@pytest.fixture
def who(db, tmp_path):
    return supervised_zone(tmp_path)


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def words(html: str) -> str:
    return re.sub(r"<[^>]+>|\s", "", html)


def told(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return words(response.content.decode())


def given(who, days: int, ago: int = 10, **more) -> Directive:
    """The task `firms` ordered by the leader some days ago, due in some days, and signed for."""
    now = timezone.now()
    at, due = (now - DAY * ago).isoformat()[:10], (timezone.localdate() + DAY * days).isoformat()
    made = order(who["leader"], at=at, due=due, **more)
    casework.take(made.case, "sign", by=who["st_office"], at=now - DAY * (ago - 1))
    return made


def lanes(html: str) -> list[str]:
    return [words(x) for x in re.findall(r'<div class="lane.*?</h2>', html, re.S)]


@pytest.mark.parametrize(
    ("days", "lane", "state"),
    [(-3, "■逾期1项", "■逾期3天"), (2, "▲临期（7天内）1项", "▲剩2天"), (30, "●推进中1项", "●办理中")],
)
def test_an_item_stands_in_its_lane_and_in_the_ledger(who, days, lane, state):
    given(who, days)
    html = browser(who["st_office"]).get("/tasks/").content.decode()
    assert lane in lanes(html) and sum("1项" in x for x in lanes(html)) == 1
    assert state in words(html.split('id="ledger"')[1])


def test_the_ledger_says_who_how_far_until_when_and_how_often_it_was_pressed(who):
    made = given(who, -3)
    acts.send_slip(made.case, "supervise", by=who["chief"], at=timezone.now())
    day = made.due_on
    row = words(browser(who["clerk"]).get("/tasks/?state=late").content.decode().split("<tbody>")[1])
    assert row.startswith("1-01培育高新技术企业第一章虚构科技科")
    assert f"虚构经发局张虚构50%{day.month}月{day.day}日■逾期3天第1次" in row  # 2 of 4 firms: measured, not reported


def test_what_was_done_and_what_waits_for_acceptance_have_their_lanes(who):
    made = given(who, 20)
    case = casework.take(Case.objects.get(pk=made.pk), "apply", by=who["st_office"], at=timezone.now(), note="已办成")
    html = browser(who["clerk"]).get("/tasks/").content.decode()
    assert "○待验收销号1项" in lanes(html) and "销号申请1" in words(html)
    for step in ("verify", "close"):
        case = casework.take(case, step, by=who["clerk"], at=timezone.now())
    assert "✓已销号1项" in lanes(browser(who["clerk"]).get("/tasks/").content.decode())


def test_names_lead_to_the_case_for_those_who_may_open_it(who):
    made = given(who, 20)
    case, task = f'href="/cases/{made.pk}/"', 'href="/tasks/firms/"'
    for role, leads in (("clerk", case), ("st_office", case), ("statistics", case)):
        assert leads in browser(who[role]).get("/tasks/").content.decode()
    Directive.objects.filter(pk=made.pk).update(supports=[])  # a unit with no part in it
    html = browser(who["statistics"]).get("/tasks/").content.decode()
    assert task in html and case not in html


def test_a_tasks_page_tells_the_eight_steps(who):
    given(who, 20)
    text = told(browser(who["clerk"]), "/tasks/firms/")
    assert "督办过程督办〔2" in text and "审核免下发" in text and "办理进行中" in text


def test_an_order_starts_from_the_gap_the_owner_and_the_usual_term(who):
    html = browser(who["leader"]).get("/orders/new/?indicator=high_tech").content.decode()
    asked = re.search(r"<textarea[^>]*>(.*?)</textarea>", html, re.S)
    assert asked and asked[1].startswith("高新技术企业：现值 2家（2024年9月）") and "再增 2 家可达目标" in asked[1]
    due = reads.order_day(registry(), timezone.localdate())
    assert f'value="{due}"' in html
    assert 'value="st_office" selected' in html and "虚构经发局" in html


def test_an_order_sent_is_a_case_in_the_units_hands(who):
    client, due = browser(who["leader"]), timezone.localdate() + DAY * 20
    form = {"requirement": "再认定两家", "lead": "st_office", "due_on": due.isoformat(), "note": "抓紧"}
    answer = client.post("/orders/new/?indicator=high_tech", form)
    made = Directive.objects.select_related("case").get()
    assert answer["Location"] == f"/cases/{made.pk}/"
    assert (made.task, made.indicator, made.due_on, made.case.state) == ("firms", "high_tech", due, "sent")
    assert (made.lead.key, made.supports[0][0], made.leader) == ("st_section", "statistics", who["leader"])
    again = client.get("/orders/new/?task=firms").content.decode()
    assert "这件事已在督办" in again and "发出</button>" not in again


def test_a_refused_order_keeps_what_was_typed(who):
    form = {"requirement": "再认定两家", "lead": "", "due_on": "明天", "note": "抓紧"}
    answer = browser(who["leader"]).post("/orders/new/?indicator=high_tech", form)
    html = answer.content.decode()
    assert answer.status_code == 409 and "还没有选牵头单位" in html and not Case.objects.exists()
    assert "再认定两家</textarea>" in html and 'value="抓紧"' in html


def test_several_tasks_are_shown_before_they_go_out_together(who):
    client = browser(who["clerk"])
    text = told(client, "/orders/batch/?task=firms&task=fund&task=nonsense")
    assert "2项任务" in text and "培育高新技术企业虚构科技科" in text and "送科室负责人审核" in text
    assert "其中2项的规划期限已过或未写明" in text and not Case.objects.exists()
    due = (timezone.localdate() + DAY * 30).isoformat()
    client.post("/orders/batch/?task=firms&task=fund", {"days": "one", "due_on": due, "note": ""})
    held = sorted(Directive.objects.values_list("task", "case__state"))
    assert held == [("firms", "reviewing"), ("fund", "reviewing")]
    assert "立项后直接下发" in told(browser(who["chief"]), "/orders/batch/?task=firms")
    assert client.get("/orders/batch/")["Location"] == "/tasks/?state=new"


def cells(response) -> list[list[str]]:
    assert response.status_code == 200
    found = Document(io.BytesIO(response.content))
    return [[c.text for c in row.cells] for table in found.tables for row in table.rows]


def test_the_slip_in_word_says_what_where_from_who_and_until_when(who):
    made = given(who, -3)
    acts.mark_directives(timezone.now())
    rows = dict(cells(browser(who["st_office"]).get(f"/orders/slips.docx?case={made.pk}")))
    assert rows["单号"] == SlipIssued.objects.get().number and rows["单号"].startswith("通〔")
    assert rows["督办事项"] == "培育高新技术企业" and rows["规划出处"] == "第一章，第3、4行：“培育4家”"
    assert (rows["办理要求"], rows["牵头单位"], rows["配合单位"]) == ("再认定两家", "虚构科技科", "虚构经发局")
    assert rows["挂点领导"] == "张虚构" and rows["完成期限"].startswith(f"{made.due_on.year}年")
    assert rows["联系人"] == "张虚构，【待补：联系电话】"


def test_without_a_choice_the_slips_of_all_that_is_overdue(who):
    client = browser(who["clerk"])
    assert client.get("/orders/slips.docx")["Location"] == "/tasks/"
    made = given(who, -3)
    assert ["督办事项", "培育高新技术企业"] in cells(client.get("/orders/slips.docx"))
    stranger = browser(who["statistics"])
    Directive.objects.filter(pk=made.pk).update(supports=[])
    made.case.opinions.all().delete()
    assert stranger.get(f"/orders/slips.docx?case={made.pk}").status_code == 403


def test_only_those_who_give_orders_may(who):
    made = given(who, 20)
    for role, expected in (("leader", 200), ("chief", 200), ("clerk", 200), ("st_office", 403)):
        client = browser(who[role])
        assert [client.get(a).status_code for a in ("/orders/new/", "/orders/batch/?task=fund")] == [expected] * 2
    client = browser(who["st_office"])
    assert client.post(f"/orders/{made.pk}/slip/", {"slip": "supervise"}).status_code == 403
    assert browser(who["clerk"]).post(f"/orders/{made.pk}/slip/", {"slip": "supervise"}).status_code == 409
    browser(who["chief"]).post(f"/orders/{made.pk}/slip/", {"slip": "supervise"})
    assert SlipIssued.objects.get().by == who["chief"]
    assert Client().get("/orders/new/")["Location"].startswith("/accounts/login/")


def test_the_case_page_shows_the_directive(who):
    made = given(who, 20)
    text = told(browser(who["chief"]), f"/cases/{made.pk}/")
    assert "办理要求再认定两家" in text and "规划出处培育高新技术企业·第一章，第3、4行" in text and "签发" in text
    assert "签发" not in told(browser(who["st_office"]), f"/cases/{made.pk}/")


def test_the_board_asks_the_database_as_often_for_three_as_for_one(who):
    client = browser(who["clerk"])
    made = given(who, 20)
    client.get("/tasks/")
    with CaptureQueriesContext(connection) as one:
        client.get("/tasks/")
    acts.set_up_tasks(["fund"], due_on=timezone.localdate() + DAY * 9, by=who["chief"], at=timezone.now())
    casework.take(Case.objects.get(pk=made.pk), "withdraw", by=who["chief"], at=timezone.now(), note="重来")
    given(who, 15)
    with CaptureQueriesContext(connection) as more:
        client.get("/tasks/")
    assert len(more) == len(one)
