"""What keeps a composite index or an evaluation round from meaning anything (codes P330–P334)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from quanyu.registry.check.rule import rule
from quanyu.registry.model import Index, OutcomeKey, Registry
from quanyu.registry.problem import Problem

OUTCOMES, SCORES = get_args(OutcomeKey), ("self", "third", "public")
SECTIONS = ("overview", "indicators", "tasks", "problems", "index", "advice")


@rule("P330", "wrong", "指数里的指标写了两次，或有的组没有指标")
def indicators_once(registry: Registry) -> Iterator[Problem]:
    for index in registry.indices.values():
        if len(set(index.indicators)) < len(index.indicators):
            yield _of(index, "P330", "有指标写了两次", "一个指标只放在一个组里")
        if not all(group.indicators for group in index.groups.values()):
            yield _of(index, "P330", "有的组没有指标", "写上指标，或删去这一组")


@rule("P331", "wrong", "指数要用给定的权重，权重却没有写全或不是正数")
def weights_whole(registry: Registry) -> Iterator[Problem]:
    for index in registry.indices.values():
        for group in index.groups.values() if "given" in (index.weighting, *index.varied.weighting) else ():
            given = [group.weight, *(group.weights.get(i) for i in group.indicators)]
            if any(w is None or w <= 0 for w in given) or set(group.weights) - set(group.indicators):
                yield _of(index, "P331", f"的「{group.label.zh}」组权重不全", "给组和组内每个指标各写一个正数")


@rule("P332", "wrong", "指数里的指标没有单一方向，或没有可比的目标值")
def indicators_fit(registry: Registry) -> Iterator[Problem]:
    for index in registry.indices.values():
        used = [registry.indicators[key] for key in index.indicators]
        if any(i.direction == "range" for i in used):
            yield _of(index, "P332", "用了区间型指标", "区间型指标没有高低之分，不能折算")
        if index.normalisation == "target" and (index.compares == "parks" or not all(i.target for i in used)):
            yield _of(index, "P332", "按目标值折算，却有的指标没有可比的目标值", "换一种归一化方法")


@rule("P333", "wrong", "指数的参数超出了可用的范围")
def parameters_fit(registry: Registry) -> Iterator[Problem]:
    for index in registry.indices.values():
        varied = index.varied
        fits = 0 <= varied.share < 1 and varied.draws >= 1000 and index.floor > 0
        fits = fits and bool(varied.normalisation and varied.weighting and varied.mean)
        if not fits or (index.missing == "carry" and index.carry < 1):
            hint = "share 在 0 到 1 之间，draws 不少于 1000，floor 大于 0，varied 每项至少一种，沿用上期值写明 carry"
            yield _of(index, "P333", "的参数不对", hint)


@rule("P334", "wrong", "评估轮次的用语或报告章节不全")
def rounds_whole(registry: Registry) -> Iterator[Problem]:
    for held in registry.evaluations.values():
        needed = {*OUTCOMES} - ({"unlikely"} if held.closing else set())
        lacks = (needed - set(held.outcomes)) | ({*SECTIONS} - set(held.sections)) | ({*SCORES} - set(held.scores))
        if lacks:
            told = f"评估轮次「{held.label.zh}」缺少：{'、'.join(sorted(lacks))}"
            yield Problem("P334", "wrong", held.place, told, "补上这些用语", held.key)


def _of(index: Index, code: str, what: str, hint: str = "") -> Problem:
    return Problem(code, "wrong", index.place, f"指数「{index.label.zh}」{what}", hint, index.key)
