"""Pay: order, send, take in the answer, get back what was wrong.

Amounts are whole fen from the claim to the file and to the fact that is left of it: nothing is ever rounded on the way.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from quanyu.bureaus.finance.acts import budgets
from quanyu.bureaus.finance.models import Account, Answer, Batch, Claim, Payment, Recovery
from quanyu.bureaus.finance.reads import claims as claim_reads
from quanyu.bureaus.finance.reads import payments as reads
from quanyu.bureaus.finance.reads.budgets import fen, in_yuan
from quanyu.casework import acts as casework
from quanyu.casework.hooks import Moment
from quanyu.casework.models import Case
from quanyu.facts.acts import file_report
from quanyu.facts.payments import FORM
from quanyu.pagekit.format import yuan
from quanyu.people.acts import events_last, notify, record
from quanyu.people.models import Organisation, User
from quanyu.plan.reads import registry
from quanyu.registry.model import Layout
from quanyu.registry.problem import Refused

RECOVERY = "finance.recovery"


def order(
    organisation: Organisation, policy: str, year: int, amount: int, subject: str, *, by: User | None, at: dt.datetime,
    account: Account | None = None,
) -> Payment:  # fmt: skip
    """Order that an organisation be paid so many fen for a case (`casework.case:12`) out of what was reserved for it.

    Without an `account` it waits until the payee has one. Effects, in order: the budget committed; the payment.
    """
    budgets.move(policy, year, amount, "reserved", "committed", subject, by=by, at=at)
    return _ordered(organisation, policy, year, amount, int(subject.rpartition(":")[2]), account, at)


def _ordered(
    organisation: Organisation, policy: str, year: int, amount: int, case: int, account: Account | None, at: dt.datetime
) -> Payment:  # fmt: skip
    number = f"{timezone.localdate(at).year}{casework.next_number('finance.payment', at):06d}"
    return Payment.objects.create(
        case_id=case, policy=policy, year=year, organisation=organisation, account=account, amount=amount,
        number=number, ordered_at=at,
    )  # fmt: skip


def claim_ordered(moment: Moment) -> None:
    """A claim is to be paid to the account its firm confirmed. Part of the step."""
    claim = Claim.objects.select_related("organisation", "account").get(pk=moment.case.pk)
    order(
        claim.organisation, claim.policy, claim.year, claim.payable, moment.case.tag, by=moment.by, at=moment.at,
        account=claim.account,
    )  # fmt: skip


def send(layout: Layout, *, by: User, at: dt.datetime) -> Batch:
    """Put everything that can be paid now into one file for the bank. Refused where there is nothing.

    Effects, in order: the batch; its payments, locked; one event with their number and sum.
    """
    with events_last():
        _demand(by, at)
        ordered = Payment.objects.select_for_update().filter(state="ordered")
        waiting = set(ordered.order_by("id").values_list("pk", flat=True))
        ready = [(p, account) for p, account, why in reads.to_send() if p.pk in waiting and not why]
        if not ready:
            raise Refused("现在没有可以送出的支付单。", "账户有问题的，等企业更正后再送。")
        total, on = sum(p.amount for p, _a in ready), timezone.localdate(at)
        number = f"批〔{on.year}〕{casework.next_number('finance.batch', at)}号"
        row = {"layout": layout.key, "count": len(ready), "total": total, "made_at": at, "made_by": by}
        batch = Batch.objects.create(number=number, **row)
        for payment, account in ready:
            payment.batch, payment.account, payment.state = batch, account, "sent"
            payment.save(update_fields=["batch", "account", "state"])
        record("finance.send", f"finance.batch:{batch.pk}", by, at, {"payments": len(ready), "fen": total})
    return batch


def take_answer(layout: Layout, name: str, file: bytes, *, by: User, at: dt.datetime) -> Answer | None:
    """Take in what became of payments: all lines of a file or none. The same file, or the same answer, does nothing.

    Every line must name a payment that was sent, and its amount to the fen. Effects, in order: cases, budgets and
    payments locked; each payment paid (budget spent, the fact filed) or failed (back to be confirmed); one row; events.
    Returns None where the file was taken in before.
    """
    digest = hashlib.sha256(file).hexdigest()
    lines = {line.number: line for line in reads.answers(layout, name, file)}
    with events_last():
        _demand(by, at)
        cases = Payment.objects.filter(number__in=lines).values("case")
        list(Case.objects.select_for_update().filter(pk__in=cases).order_by("pk"))
        if Answer.objects.filter(digest=digest).exists():
            return None
        held = list(reads.payments().select_for_update(of=("self",)).filter(number__in=lines).order_by("pk"))
        todo = _matched(lines, held)
        budgets.hold((p.policy, p.year) for p in todo)
        for payment in todo:
            _settle(payment, lines[payment.number], by, at)
        paid = [p for p in todo if p.state == "paid"]
        sums = {"paid": len(paid), "failed": len(todo) - len(paid), "total": sum(p.amount for p in paid)}
        made = Answer.objects.create(digest=digest, name=name[:200], at=at, by=by, **sums)
        record("finance.take_answer", f"finance.answer:{made.pk}", by, at, {"digest": digest, **sums})
    return made


def _matched(lines: dict[str, reads.Line], held: Sequence[Payment]) -> list[Payment]:
    """The payments that an answer decides; refused with the first thing that does not fit."""
    if strange := sorted(set(lines) - {p.number for p in held}):
        raise Refused(f"没有支付编号 {strange[0]}，整个文件没有读入。", "请核对是不是别处的文件。")
    todo = []
    for payment in held:
        line = lines[payment.number]
        if line.amount is not None and line.amount != payment.amount:
            told = f"支付编号 {payment.number} 的金额 {yuan(line.amount)} 元与支付单的 {yuan(payment.amount)} 元不同"
            raise Refused(f"{told}，整个文件没有读入。", "请与银行核对。")
        if payment.state == "ordered":
            raise Refused(f"支付编号 {payment.number} 还没有送出，整个文件没有读入。")
        if payment.state == "sent":
            todo.append(payment)
        elif (payment.state == "paid") != line.paid:
            raise Refused(f"支付编号 {payment.number} 已登记为另一种结果，整个文件没有读入。", "退款请办“追回”。")
    return todo


def _settle(payment: Payment, line: reads.Line, by: User, at: dt.datetime) -> None:
    case, key, claim = payment.case, payment.case.tag, Claim.objects.filter(pk=payment.case_id).first()
    if line.paid:
        payment.state, payment.paid_on = "paid", line.paid_on or timezone.localdate(at)
        payment.save(update_fields=["state", "paid_on"])
        budgets.move(payment.policy, payment.year, payment.amount, "committed", "spent", key, by=by, at=at)
        _leave_fact(payment, payment.amount, payment.paid_on, payment.number, by, at)
    else:
        payment.state, payment.reason = "failed", line.reason[:200]
        payment.save(update_fields=["state", "reason"])
        if claim is None:  # it stays ordered, and waits for another account
            again = (payment.organisation, payment.policy, payment.year, payment.amount, payment.case_id)
            _ordered(*again, None, at)
        else:
            budgets.move(payment.policy, payment.year, payment.amount, "committed", "reserved", key, by=by, at=at)
    if claim is not None:
        casework.take(case, payment.state, by=None, at=at, note=payment.reason)


def _leave_fact(payment: Payment, amount: int, on: dt.date, line: str, by: User | None, at: dt.datetime) -> None:
    """What was paid, or came back (below zero), as a fact that every room may read."""
    cells = {"policy": payment.policy, "amount": f"{in_yuan(amount):f}", "paid_on": on.isoformat(), "number": line}
    form = registry().forms[FORM]
    file_report(form, payment.organisation, f"{on:%Y-%m}", cells, by, at, source=str(payment.case), line=line)


def claim_paid(moment: Moment) -> None:
    """The firm is told that it was paid. Part of the step."""
    payment = Payment.objects.select_related("organisation").get(case=moment.case, state="paid")
    Claim.objects.filter(pk=moment.case.pk).update(paid_on=payment.paid_on)
    role, seat = moment.case.sits("firm")
    line = f"“{registry().policies[payment.policy].label}”{yuan(payment.amount)} 元已拨付，请查收"
    link = reverse("case", args=[moment.case.pk])
    notify("finance.paid", line, link=link, at=moment.at, role=role, organisation=seat, subject=moment.case.tag)


def claim_failed(moment: Moment) -> None:
    """The account was not good: the firm confirms another one. Part of the step."""
    Claim.objects.filter(pk=moment.case.pk).update(account=None, confirmed_at=None)


def demand_back(payment: Payment, due: int, why: str, until: dt.date, *, by: User, at: dt.datetime) -> Case:
    """Ask for money back that was paid wrongly, all or part of it. Effects: those of `open_case`, the recovery."""
    _demand(by, at)
    role = registry().case_types[RECOVERY].parties["firm"].role
    return casework.open_case(
        RECOVERY, title=f"追回{payment.organisation}的政策资金（{payment.number}）"[:300], by=by, at=at,
        subject=f"policy:{payment.policy}", agreed_on=until, parties={"firm": (role, payment.organisation_id)},
        form={"payment": payment.number, "due": f"{in_yuan(due):f}", "why": why},
    )  # fmt: skip


def recovery_opened(moment: Moment) -> None:
    """The row of a recovery: of a payment that was made, never more than is left of it. Part of opening it."""
    payment = Payment.objects.select_for_update().filter(number=moment.form["payment"], state="paid").first()
    if payment is None or payment.organisation_id != moment.case.sits("firm")[1]:
        raise Refused(f"没有已拨付给该企业的支付单 {moment.form['payment']}。")
    due = fen(Decimal(moment.form["due"]))
    asked = payment.recoveries.exclude(case__phase="void").aggregate(sum=Sum("due"))["sum"] or 0
    if due > payment.amount - asked:
        raise Refused(f"这笔支付最多还能追回 {yuan(payment.amount - asked)} 元。")
    Recovery.objects.create(case=moment.case, payment=payment, due=due)


def money_returned(moment: Moment) -> None:
    """Money came back: it is free in the year's budget again, and a fact below zero. Part of the step."""
    held = Recovery.objects.select_for_update(of=("self",)).select_related("payment").get(pk=moment.case.pk)
    payment, amount = held.payment, fen(Decimal(moment.form["amount"]))
    if amount > held.due - held.returned:
        raise Refused(f"应退回的还剩 {yuan(held.due - held.returned)} 元，登记的是 {yuan(amount)} 元。")
    held.returned += amount
    held.save(update_fields=["returned"])
    subject, on = moment.case.tag, dt.date.fromisoformat(moment.form["returned_on"])
    budgets.move(payment.policy, payment.year, amount, "spent", "", subject, by=moment.by, at=moment.at)
    line = f"{payment.number}-{held.pk}-{moment.case.version}"
    _leave_fact(payment, -amount, on, line, moment.by, moment.at)
    if held.returned == held.due:
        casework.take(moment.case, "settle", by=None, at=moment.at)


def _demand(by: User, at: dt.datetime) -> None:
    if not claim_reads.sits(by, "finance", timezone.localdate(at)):
        raise Refused("支付由财政部门办理。")
