"""Files of payments, out and back, as a layout declares them; and questions about payments."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import xlsxwriter
from django.db.models import QuerySet
from django.utils import timezone

from quanyu.bureaus.finance.models import Account, Payment
from quanyu.bureaus.finance.reads.budgets import fen, in_yuan
from quanyu.bureaus.finance.reads.claims import account_of, unusable
from quanyu.facts.sheets import read_sheets, text_of
from quanyu.measures.periods import day
from quanyu.pagekit.tables import disarm
from quanyu.plan.reads import registry
from quanyu.registry.model import Layout
from quanyu.registry.problem import Refused


def payments() -> QuerySet[Payment]:
    return Payment.objects.select_related("organisation", "account", "batch", "case")


def to_send() -> list[tuple[Payment, Account | None, str]]:
    """Payments ordered and not yet sent, with the account each goes to, or the sentence why it cannot go."""
    rows = []
    for payment in payments().filter(state="ordered").order_by("id"):
        account = payment.account or account_of(payment.organisation)
        rows.append((payment, account, unusable(payment.case_id, account)))
    return rows


def layouts(direction: str) -> list[Layout]:
    """The layouts of one direction, the default one first."""
    found = [x for x in registry().layouts.values() if x.direction == direction]
    return sorted(found, key=lambda x: not x.default)


def layout_of(key: str, direction: str) -> Layout:
    found = next((x for x in layouts(direction) if x.key == key), None)
    if found is None:
        raise Refused("没有这种文件格式。", "格式写在定义包的 layouts/ 下。")
    return found


def content(layout: Layout, rows: Iterable[Payment]) -> bytes:
    """The file of a batch; text that a spreadsheet would run is disarmed, amounts are exact."""
    lines = [[c.heading for c in layout.columns]] if layout.heading else []
    for number, payment in enumerate(rows, 1):
        cells = _cells(number, payment)
        lines.append([disarm(str(cells[c.holds]) if c.holds else c.text) for c in layout.columns])
    if layout.format == "csv":
        text = io.StringIO()
        csv.writer(text, delimiter=layout.delimiter).writerows(lines)
        return text.getvalue().encode(layout.encoding, errors="xmlcharrefreplace")
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    for i, line in enumerate(lines):
        for j, words in enumerate(line):
            sheet.write_string(i, j, words)
    book.close()
    return out.getvalue()


def _cells(number: int, payment: Payment) -> dict[str, Any]:
    account, policy = payment.account, registry().policies.get(payment.policy)
    assert account is not None  # a payment is sent to an account
    return {
        "line": number, "number": payment.number, "holder": account.holder, "account": account.number,
        "bank": account.bank, "amount": f"{in_yuan(payment.amount):.2f}", "fen": payment.amount,
        "code": payment.organisation.code or "", "firm": payment.organisation.name,
        "policy": policy.label if policy else payment.policy, "ordered_on": timezone.localdate(payment.ordered_at),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answer: which payment, what became of it; `amount` in fen where the file says it."""

    number: str
    paid: bool
    amount: int | None
    reason: str
    paid_on: dt.date | None


def answers(layout: Layout, name: str, file: bytes) -> list[Line]:
    """The lines of a file of results; refused as a whole with the line that cannot be read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "answer" + Path(name).suffix.lower())
        path.write_bytes(file)
        rows = [[text_of(cell).strip() for cell in row] for row in next(read_sheets(path)).rows]
    names = [text_of(c.heading) for c in layout.columns]
    start = next((i for i, row in enumerate(rows) if set(names) <= set(row)), None) if layout.heading else -1
    if start is None:
        raise Refused(f"文件里没有找到“{layout.label}”的表头。", f"应有这些列：{'、'.join(names)}。")
    at = {c.holds: rows[start].index(names[i]) if layout.heading else i for i, c in enumerate(layout.columns)}
    found = [_line(layout, {h: r[i] for h, i in at.items() if i < len(r)}, n) for n, r in _filled(rows, start)]
    if not found:
        raise Refused("文件里没有支付结果。")
    if twice := sorted({x.number for x in found if sum(y.number == x.number for y in found) > 1}):
        raise Refused(f"支付编号 {twice[0]} 在文件里出现了不止一次。", "请与银行核对后再传。")
    return found


def _filled(rows: Sequence[Sequence[str]], start: int) -> list[tuple[int, Sequence[str]]]:
    return [(n, row) for n, row in enumerate(rows[start + 1 :], start + 2) if any(row)]


def _line(layout: Layout, row: dict[str, str], n: int) -> Line:
    result, reason = row.get("result", ""), row.get("reason", "")
    if result not in (*layout.paid, *layout.failed):
        known = "、".join((*layout.paid, *layout.failed))
        raise Refused(f"第 {n} 行的结果“{result}”读不懂。", f"只认：{known}。")
    paid, number = result in layout.paid, row.get("number", "").lstrip("'")
    if not paid and not reason:
        raise Refused(f"第 {n} 行支付失败，没有写原因。")
    try:
        said = row.get("amount", "").replace(",", "")
        amount = fen(Decimal(said)) if said else int(row["fen"]) if row.get("fen") else None
    except (InvalidOperation, ValueError):
        raise Refused(f"第 {n} 行的金额“{row.get('amount') or row.get('fen')}”不是精确到分的数。") from None
    when = row.get("paid_on", "")
    return Line(number, paid, amount, reason, day(when[:10].replace("/", "-"), f"第 {n} 行日期") if when else None)
