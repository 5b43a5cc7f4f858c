"""A zone with a voucher scheme of its own: 50 % of the price, 20,000 yuan a firm and year, 100,000 yuan in all."""

from __future__ import annotations

from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile

from quanyu.bureaus.finance.acts import vouchers as acts
from quanyu.bureaus.finance.acts.accounts import enter_account
from quanyu.bureaus.finance.models import Voucher
from quanyu.casework.acts import take
from quanyu.facts.acts import Grant, grant_many
from quanyu.plan.acts import load
from quanyu.plan.reads import registry
from tests.factories import person
from tests.facts.desk import ROOT, make_firms, moment

NOW, DAY = moment("2026-03-02"), "2026-03-02"
SCHEME = """\
key: mini_voucher
label: {zh: 虚构创新券, en: Made-up voucher}
subject: firm
mode: quick
kind: voucher
level: zone
from: 2026-01-01
lead: st_office
cites: [{document: voucher_practice}]
matter: service
conditions:
  - {key: small, label: {zh: 园区企业, en: Firm of the zone}, test: revenue is null or revenue >= min_revenue}
parameters:
  - key: min_revenue
    label: {zh: 收入下限, en: Floor}
    unit: yuan
    values: [{since: 2026-01-01, value: 0, because: 虚构}]
  - key: voucher_rate
    label: {zh: 兑付比例, en: Share}
    unit: percent
    values: [{since: 2026-01-01, value: 50, because: 虚构}]
  - key: voucher_cap
    label: {zh: 每年限额, en: Cap}
    unit: yuan
    values: [{since: 2026-01-01, value: 20000, because: 虚构}]
  - key: voucher_valid
    label: {zh: 有效期, en: Validity}
    unit: day
    values: [{since: 2026-01-01, value: 180, because: 虚构}]
budget: [{since: 2026-01-01, value: 100000, because: 虚构}]
"""
SERVICE = {"category": "testing", "service": "材料成分检测"}


class Here:
    """Three firms and two providers with somebody at each, a desk officer."""

    def __init__(self, tmp_path: Path) -> None:
        self.firms = make_firms(5)
        root = tmp_path / "packages"
        root.mkdir()
        (root / "core").symlink_to(ROOT / "packages/core")
        (root / "mini/policies").mkdir(parents=True)
        (root / "mini/package.yaml").write_text(
            "key: mini\nlabel: {zh: 虚构, en: Made up}\nversion: '1'\nrequires: [core]\n", "utf-8"
        )
        (root / "mini/policies/mini_voucher.yaml").write_text(SCHEME, "utf-8")
        load(root, ["mini"], by=None, at=NOW)
        self.providers = self.firms[3:]
        title = registry().titles["voucher_provider"]
        grant_many([Grant(title, p.pk, NOW.date()) for p in self.providers], None, NOW)
        self.users = [person("firm_statistician", f, username=f"u{f.pk}") for f in self.firms[:3]]
        self.servants = [person("service_institution", p, username=f"p{p.pk}") for p in self.providers]
        self.clerk = person("clerk", username="clerk")
        for provider, servant in zip(self.providers, self.servants, strict=True):
            enter_account(provider, provider.name, "虚构银行东园支行", "6222000011112222", by=servant, at=NOW)

    def give(self, n: int = 0, yuan: str = "8000", at=NOW, **form: str) -> Voucher:
        answers = {**SERVICE, "face": yuan, **form}
        return acts.apply("mini_voucher", self.firms[n], answers, by=self.users[n], at=at)

    def step(self, voucher: Voucher, action: str, who, at=NOW, note="", files=(), **form: str) -> Voucher:
        voucher.refresh_from_db()
        take(voucher.case, action, by=who, at=at, note=note, form=form, documents=files)
        return Voucher.objects.select_related("case").get(pk=voucher.pk)

    def redeemed(
        self, n: int = 0, provider: int = 0, *, yuan="8000", price="10000", invoice="A1", report=b"%PDF-1 report"
    ) -> Voucher:
        """A voucher taken to the point where payment is asked for."""
        voucher, servant = self.give(n, yuan), self.servants[provider]
        acts.choose(voucher, self.providers[provider].pk, by=self.users[n], at=NOW)
        self.step(voucher, "accept", servant, price=price)
        self.step(voucher, "confirm", self.users[n])
        paper = SimpleUploadedFile("报告.pdf", report)
        self.step(voucher, "deliver", servant, files=[paper], invoice=invoice)
        self.step(voucher, "rate", self.users[n], rating="5")
        return self.step(voucher, "redeem", servant)
