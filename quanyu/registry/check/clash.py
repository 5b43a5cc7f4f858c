"""Where two numbers of the plan cannot both hold, or one cannot be understood (codes P201–P203, P209–P211, P215–P217, P222–P227)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations

from quanyu.registry.check.figures import (
    ADDITIONS,
    LEVELS,
    additions,
    agree,
    amount,
    by_period,
    contests,
    declared,
    finding,
    indicators_of,
    is_share_of_another,
    known,
    levels,
    name,
    quotations,
    shown,
    spoken,
    subject,
    years,
)
from quanyu.registry.check.rule import rule
from quanyu.registry.model import Registry, Statement
from quanyu.registry.problem import Problem

ALIKE = 0.5  # names sharing more than half of the shorter one's character pairs are easily taken for each other
_UNEVEN_SHARE = re.compile(r"(增加值|产值|营业收入|主营业务收入|利润)占(.+?)(?:的)?(?:比重|比例|份额)")


def _end(statement: Statement) -> int:
    return years(statement.period)[1]


def _parts(registry: Registry, whole: str, role: str = "") -> Iterator[tuple[Statement, ...]]:
    """Statements of a whole's parts that stand together: one line of the text, one period, levels or additions."""
    groups: dict[tuple[int, str, bool], dict[str, Statement]] = {}
    for s in spoken(registry):
        if registry.quantities[s.subject].part_of == whole and (not role or (s.role == "target") == (role == "target")):
            for line in s.cite.lines[:1]:
                groups.setdefault((line, s.period, s.aspect in ADDITIONS), {}).setdefault(s.subject, s)
    yield from (tuple(group.values()) for group in groups.values())


@rule("P201", "unwise", "同一个数量在同一时期有不同的值")
def two_values(registry: Registry) -> Iterator[Problem]:
    for said in (levels(registry), additions(registry)):
        for quantity, statements in said.items():
            for period, group in by_period(statements).items():
                if all(agree(registry, a, b) for a, b in combinations(group, 2)):
                    continue
                added_to_stock = group[0].aspect in ADDITIONS and registry.quantities[quantity].nature == "stock"
                open_ = () if added_to_stock else contests(registry, quantity, years(period)[1])
                told = f"{name(registry, quantity)}{period}年的值不一致"
                yield finding(registry, "P201", quantity, group, told, "写一条裁定，定下以哪个为准", open_)


@rule("P202", "unwise", "存量、当年数与累计数混用，或没有写明是哪一种")
def mixed_aspect(registry: Registry) -> Iterator[Problem]:
    added = additions(registry)
    for quantity, statements in levels(registry).items():
        if registry.quantities[quantity].nature != "ratio":
            vague = [s for s in statements if s.aspect == "unstated" and s.role != "fact"]
            if vague:
                told = f"{name(registry, quantity)}没有写明是期末数、当年数还是累计数"
                yield finding(registry, "P202", quantity, vague, told, "写一条裁定，定下口径")
        for level in statements:
            twins = [a for a in added.get(quantity, []) if _end(a) == _end(level) and agree(registry, a, level)]
            if twins:
                told = f"{name(registry, quantity)}的同一个数，既写成{level.period}年的数，又写成{twins[0].period}年的累计或新增数"
                open_ = contests(registry, quantity, _end(level))
                yield finding(registry, "P202", quantity, [level, *twins], told, "写一条裁定，定下口径", open_)


