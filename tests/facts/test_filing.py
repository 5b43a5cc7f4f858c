"""Who had to file and did: sealed month by month from the titles and the reports, as it was known on any day."""

import datetime as dt
import random

import pytest

from quanyu.facts import acts, reads, snapshot
from quanyu.measures import query
from quanyu.measures.engines import duckdb, reference
from quanyu.measures.periods import Period
from quanyu.measures.source import Source
from tests.facts.desk import core, file, make_firms, moment
from tests.facts.test_freeze import rows, seal

pytestmark = pytest.mark.django_db
NAMES = "firm, period, expected, filed, on_time, known_from, known_to"


@pytest.fixture
def home(tmp_path):
    return tmp_path


def above_scale(firm, start="2023-01-01", end=None, at="2023-01-05"):
    until = end and dt.date.fromisoformat(end)
    title = core().titles["above_scale"]
    return acts.grant(title, firm, dt.date.fromisoformat(start), None, moment(at), valid_to=until)


def test_a_row_says_from_when_on_it_was_known(home):
    one, two, three = make_firms(3)
    above_scale(one)
    above_scale(two)
    file(one, "2024-03", "2024-04-05")
    file(one, "2024-03", "2024-05-20", "漏记", revenue=20000)
    file(two, "2024-03", "2024-04-20")
    acts.withdraw_report(core().forms["qy101"], two, "2024-03", None, moment("2024-06-01"), "报错")
    file(three, "2024-03", "2024-04-06")  # need not file
    start, d = dt.date(2023, 1, 5), dt.date
    assert rows(home, seal(home), "filing", NAMES) == [
        (one.pk, "2024-03", 1, 0, 0, start, d(2024, 4, 5)),
        (one.pk, "2024-03", 1, 1, 1, d(2024, 4, 5), d(2024, 5, 20)),
        (one.pk, "2024-03", 1, 1, 1, d(2024, 5, 20), None),  # a correction does not make it late
        (two.pk, "2024-03", 1, 0, 0, start, d(2024, 4, 20)),
        (two.pk, "2024-03", 1, 1, 0, d(2024, 4, 20), d(2024, 6, 1)),
        (two.pk, "2024-03", 1, 0, 0, d(2024, 6, 1), None),
    ]


def test_a_month_nobody_reported_for_is_there_and_a_title_learned_of_later_counts_from_then(home):
    one, two = make_firms(2)
    above_scale(one)
    above_scale(two, "2024-02-01", "2024-03-31", at="2024-04-15")
    file(one, "2024-01", "2024-02-05")
    file(one, "2024-03", "2024-04-05")
    found = [(firm, period, filed, since, until) for firm, period, _e, filed, _t, since, until in rows(
        home, seal(home), "filing", NAMES)]  # fmt: skip
    start, d = dt.date(2023, 1, 5), dt.date
    assert found == [
        (one.pk, "2024-01", 0, start, d(2024, 2, 5)),
        (one.pk, "2024-01", 1, d(2024, 2, 5), None),
        (one.pk, "2024-02", 0, start, None),
        (two.pk, "2024-02", 0, d(2024, 4, 15), None),
        (one.pk, "2024-03", 0, start, d(2024, 4, 5)),
        (one.pk, "2024-03", 1, d(2024, 4, 5), None),  # the second gave the title up before the month's end
    ]


def test_the_sealed_rows_agree_with_what_the_tables_say(home):
    firms = make_firms(12)
    chance = random.Random(7)
    for firm in firms:
        if chance.random() < 0.8:
            above_scale(firm, end="2024-05-10" if chance.random() < 0.2 else None)
    for month in ("2024-03", "2024-04", "2024-05", "2024-06"):
        for firm in firms:
            if chance.random() < 0.7:
                due = Period.parse(month).following().end.replace(day=1 + chance.randrange(25))
                file(firm, month, str(due))
    sealed = rows(home, seal(home), "filing", "period, expected, filed, on_time, known_to")
    for month in ("2024-03", "2024-04", "2024-05", "2024-06"):
        now = [row for row in sealed if row[0] == month and row[4] is None]
        held = reads.returns(core().forms["qy101"], month)
        assert [sum(row[i] for row in now) for i in (1, 2, 3)] == [held.expected, held.filed, held.on_time]


