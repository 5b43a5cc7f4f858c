"""Where numbers of the plan cannot all hold, or one cannot be understood.

Codes P201–P203, P209–P211, P215–P217, P222–P224, P226, P227.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations

from quanyu.registry.check.rule import rule
from quanyu.registry.model import Registry, Statement
from quanyu.registry.problem import Problem

from quanyu.registry.check.figures import (  # isort: skip
    ADDITIONS, LEVELS, Said, declared, gathered, plan_rule, quotations, spell, years,
)  # fmt: skip

ALIKE = 0.5  # names sharing more than half of the shorter one's character pairs are easily taken for each other
_UNEVEN_SHARE = re.compile(r"(增加值|产值|营业收入|主营业务收入|利润)占(.+?)(?:的)?(?:比重|比例|份额)")


def _end(statement: Statement) -> int:
    return years(statement.period)[1]


def _parts(plan: Said, whole: str, role: str = "") -> Iterator[tuple[Statement, ...]]:
    """Statements of a whole's parts that stand together: one line of the text, one period, levels or additions."""
    groups: dict[tuple[int, str, bool], dict[str, Statement]] = {}
    for s in plan.spoken:
        if plan.quantity(s).part_of == whole and (not role or (s.role == "target") == (role == "target")):
            for line in s.cite.lines[:1]:
                groups.setdefault((line, s.period, s.aspect in ADDITIONS), {}).setdefault(s.subject, s)
    yield from (tuple(group.values()) for group in groups.values())


@plan_rule("P201", "unwise", "同一个数量在同一时期有不同的值")
def two_values(plan: Said) -> Iterator[Problem]:
    for said in (plan.levels, plan.additions):
        for quantity, statements in said.items():
            for period, group in gathered(statements, lambda s: s.period).items():
                if all(plan.agree(a, b) for a, b in combinations(group, 2)):
                    continue
                added_to_stock = group[0].aspect in ADDITIONS and plan.registry.quantities[quantity].nature == "stock"
                open_ = () if added_to_stock else plan.contests(quantity, years(period)[1])
                told = f"{plan.name(quantity)}{spell(period)}的值不一致"
                yield plan.finding("P201", quantity, group, told, "写一条裁定，定下以哪个为准", open_)


@plan_rule("P202", "unwise", "存量、当年数与累计数混用，或没有写明是哪一种")
def mixed_aspect(plan: Said) -> Iterator[Problem]:
    added = plan.additions
    for quantity, statements in plan.levels.items():
        if plan.registry.quantities[quantity].nature != "ratio":
            vague = [s for s in statements if s.aspect == "unstated" and s.role != "fact"]
            if vague:
                told = f"{plan.name(quantity)}没有写明是期末数、当年数还是累计数"
                yield plan.finding("P202", quantity, vague, told, "写一条裁定，定下口径")
        for level in statements if plan.indicators_of(quantity) else ():
            twins = [a for a in added.get(quantity, []) if _end(a) == _end(level) and plan.agree(a, level)]
            if twins:
                both = f"{spell(level.period)}的数，又写成{spell(twins[0].period)}的累计或新增数"
                told = f"{plan.name(quantity)}的同一个数，既写成{both}"
                open_ = plan.contests(quantity, _end(level))
                yield plan.finding("P202", quantity, [level, *twins], told, "写一条裁定，定下口径", open_)


@plan_rule("P203", "unwise", "现状已经达到或超过目标")
def already_reached(plan: Said) -> Iterator[Problem]:
    said = plan.levels
    for quantity, statements in said.items():
        targets = [s for s in statements if s.role == "target"]
        owners = plan.indicators_of(quantity)
        if not targets or (owners and owners[0].direction == "range"):
            continue
        sign = -1 if owners and owners[0].direction == "lower" else 1
        easiest = min(targets, key=lambda s: sign * plan.known(s))
        goal = sign * plan.known(easiest)
        reached = [
            group
            for group in (
                [(s,) for s in statements] + ([] if plan.closes(quantity) else list(_parts(plan, quantity, "fact")))
            )
            if all(s.role != "target" and s.aspect in LEVELS and _end(s) < _end(easiest) for s in group)
            and sign * sum(plan.known(s) for s in group) >= goal
        ]
        if reached:
            told = f"{plan.name(quantity)}的现状已达到目标，完成率没有意义"
            clash = [s for group in reached for s in group]
            yield plan.finding("P203", quantity, [*clash, easiest], told, "写一条裁定", ("baseline", "target"))
    for i in plan.registry.indicators.values():
        base, target = declared(i.baseline), declared(i.target)
        if base is None or target is None or i.direction == "range" or i.quantity in said:
            continue
        if (base >= target) if i.direction == "higher" else (base <= target):
            told = f"「{i.label.zh}」的基期值 {base} 已达到目标值 {target}"
            yield Problem("P203", "unwise", i.place, told, "写一条裁定", i.key, (), ("baseline", "target"))


