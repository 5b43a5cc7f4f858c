"""Any acceptable formula over any facts: the fast engine and the oracle give the same points, field by field."""

import datetime as dt
import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quanyu.measures import query
from quanyu.measures.engines import reference
from quanyu.measures.engines.duckdb import contributors, run
from quanyu.measures.formula import Measure
from quanyu.measures.periods import Period
from quanyu.measures.points import GRAINS
from tests.spec.world import freeze, registry

REGISTRY = registry()
FIRMS, DEPARTMENT = (1, 2, 3, 4), 9
JANUARY = Period.parse("2024-01").last_month
WINDOWS = ("month", "year", "plan", "point", "trailing_year")

conditions = st.recursive(
    st.sampled_from(
        [
            "rd > 5",
            "revenue <= rd",
            "spent > 1.25",
            "staff is null",
            "branch = 'a'",
            "branch in ('a', 'b')",
            "size = 'small'",
            "holds('high_tech')",
            "area <> 'east'",
            "rd between 1 and 8",
            "staff + 1 > 3",
            "true",
        ]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda c: f"not ({c})"),
    ),
    max_leaves=3,
)
moments = st.recursive(
    st.sampled_from(
        [
            "valid",
            "started",
            "title = 'high_tech'",
            "title = 'patent'",
            "level = 'invention'",
            "size = 'small'",
            "holds('above_scale')",
            "person <> ''",
            "level is null",
        ]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "and", "or"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda c: f"not ({c})"),
    ),
    max_leaves=4,
)
money = st.sampled_from(
    [
        "rd",
        "revenue",
        "rd - revenue",
        "0.25 * rd",
        "greatest(rd, revenue)",
        "least(rd, 5)",
        "coalesce(rd, 0.125)",
        "case when rd > 4 then rd when staff is null then revenue else null end",
        "abs(rd - 3)",
        "rd * 1.5 + revenue * 3",
        "-rd",
    ]
)


def filtered(aggregate: str, condition: str | None) -> str:
    return aggregate if condition is None else f"{aggregate} filter (where {condition})"


sums = st.tuples(st.sampled_from(["sum", "last", "min", "max", "avg"]), money, st.none() | conditions).map(
    lambda t: filtered(f"{t[0]}({t[1]})", t[2])
)
decimals = st.tuples(st.sampled_from(["sum", "last", "max"]), st.none() | conditions).map(
    lambda t: filtered(f"{t[0]}(spent)", t[1])
)
counts = st.one_of(
    st.tuples(st.sampled_from(["count(distinct firm)", "count(distinct branch)", "count(branch)"]), conditions).map(
        lambda t: filtered(t[0], f"rd is not null and {t[1]}")
    ),
    st.tuples(st.sampled_from(["count(*)", "count(distinct firm)", "count(level)"]), moments).map(
        lambda t: filtered(t[0], f"title is not null and {t[1]}")
    ),
    st.sampled_from(
        [
            "count(distinct firm)",
            "count(*) filter (where kind = 'enterprise')",
            "count(distinct firm) filter (where holds('high_tech'))",
        ]
    ),
)
persons = moments.map(lambda m: filtered("count(distinct person)", f"title is not null and {m}"))
figures = st.one_of(
    sums,
    decimals,
    st.tuples(sums, st.sampled_from(["+", "-"]), decimals).map(" ".join),
    st.tuples(sums, sums).map(lambda t: f"greatest({t[0]}, coalesce({t[1]}, 2))"),
    st.tuples(sums, sums).map(lambda t: f"case when {t[0]} > 3 and not {t[1]} is null then {t[1]} else {t[0]} end"),
)
ratios = st.one_of(
    st.tuples(figures, figures).map(lambda t: f"({t[0]}) / ({t[1]})"),
    st.tuples(figures, figures, figures).map(lambda t: f"({t[0]}) / ({t[1]}) * 2 - round(({t[2]}) / ({t[1]}), 3)"),
    st.tuples(counts, counts).map(lambda t: f"{t[0]} / {t[1]}"),
)
formulas = st.one_of(
    figures.map(lambda f: (f, "wan_yuan")),
    ratios.map(lambda f: (f, "percent")),
    counts.map(lambda f: (f, "firm")),
    persons.map(lambda f: (f, "person")),
    st.tuples(sums, st.just("/ last(gdp)")).map(lambda t: (f"({t[0]}) {t[1]}", "permille")),
)

days = st.integers(0, 900).map(lambda n: dt.date(2022, 7, 1) + dt.timedelta(days=n))
small = st.none() | st.integers(-3, 12)


