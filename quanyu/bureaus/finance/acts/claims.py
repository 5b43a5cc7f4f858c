"""Claims under policies, from the list to the order to pay. From any other room one is opened by name:

    casework.open_case(
        "finance.claim", title="…", by=user, at=at, subject=f"policy:{key}",
        parties={"firm": ("firm_owner", organisation.pk)}, form={"policy": key, "amount": "12345.67"},
    )

`amount` in yuan, at most two places. The row of this room is made by the type's own effect (`opened`), which refuses a
second claim of the same firm under the same policy in a year (or ever, where the policy pays once). A firm's own person
may open one for that firm under a policy of mode `quick`; whatever amount is asked for is decided anew at approval.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from quanyu.bureaus.finance.acts import budgets
from quanyu.bureaus.finance.models import Claim, Entitlement, Objector, Publicity
from quanyu.bureaus.finance.reads import claims as reads
from quanyu.bureaus.finance.reads.budgets import fen, in_yuan
from quanyu.casework import acts as casework
from quanyu.casework.hooks import Moment
from quanyu.casework.models import Case
from quanyu.casework.reads import fits, seats_of, why_not
from quanyu.judgements.sharing import in_order, in_proportion
from quanyu.pagekit.format import yuan
from quanyu.people.acts import events_last, in_turn, notify, record
from quanyu.people.models import Organisation, User
from quanyu.people.reads import zone
from quanyu.plan.reads import registry
from quanyu.registry.model import Policy
from quanyu.registry.problem import Refused

Barred = list[tuple[str, str]]
"""Whom something could not be done for, and the sentence why."""


def draw_up(policy: Policy, *, by: User | None, at: dt.datetime) -> int:
    """Draw up the list of a policy (免申即享名单): every firm that has it today. It takes the place of the year's last.

    Effects, in order: the lines; one event with how many and how much. Returns how many.
    """
    on = timezone.localdate(at)
    open_firms = Organisation.objects.filter(kind="firm", closed_on=None).values_list("pk", flat=True)
    found = reads.today_all(policy, on)
    rows = [
        Entitlement(policy=policy.key, year=on.year, organisation_id=firm, amount=t.amount, rank=t.rank, drawn_up_at=at)
        for firm in open_firms if (t := found.get(firm)) and t.state == "yes" and t.amount
    ]  # fmt: skip
    with transaction.atomic():
        Entitlement.objects.filter(policy=policy.key, year=on.year).delete()
        Entitlement.objects.bulk_create(rows)
        body = {"policy": policy.key, "firms": len(rows), "fen": sum(r.amount for r in rows)}
        record("finance.draw_up", f"policy:{policy.key}", by, at, body)
    return len(rows)


def claim_all(policy: Policy, lines: Iterable[Entitlement], *, by: User, at: dt.datetime) -> tuple[int, Barred]:
    """Open the claims of a list's lines and tell the firms. Returns how many, and for whom not."""
    role, done, barred = registry().case_types[reads.KIND].parties["firm"].role, 0, Barred()
    with events_last():
        for line in lines:
            firm = line.organisation
            try:
                casework.open_case(
                    reads.KIND, title=f"{firm}：{policy.label}"[:300], by=by, at=at, subject=f"policy:{policy.key}",
                    parties={"firm": (role, firm.pk)},
                    form={"policy": policy.key, "amount": f"{in_yuan(line.amount):f}"},
                )  # fmt: skip
                done += 1
            except Refused as refused:
                barred.append((str(firm), refused.sentence))
    return done, barred