@plan_rule("P209", "unwise", "标了记号，却没有说明")
def unexplained_mark(plan: Said) -> Iterator[Problem]:
    explained = {mark for x in plan.registry.plans.values() for mark in x.marks}
    for s in plan.registry.statements.values():
        if s.mark and s.mark not in explained:
            told = f"{plan.name(s.subject)}的值带有“{s.mark}”，全文没有说明其含义"
            yield plan.finding("P209", s.subject, [s], told, "查明后写进规划的 marks")


@plan_rule("P210", "unwise", "部分之和大于整体，或新增大于期末")
def more_than_whole(plan: Said) -> Iterator[Problem]:
    said, added = plan.levels, plan.additions
    for quantity in plan.registry.quantities.values():
        groups = list(_parts(plan, quantity.key))
        if quantity.nature == "stock":
            groups += [(s,) for s in added.get(quantity.key, [])]
        for s in [*said.get(quantity.key, []), *added.get(quantity.key, [])]:
            here = [p for p in plan.spoken if p.subject in s.parts and p.cite.lines == s.cite.lines]
            groups += [tuple(here)] if here else []
        clash: dict[int, list[Statement]] = {}
        for group in groups:
            total, adds = sum(plan.known(s) for s in group), group[0].aspect in ADDITIONS
            for whole in [*said.get(quantity.key, []), *added.get(quantity.key, [])]:
                comparable = whole.period == group[0].period or (
                    adds and whole.aspect in LEVELS and quantity.nature == "stock" and _end(whole) == _end(group[0])
                )
                open_ended = whole.qualifier in ("at_least", "more_than", "range")
                if comparable and not open_ended and whole not in group and total > plan.known(whole):
                    clash.setdefault(_end(whole), []).extend([*group, whole])
        for year, statements in clash.items():
            told = f"{plan.name(quantity.key)}（{year}年）小于其各部分或新增数之和"
            open_ = () if plan.closes(quantity.key) else plan.contests(quantity.key, year)
            yield plan.finding("P210", quantity.key, statements, told, "核对统计范围，或写一条裁定", open_)


@plan_rule("P211", "unwise", "数目与旁边列举的项数不符")
def miscounted_list(plan: Said) -> Iterator[Problem]:
    for s in plan.spoken:
        if s.listed and s.qualifier == "exact" and s.value != len(s.listed):
            told = f"{plan.name(s.subject)}写的是{s.value}，列举的有{len(s.listed)}项（{'、'.join(s.listed)}）"
            yield plan.finding("P211", s.subject, [s], told)


@plan_rule("P215", "wrong", "比重超过100%")
def above_all(plan: Said) -> Iterator[Problem]:
    for s in plan.registry.statements.values():
        unit, value = plan.registry.units.get(s.unit), plan.amount(s)
        if s.aspect == "share" and unit and unit.dimension == "share" and value is not None and value > 1:
            told = f"{plan.name(s.subject)}的比重超过100%：{quotations([s])}"
            yield Problem("P215", "wrong", s.place, told, "核对数字和单位", plan.subject(s.subject), (s.key,))


@plan_rule("P216", "unwise", "单位缺失或不合情理")
def odd_unit(plan: Said) -> Iterator[Problem]:
    for quantity in plan.registry.quantities.values():
        own = plan.registry.units[quantity.unit]
        said = [s for s in plan.registry.statements.values() if s.subject == quantity.key]
        if bare := [s for s in said if not s.unit]:
            yield plan.finding("P216", quantity.key, bare, f"{plan.name(quantity.key)}没有写单位")
        others = [s for s in said if s.unit and s.aspect != "growth" and not plan.is_share_of_another(s)]
        if odd := [s for s in others if plan.registry.units[s.unit].dimension != own.dimension]:
            told = f"{plan.name(quantity.key)}应以{own.label.zh}计，单位对不上"
            yield plan.finding("P216", quantity.key, odd, told)
        whole = own.dimension.startswith("count:") and "/" not in own.dimension
        if split := [s for s in others if whole and s not in odd and s.value is not None and plan.known(s) % 1]:
            yield plan.finding("P216", quantity.key, split, f"{plan.name(quantity.key)}不能有小数")
        share = _UNEVEN_SHARE.search(quantity.label.zh)
        if said and quantity.nature == "ratio" and share and share[1] not in share[2]:
            told = f"{plan.name(quantity.key)}以{share[1]}为分子，分母「{share[2]}」没有写明是不是{share[1]}"
            yield plan.finding("P216", quantity.key, said, told)


def _names(plan: Said, statement: Statement) -> set[str]:
    quantity = plan.quantity(statement)
    return {statement.name} - {""} or {quantity.label.zh, *quantity.aliases}


def alike(a: str, b: str) -> bool:
    """Two names are easily taken for one: most character pairs of the shorter are in the longer."""
    x, y = ({w[i : i + 2] for i in range(len(w) - 1)} for w in (re.sub(r"\W", "", a), re.sub(r"\W", "", b)))
    return bool(x and y) and len(x & y) / min(len(x), len(y)) > ALIKE


