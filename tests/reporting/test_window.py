"""Opening, reminding, extending, closing, locking and reopening a period; what lateness follows; the command line."""

import dataclasses
import datetime as dt
import json

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from quanyu.bureaus.reporting.acts import window as acts
from quanyu.bureaus.reporting.models import Extension, Window
from quanyu.bureaus.reporting.reads import window as reads
from quanyu.cli import door
from quanyu.facts import acts as facts_acts
from quanyu.facts import reads as facts
from quanyu.facts.acts import Filing, Grant, file_report, file_reports, grant_many
from quanyu.people.models import Event, Notice
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.factories import firm, person
from tests.facts.desk import good, moment
from tests.people.test_together import together
from tests.reporting.handin import definitions

pytestmark = pytest.mark.django_db
MONTH = "2026-10"
OPENED, DUE = moment("2026-11-02 09:00"), dt.date(2026, 11, 17)


@pytest.fixture(autouse=True)
def _chinese():
    with override("zh-hans"):
        yield


def form():
    return registry().form("qy101", MONTH)


def above_scale(*firms):
    title = registry().titles["above_scale"]
    grant_many([Grant(title, f.pk, dt.date(2024, 1, 1)) for f in firms], None, moment("2024-01-02"))


@pytest.fixture
def firms(db):
    definitions()
    made = [firm(n) for n in (1, 2, 3)]
    above_scale(*made)
    return made


@pytest.fixture
def clerk(firms):
    return person("clerk")


def events():
    return [(e.act, e.body) for e in Event.objects.filter(subject__startswith="reporting.window")]


def test_it_falls_due_after_working_days_that_the_calendar_knows(firms, clerk):
    row = acts.open_period(form(), MONTH, by=clerk, at=OPENED)
    assert (row.opens_on, row.due_on, row.state) == (dt.date(2026, 11, 2), DUE, "open")
    assert reads.due_on(form(), MONTH) == facts.due_on(form(), MONTH) == DUE  # 12 working days from 1 November
    assert events() == [("reporting.open_period", {"form": "qy101", "period": MONTH, "due_on": "2026-11-17"})]
    calendar_days = dataclasses.replace(form(), due_in="days")
    assert facts.due_on(calendar_days, MONTH) == dt.date(2026, 11, 12)


def test_a_day_that_the_calendar_does_not_know_is_asked_for_and_not_guessed(firms, clerk):
    with pytest.raises(Refused, match="那一年的节假日安排尚未公布") as said:
        acts.open_period(form(), "2040-05", by=clerk, at=OPENED)
    assert said.value.hint == "请写明截止日。"
    assert reads.due_on(form(), "2040-05") is None
    done = acts.do("open", form(), "2040-05", by=clerk, at=OPENED, until=dt.date(2040, 6, 15))
    assert done == "已开期，2040年6月15日截止。"
    with pytest.raises(Refused, match="没有规定期限"):
        acts.open_period(dataclasses.replace(form(), due_days=None), "2040-06", by=clerk, at=OPENED)
    with pytest.raises(Refused, match="截止日 2026-11-01 已经过去"):
        acts.open_period(form(), MONTH, by=clerk, at=OPENED, due_on=dt.date(2026, 11, 1))
    with pytest.raises(Refused, match="按月报送"):
        acts.open_period(form(), "2026", by=clerk, at=OPENED)
    assert Window.objects.count() == 1


def test_a_period_is_opened_once(firms, clerk):
    acts.open_period(form(), MONTH, by=clerk, at=OPENED)
    with pytest.raises(Refused, match="已经开期，截止日是 2026-11-17"):
        acts.open_period(form(), MONTH, by=clerk, at=OPENED)
    with pytest.raises(IntegrityError), transaction.atomic():
        Window.objects.create(form="qy101", period=MONTH, opens_on=DUE, due_on=DUE, opened_at=OPENED)


def test_reminding_tells_the_seat_that_must_act_at_every_firm_that_is_not_in(firms, clerk):
    person("firm_statistician", firms[1])
    acts.open_period(form(), MONTH, by=clerk, at=OPENED)
    file_report(form(), firms[0], MONTH, good(), None, moment("2026-11-05"))
    said = acts.do("remind", form(), MONTH, by=clerk, at=moment("2026-11-10"))
    assert said == "已向 2 家企业发出催报。其中 1 家没有填报账号，请电话联系。"
    told = Notice.objects.filter(topic="reporting.reminder").order_by("organisation")
    line = "2026年10月“企业研发活动月报”还没有报，2026-11-17截止"
    assert [(n.organisation, n.role, n.link, n.line) for n in told] == [
        (f, "firm_statistician", f"/report/{f.pk}/qy101/{MONTH}/", line) for f in firms[1:]
    ]
    assert events()[-1] == ("reporting.remind", {"form": "qy101", "period": MONTH, "firms": 2})
    with pytest.raises(Refused, match="今天 12:00 已经催报过。"):
        acts.remind(form(), MONTH, by=clerk, at=moment("2026-11-10 17:00"))
    assert acts.remind(form(), MONTH, by=clerk, at=moment("2026-11-10 17:00"), again=True) == (2, 1)
    assert acts.remind(form(), MONTH, by=clerk, at=moment("2026-11-18")) == (2, 1)
    assert Notice.objects.order_by("id").last().line.endswith("还没有报，已经逾期")


