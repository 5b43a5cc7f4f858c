"""Rules for listed projects as a zone switches them: from a day on, for a reason, and never backwards; the page."""

import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from quanyu.bureaus.reporting.acts.switch import switch_rule
from quanyu.bureaus.reporting.models import Switch
from quanyu.bureaus.reporting.reads.screening import ScreenedYear, edit_hits
from quanyu.facts.acts import Filing, file_reports, withdraw_report
from quanyu.judgements.screening import Ruled
from quanyu.people.models import Event
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.factories import firm, person
from tests.facts.desk import moment
from tests.reporting.handin import definitions

pytestmark = pytest.mark.django_db
AT = moment("2026-03-06 10:00")
TODAY = dt.date(2026, 3, 6)
WORDS, LETTERS, OUTCOMES, ALIKE = (
    f"screening.{n}" for n in ("name_words", "latin_letters", "outcome_codes", "similar_name")
)


def project(name, spend=1000, months=24, **more):
    return {
        "project_name": name, "project_source": "1", "project_mode": "10", "outcome": "9", "objective": "3",
        "started": "2025-02", "finished": "2025-11", "project_staff": 6, "project_months": months,
        "project_expense": spend, "project_gov_funded": 0,
    } | more  # fmt: skip


def filed(firm_, year, rows, at, reason=""):
    form = registry().form("qy107_1", year)
    filings = [Filing(form, firm_.pk, year, cells, reason, line=str(n)) for n, cells in enumerate(rows, 1)]
    file_reports(filings, None, moment(at), units=registry().units)


@pytest.fixture
def zone(db):
    definitions()
    one, two = firm(1), firm(2)
    then = {"started": "2024-02", "finished": "2024-11"}
    filed(one, "2024", [project("钕铁硼磁体晶界扩散机理研究", **then)], "2025-03-03")
    filed(one, "2025", [
        project("钕铁硼磁体晶界扩散的机理研究", 5000, 60), project("磁体生产线技改", 3000, 20),
        project("氧化物MES系统升级研究", 2000, 10, outcome="12"),
    ], "2026-03-02")  # fmt: skip
    filed(two, "2025", [project("钨粉在线检测装置研制", 800, 8, outcome="3")], "2026-03-03")
    return one, two


def year(on=TODAY, trial=None):
    return ScreenedYear(registry(), "2025", on, trial)


def switch(rule, on=True, at=AT, from_on=None, reason="按三月会议意见", **limits):
    return switch_rule(rule, on, limits, from_on or timezone.localdate(at), reason, None, at)


def test_nothing_is_left_out_before_the_zone_switches_a_rule_on(zone):
    seen = year().result
    assert (seen.now.spend, seen.now.projects, seen.now.firms) == (10800, 4, 2)
    assert seen.on == frozenset()
    assert seen.last(WORDS).spend == 5000  # what it would take out, known beforehand
    assert seen.alone(LETTERS).spend == 2000
    assert seen.hits[ALIKE] == {0: "2024年“钕铁硼磁体晶界扩散机理研究”（0.86）"}


def test_a_switch_counts_from_its_day_on_and_the_day_before_shows_the_old_total(zone):
    switch(WORDS, from_on=dt.date(2026, 4, 1))
    switch(OUTCOMES, at=moment("2026-03-10"))
    assert [year(on).result.now.spend for on in (
        dt.date(2026, 3, 9), dt.date(2026, 3, 10), dt.date(2026, 3, 31), dt.date(2026, 4, 1)
    )] == [10800, 10000, 10000, 5000]  # fmt: skip
    switch(OUTCOMES, on=False, at=moment("2026-05-04"), reason="企业反映，暂停")
    assert year(dt.date(2026, 5, 3)).result.now.spend == 5000
    assert year(dt.date(2026, 5, 4)).result.now.spend == 5800


def test_the_total_of_a_day_knows_only_what_was_filed_by_then(zone):
    _one, two = zone
    withdraw_report(registry().forms["qy107_1"], two, "2025", None, moment("2026-03-20"), "填错", "1")
    assert year(dt.date(2026, 3, 2)).result.now.spend == 10000
    assert year(dt.date(2026, 3, 19)).result.now.spend == 10800
    assert year(dt.date(2026, 3, 20)).result.now.spend == 10000


def test_limits_change_with_the_switch_and_the_rest_stays_as_the_package_says(zone):
    switch(ALIKE, score="0.9")
    assert year().result.hits[ALIKE] == {}
    switch(ALIKE, at=moment("2026-03-08"), score="0.85")
    assert list(year(dt.date(2026, 3, 8)).result.hits[ALIKE]) == [0]
    assert year(dt.date(2026, 3, 8)).result.rules[ALIKE].limits == {"score": Decimal("0.85")}
    assert year(dt.date(2026, 3, 5)).result.rules[ALIKE].limits == {"score": Decimal("0.8")}


def test_a_trial_changes_nothing(zone):
    rule = registry().screenings[WORDS]
    assert year(trial=Ruled(rule, True, {})).result.now.spend == 5800
    assert year().result.now.spend == 10800


@pytest.mark.parametrize(("given", "sentence"), [
    ({"rule": "screening.none"}, "没有名为"),
    ({"rule": ALIKE, "score": "很高"}, "应为不小于 0 的数字"),
    ({"rule": WORDS, "score": "1"}, "界限“score”"),
    ({"rule": WORDS, "reason": " "}, "须写明原因"),
    ({"rule": WORDS, "from_on": dt.date(2026, 3, 5)}, "不能追溯"),
    ({"rule": WORDS, "on": False}, "已经是这样"),
    ({"rule": ALIKE, "on": False, "score": "0.80"}, "已经是这样"),
])  # fmt: skip
def test_what_a_switch_refuses(zone, given, sentence):
    with pytest.raises(Refused, match=sentence):
        switch(given.pop("rule"), **given)
    assert not Switch.objects.exists()