@plan_rule("P217", "unwise", "同一个目标用了不同的名称")
def two_names(plan: Said) -> Iterator[Problem]:
    targets = [s for s in plan.spoken if s.role == "target"]
    told: set[tuple[str, str]] = set()
    for a, b in combinations(targets, 2):
        kinds = {plan.registry.units[plan.quantity(s).unit].dimension for s in (a, b)}
        if _end(a) != _end(b) or len(kinds) > 1 or not plan.agree(a, b) or (a.subject, b.subject) in told:
            continue
        mine, theirs = _names(plan, a), _names(plan, b)
        same = a.subject == b.subject
        if (same and not mine & theirs) or (not same and any(alike(x, y) for x in mine for y in theirs)):
            told.add((a.subject, b.subject))
            words = f"「{sorted(mine)[0]}」与「{sorted(theirs)[0]}」同值、同单位、同年，是不是同一个目标"
            yield plan.finding("P217", a.subject, [a, b], words, "是同一个就写进 aliases，不是就写明区别")


@plan_rule("P222", "unwise", "基期数加新增数不等于目标数")
def sums_do_not_meet(plan: Said) -> Iterator[Problem]:
    said = plan.levels
    for quantity, added in plan.additions.items():
        if plan.registry.quantities[quantity].nature != "stock":
            continue
        for inc in (s for s in added if s.role == "target"):
            starts = [s for s in said.get(quantity, []) if s.role != "target" and _end(s) == years(inc.period)[0] - 1]
            goals = [s for s in said.get(quantity, []) if s.role == "target" and _end(s) == _end(inc)]
            sums = {plan.known(s) + plan.known(inc) for s in starts}
            missed = [goal for goal in goals if sums and plan.known(goal) not in sums]
            if missed:
                unit = plan.registry.quantities[quantity].unit
                reach = "或".join(plan.shown(total, unit) for total in sorted(sums))
                told = f"{plan.name(quantity)}的基期数加新增数应是{reach}，与目标数不符"
                clash = [*starts, inc, *missed]
                yield plan.finding("P222", quantity, clash, told, "写一条裁定", plan.contests(quantity, _end(inc)))


@plan_rule("P223", "unwise", "没有哪个整数能得出的比例")
def impossible_share(plan: Said) -> Iterator[Problem]:
    said = plan.levels
    for s in plan.registry.statements.values():
        unit = plan.registry.units.get(s.unit)
        if s.aspect != "share" or not s.parts or not s.value or not unit or unit.dimension != "share":
            continue
        here = [p for q in s.parts for p in said.get(q, []) if p.period == s.period and p.cite.lines == s.cite.lines]
        count = sum((plan.known(p) for p in here), Decimal(0))
        likely = count / (s.value * unit.factor)
        wholes = {int(likely), int(likely) + 1}
        shares = {w: (count / w / unit.factor).quantize(s.value) for w in wholes if w >= count > 0}
        if count and s.value not in shares.values():
            near = "、".join(f"{count}/{w}={share}%" for w, share in sorted(shares.items()))
            told = f"{plan.name(s.subject)}合计{count}，占比{s.value}%推不出整数的总体（{near}）"
            yield plan.finding("P223", s.subject, [s, *here], told)


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
                figure = f"{p.value}{registry.units[p.unit].label.zh}（{p.source}）"
                told = f"「{i.label.zh}」{p.period}已公布为{figure}，目标{goal}偏低"
                yield Problem("P224", "unwise", i.place, told, "调整目标，或写明不调整的理由", i.key)


@plan_rule("P226", "unwise", "按现有速度，累计目标不增长也能完成")
def standing_still(plan: Said) -> Iterator[Problem]:
    said = plan.levels
    for quantity, added in plan.additions.items():
        flows = [s for s in said.get(quantity, []) if s.aspect == "flow" and s.role == "fact"]
        goals = [s for s in added if s.role == "target" and s.aspect == "cumulative"]
        for goal in goals[:1] if flows else ():
            latest = max(flows, key=_end)
            first, last = years(goal.period)
            total = plan.known(latest) * (last - first + 1)
            if total >= plan.known(goal):
                pace = f"照{spell(latest.period)}的数，{last - first + 1}年即有"
                reach = plan.shown(total, plan.registry.quantities[quantity].unit)
                told = f"{plan.name(quantity)}{pace}{reach}，目标反而更低"
                yield plan.finding("P226", quantity, [latest, *goals], told)


@plan_rule("P227", "unwise", "指标表里的目标，正文和专栏都没有提到")
def only_in_table(plan: Said) -> Iterator[Problem]:
    tables = [x for p in plan.registry.plans.values() for x in p.sections if x.kind == "table"]
    for i in plan.registry.indicators.values():
        said = [s for s in plan.registry.statements.values() if s.subject == i.quantity and s.role == "target"]
        inside = [s for s in said if any(t.first <= line <= t.last for t in tables for line in s.cite.lines)]
        if i.main and inside and len(inside) == len(said):
            told = f"「{i.label.zh}」的目标只在指标表里出现，正文和其他专栏没有提到"
            yield plan.finding("P227", i.quantity, inside, told)
