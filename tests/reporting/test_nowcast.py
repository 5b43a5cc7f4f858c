"""The zone's total foreseen from those who have reported: as known on a day, and how well it went in past months."""

import dataclasses
import datetime as dt
import random

import pytest

from quanyu.bureaus.reporting.reads.nowcast import Amounts, estimated, fields_of
from quanyu.facts.acts import Filing, file_report, file_reports, withdraw_report
from quanyu.measures.periods import Period, between
from quanyu.plan.reads import registry
from tests.factories import firm
from tests.facts.desk import good, moment
from tests.reporting.handin import definitions
from tests.reporting.test_window import above_scale, form

pytestmark = pytest.mark.django_db
MONTH, END = "2026-10", dt.date(2026, 10, 31)
FIRMS = 40


def amount(value):
    return good(rd_expense=value, rd_labour=value - 500)


@pytest.fixture
def firms(db):
    definitions()
    made = [firm(n) for n in range(1, FIRMS + 1)]
    above_scale(*made)
    return made


@pytest.fixture
def past(firms):
    """Sixteen months of swinging firms; each files on some day from the 2nd to the 15th, one in thirty never."""
    chance, rows = random.Random(11), []
    sizes = [chance.lognormvariate(7.5, 0.8) + 600 for _ in firms]
    for month in between(2025 * 12 + 6, 2026 * 12 + 9, "month"):
        season = 1.0 + 0.05 * (month.last_month % 3)
        for n, one in enumerate(firms):
            sizes[n] = max(600.0, sizes[n] * chance.uniform(0.93, 1.08))
            if chance.random() < 0.97:
                at = moment(str(month.end + dt.timedelta(days=chance.randrange(2, 16))))
                rows.append(Filing(form(), one.pk, str(month), amount(round(sizes[n] * season)), at=at))
    file_reports(rows, None, moment("2026-11-30"))
    return firms


def seen(firms, day, name="rd_expense", period=MONTH):
    return estimated(registry(), form(), period, name, [f.pk for f in firms], END + dt.timedelta(days=day))


def test_past_months_came_out_inside_the_interval_about_as_often_as_it_says(past):
    counts = {day: seen(past, day) for day in (3, 6, 9, 12)}
    assert {day: found.replayed for day, found in counts.items()} == dict.fromkeys(counts, 12)
    hits = sum(found.hits for found in counts.values())
    assert 34 <= hits <= 48, hits  # of 48, 80 % would be 38
    errors = [found.missed for found in counts.values()]
    assert errors == sorted(errors, reverse=True) and errors[0] < 0.05
    assert [found.firms for found in counts.values()] == sorted(found.firms for found in counts.values())


def test_the_estimate_closes_in_on_what_is_reported(past):
    widths = []
    for day in (2, 5, 10, 20):
        found = seen(past, day)
        said = found.estimate
        assert said.low <= said.value <= said.high and found.reported <= said.value
        widths.append((said.high - said.low) / said.value)
    assert widths == sorted(widths, reverse=True)
    assert seen(past, 20).estimate.reported_share > 0.9


def test_before_anybody_reported_the_past_speaks(past):
    found = seen(past, 1)
    last = sum(Amounts(form(), found.field, [Period.parse("2026-09")], 100).known(Period.parse("2026-09")).values())
    assert (found.firms, found.reported, found.replayed, found.missed) == (0, 0, 0, None)
    assert found.estimate.low < last < found.estimate.high
    assert abs(found.estimate.value / last - 1) < 0.15


def test_nothing_is_foreseen_where_nothing_was_ever_reported(firms):
    found = seen(firms, 5)
    assert (found.estimate, found.firms, found.replayed, found.hits) == (None, 0, 0, 0)


def test_a_replay_knows_only_what_was_known_that_day(firms):
    one, two = firms[:2]
    september = Period.parse("2026-09")
    file_report(form(), one, "2026-08", amount(1000), None, moment("2026-09-05"))
    file_report(form(), one, "2026-09", amount(1000), None, moment("2026-10-05"))
    file_report(form(), one, "2026-09", amount(3000), None, moment("2026-11-05"), reason="漏计")
    file_report(form(), two, "2026-09", amount(2000), None, moment("2026-10-06"))
    withdraw_report(form(), two, "2026-09", None, moment("2026-10-20"), "误报")
    field = next(f for f in fields_of(form()) if f.name == "rd_expense")
    held = Amounts(form(), field, [september, september.previous()], 100)
    days = ("2026-10-04", "2026-10-05", "2026-10-06", "2026-10-20", "2026-11-05")
    assert [held.known(september, dt.date.fromisoformat(day)) for day in days] == [
        {}, {one.pk: 1000}, {one.pk: 1000, two.pk: 2000}, {one.pk: 1000}, {one.pk: 3000}
    ]  # fmt: skip
    assert held.known(september) == {one.pk: 3000}
    ((said, came),) = held.replayed([september], 5)
    assert (said.value, came) == (1000, 3000)


def test_an_amount_in_a_wrong_unit_is_left_out_and_said(firms):
    for n, one in enumerate(firms[:10]):
        file_report(form(), one, "2026-09", amount(1000 + n), None, moment("2026-10-05"))
    for n, one in enumerate(firms[:10]):
        times = 1000 if n == 3 else 1
        cells = {k: v * times if k.startswith("rd_") or k == "revenue" else v for k, v in amount(1100 + n).items()}
        file_report(form(), one, MONTH, cells | {"rd_staff": 15, "rd_person_months": 15, "rd_projects": 2}, None,
                    moment("2026-11-05")) if times == 1 else file_reports(
            [Filing(form(), one.pk, MONTH, cells)], None, moment("2026-11-05"), checked=True)  # fmt: skip
    found = seen(firms[:10], 6)
    assert (found.firms, found.left_out) == (10, 1)
    assert found.reported > 1_000_000
    assert 10_900 < found.estimate.value < 11_200
    assert found.estimate.reported_share == 0.9


def test_the_field_asked_for_is_shown_and_states_are_not_added_up(past):
    assert seen(past, 5, "nonsense").field.name == "rd_expense"  # what the package says
    assert seen(past, 5, "revenue").estimate.value > seen(past, 5).estimate.value
    names = {f.name for f in fields_of(form())}
    assert {"rd_expense", "revenue", "tax_paid"} <= names and not {"staff", "rd_staff"} & names
    assert fields_of(dataclasses.replace(form(), fields=())) == []


def test_two_questions_however_many_firms(past, django_assert_num_queries):
    known, it, keys = registry(), form(), [f.pk for f in past]
    for firms in (keys[:1], keys[:3]):
        with django_assert_num_queries(2):
            estimated(known, it, MONTH, "", firms, END + dt.timedelta(days=5))
