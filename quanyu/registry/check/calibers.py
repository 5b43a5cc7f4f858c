"""What keeps a caliber from being reckoned (code P350)."""

from __future__ import annotations

from collections.abc import Iterator

from quanyu.registry.check.rule import rule
from quanyu.registry.identity import Unreadable, parse_expression
from quanyu.registry.model import Caliber, Registry
from quanyu.registry.problem import Problem


@rule("P350", "wrong", "口径的公式读不懂、用了没有的项，或几项的单位不能相加")
def calibers_whole(registry: Registry) -> Iterator[Problem]:
    for caliber in registry.calibers.values():
        if fault := _fault(registry, caliber):
            yield Problem("P350", "wrong", caliber.place, f"口径「{caliber.label}」{fault}", subject=caliber.key)


def _fault(registry: Registry, caliber: Caliber) -> str:
    try:
        used = parse_expression(caliber.figure, _numbers(registry, caliber.form)).names
        base = registry.calibers.get(caliber.base)
        known = _numbers(registry, base.form) if base else set()
        for name, text in caliber.amounts.items():
            used |= parse_expression(text, known).names & known
            known |= {name}
        for step in caliber.steps:
            parse_expression(step.of, known)
            parse_expression(step.limit or "0", known | {"rate"})
            known |= {step.key}
    except Unreadable as fault:
        return f"的公式读不懂：{fault}"
    if base and base.base:
        return f"的起点「{base.label}」自己也是由别的口径推来的"
    forms = {caliber.form, base.form if base else caliber.form}
    fields = {f.name: f.unit for key in forms for f in registry.forms[key].fields}
    dimensions = {registry.units[fields[name]].dimension for name in used if name in fields}
    return "把单位不同的几项加在一起" if len(dimensions) > 1 or (base and dimensions != {"money"}) else ""


def _numbers(registry: Registry, form: str) -> set[str]:
    return {f.name for f in registry.forms[form].fields if f.unit in registry.units}
