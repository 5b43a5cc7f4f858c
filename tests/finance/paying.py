"""A zone with three made-up policies that pay: who came first, in proportion, by rank; somebody at each seat."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from quanyu.bureaus.finance.acts import claims as acts
from quanyu.bureaus.finance.acts import payments
from quanyu.bureaus.finance.acts.accounts import enter_account
from quanyu.bureaus.finance.models import Budget, Claim, Payment
from quanyu.bureaus.finance.reads import claims as reads
from quanyu.bureaus.finance.reads import payments as payment_reads
from quanyu.casework.acts import open_case, take
from quanyu.casework.models import Case
from quanyu.facts.acts import Grant, freeze, grant_many
from quanyu.people.models import Organisation
from quanyu.plan.acts import load
from quanyu.plan.reads import registry
from tests.factories import person
from tests.facts.desk import ROOT, make_firms, moment

NOW = moment("2026-03-02")  # a Monday without holidays near
POLICY = """\
key: {key}
label: {{zh: 虚构奖励{key}, en: Made-up reward}}
subject: firm
mode: {mode}
level: zone
from: 2026-01-01
lead: st_office
cites: [{{document: voucher_practice}}]
matter: {key}
short: {short}
{ranked}
conditions:
  - {{key: held, label: {{zh: 高新技术企业, en: High-tech firm}}, test: "holds('high_tech')"}}
parameters:
  - key: base
    label: {{zh: 金额, en: Sum}}
    unit: yuan
    values: [{{since: 2026-01-01, value: "{base}", because: 虚构}}]
benefit: {{pays: "case when holds('listed_firm') then base + base else base end"}}
budget: [{{since: 2026-01-01, value: "{budget}", because: 虚构}}]
"""
CONTENT = {
    "first": {"mode": "automatic", "short": "first_come", "base": "12345.67", "budget": "50000", "ranked": ""},
    "share": {"mode": "automatic", "short": "proportional", "base": "33333.33", "budget": "100000", "ranked": ""},
    "best": {
        "mode": "quick", "short": "rank", "base": "40000", "budget": "100000",
        "ranked": "ranked_by: \"case when holds('listed_firm') then 9 else 1 end\"",
    },
}  # fmt: skip


class Zone:
    """`policies` loaded, `firms` high-tech firms (the last one also a little giant) and one outsider that is none."""

    def __init__(self, tmp_path: Path, firms: int = 4) -> None:
        self.firms = make_firms(firms + 1)
        self.outsider = self.firms.pop()
        root = tmp_path / "packages"
        (root / "pay/policies").mkdir(parents=True)
        (root / "core").symlink_to(ROOT / "packages/core")
        head = "key: pay\nlabel: {zh: 虚构, en: Made up}\nversion: '1'\nrequires: [core]\n"
        (root / "pay/package.yaml").write_text(head, "utf-8")
        for key, words in CONTENT.items():
            (root / f"pay/policies/{key}.yaml").write_text(POLICY.format(key=key, **words), "utf-8")
        load(root, ["pay"], by=None, at=moment("2026-01-05"))
        titles = registry().titles
        since = dt.date(2025, 1, 1)
        rows = [Grant(titles["high_tech"], f.pk, since) for f in self.firms]
        grant_many([*rows, Grant(titles["listed_firm"], self.firms[-1].pk, since)], None, moment("2026-01-06"))
        freeze(moment("2026-01-07"))
        names = ("clerk", "chief", "finance")
        self.clerk, self.chief, self.finance = (person(name, username=name) for name in names)
        self.owners = [person("firm_owner", f, username=f"o{f.pk}") for f in [*self.firms, self.outsider]]

    def owner(self, firm: Organisation):
        return self.owners[[*self.firms, self.outsider].index(firm)]

    def listed(self, key: str, at=NOW) -> list[Claim]:
        """The list of a policy drawn up and claimed."""
        policy = registry().policies[key]
        acts.draw_up(policy, by=self.clerk, at=at)
        acts.claim_all(policy, reads.unclaimed(policy, at.year), by=self.clerk, at=at)
        return list(reads.claims().filter(policy=key).order_by("case"))

    def account(self, firm: Organisation, at=NOW, number: str = "6222 0000 1111 2222"):
        return enter_account(firm, firm.name, "虚构银行东园支行", number, by=self.owner(firm), at=at)

    def open(self, key: str, firm: Organisation, amount: str, by, at=NOW) -> Case:
        """By name, as any other room does it."""
        return open_case(
            "finance.claim", title=f"{firm}申请", by=by, at=at, subject=f"policy:{key}",
            parties={"firm": ("firm_owner", firm.pk)}, form={"policy": key, "amount": amount},
        )  # fmt: skip

    def step(self, claim: Claim, action: str, by, at=NOW, note="") -> Claim:
        take(Case.objects.get(pk=claim.pk), action, by=by, at=at, note=note)
        return reads.claims().get(pk=claim.pk)

    def payable(self, claim: Claim) -> Claim:
        """A claim taken to where it can be paid: account on file and confirmed, approved, announced, notice over."""
        self.account(claim.organisation)
        self.step(claim, "confirm_account", self.owner(claim.organisation))
        self.step(claim, "approve", self.chief)
        self.step(claim, "announce", self.clerk)
        return self.step(claim, "notice_over", None, at=moment("2026-03-10"))

    def sent(self, claim: Claim) -> Payment:
        self.step(self.payable(claim), "order", self.finance)
        payments.send(payment_reads.layout_of("payments_out", "order"), by=self.finance, at=NOW)
        return Payment.objects.get(case=claim.pk)

    def answer(self, *lines: str, name: str = "结果.csv", at=NOW):
        """Take in a file of results: `number,amount,result,reason,day` each."""
        file = "\n".join(["支付编号,金额（元）,结果,原因,支付日期", *lines, ""]).encode()
        layout = payment_reads.layout_of("payments_back", "result")
        return payments.take_answer(layout, name, file, by=self.finance, at=at)


def budget(key: str) -> tuple[int, int, int, int]:
    """Free, reserved, committed, spent, in fen."""
    held = Budget.objects.get(policy=key, year=2026)
    return held.free, held.reserved, held.committed, held.spent
