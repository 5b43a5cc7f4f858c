"""Opening cases and taking their steps, by the four people; what is refused, in which words."""

from __future__ import annotations

import datetime as dt

import pytest

from quanyu.casework import acts, reads
from quanyu.casework.models import Case
from quanyu.people import acts as people
from quanyu.people.models import Event, Notice
from quanyu.registry.problem import Refused
from tests.casework.conftest import MONDAY, Desk, when
from tests.factories import person

ON = MONDAY.date()


def refused(*args, call=acts.take, **kwargs) -> str:
    with pytest.raises(Refused) as found:
        call(*args, **kwargs)
    return found.value.sentence


def told(case: Case) -> list[tuple[str, str, str, int | None, str]]:
    """The notices of a case: topic, to whom, role, organisation, line."""
    return [(n.topic, n.user.username if n.user else "", n.role, n.organisation_id, n.line) for n in
            Notice.objects.filter(subject=case.tag).order_by("pk")]  # fmt: skip


def bodies(case: Case) -> list[dict]:
    return [e.body for e in Event.objects.filter(subject=case.tag).order_by("pk")]


def test_opening_numbers_the_case_says_whose_turn_it_is_and_until_when(desk: Desk):
    case = desk.open()
    assert (case.number, case.state, case.phase, case.version) == ("申请〔2026〕1号", "submitted", "review", 0)
    assert (case.holder_role, case.holder_organisation_id, case.holder_id) == ("clerk", None, None)
    assert (case.due_on, case.clock_on) == (dt.date(2026, 11, 30), dt.date(2026, 11, 26))
    assert told(case) == [("case_arrived", "", "clerk", None, "申请〔2026〕1号 申请一间实验室：待受理，11月30日前办理")]
    assert bodies(case) == [
        {"type": "tiny.request", "state": "submitted", "title": "申请一间实验室", "form": {"amount": "80"},
         "parties": {"applicant": ["contact", desk.ours.pk], "desk": ["clerk", None], "chief": ["chief", None]},
         "due": "2026-11-30"}
    ]  # fmt: skip
    assert desk.open().number == "申请〔2026〕2号"
    assert desk.open(at=when("2027-01-04")).number == "申请〔2027〕1号"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": "  "}, "事项名称应为 1 至 300 字，现在是 0 字。"),
        ({"title": "长" * 301}, "事项名称应为 1 至 300 字，现在是 301 字。"),
        ({"form": {}}, "“金额”没有填。"),
        ({"form": {"amount": "八十"}}, "“金额”应是数，现在是“八十”。"),
        ({"form": {"amount": "0.5"}}, "“金额”应不小于 1、不大于 500，现在是 0.5。"),
        ({"form": {"amount": "1e3"}}, "“金额”应是数，现在是“1e3”。"),
        ({"form": {"amount": "5", "kind": "old"}}, "“类别”没有“old”这个选项。"),
        ({"form": {"amount": "5", "people": "2.5"}}, "“人数”应是整数，现在是“2.5”。"),
        ({"parties": {}}, "还没有指明“申请单位”由谁担任。"),
        ({"agreed_on": dt.date(2026, 11, 20)}, "办理期限 2026-11-20 早于今天。"),
    ],
)
def test_opening_is_refused_in_one_sentence(desk: Desk, fields: dict, sentence: str):
    assert refused(call=desk.open, **fields) == sentence
    assert (Case.objects.count(), Event.objects.filter(act__startswith="casework").count()) == (0, 0)


def test_only_the_party_that_opens_may_open_and_for_its_own_organisation(desk: Desk):
    assert refused(call=desk.open, by=desk.officer) == "“申请”由申请单位发起。"
    assert refused(call=desk.open, by=desk.outsider) == "“申请”由申请单位发起。"
    assert refused("tiny.nothing", title="x", by=None, at=MONDAY, call=acts.open_case) == (
        "没有名为“tiny.nothing”的事项类型。"
    )
    assert desk.open(by=None).opened_by is None


