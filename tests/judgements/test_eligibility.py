"""What a policy decides: by value, at each edge, and in words."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal as D
from fractions import Fraction

import pytest

from quanyu.judgements.eligibility import Unreadable, combine, decide, fast, read_policy, reading_problems
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
    Stacking,
)
from tests.judgements.eligibility import ON, P, registry

WAN = 1_000_000  # fen


def policy(*conditions, key="p", **more):
    values = {"line": ("percent", 4), "rate": ("percent", 10), "cap": ("wan_yuan", 50), "pass_mark": ("point", 60)}
    parameters = tuple(
        Parameter(
            k, Label({"rate": "补助比例", "cap": "封顶额"}.get(k, k)), unit, P, (Dated(dt.date(2020, 1, 1), D(v), ""),)
        )
        for k, (unit, v) in values.items()
    )
    parameters += (Parameter("unset", Label("未定"), "yuan", P),)
    start = dt.date(2020, 1, 1)
    made = Policy(key, Label("试行补助"), "firm", "automatic", start, "clerk", (), P, parameters=parameters)
    return replace(made, conditions=conditions, **more)


def c(key="c", **how):
    return Condition(key, Label(key), P, **how)


def verdict(held, changes=None, **firm):
    return decide(read_policy(registry(held), held, ON, changes), firm)


@pytest.mark.parametrize(
    ("rd", "revenue", "state"),
    [(4 * WAN, 100 * WAN, "met"), (4 * WAN - 1, 100 * WAN, "not_met"), (4 * WAN, 100 * WAN + 1, "not_met"),
     (1, 0, "unknown"), (1, -5, "unknown"), (None, 5, "unknown")],
)  # fmt: skip
def test_a_share_is_held_to_its_line_to_the_fen(rd, revenue, state):
    found = verdict(policy(c(of="rd", per="revenue", at_least="line", unit="percent")), rd=rd, revenue=revenue)
    assert found.conditions[0].state == state


def test_a_share_that_just_misses_shows_that_it_misses():
    share = policy(c(of="rd", per="revenue", at_least="line", unit="percent"))
    found = verdict(share, rd=4 * WAN - 1, revenue=100 * WAN)
    assert found.conditions[0].distance == Fraction(1, WAN)
    assert found.conditions[0].words == "3.999999%，要求不低于 4%，差 0.000001 个百分点"


@pytest.mark.parametrize(
    ("bound", "tech", "state"),
    [("at_least", 10, "met"), ("above", 10, "not_met"), ("at_most", 10, "met"), ("below", 10, "not_met")],
)  # fmt: skip
def test_each_bound_at_its_edge(bound, tech, state):
    assert verdict(policy(c(of="tech", **{bound: "10"})), tech=tech).conditions[0].state == state


def test_growth_needs_no_division():
    grown = policy(
        c(of="revenue * revenue_2 + revenue_1 * revenue_1 - 2 * revenue_1 * revenue_2",
          per="2 * revenue_1 * revenue_2", at_least="0.35", unit="percent")
    )  # fmt: skip
    found = verdict(grown, revenue=180 * WAN, revenue_1=120 * WAN, revenue_2=100 * WAN)
    assert (found.conditions[0].value, found.conditions[0].state) == (Fraction(35), "met")
    assert verdict(grown, revenue=180 * WAN - 1, revenue_1=120 * WAN, revenue_2=100 * WAN).state == "no"


def test_a_veto_is_met_when_the_firm_is_clean_and_unknown_when_nobody_knows():
    clean = policy(c(kind="veto", test="dishonest"))
    assert [verdict(clean, dishonest=d).state for d in (False, True, None)] == ["yes", "no", "unknown"]
    assert verdict(clean).unknown == ("dishonest",)


def test_one_of_several_ways_is_enough_and_a_bonus_decides_nothing():
    ways = policy(
        c("a", test="holds('high_tech')", one_of="way"), c("b", of="ip", at_least="1", one_of="way"),
        c("d", kind="bonus", test="dishonest"),
    )  # fmt: skip
    assert verdict(ways, holds_high_tech=False, ip=1, dishonest=False).state == "yes"
    assert verdict(ways, holds_high_tech=True).state == "yes"
    assert verdict(ways, holds_high_tech=False).state == "unknown"
    assert verdict(ways, holds_high_tech=False, ip=0).state == "no"


def test_judgement_is_said_only_where_nothing_else_is_missing():
    judged = policy(c("a", kind="discretion"), c("b", of="ip", at_least="1"))
    assert [verdict(judged, ip=n).state for n in (1, 0, None)] == ["judgement", "no", "unknown"]


SCORE = Score(
    "s", Label("评分"),
    (ScoreItem("expert", Label("专家"), P, D(20)),
     ScoreItem("ip", Label("件数"), P, D(30), "g", "ip", unit="piece",
               bands=(ScoreBand(P, D(25), D(30), D(5)), ScoreBand(P, D(13), D(18), D(3)))),
     ScoreItem("rd", Label("占比"), P, D(40), "g", "rd", "revenue", "percent", (ScoreBand(P, D(40), at_least=D(6)),))),
    P, (ScoreGroup("g", Label("组"), D(60), P),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("ip", "rd", "state", "ends"),
    [(5, 6, "met", (60, 80)), (4, 6, "judgement", (53, 78)), (3, 5, "not_met", (13, 38)),
     (None, 6, "unknown", (40, 80))],
)  # fmt: skip
def test_a_score_is_a_range_and_decides_by_its_ends(ip, rd, state, ends):
    found = verdict(policy(c(of="s", at_least="pass_mark"), scores=(SCORE,)), ip=ip, rd=rd, revenue=100)
    assert (found.conditions[0].state, found.scores["s"]) == (state, ends)


PAY = Benefit(P, "rd * rate", floor="0", cap="cap", rounds_to=D(100))


@pytest.mark.parametrize(
    ("fen", "yuan"),
    [(99_999, "0"), (100_000, "100.00"), (4_999_999_99, "499900.00"),
     (5 * WAN * 100, "500000.00"), (10**12, "500000.00"), (-7, "0.00")],
)  # fmt: skip
def test_an_amount_is_cut_down_to_its_step_and_held_by_its_cap(fen, yuan):
    assert verdict(policy(benefit=PAY), rd=fen).amount == D(yuan)


def test_an_amount_is_said_with_its_numbers():
    told = verdict(policy(benefit=PAY), rd=1_234_567_89)
    assert told.words == "研发费用 123.46 万元 × 补助比例 10%，舍到 100 元 ＝ 123,400.00 元"
    assert verdict(policy(benefit=PAY), rd=10**12).words.endswith("，封顶，舍到 100 元 ＝ 500,000.00 元")
    assert verdict(policy(benefit=PAY), {"rate": D("12.5")}, rd=100 * WAN).amount == D("125000")


def test_a_cap_that_nobody_knows_leaves_the_amount_unknown():
    assert verdict(policy(benefit=replace(PAY, cap="unset")), rd=WAN).amount is None
    assert verdict(policy(benefit=replace(PAY, pays="least(rd, unset)", cap="")), rd=WAN).amount is None


def test_bands_hold_their_lower_edge():
    bands = (PayBand(P, "rd * rate", below="cap"), PayBand(P, "2 * rd * rate", at_least="cap"))
    paid = policy(benefit=Benefit(P, of="rd", bands=bands))
    assert [verdict(paid, rd=r).amount for r in (50 * WAN - 1, 50 * WAN)] == [D("49999.99"), D("100000")]


@pytest.mark.parametrize(
    ("how", "told"),
    [({"of": "rd", "at_least": "400"}, "一边是钱，一边是没有单位的数"),
     ({"of": "rd + staff", "at_least": "line"}, "不是同一种量"),
     ({"of": "revenu", "at_least": "line"}, "没有叫“revenu”的企业特征"),
     ({"of": "rd / revenue", "at_least": "line"}, "没有除法"),
     ({"of": "sum(rd)", "at_least": "cap"}, "没有汇总"), ({"test": "s = 60"}, "只能用大小与界限比"),
     ({"of": "rd"}, "要有一个界限"),
     ({"test": "kind >= 'a'"}, "文字没有大小"), ({"test": "kind between 'a' and 'b'"}, "文字没有大小"),
     ({"test": "kind = 3"}, "不能比较"), ({"test": "holds('nothing')"}, "没有叫“nothing”的头衔")],
)  # fmt: skip
def test_what_cannot_be_read_is_said(how, told):
    held = policy(c(**how), scores=(SCORE,))
    with pytest.raises(Unreadable) as raised:
        read_policy(registry(held), held, ON)
    assert "政策“试行补助”的条件“c”" in raised.value.sentence and told in raised.value.sentence
    assert [p.subject for p in reading_problems(registry(held))] == ["p"]


def stacked(rule, amounts, paid=None, cap=None, since=dt.date(2020, 1, 1)):
    group = Stacking("g", Label("g"), rule, P, cap=(Dated(since, D(cap), ""),) if cap else ())
    held = [policy(key=k, benefit=Benefit(P, "rd"), stacking="g") for k in amounts]
    reg = registry(*held, stackings=(group,))
    verdicts = [decide(read_policy(reg, p, ON), {"rd": amounts[p.key] * 100}) for p in held]
    return {k: int(v) for k, v in combine(reg, verdicts, ON, paid or {}).items()}


def test_stacking():
    assert stacked("highest", {"a": 5, "b": 8}) == {"a": 0, "b": 8}
    assert stacked("highest", {"a": 5, "b": 8}, {"a": D(5)}) == {"a": 0, "b": 0}
    assert stacked("difference", {"a": 5, "b": 8}, {"a": D(5)}) == {"a": 0, "b": 3}
    assert stacked("sum", {"a": 5, "b": 8}, cap=10) == {"a": 2, "b": 8}
    assert stacked("sum", {"a": 5, "b": 8}, {"b": D(8)}, cap=10) == {"a": 2, "b": 0}
    assert stacked("sum", {"a": 5, "b": 8}, cap=10, since=dt.date(2099, 1, 1)) == {}, "a cap nobody knows"
    assert stacked("sum", {"a": 5, "b": 8}, {"a": D(2)}) == {"a": 3, "b": 8}, "no cap: all of it"


@pytest.mark.parametrize("most", [1, 2**61, 2**62 - 1, 2**62, 2**63 - 1])
def test_numbers_beyond_64_bits_are_held_in_more(tmp_path, most):
    sums = c(of="revenue + revenue_1 - rd", above="0 - cap")
    held = policy(sums, c("d", of="2 * revenue", per="revenue + revenue_1", above="rate"))
    rule = read_policy(registry(held), held, ON)
    twin = replace(rule, policy=replace(held, key="twin"))  # shares all it works out
    firms = {
        n: {"revenue": a, "revenue_1": b, "rd": 3} for n, (a, b) in enumerate([(most, most), (-most, -most), (0, 1)])
    }
    fast.put_together([rule], firms, tmp_path / "t.parquet")
    rows = fast.kept(fast.decide_all([twin, rule], tmp_path / "t.parquet", tmp_path)["p"])
    told = [[f.state for f in decide(rule, firm).conditions] for firm in firms.values()]
    assert [[row["state_c"], row["state_d"]] for row in rows] == told
