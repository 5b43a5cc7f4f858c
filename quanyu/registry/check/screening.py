"""What keeps a rule about the lines of a form from working (P380)."""

from __future__ import annotations

from collections.abc import Iterator

from quanyu.registry.check.rule import rule
from quanyu.registry.model import Registry, Screening
from quanyu.registry.model.screening import LIMITS
from quanyu.registry.problem import Problem


@rule("P380", "wrong", "筛选规则写得不全：看哪一项、找什么、界限、起止日期")
def whole(registry: Registry) -> Iterator[Problem]:
    for item in registry.screenings.values():
        if fault := _faulty(item, registry):
            yield Problem("P380", "wrong", item.place, f"筛选规则「{item.label}」{fault}", subject=item.key)


def _faulty(item: Screening, registry: Registry) -> str:
    names = {f.name for f in registry.forms[item.form].fields}
    if unknown := [name for name in item.fields if name not in names]:
        return f"要看的「{unknown[0]}」不是「{registry.forms[item.form].label}」的项目"
    if len(item.fields) != {"span": 2, "empty": 0}.get(item.what, 1):
        return "要看的项目（fields）个数不对"
    if bool(item.words) is not (item.what == "words") or bool(item.codes) is not (item.what == "codes"):
        return "要找的词（words）或代码（codes）写得不对"
    if set(item.limits) != set(LIMITS.get(item.what, ())):
        return f"的界限应当是：{'、'.join(LIMITS.get(item.what, ())) or '没有'}"
    return "的终止日期早于起始日期" if item.to and item.to < item.from_ else ""
