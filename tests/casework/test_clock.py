"""What time does to a case: reminders, lapses, pauses, years not announced yet; deadlines in words."""

from __future__ import annotations

import datetime as dt

import pytest

from quanyu.casework import acts, reads
from quanyu.casework.models import Case
from quanyu.people.models import Event, Notice
from quanyu.registry.problem import Refused
from tests.casework.conftest import FILES, MONDAY, Desk, when
from tests.casework.test_acts import refused
from tests.casework.test_calendar import YEAR_2027
from tests.factories import tiny_plan

ON = MONDAY.date()


def notices(case: Case, *topics: str) -> list[tuple[str, str]]:
    return list(Notice.objects.filter(subject=case.tag, topic__in=topics).order_by("pk").values_list("topic", "line"))


def test_the_holder_is_reminded_once_and_told_once_when_it_is_late(desk: Desk):
    case = desk.open()
    assert acts.lapse(when("2026-11-25")) == {}
    assert acts.lapse(when("2026-11-26")) == {"reminded": 1}
    assert acts.lapse(when("2026-11-26", "18:00")) == acts.lapse(when("2026-11-30")) == {}
    assert acts.lapse(when("2026-12-01")) == {"overdue": 1}
    assert acts.lapse(when("2026-12-01", "23:00")) == acts.lapse(when("2026-12-20")) == {}
    title = "申请〔2026〕1号 申请一间实验室：待受理，"
    assert notices(case, "case_due", "case_overdue") == [
        ("case_due", title + "将于11月30日到期"), ("case_overdue", title + "已超过办理期限")
    ]  # fmt: skip
    assert [s.what for s in reads.history(case)] == ["发起", "到期提醒", "逾期"]
    acts.take(case, "accept", by=desk.officer, at=when("2026-12-02"))


def test_who_was_handed_the_case_is_the_one_reminded(desk: Desk):
    acts.reassign(desk.open(), desk.officer, by=desk.officer, at=MONDAY)
    acts.lapse(when("2026-11-26"))
    assert Notice.objects.get(topic="case_due").user == desk.officer


def test_a_step_lapses_by_the_clock(desk: Desk):
    case = acts.take(desk.open(), "return", by=desk.officer, at=MONDAY, note="缺章")
    assert (case.holder_role, case.holder_organisation_id, case.due_on) == (
        "contact",
        desk.ours.pk,
        dt.date(2026, 11, 26),
    )
    assert acts.lapse(when("2026-11-26", "23:59")) == {}
    assert acts.lapse(when("2026-11-27", "00:01")) == {"lapsed": 1}
    case.refresh_from_db()
    assert (case.state, case.phase, case.acted_by, case.closed_at) == (
        "refused",
        "void",
        None,
        when("2026-11-27", "00:01"),
    )
    last = Event.objects.filter(subject=case.tag).latest("pk")
    assert (last.by, last.body["action"], last.body["from"]) == (None, "expire", "mending")
    assert acts.lapse(when("2026-11-28")) == {}


def test_one_case_that_fails_does_not_stop_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog):
    first, _second = (acts.take(desk.open(), "return", by=desk.officer, at=MONDAY, note="缺章") for _ in range(2))
    take = acts.clock.take

    def fails(case, *args, **kwargs):
        if case.pk == first.pk:
            raise RuntimeError("a bug in a hook")
        return take(case, *args, **kwargs)

    monkeypatch.setattr(acts.clock, "take", fails)
    assert acts.lapse(when("2026-11-27")) == {"failed": 1, "lapsed": 1}
    assert f"_look({first.pk}, " in caplog.text
    monkeypatch.undo()
    assert acts.lapse(when("2026-11-27")) == {"lapsed": 1}


