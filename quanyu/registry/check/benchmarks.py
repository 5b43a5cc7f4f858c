"""What keeps a benchmark from being computed (code P340)."""

from __future__ import annotations

from collections.abc import Iterator

from quanyu.registry.check.rule import rule
from quanyu.registry.model import Registry
from quanyu.registry.problem import Problem


@rule("P340", "wrong", "对标项的分子分母不是该报表的数字项，或门槛没有从小到大写全")
def benchmarks_computable(registry: Registry) -> Iterator[Problem]:
    for held in registry.benchmarks.values():
        numbers = {f.name for f in registry.forms[held.form].fields if f.type in ("integer", "decimal")}
        if strange := {held.part, held.whole, held.sized_by or held.whole} - numbers:
            told = f"对标项「{held.label.zh}」用了报表里没有的数字项：{'、'.join(sorted(strange))}"
            yield Problem("P340", "wrong", held.place, told, "写该报表数字项的英文名", held.key)
        sizes = [t.upto for t in held.thresholds]
        bounded = [s for s in sizes[:-1] if s is not None]
        if not sizes or sizes[-1] is not None or len(bounded) < len(sizes) - 1 or bounded != sorted(set(bounded)):
            told = f"对标项「{held.label.zh}」的门槛没有写全"
            yield Problem("P340", "wrong", held.place, told, "按规模从小到大写，最后一档不写 upto", held.key)
        if len(sizes) > 1 and not held.sized_by:
            told = f"对标项「{held.label.zh}」有几档门槛，却没有写按什么分档"
            yield Problem("P340", "wrong", held.place, told, "写明 sized_by", held.key)
