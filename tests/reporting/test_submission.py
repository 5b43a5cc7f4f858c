"""Handing in, confirming, sending back, taking back."""

import datetime as dt

import pytest
from django.core.signing import Signer
from django.db import connection
from django.urls import reverse

from quanyu.bureaus.reporting.acts import submission as acts
from quanyu.bureaus.reporting.models import Draft, Submission
from quanyu.bureaus.reporting.reads import submission as reads
from quanyu.casework.models import Case
from quanyu.facts import reads as facts
from quanyu.facts.acts import WrongCells
from quanyu.facts.models import Report
from quanyu.people.acts import disable_user
from quanyu.people.models import Event, Notice
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.facts.desk import good, moment
from tests.people.test_together import together
from tests.reporting.handin import AT, MONTH, TOMORROW, a_firm, again, close, definitions, file, hand_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(db):
    definitions()
    return a_firm()


def on_file(at_firm, period=MONTH):
    report = facts.current("qy101", at_firm.firm, period)
    return report and (report.cells["revenue"], report.source, report.reason, report.filed_by, report.late)


def events(submission):
    return [e.act for e in Event.objects.filter(subject=reads.tag(submission))]


def test_what_is_handed_in_waits_for_the_person_responsible_and_counts_when_they_confirm(here):
    made = hand_in(here)
    assert (made.state, made.number, made.content[""]["rd_expense"], on_file(here)) == (
        "awaiting", f"QY101-2026-10-{here.firm.pk:06d}-1", 800, None,
    )  # fmt: skip
    (notice,) = Notice.objects.filter(topic="reporting.confirm")
    assert (notice.user, notice.link) == (here.owner, reads.confirm_path(made, here.owner))
    held = acts.confirm(made, here.owner, TOMORROW)
    assert (held.state, held.confirmed_by, held.confirmed_at) == ("filed", here.owner, TOMORROW)
    assert on_file(here) == (10000, made.number, "", here.owner, False)
    told = Notice.objects.get(topic="reporting.filed")
    assert (told.user, told.line) == (
        here.statistician, f"2026年10月《企业研发活动月报》已报，回执号 {made.number}",
    )  # fmt: skip
    assert events(made) == ["reporting.submit", "reporting.confirm"]


def test_the_same_content_again_is_the_same_submission_and_a_second_tap_the_same_confirmation(here):
    first, second = hand_in(here), hand_in(here, at=TOMORROW)
    assert (first, Submission.objects.count(), Notice.objects.count()) == (second, 1, 1)
    acts.confirm(first, here.owner, TOMORROW)
    assert acts.confirm(first, here.owner, TOMORROW + dt.timedelta(1)).confirmed_at == TOMORROW
    assert (hand_in(here, at=TOMORROW), Report.objects.count()) == (first, 1)
    assert events(first) == ["reporting.submit", "reporting.confirm"]


def test_wrong_cells_are_refused_and_odd_ones_want_a_word(here):
    with pytest.raises(WrongCells, match="全职人员"):
        hand_in(here, rd_fulltime=99)
    with pytest.raises(Refused, match="研究开发费用合计") as refused:
        hand_in(here, revenue=700, new_product_revenue=0, hightech_revenue=0)
    assert refused.value.hint == "核实性问题须逐条说明情况后再报送。"
    assert Submission.objects.count() == 0
    made = hand_in(here, revenue=700, new_product_revenue=0, hightech_revenue=0, notes={"QY101-11": "集中投入"})
    assert (made.state, made.notes) == ("awaiting", {"QY101-11": "集中投入"})


def test_another_content_replaces_what_waits_and_corrects_what_is_filed_for_a_reason(here):
    first = hand_in(here)
    second = hand_in(here, at=TOMORROW, revenue=11000)
    assert (again(first).state, second.state, second.number[-1]) == ("superseded", "awaiting", "2")
    acts.confirm(second, here.owner, TOMORROW)
    with pytest.raises(Refused, match="已经报过，与这次不同"):
        hand_in(here, at=TOMORROW, revenue=12000)
    third = hand_in(here, at=TOMORROW, revenue=12000, reason="漏计一笔")
    assert (on_file(here)[0], again(second).state) == (11000, "filed")
    acts.confirm(third, here.owner, TOMORROW + dt.timedelta(hours=1))
    assert on_file(here) == (12000, third.number, "漏计一笔", here.owner, False)
    assert (again(second).state, again(second).ended_why) == ("superseded", "漏计一笔")


def test_who_answers_may_send_it_back_and_says_why(here):
    made = hand_in(here)
    with pytest.raises(Refused, match="须写明原因"):
        acts.decline(made, here.owner, TOMORROW, "  ")
    held = acts.decline(made, here.owner, TOMORROW, "收入不对")
    assert (held.state, held.ended_by, held.ended_why, on_file(here)) == ("declined", here.owner, "收入不对", None)
    told = Notice.objects.get(topic="reporting.returned")
    assert (told.user, told.line, told.link) == (
        here.statistician, "2026年10月《企业研发活动月报》负责人退回：收入不对",
        reverse("fill", args=[here.firm.pk, "qy101", MONTH]),
    )  # fmt: skip
    with pytest.raises(Refused, match="未确认"):
        acts.confirm(made, here.owner, TOMORROW)
    assert hand_in(here, at=TOMORROW).pk != made.pk