def test_numbers_are_kept_plain(desk: Desk):
    case = desk.open(form={"amount": "１,２00".replace("１,２00", "１２0.50"), "people": "", "kind": "more"})
    assert case.form == {"amount": "120.50", "kind": "more"}


def test_a_case_runs_its_course(desk: Desk):
    case = acts.take(desk.open(), "accept", by=desk.officer, at=when("2026-11-24"), note=" 材料齐全 ")
    assert (case.state, case.holder_role, case.version) == ("deciding", "chief", 1)
    assert case.due_on == dt.date(2026, 12, 8)
    case = acts.take(case, "grant", by=desk.reviewer, at=when("2026-11-25"))
    assert (case.state, case.phase, case.closed_at, case.due_on) == ("granted", "done", when("2026-11-25"), None)
    assert (case.holder_role, case.clock_on) == ("", None)
    assert [(m.case.pk, m.action, m.by) for m in desk.seen] == [(case.pk, "grant", desk.reviewer)]
    assert told(case)[1:] == [
        ("case_arrived", "", "chief", None, "申请〔2026〕1号 申请一间实验室：待审批，12月8日前办理"),
        ("case_closed", "applicant", "", None, "申请〔2026〕1号 申请一间实验室：已批准"),
    ]
    assert bodies(case)[1:] == [
        {"action": "accept", "from": "submitted", "to": "deciding", "note": "材料齐全", "form": {}, "due": "2026-12-08",
         "documents": [], "parties": {}},
        {"action": "grant", "from": "deciding", "to": "granted", "note": "", "form": {}, "due": None,
         "documents": [], "parties": {}},
    ]  # fmt: skip
    assert [(s.what, s.state, s.note, str(s.by)) for s in reads.history(case)] == [
        ("发起", "待受理", "", "张虚构"),
        ("受理", "待审批", "材料齐全", "张虚构"),
        ("批准", "已批准", "", "张虚构"),
    ]


@pytest.mark.parametrize(
    ("who", "action", "sentence"),
    [
        ("applicant", "accept", "受理由经办办理。"),
        ("reviewer", "accept", "受理由经办办理。"),
        ("outsider", "withdraw", "撤回由申请单位办理。"),
        ("officer", "grant", "现在是“待受理”，不能批准。"),
        ("officer", "expire", "现在是“待受理”，不能逾期未补正。"),
        ("officer", "dance", "“申请”没有“dance”这一步。"),
        ("officer", "return", "退回补正须写明理由或说明。"),
        ("officer", "pass", "“办到哪天”没有填。"),
    ],
)
def test_a_step_is_refused_in_one_sentence(desk: Desk, who: str, action: str, sentence: str):
    case = desk.open()
    assert refused(case, action, by=getattr(desk, who), at=MONDAY) == sentence
    case.refresh_from_db()
    assert (case.state, case.version, len(bodies(case))) == ("submitted", 0, 1)


def test_the_sentence_that_greys_a_button_refuses_the_act(desk: Desk):
    case = acts.take(desk.open(), "accept", by=desk.officer, at=MONDAY)
    desk.full = "本月名额已满，下月 1 日起可批。"
    assert [(a.key, why) for a, why in reads.actions(case, desk.reviewer, ON)] == [("grant", desk.full), ("refuse", "")]
    assert refused(case, "grant", by=desk.reviewer, at=MONDAY) == desk.full
    assert [(a.key, why) for a, why in reads.actions(case, desk.officer, ON)] == [
        ("grant", "批准由负责人办理。"), ("refuse", "不批准由负责人办理。")
    ]  # fmt: skip


