"""The reference engine and DuckDB say the same of every policy and every firm, to the fen, band edges included."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quanyu.judgements.eligibility import decide, fast, read_policy
from quanyu.registry.model import (
    Benefit,
    Condition,
    Dated,
    Label,
    Parameter,
    PayBand,
    Policy,
    Score,
    ScoreBand,
    ScoreGroup,
    ScoreItem,
)
from tests.judgements.eligibility import ON, P, registry

L = Label
MONEY = ("revenue", "revenue_1", "rd", "rd_1")
PERCENT = st.sampled_from(["0.5", "4", "10", "33.3"])
EDGES = [0, 1, 99, 100, 101, 4_999_999, 5_000_000, 5_000_001, 1_000_000_000, 999_999_999_999]
FIRM = st.fixed_dictionaries(
    {name: st.one_of(st.none(), st.sampled_from(EDGES), st.integers(-10_000, 10**12)) for name in MONEY}
    | {name: st.one_of(st.none(), st.integers(0, 40)) for name in ("staff", "tech", "ip")}
    | {"dishonest": st.sampled_from([None, True, False]), "kind": st.sampled_from([None, "a", "b"])}
    | {"share": st.one_of(st.none(), st.decimals(0, 100, places=2))}
    | {"holds_high_tech": st.booleans()}
)
MONIES = st.recursive(
    st.sampled_from(["rd", "rd_1", "revenue", "line", "cap", "nobody_knows", "0"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-"), inner),
        st.builds("{}({}, {})".format, st.sampled_from(["least", "greatest", "coalesce"]), inner, inner),
        st.builds("{} * rate".format, inner),
        st.builds("2 * {}".format, inner),
        st.builds("abs({})".format, inner),
        st.builds("case when staff > 5 then {} else {} end".format, inner, inner),
        st.builds("case when dishonest then 0 when rd is null then {} else {} end".format, inner, inner),
    ),
    max_leaves=3,
)
ATOMS = [
    "dishonest", "kind = 'a'", "kind <> 'b'", "kind in ('a', 'b')", "rd is null", "holds('high_tech')", "s >= 50",
    "s_ip > 0", "s_g + 5 >= 40", "share >= rate", "staff between 3 and 9", "share < 0.5",
]  # fmt: skip
TESTS = st.recursive(
    st.one_of(st.sampled_from(ATOMS), st.builds("{} {} {}".format, MONIES, st.sampled_from(["<", ">=", "="]), MONIES)),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=3,
)
BOUND = st.sampled_from(["at_least", "above", "at_most", "below"])
BOUNDED = st.one_of(
    st.builds(lambda of, b, to: {"of": of, b: to}, MONIES, BOUND, MONIES),
    st.builds(lambda of, per, b: {"of": of, "per": per, b: "rate", "unit": "percent"}, MONIES, MONIES, BOUND),
    st.builds(lambda of, b: {"of": of, b: "45"}, st.sampled_from(["s", "s_a", "s_ip", "s_g"]), BOUND),
    st.builds(lambda b: {"of": "rd * revenue_1", "per": "2 * revenue * revenue_1", b: "rate"}, BOUND),
)


@st.composite
def policies(draw):
    conditions = []
    for n in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["threshold", "threshold", "veto", "bonus", "discretion"]))
        how = {} if kind == "discretion" else draw(st.one_of(BOUNDED, st.builds(lambda t: {"test": t}, TESTS)))
        one_of = draw(st.sampled_from(["", "", "either"]))
        conditions.append(Condition(f"c{n}", L(f"条件{n}"), P, kind, one_of=one_of, **how))
    keys = [c.key for c in conditions]
    when = draw(st.sampled_from(["", f"{keys[0]} and ({keys[-1]} or not {keys[1]})"])) if len(keys) > 1 else ""
    pay = draw(st.booleans())
    bands = () if pay else (
        PayBand(P, draw(MONIES), at_least="line", below="cap"), PayBand(P, draw(MONIES), at_least="cap"),
    )  # fmt: skip
    benefit = Benefit(
        P, draw(MONIES) if pay else "", draw(st.sampled_from(["", "3", "rate"])), "" if pay else draw(MONIES), bands,
        draw(st.sampled_from(["", "line", "rd_1"])), draw(st.sampled_from(["", "cap", "revenue"])),
        Decimal(draw(st.sampled_from(["0.01", "1", "100"]))),
    )  # fmt: skip
    most = draw(st.sampled_from([None, Decimal(20)]))
    items = (
        ScoreItem("a", L("甲"), P, Decimal(30), draw(st.sampled_from(["", "g"]))),
        ScoreItem("ip", L("件数"), P, Decimal(40), "g", "ip", unit="piece", bands=(
            ScoreBand(P, Decimal("37.5"), Decimal(40), Decimal(5)), ScoreBand(P, Decimal(15), most, Decimal(1)))),
        ScoreItem("b", L("占比"), P, Decimal(25), "", "rd", "revenue", "percent", (
            ScoreBand(P, Decimal(0), when="dishonest"), ScoreBand(P, Decimal(25), at_least=Decimal(6))), "best"),
        ScoreItem("c", L("类别"), P, Decimal(20), "", one_of="best", bands=(
            ScoreBand(P, Decimal(20), when="kind = 'a'"),)),
    )  # fmt: skip
    score = Score("s", L("评分"), items, P, (ScoreGroup("g", L("组"), Decimal(45), P),))
    given = {"rate": ("percent", draw(PERCENT)), "line": ("yuan", "50000"), "cap": ("wan_yuan", draw(PERCENT))}
    known = [Parameter(k, L(k), u, P, (Dated(dt.date(2020, 1, 1), Decimal(v), ""),)) for k, (u, v) in given.items()]
    parameters = (*known, Parameter("nobody_knows", L("未知"), "yuan", P))
    return Policy(
        "p", L("试"), "firm", "automatic", dt.date(2020, 1, 1), "clerk", (), P, parameters=parameters,
        conditions=tuple(conditions), scores=(score,), when=when, benefit=benefit if draw(st.booleans()) else None,
    )  # fmt: skip


def table(folder, firms):
    kinds = {"dishonest": "BOOLEAN", "kind": "VARCHAR", "share": "DECIMAL(18,6)", "holds_high_tech": "BOOLEAN"}
    with duckdb.connect() as db:
        columns = ", ".join(f'"{k}" {kinds.get(k, "BIGINT")}' for k in firms[0])
        db.execute(f"create table t (firm BIGINT, {columns})")
        db.executemany(f"insert into t values ({', '.join('?' * (len(firms[0]) + 1))})", [
            [n, *(firm[k] for k in firms[0])] for n, firm in enumerate(firms)])  # fmt: skip
        db.execute(f"copy t to '{folder}/t.parquet'")
    return folder / "t.parquet"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(policies(), st.lists(FIRM, min_size=1, max_size=12))
def test_both_engines_agree_to_the_fen(tmp_path_factory, policy, firms):
    folder = tmp_path_factory.mktemp("e")
    rule = read_policy(registry(policy), policy, ON)
    told = [decide(rule, firm) for firm in firms]
    other = replace(read_policy(registry(policy), policy, ON, {"rate": Decimal(7)}), policy=replace(policy, key="q"))
    made = fast.decide_all([other, rule], table(folder, firms), folder / "out", scores=True)["p"]
    picked = ["state", "amount", "s__low", "s__high", *(f"state_{c.key}" for c in policy.conditions)]
    rows = [tuple(row[n] for n in picked) for row in fast.kept(made)]
    for verdict, row, firm in zip(told, rows, firms, strict=True):
        amount = None if verdict.amount is None else int(verdict.amount * 100)
        low, high = (int(x * 10_000) for x in verdict.scores["s"])
        assert row == (verdict.state, amount, low, high, *(c.state for c in verdict.conditions)), firm
    for total in fast.totals([rule], folder / "t.parquet"):
        held = [v for v in told if v.state == "yes"]
        assert (total.yes, total.amount) == (len(held), sum((v.amount or 0 for v in held), Decimal(0)))


@settings(max_examples=150, deadline=None)
@given(policies(), FIRM, st.integers(0, 10**7), st.integers(0, 10**7))
def test_raising_a_cap_never_lowers_a_payment(policy, firm, low, more):
    benefit = Benefit(P, "rd * rate", floor="line", cap="cap", rounds_to=Decimal(1))
    policy = replace(policy, benefit=benefit, conditions=(), when="")
    paid = [
        decide(read_policy(registry(policy), policy, ON, {"cap": Decimal(cap) / 100}), firm).amount
        for cap in (low, low + more)
    ]
    assert paid == [None, None] or paid[0] <= paid[1]
