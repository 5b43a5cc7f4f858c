"""How the policies for one matter go together: what of their amounts is payable now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal

from quanyu.judgements.eligibility.reference import Verdict
from quanyu.registry.model import Registry, Stacking, in_force

NONE = Decimal("0.00")


def combine(
    registry: Registry, verdicts: Sequence[Verdict], on: dt.date, paid: Mapping[str, Decimal] | None = None
) -> Mapping[str, Decimal]:
    """Policy → yuan payable now, for the policies a firm has; `paid`: what each policy already paid for this matter.

    A policy whose amount is not known is left out, so is one whose group has a cap nobody knows.
    """
    paid = paid or {}
    amounts = {v.policy.key: v.amount for v in verdicts if v.state == "yes" and v.amount is not None}
    groups: dict[str, list[str]] = {}
    payable: dict[str, Decimal] = {}
    for key, amount in amounts.items():
        stacking = registry.policies[key].stacking
        if stacking:
            groups.setdefault(stacking, []).append(key)
        else:
            payable[key] = max(amount - paid.get(key, NONE), NONE)
    for stacking, keys in groups.items():
        had = {k: v for k, v in paid.items() if k in registry.policies and registry.policies[k].stacking == stacking}
        payable |= _group(registry.stackings[stacking], {k: amounts[k] for k in keys}, had, on)
    return {key: payable[key] for key in amounts if key in payable}


def _group(
    stacking: Stacking, amounts: Mapping[str, Decimal], had: Mapping[str, Decimal], on: dt.date
) -> dict[str, Decimal]:  # fmt: skip
    best = sorted(amounts, key=lambda k: (-amounts[k], k))
    spent = sum(had.values(), NONE)
    result = dict.fromkeys(amounts, NONE)
    if stacking.rule == "sum":
        cap = in_force(stacking.cap, on)
        if stacking.cap and (cap is None or not isinstance(cap.value, Decimal)):
            return {}
        most = cap.value if cap and isinstance(cap.value, Decimal) else Decimal("Infinity")
        for key in best:
            result[key] = max(min(amounts[key] - had.get(key, NONE), most - spent), NONE)
            spent += result[key]
    elif stacking.rule == "difference":
        result[best[0]] = max(amounts[best[0]] - spent, NONE)
    elif not any(had.get(key) for key in had if key != best[0]):
        result[best[0]] = max(amounts[best[0]] - had.get(best[0], NONE), NONE)
    return result