@rule("P203", "unwise", "现状已经达到或超过目标")
def already_reached(registry: Registry) -> Iterator[Problem]:
    said = levels(registry)
    for quantity, statements in said.items():
        targets = [s for s in statements if s.role == "target"]
        owners = indicators_of(registry, quantity)
        if not targets or (owners and owners[0].direction == "range"):
            continue
        sign = -1 if owners and owners[0].direction == "lower" else 1
        easiest = min(targets, key=lambda s: sign * known(registry, s))
        goal = sign * known(registry, easiest)
        reached = [
            group
            for group in ([(s,) for s in statements] + list(_parts(registry, quantity, "fact")))
            if all(s.role != "target" and s.aspect in LEVELS and _end(s) < _end(easiest) for s in group)
            and sign * sum(known(registry, s) for s in group) >= goal
        ]
        if reached:
            told = f"{name(registry, quantity)}的现状已达到目标，完成率没有意义"
            clash = [s for group in reached for s in group]
            yield finding(registry, "P203", quantity, [*clash, easiest], told, "写一条裁定", ("baseline", "target"))
    for i in registry.indicators.values():
        base, target = declared(i.baseline), declared(i.target)
        if base is not None and target is not None and i.direction != "range" and i.quantity not in said:
            if (base >= target) if i.direction == "higher" else (base <= target):
                told = f"「{i.label.zh}」的基期值 {base} 已达到目标值 {target}"
                yield Problem("P203", "unwise", i.place, told, "写一条裁定", i.key, (), ("baseline", "target"))


@rule("P209", "unwise", "标了记号，却没有说明")
def unexplained_mark(registry: Registry) -> Iterator[Problem]:
    explained = {mark for plan in registry.plans.values() for mark in plan.marks}
    for s in registry.statements.values():
        if s.mark and s.mark not in explained:
            told = f"{name(registry, s.subject)}的值带有“{s.mark}”，全文没有说明其含义"
            yield finding(registry, "P209", s.subject, [s], told, "查明后写进规划的 marks")


@rule("P210", "unwise", "部分之和大于整体，或新增大于期末")
def more_than_whole(registry: Registry) -> Iterator[Problem]:
    said, added = levels(registry), additions(registry)
    for quantity in registry.quantities.values():
        groups = list(_parts(registry, quantity.key))
        if quantity.nature == "stock":
            groups += [(s,) for s in added.get(quantity.key, [])]
        for s in [*said.get(quantity.key, []), *added.get(quantity.key, [])]:
            here = [p for p in spoken(registry) if p.subject in s.parts and p.cite.lines == s.cite.lines]
            groups += [tuple(here)] if here else []
        clash: dict[int, list[Statement]] = {}
        for group in groups:
            total, adds = sum(known(registry, s) for s in group), group[0].aspect in ADDITIONS
            for whole in [*said.get(quantity.key, []), *added.get(quantity.key, [])]:
                comparable = whole.period == group[0].period or (
                    adds and whole.aspect in LEVELS and quantity.nature == "stock" and _end(whole) == _end(group[0])
                )
                open_ended = whole.qualifier in ("at_least", "more_than", "range")
                if comparable and not open_ended and whole not in group and total > known(registry, whole):
                    clash.setdefault(_end(whole), []).extend([*group, whole])
        for year, statements in clash.items():
            told = f"{name(registry, quantity.key)}（{year}年）小于其各部分或新增数之和"
            open_ = contests(registry, quantity.key, year)
            yield finding(registry, "P210", quantity, statements, told, "核对统计范围，或写一条裁定", open_)


@rule("P211", "unwise", "数目与旁边列举的项数不符")
def miscounted_list(registry: Registry) -> Iterator[Problem]:
    for s in spoken(registry):
        if s.listed and s.qualifier == "exact" and s.value != len(s.listed):
            told = f"{name(registry, s.subject)}写的是{s.value}，列举的有{len(s.listed)}项（{'、'.join(s.listed)}）"
            yield finding(registry, "P211", s.subject, [s], told)


@rule("P215", "wrong", "比重超过100%")
def above_all(registry: Registry) -> Iterator[Problem]:
    for s in registry.statements.values():
        unit, value = registry.units.get(s.unit), amount(registry, s)
        if s.aspect == "share" and unit and unit.dimension == "share" and value is not None and value > 1:
            told = f"{name(registry, s.subject)}的比重超过100%：{quotations([s])}"
            yield Problem("P215", "wrong", s.place, told, "核对数字和单位", subject(registry, s.subject), (s.key,))


