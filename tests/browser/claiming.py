"""A demonstration in which the firm that logs in has a claim on its way and an account on file, but not confirmed it.

Run in a process of its own, as `python -m tests.browser.claiming`, with QUANYU_HOME set to a built demonstration.
"""

from __future__ import annotations

import json


def main() -> None:
    import django

    django.setup()
    from django.utils import timezone

    from quanyu.bureaus.finance.acts.accounts import enter_account
    from quanyu.bureaus.policies.acts.match import match
    from quanyu.bureaus.policies.reads.mine import benefits_of
    from quanyu.casework.acts import open_case
    from quanyu.people.models import User

    at, on = timezone.now(), timezone.localdate()
    owner, clerk = User.objects.get(username="firm_owner"), User.objects.get(username="clerk")
    firm = owner.posts.get().organisation
    held = benefits_of(firm, owner, on).groups["yes"]
    own = [e for e in held if e.verdict.policy.mode == "automatic" and e.payable and not e.tax]
    found = next(e for e in own if e.claim is None or e.claim.step)
    enter_account(firm, firm.name, "演示银行云上支行", "6222000000000001", by=owner, at=at)
    if found.claim is None:
        open_case(
            "finance.claim", title=f"{firm}：{found.line.label}", by=clerk, at=at, subject=f"policy:{found.key}",
            parties={"firm": ("firm_owner", firm.pk)}, form={"policy": found.key, "amount": f"{found.payable:f}"},
        )  # fmt: skip
    match(on, at=at, by=clerk)
    print(json.dumps({"policy": found.key, "amount": found.amount, "firm": firm.pk}))


if __name__ == "__main__":
    main()