def test_a_firm_takes_its_report_back_while_the_window_is_open_and_files_again(here):
    made = file(here)
    with pytest.raises(Refused, match="撤回须写明原因"):
        acts.withdraw(made, here.statistician, TOMORROW, "")
    held = acts.withdraw(made, here.statistician, TOMORROW, "填错表")
    assert (held.state, on_file(here)) == ("withdrawn", None)
    later = hand_in(here, at=TOMORROW + dt.timedelta(hours=1), revenue=12000)
    acts.confirm(later, here.owner, TOMORROW + dt.timedelta(hours=2))
    assert on_file(here) == (12000, later.number, "重报：填错表", here.owner, False)
    close()
    with pytest.raises(Refused, match="截止"):
        acts.withdraw(later, here.statistician, TOMORROW + dt.timedelta(days=20), "又错")
    assert on_file(here)[0] == 12000


def test_the_office_gives_a_report_back_with_its_cells_in_the_draft(here):
    made, clerk = file(here), None
    held = acts.give_back(made, clerk, TOMORROW, "研发人员与工资不符")
    assert (held.state, on_file(here)) == ("returned", None)
    draft = Draft.objects.get()
    assert (draft.cells["revenue"], "rd_expense" in draft.cells) == ("10000", False)
    told = Notice.objects.get(topic="reporting.returned")
    assert (told.user, told.line) == (
        here.statistician, "2026年10月《企业研发活动月报》科技办退回：研发人员与工资不符",
    )  # fmt: skip


def test_nothing_is_handed_in_after_the_window_without_a_correction(here):
    close()
    with pytest.raises(Refused, match="已经截止"):
        hand_in(here, at=moment("2026-11-20"))
    with pytest.raises(Refused) as refused:
        hand_in(here, at=moment("2026-11-20"), correction=True, reason="忘了报")
    assert refused.value.hint == "没有在册的报表，无从更正。"
    assert (Submission.objects.count(), Case.objects.count()) == (0, 0)


def test_a_report_is_late_by_the_day_of_the_window(here):
    held = close(state="open")
    assert file(here, at=moment("2026-11-15 23:00")).state == "filed"
    held.due_on = dt.date(2026, 11, 10)
    held.save()
    other = a_firm(2)
    file(other, at=moment("2026-11-15 23:00"))
    assert (on_file(here)[4], on_file(other)[4]) == (False, True)


def test_a_form_of_many_lines_files_each_and_withdraws_what_is_gone(here):
    known = registry()
    form = known.form("qy107_1", "2025")

    def line(name):
        return {
            "project_name": name, "project_source": "1", "project_mode": "10", "outcome": "9", "objective": "3",
            "started": "2025-01", "finished": "2025-12", "project_staff": 3, "project_months": 30,
            "project_expense": 300, "project_gov_funded": 0,
        }  # fmt: skip

    rows = {"1": line("高压变频控制器的研究"), "2": line("稀土永磁体晶界扩散")}
    codes, given = dict.fromkeys(known.edits, "已核对"), {"by": here.statistician}
    made = acts.submit(known, form, here.firm, "2025", content=rows, notes=codes, at=AT, **given)
    acts.confirm(made, here.owner, AT)
    assert set(facts.filed("qy107_1", "2025").values_list("line", flat=True)) == {"1", "2"}
    fewer = acts.submit(
        known, form, here.firm, "2025", content={"1": rows["1"]}, notes=codes, reason="项目二撤销", at=TOMORROW, **given
    )
    acts.confirm(fewer, here.owner, TOMORROW)
    assert set(facts.filed("qy107_1", "2025").values_list("line", flat=True)) == {"1"}
    assert (again(made).state, again(fewer).state) == ("superseded", "filed")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_desks_at_one_moment_make_one_submission_and_one_report():
    definitions()
    here = a_firm()
    made = together(lambda: hand_in(here), times=6)
    assert {s.pk for s in made} == {Submission.objects.get().pk}
    assert Event.objects.filter(act="reporting.submit").count() == 1
    done = together(lambda: acts.confirm(made[0], here.owner, TOMORROW), times=6)
    assert {s.state for s in done} == {"filed"}
    assert (Report.objects.count(), Event.objects.filter(act="reporting.confirm").count()) == (1, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_confirming_and_sending_back_at_one_moment_end_in_one_of_the_two():
    definitions()
    here = a_firm()
    made = hand_in(here)
    turns = iter((acts.confirm, acts.decline) * 3)

    def act():
        verb = next(turns)
        return verb(made, here.owner, TOMORROW, *(["不对"] if verb is acts.decline else []))

    done = together(act, times=6)
    state = again(made).state
    assert state in ("filed", "declined")
    assert Report.objects.count() == (state == "filed")
    assert any(isinstance(d, Refused) for d in done)
    acted = Event.objects.filter(act__in=("reporting.confirm", "reporting.decline"))
    assert [e.act for e in acted] == ["reporting.confirm" if state == "filed" else "reporting.decline"]


def test_handing_in_asks_the_database_little(here, django_assert_max_num_queries):
    known = registry()
    form = known.form("qy101", MONTH)
    with django_assert_max_num_queries(20):
        acts.submit(known, form, here.firm, MONTH, content={"": good()}, by=here.statistician, at=AT)
    assert connection.vendor in ("sqlite", "postgresql")


def test_a_link_is_for_one_person_and_one_submission(here):
    made = hand_in(here)
    path = reads.confirm_path(made, here.owner)
    token = path.rstrip("/").rpartition("/")[2]
    assert reads.confirming(token) == (made, here.owner)
    other = Signer(salt="reporting.confirm").sign_object([made.pk + 1, here.owner.pk])
    assert (reads.confirming(token[:-1] + "x"), reads.confirming("x"), reads.confirming(other)) == (None, None, None)
    forged = Signer(salt="reporting.verify").sign_object([made.pk, here.owner.pk])
    assert reads.confirming(forged) is None
    disable_user(here.owner, by=None, at=AT)
    assert reads.confirming(token) is None
