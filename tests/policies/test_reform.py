"""Reform: how even, how well aimed, what is worth it; scenarios, their effects, and the drafts they become."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from quanyu.bureaus.policies.acts.reform import make_scenario, retire_scenario
from quanyu.bureaus.policies.models import Scenario
from quanyu.bureaus.policies.pages.reform import View
from quanyu.bureaus.policies.reads.draft import _with_values, draft
from quanyu.bureaus.policies.reads.reform import Trial
from quanyu.facts import acts as facts
from quanyu.facts.traits import traits_of
from quanyu.judgements.eligibility import combine, decide, read_policy
from quanyu.judgements.reform import Choice, Range, anyway, best_within, coverage, front, gini, grid, outside, shifts
from quanyu.people.models import Event
from quanyu.plan.reads import files, registry
from quanyu.registry.load import load_files
from quanyu.registry.problem import Refused
from tests import factories
from tests.judgements import policy_zone

MONEY = st.decimals(min_value=0, max_value=10**9, places=2)
CHOICES = st.lists(
    st.builds(Choice, st.just({}), st.integers(0, 30).map(Decimal), st.integers(0, 30).map(Fraction)), max_size=40
)


def test_gini_of_what_is_known_by_hand():
    assert gini([]) is None
    assert gini([Decimal(0), Decimal(0)]) is None
    assert gini([Decimal(7)] * 5) == 0
    assert gini([Decimal(1), Decimal(3)]) == Fraction(1, 4)
    assert gini([Decimal(0)] * 99 + [Decimal(8)]) == Fraction(99, 100)


@given(st.lists(MONEY, min_size=1, max_size=30), st.integers(1, 50))
def test_gini_lies_between_and_does_not_know_the_currency(amounts, times):
    found = gini(amounts)
    if any(amounts):
        assert 0 <= found <= Fraction(len(amounts) - 1, len(amounts))
        assert gini([a * times for a in amounts]) == found == gini(amounts[::-1])
        pairs = sum(abs(Fraction(a) - Fraction(b)) for a in amounts for b in amounts)
        assert found == pairs / (2 * len(amounts) * sum(map(Fraction, amounts)))


@given(CHOICES)
def test_the_front_is_what_brute_force_finds(choices):
    def worse(a, b):
        return b.cost <= a.cost and b.gain >= a.gain and (b.cost, b.gain) != (a.cost, a.gain)

    wanted = {(c.cost, c.gain) for c in choices if not any(worse(c, other) for other in choices)}
    found = front(choices)
    assert [(c.cost, c.gain) for c in found] == sorted(wanted)
    assert all(c in choices for c in found)


@given(CHOICES, st.integers(0, 30).map(Decimal))
def test_the_best_within_a_budget_is_the_most_for_the_least(choices, budget):
    held = [c for c in choices if c.cost <= budget]
    found = best_within(choices, budget)
    assert (found and (found.gain, -found.cost)) == (max((c.gain, -c.cost) for c in held) if held else None)


@given(st.dictionaries(st.integers(1, 9), MONEY), st.dictionaries(st.integers(1, 9), MONEY))
def test_what_groups_win_and_lose_adds_up(before, after):
    found = shifts(before, after, lambda firm: "odd" if firm % 2 else "even")
    assert sum(s.gained - s.lost for s in found) == sum(after.values()) - sum(before.values())
    assert sum(s.change for s in found) == sum(s.gained - s.lost for s in found)


def test_how_well_money_is_aimed():
    before, after = {1: Decimal(100)}, {1: Decimal(150), 2: Decimal(30), 3: Decimal(20)}
    assert coverage({1, 2, 4, 5}, after) == Fraction(1, 2)
    assert coverage(set(), after) is None
    assert outside({1, 2}, after) == Fraction(1, 10)
    assert anyway(before, after) == Fraction(1, 2)  # 50 of the 100 more goes to the firm that had it already
    assert anyway(after, before) is None


def test_a_grid_holds_both_ends():
    ranges = [
        Range("rate", Decimal("0.5"), Decimal("1.5"), Decimal("0.5")),
        Range("cap", Decimal(10), Decimal(29), Decimal(10)),
    ]
    assert [(str(g["rate"]), str(g["cap"])) for g in grid(ranges)] == [
        ("0.5", "10"), ("0.5", "20"), ("1.0", "10"), ("1.0", "20"), ("1.5", "10"), ("1.5", "20"),
    ]  # fmt: skip


FILE = """key: reward  # 名称
parameters:
  - key: rate  # 比例
    unit: percent
    values:
      - since: 2024-01-01
        value: 10
        because: 第三条
      # 以下为上限
  - {key: cap, unit: wan_yuan, values: [{since: 2024-01-01, value: 0.50, because: "第四条"}]}
  - key: floor
    unit: yuan  # 尚无数值
