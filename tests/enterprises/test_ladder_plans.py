"""One firm, one plan: made from what is lacking, moved on by what is done, told to who must act."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils.translation import override

from quanyu.bureaus.enterprises.acts.firm_plans import Measure, add_measure, finish_measure, make_plan
from quanyu.bureaus.enterprises.models import FirmPlan
from quanyu.bureaus.enterprises.reads import firm_plans as reads
from quanyu.casework.acts import lapse, take
from quanyu.facts.acts import freeze
from quanyu.people.models import Event, Notice
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.enterprises.office import NOW, ON, an_office, browser
from tests.enterprises.test_ladder import hold, months

pytestmark = pytest.mark.django_db
SOON, LATER = dt.date(2026, 12, 10), dt.date(2027, 3, 1)


@pytest.fixture(autouse=True)
def _chinese():
    with override("zh-hans"):
        yield


@pytest.fixture
def here(db):
    return an_office()


def plan(here, *measures) -> FirmPlan:
    given = measures or (Measure("辅导归集", "st_office", LATER), Measure("申请专利", "firm_owner", SOON, "rights"))
    return make_plan(here.one.firm, registry().pools["high_tech"], given, by=here.clerk, at=NOW)


def test_the_deadline_is_that_of_the_next_measure_and_moves_on(here):
    made = plan(here)
    assert (made.case.agreed_on, made.case.due_on, made.case.holder) == (SOON, SOON, here.clerk)
    assert made.case.title == "玄圃电子有限公司：迈向高新技术企业"
    first = made.measures.first()
    assert (first.text, first.owner, first.condition) == ("申请专利", "firm_owner", "rights")
    finish_measure(first, by=here.clerk, at=NOW)
    held = reads.running(here.one.firm)
    assert (held.case.due_on, reads.PlanLine(held, registry(), ON).done) == (LATER, 1)
    add_measure(held, Measure("购置设备", "firm_owner", SOON), by=here.clerk, at=NOW)
    assert reads.running(here.one.firm).case.due_on == SOON
    with pytest.raises(Refused, match="还有 2 项措施没有完成"):
        take(held.case, "reach", by=here.clerk, at=NOW)
    for measure in held.measures.filter(done_on=None):
        finish_measure(measure, by=here.clerk, at=NOW)
    assert take(held.case, "reach", by=here.clerk, at=NOW).phase == "done"
    assert reads.running(here.one.firm) is None


def test_each_owner_is_told_and_the_late_one_is_remembered(here):
    made = plan(here)
    told = {(n.role, n.organisation) for n in Notice.objects.filter(topic="enterprises.measure")}
    assert told == {("st_office", None), ("firm_owner", here.one.firm)}
    assert lapse(NOW + dt.timedelta(days=30))["overdue"] == 1
    late = Notice.objects.get(topic="case_overdue")
    assert (late.user or late.role) in (here.clerk, "clerk")
    line = reads.PlanLine(reads.plans().get(), registry(), SOON + dt.timedelta(days=3))
    assert (line.overdue, str(line.state(line.next))) == (True, "■ 逾期 3 天")
    finish_measure(made.measures.first(), by=here.clerk, at=NOW)
    assert Event.objects.filter(act="enterprises.make_plan").get().body["measures"] == ["辅导归集", "申请专利"]


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        (Measure(" ", "clerk", SOON), "没有写内容"),
        (Measure("辅导", "nobody", SOON), "没有写明由谁负责"),
        (Measure("辅导", "clerk", dt.date(2026, 11, 23)), "早于今天"),
    ],
)
def test_a_measure_says_what_who_and_when(here, measure, said):
    with pytest.raises(Refused, match=said):
        plan(here, measure)
    assert not FirmPlan.objects.exists()


def test_a_firm_has_one_plan_and_others_do_not_move_it(here):
    made = plan(here)
    with pytest.raises(Refused, match="已有实施中的一企一策"):
        plan(here)
    with pytest.raises(Refused, match=r"由.*办理"):
        finish_measure(made.measures.first(), by=here.st_office, at=NOW)
    assert not made.measures.exclude(done_on=None).exists()


def test_what_is_lacking_becomes_measures_with_one_click(here):
    firm = here.one.firm
    hold(firm, "tech_sme", "2026-05-01")
    months(
        firm,
        2025,
        revenue=10000,
        rd_expense=250,
        rd_labour=250,
        rd_materials=0,
        rd_depreciation=0,
        rd_design=0,
        rd_trial=0,
    )
    freeze(NOW)
    client = browser(here.clerk)
    page = client.get(f"/firms/{firm.pk}/plan/?goal=high_tech_nursery").content.decode()
    assert "提高并单独归集研发费用（2.5%，要求不低于 3%，差 0.5 个百分点）" in page
    assert "申请对主要产品起核心支持作用的知识产权（0 件，要求不低于 1 件，差 1 件）" in page
    form = {"goal": "high_tech_nursery", "text": ["提高研发", ""], "owner": ["firm_owner", ""],
            "due_on": [SOON.isoformat(), ""], "condition": ["rd_share", ""]}  # fmt: skip
    wrong = client.post(f"/firms/{firm.pk}/plan/make/", form | {"owner": ["", ""]})
    assert wrong.status_code == 409
    assert 'value="提高研发"' in wrong.content.decode()  # what was typed stays
    client.post(f"/firms/{firm.pk}/plan/make/", form)
    (line,) = reads.PlanLine(reads.plans().get(), registry(), ON).told
    assert (line[0].text, line[1], line[0].condition) == ("提高研发", "企业负责人", "rd_share")
    own = browser(here.one.owner)
    shown = own.get(f"/firms/{firm.pk}/plan/").content.decode()
    assert "提高研发" in shown
    assert "办结" not in shown
    assert own.post(f"/firms/{firm.pk}/plan/make/", {"done": line[0].pk}).status_code == 403
    other = browser(here.two.owner)
    assert other.get(f"/firms/{firm.pk}/plan/").status_code == 404
    assert other.post(f"/firms/{firm.pk}/plan/make/", form).status_code == 404
    assert "提高研发" in client.get("/firms/plans.csv").content.decode("utf-8-sig")
