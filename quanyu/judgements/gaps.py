"""A lag as something to do: `再增 22 家可达目标`. Counts round up, shares speak in 个百分点."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal

from quanyu.registry.model import Label, Unit


def gap_sentence(gap: Decimal, unit: Unit, units: Mapping[str, Unit], *, fall: bool = False) -> Label:
    """What is still to be done to reach the target; `gap` > 0 in `unit`. `fall`: the value has to come down."""
    places = max(unit.decimals, _places_needed(gap, unit.decimals))
    amount = gap.quantize(Decimal(1).scaleb(-places), rounding=ROUND_CEILING)
    shown = f"{amount:,f}"
    if unit.dimension == "share":
        spoken = units["pp"].label if unit.key == "percent" and "pp" in units else unit.label
        zh, en = ("降低", "Bring down") if fall else ("提高", "Raise")
        return Label(f"再{zh} {shown} {spoken.zh}可达目标", f"{en} by {shown} {spoken.of('en')} to reach the target")
    zh, en = ("减少", "fewer") if fall else ("增", "more")
    return Label(f"再{zh} {shown} {unit.label.zh}可达目标", f"{shown} {en} {unit.label.of('en')} to reach the target")


def _places_needed(gap: Decimal, decimals: int) -> int:
    """How many places show at least one figure that is not zero: the unit's own, else up to four."""
    if decimals == 0:
        return 0
    for places in range(decimals, 5):
        if gap >= Decimal(1).scaleb(-places):
            return places
    return decimals