mode: quick
"""


def test_a_draft_adds_values_and_leaves_all_else_as_written():
    text = _with_values(FILE, {"rate": "12.5", "cap": "0.60", "floor": "1"}, dt.date(2027, 1, 1), '提"高')
    added = {"since": dt.date(2027, 1, 1), "because": '提"高'}
    before, after = yaml.safe_load(FILE), yaml.safe_load(text)
    for parameter, value in zip(before["parameters"], (12.5, 0.6, 1), strict=True):
        parameter.setdefault("values", []).append(added | {"value": value})
    assert after == before
    lines = text.splitlines()
    assert [line for line in FILE.splitlines() if "cap" not in line] == [
        line for line in lines if "2027" not in line and "cap" not in line
    ]
    assert "value: 0.50" in text and "value: 0.60" in text


CAPPED = """benefit: {pays: rate * rd, floor: floor, cap: cap}
conditions: [{key: spends, label: {zh: 有研发}, of: rd, unit: wan_yuan, above: "0", cites: [{document: rules}]}]
"""
CAPPED_REGISTRY = policy_zone.registry(
    policy_zone.policy(
        "grant", policy_zone.parameters(rate="10 percent", floor="1 wan_yuan", cap="40 wan_yuan") + CAPPED
    )
)


@given(st.integers(0, 10**12), st.lists(st.decimals(0, 1000, places=2), min_size=2, max_size=2))
def test_raising_a_cap_never_lowers_a_payment(rd, caps):
    known, low, high = CAPPED_REGISTRY, *sorted(caps)
    paid = [
        decide(read_policy(known, known.policies["grant"], policy_zone.ON, {"cap": cap}), {"rd": rd}).amount
        for cap in (low, high)
    ]
    assert paid[0] <= paid[1]


# --- a zone of five firms with 1, 2, 3, 4 and 0 patents, of which the fourth holds the title -------------------------

ON = dt.date(2024, 10, 15)
POLICIES = factories.TINY | {
    "tiny/units.yaml": factories.TINY["tiny/units.yaml"]
    + """
- {key: yuan, label: {zh: 元}, dimension: money, factor: 1, decimals: 2}
- {key: wan_yuan, label: {zh: 万元}, dimension: money, factor: 10000, decimals: 2}
- {key: piece, label: {zh: 件}, dimension: 'count:piece', factor: 1, decimals: 0}
""",
    "tiny/titles.yaml": factories.TINY["tiny/titles.yaml"] + "- {key: patent, label: {zh: 专利}}\n",
    "tiny/facts/organisation.yaml": (policy_zone.CORE / "facts/organisation.yaml").read_text(encoding="utf-8"),
    "tiny/roles.yaml": factories.TINY["tiny/roles.yaml"].replace("sees: [plan, org", "sees: [plan, reform, org", 1),
    "tiny/traits.yaml": """
