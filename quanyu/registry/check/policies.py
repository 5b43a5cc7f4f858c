"""What the text of a policy alone shows to be amiss (codes P390 to P397).

Whether its formulas can be read is told by `judgements.eligibility.reading_problems`; what takes a firm to show
(cliffs, gaps, double payment, clauses nobody can meet) by `judgements.policy_lint`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from quanyu.registry.check.rule import rule
from quanyu.registry.model import Move, Parameter, Policy, Registry, ScoreItem, Trait
from quanyu.registry.problem import Place, Problem
from quanyu.registry.reading import did_you_mean

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TEXT = re.compile(r"'[^']*'")
_TITLE = re.compile(r"holds\(\s*'([^']*)'\s*\)", re.IGNORECASE)
_DAY = dt.timedelta(days=1)
_BOUNDS = ("at_least", "above", "at_most", "below")


def formulas(policy: Policy) -> Iterator[str]:
    """Every formula a policy holds."""
    for c in policy.conditions:
        yield from (c.test, c.of, c.per, c.at_least, c.above, c.at_most, c.below)
    for item in (item for score in policy.scores for item in score.items):
        yield from (item.of, item.per, *(band.when for band in item.bands))
    if benefit := policy.benefit:
        yield from (benefit.pays, benefit.per, benefit.of, benefit.floor, benefit.cap)
        yield from (text for band in benefit.bands for text in (band.pays, band.at_least, band.below))
    yield policy.ranked_by


def names(policy: Policy) -> set[str]:
    """Every word the formulas of a policy name."""
    return {name for text in formulas(policy) for name in _NAME.findall(_TEXT.sub("", text))}


@rule("P390", "wrong", "政策参数的值不在上下限之内、上下限颠倒、步长不是正数，或同一天起有两个值")
def parameters_within(registry: Registry) -> Iterator[Problem]:
    for policy in registry.policies.values():
        for parameter in policy.parameters:
            if fault := _parameter_fault(parameter):
                told = f"「{policy.label}」的参数「{parameter.label}」{fault}"
                yield Problem("P390", "wrong", parameter.place, told, subject=policy.key)


def _parameter_fault(parameter: Parameter) -> str:
    low, high, days = parameter.lowest, parameter.highest, [v.since for v in parameter.values]
    if low is not None and high is not None and low > high:
        return f"上下限颠倒：{low} 到 {high}"
    if parameter.step is not None and parameter.step <= 0:
        return f"的步长 {parameter.step} 不是正数"
    if len(set(days)) < len(days):
        return "同一天起有两个值"
    for value in (v.value for v in parameter.values):
        if isinstance(value, str):
            return f"的值「{value}」不是数"
        if value is not None and ((low is not None and value < low) or (high is not None and value > high)):
            return f"的值 {value} 不在 {low} 到 {high} 之内"
    return ""


@rule("P391", "wrong", "评分的一档超过该项最高分，或各档不是从高到低")
def bands_stand(registry: Registry) -> Iterator[Problem]:
    for policy in registry.policies.values():
        for item in (item for score in policy.scores for item in score.items):
            for place, fault in _item_faults(item):
                told = f"「{policy.label}」的「{item.label}」{fault}"
                yield Problem("P391", "wrong", place, told, subject=policy.key)


def _item_faults(item: ScoreItem) -> Iterator[tuple[Place, str]]:
    for band in item.bands:
        if band.points < 0 or (band.most is not None and band.most < band.points) or (band.most or 0) > item.most:
            yield band.place, f"这一档的分值不在 0 到 {item.most} 之内，或上下颠倒"
        elif band.points > item.most:
            yield band.place, f"这一档 {band.points} 分，超过该项最高 {item.most} 分"
    edged = [band for band in item.bands if band.at_least is not None]
    for higher, lower in pairwise(edged):
        if (lower.at_least or Decimal(0)) >= (higher.at_least or Decimal(0)):
            yield lower.place, f"的分档不是从高到低：{higher.at_least} 之后是 {lower.at_least}"


@rule("P392", "unwise", "政策的参数没有用到")
def parameters_used(registry: Registry) -> Iterator[Problem]:
    for policy in registry.policies.values():
        used = names(policy)
        for parameter in policy.parameters:
            if parameter.key not in used:
                told = f"「{policy.label}」的参数「{parameter.label}」（{parameter.key}）没有一处用到"
                yield Problem("P392", "unwise", parameter.place, told, "在条件或补助里用它，或删去", policy.key)


@rule("P393", "wrong", "称号互为前提：要先有这个，才能有那个，要先有那个，才能有这个")
def titles_in_order(registry: Registry) -> Iterator[Problem]:
    """Only what every way to a title needs: thresholds that stand alone and hold nothing but `holds(…)`."""
    needs = {p.key: _needed(registry, p) for p in registry.policies.values() if p.grants}
    for policy in registry.policies.values():
        beside = [p for p in registry.policies.values() if p.grants and _together(p, policy)]
        ring, ahead = {policy.grants}, set(needs.get(policy.key, ()))
        while ahead - ring:
            ring |= (taken := ahead - ring)
            ways = [[needs[p.key] for p in beside if p.grants == title] for title in taken]
            ahead |= {title for way in ways if way for title in set.intersection(*way)}
        if policy.grants and policy.grants in ahead:
            others = sorted(str(registry.titles[t].label) for t in ahead - {policy.grants} if t in registry.titles)
            through = f"，经由「{'」「'.join(others)}」" if others else ""
            told = f"「{policy.label}」授予「{registry.titles[policy.grants].label}」，又要先持有它{through}"
            yield Problem("P393", "wrong", policy.place, told, "放开其中一处前提", policy.key)


def _together(one: Policy, other: Policy) -> bool:
    return one.from_ < (other.to or dt.date.max) and other.from_ < (one.to or dt.date.max)


def _needed(registry: Registry, policy: Policy) -> set[str]:
    """The titles without which nobody gets a policy."""
    found: set[str] = set()
    for c in policy.conditions:
        if c.kind != "threshold" or c.one_of or policy.when:
            continue
        for part in re.split(r"\band\b", c.test):
            if title := _TITLE.fullmatch(part.strip()):
                found.add(title[1])
            elif trait := registry.traits.get(part.strip()):
                sources = {(s.title, s.level, s.held) for s in trait.sources}
                found |= {t for t, level, held in sources if t and not level and held == "now" and len(sources) == 1}
    return found


@rule("P394", "wrong", "政策的起止颠倒，或接替的前一版与它有重叠、有空档、称号或对象不同")
def editions_follow(registry: Registry) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    for policy in registry.policies.values():
        if policy.to and policy.to <= policy.from_:
            told = f"「{policy.label}」的起止颠倒：{policy.from_} 到 {policy.to}"
            yield Problem("P394", "wrong", policy.place, told, subject=policy.key)
        old = registry.policies.get(policy.replaces)
        if old is None:
            continue
        if taken.setdefault(old.key, policy.key) != policy.key and _together(registry.policies[taken[old.key]], policy):
            other = registry.policies[taken[old.key]].label
            told = f"「{policy.label}」与「{other}」同时接替「{old.label}」"
            yield Problem("P394", "wrong", policy.place, told, subject=policy.key)
        if old.to != policy.from_:
            what = f"{old.to} 止" if old.to else "没有写终止日"
            gap = "重叠" if old.to is None or old.to > policy.from_ else f"从 {old.to} 到 {policy.from_ - _DAY} 空档"
            told = f"「{policy.label}」自 {policy.from_} 接替「{old.label}」，而前一版{what}，两版{gap}"
            yield Problem("P394", "wrong", policy.place, told, f"前一版写 to: {policy.from_}", policy.key)


@rule("P395", "unwise", "政策的数字没有写依据")
def numbers_cited(registry: Registry) -> Iterator[Problem]:
    """A parameter cites for itself, for each of its values, or stands in a policy that is only an example."""
    for policy in registry.policies.values():
        if policy.example_of:
            continue
        for p in policy.parameters:
            if not p.cites and any(v.value is not None and not (v.cites or v.unverified) for v in p.values):
                told = f"「{policy.label}」的参数「{p.label}」没有写依据（cites）"
                hint = "写明文件和条款；查不到的写 unverified: true"
                yield Problem("P395", "unwise", p.place, told, hint, policy.key)
        for c in policy.conditions:
            bare = re.search(r"(?<![\w.])[0-9]+(\.[0-9]+)?", " ".join(getattr(c, name) for name in _BOUNDS))
            if bare and bare[0] != "0" and not (c.cites or c.unverified):
                told = f"「{policy.label}」的条件「{c.label}」直接写了数 {bare[0]}，没有依据（cites）"
                yield Problem("P395", "unwise", c.place, told, "写明文件和条款，或改用参数", policy.key)


@rule("P396", "wrong", "政策里两项用了同一个名字，企业特征写得不全，或可做的改变不能用")
def words_clear(registry: Registry) -> Iterator[Problem]:
    for policy in registry.policies.values():
        named = [("条件", c.key, c.place) for c in policy.conditions]
        named += [("参数", p.key, p.place) for p in policy.parameters]
        named += [(f"评分{s.key}的项", item.key, item.place) for s in policy.scores for item in s.items]
        named += [(f"评分{s.key}的项", group.key, group.place) for s in policy.scores for group in s.groups]
        seen = Counter((what, key) for what, key, _ in named)
        for (what, key), place in {(w, k): place for w, k, place in named if seen[w, k] > 1}.items():
            told = f"「{policy.label}」里写了两个{what}「{key}」"
            yield Problem("P396", "wrong", place, told, "各用各的名字", policy.key)
    for trait in registry.traits.values():
        if fault := _trait_fault(registry, trait):
            yield Problem("P396", "wrong", trait.place, f"企业特征「{trait.label}」{fault}", subject=trait.key)
    for move in registry.moves.values():
        if fault := _move_fault(registry, move):
            yield Problem("P396", "wrong", move.place, f"可做的改变「{move.label}」{fault}", subject=move.key)


def _move_fault(registry: Registry, move: Move) -> str:
    if odd := [key for key in (*move.changes, *move.within) if registry.traits[key].type == "choice"]:
        return f"不能给选择项「{odd[0]}」加减（写在 sets 里）"
    for key, code in move.sets.items():
        codes = [option.code for option in registry.traits[key].options]
        if code not in codes:
            return f"把「{key}」改成没有的选项「{code}」" + did_you_mean(code, codes)
    idle = not any(move.changes.values()) and not move.sets
    return "的幅度、步数、费用或月数不对" if idle or move.most < 1 or move.cost < 0 or move.months < 0 else ""


def _trait_fault(registry: Registry, trait: Trait) -> str:
    if bool(trait.options) is not (trait.type == "choice") or (trait.type != "number" and trait.unit):
        return "的选项或单位与种类不合：choice 有 options，number 有 unit"
    for source in trait.sources:
        contract = registry.contracts.get(source.contract)
        if sum(map(bool, (source.contract, source.title, source.register))) != 1:
            return "的一个来源要且只要写 contract、title、register 之一"
        if contract and source.column not in contract.columns:
            return f"的来源「{contract.label}」没有列「{source.column}」" + did_you_mean(
                source.column, list(contract.columns)
            )
        if source.level and source.level not in registry.titles[source.title].levels:
            return f"的来源没有级别「{source.level}」"
    return ""


@rule("P397", "wrong", "叠加规则与用它的政策不合：按总额的没有上限，没有补助却写了叠加")
def stackings_fit(registry: Registry) -> Iterator[Problem]:
    for stacking in registry.stackings.values():
        if bool(stacking.cap) is not (stacking.rule == "sum"):
            told = f"叠加规则「{stacking.label}」" + ("没有上限" if stacking.rule == "sum" else "不按总额，却写了上限")
            yield Problem("P397", "wrong", stacking.place, told, "rule: sum 要有 cap，其余不要", stacking.key)
    for policy in registry.policies.values():
        if policy.stacking and not policy.benefit:
            told = f"「{policy.label}」写了叠加规则，却没有补助"
            yield Problem("P397", "wrong", policy.place, told, "删去 stacking，或写 benefit", policy.key)
