"""A process killed at any point of an act leaves the whole act or nothing of it; two acts at once take turns."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections, transaction

from quanyu.casework import acts
from quanyu.casework.models import Case, Counter, Document, Opinion
from quanyu.people.models import ChainHead, Event, Notice
from quanyu.registry.problem import Refused
from tests.casework.conftest import MONDAY, Desk, when
from tests.factories import person

Act = Callable[[], Any]


def rows() -> list[list[tuple]]:
    """Everything an act of this room can write, as it stands."""
    return [
        list(m.objects.order_by("pk").values_list())
        for m in (Case, Counter, Document, Opinion, Event, ChainHead, Notice)
    ]


def killed_at(number: int, late: bool, act: Act) -> bool:
    """Run an act in a process of its own that is killed at its nth statement, before or after it. Was it?"""
    connections.close_all()
    child = os.fork()
    if child == 0:
        seen = 0

        def count(execute, sql, params, many, context):
            nonlocal seen
            seen += 1
            if seen == number and not late:
                os.kill(os.getpid(), signal.SIGKILL)
            result = execute(sql, params, many, context)
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        try:
            with connection.execute_wrapper(count):
                act()
            os._exit(0)
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        assert os.WEXITSTATUS(status) == 0
        return False
    assert os.WTERMSIG(status) == signal.SIGKILL
    return True


def die_everywhere(act: Act) -> int:
    """Kill an act before and after each of its statements; nothing of it may be left. Then let it live."""
    before, number = rows(), 0
    for number in range(1, 200):
        if not killed_at(number, False, act):
            break
        assert rows() == before, f"before statement {number}"
        if not killed_at(number, True, act):
            break
        assert rows() == before, f"after statement {number}"
    assert rows() != before
    return number


@pytest.mark.django_db(transaction=True)
def test_opening_is_whole_or_nothing(desk: Desk):
    assert die_everywhere(desk.open) > 5
    case = Case.objects.get()
    assert (case.number, Counter.objects.get().last, Notice.objects.count()) == ("申请〔2026〕1号", 1, 1)
    assert Event.objects.get(subject=case.tag).act == "casework.open_case"


@pytest.mark.django_db(transaction=True)
def test_a_step_is_whole_or_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    case = acts.take(desk.open(), "return", by=desk.officer, at=MONDAY, note="缺图")
    again = desk.open()
    acts.ask(case, [("chief", None)], "可否？", by=desk.applicant, at=MONDAY)
    paper = SimpleUploadedFile("图.pdf", b"%PDF-1.7")
    assert die_everywhere(
        lambda: acts.take(case, "mend", by=desk.applicant, at=MONDAY, note="补上", documents=[paper])
    ) > 8  # fmt: skip
    case.refresh_from_db()
    assert (case.state, case.version, case.documents.count()) == ("submitted", 2, 1)
    assert [e.body["action"] for e in Event.objects.filter(subject=case.tag, act="casework.take")] == ["return", "mend"]
    case = acts.take(case, "accept", by=desk.officer, at=MONDAY)

    def opens_another(moment):
        acts.take(Case.objects.get(pk=again.pk), "accept", by=desk.officer, at=moment.at)

    monkeypatch.setitem(acts.cases.EFFECTS, "tiny.granted", opens_another)
    die_everywhere(lambda: acts.take(case, "grant", by=desk.reviewer, at=MONDAY))
    assert list(Case.objects.order_by("pk").values_list("state", flat=True)) == ["granted", "deciding"]
    assert Opinion.objects.get().withdrawn_at == MONDAY


@pytest.mark.django_db(transaction=True)
def test_what_was_committed_stays_when_the_process_dies_right_after(desk: Desk):
    case = desk.open()

    def act() -> None:
        with transaction.atomic():
            acts.take(case, "accept", by=desk.officer, at=MONDAY)
            transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))

    assert killed_at(10_000, False, act)
    case.refresh_from_db()
    assert (case.state, Event.objects.filter(subject=case.tag).count()) == ("deciding", 2)


def at_once(*work: Act) -> list[Any]:
    """Run these at one moment, each on its own connection; what each returned, or the sentence that refused it."""
    gate, found = threading.Barrier(len(work)), [None] * len(work)

    def run(number: int, act: Act) -> None:
        try:
            connection.ensure_connection()
            gate.wait(10)
            found[number] = act()
        except Refused as refused:
            found[number] = refused.sentence
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seen", [None, 0])
def test_of_people_acting_at_once_one_wins_and_the_others_are_told_who_and_when(desk: Desk, seen: int | None):
    case, clerks = desk.open(), [person("clerk", username=f"clerk{n}") for n in range(6)]
    for clerk in clerks:
        clerk.display_name = f"经办{clerk.username}"
        clerk.save()
    steps = ["accept", "return"] * 3
    found = at_once(*(
        lambda by=clerk, step=step: acts.take(case, step, by=by, at=when(clock="10:05"), note="已看", seen=seen)
        for clerk, step in zip(clerks, steps, strict=True)
    ))  # fmt: skip
    won = [n for n, result in enumerate(found) if isinstance(result, Case)]
    assert len(won) == 1
    did, state = ("受理", "待审批") if steps[won[0]] == "accept" else ("退回补正", "待补正")
    sentence = f"经办{clerks[won[0]].username}已于11月23日 10:05 办理“{did}”，现在是“{state}”。"
    assert [r for r in found if not isinstance(r, Case)] == [sentence] * 5
    case.refresh_from_db()
    assert (case.version, case.acted_by) == (1, clerks[won[0]])
    assert Event.objects.filter(subject=case.tag, act="casework.take").count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_numbers_given_out_at_once_have_no_gap_and_no_double(desk: Desk):
    found = at_once(*[desk.open] * 6)
    assert sorted(case.number for case in found) == [f"申请〔2026〕{n}号" for n in range(1, 7)]
    assert list(Event.objects.order_by("number").values_list("number", flat=True)) == list(
        range(1, Event.objects.count() + 1)
    )


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_opinion_is_given_once_and_the_clock_ticks_once(desk: Desk):
    case = desk.open()
    (asked,) = acts.ask(case, [("chief", None)], "可否？", by=desk.officer, at=MONDAY)
    found = at_once(*[lambda: acts.answer(asked, by=desk.reviewer, at=MONDAY, answer="agree")] * 3)
    assert sum(isinstance(r, Opinion) for r in found) == 1
    assert {r for r in found if isinstance(r, str)} == {"张虚构已于11-23 09:00答复，不能再改。"}
    ticks = at_once(*[lambda: acts.lapse(when("2026-12-01"))] * 3)
    assert sum(t["overdue"] for t in ticks) == 1
    assert Notice.objects.filter(topic="case_overdue").count() == 1
