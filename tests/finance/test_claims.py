"""Claims from the list to the money, and everything that keeps one from being paid wrongly."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client

from quanyu.bureaus.finance.acts import claims as acts
from quanyu.bureaus.finance.acts.accounts import enter_account
from quanyu.bureaus.finance.models import Account, Claim, Entitlement, Payment
from quanyu.bureaus.finance.reads import claims as reads
from quanyu.casework.acts import lapse, take
from quanyu.casework.models import Case
from quanyu.facts.acts import annul_standing, freeze
from quanyu.facts.models import Report, Standing
from quanyu.facts.payments import payments
from quanyu.people.models import Event, Notice
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.facts.desk import moment
from tests.finance.paying import NOW, Zone, budget

pytestmark = pytest.mark.django_db


@pytest.fixture
def zone(tmp_path):
    return Zone(tmp_path)


def test_the_list_holds_who_has_it_today_and_opens_claims_once(zone):
    claims = zone.listed("first")
    assert [(c.organisation, c.amount) for c in claims] == [
        *((f, 1234567) for f in zone.firms[:3]),
        (zone.firms[3], 2469134),
    ]
    assert {n.organisation_id for n in Notice.objects.filter(topic="finance.claim")} == {f.pk for f in zone.firms}
    assert acts.draw_up(registry().policies["first"], by=zone.clerk, at=NOW) == 4  # drawn up again: nothing twice
    assert Entitlement.objects.filter(policy="first").count() == 4
    assert not reads.unclaimed(registry().policies["first"], 2026).exists()


def test_one_press_on_the_firms_page_claims_what_is_shown_there_and_only_once(zone):
    """一键申报: the page of the firm opens the case of the office."""
    firm, *_rest = zone.firms
    owner, client = zone.owner(firm), Client()
    client.force_login(owner)
    assert ">4.00<" in client.get("/mine/").content.decode()  # 万元
    assert client.post("/mine/claim/best/")["Location"] == "/mine/#p-best"
    claim = Claim.objects.get()
    assert (claim.organisation, claim.policy, claim.amount) == (firm, "best", 4000000)
    assert claim.case.opened_by == owner and claim.case.number in client.get("/mine/").content.decode()
    for key in ("best", "first", "nothing"):  # claimed already; paid by itself; no such policy
        refused = client.post(f"/mine/claim/{key}/")
        assert (refused.status_code, "现在不能申报这项政策" in refused.content.decode()) == (409, True)
    for user in (zone.owner(zone.outsider), zone.clerk):
        client.force_login(user)
        assert client.post("/mine/claim/best/").status_code in (403, 404, 409)
    assert Claim.objects.count() == 1


def test_the_journey_of_a_firm_is_one_click_and_the_money_is_the_same_to_the_fen(zone):
    claim, *_others = zone.listed("first")
    payment = zone.sent(claim)
    assert Case.objects.get(pk=claim.pk).state == "ordered"  # confirmed before the notice: nobody asked again
    zone.answer(f"{payment.number},12345.67,成功,,2026-03-12")
    claim.refresh_from_db()
    fact = Report.objects.get(form="policy_payments")
    assert (claim.paid_on, Case.objects.get(pk=claim.pk).phase) == (dt.date(2026, 3, 12), "done")
    assert fact.period == "2026-03"
    assert fact.cells == {"policy": "first", "amount": "12345.67", "paid_on": "2026-03-12", "number": payment.number}
    assert Decimal(fact.cells["amount"]) * 100 == payment.amount == claim.amount == 1234567
    assert budget("first") == (5000000 - 1234567, 0, 0, 1234567)
    assert Notice.objects.get(topic="finance.paid").line == "“虚构奖励first”12,345.67 元已拨付，请查收"
    assert [(p.policy, p.amount) for p in payments([claim.organisation_id], 2026)] == [("first", Decimal("12345.67"))]


def test_the_firm_is_asked_after_the_notice_when_it_has_not_confirmed(zone):
    claim, *_others = zone.listed("first")
    zone.step(claim, "approve", zone.chief)
    zone.step(claim, "announce", zone.clerk)
    assert lapse(moment("2026-03-09"))["lapsed"] == 0  # the fifth working day is the last of the notice
    assert lapse(moment("2026-03-10"))["lapsed"] == 1
    assert Case.objects.get(pk=claim.pk).state == "confirming"
    with pytest.raises(Refused, match="还没有登记收款账户"):
        zone.step(claim, "confirm_account", zone.owner(claim.organisation))
    zone.account(claim.organisation)
    zone.step(claim, "confirm_account", zone.owner(claim.organisation))
    assert Case.objects.get(pk=claim.pk).state == "payable"


def test_no_second_claim_for_one_policy_firm_and_year(zone):
    claim, *_others = zone.listed("first")
    with pytest.raises(Refused, match="不能重复"):
        zone.open("first", claim.organisation, "12345.67", zone.clerk)
    zone.step(claim, "refuse", zone.chief, note="材料不实")
    assert zone.open("first", claim.organisation, "12345.67", zone.clerk).pk != claim.pk  # an ended one stops nothing


def test_it_is_decided_anew_on_the_day_of_approval(zone):
    claim, other, *_rest = zone.listed("first")
    Claim.objects.filter(pk=other.pk).update(amount=1)
    with pytest.raises(Refused, match=r"应为 12,345\.67 元，与申报的 0\.01 元不同"):
        zone.step(other, "approve", zone.chief)
    zone.step(other, "recompute", zone.clerk)
    assert zone.step(other, "approve", zone.chief).granted == 1234567
    standing = Standing.objects.get(organisation=claim.organisation, title="high_tech")
    annul_standing(standing, registry().titles["high_tech"], None, NOW, "撤销")
    freeze(NOW)
    with pytest.raises(Refused, match="不再符合条件"):
        zone.step(claim, "approve", zone.chief)


def test_a_firm_opens_its_own_claim_and_only_that(zone):
    firm, other = zone.firms[:2]
    case = zone.open("best", firm, "40000", zone.owner(firm))
    assert (case.form["amount"], Claim.objects.get(pk=case.pk).amount) == ("40000", 4000000)
    with pytest.raises(Refused, match="只能为本企业"):
        zone.open("best", other, "40000", zone.owner(firm))
    with pytest.raises(Refused, match="不用企业申请"):
        zone.open("first", firm, "12345.67", zone.owner(firm))
    with pytest.raises(Refused, match="精确到分"):
        zone.open("best", other, "0.015", zone.clerk)


def test_what_a_stranger_asks_for_is_not_what_is_paid(zone):
    case = zone.open("best", zone.firms[0], "99999999", zone.owner(zone.firms[0]))
    done, barred = acts.take_all("approve", [case.pk], by=zone.chief, at=NOW, policy="best")
    assert (done, [why.split("，")[0] for _who, why in barred]) == (0, ["按今天的数据应为 40,000.00 元"])


def test_an_objection_stops_the_payment_until_it_is_settled(zone):
    claim, *_others = zone.listed("first")
    zone.step(claim, "approve", zone.chief)
    claim = zone.step(claim, "announce", zone.clerk)
    said = {"reason": "该企业已搬离", "wanted": "不予兑现", "name": "李虚构", "contact": "13800000000"}
    objection = acts.object_to(claim, **said, by=None, at=NOW)
    assert "13800000000" not in str(list(Event.objects.values_list("body", flat=True)))
    after = moment("2026-03-10")
    with pytest.raises(Refused, match="还有 1 件异议没有办结"):
        zone.step(claim, "close_notice", zone.clerk, at=after)
    take(objection, "report", by=zone.clerk, at=NOW, note="查实")
    take(Case.objects.get(pk=objection.pk), "uphold", by=zone.chief, at=NOW, note="成立")
    with pytest.raises(Refused, match="有异议经核查成立"):
        zone.step(claim, "close_notice", zone.clerk, at=after)
    zone.step(claim, "stop", zone.chief, at=after, note="异议成立")
    assert budget("first") == (5000000, 0, 0, 0)
    with pytest.raises(Refused, match="公示期已满"):
        acts.object_to(claim, **said, by=None, at=after)


def test_too_little_money_is_shared_in_proportion_to_the_fen(zone):
    claims = zone.listed("share")  # 3 × 33,333.33 + 66,666.66 = 166,666.65 of 100,000.00
    with pytest.raises(Refused, match="请在兑现台成批审定"):
        zone.step(claims[0], "approve", zone.chief)
    assert acts.take_all("approve", [c.pk for c in claims], by=zone.chief, at=NOW, policy="share") == (4, [])
    granted = list(Claim.objects.filter(policy="share").order_by("case").values_list("granted", flat=True))
    assert granted == [2000000, 2000000, 2000000, 4000000]
    assert budget("share") == (0, 10000000, 0, 0)


def test_too_little_money_goes_by_rank_and_nobody_overtakes(zone):
    claims = zone.listed("best")  # the last ranks first with 80,000; of the others at 40,000 none fits into 20,000
    done, barred = acts.take_all("approve", [c.pk for c in claims], by=zone.chief, at=NOW, policy="best")
    assert done == 1 and {why for _who, why in barred} == {"预算用完，按顺序没有轮到。"}
    assert list(Claim.objects.filter(granted__isnull=False).values_list("organisation", "granted")) == [
        (zone.firms[3].pk, 8000000)
    ]
    assert budget("best") == (2000000, 8000000, 0, 0)


def test_first_come_stops_where_the_money_ends(zone):
    claims = zone.listed("first")  # 3 × 12,345.67 fit into 50,000; the fourth, twice as much, does not
    done, barred = acts.take_all("approve", [c.pk for c in claims], by=zone.chief, at=NOW, policy="first")
    assert done == 3
    assert barred == [(str(zone.firms[3]), "预算还剩 12,962.99 元，不够 24,691.34 元。")]


def test_the_funnel_counts_firms_and_money(zone):
    claims = zone.listed("first")
    zone.payable(claims[0])
    Entitlement.objects.create(policy="first", year=2026, organisation=zone.outsider, amount=500, drawn_up_at=NOW)
    steps = [(s.key, s.count, s.amount) for s in reads.funnels(2026)["first"]]
    assert steps == [
        ("entitled", 5, 6172835 + 500), ("notified", 4, 6172835), ("confirmed", 1, 1234567), ("announced", 1, 1234567),
        ("paid", 0, 0),
    ]  # fmt: skip


def test_the_account_is_the_firms_own_and_its_number_stays_out_of_the_record(zone):
    firm = zone.firms[0]
    assert str(zone.account(firm)) == "虚构银行东园支行（尾号 2222）"
    zone.account(firm, number="６２２２-0000-9999-8888")
    assert [(a.number, a.replaced_at is None) for a in Account.objects.order_by("id")] == [
        ("6222000011112222", False), ("6222000099998888", True),
    ]  # fmt: skip
    record = str(list(Event.objects.values_list("body", flat=True)))
    assert "8888" in record and "99998888" not in record
    for holder, number, told in ((zone.outsider.name, "6222000011112222", "户名"), (firm.name, "62a2", "账号")):
        with pytest.raises(Refused, match=told):
            enter_account(firm, holder, "虚构银行", number, by=zone.owner(firm), at=NOW)


def test_a_failed_payment_goes_back_to_the_firm_with_the_banks_reason(zone):
    claim, *_others = zone.listed("first")
    payment = zone.sent(claim)
    zone.answer(f"{payment.number},12345.67,失败,户名账号不符,2026-03-12")
    assert (Case.objects.get(pk=claim.pk).state, budget("first")[1:]) == ("confirming", (1234567, 0, 0))
    with pytest.raises(Refused, match="上次拨付失败（户名账号不符）"):
        zone.step(claim, "confirm_account", zone.owner(claim.organisation))
    zone.account(claim.organisation, number="6222000033334444")
    zone.step(claim, "confirm_account", zone.owner(claim.organisation))
    zone.step(claim, "order", zone.finance)
    assert list(Payment.objects.order_by("id").values_list("state", "account__number", "amount")) == [
        ("failed", "6222000011112222", 1234567), ("ordered", "6222000033334444", 1234567),
    ]  # fmt: skip
    assert not Report.objects.filter(form="policy_payments").exists()