- {key: patents, label: {zh: 有效专利}, type: number, unit: piece, zero: true, sources: [{title: patent}]}
- {key: is_high_tech, label: {zh: 高新技术企业}, type: flag, zero: true, sources: [{title: high_tech}]}
""",
    "tiny/stackings.yaml": "- {key: best, label: {zh: 从优不重复}, rule: highest}\n",
    "tiny/policies/reward.yaml": """key: reward
label: {zh: 专利奖励}
subject: firm
mode: automatic
from: 2024-01-01
lead: st_office
cites: [{document: plan}]
stacking: best
budget: [{since: 2024-01-01, value: 100000, because: 当年预算}]
parameters:
  - {key: each, label: {zh: 一份}, unit: wan_yuan, values: [{since: 2024-01-01, value: 2, because: 首定}]}
  - key: cap
    label: {zh: 封顶}
    unit: wan_yuan
    lowest: 1
    highest: 6
    step: 1
    values:
      - {since: 2024-01-01, value: 3, because: 首定}  # 第三条
  - key: need
    label: {zh: 最少件数}
    unit: piece
    lowest: 1
    highest: 3
    step: 1
    values: [{since: 2024-01-01, value: 2, because: 首定}]
conditions:
  - {key: has, label: {zh: 有专利}, of: patents, unit: piece, at_least: need}
benefit: {pays: case when patents >= 3 then each + each else each end, cap: cap}
""",
    "tiny/policies/extra.yaml": """key: extra
label: {zh: 定额补助}
subject: firm
mode: automatic
from: 2024-01-01
lead: st_office
cites: [{document: plan}]
stacking: best
parameters: [{key: sum, label: {zh: 金额}, unit: yuan, values: [{since: 2024-01-01, value: 25000, because: 首定}]}]
conditions: [{key: many, label: {zh: 三件以上}, of: patents, unit: piece, at_least: "3"}]
benefit: {pays: sum}
""",
    "tiny/policies/recognition.yaml": """key: recognition
label: {zh: 高企认定}
subject: firm
mode: review
kind: title
grants: high_tech
from: 2024-01-01
lead: st_office
cites: [{document: plan}]
parameters: [{key: need, label: {zh: 最少件数}, unit: piece, values: [{since: 2024-01-01, value: 3, because: 首定}]}]
conditions:
  - {key: has, label: {zh: 有专利}, of: patents, unit: piece, at_least: need}
  - {key: experts, label: {zh: 专家评价}, kind: discretion}
