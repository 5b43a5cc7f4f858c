"""An indicator's outlook: the end of its target's year, the probability of reaching it, and a look back."""

from __future__ import annotations

import json
import math
import random
from decimal import Decimal
from typing import Any

import pytest

from quanyu.judgements.forecast import Course, Outlook, even_row
from quanyu.measures.periods import Period, between
from quanyu.registry.problem import Problem
from tests.judgements.zone import HERE, ON, Ledger, figure, indicator, registry, said

FIRST = 2021 * 12


def monthly(values: list[float], first: int = FIRST) -> Ledger:
    return Ledger(dict(figure(str(Period.of_month(first + i)), str(v)) for i, v in enumerate(values)))


def outlook(figures: Ledger, asked: str, *findings: Problem, **fields: Any) -> Outlook:
    it = indicator(**fields)
    return Course.of(registry(it, *findings), it, figures, ON).outlook(Period.parse(asked))


def bumpy(start: float, rise: float, count: int) -> list[float]:
    dice = random.Random(3)
    return [round(start + rise * i + dice.gauss(0, 4)) for i in range(count)]


def test_a_running_promise_is_foreseen_to_the_end_of_its_year():
    seen = outlook(monthly([176 + 3 * i for i in range(45)]), "2024-09")
    end = seen.steps[-1]
    assert (seen.state, seen.since, seen.value, seen.method) == ("ahead", "2024-09", 308, "drift")
    assert (Period.of_month(end.month), len(seen.steps), end.middle) == (Period.parse("2025-12"), 15, 353)
    assert end.lowest < end.low < end.middle < end.high < end.highest
    assert seen.probability is not None and 0.5 < seen.probability < 1


def test_every_interval_holds_its_middle_and_none_is_narrower_than_the_one_before():
    steps = outlook(monthly(bumpy(176, 3, 45)), "2024-09").steps
    assert all(s.lowest <= s.low <= s.middle <= s.high <= s.highest for s in steps)
    widths = [s.high - s.low for s in steps]
    assert widths == sorted(widths)


