"""A voucher from application to settlement, what stops it, and that its money is never counted twice."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils.translation import override

from quanyu.bureaus.finance.acts import vouchers as acts
from quanyu.bureaus.finance.models import Budget, Payment, Tie, Voucher
from quanyu.bureaus.finance.reads import burndown
from quanyu.bureaus.finance.reads import vouchers as reads
from quanyu.casework.acts import lapse
from quanyu.facts import acts as facts
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.facts.desk import moment
from tests.finance.vouchers import NOW, Here

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _chinese():
    with override("zh-hans"):
        yield


@pytest.fixture
def here(tmp_path, settings):
    settings.QUANYU_HOME = tmp_path / "home"
    zone = Here(tmp_path)
    facts.freeze(NOW)
    return zone


def budget():
    found = Budget.objects.get(policy="mini_voucher", year=2026)
    return found.reserved, found.committed, found.spent


def test_a_voucher_holds_its_face_until_it_is_settled_and_then_what_is_due(here):
    voucher = here.redeemed(yuan="8000", price="10000.01")
    assert (voucher.face, voucher.price, voucher.due) == (800_000, 1_000_001, 500_000)  # half, cut down to the fen
    assert budget() == (800_000, 0, 0)
    voucher = here.step(voucher, "inspect", here.clerk, note="已现场核对") if voucher.risks else voucher
    done = here.step(voucher, "release", here.clerk)
    assert (done.case.state, done.used_on) == ("used", NOW.date())
    assert budget() == (0, 500_000, 0)
    paid = Payment.objects.get(case=done.case)
    assert (paid.organisation, paid.amount, paid.policy) == (here.providers[0], 500_000, "mini_voucher")


def test_the_face_caps_what_is_paid_and_the_cap_what_is_given(here):
    voucher = here.redeemed(yuan="3000", price="10000")
    assert voucher.due == 300_000
    with pytest.raises(Refused, match=r"今年还可申领 17,000\.00 元，申领的是 17,000\.01 元"):
        here.give(0, "17000.01")
    assert here.give(0, "17000").face == 1_700_000
    assert reads.left(registry(), registry().policies["mini_voucher"], here.firms[0], NOW.date()) == 0


def test_the_budget_gives_no_more_than_it_has(here):
    Budget.objects.create(policy="mini_voucher", year=2026, amount=1_000_000)
    here.give(0, "6000")
    with pytest.raises(Refused, match=r"预算还剩 4,000\.00 元，不够 5,000\.00 元"):
        here.give(1, "5000")
    assert Voucher.objects.count() == 1
    here.step(Voucher.objects.get(), "give_up", here.users[0])
    assert here.give(1, "10000").face == 1_000_000


def test_a_voucher_that_is_not_used_in_time_gives_its_money_back(here):
    voucher = here.give()
    assert voucher.case.agreed_on == dt.date(2026, 8, 29)
    late = here.give(1, at=moment("2026-10-08"))
    assert late.case.agreed_on == dt.date(2026, 12, 31)  # never beyond its budget year
    lapse(moment("2026-08-30"))
    voucher.case.refresh_from_db()
    assert (voucher.case.state, budget()[0]) == ("dropped", 800_000)


def test_an_own_relation_cannot_be_chosen_nor_paid(here):
    acts.note_ties(
        [f"{here.firms[0].code}，赵虚构，股东", f"{here.providers[0].name},赵虚构"], "登记", by=here.clerk, at=NOW
    )
    voucher = here.give()
    with pytest.raises(Refused, match="是关联方，不能用券"):
        acts.choose(voucher, here.providers[0].pk, by=here.users[0], at=NOW)
    Tie.objects.all().delete()
    done = here.redeemed(1, invoice="B7")
    acts.note_ties(
        [f"{here.firms[1].code}，钱虚构", f"{here.providers[0].code}，钱虚构"], "后来", by=here.clerk, at=NOW
    )
    assert [r.key for r in reads.Check(registry(), done, NOW.date()).hits() if r.stops] == ["related_party"]


def test_the_same_invoice_or_report_is_paid_once(here):
    first = here.redeemed(0, invoice="NO 123")
    assert not {"same_invoice", "same_report"} & set(first.risks)
    again = here.redeemed(1, invoice="no123", report=b"%PDF-1 other")
    assert "same_invoice" in again.risks
    with pytest.raises(Refused, match="同一张发票已用于另一张券，不能兑付"):
        here.step(again, "release", here.clerk)
    copied = here.redeemed(2, invoice="777", report=b"%PDF-1 report")
    assert "same_report" in copied.risks and "same_invoice" not in copied.risks


def test_a_circle_is_looked_at_before_it_is_paid(here):
    """Firm 1 buys from provider 4, who buys from provider 5, whose owner also owns firm 1."""
    acts.note_ties([f"{here.providers[1].code},孙虚构", f"{here.firms[0].code},孙虚构"], "登记", by=here.clerk, at=NOW)
    other = here.give(2)
    Voucher.objects.filter(pk=other.pk).update(organisation=here.providers[0], provider=here.providers[1])
    voucher = here.redeemed(0)
    assert "ring" in voucher.risks
    with pytest.raises(Refused, match="请先填写抽查记录"):
        here.step(voucher, "release", here.clerk)
    here.step(voucher, "inspect", here.clerk, note="已查，服务真实")
    assert here.step(voucher, "release", here.clerk).case.state == "used"


def test_a_price_far_above_its_peers_is_dear(here):
    for n, price in enumerate(["1000", "1100", "900", "1050"]):
        here.redeemed(n % 3, n % 2, yuan="600", price=price, invoice=f"P{n}", report=f"%PDF-1 {n}".encode())
    dear = here.redeemed(2, 1, yuan="9000", price="9000", invoice="P9", report=b"%PDF-1 nine")
    sound = here.redeemed(0, 1, yuan="600", price="1150", invoice="P8", report=b"%PDF-1 eight")
    assert "dear" in dear.risks and "dear" not in sound.risks


def test_the_burn_down_ends_at_what_is_left(here):
    here.give(0, "8000")
    voucher = here.redeemed(1, yuan="8000", price="10000")
    here.step(voucher, "inspect", here.clerk, note="已查")
    here.step(voucher, "release", here.clerk)
    (year,) = burndown.of_year(registry(), NOW.date())
    assert (year.budget, year.given, year.settled) == (10_000_000, 1_300_000, 500_000)
    assert (year.after_given, year.after_settled) == (
        [(1, 10_000_000), (2, 10_000_000), (3, 8_700_000)], [(1, 10_000_000), (2, 10_000_000), (3, 9_500_000)],
    )  # fmt: skip


def test_nobody_sees_the_vouchers_of_others(here):
    voucher = here.redeemed(0)
    seen = {}
    for user in (*here.users, *here.servants, here.clerk):
        browser = Client()
        browser.force_login(user)
        page = browser.get("/vouchers/")
        seen[user.username] = (
            voucher.case.number in page.content.decode(),
            browser.get(f"/cases/{voucher.pk}/").status_code,
        )
        if user not in (here.users[0], here.servants[0], here.clerk):
            assert (
                browser.post(f"/vouchers/{voucher.pk}/choose/", {"provider": here.providers[1].pk}).status_code == 404
            )
    assert [seen[u.username] for u in here.users] == [(True, 200), (False, 403), (False, 403)]
    assert [seen[u.username] for u in here.servants] == [(True, 200), (False, 403)]
    assert seen["clerk"] == (True, 200)


def test_lines_of_ties_that_cannot_be_read_leave_nothing(here):
    with pytest.raises(Refused, match="第 2 行的“无此企业”没有登记"):
        acts.note_ties([f"{here.firms[0].code}，赵虚构", "无此企业，赵虚构"], "登记", by=here.clerk, at=NOW)
    with pytest.raises(Refused, match="第 1 行“只有名字”读不懂"):
        acts.note_ties(["只有名字"], "登记", by=here.clerk, at=NOW)
    assert Tie.objects.count() == 0
