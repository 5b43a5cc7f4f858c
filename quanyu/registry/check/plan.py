"""What indicators and tasks lack before anyone can answer for them (codes P204–P208, P218–P221, P228)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from quanyu.registry.check.figures import Said, declared, plan_rule
from quanyu.registry.check.growth import starts
from quanyu.registry.check.rule import rule
from quanyu.registry.model import Indicator, Registry
from quanyu.registry.problem import Problem


def _promised(registry: Registry) -> Iterator[Indicator]:
    yield from (i for i in registry.indicators.values() if declared(i.target) is not None)


def _lacks(code: str, i: Indicator, what: str, hint: str = "") -> Problem:
    return Problem(code, "unwise", i.place, f"「{i.label.zh}」有目标，但{what}", hint, i.key)


@plan_rule("P204", "unwise", "目标没有基期值")
def no_baseline(plan: Said) -> Iterator[Problem]:
    for i in _promised(plan.registry):
        if i.nature != "flow" and declared(i.baseline) is None:
            grown = [s for s in plan.spoken if s.subject == i.quantity and s.growth and s.role == "target"]
            bases = [plan.shown(x, i.unit) for s in grown for x in starts(plan, s).values()]
            implied = f"（按增长的说法推回应是{'或'.join(bases)}）" if bases else ""
            yield _lacks("P204", i, f"没有基期值{implied}", "补上基期值和出处")


@rule("P205", "unwise", "目标没有责任单位")
def no_owner(registry: Registry) -> Iterator[Problem]:
    for i in _promised(registry):
        if not i.owner or "owner" in i.unstated:
            default = f"（暂由{registry.roles[i.owner].label.zh}负责）" if i.owner in registry.roles else ""
            yield _lacks("P205", i, f"原文没有写明责任单位{default}", "明确责任单位")


@rule("P206", "unwise", "目标没有单位")
def no_unit(registry: Registry) -> Iterator[Problem]:
    for i in _promised(registry):
        if not i.unit or "unit" in i.unstated:
            yield _lacks("P206", i, "原文没有写明单位", "明确计量单位")


@rule("P207", "unwise", "目标没有数据来源")
def no_source(registry: Registry) -> Iterator[Problem]:
    for i in _promised(registry):
        if not i.source or "source" in i.unstated:
            default = f"（暂由{registry.roles[i.source].label.zh}提供）" if i.source in registry.roles else ""
            yield _lacks("P207", i, f"原文没有写明数据来源{default}", "明确数据由谁提供")


@rule("P208", "unwise", "目标没有年份")
def no_year(registry: Registry) -> Iterator[Problem]:
    for i in _promised(registry):
        if i.target_year is None or "target_year" in i.unstated:
            yield _lacks("P208", i, "没有写明哪一年达到", "明确目标年份")


@plan_rule("P228", "wrong", "指标的值与它所引的原文数字不同")
def misquoted(plan: Said) -> Iterator[Problem]:
    for i in plan.registry.indicators.values():
        for dated in (*i.baseline, *i.target):
            s = plan.registry.statements.get(dated.statement)
            said = plan.amount(s) if s else None
            if isinstance(dated.value, Decimal) and said not in (
                None,
                dated.value * plan.registry.units[i.unit].factor,
            ):
                told = f"「{i.label.zh}」写的是{dated.value}，所引的原文「{dated.statement}」是另一个数"
                yield Problem("P228", "wrong", i.place, told, "改成原文的数；要另定数值，写一条裁定", i.key)


@rule("P218", "unwise", "指标没有计算公式")
def no_formula(registry: Registry) -> Iterator[Problem]:
    for i in registry.indicators.values():
        if not i.formula:
            told = f"「{i.label.zh}」没有计算公式，只能靠公布数"
            yield Problem("P218", "unwise", i.place, told, "写明怎样由上报数算出", i.key)


@rule("P219", "unwise", "任务没有牵头单位")
def no_lead(registry: Registry) -> Iterator[Problem]:
    for task in registry.tasks.values():
        if not task.lead or "lead" in task.unstated:
            default = f"（暂由{registry.roles[task.lead].label.zh}牵头）" if task.lead in registry.roles else ""
            told = f"任务「{task.label.zh}」原文没有写明牵头单位{default}"
            yield Problem("P219", "unwise", task.place, told, "明确牵头单位", task.key)


@rule("P220", "wrong", "期限不在规划期内")
def out_of_plan(registry: Registry) -> Iterator[Problem]:
    for plan in registry.plans.values():
        for task in registry.tasks.values():
            if task.due_on and not plan.starts_on <= task.due_on <= plan.ends_on:
                told = f"任务「{task.label.zh}」的期限 {task.due_on} 不在规划期 {plan.starts_on} 至 {plan.ends_on} 内"
                yield Problem("P220", "wrong", task.place, told, "核对期限", task.key)
        for i in registry.indicators.values():
            if i.target_year and not plan.starts_on.year <= i.target_year <= plan.ends_on.year:
                told = f"「{i.label.zh}」的目标年 {i.target_year} 不在规划期内"
                yield Problem("P220", "wrong", i.place, told, "核对目标年", i.key)


@plan_rule("P221", "unwise", "正文里的数字目标没有列入指标表")
def orphan_target(plan: Said) -> Iterator[Problem]:
    if not plan.registry.main_indicators:
        return
    said: dict[str, list[str]] = {}
    for s in plan.spoken:
        if s.role == "target" and not any(i.main for i in plan.indicators_of(s.subject)):
            said.setdefault(s.subject, []).append(s.key)
    for quantity, keys in said.items():
        clash = [plan.registry.statements[key] for key in keys]
        told = f"{plan.name(quantity)}有数字目标，指标表里没有"
        yield plan.finding("P221", quantity, clash, told, "列入指标表，或注明由谁单独跟踪")
