"""What keeps a rule of plausibility from working (code P370)."""

from __future__ import annotations

from collections.abc import Iterator

from quanyu.registry.check.rule import rule
from quanyu.registry.model import ODDITY_LIMITS, Oddity, Registry
from quanyu.registry.problem import Problem


@rule("P370", "wrong", "异常规则看的不是本表的数字项，或界限值不全")
def oddities(registry: Registry) -> Iterator[Problem]:
    for oddity in registry.plausibility.values():
        if fault := _faulty(oddity, registry):
            told = f"异常规则「{oddity.label}」{fault}"
            yield Problem("P370", "wrong", oddity.place, told, subject=oddity.key)


def _faulty(oddity: Oddity, registry: Registry) -> str:
    numbers = {f.name for f in registry.forms[oddity.form].fields if f.type in ("integer", "decimal")}
    if strange := [name for name in (oddity.field, oddity.per) if name and name not in numbers]:
        return f"：「{strange[0]}」不是这张表的数字项"
    if missing := sorted(ODDITY_LIMITS[oddity.what] ^ oddity.limits.keys()):
        return f"的界限值应正好是：{'、'.join(sorted(ODDITY_LIMITS[oddity.what]))}；不合的：{'、'.join(missing)}"
    if min(oddity.limits.values()) <= 0:
        return "的界限值应是大于零的数"
    return "没有写明是哪一种称号" if oddity.what == "newcomer" and not oddity.title else ""
