"""Enter where a firm is paid."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from django.db import transaction

from quanyu.bureaus.finance.models import Account
from quanyu.people.acts import in_turn, record
from quanyu.people.models import Organisation, User
from quanyu.registry.problem import Refused

NUMBER = re.compile(r"[0-9]{8,32}")


def enter_account(
    organisation: Organisation, holder: str, bank: str, number: str, *, by: User, at: dt.datetime
) -> Account:  # fmt: skip
    """The account a firm is paid to from now on. Its holder is the firm itself: money goes to nobody else.

    Effects, in order: the old account ended; the new one; one event with the last four digits.
    """
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", number))
    holder, bank = unicodedata.normalize("NFKC", holder).strip(), bank.strip()
    if not NUMBER.fullmatch(digits):
        raise Refused("“账号”应是 8 至 32 位数字。", "请对照开户许可证或基本存款账户信息填写。")
    if holder != unicodedata.normalize("NFKC", organisation.name):
        raise Refused(f"“户名”应与企业名称“{organisation}”一致。", "政策资金只拨付到本企业的对公账户。")
    if not 0 < len(bank) <= 120:
        raise Refused("“开户行”没有填，或超过 120 字。", "请写到支行。")
    with transaction.atomic():
        in_turn([organisation.pk])
        Account.objects.filter(organisation=organisation, replaced_at=None).update(replaced_at=at)
        row = {"holder": organisation.name, "bank": bank, "number": digits, "entered_at": at, "entered_by": by}
        made = Account.objects.create(organisation=organisation, **row)
        body = {"bank": bank, "ending": digits[-4:]}
        record("finance.enter_account", f"people.organisation:{organisation.pk}", by, at, body)
    return made
