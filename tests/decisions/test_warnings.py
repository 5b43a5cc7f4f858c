"""Early warnings: raised once, renewed in silence, told again when graver, cleared; levers counted firm by firm."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from quanyu.casework import acts as casework
from quanyu.casework.models import Case
from quanyu.casework.reads import inbox
from quanyu.decisions import acts, reads
from quanyu.decisions.models import LeverCount, Warning
from quanyu.facts import acts as facts
from quanyu.measures.examine import examine
from quanyu.people.models import Event, Notice, Organisation
from quanyu.plan.reads import registry
from tests.decisions.watched import WATCHED, refresh, watched_zone
from tests.decisions.zone import file, moment
from tests.factories import firm

pytestmark = pytest.mark.django_db


@pytest.fixture
def who(tmp_path):
    return watched_zone(tmp_path)


def warned(day: str = "2024-10-22") -> dict[str, Warning]:
    return {w.indicator: w for w in acts.raise_warnings(at=moment(day))}


def now(indicator: str) -> Warning:
    return Warning.objects.select_related("case").filter(indicator=indicator).latest("raised_at", "pk")


def rules(warning: Warning) -> list[tuple[str, str]]:
    return [(f["rule"], f["severity"]) for f in warning.findings]


def notices(topic: str) -> list[str]:
    return list(Notice.objects.filter(topic=topic).order_by("id").values_list("line", flat=True))


def log_in(client, user):
    client.force_login(user)
    return client


# --- raising


def test_one_warning_an_indicator_goes_to_who_answers_for_it(who):
    made = warned()
    assert {key: rules(w) for key, w in made.items()} == {
        "high_tech": [("behind", "warn")],
        "rd_rate": [("late_reports", "warn")],
    }
    case = made["high_tech"].case
    assert (case.title, case.subject) == ("高新技术企业：落后于序时", "indicator:high_tech")
    assert (case.holder_role, case.holder_organisation.key) == ("st_office", "st_section")  # its owner
    assert case.due_on == dt.date(2024, 10, 29)  # five working days
    assert made["high_tech"].findings[0]["text"]["zh"] == (
        "完成率 50.0%，序时应为 75.0%，落后 25.0 个百分点；再增 2 家可达目标"
    )
    late = made["rd_rate"].case
    assert (late.holder_role, late.due_on) == ("statistics", dt.date(2024, 10, 25))  # its source; three days
    assert [c.pk for c in inbox(who["st_office"], dt.date(2024, 10, 22))] == [case.pk]
    assert notices("warning") == ["新增预警 2 项：高新技术企业：落后于序时等"]
    assert len(notices("case_arrived")) == 2
    assert Event.objects.filter(act="decisions.raise_warning").count() == 2


def test_it_is_raised_once_and_not_daily(who):
    warned()
    before = (Warning.objects.count(), Case.objects.count(), Notice.objects.count(), Event.objects.count())
    for day in ("2024-10-22", "2024-10-23", "2024-11-20"):
        assert warned(day) == {}
    assert (Warning.objects.count(), Case.objects.count(), Notice.objects.count(), Event.objects.count()) == before
    assert now("high_tech").seen_at == moment("2024-11-20")


def test_two_at_once_cannot_raise_the_same_twice(who):
    held = warned()["high_tech"]
    other = Case.objects.get(pk=now("rd_rate").pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Warning.objects.filter(pk=other.pk).update(indicator=held.indicator)


def test_new_numbers_are_taken_over_in_silence(who):
    warned()
    file(firm(3), "2024-09", "2024-10-25", 60_000, 6_000)
    refresh("2024-10-26")
    before = Notice.objects.count()
    assert warned("2024-10-26") == {}
    found = now("rd_rate").findings[0]
    assert "还缺 24 份" in found["text"]["zh"]
    assert Notice.objects.count() == before


def test_what_becomes_graver_is_told_once_more(who):
    warned()
    file(firm(3), "2025-09", "2025-10-08", 10_000, 400)  # a year on: 2 of 4 where 95 % is due
    refresh("2025-10-20")
    assert warned("2025-10-21") == {}
    held = now("high_tech")
    assert (held.severity, held.period, rules(held)) == ("grave", "2025-09", [("behind", "grave")])
    told = "预警加重：高新技术企业：落后于序时，完成率 0.0%，序时应为 95.0%，落后 95.0 个百分点；再增 4 家可达目标"
    assert notices("warning")[1:] == [told]
    warned("2025-10-22")
    assert len(notices("warning")) == 2


# --- clearing, dealing with


def third_firm(day: str) -> None:
    facts.grant(registry().titles["high_tech"], firm(3), dt.date(2024, 9, 1), None, moment(day), dt.date(2027, 9, 1))
    refresh(day)


def test_back_to_normal_the_clock_closes_it(who):
    warned()
    third_firm("2024-11-01")  # 3 of 4 where three quarters are due
    assert warned("2024-11-02") == {}
    held = now("high_tech")
    assert (held.case.state, held.case.phase, held.gone_at) == ("normal", "done", moment("2024-11-02"))
    taken = Event.objects.filter(subject=held.case.tag, act="casework.take").latest("id")
    assert (taken.by, taken.body["note"]) == (None, "已回到正常")
    assert now("rd_rate").gone_at is None


def test_it_returns_as_a_new_warning(who):
    warned()
    third_firm("2024-11-01")
    warned("2024-11-02")
    file(firm(3), "2025-04", "2025-05-08", 10_000, 400)  # 3 of 4 where 86.7 % is due: within the limit
    refresh("2025-05-20")
    assert warned("2025-05-20") == {}
    file(firm(3), "2025-06", "2025-07-08", 10_000, 400)  # two recognitions ended: 1 of 4 where 90 % is due
    refresh("2025-07-20")
    assert rules(warned("2025-07-20")["high_tech"])[0] == ("behind", "grave")
    assert Warning.objects.filter(indicator="high_tech").count() == 2


def handle(who, at: str = "2024-10-24") -> Warning:
    case = casework.take(now("high_tech").case, "answer", by=who["st_office"], at=moment(at), note="两家在评审")
    assert (case.state, case.holder_role) == ("answered", "clerk")
    casework.take(case, "confirm", by=who["clerk"], at=moment(at))
    return now("high_tech")


def test_what_was_dealt_with_is_not_raised_again_while_it_lasts(who):
    warned()
    first = handle(who)
    assert (first.case.phase, first.gone_at) == ("done", None)
    assert warned("2024-10-25") == {}
    assert now("high_tech").pk == first.pk


def test_dealt_with_and_then_graver_is_a_new_warning(who):
    warned()
    first = handle(who)
    file(firm(3), "2025-09", "2025-10-08", 10_000, 400)
    refresh("2025-10-20")
    made = warned("2025-10-21")
    assert rules(made["high_tech"]) == [("behind", "grave")]
    first.refresh_from_db()
    assert (first.gone_at, first.severity) == (moment("2025-10-21"), "warn")


def test_dealt_with_and_back_to_normal_may_be_raised_anew(who):
    warned()
    first = handle(who)
    third_firm("2024-11-01")
    warned("2024-11-02")
    first.refresh_from_db()
    assert (first.gone_at, first.case.state) == (moment("2024-11-02"), "handled")


def test_the_office_may_dismiss_and_a_stranger_may_not(who):
    warned()
    case = now("rd_rate").case
    with pytest.raises(Exception, match="无需处置由规划办公室办理"):
        casework.take(case, "dismiss", by=who["statistics"], at=moment("2024-10-23"), note="不用")
    casework.take(case, "dismiss", by=who["clerk"], at=moment("2024-10-23"), note="月报刚开始")
    assert warned("2024-10-24") == {}


# --- pages


def test_the_list_says_what_was_found_and_downloads(who, client):
    empty = log_in(client, who["clerk"]).get("/warnings/").content.decode()
    assert "没有需要预警的指标。" in empty
    warned()
    page = client.get("/warnings/").content.decode()
    assert "完成率 50.0%，序时应为 75.0%" in page and "应报 27 份，还缺 25 份（92.6%）" in page
    assert "▲ 预警" in page and "未核实" in page
    sheet = client.get("/warnings.csv").content.decode("utf-8-sig")
    assert "再增 2 家可达目标" in sheet and "虚构科技科" in sheet
    assert client.get("/warnings/?severity=grave").content.decode().count("/cases/") == 0
    handle(who)
    assert "高新技术企业" not in client.get("/warnings/").content.decode().split("<table")[1]
    assert "高新技术企业" in client.get("/warnings/?state=closed").content.decode().split("<table")[1]


def test_the_case_shows_the_numbers_the_way_home_and_the_levers(who, client):
    made = warned()["high_tech"]
    page = log_in(client, who["clerk"]).get(f"/cases/{made.pk}/").content.decode()
    assert "测得 25.0，界限 15" in page and "界限未核实" in page
    assert "/indicators/high_tech/home/?period=2024-09" in page and "/orders/new/?indicator=high_tech" in page
    assert "可用抓手" in page and "/indicators/high_tech/levers/one_short/" in page
    page = log_in(client, who["st_office"]).get(f"/cases/{made.pk}/").content.decode()
    assert "可用抓手" in page and "/levers/" not in page and "/orders/" not in page
    assert log_in(client, who["enterprise"]).get(f"/cases/{made.pk}/").status_code == 403


@pytest.mark.parametrize(
    ("role", "seen"), [("clerk", 200), ("chief", 200), ("st_office", 403), ("statistics", 403), ("enterprise", 403)]
)
def test_warnings_are_open_to_those_whose_role_says_so(who, client, role, seen):
    warned()
    log_in(client, who[role])
    assert [client.get(a).status_code for a in ("/warnings/", "/warnings.csv")] == [seen, seen]


def test_the_lists_of_firms_are_for_those_who_see_all_reports(who, client):
    acts.find_levers(at=moment("2024-10-22"))
    addresses = [f"/indicators/high_tech/levers/one_short{end}" for end in ("/", ".csv", ".xlsx")]
    for role, seen in (("clerk", 200), ("st_office", 403), ("statistics", 403), ("enterprise", 403)):
        log_in(client, who[role])
        assert [client.get(a).status_code for a in addresses] == [seen] * 3
        block = client.get("/indicators/high_tech/").content.decode()
        assert ("可用抓手" in block) == (role in ("clerk", "st_office"))
    log_in(client, who["clerk"])
    assert client.get("/indicators/high_tech/levers/nothing/").status_code == 404
    assert client.get("/indicators/rd_rate/levers/one_short/").status_code == 404


# --- levers


def found() -> dict[str, reads.LeverFound]:
    return {f.lever.key: f for f in reads.levers("high_tech")}


def names(lever: reads.LeverFound) -> list[str]:
    return [Organisation.objects.get(pk=c.firm).name for c in lever.firms]


def test_levers_count_the_firms_by_hand(who):
    assert reads.levers("high_tech") == []  # nobody has counted yet
    acts.find_levers(at=moment("2024-10-22"))
    held = found()
    assert {key: names(f) for key, f in held.items()} == {
        "ready": ["虚构企业4号"],
        "one_short": ["虚构企业5号", "虚构企业6号"],  # 7 lacks both, 3 has not reported: not guessed
        "ends": ["虚构企业1号", "虚构企业2号"],
        "ends_soon": [],
        "projects": [],
    }
    assert str(held["ready"].period) == "2024-09"
    five, six = held["one_short"].firms
    assert (five.values, five.met) == ((5, 10_000, 1), (True, False, True))
    assert (six.values, six.met) == ((1, 40_000, 1), (False, True, True))
    assert [f.lever.key for f in reads.levers("high_tech")][-2:] == ["ends_soon", "projects"]  # those with firms first
    assert reads.levers("rd_rate") == []


def test_levers_are_counted_once_a_series(who):
    first = acts.find_levers(at=moment("2024-10-22"))
    again = acts.find_levers(at=moment("2024-10-23"))
    assert (again.made_at, LeverCount.objects.count()) == (first.made_at, 1)
    file(firm(7), "2024-09", "2024-10-24", 10_000, 900, reason="更正")
    refresh("2024-10-25")
    acts.find_levers(at=moment("2024-10-25"))
    assert "虚构企业7号" in names(found()["one_short"])
    assert LeverCount.objects.count() == 2


def test_the_list_of_firms_says_what_is_missing(who, client):
    acts.find_levers(at=moment("2024-10-22"))
    page = log_in(client, who["clerk"]).get("/indicators/high_tech/levers/one_short/").content.decode()
    assert "✗ 10,000" in page and "✓ 5.0" in page and "未核实" in page and "尚未认定" not in page
    rows = client.get("/indicators/high_tech/levers/one_short.csv").content.decode("utf-8-sig").splitlines()
    assert any(row.startswith("虚构企业5号") and row.endswith("营业收入,5.0,10000") for row in rows)
    block = client.get("/indicators/high_tech/").content.decode()
    assert "2 家" in block and "来源未接入" in block and "项目数据" in block


def test_a_wrong_formula_of_a_lever_does_not_load():
    broken = WATCHED | {
        "tiny/levers.yaml": WATCHED["tiny/levers.yaml"].replace("sum(rd_expense)", "sum(rd_expanse)", 1)
    }
    _registry, problems = examine(broken)
    assert [(p.code, p.place.file) for p in problems if p.blocks] == [("M102", "tiny/levers.yaml")]
    assert Decimal(1) == 1
