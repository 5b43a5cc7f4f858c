"""The policy linter on planted defects (every kind in several disguises), on a clean set and on what is shipped.

Each defect is a policy of its own, planted among clean ones; the linter must name exactly it, and the firm it shows
must show it when the reference engine is asked again.
"""

# ruff: noqa: E501  (a planted policy stands on one line)

from __future__ import annotations

import itertools
from decimal import Decimal
from pathlib import Path

import pytest

from quanyu.judgements.eligibility import combine, decide, read_policy
from quanyu.judgements.policy_lint import CODES, lint
from quanyu.registry.load import load
from tests.judgements.policy_zone import ON, WAN, parameters, policy, registry

PACKAGES = Path(__file__).parents[2] / "packages"
HAD = ("yes", "judgement")
ANY = "conditions: [{key: some, label: {zh: 有研发}, of: rd, above: 0}]\n"


def conditions(*rows: str) -> str:
    return "conditions:\n" + "".join(f"  - {{{row}}}\n" for row in rows)


CLEAN = [
    # progressive bands: each begins where the last ends, and pays at least as much
    policy("progressive", parameters(low="1000 wan_yuan", rate="10 percent", less="5 percent") + ANY + """benefit:
  of: rd
  cap: 2 * low
  bands:
    - {below: low, pays: rate * rd}
    - {at_least: low, pays: rate * low + less * (rd - low)}
""", matter="研发投入"),
    # a cap, a floor below what is spent, a better rate for the larger part, an increment over last year
    policy("increment", parameters(rate="20 percent", most="50 wan_yuan", least="1 wan_yuan") + conditions(
        "key: grown, label: {zh: 增长}, of: rd - rd_1, at_least: 10 * least",
        "key: light, label: {zh: 负债率}, of: debts, per: assets, unit: percent, at_most: 4 * rate",
        "key: clean, label: {zh: 失信}, kind: veto, test: dishonest",
    ) + "benefit: {pays: rate * (rd - rd_1), cap: most, rounds_to: 100}\n", matter="研发增量"),
    # a title by points, bands without holes; debts that cost points are no cliff
    policy("title", parameters(pass_mark="60 point") + conditions(
        "key: points, label: {zh: 得分}, of: score, at_least: '60'",
        "key: people, label: {zh: 人员}, of: tech_staff, per: staff, unit: percent, at_least: '0.1'",
        "key: size, label: {zh: 职工}, of: staff, at_most: '500'",
        "key: new, label: {zh: 领域}, test: \"field in ('new')\", one_of: what",
        "key: rights, label: {zh: 专利}, of: patents, at_least: '1', one_of: what",
    ) + """scores:
  - key: score
    label: {zh: 评分}
    items:
      - {key: part, label: {zh: 研发占比}, most: 50, of: rd, per: revenue, unit: percent, bands: [{at_least: 6, points: 50}, {at_least: 3, points: 20}]}
      - key: held
        label: {zh: 专利}
        most: 50
        bands: [{when: "patents >= 5", points: 41, most: 50}, {when: "patents >= 2 and patents < 5", points: 20, most: 40}, {when: "patents = 1", points: 1, most: 19}]
""".replace("      - {key: part", "      - {key: part"), grants="tech"),
    # two for one matter that are stacked: the better one counts
    policy("first", parameters(sum="20 wan_yuan") + ANY + "benefit: {pays: sum}\n", matter="认定", stacking="best"),
    policy("second", parameters(sum="30 wan_yuan") + ANY + "benefit: {pays: sum}\n", matter="认定", stacking="best"),
    # two for one matter that no firm can both have
    policy("large", parameters(line="1000 wan_yuan", sum="2 wan_yuan") + conditions(
        "key: big, label: {zh: 大}, of: revenue, at_least: line") + "benefit: {pays: sum}\n", matter="首贷"),
    policy("small", parameters(line="1000 wan_yuan", sum="2 wan_yuan") + conditions(
        "key: little, label: {zh: 小}, of: revenue, below: line") + "benefit: {pays: sum}\n", matter="首贷"),
]  # fmt: skip
STACKINGS = """
- {key: best, label: {zh: 从优}, rule: highest}
- {key: jar, label: {zh: 合计}, rule: sum, cap: [{since: 2024-01-01, value: 500000, because: 首定}]}
"""
PLANTED = {
    # --- cliffs: on the whole amount, in a case, in flat sums, by a cap, by a share of something else
    ("P401", "whole_amount"): [policy("whole_amount", parameters(line="1000 wan_yuan", rate="10 percent", less="5 percent") + ANY + "benefit:\n  of: rd\n  bands: [{below: line, pays: rate * rd}, {at_least: line, pays: less * rd}]\n")],
    ("P401", "in_case"): [policy("in_case", parameters(line="2000 wan_yuan", rate="8 percent", less="2 percent") + ANY + "benefit: {pays: case when revenue > line then less * rd else rate * rd end}\n")],
    ("P401", "flat_sums"): [policy("flat_sums", parameters(big="30 wan_yuan", little="20 wan_yuan") + ANY + "benefit:\n  of: staff\n  bands: [{below: '100', pays: big}, {at_least: '100', pays: little}]\n")],
    ("P401", "lower_cap"): [policy("lower_cap", parameters(line="5000 wan_yuan", rate="10 percent", high="60 wan_yuan", low="40 wan_yuan") + ANY + "benefit: {pays: rate * rd, cap: case when revenue >= line then low else high end}\n")],
    ("P401", "by_share"): [policy("by_share", parameters(part="5 percent", rate="10 percent", less="5 percent") + ANY + "benefit: {pays: case when rd >= part * revenue then rate * rd else less * rd end}\n")],
    # --- nobody can: two bounds on one value, on one share, more points than there are, a mark both asked and barred
    ("P402", "above_and_below"): [policy("above_and_below", parameters(low="2000 wan_yuan", high="5000 wan_yuan") + conditions("key: big, label: {zh: 大}, of: revenue, at_least: high", "key: little, label: {zh: 小}, of: revenue, below: low"))],
    ("P402", "one_share"): [policy("one_share", parameters(low="3 percent", high="5 percent") + conditions("key: much, label: {zh: 多}, of: rd, per: revenue, at_least: high", "key: little, label: {zh: 少}, of: rd, per: revenue, at_most: low"))],
    ("P402", "too_many_points"): [policy("too_many_points", conditions("key: points, label: {zh: 得分}, of: score, above: '70'") + "scores:\n  - key: score\n    label: {zh: 评分}\n    items:\n      - {key: one, label: {zh: 甲}, most: 40}\n      - {key: two, label: {zh: 乙}, most: 30}\n")],
    ("P402", "asked_and_barred"): [policy("asked_and_barred", conditions("key: held, label: {zh: 已是高企}, test: holds('tech') and ledger", "key: barred, label: {zh: 已是高企的除外}, kind: veto, test: holds('tech')"))],
    ("P402", "by_test"): [policy("by_test", parameters(low="100 wan_yuan", high="200 wan_yuan") + conditions("key: much, label: {zh: 多}, test: rd > high and staff >= 5", "key: little, label: {zh: 少}, test: rd < low or staff < 3"))],
    ("P402", "no_such_alternative"): [policy("no_such_alternative", conditions("key: fine, label: {zh: 有研发}, of: rd, above: 0, one_of: way", "key: never, label: {zh: 比自己多}, test: \"staff < 0\", one_of: way"))],
    # --- gaps: between the bands of a benefit, in a case, between the bands of an item
    ("P403", "between_bands"): [policy("between_bands", parameters(low="1000 wan_yuan", high="1100 wan_yuan", sum="10 wan_yuan") + ANY + "benefit:\n  of: revenue\n  bands: [{below: low, pays: sum}, {at_least: high, pays: 2 * sum}]\n")],
    ("P403", "just_one"): [policy("just_one", parameters(sum="10 wan_yuan") + ANY + "benefit: {pays: case when staff < 50 then sum when staff > 50 then 2 * sum else 0 * sum end}\n")],
    ("P403", "between_points"): [policy("between_points", conditions("key: points, label: {zh: 得分}, of: score, at_least: '5'") + "scores:\n  - key: score\n    label: {zh: 评分}\n    items:\n      - key: held\n        label: {zh: 专利}\n        most: 10\n        bands: [{when: patents > 5, points: 10}, {when: patents >= 1 and patents < 5, points: 5}]\n")],
    # --- twice for one matter: without stacking, with different ones, by way of a title
    ("P404", "again"): [policy("again", parameters(sum="5 wan_yuan") + ANY + "benefit: {pays: sum}\n", matter="获奖"), policy("again_elsewhere", parameters(sum="6 wan_yuan") + conditions("key: staffed, label: {zh: 有人}, of: staff, at_least: '20'", "key: few, label: {zh: 人不多}, of: staff, at_most: '30'") + "benefit: {pays: sum}\n", matter="获奖")],
    ("P404", "other_stack"): [policy("other_stack", parameters(rate="5 percent") + ANY + "benefit: {pays: rate * rd}\n", matter="检测", stacking="best"), policy("other_stack_2", parameters(rate="5 percent", line="100 wan_yuan") + conditions("key: held, label: {zh: 是高企}, test: holds('tech') and rd > line") + "benefit: {pays: rate * rd}\n", matter="检测")],
    # --- beyond the cap or the cost: three shares of one cost, a floor for the smallest, a group that promises more
    ("P405", "share_a"): [policy("share_a", parameters(rate="60 percent") + ANY + "benefit: {pays: rate * rd}\n", matter="设备", stacking="shares"), policy("share_b", parameters(rate="50 percent") + ANY + "benefit: {pays: rate * rd}\n", matter="设备", stacking="shares")],
    ("P405", "floor"): [policy("floor", parameters(rate="10 percent", least="5 wan_yuan") + ANY + "benefit: {pays: rate * rd, floor: least}\n", matter="小额研发")],
    ("P405", "promised"): [policy("promised", parameters(sum="40 wan_yuan") + ANY + "benefit: {pays: sum}\n", matter="落户", stacking="jar"), policy("promised_2", parameters(sum="30 wan_yuan") + ANY + "benefit: {pays: sum}\n", matter="装修", stacking="jar")],
    # --- slips of the unit: among bounds of many policies, between the sums of one, from one date to the next, a share
    ("P406", "forgot_wan"): [policy("forgot_wan", parameters(line="2000 yuan") + conditions("key: big, label: {zh: 收入}, of: revenue, at_least: line")), policy("sib_1", parameters(line="1500 wan_yuan") + conditions("key: big, label: {zh: 收入}, of: revenue, at_least: line")), policy("sib_2", parameters(line="5000 wan_yuan") + conditions("key: big, label: {zh: 收入}, of: revenue, at_least: line"))],
    ("P406", "cap_of_40_yuan"): [policy("cap_of_40_yuan", parameters(one="60 wan_yuan", two="40 yuan") + ANY + "benefit:\n  of: staff\n  bands: [{at_least: '100', pays: one}, {below: '100', pays: two}]\n")],
    ("P406", "percent_of_percent"): [policy("percent_of_percent", parameters(part="0.05 percent") + conditions("key: part, label: {zh: 占比}, of: rd, per: revenue, unit: percent, at_least: part")), policy("sib_3", parameters(part="5 percent") + conditions("key: part, label: {zh: 占比}, of: rd, per: revenue, unit: percent, at_least: part"))],
    ("P406", "since"): [policy("since", "parameters:\n  - {key: line, label: {zh: 门槛}, unit: wan_yuan, cites: [{document: rules}], values: [{since: 2024-01-01, value: 300, because: 首定}, {since: 2025-01-01, value: 3000000, because: 修订}]}\n" + conditions("key: enough, label: {zh: 够}, of: assets, at_least: line") + "benefit: {pays: line}\n", matter="资产")],
}  # fmt: skip
EXTRA = {
    "P405": "- {key: shares, label: {zh: 都给}, rule: sum, cap: [{since: 2024-01-01, value: 90000000, because: 首定}]}\n"
}


