"""督办: from 立项 to 销号, who may what, the three slips, lateness that is remembered, batch issue, what it counts."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from quanyu.casework import acts as casework
from quanyu.casework import reads as cases
from quanyu.casework.models import Case, Opinion
from quanyu.decisions.acts import supervision as acts
from quanyu.decisions.models import Directive, SlipIssued
from quanyu.decisions.reads import supervision as reads
from quanyu.people.models import Event, Notice, Organisation
from quanyu.people.reads import history
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.decisions.directives import order, supervised_zone
from tests.decisions.zone import moment


@pytest.fixture
def who(db, tmp_path):
    return supervised_zone(tmp_path)


def go(made: Directive, who, steps: str, at: str = "2024-11-04", **more) -> Case:
    """Take steps in a row: `clerk:issue st_office:sign`."""
    case = Case.objects.get(pk=made.pk)
    for step in steps.split():
        role, action = step.split(":")
        words = {"note": "说明"} | more
        case = casework.take(case, action, by=who[role], at=moment(at), **words)
    return case


def now(made: Directive) -> Directive:
    return reads.directives(withdrawn=True).get(pk=made.pk)


def course(case: Case) -> list[tuple[str, str]]:
    return [(s.label, s.state) for s in reads.steps(case, history(case.tag))]


def test_the_eight_steps_from_setting_up_to_writing_off(who):
    made = order(who["clerk"])
    assert (made.case.state, made.case.holder_role, made.case.number) == ("reviewing", "chief", "督办〔2024〕1号")
    case = go(made, who, "chief:approve clerk:issue")
    assert (case.phase, case.holder_role, case.holder_organisation.key) == ("active", "st_office", "st_section")
    case = go(made, who, "st_office:sign", "2024-11-05")
    assert (case.state, case.due_on) == ("working", dt.date(2024, 11, 29))
    go(made, who, "st_office:feedback", "2024-11-15", form={"progress": "60"})
    assert now(made).progress == 60
    go(made, who, "st_office:apply", "2024-11-20")
    assert (now(made).case.phase, now(made).shown_progress) == ("check", 100)
    case = go(made, who, "clerk:verify clerk:close", "2024-11-22")
    assert (case.phase, case.closed_at) == ("done", moment("2024-11-22"))
    assert course(case) == [(s, "done") for s in ("立项", "审核", "下发", "签收", "办理", "反馈", "复核", "销号")]
    taken = [e.body["action"] for e in Event.objects.filter(subject=case.tag, act="casework.take")]
    assert taken == ["submit", "approve", "issue", "sign", "feedback", "apply", "verify", "close"]


def test_a_leaders_own_order_goes_out_at_once_and_the_leader_is_in_charge(who):
    made = order(who["leader"], note="务必办成")
    assert (made.case.state, made.leader, made.in_charge) == ("sent", who["leader"], "张虚构")
    assert made.case.parties["leader"] == ["leader", Organisation.objects.get(kind="area_zone").pk]
    assert course(made.case)[:4] == [("立项", "done"), ("审核", "skipped"), ("下发", "done"), ("签收", "now")]
    told = Notice.objects.get(topic="case_arrived", role="st_office")
    assert told.organisation.key == "st_section" and told.link == f"/cases/{made.pk}/"


def test_supporting_units_are_asked_to_report_their_part(who):
    made = order(who["leader"])
    asked = Opinion.objects.get(case=made.case)
    assert (asked.role, asked.organisation.key, asked.open) == ("statistics", "economy_bureau", True)
    casework.answer(asked, by=who["statistics"], at=moment("2024-11-06"), answer="done", text="数据已报")
    assert Opinion.objects.get(case=made.case).answer == "done"
    assert cases.may_see(made.case, who["statistics"], dt.date(2024, 11, 6), everywhere=False)


def test_what_may_not_be_set_up_is_said_in_one_sentence(who):
    with pytest.raises(Refused, match="由督办经办、科室负责人或园区领导立项"):
        order(who["st_office"])
    assert not Case.objects.exists() and not Directive.objects.exists()
    with pytest.raises(Refused, match="须晚于今天"):
        order(who["clerk"], due="2024-11-01")
    order(who["clerk"])
    with pytest.raises(Refused, match="这件事已在督办：督办〔2024〕1号"):
        order(who["leader"])


def test_a_unit_may_return_what_is_not_its_own_and_the_office_may_send_back(who):
    made = order(who["leader"])
    case = go(made, who, "st_office:decline")
    assert (case.state, case.holder_role) == ("drafted", "clerk")
    assert course(case)[:2] == [("立项", "done"), ("审核", "now")]
    case = go(made, who, "chief:order st_office:sign st_office:apply clerk:send_back", "2024-11-06")
    assert (case.state, now(made).shown_progress) == ("working", 0)
    assert course(case)[4:] == [("办理", "done"), ("反馈", "now"), ("复核", "later"), ("销号", "later")]
    assert go(made, who, "chief:withdraw").phase == "void"
    assert list(reads.directives()) == [] and Opinion.objects.filter(withdrawn_at=None).count() == 0


def test_an_extension_is_asked_by_the_unit_and_granted_by_the_chief(who):
    made = order(who["leader"])
    go(made, who, "st_office:sign")
    case = go(made, who, "st_office:ask_extension", "2024-11-20", form={"wanted_on": "2024-12-20"})
    assert (case.holder_role, case.phase) == ("chief", "active")
    case = go(made, who, "chief:grant_extension", "2024-11-21", form={"agreed_on": "2024-12-13"})
    assert (case.state, case.due_on, now(made).due_on) == ("working", dt.date(2024, 12, 13), dt.date(2024, 12, 13))


def test_slips_come_once_a_level_and_the_gravest_first(who):
    made = order(who["leader"], at="2024-11-01", due="2024-11-29")
    go(made, who, "st_office:sign", "2024-11-04")
    go(made, who, "st_office:feedback", "2024-11-04", form={"progress": "60"})
    assert acts.mark_directives(moment("2024-11-20")) == []
    assert [s.number for s in acts.mark_directives(moment("2024-11-22"))] == ["提〔2024〕1号"]
    assert acts.mark_directives(moment("2024-11-22")) == [] and acts.mark_directives(moment("2024-11-24")) == []
    assert [(s.slip, s.number) for s in acts.mark_directives(moment("2024-11-30"))] == [("criticise", "通〔2024〕1号")]
    told = Notice.objects.filter(topic="directive.slip").values_list("role", "organisation__key", "line")
    assert told[0] == ("st_office", "st_section", "通报批评单 通〔2024〕1号：培育高新技术企业，节点 2024-11-29")
    assert Event.objects.filter(act="decisions.send_slip").count() == 2


def test_falling_behind_brings_the_yellow_slip_and_a_new_deadline_begins_anew(who):
    made = order(who["leader"], at="2024-11-01", due="2024-11-29")
    go(made, who, "st_office:sign", "2024-11-04")
    assert [s.slip for s in acts.mark_directives(moment("2024-11-10"))] == ["supervise"]  # 9 of 28 days, nothing done
    assert acts.mark_directives(moment("2024-11-25")) == []  # near, but the graver slip is out
    go(made, who, "st_office:ask_extension", "2024-11-26", form={"wanted_on": "2025-03-31"})
    go(made, who, "chief:grant_extension", "2024-11-26", form={"agreed_on": "2025-03-31"})
    assert acts.mark_directives(moment("2024-11-27")) == []
    assert [s.slip for s in acts.mark_directives(moment("2025-01-10"))] == ["supervise"]


def test_a_slip_by_hand_is_the_chiefs_and_may_repeat(who):
    made = order(who["leader"])
    with pytest.raises(Refused, match="由科室负责人或园区领导签发"):
        acts.send_slip(made.case, "supervise", by=who["clerk"], at=moment("2024-11-05"))
    sent = [acts.send_slip(made.case, "supervise", by=who["chief"], at=moment(f"2024-11-0{d}")) for d in (5, 6)]
    assert [s.number for s in sent] == ["督〔2024〕1号", "督〔2024〕2号"]
    go(made, who, "st_office:sign st_office:apply")
    with pytest.raises(Refused, match="不在承办单位手上"):
        acts.send_slip(made.case, "supervise", by=who["chief"], at=moment("2024-11-07"))


def test_who_lagged_and_caught_up_is_marked_until_the_quarter_ends(who):
    made = order(who["leader"], at="2024-11-01", due="2024-11-15")
    go(made, who, "st_office:sign", "2024-11-04")
    acts.mark_directives(moment("2024-11-18"))
    assert (now(made).late_since, now(made).caught_up_on) == (dt.date(2024, 11, 16), None)
    assert not reads.was_late(now(made), dt.date(2024, 11, 18))
    go(made, who, "st_office:apply", "2024-11-20")
    assert now(made).caught_up_on == dt.date(2024, 11, 20)
    days = (dt.date(2024, 11, 20), dt.date(2024, 12, 31), dt.date(2025, 1, 1))
    assert [reads.was_late(now(made), day) for day in days] == [True, True, False]
    go(made, who, "clerk:send_back", "2024-11-22")
    assert (now(made).late_since, now(made).caught_up_on) == (dt.date(2024, 11, 16), None)


def test_handed_in_late_before_the_clock_came_by_was_late_all_the_same(who):
    made = order(who["leader"], at="2024-11-01", due="2024-11-15")
    go(made, who, "st_office:sign st_office:apply", "2024-11-20")
    assert (now(made).late_since, now(made).caught_up_on) == (dt.date(2024, 11, 16), dt.date(2024, 11, 20))


def test_a_clock_that_stands_makes_nothing_late_and_its_days_go_along(who):
    made = order(who["leader"], at="2024-11-01", due="2024-11-15")
    case = go(made, who, "st_office:sign", "2024-11-04")
    casework.pause(case, by=who["chief"], at=moment("2024-11-11"), note="等上级文件")
    assert acts.mark_directives(moment("2024-11-20")) == []
    assert reads.lane(now(made), dt.date(2024, 11, 20), 7) == "ok"
    casework.resume(Case.objects.get(pk=case.pk), by=who["chief"], at=moment("2024-11-21"))
    acts.mark_directives(moment("2024-11-21"))
    assert now(made).due_on == Case.objects.get(pk=case.pk).due_on > dt.date(2024, 11, 21)


def test_lanes_and_counts(who):
    made, on = order(who["leader"], at="2024-11-01", due="2024-11-29"), dt.date.fromisoformat
    days = ("2024-11-21", "2024-11-22", "2024-11-29", "2024-11-30")
    assert [reads.lane(now(made), on(d), 7) for d in days] == ["ok", "warn", "warn", "late"]
    assert [d.pk for d in reads.overdue_directives(on("2024-11-30"))] == [made.pk]
    assert reads.directive_counts(on("2024-11-30"), registry()) == {
        "late": 1, "warn": 0, "ok": 0, "check": 0, "done": 0, "total": 1, "was_late": 0,
    }  # fmt: skip
    assert reads.overdue_directives(on("2024-11-29")) == []


def test_several_tasks_go_out_together_or_not_at_all(who):
    day = dt.date(2024, 12, 20)
    with pytest.raises(Refused, match="“设立引导基金”没有写明完成时限"):
        acts.set_up_tasks(["firms", "fund"], due_on=None, by=who["clerk"], at=moment("2024-11-01"))
    assert not Case.objects.exists() and not Directive.objects.exists()
    first, second = acts.set_up_tasks(["firms", "fund"], due_on=day, by=who["chief"], at=moment("2024-11-01"))
    assert (first.case.state, first.indicator) == ("sent", "high_tech")
    assert first.requirement == "培育高新技术企业：高新技术企业4家。"
    assert (second.lead.key, second.due_on, second.supports) == ("economy_bureau", day, [])
    go(first, who, "chief:withdraw")
    (again,) = acts.set_up_tasks(["firms"], due_on=None, by=who["chief"], at=moment("2024-11-05"))
    assert again.due_on == dt.date(2025, 6, 30)  # its own day, as the plan says


def test_an_act_that_fails_in_the_middle_leaves_nothing(who):
    made, before = order(who["leader"], due="2024-11-15"), Event.objects.count()
    go(made, who, "st_office:sign", "2024-11-04")
    before = Event.objects.count()
    with pytest.raises(RuntimeError), transaction.atomic():
        acts.mark_directives(moment("2024-11-20"))
        assert SlipIssued.objects.count() == 1
        raise RuntimeError("the machine stops")
    assert (Event.objects.count(), SlipIssued.objects.count(), now(made).late_since) == (before, 0, None)
    assert [s.number for s in acts.mark_directives(moment("2024-11-20"))] == ["通〔2024〕1号"]


def test_the_eight_steps_name_actions_that_exist(who):
    known = registry().case_types[reads.KIND].actions
    assert {a for _label, by in reads.STEPS for a in by} - {"open"} <= set(known) and set(reads.UNDONE) <= set(known)


def test_the_default_term_is_data(who):
    assert reads.order_day(registry(), dt.date(2024, 11, 1)) == "2024-11-15"