@rule("P216", "unwise", "单位缺失或不合情理")
def odd_unit(registry: Registry) -> Iterator[Problem]:
    for quantity in registry.quantities.values():
        own = registry.units[quantity.unit]
        said = [s for s in registry.statements.values() if s.subject == quantity.key]
        if bare := [s for s in said if not s.unit]:
            yield finding(registry, "P216", quantity, bare, f"{name(registry, quantity.key)}没有写单位")
        others = [s for s in said if s.unit and s.aspect != "growth" and not is_share_of_another(registry, s)]
        if odd := [s for s in others if registry.units[s.unit].dimension != own.dimension]:
            told = f"{name(registry, quantity.key)}应以{own.label.zh}计，单位对不上"
            yield finding(registry, "P216", quantity, odd, told)
        if own.dimension.startswith("count:") and "/" not in own.dimension:
            if split := [s for s in others if s not in odd and known(registry, s) % 1]:
                yield finding(registry, "P216", quantity, split, f"{name(registry, quantity.key)}不能有小数")
        share = _UNEVEN_SHARE.search(quantity.label.zh)
        if quantity.nature == "ratio" and share and share[1] not in share[2]:
            told = f"{name(registry, quantity.key)}以{share[1]}为分子，分母「{share[2]}」没有写明是不是{share[1]}"
            yield finding(registry, "P216", quantity, said, told)


def _names(registry: Registry, statement: Statement) -> set[str]:
    quantity = registry.quantities[statement.subject]
    return {statement.name} - {""} or {quantity.label.zh, *quantity.aliases}


def alike(a: str, b: str) -> bool:
    """Two names are easily taken for one: most character pairs of the shorter are in the longer."""
    x, y = ({w[i : i + 2] for i in range(len(w) - 1)} for w in (re.sub(r"\W", "", a), re.sub(r"\W", "", b)))
    return bool(x and y) and len(x & y) / min(len(x), len(y)) > ALIKE


@rule("P217", "unwise", "同一个目标用了不同的名称")
def two_names(registry: Registry) -> Iterator[Problem]:
    targets = [s for s in spoken(registry) if s.role == "target"]
    told: set[tuple[str, str]] = set()
    for a, b in combinations(targets, 2):
        one, other = registry.quantities[a.subject], registry.quantities[b.subject]
        if _end(a) != _end(b) or registry.units[one.unit].dimension != registry.units[other.unit].dimension:
            continue
        if not agree(registry, a, b) or (a.subject, b.subject) in told:
            continue
        mine, theirs = _names(registry, a), _names(registry, b)
        same = a.subject == b.subject
        if (same and not mine & theirs) or (not same and any(alike(x, y) for x in mine for y in theirs)):
            told.add((a.subject, b.subject))
            words = f"「{sorted(mine)[0]}」与「{sorted(theirs)[0]}」同值、同单位、同年，是不是同一个目标"
            yield finding(registry, "P217", a.subject, [a, b], words, "是同一个就写进 aliases，不是就写明区别")


@rule("P222", "unwise", "基期数加新增数不等于目标数")
def sums_do_not_meet(registry: Registry) -> Iterator[Problem]:
    said = levels(registry)
    for quantity, added in additions(registry).items():
        if registry.quantities[quantity].nature != "stock":
            continue
        for inc in (s for s in added if s.role == "target"):
            starts = [s for s in said.get(quantity, []) if s.role != "target" and _end(s) == years(inc.period)[0] - 1]
            goals = [s for s in said.get(quantity, []) if s.role == "target" and _end(s) == _end(inc)]
            sums = {known(registry, s) + known(registry, inc) for s in starts}
            missed = [goal for goal in goals if sums and known(registry, goal) not in sums]
            if missed:
                unit = registry.quantities[quantity].unit
                reach = "或".join(shown(registry, total, unit) for total in sorted(sums))
                told = f"{name(registry, quantity)}的基期数加新增数应是{reach}，与目标数不符"
                clash = [*starts, inc, *missed]
                yield finding(registry, "P222", quantity, clash, told, "写一条裁定", contests(registry, quantity, _end(inc)))