def found(*files, firms=None, stackings=STACKINGS):
    zone = registry(*files, stackings=stackings)
    return zone, lint(zone, ON, firms)


def test_clean_set_is_silent():
    _zone, findings = found(*CLEAN)
    assert [str(f.problem) for f in findings] == []


@pytest.mark.parametrize(("code", "key"), PLANTED, ids=[f"{c}-{k}" for c, k in PLANTED])
def test_planted_defect_is_found_and_nothing_else(code, key):
    zone, findings = found(*CLEAN, *PLANTED[code, key], stackings=STACKINGS + EXTRA.get(code, ""))
    told = [(f.problem.code, f.problem.subject) for f in findings]
    assert told == [(code, key)], [str(f.problem) for f in findings]
    (finding,) = findings
    assert finding.problem.mood == CODES[code][0]
    assert finding.witness is not None
    shows(zone, code, key, finding, [next(iter(f)).split("/")[-1][:-5] for f in PLANTED[code, key]])


def shows(zone, code, key, finding, group):
    """The witness, decided again, shows the defect."""
    rules = [read_policy(zone, zone.policies[k], ON) for k in group]
    firm, rule = finding.witness.firm, rules[0]
    verdicts = [decide(r, firm) for r in rules]
    amounts = [v.amount for v in verdicts if v.state in HAD]
    if code == "P401":
        less = [
            decide(rule, {**firm, n: v - by}).amount - amounts[0]
            for n, v in firm.items()
            if isinstance(v, int) and not isinstance(v, bool) and v > 0
            for by in (1, 100)
        ]
        assert max(less) > 2, "one unit less of some trait is worth more"
    elif code == "P402":
        assert verdicts[0].state == "no" or any(f.state == "not_met" for f in verdicts[0].conditions)
    elif code == "P403":
        paid = amounts[0] if zone.policies[key].benefit else verdicts[0].scores["score_held"][1]
        assert paid == 0
    elif code == "P404":
        assert len(amounts) == 2 and all(amounts)
        assert sum(combine(zone, verdicts, ON).values()) == sum(amounts)
    elif code == "P405":
        limit = Decimal(500_000) if key == "promised" else Decimal(firm["rd"]) / 100
        assert sum(amounts) > limit


