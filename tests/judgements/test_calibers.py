"""From a firm's books to every other caliber: tables reckoned by hand, at, below and above each limit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.judgements.calibers import reckon
from tests.facts.desk import core

LINES = ("rd_labour", "rd_materials", "rd_depreciation", "rd_amortisation", "rd_design", "rd_trial")


def books(direct: int, other: int = 0, domestic: int = 0, overseas: int = 0, assets: int = 0, **more):
    """A year of the firm's own reports, in yuan; what is spent directly stands on one line."""
    lines = dict.fromkeys(LINES, Decimal(0)) | {"rd_labour": Decimal(direct)}
    return {"qy101": lines | {
        "rd_other": Decimal(other), "rd_outsourced": Decimal(domestic + overseas),
        "rd_outsourced_domestic": Decimal(domestic), "rd_fixed_assets": Decimal(assets),
        "rd_expense": Decimal(direct + other + domestic + overseas), "new_product_revenue": Decimal(0),
    }} | more  # fmt: skip


def compared(supplied, year: int = 2024):
    return {r.caliber.key: r for r in reckon(list(core().calibers.values()), supplied, year)}


def moves(reckoned) -> dict[str, Fraction]:
    return {m.step.key: m.change for m in reckoned.moves}


# --- by hand


def test_other_expense_within_a_tenth_of_the_deductible_total_counts_in_full():
    # five kinds 9,000,000: limit 9,000,000 × 10 % ÷ 90 % = 1,000,000
    at = compared(books(9_000_000, other=1_000_000))["super_deduction"]
    assert at.lawful == 10_000_000
    assert moves(at) == {"other": 0, "domestic": 0, "overseas": 0}
    below = compared(books(9_000_000, other=999_999))["super_deduction"]
    assert below.lawful == 9_999_999
    assert below.moves[0].capped is False
    above = compared(books(9_000_000, other=1_000_001))["super_deduction"]
    assert above.lawful == 10_000_000
    assert moves(above)["other"] == -1
    assert above.moves[0].capped is True


def test_a_limit_that_does_not_come_out_even_stays_exact():
    held = compared(books(1_000_000, other=500_000))["super_deduction"]
    assert held.moves[0].counted == Fraction(1_000_000, 9)
    assert held.lawful == 1_000_000 + Fraction(1_000_000, 9)


def test_entrusted_within_the_country_counts_four_fifths():
    assert compared(books(9_000_000, domestic=1_000_000))["super_deduction"].lawful == 9_800_000


@pytest.mark.parametrize(
    ("overseas", "counted"),
    # domestic part 3,000,000, two thirds of it 2,000,000; four fifths of 2,500,000 are just that
    [(2_499_999, Fraction(1_999_999) + Fraction(1, 5)), (2_500_000, 2_000_000), (2_500_001, 2_000_000)],
)
def test_entrusted_abroad_counts_four_fifths_up_to_two_thirds_of_the_domestic_part(overseas, counted):
    held = compared(books(3_000_000, overseas=overseas))["super_deduction"]
    assert held.moves[2].counted == counted
    assert held.lawful == 3_000_000 + counted


def test_the_domestic_part_is_what_was_admitted_of_it():
    # direct 900, other admitted 100 of 300, entrusted at home 400 of 500: two thirds of 1,400
    held = compared(books(900, other=300, domestic=500, overseas=9000))["super_deduction"]
    assert held.moves[2].counted == Fraction(2800, 3)
    assert held.lawful == 1400 + Fraction(2800, 3)


def test_high_tech_counts_entrusted_work_wherever_done_and_other_expense_up_to_a_fifth_of_the_total():
    # direct 3,000, entrusted 1,000 + 250 → 1,000; other at most 4,000 × 20 % ÷ 80 % = 1,000
    for other, lawful in ((999, 4999), (1000, 5000), (1001, 5000)):
        held = compared(books(3000, other=other, domestic=1000, overseas=250))["high_tech"]
        assert held.lawful == lawful
    assert moves(held) == {"outsourced": -250, "other": -1}


def test_statistics_take_entrusted_work_in_full_and_fixed_assets_on_top():
    held = compared(books(3000, other=5000, domestic=1000, overseas=1000, assets=700))["statistics"]
    assert held.lawful == 10_700
    assert moves(held) == {"assets": 700}


