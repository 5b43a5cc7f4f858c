"""The ladder: rungs, moves, who is one condition short, alerts, pools; and who may look."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils.translation import override

from quanyu.bureaus.enterprises.acts.ladder import enter_pool, leave_pool
from quanyu.bureaus.enterprises.models import PoolEntry
from quanyu.bureaus.enterprises.reads.ladder import OFF, Ladder, months_on, years_back
from quanyu.facts.acts import file_report, freeze, grant
from quanyu.people.models import Event
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.enterprises.office import NOW, ON, an_office, browser, entry
from tests.facts.desk import good, moment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _chinese():
    with override("zh-hans"):
        yield


@pytest.fixture
def here(db):
    return an_office()


def hold(firm, title, since, until=None, level=""):
    known = registry()
    return grant(known.titles[title], firm, dt.date.fromisoformat(since), level=level, by=None, at=NOW,
                 valid_to=dt.date.fromisoformat(until) if until else None)  # fmt: skip


def months(firm, year, **changes):
    """Twelve monthly reports of a firm."""
    for month in range(1, 13):
        at = moment(f"{year + month // 12}-{month % 12 + 1:02d}-05")
        file_report(registry().forms["qy101"], firm, f"{year}-{month:02d}", good(**changes), None, at)


def ladder() -> Ladder:
    return Ladder(registry(), ON)


def test_a_firm_counts_on_its_highest_rung_and_moves_are_counted(here):
    one, two, three = here.one.firm, here.two.firm, entry(3, "长庚材料有限公司")
    hold(one, "tech_sme", "2025-01-01")
    hold(one, "high_tech", "2026-03-01", "2029-03-01")
    hold(two, "high_tech", "2023-06-01", "2026-06-01")
    hold(three, "specialised", "2024-01-01", "2027-01-01", "provincial")
    now = ladder()
    assert {k: set(v) for k, v in now.now.items() if v} == {
        "tech_sme": {one.pk}, "high_tech": {one.pk}, "specialised": {three.pk},
    }  # fmt: skip
    assert dict(now.moved) == {("tech_sme", "high_tech"): 1, ("high_tech", OFF): 1, ("specialised", "specialised"): 1}
    page = browser(here.clerk).get("/ladder/").content.decode()
    assert page.count("<path d=") - page.count('<path d="M3 17') == 3  # one band each, the logo aside
    assert "<title>科技型中小企业 → 高新技术企业：1</title>" in page
    assert "<td>高新技术企业</td><td>未入梯队</td>" in page


def test_one_condition_short_says_which_and_how_much(here):
    near, far = here.one.firm, here.two.firm
    hold(near, "tech_sme", "2026-05-01")
    hold(near, "patent", "2022-01-01", level="invention")
    months(
        near,
        2025,
        revenue=10000,
        rd_expense=250,
        rd_labour=250,
        rd_materials=0,
        rd_depreciation=0,
        rd_design=0,
        rd_trial=0,
    )
    months(far, 2025, rd_expense=0, rd_labour=0, rd_materials=0, rd_depreciation=0, rd_design=0, rd_trial=0, rd_staff=0,
           rd_fulltime=0, rd_person_months=0, rd_projects=0, rd_gov_funded=0, super_deduction=0)  # fmt: skip
    freeze(NOW)
    nursery = registry().pools["high_tech_nursery"]
    (found,) = ladder().near(nursery)  # the other lacks R&D, rights and the title
    assert (found.firm, found.unknown, [f.condition.key for f in found.lacking]) == (near.pk, 0, ["rd_share"])
    assert (float(found.lacking[0].value), float(found.lacking[0].distance)) == (2.5, 0.5)
    client = browser(here.clerk)
    page = client.get("/ladder/rungs/high_tech_nursery/?show=near").content.decode()
    assert "上年研发费用占营业收入（2.5%，要求不低于 3%，差 0.5 个百分点）" in page
    client.post("/ladder/rungs/high_tech_nursery/nurture/", {"firm": [near.pk, far.pk], "verb": "enter"})
    held = PoolEntry.objects.get()  # the one that the rule does not propose is not put in by a typed address
    assert (held.organisation, held.pool, held.by) == (near, "high_tech_nursery", here.clerk)
    assert held.because.startswith("差 1 项：上年研发费用占营业收入")
    assert ladder().now["high_tech_nursery"] == {near.pk}
    assert ladder().near(nursery) == []


def test_a_certificate_that_ends_is_told_unless_renewed(here):
    one, two, three = here.one.firm, here.two.firm, entry(3, "长庚材料有限公司")
    hold(one, "high_tech", "2024-05-24", "2027-05-24")  # the last day of six months
    hold(two, "high_tech", "2024-05-25", "2027-05-25")
    hold(three, "high_tech", "2024-01-01", "2027-01-01")
    hold(three, "high_tech", "2027-01-01", "2030-01-01")
    found = ladder().alerts([registry().pools["high_tech"]])
    assert [(a.firm, a.kind, a.by) for a in found] == [(one.pk, "ends", dt.date(2027, 5, 24))]
    page = browser(here.tax).get("/ladder/alerts/?kind=ends").content.decode()
    assert "2027年5月24日" in page
    assert "企业、科技部门" in page
    assert "若木" not in page


def test_a_member_below_the_line_is_told_with_the_numbers(here):
    hold(here.one.firm, "high_tech", "2024-05-24", "2029-05-24")
    for year in (2023, 2024, 2025):
        months(here.one.firm, year, rd_expense=300, rd_labour=300, rd_materials=0, rd_depreciation=0,
               rd_design=0, rd_trial=0)  # fmt: skip
    freeze(NOW)
    (told,) = ladder().alerts([registry().pools["high_tech"]])
    assert (told.kind, told.words) == ("below", "近三年研发费用占销售收入（3%，要求不低于 4%，差 1 个百分点）")


def test_in_and_out_of_a_pool_leave_their_reasons(here):
    pool = registry().pools["gazelle"]
    (made,) = enter_pool({here.one.firm: "专家推荐"}, pool, by=here.chief, at=NOW)
    with pytest.raises(Refused, match="都已在库"):
        enter_pool({here.one.firm: "再次推荐"}, pool, by=here.chief, at=NOW)
    with pytest.raises(Refused, match="须写明理由"):
        enter_pool({here.two.firm: " "}, pool, by=here.chief, at=NOW)
    with pytest.raises(Refused, match="出库须写明理由"):
        leave_pool([made], "", by=here.chief, at=NOW)
    leave_pool([made], "已迁出", by=here.chief, at=NOW)
    gone = PoolEntry.objects.get()
    assert (gone.from_on, gone.to_on, gone.left_because) == (ON, ON, "已迁出")
    with pytest.raises(Refused, match="都不在库"):
        leave_pool([made], "又迁出", by=here.chief, at=NOW)
    told = Event.objects.filter(act__startswith="enterprises.").values_list("act", "subject", "body")
    assert list(told) == [
        ("enterprises.enter_pool", "enterprises.pool:gazelle", {"firms": {str(here.one.firm.pk): "专家推荐"}}),
        ("enterprises.leave_pool", "enterprises.pool:gazelle", {"firms": [here.one.firm.pk], "because": "已迁出"}),
    ]
    enter_pool({here.one.firm: "迁回"}, pool, by=here.chief, at=NOW)
    assert PoolEntry.objects.filter(to_on=None).count() == 1


def test_a_firm_is_led_to_itself_and_finds_nothing_else(here):
    mine = browser(here.one.owner)
    assert mine.get("/ladder/").headers["Location"] == f"/firms/{here.one.firm.pk}/plan/"
    for page in ("/ladder/alerts/", "/ladder/alerts.csv", "/ladder/rungs/high_tech/", "/ladder/rungs/high_tech.xlsx",
                 "/ladder/points/", "/ladder/foresight/", f"/ladder/points/{here.two.firm.pk}/",
                 f"/firms/{here.two.firm.pk}/plan/"):  # fmt: skip
        answer = mine.get(page)
        assert answer.status_code == 404, page
        assert "若木" not in answer.content.decode()
    assert mine.post("/ladder/rungs/gazelle/nurture/", {"firm": [here.one.firm.pk], "why": "自荐"}).status_code == 404
    reader = browser(here.tax)  # sees every firm, looks after none
    assert reader.post("/ladder/rungs/gazelle/nurture/", {"firm": [here.one.firm.pk], "why": "x"}).status_code == 403
    assert not PoolEntry.objects.exists()


def test_days_of_the_calendar():
    assert months_on(dt.date(2026, 8, 31), 6) == dt.date(2027, 2, 28)
    assert years_back(dt.date(2024, 2, 29), 1) == dt.date(2023, 2, 28)