def test_a_reason_against_the_lapse_leaves_the_case_overdue(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    case = acts.take(desk.open(), "return", by=desk.officer, at=MONDAY, note="缺章")

    def refuses(*args, **kwargs):
        raise Refused("账还没有结清。")

    monkeypatch.setattr(acts.clock, "take", refuses)
    assert acts.lapse(when("2026-11-27")) == {"overdue": 1}
    assert acts.lapse(when("2026-11-30")) == {}
    assert Case.objects.get(pk=case.pk).state == "mending"


def test_working_days_stood_are_added_to_the_deadline(desk: Desk):
    case = acts.pause(desk.open(), by=desk.officer, at=when("2026-11-25"), note="等待补证")
    assert reads.deadline(case, dt.date(2026, 11, 26)) == "自11月25日起暂停计时"
    assert acts.lapse(when("2026-12-04")) == {}
    case = acts.resume(case, by=desk.officer, at=when("2026-12-03"))  # Thu 26, Fri 27, Mon–Thu: six days
    assert (case.stood, case.due_on, case.clock_on) == (6, dt.date(2026, 12, 8), dt.date(2026, 12, 4))
    case = acts.resume(acts.pause(case, by=desk.officer, at=when("2026-12-05"), note="再等"), by=desk.officer,
                       at=when("2026-12-07"))  # fmt: skip
    assert (case.stood, case.due_on) == (7, dt.date(2026, 12, 9))
    case = acts.take(case, "accept", by=desk.officer, at=when("2026-12-07"))
    assert (case.stood, case.due_on) == (0, dt.date(2026, 12, 21))


def test_an_agreed_day_moves_with_the_pause_and_stays_moved(desk: Desk):
    helper = {"helper": ("contact", desk.theirs.pk)}
    case = acts.take(desk.open(), "pass", by=desk.officer, at=MONDAY, form={"until": "2026-12-15"}, parties=helper)
    case = acts.pause(case, by=desk.officer, at=MONDAY, note="停电")
    case = acts.resume(case, by=desk.officer, at=when("2026-11-25"))
    assert (case.due_on, case.agreed_on) == (dt.date(2026, 12, 17), dt.date(2026, 12, 15))
    case = acts.take(case, "help", by=desk.outsider, at=when("2026-11-26"), note="已办")
    assert case.agreed_on == dt.date(2026, 12, 17)


def test_pausing_is_refused_in_one_sentence(desk: Desk):
    case = desk.open()

    def no(by=desk.officer, at=MONDAY, note="等"):
        return refused(case, by=by, at=at, note=note, call=acts.pause)

    assert no(by=desk.applicant) == "暂停和恢复计时由经办办理。"
    assert no(note=" ") == "暂停计时须写明理由。"
    assert no(at=when("2026-12-01")) == "办理期限已过，不能再暂停计时。"
    assert refused(case, by=desk.officer, at=MONDAY, call=acts.resume) == "计时没有暂停。"
    acts.pause(case, by=desk.officer, at=MONDAY, note="等")
    assert no() == "计时已经暂停。"


def test_a_deadline_in_a_year_not_announced_is_said_and_filled_in_later(desk: Desk, tmp_path):
    case = desk.open(at=when("2026-12-29"))
    assert (case.due_on, case.awaits_year, case.clock_on) == (None, 2027, None)
    assert reads.deadline(case, dt.date(2026, 12, 30)) == "2027年节假日安排尚未公布，期限待定"
    asked = acts.ask(case, [("chief", None)], "可否？", by=desk.officer, at=when("2026-12-29"), within=6)[0]
    assert (asked.due_on, asked.awaits_year) == (None, 2027)
    assert acts.lapse(when("2026-12-30")) == {}
    assert refused(
        acts.pause(case, by=desk.officer, at=when("2026-12-30"), note="等"), by=desk.officer, at=when("2027-01-06"),
        call=acts.resume,
    ) == "2027年的节假日安排尚未公布，算不出停了几个工作日。"  # fmt: skip
    tiny_plan(tmp_path / "packages", FILES | {"tiny/holidays/y2027.yaml": YEAR_2027}, at=when("2026-12-31"))
    case = acts.resume(case, by=desk.officer, at=when("2026-12-31"))
    acts.lapse(when("2026-12-31"))
    case.refresh_from_db(), asked.refresh_from_db()
    assert (case.due_on, case.awaits_year) == (dt.date(2027, 1, 6), None)
    assert (asked.due_on, asked.awaits_year) == (dt.date(2027, 1, 6), None)


def test_the_clock_fills_in_a_deadline_once_the_year_is_announced(desk: Desk, tmp_path):
    case = desk.open(at=when("2026-12-29"))
    tiny_plan(tmp_path / "packages", FILES | {"tiny/holidays/y2027.yaml": YEAR_2027}, at=when("2026-12-31"))
    assert acts.lapse(when("2026-12-31")) == {"filled": 1}
    case.refresh_from_db()
    assert (case.due_on, case.clock_on) == (dt.date(2027, 1, 5), dt.date(2027, 1, 3))
    assert acts.lapse(when("2026-12-31")) == {}


@pytest.mark.parametrize(
    ("on", "words"),
    [
        ("2026-11-23", "11月30日（周一，剩 5 个工作日）"),
        ("2026-11-28", "11月30日（周一，剩 1 个工作日）"),
        ("2026-11-30", "11月30日（周一，今天到期）"),
        ("2026-12-02", "11月30日（周一，已逾期 2 个工作日）"),
        ("2027-03-01", "2026年11月30日（周一，已逾期）"),
    ],
)
def test_a_deadline_in_words(desk: Desk, on: str, words: str):
    assert reads.deadline(desk.open(), dt.date.fromisoformat(on)) == words


def test_an_agreed_day_in_a_year_not_announced(desk: Desk):
    helper = {"helper": ("contact", desk.theirs.pk)}
    case = acts.take(desk.open(), "pass", by=desk.officer, at=MONDAY, form={"until": "2027-02-01"}, parties=helper)
    assert (case.due_on, case.awaits_year, case.clock_on) == (dt.date(2027, 2, 1), 2027, dt.date(2027, 2, 2))
    assert reads.deadline(case, ON) == "2027年2月1日（周一，还有 70 天）"


def test_a_closed_case_has_no_deadline(desk: Desk):
    case = acts.take(desk.open(), "withdraw", by=desk.applicant, at=MONDAY)
    assert reads.deadline(case, ON) == ""
