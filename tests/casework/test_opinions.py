"""Asking others in a case: who may ask, who may answer, who may read what when."""

from __future__ import annotations

import datetime as dt

from quanyu.casework import acts, reads
from quanyu.casework.models import Case, Opinion
from quanyu.people.models import Event, Notice, User
from tests.casework.conftest import MONDAY, Desk, when
from tests.casework.test_acts import refused
from tests.factories import person

ON = MONDAY.date()


def ask(case: Case, desk: Desk, asked, **fields) -> list[Opinion]:
    return acts.ask(case, asked, "可否同意？", **({"by": desk.officer, "at": MONDAY, "within": 3} | fields))


def read(case: Case, user: User) -> list[tuple[str, bool]]:
    return [(o.text, seen) for o, seen in reads.opinions(Case.objects.get(pk=case.pk), user, ON)]


def test_seats_and_persons_are_asked_and_answer_once(desk: Desk):
    case, expert = desk.open(), person("statistics", username="expert")
    seat, one = ask(case, desk, [("contact", desk.theirs.pk), expert, expert])
    assert (seat.due_on, one.person) == (dt.date(2026, 11, 26), expert)
    assert [list(reads.awaited_opinions(u, ON)) for u in (desk.outsider, expert, desk.applicant)] == [[seat], [one], []]
    assert reads.may_see(case, desk.outsider, ON)
    assert refused(one, by=desk.outsider, at=MONDAY, answer="agree", call=acts.answer) == (
        "这项意见没有征求您或您所在的岗位。"
    )
    assert refused(seat, by=desk.outsider, at=MONDAY, answer="object", call=acts.answer) == "不同意须写明理由。"
    assert refused(seat, by=desk.outsider, at=MONDAY, answer="maybe", call=acts.answer) == "请选择答复意见。"
    given = acts.answer(seat, by=desk.outsider, at=MONDAY, answer="object", text="场地不够", form={"score": "60"})
    assert (given.answer, given.text, given.form, given.answered_by) == (
        "object",
        "场地不够",
        {"score": "60"},
        desk.outsider,
    )
    assert refused(seat, by=desk.outsider, at=MONDAY, answer="agree", call=acts.answer) == (
        "张虚构已于11-23 09:00答复，不能再改。"
    )
    assert Notice.objects.filter(topic="opinions_in").count() == 0
    acts.answer(one, by=expert, at=MONDAY, answer="agree")
    assert [(n.role, n.line) for n in Notice.objects.filter(topic="opinions_in")] == [
        ("clerk", "申请〔2026〕1号 申请一间实验室：征求的意见已全部答复")
    ]
    assert [n.line for n in Notice.objects.filter(topic="opinion_asked")] == [
        "申请〔2026〕1号 申请一间实验室：征求您的意见，11月26日前答复"
    ] * 2


def test_whose_turn_it_is_may_ask_and_the_hooks_of_an_act_in_progress(desk: Desk, monkeypatch):
    case = desk.open()
    assert refused(case, [("chief", None)], "？", by=desk.reviewer, at=MONDAY, call=acts.ask) == (
        "征求意见由现在承办的一方办理。"
    )
    assert refused(case, [], "可否？", by=desk.officer, at=MONDAY, call=acts.ask) == "没有新的征求对象。"
    assert refused(case, [("chief", None)], " ", by=desk.officer, at=MONDAY, call=acts.ask) == (
        "要问的话应为 1 至 300 字，现在是 0 字。"
    )
    ask(case, desk, [("chief", None)])
    assert refused(case, [("chief", None)], "可否？", by=desk.officer, at=MONDAY, call=acts.ask) == "没有新的征求对象。"
    acts.take(case, "return", by=desk.officer, at=when(clock="10:00"), note="缺章")
    held = Case.objects.get(pk=case.pk)
    acts.ask(held, [("statistics", None)], "核数", by=desk.officer, at=when(clock="10:00"))
    assert refused(held, [("statistics", 1)], "核数", by=desk.officer, at=when(clock="10:01"), call=acts.ask) == (
        "征求意见由现在承办的一方办理。"
    )


def test_independent_opinions_stay_with_their_authors_until_all_are_in(desk: Desk):
    case, a, b, c = desk.open(), *(person("statistics", username=name) for name in "abc")
    one, two, three = ask(case, desk, [a, b, c], open=False)
    acts.answer(one, by=a, at=MONDAY, answer="agree", text="好")
    acts.answer(two, by=b, at=MONDAY, answer="object", text="差")
    assert read(case, a) == [("好", True), ("差", False), ("", False)]
    assert read(case, desk.officer) == [("好", False), ("差", False), ("", False)]
    body = Event.objects.latest("pk").body
    assert set(body) == {"opinion", "sealed"} and len(body["sealed"]) == 64
    acts.recall(three, by=desk.officer, at=MONDAY)
    assert read(case, desk.officer) == [("好", True), ("差", True), ("", True)]
    assert refused(three, by=c, at=MONDAY, answer="agree", call=acts.answer) == "这项征求意见已撤回，不必再答复。"


def test_open_opinions_are_read_as_they_come(desk: Desk):
    case, a, b = desk.open(), *(person("statistics", username=name) for name in "ab")
    one, _two = ask(case, desk, [a, b])
    acts.answer(one, by=a, at=MONDAY, answer="agree", text="好")
    assert read(case, b)[0] == ("好", True)


def test_closing_withdraws_what_is_still_awaited(desk: Desk):
    case, a = desk.open(), person("statistics", username="a")
    (one,) = ask(case, desk, [a], open=False)
    acts.take(case, "withdraw", by=desk.applicant, at=MONDAY)
    one.refresh_from_db()
    assert one.withdrawn_at == MONDAY
    assert list(reads.awaited_opinions(a, ON)) == []
    assert refused(one, by=a, at=MONDAY, answer="agree", call=acts.answer) == "“申请一间实验室”已办结，不能再改动。"


def test_who_stands_in_answers_too(desk: Desk):
    case, a, b = desk.open(), *(person("statistics", username=name) for name in "ab")
    (one,) = ask(case, desk, [a])
    assert not reads.may_see(case, b, ON)
    acts.delegate(a, b, from_on=ON, to_on=None, by=a, at=MONDAY)
    assert list(reads.awaited_opinions(b, ON)) == [one]
    assert reads.may_see(case, b, ON)
    assert acts.answer(one, by=b, at=MONDAY, answer="done").answered_by == b