def test_a_switch_is_one_row_and_one_event(zone):
    made = switch(ALIKE, score="0.9")
    assert (made.on, made.limits, made.from_on) == (True, {"score": "0.9"}, TODAY)
    event = Event.objects.get(act="reporting.switch_rule")
    assert (event.subject, event.body["reason"]) == (f"reporting.rule:{ALIKE}", "按三月会议意见")


def test_derived_spending_and_staff_of_a_firm(zone):
    one, _two = zone
    form = registry().form("qy107_2", "2025")
    cells = {f.name: 0 for f in form.fields if f.required and not f.formula} | {
        "y_staff": 10, "y_labour": 6000, "y_materials": 3000, "y_depreciation": 500, "y_amortisation": 100,
        "y_other": 400,
        "y_to_firms": 1000, "y_fixed_assets": 600, "y_funds_own": 11000,
    }  # fmt: skip
    file_reports([Filing(form, one.pk, "2025", cells)], None, moment("2026-03-02"), units=registry().units)
    switch(WORDS)
    first, second = year().firms
    # 11000 − 1000 − 500 − 100 + 600 = 10000; 5000 of 10000 are left; 60 person-months
    assert (first.firm, first.base, first.share, first.derived) == (one, 10000, Decimal("0.5"), 5000)
    assert first.kept.person_years == 5
    assert (second.base, second.derived, year().derived) == (None, None, 5000)


def test_how_many_reports_an_edit_hits_though_it_is_off(zone):
    form = registry().form("qy107_1", "2025")
    assert edit_hits(registry(), form, "2025", TODAY)[1]["qy107_1.name"] == 0
    switch("qy107_1.name", on=False, characters="12")
    count, found = edit_hits(registry(), form, "2025", TODAY)
    assert (count, found["qy107_1.name"]) == (2, 2)


def test_rules_of_the_exception_queue_are_switched_here_too(zone):
    rule = next(iter(registry().plausibility.values()))
    assert switch(rule.key, on=not rule.on).on is not rule.on


# --- the page ---


def test_the_page_shows_effects_tries_and_switches(zone, client):
    client.force_login(person("clerk"))
    address = reverse("screening") + f"?rule={WORDS}"
    page = client.get(address).content.decode()
    assert "500.00 万元（46.3%）" in page  # 5000 of 10800 千元
    hits = client.get(reverse("screening"), {"view": "projects", "by": WORDS}).content.decode()
    assert "名称含非研发用词（未启用）：技改、生产线" in hits
    assert "钨粉在线检测装置研制" not in hits
    today = timezone.localdate()
    form = {"on": "1", "from_on": today.isoformat(), "reason": "按会议意见"}
    tried = client.post(address, form | {"do": "try"}).content.decode()
    assert "合计由 1,080.00 变为 580.00 万元，项目−2项，企业0户" in tried
    assert not Switch.objects.exists()
    answer = client.post(address, form | {"do": "switch"}, follow=True)
    assert answer.redirect_chain == [(f"{address}#rule", 302)]
    assert Switch.objects.get().reason == "按会议意见"
    assert "按会议意见" in answer.content.decode()


def test_a_refusal_keeps_what_was_typed(zone, client):
    client.force_login(person("clerk"))
    address = reverse("screening") + f"?rule={ALIKE}"
    given = {"on": "1", "limit_score": "0.7", "from_on": timezone.localdate().isoformat(), "reason": "", "do": "switch"}
    answer = client.post(address, given)
    assert answer.status_code == 409
    assert "须写明原因" in answer.content.decode()
    assert 'value="0.7"' in answer.content.decode()
    wrong = client.post(address, given | {"limit_score": "高", "do": "try"})
    assert "填的是“高”，应为不小于 0 的数字" in wrong.content.decode()


def test_the_list_of_projects_carries_marks_and_reasons_into_excel(zone, client):
    client.force_login(person("clerk"))
    switch(WORDS, at=timezone.now())
    answer = client.get("/screening.xlsx?view=projects&mark=已剔除")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = [row for row in sheet.iter_rows(values_only=True) if row[0] and str(row[0]).startswith("虚构企业")]
    assert [(r[1], r[-2], r[-1]) for r in rows] == [
        ("磁体生产线技改", "已剔除", "名称含非研发用词：技改、生产线"),
        ("氧化物MES系统升级研究", "已剔除", "名称含非研发用词：系统；名称含连续拉丁字母（未启用）：MES"),
    ]  # fmt: skip


@pytest.mark.parametrize("view", ["rules", "projects", "firms", "edits", "history"])
def test_every_part_of_the_page_says_something(zone, client, view):
    client.force_login(person("leader"))
    answer = client.get(reverse("screening"), {"view": view})
    words = {"rules": "名称含非研发用词", "projects": "钨粉在线检测装置研制", "firms": "怎样推算",
             "edits": "项目名称过短",
             "history": "还没有改动过"}  # fmt: skip
    assert words[view] in answer.content.decode()


def test_a_day_that_is_none_is_told(zone, client):
    client.force_login(person("clerk"))
    assert "不是日期" in client.get(reverse("screening"), {"on": "昨天"}).content.decode()


def test_firms_and_strangers_stay_outside(zone, client):
    one, _two = zone
    assert client.get(reverse("screening")).status_code == 302
    for role in ("firm_statistician", "firm_owner", "tax", "public"):
        client.force_login(person(role, one))
        answer = client.get(reverse("screening"))
        assert answer.status_code == 403
        assert "钨粉" not in answer.content.decode()
        assert client.get("/screening.xlsx?view=projects").status_code == 403
