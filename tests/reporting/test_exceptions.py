"""The exception queue: what is found, in which order, what the office decides, and the page that does it by keys."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from quanyu.bureaus.reporting.acts import exceptions as acts
from quanyu.bureaus.reporting.acts import followups, switch
from quanyu.bureaus.reporting.acts import window as windows
from quanyu.bureaus.reporting.models import Draft, Submission, Verdict
from quanyu.facts import reads as facts
from quanyu.facts.acts import file_report
from quanyu.people.models import Event, Notice
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.factories import person
from tests.people.test_together import together
from tests.reporting.handin import AT, MONTH, a_firm, definitions, file
from tests.reporting.month import CEASED, JUMPED, NEW, NOW, SLIPPED, STOPPED, a_month, cells, month

pytestmark = pytest.mark.django_db
HERE = f"?form=qy101&period={MONTH}"


@pytest.fixture(autouse=True)
def _chinese():
    with override("zh-hans"):
        yield


@pytest.fixture
def here(db):
    return a_month()


def names(found):
    return [d.report.organisation.name for d in found]


def rules(doubtful):
    return {f.rule for f in doubtful.found if "." not in f.rule}


def of(here, number):
    return next(d for d in month().queue if d.report.organisation == here.firms[number - 1])


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def test_the_five_that_stick_out_are_found_the_worst_first_and_nobody_else(here):
    found = month()
    assert {d.report.organisation.name: rules(d) for d in found.queue} == {
        "虚构企业1号": {"rd_stopped"}, "虚构企业3号": {"rd_ceased"}, "虚构企业4号": {"newcomer_without_rd"},
        "虚构企业2号": {"rd_own", "rd_swing", "rd_intensity_peers"},
        "虚构企业5号": {"revenue_own", "rd_intensity_peers"},
    }  # fmt: skip
    assert names(found.queue)[:2] == ["虚构企业1号", "虚构企业3号"]
    assert names(found.queue)[-1] == "虚构企业4号"
    assert len(found.clean) == 25


def test_findings_are_sentences_with_the_number_and_its_limit(here):
    (stopped,) = [f for f in of(here, STOPPED).found if f.rule == "rd_stopped"]
    before = [facts.current("qy101", here.firms[0], f"2026-{m:02}").cells["rd_expense"] for m in range(1, 10)]
    before += [facts.current("qy101", here.firms[0], f"2025-{m}").cells["rd_expense"] for m in (10, 11, 12)]
    assert stopped.text == f"研究开发费用合计是0千元，此前 12 个月平均{round(sum(before) / 12):,}千元"
    assert (stopped.measured, str(stopped.lamp)) == ("降到原来的（%） 0.0，界限 10.0", "■ 严重")
    assert (stopped.unverified, stopped.fell) == (True, True)
    swing = next(f for f in of(here, JUMPED).found if f.rule == "rd_swing")
    then, now = (facts.current("qy101", here.firms[1], p).cells["rd_expense"] for p in ("2026-09", MONTH))
    assert swing.text == f"研究开发费用合计由上期{then:,}千元变为{now:,}千元"
    assert (swing.fell, swing.measured[:5], swing.measured[-6:]) == (False, "修正 Z ", "界限 3.5")
    assert of(here, NEW).found[0].text == "新近列入规模以上工业企业，今年以来没有研究开发费用合计"
    assert next(f for f in of(here, CEASED).found if f.rule == "rd_ceased").fell


def test_a_period_is_read_in_the_same_number_of_queries_however_many_firms(here):
    registry()
    with CaptureQueriesContext(connection) as few:
        assert len(month().queue) == 5
    # definitions, submissions, reports, switches twice, history, titles twice, surroundings, verdicts
    assert len(few) == 10
    a_firm_more = [a_firm(n).firm for n in range(60, 75)]
    for one in a_firm_more:
        file_report(registry().forms["qy101"], one, MONTH, cells(1), None, NOW)
    with CaptureQueriesContext(connection) as many:
        assert len(month().queue) == 5
    assert len(many) == len(few)


def test_the_zone_switches_a_rule_off_or_sets_another_limit(here):
    def swing():
        return [f for f in of(here, JUMPED).found if f.rule == "rd_swing"]

    assert swing()

    def switched(on, **limits):
        switch.switch_rule("rd_swing", on, limits, NOW.date(), "按经验", here.chief, NOW)
        return swing()

    assert not switched(True, times="8")
    assert switched(True)
    assert not switched(False)


def test_what_a_firm_explained_stands_beside_the_finding():
    definitions()
    one = a_firm()
    file(one, period="2026-09", at=AT)
    sent = file(one, rd_expense=2400, rd_labour=700, rd_materials=1500, notes={"qy101.rd_month": "新项目采购样机"})
    (found,) = month().queue
    assert (found.submission, found.suggested[:5]) == (sent, "请核实：研")
    assert [(f.rule, f.grade, f.said) for f in found.found] == [("qy101.rd_month", 0, "新项目采购样机")]
    switch.switch_rule("qy101.rd_month", False, limits={}, from_on=NOW.date(), reason="不用", by=one.owner, at=NOW)
    (found,) = month().queue
    assert [(f.weight, f.said) for f in found.found] == [(0.5, "新项目采购样机")]


def test_passing_a_report_takes_it_off_the_queue_until_it_is_corrected(here):
    report = of(here, SLIPPED).report
    made = acts.let_pass(report, by=here.clerk, at=NOW, why="已电话核实")
    assert (made.version, made.passed, made.why, made.by) == (1, True, "已电话核实", here.clerk)
    assert "虚构企业5号" not in names(month().queue)
    assert Event.objects.get(act="reporting.let_pass").body == {
        "reports": 1, "organisation": here.firms[4].pk, "version": 1, "why": "已电话核实",
    }  # fmt: skip
    with pytest.raises(Refused, match="已由张虚构放行"):
        acts.let_pass(report, by=here.chief, at=NOW)
    file_report(registry().forms["qy101"], here.firms[4], MONTH, cells(2.8, revenue=900), None, NOW, reason="更正")
    assert "虚构企业5号" in names(month().queue)
    with pytest.raises(Refused, match="虚构企业5号的这份报表已经更正、撤回或退回"):
        acts.let_pass(report, by=here.clerk, at=NOW)


def test_all_clean_ones_are_passed_at_a_stroke_and_undone_at_a_stroke(here):
    assert acts.pass_clean(month(), by=here.clerk, at=NOW) == 25
    assert (len(month().clean), len(month().queue)) == (0, 5)
    assert Event.objects.filter(act="reporting.pass_clean").count() == 1
    with pytest.raises(Refused, match="没有可以批量放行的报表"):
        acts.pass_clean(month(), by=here.clerk, at=NOW)
    later = NOW.replace(hour=11)
    acts.let_pass(of(here, NEW).report, by=here.clerk, at=later)
    assert [v.organisation.name for v in acts.undo_pass("qy101", MONTH, by=here.clerk, at=later)] == ["虚构企业4号"]
    assert "虚构企业4号" in names(month().queue)
    with pytest.raises(Refused, match="没有可以撤销的放行"):
        acts.undo_pass("qy101", MONTH, by=here.clerk, at=later)
    with pytest.raises(Refused, match="没有可以撤销的放行"):
        acts.undo_pass("qy101", MONTH, by=here.chief, at=later)
    assert Verdict.objects.filter(passed=True).count() == 26  # rows are only added


def test_undoing_a_batch_brings_all_of_it_back(here):
    acts.pass_clean(month(), by=here.clerk, at=NOW)
    assert len(acts.undo_pass("qy101", MONTH, by=here.clerk, at=NOW.replace(hour=11))) == 25
    assert len(month().clean) == 25


def test_nothing_is_decided_in_a_locked_period(here):
    report = of(here, NEW).report
    acts.let_pass(of(here, SLIPPED).report, by=here.clerk, at=NOW)
    windows.move(registry().forms["qy101"], MONTH, "lock", by=here.chief, at=NOW)
    tries = [
        lambda: acts.let_pass(report, by=here.clerk, at=NOW), lambda: acts.pass_clean(month(), by=here.clerk, at=NOW),
        lambda: acts.undo_pass("qy101", MONTH, by=here.clerk, at=NOW),
        lambda: acts.give_back(registry().forms["qy101"], report, why="错", by=here.clerk, at=NOW),
    ]  # fmt: skip
    for attempt in tries:
        with pytest.raises(Refused, match="2026年10月已经锁定"):
            attempt()
    page = browser(here.clerk).get(reverse("exceptions") + HERE).content.decode()
    assert ("这一期已经锁定" in page, 'data-key="y"' in page, "批量放行" in page) == (True, False, False)


def test_a_report_from_a_file_goes_back_with_its_cells_and_the_reason(here):
    report, form = of(here, SLIPPED).report, registry().forms["qy101"]
    with pytest.raises(Refused, match="退回须写明原因，不超过 300 字"):
        acts.give_back(form, report, why=" ", by=here.clerk, at=NOW)
    acts.give_back(form, report, why="营业收入疑似填成了元", by=here.clerk, at=NOW)
    firm = here.firms[4]
    assert facts.current("qy101", firm, MONTH) is None
    assert facts.report_history("qy101", firm, MONTH).last().reason == "营业收入疑似填成了元"
    draft = Draft.objects.get(organisation=firm, period=MONTH)
    assert draft.cells["revenue"] == str(report.cells["revenue"])
    told = Notice.objects.get(topic="reporting.returned")
    assert (told.role, told.organisation, told.line, told.link) == (
        "firm_statistician", firm, "2026年10月《企业研发活动月报》退回：营业收入疑似填成了元",
        reverse("fill", args=[firm.pk, "qy101", MONTH]),
    )  # fmt: skip
    assert "虚构企业5号" not in names(month().queue)
    assert not Verdict.objects.get(organisation=firm).passed


def test_a_submission_goes_back_through_its_own_act():
    definitions()
    one, clerk = a_firm(), person("clerk")
    sent = file(one)
    acts.give_back(registry().forms["qy101"], month().reports[0], why="请核对人数", by=clerk, at=NOW)
    sent.refresh_from_db()
    assert (sent.state, sent.ended_why, sent.ended_by) == (Submission.State.RETURNED, "请核对人数", clerk)
    assert month().reports == []


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_shows_one_report_beside_the_list_and_leads_to_the_next(here):
    client = browser(here.clerk)
    page = client.get(reverse("exceptions") + HERE).content.decode()
    first, second = month().queue[:2]
    told = ["第 1 件，共 5 件", "已报 30 份，已放行 0 份，存疑 5 份", "批量放行无异常的 25 份"]
    for said in (*told, first.found[0].text, f'item={second.report.pk}" data-key="j"', "reporting/queue"):
        assert said in page, said
    assert 'data-key="k"' not in page
    page = client.get(f"{reverse('exceptions')}{HERE}&item={second.report.pk}").content.decode()
    assert "第 2 件，共 5 件" in page
    assert f'item={first.report.pk}" data-key="k"' in page


def test_the_page_asks_a_fixed_number_of_questions(here, django_assert_num_queries):
    client = browser(here.clerk)
    client.get(reverse("exceptions") + HERE)
    with django_assert_num_queries(20):
        client.get(reverse("exceptions") + HERE)


def test_passing_on_the_page_shows_the_next_one_and_offers_to_undo(here):
    client = browser(here.clerk)
    first, second = month().queue[:2]
    here_form = {"form": "qy101", "period": MONTH}
    address = reverse("exception_do", args=[first.report.pk, "pass"])
    answer = client.post(address, here_form | {"remark": "属实"}, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[0][0].endswith(f"&item={second.report.pk}")
    assert ("第 1 件，共 4 件" in page, "已放行：虚构企业1号。" in page, 'data-key="u"' in page) == (True, True, True)
    assert Verdict.objects.get().why == "属实"
    page = client.post(reverse("exceptions_do", args=["undo"]), here_form, follow=True).content.decode()
    assert ("共 5 件" in page, 'data-key="u"' in page) == (True, False)
    page = client.post(reverse("exceptions_do", args=["clean"]), here_form, follow=True).content.decode()
    assert "已批量放行 25 份。" in page


def test_returning_on_the_page_keeps_what_was_typed_when_it_is_refused(here):
    client, first = browser(here.clerk), month().queue[0]
    address, given = reverse("exception_do", args=[first.report.pk, "return"]), {"form": "qy101", "period": MONTH}
    answer = client.post(address, given | {"why": "长" * 301})
    assert answer.status_code == 409
    assert "退回须写明原因，不超过 300 字。" in answer.content.decode()
    assert "长" * 301 in answer.content.decode()
    page = client.post(address, given | {"why": "请核实"}, follow=True).content.decode()
    assert "已退回：虚构企业1号，并已通知企业。" in page


def test_when_nothing_is_left_the_page_says_what_comes_next():
    here = a_month(12, strange=False)
    client = browser(here.clerk)
    page = client.get(reverse("exceptions") + HERE).content.decode()
    said = ("没有待审的异常。", "还有 12 份没有发现问题，可以批量放行。", "下一步：锁期")
    assert [s for s in said if s not in page] == []
    acts.give_back(registry().forms["qy101"], month().reports[0], why="错", by=here.clerk, at=NOW)
    page = client.get(reverse("exceptions") + HERE).content.decode()
    assert ("还有 1 家没有报。" in page, "下一步：一键催报" in page) == (True, True)


def test_only_the_offices_come_in_and_addresses_that_name_nothing_lead_nowhere(here):
    one = a_firm(50)
    report = month().queue[0].report
    for role in (one.statistician, one.owner):
        client = browser(role)
        assert client.get(reverse("exceptions") + HERE).status_code == 403
        answer = client.post(reverse("exception_do", args=[report.pk, "pass"]), {"form": "qy101", "period": MONTH})
        assert (answer.status_code, "虚构企业1号" in answer.content.decode()) == (403, False)
    client = browser(here.clerk)
    gone = ["?form=nothing", "?form=qy101&period=2026", "?form=qy101&period=foo", "?form=published&period=2026-10"]
    assert [client.get(reverse("exceptions") + g).status_code for g in gone] == [404] * 4
    other = {"form": "qy101", "period": "2026-09"}
    assert client.post(reverse("exception_do", args=[report.pk, "pass"]), other).status_code == 404
    assert client.post(reverse("exception_do", args=[report.pk, "eat"]), other | {"period": MONTH}).status_code == 404
    assert client.get(reverse("exception_do", args=[report.pk, "pass"])).status_code == 405


def test_a_firm_on_the_follow_up_list_says_so(here):
    client = browser(here.clerk)
    worst = month().queue[0]
    assert "列入跟踪" in client.get(reverse("exceptions") + HERE).content.decode()
    followups.follow_up({worst.report.organisation: "骤停"}, "qy101", MONTH, by=here.clerk, at=NOW)
    assert "已在跟踪名单上" in client.get(reverse("exceptions") + HERE).content.decode()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_desks_at_one_report_pass_it_once_or_give_it_back():
    here = a_month(9, strange=False)
    report, form = month().reports[0], registry().forms["qy101"]
    turns = iter((True, False) * 3)

    def act():
        if next(turns):
            return acts.let_pass(report, by=here.clerk, at=NOW)
        return acts.give_back(form, report, why="请核对", by=here.chief, at=NOW)

    done = together(act, times=6)
    made = [d for d in done if not isinstance(d, Refused)]
    assert [v.passed for v in Verdict.objects.order_by("id")] in ([False], [True, False])
    assert len(made) == Verdict.objects.count()
    assert facts.current("qy101", report.organisation, MONTH) is None