def test_step_by_step_is_the_same_as_from_nothing(home):
    firms = make_firms(6)
    chance, granted = random.Random(3), []
    days = iter(range(1, 400))
    for step in range(25):
        day = str(dt.date(2024, 1, 1) + dt.timedelta(days=next(days)))
        what, firm = chance.random(), chance.choice(firms)
        if what < 0.3:
            granted.append(above_scale(firm, f"2023-0{chance.randrange(1, 9)}-01", at=day))
        elif what < 0.4 and granted:
            acts.annul_standing(granted.pop(), core().titles["above_scale"], None, moment(day), "录入错误")
        else:
            month = f"2023-{chance.randrange(1, 13):02}"
            file(firm, month, day, "更正", revenue=10000 + step)
        if chance.random() < 0.5:
            seal(home, day)
    last = seal(home, "2025-06-30")
    assert snapshot.read_manifest(home, last.digest)["tables"]["filing"]["rows"] > 30
    assert last.digest == seal(home, "2025-07-01", full=True).digest


def test_only_the_months_that_changed_are_written_again(home):
    one, two = make_firms(2)
    above_scale(one)
    for month in ("2024-03", "2024-04"):
        file(one, month, "2024-05-05")
    first = seal(home)
    file(one, "2024-05", "2024-06-05")
    second = seal(home, "2025-01-02")
    above_scale(two, at="2025-01-03")
    third = seal(home, "2025-01-04")
    parts = [
        {p["part"]: p["digest"] for p in snapshot.read_manifest(home, s.digest)["tables"]["filing"]["parts"]}
        for s in (first, second, third)
    ]
    assert list(parts[1]) == ["2024-03", "2024-04", "2024-05"]
    assert parts[0].items() <= parts[1].items()
    assert not set(parts[1].values()) & set(parts[2].values())


def test_both_engines_say_how_complete_a_month_is(home):
    one, two, three = make_firms(3)
    for firm in (one, two, three):
        above_scale(firm)
    file(one, "2024-03", "2024-04-05")
    file(two, "2024-03", "2024-04-25")
    file(one, "2024-04", "2024-05-05")
    sealed = seal(home)
    source = Source.open(home, sealed.digest)
    tables = {
        name: [dict(zip(columns, row, strict=True)) for row in rows(home, sealed, name, ", ".join(columns))]
        for name in ("filing", "organisation", "standing")
        if (columns := list(snapshot.read_manifest(home, sealed.digest)["tables"][name]["columns"]))
    }
    wanted = [
        query.parse(f"sum({column}) / sum(expected)", core(), "percent", key=column) for column in ("filed", "on_time")
    ]
    periods, grains = [Period.parse("2024-03"), Period.parse("2024-04")], ("zone", "area", "firm")
    for as_of in (None, dt.date(2024, 4, 10)):
        fast = duckdb.run(wanted, source, periods, grains, as_of=as_of)
        slow = reference.run(wanted, tables, periods, grains, as_of=as_of)
        assert {(p.measure, p.grain, p.group, str(p.period), p.value) for p in fast} == {
            (p.measure, p.grain, p.group, str(p.period), p.value) for p in slow
        }
        zone = {(p.measure, str(p.period)): p.value for p in fast if p.grain == "zone"}
        said = [None if v is None else round(v, 1) for _k, v in sorted(zone.items())]
        assert [float(v) for v in said] == ([66.7, 33.3, 33.3, 33.3] if as_of is None else [33.3, 0, 33.3, 0])
    feeding = duckdb.contributors(wanted[0], source, periods[0])[1]
    told = [(c.firm, c.amount, c.fact > 0) for c in feeding if c.aggregate == "sum(filed)"]
    assert told == [(one.pk, 1, True), (two.pk, 1, True), (three.pk, 0, False)]
