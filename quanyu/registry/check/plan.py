"""What indicators and tasks lack before anyone can answer for them (codes P204–P208, P218–P221)."""

from __future__ import annotations

from collections.abc import Iterator

from quanyu.registry.check.figures import declared, finding, indicators_of, name, spoken
from quanyu.registry.check.rule import rule
from quanyu.registry.model import Indicator, Registry
from quanyu.registry.problem import Problem


def _promised(registry: Registry) -> Iterator[Indicator]:
    yield from (i for i in registry.indicators.values() if declared(i.target) is not None)


def _lacks(code: str, i: Indicator, what: str, hint: str = "") -> Problem:
    return Problem(code, "unwise", i.place, f"「{i.label.zh}」有目标，但{what}", hint, i.key)


@rule("P204", "unwise", "目标没有基期值")
def no_baseline(registry: Registry) -> Iterator[Problem]:
    for i in _promised(registry):
        if i.nature != "flow" and declared(i.baseline) is None:
            yield _lacks("P204", i, "没有基期值", "补上基期值和出处")


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


@rule("P221", "unwise", "正文里的数字目标没有列入指标表")
def orphan_target(registry: Registry) -> Iterator[Problem]:
    if not registry.main_indicators:
        return
    said: dict[str, list[str]] = {}
    for s in spoken(registry):
        if s.role == "target" and not any(i.main for i in indicators_of(registry, s.subject)):
            said.setdefault(s.subject, []).append(s.key)
    for quantity, keys in said.items():
        clash = [registry.statements[key] for key in keys]
        told = f"{name(registry, quantity)}有数字目标，指标表里没有"
        yield finding(registry, "P221", quantity, clash, told, "列入指标表，或注明由谁单独跟踪")
