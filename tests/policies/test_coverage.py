"""Whom a policy reached, why the rest was not, how long it took; and a survey that lets nobody be guessed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.utils.translation import override

from quanyu.bureaus.policies.acts import survey as acts
from quanyu.bureaus.policies.acts.match import match
from quanyu.bureaus.policies.models import Review, SurveyAnswer
from quanyu.bureaus.policies.reads import coverage as reads
from quanyu.facts import acts as facts
from quanyu.people.acts import notify
from quanyu.people.models import Event
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.facts.desk import moment
from tests.finance.vouchers import NOW, Here

pytestmark = pytest.mark.django_db
KEY = "mini_voucher"
GOOD = {"use": "5", "ease": "4", "without": "never"}


@pytest.fixture(autouse=True)
def _chinese():
    with override("zh-hans"):
        yield


@pytest.fixture
def here(tmp_path, settings):
    settings.QUANYU_HOME = tmp_path / "home"
    zone = Here(tmp_path)
    facts.freeze(NOW)
    match(NOW.date(), at=NOW, by=None)
    return zone


def paid(firm, yuan: str, day: str, line: str = "1"):
    cells = {"policy": KEY, "amount": yuan, "paid_on": day, "number": line}
    facts.file_report(registry().forms["policy_payments"], firm, day[:7], cells, None, moment(day), line=line)


def now(on="2026-04-30"):
    return reads.coverage(registry(), KEY, 2026, dt.date.fromisoformat(on))


def test_from_entitled_to_paid_and_why_not(here):
    """Five may have it: one is paid, one holds a voucher, one gave it back, one was told, one knows nothing."""
    here.give(0)
    voucher = here.give(1)
    here.step(voucher, "give_up", here.users[1])
    notify(
        "finance.notified", "可享受", link="/mine/", at=NOW, role="firm_owner", organisation=here.firms[3].pk,
        subject=f"policy:{KEY}",
    )  # fmt: skip
    here.redeemed(2)
    paid(here.firms[2], "4000.50", "2026-03-16")
    found = now()
    assert found.entitled == {f.pk for f in here.firms}
    assert found.told == {f.pk for f in here.firms[:4]}
    assert found.applied == {here.firms[2].pk}
    assert (found.share, found.amount) == (Decimal(1) / 5, Decimal("4000.50"))
    assert dict(found.rest) == {
        "等企业：已发放，待选机构": 1, "已结束：已作废": 1, "已通知，还没有申请": 1, "还没有通知": 1,
    }  # fmt: skip
    assert (found.days, found.kept) == ([10], None)  # nothing was promised


def test_money_that_came_back_is_not_paid(here):
    paid(here.firms[0], "100", "2026-03-16")
    paid(here.firms[0], "-100", "2026-04-01", "2")
    paid(here.firms[1], "100", "2026-03-16")
    paid(here.firms[1], "-40", "2026-04-01", "2")
    found = now()
    assert set(found.paid) == {here.firms[1].pk}
    assert found.amount == 60


def test_answers_show_from_five_firms_on(here):
    for n, firm in enumerate(here.firms[:4]):
        paid(firm, "10", "2026-03-16", str(n))
        acts.answer_survey(
            registry().surveys["policy_year"], KEY, firm, GOOD | {"advice": f"建议{n}"}, by=here.clerk, at=NOW
        )
    survey = registry().surveys["policy_year"]
    assert reads.heard(survey, KEY, 2026) == (4, [])
    paid(here.firms[4], "10", "2026-03-16", "9")
    acts.answer_survey(survey, KEY, here.firms[4], GOOD | {"use": "1"}, by=here.clerk, at=NOW)
    number, heard = reads.heard(survey, KEY, 2026)
    assert (number, heard[0].counts, float(heard[0].mean)) == (5, {"5": 4, "4": 0, "3": 0, "2": 0, "1": 1}, 4.2)
    assert (heard[2].counts["never"], heard[2].mean, len(heard[3].words)) == (5, None, 4)
    acts.answer_survey(survey, KEY, here.firms[4], GOOD, by=here.clerk, at=NOW)
    assert SurveyAnswer.objects.count() == 5
    assert float(reads.heard(survey, KEY, 2026)[1][0].mean) == 5
    said = Event.objects.filter(act="policies.answer_survey").values_list("body", flat=True)
    assert all(set(body) == {"year", "organisation"} for body in said)


def test_who_had_nothing_to_do_with_a_policy_is_not_asked(here):
    with pytest.raises(Refused, match="没有给到贵单位"):
        acts.answer_survey(registry().surveys["policy_year"], KEY, here.firms[0], GOOD, by=here.users[0], at=NOW)


def test_a_review_keeps_what_it_rests_on(here):
    paid(here.firms[0], "100", "2026-03-16")
    with pytest.raises(Refused, match="没有写明评估结论的理由"):
        acts.review(KEY, 2026, "keep", " ", by=here.clerk, at=NOW)
    with pytest.raises(Refused, match="没有选择评估结论"):
        acts.review(KEY, 2026, "double", "好", by=here.clerk, at=NOW)
    made = acts.review(KEY, 2026, "adjust", "覆盖偏低", by=here.clerk, at=NOW)
    assert (made.figures["entitled"], made.figures["paid"], made.figures["amount"]) == (5, 1, "100")
    browser = Client()
    browser.force_login(here.clerk)
    page = browser.get(f"/coverage/{KEY}/?year=2026").content.decode()
    assert "覆盖偏低" in page and "答复不足 5 家" in page and Review.objects.count() == 1
    assert browser.get("/coverage/").status_code == 200


def test_a_firm_answers_its_own_policies_on_one_page(here):
    paid(here.firms[0], "100", moment("2026-03-16").date().isoformat())
    browser = Client()
    browser.force_login(here.users[0])
    assert "虚构创新券" in browser.get("/mine/survey/").content.decode()
    bad = browser.post("/mine/survey/", {"policy": KEY, "q_use": "5"})
    assert bad.status_code == 409 and "没有填" in bad.content.decode()
    browser.force_login(here.users[1])
    assert "虚构创新券" not in browser.get("/mine/survey/").content.decode()