""",
}


@pytest.fixture
def zone(db, tmp_path):
    factories.tiny_plan(tmp_path / "packages", POLICIES)
    known, firms = registry(), []
    for n, patents in enumerate((1, 2, 3, 4, 0), 1):
        firm = factories.firm(n, size="small" if n < 3 else "large", area="east_park" if n < 4 else "west_park")
        for piece in range(patents):
            day = dt.date(2023, 1, 1 + piece)
            facts.grant(known.titles["patent"], firm, day, None, factories.AT)
        firms.append(firm)
    facts.grant(known.titles["high_tech"], firms[3], dt.date(2023, 5, 1), None, factories.AT)
    facts.freeze(factories.AT)
    return firms


def made(changes, **more):
    return make_scenario("放宽", changes, ON, "去年两家触顶", None, factories.AT, **more)


def test_a_scenario_says_what_it_costs_and_whom_it_helps(zone):
    held = made({"reward": {"cap": "4", "need": "1", "each": " "}})
    assert held.changes == {"reward": {"cap": "4", "need": "1"}}
    view = View(registry(), held)
    e, ids = view.effect, [f.pk for f in zone]
    assert e.before.total == dict(zip(ids[1:4], map(Decimal, (20000, 30000, 30000)), strict=True))
    assert e.after.total == dict(zip(ids[:4], map(Decimal, (20000, 20000, 40000, 40000)), strict=True))
    assert (e.cost, e.firms, view.room) == ((80000, 120000), (3, 4), (20000, -20000))
    assert e.coverage == (Fraction(3, 5), Fraction(4, 5))
    assert e.outside == (0, 0)
    assert e.anyway == Fraction(1, 2)
    assert e.gini == (Fraction(1, 12), Fraction(1, 6))
    assert [(s.group, s.winners, s.gained, s.losers) for s in e.shifts(0)] == [
        ("large", 2, 20000, 0), ("small", 1, 20000, 0),
    ]  # fmt: skip
    assert [(s.group, s.change) for s in e.shifts(2)] == [("东虚构片区", 30000), ("西虚构片区", 10000)]
    assert view.indicators == []


def test_whom_it_is_meant_for_is_a_choice(zone):
    e = View(registry(), made({"reward": {"cap": "4", "need": "1"}}, target="is_high_tech")).effect
    assert e.target == {zone[3].pk}
    assert e.coverage == (1, 1)
    assert e.outside == (Fraction(5, 8), Fraction(8, 12))


def test_policies_for_one_matter_move_together(zone):
    e = View(registry(), made({"reward": {"cap": "2"}})).effect
    assert {key: dict(p) for key, p in e.after.paid.items()}["extra"] == {
        zone[2].pk: 25000, zone[3].pk: 25000,
    }  # fmt: skip
    assert (e.whole.lost, e.whole.losers, e.cost) == (10000, 2, (80000, 70000))


def test_a_title_that_an_indicator_counts_is_an_effect_on_the_plan(zone):
    scenario = made({"recognition": {"need": "2"}})
    view = View(registry(), scenario)
    assert [(i.key, before, after) for _p, i, before, after in view.effect.linked(registry())] == [("high_tech", 2, 3)]
    assert view.effect.after.total == {}
    only_sure = View(registry(), made({"recognition": {"need": "2"}}, judged=False)).effect
    assert only_sure.firms == (0, 0)  # people judge every case


def test_what_cannot_be_a_scenario_is_refused(zone):
    for changes, words in (
        ({}, "没有改动任何参数"), ({"reward": {"cap": "3"}}, "没有改动任何参数"), ({"reward": {"cap": "7"}}, "不能是7"),
        ({"reward": {"cap": "三"}}, "应当是数字"), ({"nobody": {"cap": "3"}}, "没有名为“nobody”"),
        ({"reward": {"top": "3"}}, "没有名为“top”的参数"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=words):
            made(changes)
    with pytest.raises(Refused, match="是非特征"):
        made({"reward": {"cap": "4"}}, target="patents")
    assert not Scenario.objects.exists()
    assert not Event.objects.filter(act__startswith="policies.").exists()


def test_a_scenario_is_laid_aside_once(zone):
    held = made({"reward": {"cap": "4"}})
    retire_scenario(held, None, factories.AT)
    with pytest.raises(Refused, match="已经停用"):
        retire_scenario(held, None, factories.AT)
    acts = Event.objects.filter(subject=f"policies.scenario:{held.pk}").values_list("act", flat=True)
    assert list(acts) == ["policies.make_scenario", "policies.retire_scenario"]


def test_the_best_use_is_what_the_reference_engine_finds_by_trying_all(zone):
    known = registry()
    trial = Trial(known, ON)
    ranges = [Range("cap", Decimal(1), Decimal(6), Decimal(1)), Range("need", Decimal(1), Decimal(3), Decimal(1))]
    found = trial.choices("reward", ranges, lambda side: len(side.had["reward"]), Decimal(1))
    assert len(found) == 18
    traits = [traits_of(known, trial.source, f.pk, ON) for f in zone]
    for choice in found:
        rules = [read_policy(known, known.policies[key], ON, choice.changes if key == "reward" else None)
                 for key in ("reward", "extra")]  # fmt: skip
        verdicts = [[decide(rule, firm) for rule in rules] for firm in traits]
        assert choice.cost == sum(sum(combine(known, of_firm, ON).values()) for of_firm in verdicts)
        assert choice.gain == sum(of_firm[0].state == "yes" for of_firm in verdicts)
    assert [(c.cost, c.gain) for c in front(found)] == [(50000, 2), (60000, 3), (70000, 4)]
    assert best_within(found, Decimal(65000)).changes == {"cap": 1, "need": 2}
    with pytest.raises(Refused, match="601种取法"):
        trial.choices("reward", [Range("cap", Decimal(0), Decimal(6), Decimal("0.01"))], len, Decimal(1))


def test_a_draft_is_a_file_that_passes_the_check_and_counts_from_its_day(zone):
    policy = registry().policies["reward"]
    path, text = draft(policy, {"cap": "4.5", "need": "1"}, dt.date(2025, 1, 1), "放宽：去年两家触顶")
    known, problems = load_files(files() | {path: text})
    assert [str(p) for p in problems if p.mood == "wrong"] == []
    for day, cap in ((dt.date(2024, 12, 31), 3), (dt.date(2025, 1, 1), Decimal("4.5"))):
        held = read_policy(known, known.policies["reward"], day).parameters
        assert held["cap"].value == cap
    assert held["need"].because == "放宽：去年两家触顶"
    assert "# 第三条" in text
    with pytest.raises(Refused, match="已有自2024-01-01"):
        draft(policy, {"cap": "4.5"}, dt.date(2023, 1, 1), "追溯")


def test_the_pages_make_compare_and_hand_out(zone, client):
    client.force_login(factories.person("st_office"))
    sheet = client.get("/reforms/new/?policy=reward&on=2024-10-15").content.decode()
    assert 'name="reward.cap"' in sheet and "3万元" in sheet and "1 — 6" in sheet
    typed = {"title": "甲", "because": "试", "reward.cap": "9", "judged": "1"}
    refused = client.post("/reforms/new/?policy=reward&on=2024-10-15", typed)
    assert refused.status_code == 409
    assert "不能是9" in refused.content.decode() and 'value="9"' in refused.content.decode()
    client.post("/reforms/new/?policy=reward&on=2024-10-15", typed | {"reward.cap": "4"})
    client.post("/reforms/new/?policy=recognition&on=2024-10-15", typed | {"title": "乙", "recognition.need": "2"})
    one, two = Scenario.objects.order_by("id")
    page = client.get(f"/reforms/{one.pk}/").content.decode()
    assert "没有公式相连" in page and "10.00" in page
    linked = client.get(f"/reforms/{two.pk}/").content.decode()
    assert "由2家变为3家" in linked
    both = client.get(f"/reforms/compare/?id={one.pk}&id={two.pk}").content.decode()
    assert both.index(">甲</th>") < both.index(">乙</th>")
    handed = client.get(f"/reforms/{one.pk}/reward.yaml?since=2025-01-01")
    assert handed["Content-Disposition"] == 'attachment; filename="reward.yaml"'
    assert "value: 4, because" in handed.content.decode()
    best = client.get("/reforms/best/?policy=reward&on=2024-10-15&go=1&vary=cap&vary=need&goal=firms").content.decode()
    assert "试了全部 18 种取法，4 种值得考虑" in best and "<svg" in best
    assert "封顶 3万元，最少件数 1件；金额10.00万元，得到资金的企业家数4。" in best
    assert 'name="budget" inputmode="decimal" autocomplete="off" value="10"' in best  # the stacked policy has none
    assert "预算与金额都含同一叠加组的政策：定额补助" in best
    client.post(f"/reforms/{one.pk}/")
    assert ">甲</a>" not in client.get("/reforms/").content.decode()


def test_a_firm_has_no_business_here(zone, client):
    client.force_login(factories.person("enterprise", zone[0]))
    for address in ("/reforms/", "/reforms/new/", "/reforms/best/", "/reforms/1/", "/reforms/1/reward.yaml"):
        assert client.get(address).status_code == 403