def opened(moment: Moment) -> None:
    """The row of a claim. Part of opening its case, by whatever room. Effects, in order: the claim; the firm told."""
    case, on = moment.case, timezone.localdate(moment.at)
    policy = next((p for p in reads.paying(on) if p.key == moment.form["policy"]), None)
    role, organisation = case.sits("firm")
    if policy is None or case.subject != f"policy:{policy.key}":
        raise Refused(f"“{moment.form['policy']}”不是现行有效、向企业拨付资金的政策。")
    if organisation is None:
        raise Refused("没有指明兑现给哪一家企业。")
    by_firm = moment.by is not None and not any(reads.sits(moment.by, p, on) for p in ("office", "chief", "finance"))
    if by_firm and not fits((role, organisation), seats_of(moment.by, on)):  # type: ignore[arg-type]  # by is a user here
        raise Refused("只能为本企业申请兑现。")
    if by_firm and policy.mode != "quick":
        raise Refused(f"“{policy.label}”不用企业申请。" if policy.mode == "automatic" else "本政策须经评审。")
    try:
        amount = fen(Decimal(moment.form["amount"]))
    except ValueError:
        raise Refused(f"金额“{moment.form['amount']}”应精确到分。", "请按元填写，最多两位小数。") from None
    in_turn([organisation])
    row = {"policy": policy.key, "organisation_id": organisation, "term": reads.term_of(policy, on.year)}
    if had := Claim.objects.filter(**row, ended=False).select_related("case").first():
        raise Refused(f"本企业已有“{policy.label}”的兑现事项（{had.case.number}），不能重复。")
    Claim.objects.create(case=case, year=on.year, amount=amount, **row)
    line = f"您单位可享受“{policy.label}”{yuan(amount)} 元，请确认收款账户"
    link = reverse("case", args=[case.pk])
    notify("finance.claim", line, link=link, at=moment.at, role=role, organisation=organisation, subject=case.tag)


def take_all(action: str, numbers: Collection[int], *, by: User, at: dt.datetime, policy: str) -> tuple[int, Barred]:
    """Take one step of many claims of a policy; what cannot be taken is passed over with its sentence.

    Approval shares the budget out first, as the policy says: in proportion, by rank, or who came first.
    """
    done, barred = 0, Barred()
    with events_last():
        list(Case.objects.select_for_update().filter(pk__in=numbers).order_by("pk"))
        chosen = list(reads.claims().filter(pk__in=numbers, policy=policy))
        undecided = {c.pk for c in chosen if c.granted is None}
        if action == "approve" and chosen:
            budgets.hold((c.policy, c.year) for c in chosen)
            barred += _share(registry().policies[policy], chosen, timezone.localdate(at))
        for claim in chosen:
            try:
                casework.take(claim.case, action, by=by, at=at)
                done += 1
            except Refused as refused:
                barred.append((str(claim.organisation), refused.sentence))
                if claim.pk in undecided:
                    Claim.objects.filter(pk=claim.pk).update(granted=None)
    return done, barred


def _share(policy: Policy, chosen: list[Claim], on: dt.date) -> Barred:
    """What a batch is granted where a budget is shared out; who gets nothing is taken out of it, with a reason."""
    if policy.short == "first_come":
        return []
    barred, fit, undecided = Barred(), list[Claim](), [c for c in chosen if c.granted is None]
    for claim in undecided:
        if reason := why_not_entitled(claim, on):
            barred.append((str(claim.organisation), reason))
        else:
            fit.append(claim)
    if policy.short == "rank":
        lines = Entitlement.objects.filter(policy=policy.key, organisation__in=[c.organisation_id for c in fit])
        ranks = dict(lines.order_by("year").values_list("organisation", "rank"))
        fit.sort(key=lambda c: -(ranks.get(c.organisation_id) or 0))
    parts = dict[Claim, int]()
    for year in sorted({c.year for c in fit}):
        free = budgets.hold([(policy.key, year)])[policy.key, year].free
        wants = {c: c.amount for c in fit if c.year == year}
        parts |= in_order(free, wants) if policy.short == "rank" else in_proportion(free, wants)
    barred += [(str(c.organisation), "预算用完，按顺序没有轮到。") for c in fit if not parts.get(c)]
    chosen[:] = [c for c in chosen if c.granted is not None or parts.get(c)]
    for claim in (c for c in chosen if c in parts):
        claim.granted = parts[claim]
        claim.save(update_fields=["granted"])
    return barred


def why_not_entitled(claim: Claim, on: dt.date) -> str:
    """The sentence against approving a claim on a day: no longer entitled, or to another amount; "" where it is."""
    policy = next((p for p in reads.paying(on) if p.key == claim.policy), None)
    if policy is None:
        return "政策已不在执行期内。"
    found = reads.today(policy, claim.organisation, on)
    if policy.mode == "review" and found.state in ("yes", "judgement"):
        return ""
    if found.state != "yes":
        return "按今天的数据，企业不再符合条件。" if found.state == "no" else "按今天的数据，还不能判定企业符合条件。"
    if found.amount != claim.amount:
        return f"按今天的数据应为 {yuan(found.amount)} 元，与申报的 {yuan(claim.amount)} 元不同，请先重新核定。"
    return ""