def test_what_an_effect_raises_undoes_the_whole_act(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    case = acts.take(desk.open(), "accept", by=desk.officer, at=MONDAY)

    def spend(moment):
        desk.open(by=None)
        raise Refused("账上没有钱。")

    monkeypatch.setitem(acts.cases.EFFECTS, "tiny.granted", spend)
    assert refused(case, "grant", by=desk.reviewer, at=MONDAY) == "账上没有钱。"
    case.refresh_from_db()
    assert (case.state, case.version, len(bodies(case)), Case.objects.count()) == ("deciding", 1, 2, 1)


def test_a_step_says_who_sits_where_and_which_day_is_agreed(desk: Desk):
    case = desk.open()
    assert refused(case, "pass", by=desk.officer, at=MONDAY, form={"until": "2026-12-15"}) == (
        "还没有指明“协办单位”由谁担任。"
    )
    early = {"until": "2026-11-20"}
    seat = {"helper": ("contact", desk.theirs.pk)}
    assert (
        refused(case, "pass", by=desk.officer, at=MONDAY, form=early, parties=seat) == "办理期限 2026-11-20 早于今天。"
    )
    case = acts.take(case, "pass", by=desk.officer, at=MONDAY, form={"until": "2026-12-15"}, parties=seat)
    assert (case.holder_role, case.holder_organisation_id, case.due_on) == (
        "contact",
        desk.theirs.pk,
        dt.date(2026, 12, 15),
    )
    assert case.clock_on == dt.date(2026, 12, 14)
    assert list(reads.inbox(desk.outsider, ON)) == [case]
    assert list(reads.inbox(desk.applicant, ON)) == []
    assert reads.may_see(case, desk.outsider, ON)
    case = acts.take(case, "extend", by=desk.officer, at=MONDAY, form={"until": "2026-12-21"})
    assert (case.state, case.due_on, case.holder_organisation_id) == ("helping", dt.date(2026, 12, 21), desk.theirs.pk)


def test_somebody_who_acted_since_is_named(desk: Desk):
    case = desk.open()
    seen = Case.objects.get(pk=case.pk)
    acts.take(case, "accept", by=desk.officer, at=when(clock="10:05"))
    sentence = "张虚构已于11月23日 10:05 办理“受理”，现在是“待审批”。"
    assert refused(seen, "return", by=desk.officer, at=when(clock="10:06"), note="缺章", seen=0) == sentence
    assert refused(seen, "return", by=desk.officer, at=when(clock="10:06"), note="缺章") == sentence


def test_who_may_look(desk: Desk):
    case = desk.open()
    clerk = person("clerk", desk.theirs, username="elsewhere")
    seen = {u.username: reads.may_see(case, u, ON) for u in
            (desk.applicant, desk.officer, desk.reviewer, desk.outsider, clerk, person(username="nobody"))}  # fmt: skip
    assert seen == {
        "applicant": True,
        "officer": True,
        "reviewer": True,
        "outsider": False,
        "elsewhere": True,
        "nobody": False,
    }
    assert reads.may_see(case, desk.outsider, ON, everywhere=True)


def test_remarks_are_events_by_those_who_may_look(desk: Desk):
    case = desk.open()
    acts.comment(case, " 请附平面图 ", by=desk.reviewer, at=MONDAY)
    assert [(s.what, s.note, s.state) for s in reads.history(case)][1:] == [("留言", "请附平面图", "")]
    assert (
        refused(case, "我也想看", by=desk.outsider, at=MONDAY, call=acts.comment)
        == "只有办理或参与本事项的人才能留言。"
    )
    assert refused(case, "", by=desk.officer, at=MONDAY, call=acts.comment) == "留言应为 1 至 2000 字，现在是 0 字。"
    acts.take(case, "withdraw", by=desk.applicant, at=MONDAY)
    assert (
        refused(case, "晚了", by=desk.officer, at=MONDAY, call=acts.comment) == "“申请一间实验室”已办结，不能再改动。"
    )


def test_handing_to_one_person_makes_it_theirs_alone(desk: Desk):
    case, second = desk.open(), person("clerk", username="second")
    assert refused(case, second, by=desk.applicant, at=MONDAY, call=acts.reassign) == "转交由现在承办的岗位办理。"
    assert refused(case, desk.applicant, by=desk.officer, at=MONDAY, call=acts.reassign) == (
        "张虚构不在承办岗位上，不能转交。"
    )
    case = acts.reassign(case, second, by=desk.officer, at=MONDAY, note="你熟")
    assert (list(reads.inbox(desk.officer, ON)), list(reads.inbox(second, ON))) == ([], [case])
    assert refused(case, "accept", by=desk.officer, at=MONDAY) == "受理由经办张虚构办理。"
    assert told(case)[-1] == ("case_arrived", "second", "", None, "申请〔2026〕1号 申请一间实验室：张虚构转交给您")
    case = acts.reassign(case, None, by=desk.reviewer, at=MONDAY)
    assert list(reads.inbox(desk.officer, ON)) == [case]
    case = acts.reassign(case, second, by=desk.officer, at=MONDAY)
    acts.take(case, "accept", by=second, at=MONDAY)


def test_who_lost_the_post_cannot_act_on_what_was_handed_to_them(desk: Desk):
    case, second = desk.open(), person("clerk", username="second")
    case = acts.reassign(case, second, by=desk.officer, at=MONDAY)
    people.end_post(second.posts.get(), dt.date(2026, 11, 24), by=None, at=MONDAY)
    assert refused(case, "accept", by=second, at=when("2026-11-24")) == "受理由经办张虚构办理。"
    case.refresh_from_db()
    acts.reassign(case, desk.officer, by=desk.officer, at=when("2026-11-24"))
    acts.take(case, "accept", by=desk.officer, at=when("2026-11-24"))


def test_standing_in_for_somebody(desk: Desk):
    case, second = desk.open(), person("statistics", username="second")
    assert reads.why_not(case, "accept", second, ON) == "受理由经办办理。"
    made = acts.delegate(desk.officer, second, from_on=ON, to_on=dt.date(2026, 11, 26), by=desk.officer, at=MONDAY)
    assert list(reads.inbox(second, ON)) == [case]
    assert list(reads.inbox(second, dt.date(2026, 11, 26))) == []
    third = person("statistics", username="third")
    acts.delegate(second, third, from_on=ON, to_on=None, by=second, at=MONDAY)
    assert list(reads.inbox(third, ON)) == []
    acts.take(case, "accept", by=second, at=MONDAY)
    assert Event.objects.get(subject=case.tag, act="casework.take").by == second
    acts.end_delegation(made, by=second, at=MONDAY)
    assert list(reads.inbox(second, ON)) == []
    assert refused(made, by=desk.officer, at=MONDAY, call=acts.end_delegation) == "这项委托已经结束。"


def test_delegation_is_arranged_by_oneself_or_the_administrator_and_stays_inside(desk: Desk):
    second, admin = person("statistics", username="second"), person("administrator", username="admin")

    def no(giver, taker, by, from_on=ON, to_on=None):
        return refused(giver, taker, from_on=from_on, to_on=to_on, by=by, at=MONDAY, call=acts.delegate)

    assert no(desk.officer, second, desk.reviewer) == "委托由本人或系统管理员办理。"
    assert no(desk.officer, desk.officer, desk.officer) == "不能委托给本人。"
    assert no(desk.officer, desk.outsider, desk.officer) == "张虚构没有任职，或不在张虚构的单位，不能代办。"
    assert no(desk.officer, person(username="idle"), desk.officer) == "张虚构没有任职，或不在张虚构的单位，不能代办。"
    assert no(desk.officer, second, desk.officer, to_on=ON) == "委托的结束日 2026-11-23 须晚于开始日和今天。"
    acts.delegate(desk.officer, second, from_on=ON, to_on=None, by=admin, at=MONDAY)
    assert no(desk.officer, second, desk.officer) == "张虚构在这段时间已经代张虚构办理。"
    colleague = person("contact", desk.ours, username="colleague")
    acts.delegate(desk.applicant, colleague, from_on=ON, to_on=None, by=desk.applicant, at=MONDAY)
    assert [n.user.username for n in Notice.objects.filter(topic="delegated").order_by("pk")] == ["second", "colleague"]


def test_the_inbox_shows_what_is_due_first_and_what_has_no_day_last(desk: Desk):
    late, soon = desk.open(at=when("2026-11-02")), desk.open()
    waiting = desk.open(at=when("2026-12-29"))
    assert (waiting.due_on, waiting.awaits_year) == (None, 2027)
    assert list(reads.inbox(desk.officer, ON)) == [late, soon, waiting]