def test_nobody_is_reminded_where_nothing_is_missing_or_the_period_is_over(firms, clerk):
    with pytest.raises(Refused, match="还没有开期"):
        acts.remind(form(), MONTH, by=clerk, at=OPENED)
    acts.open_period(form(), MONTH, by=clerk, at=OPENED)
    for f in firms:
        file_report(form(), f, MONTH, good(), None, moment("2026-11-05"))
    with pytest.raises(Refused, match="已经报齐"):
        acts.remind(form(), MONTH, by=clerk, at=OPENED)
    acts.move(form(), MONTH, "close", by=clerk, at=OPENED)
    with pytest.raises(Refused, match="已截止，不再催报"):
        acts.remind(form(), MONTH, by=clerk, at=OPENED)
    assert Notice.objects.filter(topic="reporting.reminder").count() == 0


def test_one_firm_gets_more_time_for_a_reason(firms, clerk):
    acts.open_period(form(), MONTH, by=clerk, at=OPENED)
    until, here = dt.date(2026, 11, 25), (form(), MONTH)
    for day, reason, why in (
        (DUE, "停电", "不比截止日 2026-11-17 晚"), (until, " ", "须写明原因，不超过 300 字"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=why):
            acts.extend(*here, firms[0], day, reason, by=clerk, at=OPENED)
    with pytest.raises(Refused, match=r"不在.*应报名单里"):
        acts.extend(*here, firm(9), until, "停电", by=clerk, at=OPENED)
    said = acts.do("extend", *here, by=clerk, at=OPENED, until=until, reason="停电", firm=firms[0])
    assert said == "虚构企业1号可以报到2026年11月25日，不算迟报。"
    (kept,) = Extension.objects.all()
    assert (kept.organisation, kept.until, kept.reason, kept.by) == (firms[0], until, "停电", clerk)
    assert (reads.due_on(*here, firms[0]), reads.due_on(*here, firms[1])) == (until, DUE)
    told = {"firm": firms[0].pk, "until": "2026-11-25", "reason": "停电"}
    assert events()[-1] == ("reporting.extend", {"form": "qy101", "period": MONTH} | told)


def test_who_may_file_when(firms, clerk):
    def may(number, day):
        return reads.may_file(form(), firms[number], MONTH, dt.date.fromisoformat(day))

    assert may(0, "2026-10-01") == ""  # nobody opened it: nothing is forbidden
    acts.open_period(form(), MONTH, by=clerk, at=OPENED)
    assert may(0, "2026-11-01") == "2026年10月的“企业研发活动月报”从2026年11月2日开始填报。"
    assert may(0, "2026-12-01") == ""  # late, and taken
    acts.extend(form(), MONTH, firms[0], dt.date(2026, 11, 25), "停电", by=clerk, at=OPENED)
    acts.move(form(), MONTH, "close", by=clerk, at=moment("2026-11-18"))
    closed = "2026年10月的“企业研发活动月报”已经截止，如需补报请联系经办人员延期。"
    assert [may(0, "2026-11-25"), may(0, "2026-11-26")] == ["", closed]
    assert "已经截止" in may(1, "2026-11-18")
    acts.move(form(), MONTH, "lock", by=clerk, at=moment("2026-11-19"))
    assert may(0, "2026-11-20") == "2026年10月的“企业研发活动月报”已经锁定，要改须走更正程序。"


def test_states_follow_each_other_and_a_lock_tells_who_is_missing(firms, clerk):
    acts.open_period(form(), MONTH, by=clerk, at=OPENED)
    with pytest.raises(Refused, match="现在是“填报中”，不能这样办"):
        acts.move(form(), MONTH, "reopen", by=clerk, at=OPENED, reason="x")
    assert acts.do("close", form(), MONTH, by=clerk, at=OPENED) == "已截止。还有 3 家未报。"
    assert acts.do("lock", form(), MONTH, by=clerk, at=OPENED).endswith("重开。还有 3 家未报。")
    with pytest.raises(Refused, match="现在是“已锁定”，不能这样办"):
        acts.move(form(), MONTH, "lock", by=clerk, at=OPENED)
    with pytest.raises(Refused, match="已经锁定，不能延期"):
        acts.extend(form(), MONTH, firms[0], dt.date(2026, 12, 1), "停电", by=clerk, at=OPENED)
    with pytest.raises(Refused, match="须写明原因"):
        acts.move(form(), MONTH, "reopen", by=clerk, at=OPENED)
    said = acts.do("reopen", form(), MONTH, by=clerk, at=OPENED, reason="漏收", until=dt.date(2026, 12, 1))
    assert said == "已重开，2026年12月1日截止。还有 3 家未报。"
    row = reads.window("qy101", MONTH)
    assert (row.state, row.reason, row.due_on) == ("open", "漏收", dt.date(2026, 12, 1))
    assert [(act, body.get("missing")) for act, body in events()] == [
        ("reporting.open_period", None), ("reporting.close_period", 3), ("reporting.lock_period", 3),
        ("reporting.reopen_period", 3),
    ]  # fmt: skip
    with pytest.raises(Refused, match="没有“burn”这个动作"):
        acts.do("burn", form(), MONTH, by=clerk, at=OPENED)


def test_lateness_follows_the_day_given_and_else_the_forms_own(firms):
    day = moment("2026-11-20")
    assert file_report(form(), firms[0], MONTH, good(), None, day).report.late is True
    assert file_report(form(), firms[1], MONTH, good(), None, day, due=dt.date(2026, 11, 20)).report.late is False
    rows = [Filing(form(), firms[2].pk, MONTH, good(), due=dt.date(2026, 11, 19))]
    assert file_reports(rows, None, day).new == 1
    assert facts.current("qy101", firms[2], MONTH).late is True
    facts_acts.withdraw_report(form(), firms[2], MONTH, None, day, "误报")
    held = facts.returns(form(), MONTH, dt.date(2026, 11, 20))
    assert (held.expected, held.filed, held.late, held.on_time, held.due_on) == (3, 2, 1, 1, dt.date(2026, 11, 20))
    assert facts.returns(form(), MONTH).due_on == DUE


def test_many_periods_are_counted_by_two_questions(firms, django_assert_num_queries):
    for month in ("2026-09", MONTH):
        file_report(form(), firms[0], month, good(), None, moment("2026-11-05"))
    due, it = {"2026-09": DUE, MONTH: DUE, "2023-12": DUE}, form()
    with django_assert_num_queries(2):
        found = facts.returns_of(it, due, due)
    counted = {period: (r.expected, r.filed, r.late) for period, r in found.items()}
    assert counted == {"2026-09": (3, 1, 1), MONTH: (3, 1, 0), "2023-12": (0, 0, 0)}


@pytest.mark.django_db(transaction=True)
def test_two_desks_lock_once_and_remind_once(firms, clerk):
    acts.open_period(form(), MONTH, by=clerk, at=OPENED)
    reminded = together(lambda: acts.remind(form(), MONTH, by=clerk, at=OPENED), 2)
    locked = together(lambda: acts.move(form(), MONTH, "lock", by=clerk, at=OPENED), 2)
    for outcome in (reminded, locked):
        assert sorted(isinstance(each, Refused) for each in outcome) == [False, True]
    assert Notice.objects.filter(topic="reporting.reminder").count() == 3


def run(capsys, *words):
    code = door.run(words)
    out, err = capsys.readouterr()
    return code, out, err


def test_the_command_line_does_the_same(firms, capsys):
    code, _out, err = run(capsys, "period", "open", "qy101", "2026-11", "--until", "2099-01-05")
    assert (code, err.splitlines()[0]) == (0, "已开期，2099年1月5日截止。")
    assert "企业研发活动月报 2026-11：填报中，2099-01-05截止；应报 3 家，已报 0 家，未报 3 家。" in err
    assert run(capsys, "period", "remind", "qy101", "2026-11")[0] == 0
    code, _out, err = run(capsys, "period", "remind", "qy101", "2026-11")
    assert code == 12 and "已经催报过" in err
    code, out, _err = run(capsys, "period", "status", "qy101", "2026-11", "--json", "-q")
    assert code == 0
    assert json.loads(out) == {
        "form": "qy101", "period": "2026-11", "state": "填报中", "due_on": "2099-01-05", "expected": 3,
        "missing": [f.name for f in firms],
    }  # fmt: skip
    assert run(capsys, "period", "status", "qy101", "2026-11", "-q")[1].splitlines() == [f.name for f in firms]
    assert run(capsys, "period", "close", "qy101", "2026-11")[0] == 0
    assert run(capsys, "period", "lock", "qy101", "2026-11")[0] == 0
    assert run(capsys, "period", "reopen", "qy101", "2026-11", "--reason", "漏收")[0] == 0
    assert [act for act, _body in events()] == [
        f"reporting.{act}" for act in ("open_period", "remind", "close_period", "lock_period", "reopen_period")
    ]


def test_the_command_line_says_what_it_cannot_do(firms, capsys):
    for words, told in (
        (("close", "qy101", MONTH), "还没有开期"),
        (("open", "qy110", MONTH), "没有名为“qy110”的报表。是否想要：qy101"),
        (("open", "qy101", "2026年"), "按月报送"),
        (("open", "qy101", MONTH, "--until", "明天"), "“截止日”应是日期"),
    ):
        code, _out, err = run(capsys, "period", *words)
        assert (code, told in err) == (12, True), err