@rule("P223", "unwise", "没有哪个整数能得出的比例")
def impossible_share(registry: Registry) -> Iterator[Problem]:
    said = levels(registry)
    for s in registry.statements.values():
        unit = registry.units.get(s.unit)
        if s.aspect != "share" or not s.parts or s.value is None or not s.value or not unit or unit.dimension != "share":
            continue
        here = [p for q in s.parts for p in said.get(q, []) if p.period == s.period and p.cite.lines == s.cite.lines]
        count = sum((known(registry, p) for p in here), Decimal(0))
        likely = count / (s.value * unit.factor)
        wholes = {int(likely), int(likely) + 1}
        shares = {w: (count / w / unit.factor).quantize(s.value) for w in wholes if w >= count > 0}
        if count and s.value not in shares.values():
            near = "、".join(f"{count}/{w}={share}%" for w, share in sorted(shares.items()))
            told = f"{name(registry, s.subject)}合计{count}，占比{s.value}%推不出整数的总体（{near}）"
            yield finding(registry, "P223", s.subject, [s, *here], told)


@rule("P224", "unwise", "规划期未满，公布数已经达到目标")
def overtaken(registry: Registry) -> Iterator[Problem]:
    for i in registry.indicators.values():
        goal, unit = declared(i.target), registry.units[i.unit]
        for p in registry.published.values():
            if goal is None or p.quantity != i.quantity or i.nature == "flow" or i.direction == "range":
                continue
            first = (i.baseline_year or min((x.starts_on.year for x in registry.plans.values()), default=1) - 1) + 1
            if not first <= years(p.period)[1] < (i.target_year or 0):
                continue
            ahead = p.value * registry.units[p.unit].factor - goal * unit.factor
            if (ahead >= 0) if i.direction == "higher" else (ahead <= 0):
                told = f"「{i.label.zh}」{p.period}已公布为{p.value}{registry.units[p.unit].label.zh}（{p.source}），目标{goal}偏低"
                yield Problem("P224", "unwise", i.place, told, "调整目标，或写明不调整的理由", i.key)


@rule("P226", "unwise", "按现有速度，累计目标不增长也能完成")
def standing_still(registry: Registry) -> Iterator[Problem]:
    said = levels(registry)
    for quantity, added in additions(registry).items():
        flows = [s for s in said.get(quantity, []) if s.aspect == "flow" and s.role == "fact"]
        goals = [s for s in added if s.role == "target" and s.aspect == "cumulative"]
        for goal in goals[:1] if flows else ():
            latest = max(flows, key=_end)
            first, last = years(goal.period)
            if known(registry, latest) * (last - first + 1) >= known(registry, goal):
                total = shown(registry, known(registry, latest) * (last - first + 1), registry.quantities[quantity].unit)
                told = f"{name(registry, quantity)}照{latest.period}年的数，{last - first + 1}年即有{total}，目标反而更低"
                yield finding(registry, "P226", quantity, [latest, *goals], told)


@rule("P227", "unwise", "指标表里的目标，正文和专栏都没有提到")
def only_in_table(registry: Registry) -> Iterator[Problem]:
    tables = [x for plan in registry.plans.values() for x in plan.sections if x.kind == "table"]
    for i in registry.indicators.values():
        said = [s for s in registry.statements.values() if s.subject == i.quantity and s.role == "target"]
        inside = [s for s in said if any(t.first <= line <= t.last for t in tables for line in s.cite.lines)]
        if i.main and inside and len(inside) == len(said):
            told = f"「{i.label.zh}」的目标只在指标表里出现，正文和其他专栏没有提到"
            yield finding(registry, "P227", i.quantity, inside, told)