def approved(moment: Moment) -> None:
    """Money is set aside for an approved claim. Part of the step."""
    claim = Claim.objects.select_for_update().get(pk=moment.case.pk)
    claim.granted = claim.payable
    claim.save(update_fields=["granted"])
    case = moment.case.tag
    budgets.reserve(claim.policy, claim.year, claim.granted, case, by=moment.by, at=moment.at)


def recomputed(moment: Moment) -> None:
    """The amount of today takes the place of the one the claim was opened with. Part of the step."""
    claim = Claim.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=moment.case.pk)
    found = reads.today(registry().policies[claim.policy], claim.organisation, timezone.localdate(moment.at))
    if found.state != "yes" or not found.amount:
        raise Refused("按今天的数据，企业不再享受这项政策，没有可以核定的金额。", "如应停止，请办“不予兑现”。")
    claim.amount = found.amount
    claim.save(update_fields=["amount"])


def announced(moment: Moment) -> None:
    """A claim goes on its policy's public notice of the day. Part of the step."""
    claim, on = Claim.objects.get(pk=moment.case.pk), timezone.localdate(moment.at)
    number = lambda: f"公示〔{on.year}〕{casework.next_number('finance.publicity', moment.at)}号"  # noqa: E731 - counted only where a new one is made
    made, _new = Publicity.objects.get_or_create(
        policy=claim.policy, from_on=on, defaults={"number": number, "until": moment.case.due_on}
    )
    Claim.objects.filter(pk=claim.pk).update(publicity=made)


def go_on(moment: Moment) -> None:
    """A claim whose account is confirmed goes on to be paid, as soon as nothing else keeps it. Part of a step."""
    on = timezone.localdate(moment.at)
    confirmed = Claim.objects.filter(pk=moment.case.pk, confirmed_at__isnull=False).exists()
    if confirmed and not why_not(Case.objects.get(pk=moment.case.pk), "ready", None, on):
        casework.take(moment.case, "ready", by=None, at=moment.at)


def account_confirmed(moment: Moment) -> None:
    """The firm says where it is paid. Part of the step."""
    claim = Claim.objects.select_related("organisation").get(pk=moment.case.pk)
    account = reads.account_of(claim.organisation)
    Claim.objects.filter(pk=claim.pk).update(account=account, confirmed_at=moment.at)
    go_on(moment)


def ended(moment: Moment) -> None:
    """A claim ends unpaid: what was set aside is free again. Part of the step."""
    claim = Claim.objects.select_for_update().get(pk=moment.case.pk)
    if claim.granted:
        budgets.release(claim.policy, claim.year, claim.granted, moment.case.tag, by=moment.by, at=moment.at)
    claim.ended = True
    claim.save(update_fields=["ended"])


MOST = 50  # objections of strangers that may be open on one notice: beyond that somebody is playing


def object_to(
    claim: Claim, reason: str, wanted: str, name: str, contact: str, *, by: User | None, at: dt.datetime
) -> Case:  # fmt: skip
    """Anybody objects to a claim while its notice is open: a case. Effects: those of `open_case`, one row."""
    made, on = claim.publicity, timezone.localdate(at)
    if made is None or (made.until is not None and on > made.until):
        raise Refused("公示期已满，不再受理异议。", "仍有意见的，请联系承办单位。")
    if not name.strip() or not contact.strip():
        raise Refused("没有填写姓名或联系方式。", "以便核实和答复；不会公开。")
    with events_last():
        Publicity.objects.select_for_update().get(pk=made.pk)
        if Objector.objects.filter(claim__publicity=made, case__closed_at=None).count() >= MOST:
            raise Refused("本次公示的网上异议太多，暂停网上受理。", "请电话或书面提出。")
        case = casework.open_case(
            reads.OBJECTION, title=f"对{made.number}“{claim.organisation}”的异议"[:300], by=by, at=at,
            parties={"unit": ("public", zone().pk)}, form={"reason": reason, "wanted": wanted},
            subject=reads.tag(claim),
        )  # fmt: skip
        Objector.objects.create(case=case, claim=claim, name=name.strip()[:60], contact=contact.strip()[:120])
    return case
