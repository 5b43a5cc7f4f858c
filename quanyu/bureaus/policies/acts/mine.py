"""Claim a policy for one's firm (一键申报): the case is opened by name, with the amount that the page showed."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from quanyu.bureaus.policies.reads.mine import CLAIM, PARTY, SUBJECT, benefits_of, seat
from quanyu.casework import acts as casework
from quanyu.casework.models import Case
from quanyu.people.models import Organisation, User
from quanyu.plan import reads as plan
from quanyu.registry.problem import Refused


def claim(firm: Organisation, key: str, *, by: User, at: dt.datetime) -> Case:
    """Claim what a firm may have under a policy today. Refused where it has none to claim. Effects: those of
    `open_case`."""
    registry, held = plan.registry(), benefits_of(firm, by, timezone.localdate(at)).all
    found = next((e for e in held if e.key == key and e.asks), None)
    if found is None:
        raise Refused("现在不能申报这项政策。", "请在“能享受什么”查看条件和已有的申报。")
    policy = found.verdict.policy
    return casework.open_case(
        CLAIM, title=f"{firm}：{policy.label}"[:300], by=by, at=at, subject=f"{SUBJECT}{key}",
        parties={PARTY: seat(registry, firm)}, form={"policy": key, "amount": f"{found.payable:f}"},
    )  # fmt: skip
