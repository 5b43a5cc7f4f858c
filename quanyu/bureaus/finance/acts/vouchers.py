"""Give a voucher, use it, settle it: money is reserved when it is given and leaves the budget when it is settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.utils import timezone

from quanyu.bureaus.finance.acts import budgets, payments
from quanyu.bureaus.finance.models import Tie, Voucher
from quanyu.bureaus.finance.reads import vouchers as reads
from quanyu.casework import acts as casework
from quanyu.casework.acts.answers import answers_to
from quanyu.casework.hooks import Moment
from quanyu.facts.reads import current_source
from quanyu.facts.traits import traits_of
from quanyu.judgements.eligibility import decide, read_policy
from quanyu.pagekit.format import yuan
from quanyu.people.acts import events_last, in_turn, record
from quanyu.people.models import Organisation, User
from quanyu.plan import reads as plan
from quanyu.registry.problem import Refused


def apply(
    policy_key: str, organisation: Organisation, form: Mapping[str, str], *, by: User, at: dt.datetime
) -> Voucher:
    """Give a firm a voucher of a scheme; `form` answers what the case type asks: category, face (yuan), service.

    Refused: a scheme that gives none now, a firm that does not meet its conditions or may have no more this year, a
    budget that has run out. It is good for as many days as the scheme says, and not beyond its budget year.

    Effects, in order: the case, held by the firm; the voucher; its face reserved in the budget; one event.
    """
    registry, on = plan.registry(), timezone.localdate(at)
    policy = next((p for p in reads.schemes(registry, on) if p.key == policy_key), None)
    if policy is None:
        raise Refused("这项创新券办法现在不发放。", "请看政策库里它的有效期和参数。")
    verdict = decide(read_policy(registry, policy, on), traits_of(registry, current_source(), organisation.pk, on))
    if verdict.state == "no":
        short = "；".join(f.words for f in verdict.conditions if f.state == "not_met")
        raise Refused(f"{organisation}不符合“{policy.label}”的条件：{short}。")
    answers = answers_to(registry.case_types[reads.KIND].form, form)
    face = fen_of(answers["face"], "申领金额")
    with events_last():
        in_turn([organisation.pk])
        if face > (left := reads.left(registry, policy, organisation, on)):
            raise Refused(f"今年还可申领 {yuan(left)} 元，申领的是 {yuan(face)} 元。", "请改小金额。")
        case = casework.open_case(
            reads.KIND, title=f"{organisation.name}申领创新券", by=by, at=at, subject=f"policy:{policy.key}",
            parties={"firm": (reads.FIRM, organisation.pk)}, form=answers,
            agreed_on=min(on + dt.timedelta(int(reads.fixed(policy, reads.DAYS, on) or 0)), dt.date(on.year, 12, 31)),
        )  # fmt: skip
        made = Voucher.objects.create(
            case=case,
            policy=policy.key,
            organisation=organisation,
            year=on.year,
            face=face,
            category=answers["category"],
        )
        budgets.reserve(policy.key, on.year, face, case.tag, by=by, at=at)
        record("finance.give_voucher", f"finance.voucher:{made.pk}", by, at, {"policy": policy.key, "face": face})
    return made


def fen_of(typed: str, what: str) -> int:
    """Yuan as typed and read as a number, in whole fen."""
    amount = Decimal(typed) * 100
    if amount != int(amount) or amount <= 0:
        raise Refused(f"{what}应是正数，最多到分，现在是“{typed}”。", "请按元填写，最多两位小数。")
    return int(amount)


def choose(voucher: Voucher, provider: int, *, by: User, at: dt.datetime, seen: int | None = None) -> Voucher:
    """The firm takes its voucher to a registered provider that is no relation of its own.

    Effects, in order: the provider noted; the case goes on to them; one event of the step.
    """
    on = timezone.localdate(at)
    chosen = reads.providers(on).filter(pk=provider).first()
    if chosen is None:
        raise Refused("选择的不是在册的服务机构。", "请从名单里选择。")
    with events_last():
        held = Voucher.objects.select_for_update().select_related("case").get(pk=voucher.pk)
        held.provider = chosen
        if reads.Check(plan.registry(), held, on).related():
            raise Refused(f"{chosen}与{held.organisation}是关联方，不能用券。", "请选择其他机构。")
        held.save(update_fields=["provider"])
        seat = {"provider": (reads.SERVANT, chosen.pk)}
        casework.take(held.case, "choose", by=by, at=at, parties=seat, seen=seen)
    return held


def release_all(numbers: Iterable[int], *, by: User, at: dt.datetime) -> tuple[int, list[str]]:
    """Release the payment of several vouchers; returns how many went, and a sentence for each that did not."""
    done, told = 0, []
    waiting = Voucher.objects.filter(pk__in=list(numbers), case__state="checking").select_related("case")
    for voucher in waiting:
        try:
            casework.take(voucher.case, "release", by=by, at=at)
            done += 1
        except Refused as refused:
            told.append(f"{voucher.case.number}：{refused.sentence}")
    return done, told


def note_ties(lines: Iterable[str], source: str, *, by: User, at: dt.datetime) -> int:
    """Keep who stands behind organisations: one line each, `信用代码或名称，关系人，关系`; returns how many were new.

    Refused as a whole when a line cannot be read: nothing is half-done.
    Effects, in order: one tie per new line; one event.
    """
    wanted: list[Tie] = []
    for number, line in enumerate(lines, 1):
        parts = [part.strip() for part in line.replace("，", ",").replace("\t", ",").split(",")]
        if not line.strip():
            continue
        if len(parts) not in (2, 3) or not all(parts[:2]):
            raise Refused(
                f"第 {number} 行“{line.strip()}”读不懂。", "每行写：统一社会信用代码或企业名称，关系人，关系。"
            )
        found = Organisation.objects.filter(code=parts[0]).first() or Organisation.objects.filter(name=parts[0]).first()
        if found is None:
            raise Refused(f"第 {number} 行的“{parts[0]}”没有登记。", "请核对代码或名称。")
        kind = parts[2] if len(parts) == 3 else ""
        wanted.append(Tie(organisation=found, who=parts[1][:120], kind=kind[:40], source=source[:200], recorded_at=at))
    with events_last():
        before = Tie.objects.count()
        Tie.objects.bulk_create(wanted, ignore_conflicts=True)
        made = Tie.objects.count() - before
        record("finance.note_ties", "finance.tie", by, at, {"new": made, "source": source})
    return made


# --- what the steps do beside moving the case -------------------------------------------------------------------------


def _held(moment: Moment) -> Voucher:
    return Voucher.objects.select_for_update().get(pk=moment.case.pk)


def declined(moment: Moment) -> None:
    Voucher.objects.filter(pk=moment.case.pk).update(provider=None)


def priced(moment: Moment) -> None:
    """The scheme pays its share of the price, up to the face; what the face holds beyond that goes back at once."""
    held, registry = _held(moment), plan.registry()
    held.price = fen_of(moment.form["price"], "合同金额")
    given = timezone.localdate(moment.case.opened_at)
    held.due = reads.payable(registry, registry.policies[held.policy], held.price, held.face, given)
    held.save(update_fields=["price", "due"])


def delivered(moment: Moment) -> None:
    invoice = "".join(moment.form["invoice"].split()).upper()[:40]
    Voucher.objects.filter(pk=moment.case.pk).update(invoice=invoice, inspected=False)


def rated(moment: Moment) -> None:
    Voucher.objects.filter(pk=moment.case.pk).update(rating=int(moment.form["rating"]))


def looked_at(moment: Moment) -> None:
    held = _held(moment)
    held.risks = [r.key for r in reads.Check(plan.registry(), held, timezone.localdate(moment.at)).hits()]
    held.save(update_fields=["risks"])


def inspected(moment: Moment) -> None:
    Voucher.objects.filter(pk=moment.case.pk).update(inspected=True)


def settled(moment: Moment) -> None:
    """The provider is to be paid what is due; the rest of the face goes back to the budget."""
    held = _held(moment)
    assert held.due is not None and held.provider is not None
    held.used_on = timezone.localdate(moment.at)
    held.save(update_fields=["used_on"])
    if held.face > held.due:
        budgets.release(held.policy, held.year, held.face - held.due, held.case.tag, by=moment.by, at=moment.at)
    payments.order(held.provider, held.policy, held.year, held.due, held.case.tag, by=moment.by, at=moment.at)


def void(moment: Moment) -> None:
    held = _held(moment)
    budgets.release(held.policy, held.year, held.face, held.case.tag, by=moment.by, at=moment.at)