@st.composite
def facts(draw) -> dict[str, list[dict[str, object]]]:
    """A handful of firms and a department, their versions of reports, their titles."""
    number = iter(range(1, 10_000))

    def versions(make):
        """One, two or no known versions of a fact: withdrawn, current, or corrected and current."""
        first, changed = draw(days), draw(days)
        match draw(st.sampled_from(["current", "current", "corrected", "withdrawn"])):
            case "current":
                return [make() | {"known_from": first, "known_to": None}]
            case "withdrawn":
                return [make() | {"known_from": min(first, changed), "known_to": max(first, changed)}]
        early, late = min(first, changed), max(first, changed)
        return [make() | {"known_from": early, "known_to": late}, make() | {"known_from": late, "known_to": None}]

    def report(firm: int, period: Period, cells: dict[str, object]) -> dict[str, object]:
        months = {"period": str(period), "first_month": period.first_month, "last_month": period.last_month}
        return {"report": next(number), "firm": firm, "filed_on": dt.date(2024, 1, 1), "late": False} | months | cells

    def monthly(firm: int, month: int) -> dict[str, object]:
        numbers = {c: draw(small) for c in ("rd", "revenue", "staff")}
        spent = draw(st.none() | st.integers(-5_000_000, 5_000_000).map(lambda n: Decimal(n).scaleb(-6)))
        return report(
            firm,
            Period.of_month(month),
            numbers | {"spent": spent, "branch": draw(st.sampled_from([None, "", "a", "b"]))},
        )

    def economy(month: int) -> dict[str, object]:
        return report(DEPARTMENT, Period.ending(month, "quarter"), {"gdp": draw(small), "industrial": draw(small)})

    def standing() -> dict[str, object]:
        since = draw(days)
        return {
            "standing": next(number),
            "firm": draw(st.sampled_from(FIRMS)),
            "title": draw(st.sampled_from(["high_tech", "patent", "above_scale"])),
            "level": draw(st.sampled_from([None, "", "invention", "utility"])),
            "person": draw(st.sampled_from(["", "p", "q"])),
            "valid_from": since,
            "valid_to": draw(st.none() | st.integers(-40, 500).map(lambda n: since + dt.timedelta(days=n))),
        }

    organisations = [
        {
            "firm": f,
            "name": f"n{f}",
            "code": "",
            "kind": "enterprise",
            "area": draw(st.sampled_from(["east", "west", ""])),
            "industry": draw(st.sampled_from(["39", "26", None])),
            "size": draw(st.sampled_from(["small", "large"])),
        }
        for f in draw(st.lists(st.sampled_from(FIRMS), unique=True))
    ]
    organisations.append(
        {"firm": DEPARTMENT, "name": "d", "code": "", "kind": "department", "area": "zone", "industry": "", "size": ""}
    )
    filed = draw(
        st.lists(
            st.tuples(st.sampled_from((*FIRMS, DEPARTMENT)), st.integers(JANUARY - 13, JANUARY + 5)),
            unique=True,
            max_size=12,
        )
    )
    quarters = draw(st.lists(st.sampled_from([JANUARY - 10, JANUARY - 1, JANUARY + 2]), unique=True))
    return {
        "organisation": organisations,
        "monthly_rd": [
            v for firm, month in filed for v in versions(lambda firm=firm, month=month: monthly(firm, month))
        ],
        "zone_economy": [v for month in quarters for v in versions(lambda month=month: economy(month))],
        "zone_society": [],
        "published": [],
        "standing": [v for _ in range(draw(st.integers(0, 7))) for v in versions(standing)],
    }


@st.composite
def questions(draw) -> dict[str, object]:
    text = st.sampled_from(["2024-02", "2024-01", "2023-12", "2024-Q1", "2024-YTD03", "2023", "2021/2025", "2020-06"])
    where = draw(st.none() | st.sampled_from([{"area": "east"}, {"size": "small", "industry": "39"}, {"firm": 2}]))
    return {
        "periods": [Period.parse(t) for t in draw(st.lists(text, min_size=1, max_size=4, unique=True))],
        "grains": ("zone", *draw(st.lists(st.sampled_from([g for g in GRAINS if g != "zone"]), unique=True))),
        "as_of": draw(st.none() | days),
        "where": where,
    }


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(st.tuples(formulas, st.sampled_from(WINDOWS)), min_size=1, max_size=5), facts(), questions())
def test_both_engines_give_the_same_points(asked, tables, question):
    measures = [query.parse(f, REGISTRY, unit, window, key=str(i)) for i, ((f, unit), window) in enumerate(asked)]
    assert all(isinstance(m, Measure) for m in measures), [m for m in measures if not isinstance(m, Measure)]
    slow = reference.run(measures, tables, **question)
    with tempfile.TemporaryDirectory() as home:
        fast = run(measures, freeze(Path(home), tables), threads=1, **question)
    assert sorted(fast, key=repr) == sorted(slow, key=repr)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(money, st.none() | conditions, st.sampled_from(WINDOWS), facts(), st.none() | days)
def test_a_sum_is_the_sum_of_the_facts_that_feed_it(operand, condition, window, tables, as_of):
    measure = query.parse(filtered(f"sum({operand})", condition), REGISTRY, "thousand_yuan", window)
    with tempfile.TemporaryDirectory() as home:
        source = freeze(Path(home), tables)
        period = Period.parse("2024-02")
        (point,) = run([measure], source, [period], ["zone"], as_of=as_of, threads=1)
        total, rows = contributors(measure, source, period, as_of=as_of, limit=1000)
    assert total == len(rows)
    assert (sum(r.amount for r in rows) if rows else None) == point.numerator
    assert [abs(r.amount) for r in rows] == sorted((abs(r.amount) for r in rows), reverse=True)
