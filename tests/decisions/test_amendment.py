"""A promise is changed: proposed, consulted, adopted, a new dated value; figures can be judged by either plan."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import yaml
from django.test import Client

from quanyu.casework.acts import answer, lapse, take
from quanyu.casework.reads import why_not
from quanyu.decisions.acts import amendment as acts
from quanyu.decisions.reads import amendment as reads
from quanyu.decisions.reads import assessment
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.decisions.amended import RULED, judge, load, ruled_zone
from tests.decisions.zone import moment

pytestmark = pytest.mark.django_db
FORM = {"what": "target", "value": "8", "since": "2024-07-01", "because": "已提前达到", "evidence": "会议纪要1号"}
TAG = "indicator:high_tech"


@pytest.fixture
def people(tmp_path):
    return ruled_zone(tmp_path)


def consulted(people, form=FORM):
    case = acts.propose(TAG, form, by=people["clerk"], at=moment("2025-02-10"))
    return take(case, "consult", by=people["clerk"], at=moment("2025-02-11"))


def adopted(people):
    case = consulted(people)
    for opinion in case.opinions.all():
        answer(opinion, by=people[opinion.role], at=moment("2025-02-12"), answer="agree")
    case = take(case, "sum_up", by=people["clerk"], at=moment("2025-02-13"), note="无不同意见")
    case = take(case, "submit", by=people["chief"], at=moment("2025-02-14"))
    return take(case, "adopt", by=people["management_committee"], at=moment("2025-02-20"), note="同意")


def test_a_promise_is_amended_from_proposal_to_definition(people, tmp_path):
    case = adopted(people)
    assert (case.number, case.title) == ("调整〔2025〕1号", "高新技术企业：目标值4家调整为8家")
    assert why_not(case, "enact", None, dt.date(2025, 2, 21)).startswith("现行规划定义里还没有引用")
    path, text = reads.written(case, "tiny")
    assert path == "tiny/amendments/high_tech_20240701.yaml"
    assert yaml.safe_load(text) == {
        "key": "high_tech_20240701", "subject": "high_tech", "what": "target", "since": dt.date(2024, 7, 1),
        "value": "8", "because": "已提前达到", "by": {"zh": "领导小组", "en": "Leading group"},
        "case": "调整〔2025〕1号", "fictional": True,
    }  # fmt: skip
    load(tmp_path, RULED | {path: text})
    assert registry().target("high_tech", dt.date(2024, 6, 30)).value == 4
    assert registry().target("high_tech", dt.date(2024, 7, 1)).value == 8
    assert registry().indicators["high_tech"].target[0].value == 4
    assert acts.enact(case, at=moment("2025-02-25")).phase == "done"


def test_every_figure_can_be_judged_by_either_plan(people, tmp_path):
    path, text = reads.written(adopted(people), "tiny")
    load(tmp_path, RULED | {path: text})
    judge("2025-02-26")
    now, stood = assessment("2024-12").verdicts["high_tech"], reads.judged_on(dt.date(2024, 6, 30), "2024-12")
    assert (now.target, now.progress) == (Decimal(8), Decimal("0.25"))
    assert (stood.verdicts["high_tech"].target, stood.verdicts["high_tech"].progress) == (Decimal(4), Decimal("0.5"))
    beside = reads.judged_beside("high_tech", dt.date(2024, 7, 1))
    assert (beside.stood.target, beside.stands.target, beside.eve) == (Decimal(4), Decimal(8), dt.date(2024, 6, 30))
    client = Client()
    client.force_login(people["clerk"])
    page = client.get("/indicators/high_tech/?on=2024-06-30&period=2024-12").content.decode()
    assert "按 2024年6月30日 有效的规划研判" in page
    assert client.get("/plan/?on=昨天").status_code == 409


def test_the_units_concerned_are_heard_before_it_goes_on(people):
    case = consulted(people)
    assert {o.role for o in case.opinions.all()} == {"st_office", "statistics"} & {
        role for role, _org in reads.units_concerned(registry().indicators["high_tech"])
    }
    left = case.opinions.count()
    with pytest.raises(Refused, match=f"还有 {left} 家单位没有答复"):
        take(case, "sum_up", by=people["clerk"], at=moment("2025-02-13"), note="汇总")
    lapse(moment("2025-03-20"))
    case.refresh_from_db()
    assert case.state == "summed_up"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"value": "4"}, "改后的值与现行的一样"),
        ({"value": "很多"}, "应是一个数，现在是“很多”"),
        ({"since": "2020-12-31"}, "须晚于规划起始日"),
        ({"what": "due_on", "day": "2025-01-01"}, "不能调整这一项"),
        ({"because": ""}, "“理由”没有填"),
    ],
)
def test_a_proposal_that_says_nothing_new_is_refused(people, change, sentence):
    with pytest.raises(Refused, match=sentence):
        acts.propose(TAG, FORM | change, by=people["clerk"], at=moment("2025-02-10"))
    assert not reads.cases().exists()


def test_the_same_is_not_amended_twice_at_once(people):
    consulted(people)
    with pytest.raises(Refused, match="同一项调整正在办理"):
        acts.propose(TAG, FORM | {"value": "9"}, by=people["clerk"], at=moment("2025-02-12"))


def test_the_form_keeps_what_was_typed_and_the_list_shows_it(people):
    client = Client()
    client.force_login(people["clerk"])
    wrong = client.post(f"/amendments/new/?of={TAG}", FORM | {"value": "很多"})
    assert wrong.status_code == 409
    assert "应是一个数" in wrong.content.decode() and "会议纪要1号" in wrong.content.decode()
    made = client.post(f"/amendments/new/?of={TAG}", FORM)
    case = reads.cases().get()
    assert made["Location"] == f"/cases/{case.pk}/"
    shown = client.get("/amendments/").content.decode()
    assert case.number in shown and "4家" in shown and "8家" in shown
    assert client.get("/amendments.csv").status_code == 200
    client.force_login(people["st_office"])
    assert client.get(f"/amendments/new/?of={TAG}").status_code == 403