def test_every_kind_is_planted_twice_or_more():
    kinds = [code for code, _ in PLANTED]
    assert {code for code in CODES if kinds.count(code) >= 2} == set(CODES)


def test_a_real_firm_is_shown_where_there_is_one():
    real = {"revenue": 900 * WAN, "rd": 100 * WAN, "rd_1": 0, "assets": 1, "debts": 0, "staff": 25, "tech_staff": 9,
            "patents": 3, "dishonest": False, "ledger": True, "field": "new", "holds_tech": False}  # fmt: skip
    _zone, findings = found(*PLANTED["P404", "again"], firms={"虚构甲公司": real})
    (finding,) = findings
    assert finding.witness.name == "虚构甲公司" and "企业「虚构甲公司」" in finding.problem.message


def test_a_bound_far_from_every_firm_is_a_slip():
    firms = {f"企业{n}": {"revenue": n * 300 * WAN} for n in range(1, 9)}
    files = policy(
        "alone", parameters(line="2000 yuan") + conditions("key: big, label: {zh: 收入}, of: revenue, at_least: line")
    )
    assert [f.problem.code for f in found(files)[1]] == []
    assert [f.problem.code for f in found(files, firms=firms)[1]] == ["P406"]


def test_allowed_is_silent_and_an_idle_allowance_is_told():
    body = (
        parameters(sum="10 wan_yuan")
        + ANY
        + "benefit: {pays: case when staff < 50 then sum when staff > 50 then 2 * sum else 0 * sum end}\n"
    )
    assert found(policy("hole", body, allow="[P403]"))[1] == []
    told = [(f.problem.code, f.problem.subject) for f in found(policy("hole", body, allow="[P403, P404]"))[1]]
    assert told == [("P190", "hole")]


def test_units_that_do_not_fit_are_told_too():
    files = policy("mixed", conditions("key: odd, label: {zh: 钱比人}, of: rd, at_least: staff"))
    (finding,) = found(files)[1]
    assert finding.problem.subject == "mixed" and "不是同一种量" in finding.problem.message


@pytest.mark.parametrize("package", ["ganzhou-edz", "demo-zone"])
def test_shipped_policies_have_no_clause_nobody_can_meet_and_no_slip(package):
    zone, _problems = load(PACKAGES, [package])
    assert zone.policies
    told = [str(f.problem) for f in lint(zone, ON)]
    assert [line for line, code in itertools.product(told, ("P402", "P406", "M10")) if code in line] == []