def test_a_higher_target_is_less_likely():
    figures = monthly(bumpy(176, 3, 45))
    chances = [outlook(figures, "2024-09", target=str(target)).probability for target in (300, 340, 355, 380, 500)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.95 and chances[-1] < 0.05


def test_where_less_is_better_the_probability_turns_round():
    figures = monthly(bumpy(400, -3, 45))
    up = outlook(figures, "2024-09", target="220").probability
    down = outlook(figures, "2024-09", direction="lower", baseline="400", target="220").probability
    assert up + down == pytest.approx(1)
    assert outlook(figures, "2024-09", direction="lower", baseline="400", target="300").probability > 0.9


def test_a_range_counts_only_what_lies_inside():
    figures = monthly(bumpy(176, 3, 45))
    inside = outlook(figures, "2024-09", direction="range", target="300", target_upper=Decimal("400")).probability
    narrow = outlook(figures, "2024-09", direction="range", target="350", target_upper=Decimal("360")).probability
    beyond = outlook(figures, "2024-09", direction="range", target="500", target_upper=Decimal("600")).probability
    assert inside > 0.9 > narrow > 0.1 > beyond


def test_too_little_history_says_so():
    seen = outlook(monthly([1, 2, 3, 4]), "2021-12")
    assert (seen.state, seen.known, seen.steps, seen.probability) == ("too_short", 4, (), None)
    assert outlook(Ledger(), "2024-09").state == "too_short"


def test_the_vantage_point_hides_what_came_later():
    """The same forecast, made then or made now for then: a record that cannot be improved afterwards."""
    values = bumpy(176, 3, 45)
    assert outlook(monthly(values), "2023-06") == outlook(monthly(values[:30]), "2023-06")
    crash = values[:30] + [0.0] * 15
    assert outlook(monthly(crash), "2023-06") == outlook(monthly(values), "2023-06")


def test_an_ended_promise_is_looked_back_on_and_gets_no_probability():
    values = bumpy(176, 3, 66)
    seen, end = outlook(monthly(values), "2026-06"), values[59]
    assert (seen.state, seen.probability, seen.since) == ("trend", None, "2026-06")
    assert [Period.of_month(s.month) for s in seen.steps[::11]] == [Period.parse("2026-07"), Period.parse("2027-06")]
    assert [(r.asked, r.months, r.actual, r.kept) for r in seen.reviews] == [
        ("2024-12", 12, end, True),
        ("2023-12", 24, end, True),
        ("2022-12", 36, end, True),
        ("2021-12", 48, end, True),
    ]
    then = outlook(monthly(bumpy(176, 3, 66)), "2024-12")
    assert (seen.reviews[0].step, seen.reviews[0].probability) == (then.steps[-1], then.probability)
    assert seen.reviews[0].hit


def test_what_is_contested_or_unpromised_gets_a_trend_only():
    contested = Problem("P204", "unwise", HERE, "口径不一", subject="it", contests=True)
    figures = monthly(bumpy(176, 3, 45))
    for seen in (outlook(figures, "2024-09", contested), outlook(figures, "2024-09", target=None)):
        assert (seen.state, seen.probability, len(seen.steps), seen.brier) == ("trend", None, 12, None)


def test_a_yearly_flow_is_foreseen_by_its_last_twelve_months():
    """Ten a month in 2021, one more a month each year: each December is the whole year."""
    held, total = {}, 0.0
    for month in between(FIRST, FIRST + 44, "month"):
        total = (0 if month.last_month % 12 == 0 else total) + 10 + (month.last_month // 12 - 2021)
        held |= dict([figure(str(month), str(total))])
    flow = {"nature": "flow", "window": "year", "target": "168", "baseline": "108"}
    cycle, months, values = even_row(held, indicator(**flow), registry(indicator()).plan)
    assert (cycle, months[0], values[:3], values[12]) == (1, FIRST + 11, [120, 121, 122], 132)
    seen = outlook(Ledger(held), "2024-09", **flow)
    assert (seen.value, seen.steps[-1].middle) == (153, pytest.approx(168))


def test_a_sum_since_the_plan_began_starts_at_nothing_and_never_falls():
    figures = Ledger(dict(figure(str(2021 + i), str(v)) for i, v in enumerate([12, 20, 33, 41])))
    fields = {"nature": "flow", "window": "plan", "frequency": "year", "baseline": None, "target": "60"}
    it = indicator(**fields)
    assert even_row(figures.held, it, registry(it).plan)[2] == [0, 12, 20, 33, 41]
    seen = outlook(figures, "2024-12", **fields)
    assert (seen.method, seen.steps[-1].middle) == ("drift", 51.25)
    assert seen.steps[-1].lowest >= 41
    assert outlook(figures, "2024-12", **fields | {"target": "41"}).probability == 1


def test_published_years_and_gaps_keep_to_the_newest_unbroken_run():
    assert outlook(said(y2021="10", y2022="12", y2024="16"), "2024-12", frequency="year").known == 1
    held = dict([figure("2019", "5"), *monthly([1, 2, 3, 4, 5, 6]).held.items()])
    cycle, months, _ = even_row(held, indicator(), registry(indicator()).plan)
    assert (cycle, len(months)) == (1, 6)


def test_a_count_is_never_foreseen_below_nothing():
    falling = outlook(monthly([40 - i for i in range(36)]), "2023-12", direction="lower", baseline="40", target="0")
    assert min(s.lowest for s in falling.steps) == 0
    assert all(math.isfinite(s.high) for s in falling.steps)


def test_it_travels_as_json():
    seen = outlook(monthly(bumpy(176, 3.3, 66)), "2026-06")
    plain = json.loads(json.dumps(seen.to_dict()))
    again = Outlook.from_dict(plain)
    assert again.to_dict() == plain
    assert (again.state, again.reviews[0].asked, again.reviews[0].hit) == ("trend", "2024-12", True)
    assert again.steps[0].middle == pytest.approx(seen.steps[0].middle)
