"""Titles: granted once, corrected in the open, held on the days they say."""

import datetime as dt

import pytest

from quanyu.facts import acts, reads
from quanyu.facts.models import Standing
from quanyu.people.models import Event
from quanyu.registry.problem import Refused
from tests.facts.desk import core, make_firms, moment

pytestmark = pytest.mark.django_db
FROM, TO, AT = dt.date(2024, 1, 1), dt.date(2027, 1, 1), moment("2024-01-10")


def test_a_title_is_held_from_its_first_day_up_to_but_not_on_its_last():
    (firm,) = make_firms(1)
    acts.grant(core().titles["high_tech"], firm, FROM, None, AT, valid_to=TO)
    held = [bool(reads.holders("high_tech", day)) for day in (dt.date(2023, 12, 31), FROM, dt.date(2026, 12, 31), TO)]
    assert held == [False, True, True, False]


def test_the_same_grant_twice_is_one_standing():
    (firm,) = make_firms(1)
    title = core().titles["high_tech"]
    first = acts.grant(title, firm, FROM, None, AT, decision="演示〔2024〕1号")
    events = Event.objects.count()
    assert acts.grant(title, firm, FROM, None, AT, decision="演示〔2024〕1号") == first
    assert (Standing.objects.count(), Event.objects.count()) == (1, events)


def test_alike_patents_of_one_day_count_as_often_as_they_are_listed():
    (firm,) = make_firms(1)
    rows = [acts.Grant(core().titles["patent"], firm.pk, FROM, level="invention")] * 3
    assert acts.grant_many(rows[:2], None, AT) == 2
    assert acts.grant_many(rows, None, AT) == 1
    assert acts.grant_many(rows, None, AT) == 0
    assert reads.standings_of(firm).count() == 3


def test_a_correction_replaces_what_it_corrects_and_keeps_it_on_record():
    (firm,) = make_firms(1)
    title = core().titles["high_tech"]
    old = acts.grant(title, firm, FROM, None, AT, valid_to=TO)
    new = acts.correct_standing(old, title, None, moment("2024-06-01"), "取消资格", valid_to=dt.date(2024, 6, 1))
    assert list(reads.standings_of(firm)) == [new]
    assert (new.corrects, new.valid_from, new.valid_to) == (old, FROM, dt.date(2024, 6, 1))
    with pytest.raises(Refused, match="已被更正或作废"):
        acts.correct_standing(old, title, None, moment("2024-06-02"), "再改", level="")
    acts.annul_standing(new, title, None, moment("2024-06-03"), "录入错误")
    assert (list(reads.standings_of(firm)), Standing.objects.count()) == ([], 3)


@pytest.mark.parametrize(
    ("title", "fields", "sentence"),
    [
        ("patent", {"level": "gold"}, "“专利”没有“gold”这一级。"),
        ("patent", {}, "“专利”须写明级别。"),
        ("high_tech", {"valid_to": FROM}, "“高新技术企业”的止日 2024-01-01 须晚于起日 2024-01-01。"),
    ],
)
def test_an_unsound_grant_is_refused(title, fields, sentence):
    (firm,) = make_firms(1)
    with pytest.raises(Refused) as refusal:
        acts.grant(core().titles[title], firm, FROM, None, AT, **fields)
    assert refusal.value.sentence == sentence
    with pytest.raises(Refused):
        acts.grant_many([acts.Grant(core().titles[title], firm.pk, FROM, **fields)], None, AT)
    assert Standing.objects.count() == 0


def test_a_personal_title_names_its_holder():
    (firm,) = make_firms(1)
    title = next(t for t in core().titles.values() if t.holder == "person")
    level = {"level": title.levels[0]} if title.levels else {}
    with pytest.raises(Refused, match="授予个人，须写明姓名"):
        acts.grant(title, firm, FROM, None, AT, **level)
    assert acts.grant(title, firm, FROM, None, AT, person="虚构甲", **level).person == "虚构甲"


def test_a_correction_needs_a_reason_and_cannot_change_the_title():
    (firm,) = make_firms(1)
    old = acts.grant(core().titles["high_tech"], firm, FROM, None, AT)
    with pytest.raises(Refused, match="须写明原因"):
        acts.correct_standing(old, core().titles["high_tech"], None, AT, "", valid_to=TO)
    with pytest.raises(Refused, match="不能换成另一种称号"):
        acts.correct_standing(old, core().titles["gazelle"], None, AT, "改称号")