# --- what is asked


def test_what_nobody_supplied_is_absent_and_never_zero():
    held = compared(books(9_000_000))
    assert held["super_deduction"].figure is None
    assert held["super_deduction"].rest is None
    assert not held["super_deduction"].asks
    nothing = compared({"tax_claims": {"deduction_claimed": Decimal(5)}})
    assert nothing["accounting"].figure is None
    assert nothing["super_deduction"].figure == 5
    assert nothing["super_deduction"].lawful is None
    assert nothing["super_deduction"].rest is None
    short = books(9_000_000)
    short["qy101"]["rd_other"] = None  # a month lacks it
    assert compared(short)["super_deduction"].lawful is None
    assert compared(short)["statistics"].lawful == 9_000_000


@pytest.mark.parametrize(
    ("claimed", "asks"),
    # books 10,000,000: a twentieth is 500,000
    [
        (9_500_000, False),
        (9_499_999, True),
        (9_999_999, False),
        (10_000_000, False),
        (10_100_000, False),
        (10_100_001, True),
    ],
)
def test_a_rest_is_asked_about_above_the_threshold_and_a_caliber_must_not_exceed_another(claimed, asks):
    supplied = books(10_000_000, tax_claims={"deduction_claimed": Decimal(claimed)})
    held = compared(supplied)["super_deduction"]
    assert held.threshold == 500_000
    assert held.rest == claimed - 10_000_000
    assert held.asks is asks
    assert held.above == (("accounting",) if claimed > 10_100_000 else ())  # within the least amount it is rounding


def test_a_small_firm_is_asked_from_the_least_amount_on():
    for claimed, asks in ((300_000, False), (299_999, True)):
        held = compared(books(400_000, tax_claims={"deduction_claimed": Decimal(claimed)}))["super_deduction"]
        assert held.threshold == 100_000
        assert held.asks is asks


def test_the_order_holds_between_the_calibers_of_departments_too():
    held = compared(books(10_000_000, tax_claims={"deduction_claimed": Decimal(9_900_000)},
                          high_tech_return={"high_tech_expense": Decimal(9_700_000)}))  # fmt: skip
    assert held["super_deduction"].above == ("high_tech",)
    assert held["high_tech"].above == ()


def test_a_year_before_a_rule_was_in_force_is_not_reckoned_by_it():
    assert compared(books(9_000_000, other=5), 2021)["super_deduction"].lawful == 9_000_005
    assert compared(books(9_000_000, other=5), 2020)["super_deduction"].lawful is None
    assert compared(books(9_000_000, other=5), 2020)["high_tech"].lawful == 9_000_005


# --- always

amounts = st.integers(0, 10**9)


@given(amounts, amounts, amounts, amounts, amounts)
def test_the_way_to_high_tech_and_to_the_deduction_never_leads_above_the_books(
    direct, other, domestic, overseas, assets
):
    held = compared(books(direct, other, domestic, overseas, assets))
    figure = held["accounting"].figure
    assert held["super_deduction"].lawful <= held["high_tech"].lawful <= figure <= held["statistics"].lawful
    assert all(m.change <= 0 for key in ("high_tech", "super_deduction") for m in held[key].moves)


@given(amounts, amounts, amounts, amounts, st.sampled_from([Fraction(1, 1000), Fraction(1, 7), 1000, 10_000]))
def test_another_unit_changes_nothing_but_the_unit(direct, other, domestic, overseas, factor):
    supplied = books(direct, other, domestic, overseas)
    scaled = {"qy101": {name: Fraction(value) * factor for name, value in supplied["qy101"].items()}}
    plain, other_unit = compared(supplied), compared(scaled)
    for key in ("high_tech", "super_deduction", "statistics"):
        assert other_unit[key].lawful == plain[key].lawful * factor
        assert [m.change for m in other_unit[key].moves] == [m.change * factor for m in plain[key].moves]


@given(amounts, amounts, st.integers(0, 2 * 10**9))
def test_what_no_step_explains_and_the_steps_make_the_whole_difference(direct, other, claimed):
    held = compared(books(direct, other, tax_claims={"deduction_claimed": Decimal(claimed)}))["super_deduction"]
    assert direct + other + sum(m.change for m in held.moves) + held.rest == claimed
