"""Follow-up lists: who is proposed, what visits find and promise, the list page, the case page."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from quanyu.bureaus.reporting.acts import followups as acts
from quanyu.bureaus.reporting.models import FollowUp
from quanyu.bureaus.reporting.reads import followups as reads
from quanyu.casework.acts import take
from quanyu.people.models import Event, Notice
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.facts.desk import moment
from tests.reporting.handin import MONTH, a_firm
from tests.reporting.month import NOW, ON, a_month, month

pytestmark = pytest.mark.django_db
HERE = f"?form=qy101&period={MONTH}"


@pytest.fixture(autouse=True)
def _chinese():
    with override("zh-hans"):
        yield


@pytest.fixture
def here(db):
    return a_month(12)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def follow(here, number=1, why="研发费用骤停", by=None):
    return acts.follow_up({here.firms[number - 1]: why}, "qy101", MONTH, by=by or here.clerk, at=NOW)[0]


def visit(row, by, *, promised="2026-12-10", at=NOW, cause="funds", note="资金周转困难，下月恢复"):
    form = {"visited_on": str(at.date()), "cause": cause} | ({"promised_on": promised} if promised else {})
    take(row.case, "promise" if promised else "visit", by=by, at=at, note=note, form=form)
    return FollowUp.objects.get(pk=row.pk)


def test_who_stopped_fell_or_never_began_is_proposed_until_on_the_list(here):
    proposed = reads.candidates(month())
    assert {firm.name: why[:8] for firm, why in proposed.items()} == {
        "虚构企业1号": "研究开发费用合计", "虚构企业3号": "今年以来没有研究", "虚构企业4号": "新近列入规模以上",
    }  # fmt: skip
    follow(here, 3)
    assert [f.name for f in reads.candidates(month())] == ["虚构企业1号", "虚构企业4号"]


def test_whoever_puts_a_firm_on_the_list_is_responsible_when_they_sit_there(here):
    row = follow(here)
    assert (row.case.title, row.case.number) == ("虚构企业1号：研发费用骤停", "跟踪〔2026〕1号")
    assert (row.why, row.case.state) == ("研发费用骤停", "listed")
    row = reads.followups().get(pk=row.pk)
    assert (row.case.holder, row.case.due_on) == (here.clerk, dt.date(2026, 11, 30))  # five working days
    with pytest.raises(Refused, match="所选企业都已在跟踪名单上"):
        follow(here)
    with pytest.raises(Refused, match="没有选择企业"):
        acts.follow_up({}, "qy101", MONTH, by=here.clerk, at=NOW)
    second = follow(here, 2, by=here.chief)
    assert reads.followups().get(pk=second.pk).case.holder is None
    assert Notice.objects.get(topic="case_arrived").role == "clerk"
    assert Event.objects.filter(act="reporting.follow_up").count() == 2


def test_visits_are_kept_with_cause_promise_and_result(here):
    row = visit(follow(here), here.clerk, promised="")
    assert (row.case.state, row.cause, row.visited_on, row.promised_on) == ("listed", "funds", ON, None)
    row = visit(row, here.clerk, cause="people")
    assert (row.case.state, row.case.due_on, row.cause, row.promised_on) == (
        "promised", dt.date(2026, 12, 10), "people", dt.date(2026, 12, 10),
    )  # fmt: skip
    assert row.case.holder == here.clerk  # a step of the case leaves it with the officer
    row = visit(row, here.chief, promised="2026-12-20", at=moment("2026-12-11"), cause="people")
    assert (row.promised_on, row.visited_on) == (dt.date(2026, 12, 20), dt.date(2026, 12, 11))
    with pytest.raises(Refused, match="“结果”没有填"):
        take(row.case, "close", by=here.clerk, at=NOW, form={})
    take(row.case, "close", by=here.clerk, at=moment("2026-12-21"), form={"result": "resumed"})
    row = reads.followups().get(pk=row.pk)
    line = reads.FollowLine(row, registry(), dt.date(2026, 12, 21))
    assert (line.cause, line.result, line.overdue, line.officer) == ("研发人员流失", "已恢复研发", False, "张虚构")
    follow(here)  # closed: it may come on the list again


def test_promises_not_kept_come_first_then_the_nearest(here):
    rows = [follow(here, n) for n in (1, 2, 3, 4)]
    visit(rows[1], here.clerk, promised="2026-12-20")
    visit(rows[2], here.clerk, promised="2026-11-25")
    visit(rows[3], here.clerk, promised="2026-12-01")
    on, known = dt.date(2026, 11, 27), registry()
    lines = sorted((reads.FollowLine(r, known, on) for r in reads.followups()), key=lambda n: n.rank)
    assert [(n.row.organisation.name, n.overdue) for n in lines] == [
        ("虚构企业3号", True), ("虚构企业4号", False), ("虚构企业2号", False), ("虚构企业1号", False),
    ]  # fmt: skip
    assert [str(n.promise) for n in lines] == [
        "2026年11月25日 ■ 逾期 2 天", "2026年12月1日 ▲ 剩 4 天", "2026年12月20日 ● 剩 23 天", "",
    ]  # fmt: skip


def test_the_list_is_narrowed_by_park_officer_and_state_and_goes_out_as_excel(here):
    for n in (1, 2):
        visit(follow(here, n), here.clerk, promised="2026-12-20" if n == 1 else "")
    client, there = browser(here.clerk), reverse("followups")
    page = client.get(there + HERE).content.decode()
    said = ("虚构企业1号", "虚构企业2号", "共 2 条", "建议列入", "资金紧张", "2026年12月20日")
    assert [s for s in said if s not in page] == []
    page = client.get(f"{there}{HERE}&area=西虚构片区").content.decode()
    assert ("共 1 条" in page, reverse("case", args=[FollowUp.objects.latest("pk").pk]) in page) == (True, True)
    assert "共 0 条" in client.get(f"{there}{HERE}&state=closed").content.decode()
    assert "共 2 条" in client.get(f"{there}{HERE}&officer=张虚构").content.decode()
    book = client.get(f"{reverse('followups_file', args=['xlsx'])}{HERE}&area=东虚构片区").content
    rows = [[c.value for c in row] for row in openpyxl.load_workbook(io.BytesIO(book)).active.iter_rows()]
    head = next(n for n, row in enumerate(rows) if row[0] == "企业")
    assert rows[head][:8] == ["企业", "园区（乡镇）", "行业", "时期", "列入缘由", "原因", "走访", "承诺"]
    assert (rows[head + 1][0], rows[head + 1][1], rows[head + 1][5]) == ("虚构企业1号", "东虚构片区", "资金紧张")
    assert str(rows[head + 1][7])[:10] == "2026-12-20"


def test_the_list_asks_a_fixed_number_of_questions(here, django_assert_num_queries):
    client, there = browser(here.clerk), reverse("followups") + HERE
    follow(here)
    client.get(there)
    with django_assert_num_queries(18):
        client.get(there)
    for n in (2, 3):
        follow(here, n)
    with django_assert_num_queries(18):
        client.get(there)


def test_firms_are_put_on_the_list_from_the_proposals_the_queue_and_by_name(here):
    client, put = browser(here.clerk), reverse("followups_open")
    given = {"form": "qy101", "period": MONTH}
    both = [str(here.firms[n].pk) for n in (0, 2)]
    page = client.post(put, given | {"firm": both}, follow=True).content.decode()
    assert "已列入跟踪 2 家。" in page
    assert [row.why[:8] for row in FollowUp.objects.all()] == ["研究开发费用合计", "今年以来没有研究"]
    answer = client.post(put, given | {"firm": str(here.firms[4].pk), "item": "7", "why": "看看"})
    assert answer.url == f"{reverse('exceptions')}{HERE}&item=7"
    page = client.get(f"{reverse('followups')}{HERE}&firm={here.firms[6].pk}").content.decode()
    assert f'name="firm" value="{here.firms[6].pk}"' in page
    client.post(put, given | {"firm": str(here.firms[6].pk), "why": "领导交办"})
    assert [row.why for row in FollowUp.objects.order_by("pk")][2:] == ["看看", "领导交办"]
    answer = client.post(put, given)
    assert (answer.status_code, "没有选择企业" in answer.content.decode()) == (409, True)
    stranger = a_firm(60).firm  # not above scale and has filed nothing: it is no firm of this month
    assert client.post(put, given | {"firm": str(stranger.pk)}).status_code == 409


def test_the_case_page_tells_the_firm_the_visit_and_the_course(here):
    row = visit(follow(here), here.clerk, promised="2026-11-24")
    page = browser(here.clerk).get(reverse("case", args=[row.pk])).content.decode()
    said = ["跟踪情况", "研发费用骤停（2026年10月）", "东虚构片区", "资金紧张", "营业收入"]
    assert [s for s in (*said, "资金周转困难，下月恢复", "登记走访（有承诺）") if s not in page] == []


def test_the_firm_itself_sees_nothing_of_it(here):
    row, owner = follow(here), a_firm(1, name="虚构企业1号").owner
    client = browser(owner)
    assert client.get(reverse("case", args=[row.pk])).status_code == 403
    assert client.get(reverse("followups")).status_code == 403
    assert client.get(reverse("followups_file", args=["csv"])).status_code == 403
    assert client.post(reverse("followups_open"), {"firm": str(row.organisation_id)}).status_code == 403
