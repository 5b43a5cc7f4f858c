"""Looking ahead, innovation points, how many conditions short: on numbers that can be checked by hand."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from quanyu.judgements.eligibility import decide, read_policy
from quanyu.judgements.foresight import came_true, look_ahead, record
from quanyu.judgements.points import holds, points_of
from quanyu.judgements.shortfall import shortfall
from quanyu.registry.model import (
    Condition,
    Foresight,
    Label,
    PointGroup,
    PointItem,
    Points,
    PointScale,
    PointStage,
    Policy,
    ScoreBand,
    ScoreItem,
)
from tests.judgements.eligibility import ON, P, registry

WAN = 10_000 * 100  # fen
BANDS = (ScoreBand(P, Decimal(30), at_least=Decimal(50)), ScoreBand(P, Decimal(20), at_least=Decimal(20)))
GROWTH = ScoreItem("growth", Label("增长"), P, Decimal(30), of="revenue - revenue_1", per="revenue_1", unit="percent",
                   bands=BANDS)  # fmt: skip
RIGHTS = ScoreItem("ip", Label("专利"), P, Decimal(10), of="ip", unit="piece",
                   bands=(ScoreBand(P, Decimal(10), at_least=Decimal(5)),))  # fmt: skip
RULE = Foresight("f", Label("预见"), (GROWTH, RIGHTS), 2, (1, 2, 4), P, asks="revenue > 0", titles=("high_tech",),
                 grew="revenue >= 1.44 * revenue_2")  # fmt: skip


@pytest.mark.parametrize(
    ("now", "points"), [(149, 20), (150, 30), (120, 20), (119, 0), (50, 0)]
)  # growth over 100 last year: the band's edge belongs to the band  # fmt: skip
def test_a_band_is_earned_from_its_edge_on(now, points):
    seen = look_ahead(RULE, {"revenue": now * WAN, "revenue_1": 100 * WAN, "ip": 4}, registry().units)
    assert seen.points == points
    assert [(r.feature.key, r.points) for r in seen.reasons] == [("growth", points), ("ip", 0)]
    assert seen.reasons[0].value == now - 100


def test_what_is_not_known_earns_nothing_and_says_so():
    seen = look_ahead(RULE, {"revenue": WAN, "revenue_1": None, "ip": 5}, registry().units)
    assert (seen.points, seen.known, seen.reasons[0].value) == (10, 1, None)
    assert look_ahead(RULE, {"revenue": WAN, "revenue_1": 0, "ip": 5}, registry().units).reasons[0].value is None
    assert look_ahead(RULE, {"revenue": 0, "ip": 5}, registry().units) is None  # not among those looked at
    assert look_ahead(RULE, {"revenue": None, "ip": 5}, registry().units) is None


def test_it_came_true_by_a_title_or_by_growth():
    assert came_true(RULE, {"revenue": 144, "revenue_2": 100}, newly=False) is True
    assert came_true(RULE, {"revenue": 143, "revenue_2": 100}, newly=False) is False
    assert came_true(RULE, {"revenue": 1, "revenue_2": 100}, newly=True) is True
    assert came_true(RULE, {"revenue": 144}, newly=False) is None


def test_the_record_is_precision_beside_the_blind_draw():
    scores = {1: Decimal(50), 2: Decimal(30), 3: Decimal(30), 4: Decimal(0), 5: Decimal(90)}
    told = record(RULE, 2023, scores, {1: True, 2: True, 3: False, 4: False, 5: None})  # of 5 nobody knows what became
    assert (told.firms, told.came_true, told.base) == (4, 2, Fraction(1, 2))
    # second place is shared by a hit and a miss: each counts half
    assert [(h.first, h.precision) for h in told.hits] == [(1, 1), (2, Fraction(3, 4)), (4, Fraction(1, 2))]


def test_no_order_of_equals_changes_the_record():
    true = {1: True, 2: False, 3: True}
    there = record(RULE, 2023, dict.fromkeys((1, 2, 3), Decimal(7)), true)
    back = record(RULE, 2023, dict.fromkeys((3, 2, 1), Decimal(7)), true)
    assert there == back
    assert [h.precision for h in there.hits] == [Fraction(2, 3), Fraction(2, 3), None]  # the list is shorter than four
    assert record(RULE, 2023, {}, {}).base is None


ITEMS = (
    PointItem("rd", Label("研发"), "rd", P, unit="wan_yuan"),
    PointItem("share", Label("占比"), "rd", P, "revenue", "percent"),
)
STAGES = PointStage("young", Label("初创"), P, "staff < 50"), PointStage("rest", Label("其他"), P)
INDEX = Points("i", Label("积分"), (PointGroup("g", Label("组"), ITEMS, P),), STAGES, P)
SCALE = PointScale("s", "i", "young", dt.date(2024, 1, 1), "虚构", P, {"rd": Decimal(60), "share": Decimal(40)},
                   {"rd": Decimal(200), "share": Decimal(10)})  # fmt: skip


def scaled(*scales):
    return replace(registry(), point_scales={s.key: s for s in scales})


def test_points_are_the_share_of_the_full_value_capped():
    young = {"rd": 50 * WAN, "revenue": 400 * WAN, "staff": 49}
    sheet = points_of(INDEX, scaled(SCALE), young, ON)
    assert [(e.value, e.points) for e in sheet.lines] == [
        (50, 15),
        (Fraction(25, 2), 40),
    ]  # 50/200 × 60; 12.5 % of 10 %
    assert (sheet.stage.key, sheet.total, sheet.known, sheet.of(INDEX.groups[0])) == ("young", 55, 2, (55, 100))
    unknown = points_of(INDEX, scaled(SCALE), young | {"revenue": None}, ON)
    assert (unknown.total, unknown.known, unknown.lines[1].points) == (15, 1, None)
    assert points_of(INDEX, scaled(SCALE), young | {"rd": -WAN}, ON).total == 0


def test_without_weights_in_force_nothing_is_invented():
    young = {"rd": 50 * WAN, "revenue": 400 * WAN, "staff": 49}
    for traits, day in ((young, dt.date(2023, 12, 31)), (young | {"staff": 50}, ON)):
        sheet = points_of(INDEX, scaled(SCALE), traits, day)
        assert (sheet.total, sheet.lines[0].points, sheet.lines[0].value) == (None, None, 50)
    later = replace(SCALE, key="s2", since=dt.date(2026, 1, 1), weights={"rd": Decimal(100)})
    assert points_of(INDEX, scaled(SCALE, later), young, ON).total == 25
    assert holds("staff < 50", {"staff": None}) is None


def short(traits, *conditions, when=""):
    policy = Policy(
        "p", Label("政策"), "firm", "review", dt.date(2020, 1, 1), "st_office", (), P, conditions=conditions, when=when
    )
    rule = read_policy(registry(policy), policy, ON)
    return shortfall(rule, {f.condition.key: f.state for f in decide(rule, traits).conditions})


def way(key, **more):
    return Condition(key, Label(key), P, test=f"{key} >= 1", **more)


def test_of_alternatives_one_is_missing_not_all():
    none = {"ip": 0, "tech": 0, "staff": 0}
    assert short(none, way("ip"), way("tech", one_of="w"), way("staff", one_of="w")) == ("ip", "tech")
    assert short(none | {"staff": 1}, way("ip"), way("tech", one_of="w"), way("staff", one_of="w")) == ("ip",)
    assert short(none | {"ip": 1, "tech": 1}, way("ip"), way("tech", one_of="w"), way("staff", one_of="w")) == ()


def test_the_ordinary_way_is_told_before_a_way_round():
    none = {"ip": 0, "tech": None, "staff": 0}
    told = short(none, way("tech", one_of="direct"), way("ip"), way("staff"), when="ip or (staff and tech) or tech")
    assert told == ("ip",)
    both = short(
        {"ip": 1, "tech": 0, "staff": 0}, way("ip"), way("tech"), way("staff"), when="(ip and tech) or (tech and staff)"
    )
    assert both == ("tech",)


def test_a_veto_bars_every_way():
    veto = Condition("honest", Label("失信"), P, kind="veto", test="dishonest")
    assert short({"ip": 0, "dishonest": True}, way("ip"), veto) is None
    assert short({"ip": 0, "dishonest": None}, way("ip"), veto) == ("ip", "honest")  # open, so it has to come out well
    assert short({"ip": 0, "dishonest": False}, way("ip"), veto) == ("ip",)
