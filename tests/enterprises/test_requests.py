"""Requests of firms: their course, the times measured, what comes up again and again."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from django.utils.translation import override

from quanyu.bureaus.enterprises.acts import requests as acts
from quanyu.bureaus.enterprises.models import Request
from quanyu.bureaus.enterprises.reads import requests as reads
from quanyu.casework.acts import lapse, take
from quanyu.people.models import Notice
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.enterprises.office import ON, an_office, browser
from tests.facts.desk import moment

pytestmark = pytest.mark.django_db
MONDAY = moment("2026-11-09 09:00")


@pytest.fixture(autouse=True)
def _chinese():
    with override("zh-hans"):
        yield


@pytest.fixture
def here(db):
    return an_office()


def ask(at_firm, title="贷款续贷", content="资金周转困难", kind="finance", at=MONDAY):
    return acts.ask(at_firm.firm, title, {"kind": kind, "content": content}, by=at_firm.owner, at=at)


def step(row, action, by, day, **given):
    case = take(row.case, action, by=by, at=moment(day), **given)
    return Request.objects.select_related("case").get(pk=case.pk)


def line(row, on=ON):
    return reads.RequestLine(Request.objects.select_related("case", "organisation").get(pk=row.pk), registry(), on)


def answered(here, row, *, accepted="2026-11-10", answered="2026-11-16"):
    row = step(row, "accept", here.clerk, accepted)
    seat = {"unit": ("st_office", here.st_office.posts.get().organisation_id)}
    row = step(row, "assign", here.chief, accepted, parties=seat)
    return step(row, "answer", here.st_office, answered, note="已协调银行")


def test_from_asking_to_the_firms_word(here):
    row = ask(here.one)
    assert (row.case.number, row.case.state, row.case.due_on) == ("诉求〔2026〕1号", "submitted", dt.date(2026, 11, 10))
    assert Notice.objects.get(topic="case_arrived").role == "clerk"
    row = answered(here, row)
    assert (row.case.state, row.responded_at.date(), row.answered_at.date()) == (
        "answered", dt.date(2026, 11, 10), dt.date(2026, 11, 16),
    )  # fmt: skip
    row = step(row, "reopen", here.one.statistician, "2026-11-17", note="银行没有答应")
    assert (row.case.state, row.answered_at) == ("accepted", None)  # not solved: the time runs on
    row = step(row, "answer", here.clerk, "2026-11-19", note="已续贷")
    row = step(row, "rate", here.one.owner, "2026-11-20", form={"solved": "yes", "stars": "4"})
    assert (row.case.state, row.solved, row.stars) == ("closed", "yes", 4)
    told = line(row)
    assert (told.response, told.solution, told.late, told.solved, told.kind) == (1, 8, False, "已解决", "融资")


def test_only_the_firms_own_people_ask_and_rate(here):
    with pytest.raises(Refused, match="企业自己的人员"):
        acts.ask(here.one.firm, "x", {"kind": "other", "content": "x"}, by=here.two.owner, at=MONDAY)
    with pytest.raises(Refused, match="诉求类别"):
        ask(here.one, kind="weather")
    with pytest.raises(Refused, match="没有写标题"):
        ask(here.one, title=" ")
    row = answered(here, ask(here.one))
    with pytest.raises(Refused, match="由企业统计员、企业负责人办理"):
        step(row, "rate", here.two.owner, "2026-11-20", form={"solved": "yes", "stars": "5"})
    with pytest.raises(Refused, match="满意度"):
        step(row, "rate", here.one.owner, "2026-11-20", form={"solved": "yes", "stars": "6"})


def test_an_answer_nobody_rates_closes_by_itself(here):
    row = answered(here, ask(here.one))
    assert row.case.due_on == dt.date(2026, 11, 30)
    lapse(moment("2026-12-01"))
    row = Request.objects.select_related("case").get(pk=row.pk)
    assert (row.case.state, row.stars, line(row).solution) == ("closed", None, 5)


def test_times_are_medians_of_what_is_done_and_waiting_too_long_counts_against(here):
    assert reads.promised(registry()) == (1, 10)
    answered(here, ask(here.one), answered="2026-11-13")  # 1 and 4 working days
    answered(here, ask(here.one), accepted="2026-11-12", answered="2026-11-23")  # 3 and 10
    ask(here.two)  # nothing yet: 11 working days on the 24th
    step(ask(here.two, kind="land"), "decline", here.clerk, "2026-11-10", note="不属本区")
    lines = [line(row) for row in Request.objects.all()]
    finance, land = reads.tallies(registry(), lines)
    assert (finance.label, len(finance.lines), finance.open) == ("融资", 3, 3)
    assert (finance.response, finance.solution) == (2, 7)
    assert (finance.responded_in_time, finance.solved_in_time) == (Fraction(1, 3), Fraction(2, 3))
    assert (land.response, land.solution, land.solved_in_time, land.open) == (1, None, None, 0)
    assert [n.late for n in lines] == [False, True, False, False]


def test_what_comes_up_again_is_counted_once_a_request_and_whole(here):
    ask(here.one, "技工难招", "缺数控技工，数控技工很缺")
    ask(here.two, "招工", "数控技工招不到")
    ask(here.two, "停电", "夜里停电", kind="utilities")
    found = reads.themes(registry(), [line(row) for row in Request.objects.all()])
    assert [(t.words, t.count, t.kinds) for t in found] == [("数控技工", 2, ["融资"])]


def test_the_firm_submits_on_the_page_and_keeps_what_it_typed(here):
    page = browser(here.one.owner)
    refused = page.post("/requests/", {"title": "要厂房", "kind": "", "content": "三千平方米"})
    assert (refused.status_code, Request.objects.count()) == (409, 0)
    assert "三千平方米" in refused.content.decode()
    done = page.post("/requests/", {"title": "要厂房", "kind": "land", "content": "三千平方米"})
    row = Request.objects.get()
    assert (done["Location"], row.kind, row.organisation) == (f"/cases/{row.pk}/", "land", here.one.firm)
    assert "三千平方米" in page.get(done["Location"]).content.decode()
    assert browser(here.two.owner).get(done["Location"]).status_code == 403
    office = browser(here.clerk).get("/requests/").content.decode()
    assert "要厂房" in office
    assert "反复出现的话" in office
    assert "反复出现的话" not in page.get("/requests/").content.decode()
