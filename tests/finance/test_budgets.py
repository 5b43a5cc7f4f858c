"""No order of approval overspends a budget: one after the other, all at once, shared out to the fen."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from quanyu.bureaus.finance.acts import budgets
from quanyu.bureaus.finance.acts import claims as acts
from quanyu.bureaus.finance.models import Budget, Claim, Movement
from quanyu.bureaus.finance.reads.budgets import fen, in_yuan
from quanyu.casework.models import Case
from quanyu.judgements.sharing import in_order, in_proportion
from quanyu.people.models import Event
from quanyu.people.reads import walk_chain
from quanyu.registry.problem import Refused
from tests.finance.paying import NOW, Zone, budget

WANTS = st.dictionaries(st.integers(0, 40), st.integers(1, 10**12), min_size=1, max_size=40)


@given(total=st.integers(0, 10**13), wants=WANTS)
def test_shares_in_proportion_add_up_and_nobody_gets_more_than_wanted(total, wants):
    parts = in_proportion(total, wants)
    whole = sum(wants.values())
    assert sum(parts.values()) == min(total, whole)
    assert all(0 <= parts[k] <= wants[k] for k in wants)
    if whole > total:  # within a fen of the exact share
        assert all(abs(parts[k] * whole - wants[k] * total) < whole for k in wants)
        alike = {want: {parts[k] for k in wants if wants[k] == want} for want in wants.values()}
        assert all(max(got) - min(got) <= 1 for got in alike.values())


@given(total=st.integers(0, 10**13), wants=WANTS)
def test_shares_in_order_are_whole_and_nobody_overtakes(total, wants):
    parts = in_order(total, wants)
    assert sum(parts.values()) <= total
    assert list(parts) == list(wants)[: len(parts)] and all(parts[k] == wants[k] for k in parts)


@given(st.integers(-(10**15), 10**15))
def test_yuan_and_fen_lose_nothing(amount):
    assert fen(in_yuan(amount)) == amount and in_yuan(amount) * 100 == Decimal(amount)


class AnyOrder(TestCase):
    """Whatever is moved in whatever order: the sums of the movements are the budget, and it is never overspent."""

    @settings(max_examples=40, deadline=None)
    @given(
        whole=st.integers(0, 1000),
        steps=st.lists(st.tuples(st.sampled_from(["reserve", "release", "commit", "pay", "fail", "back"]),
                                 st.integers(1, 400)), max_size=30),
    )  # fmt: skip
    def test_a_budget_keeps_its_sums(self, whole, steps):
        row = Budget.objects.create(policy="first", year=2026, amount=whole)
        paths = {
            "reserve": ("", "reserved"), "release": ("reserved", ""), "commit": ("reserved", "committed"),
            "pay": ("committed", "spent"), "fail": ("committed", "reserved"), "back": ("spent", ""),
        }  # fmt: skip
        for what, amount in steps:
            source, target = paths[what]
            before = Budget.objects.get(pk=row.pk)
            possible = amount <= (getattr(before, source) if source else before.free)
            try:
                with transaction.atomic():
                    row = Budget.objects.select_for_update().get(pk=row.pk)
                    for stage, sign in ((source, -1), (target, 1)):
                        if stage:
                            setattr(row, stage, getattr(row, stage) + sign * amount)
                    row.save()
                assert possible
            except IntegrityError:  # the database itself refuses, whoever forgets to ask
                assert not possible
            now = Budget.objects.get(pk=row.pk)
            assert now.free >= 0 and min(now.reserved, now.committed, now.spent) >= 0


@pytest.mark.django_db
def test_adjusting_is_on_record_and_never_below_what_is_promised(tmp_path):
    zone = Zone(tmp_path)
    zone.step(zone.listed("first")[0], "approve", zone.chief)
    budgets.adjust("first", 2026, -3765433, "管委会纪要〔2026〕3号", by=zone.finance, at=NOW)
    assert budget("first") == (0, 1234567, 0, 0)
    with pytest.raises(Refused, match=r"只剩 0\.00 元可以调减"):
        budgets.adjust("first", 2026, -1, "纪要", by=zone.finance, at=NOW)
    with pytest.raises(Refused, match="没有写明"):
        budgets.adjust("first", 2026, 1, " ", by=zone.finance, at=NOW)
    assert Event.objects.get(act="finance.adjust_budget").body["fen"] == -3765433
    assert list(Movement.objects.values_list("from_stage", "to_stage", "amount")) == [
        ("amount", "amount", -3765433), ("", "reserved", 1234567),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_approvals_at_the_same_moment_never_overspend(tmp_path):
    """Ten desks approve at once, one by one and in batches, in different orders; the money is enough for four."""
    zone = Zone(tmp_path, firms=8)
    numbers = [c.pk for c in zone.listed("first")]
    start = Barrier(10)

    def one(desk: int):
        start.wait(timeout=60)
        try:
            if desk % 5 == 4:
                return acts.take_all("approve", numbers[::-1], by=zone.chief, at=NOW, policy="first")[0]
            return bool(zone.step(Claim.objects.get(pk=numbers[desk % 8]), "approve", zone.chief))
        except Refused:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as desks:
        list(desks.map(one, range(10)))
    held = Budget.objects.get(policy="first", year=2026)
    approved = Claim.objects.filter(granted__isnull=False)
    assert held.used == held.reserved == sum(c.granted for c in approved) <= held.whole == 5000000
    assert held.free < 1234567  # what is left does not suffice for another one
    assert Case.objects.filter(pk__in=numbers).exclude(state="checking").count() == approved.count()
    assert sum(m.amount for m in Movement.objects.filter(budget=held)) == held.reserved
    assert walk_chain().breaks == []


@pytest.mark.django_db(transaction=True)
def test_one_firm_claims_once_however_often_it_clicks(tmp_path):
    zone = Zone(tmp_path)
    firm = zone.firms[0]
    start = Barrier(6)

    def click(_number: int):
        start.wait(timeout=60)
        try:
            return zone.open("best", firm, "40000", zone.owner(firm)).pk
        except Refused:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as clicks:
        opened = [pk for pk in clicks.map(click, range(6)) if pk]
    assert opened == list(Claim.objects.values_list("pk", flat=True)) == list(Case.objects.values_list("pk", flat=True))
    assert len(opened) == 1
