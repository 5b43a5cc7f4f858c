"""Appraise the units for a year: compute, decide on objections, put a veto on record, freeze."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from quanyu.casework import acts as casework
from quanyu.casework.models import Case
from quanyu.decisions.models import Appraisal
from quanyu.decisions.reads import appraisal as reads
from quanyu.judgements.appraisal import Line, line_of, sheet
from quanyu.people.acts import events_last, record
from quanyu.people.models import User
from quanyu.plan import reads as plan
from quanyu.registry.model import Label
from quanyu.registry.problem import Refused


def appraise(scheme: str, year: int, *, by: User | None, at: dt.datetime) -> Appraisal:
    """Compute every unit's sheet for a year and open the matter. One appraisal a year and scheme.

    Effects, in order: the case; the appraisal with its sheets; one event.
    """
    registry = plan.registry()
    if scheme not in registry.appraisals:
        raise Refused("现行规划定义里没有考核办法。", "考核办法写在定义包的 appraisals/ 下，本系统不代拟。")
    if reads.appraisals().filter(scheme=scheme, year=year).exists():
        raise Refused(f"{year}年的考核已经建立。", "请在考核页查看；需要重算时由领导小组退回。")
    judged = reads.closing(year)
    definition = registry.appraisals[scheme]
    with events_last():
        title = f"{year}年{definition.label}"
        case = casework.open_case(reads.KIND, title=title, by=by, at=at, subject=f"year:{year}")
        made = Appraisal(case=case, scheme=scheme, year=year, revision=registry.digest, assessment=judged.digest)
        _compute(made)
        made.save(force_insert=True)
        record("decisions.appraise", f"decisions.appraisal:{case.pk}", by, at, {"year": year, "scheme": scheme})
    return made


def object_to(appraisal: Appraisal, role: str, form: Mapping[str, str], *, by: User, at: dt.datetime) -> Case:
    """A unit objects to its sheet while objections are open: a case of its own. Effects: those of `open_case`."""
    if appraisal.case.state != "announced":
        raise Refused("现在不在异议期。", "异议期自公示之日起计，见考核页。")
    sheet_of = reads.unit(appraisal, role)
    seat = (role, sheet_of.seat.pk if sheet_of.seat else None)
    return casework.open_case(
        reads.OBJECTION, title=f"对{appraisal.year}年考核结果的异议：{sheet_of.role.label}", by=by, at=at,
        parties={"unit": seat}, form=form, subject=reads.tag(appraisal, role),
    )  # fmt: skip


def adjust(
    appraisal: Appraisal, role: str, points: Decimal, because: str, objection: Case, *, by: User, at: dt.datetime
) -> Appraisal:
    """A line decided on an upheld objection is added to a unit's sheet, naming the matter it was decided in.

    Effects, in order: the sheets computed anew; one event. Refused once the result is frozen.
    """
    if not because.strip():
        raise Refused("没有写明调整分数的理由。", "请写明理由和依据。")
    told = f"{because.strip()}（{objection.number or objection.title}）"
    line = Line("", "", Decimal(0), points, Label(told), counted=False)
    return _change(appraisal, "decisions.adjust_appraisal", {"role": role, "line": line.to_dict()}, by, at)


def veto(appraisal: Appraisal, role: str, key: str, evidence: str, *, by: User, at: dt.datetime) -> Appraisal:
    """A veto item is put on record against a unit, with its evidence. Effects: as for `adjust`."""
    if key not in {v.key for v in reads.scheme_of(appraisal).vetoes}:
        raise Refused(f"考核办法里没有“{key}”这一否决项。")
    if not evidence.strip():
        raise Refused("没有写明否决的依据。", "请写明文号、日期和事由。")
    body = {"role": role, "veto": {"key": key, "evidence": evidence.strip(), "by": str(by), "at": at.isoformat()}}
    return _change(appraisal, "decisions.veto_appraisal", body, by, at)


def recompute(appraisal: Appraisal, *, by: User | None, at: dt.datetime) -> Appraisal:
    """Compute the sheets again on the figures of now, keeping what was decided on objections."""
    return _change(appraisal, "decisions.recompute_appraisal", {}, by, at)


def freeze(case: Case, at: dt.datetime) -> None:
    """The result stands as adopted: nothing changes from here. Part of the act that adopts it."""
    Appraisal.objects.filter(case=case).update(frozen_at=at)


def _change(appraisal: Appraisal, act: str, body: dict[str, Any], by: User | None, at: dt.datetime) -> Appraisal:
    with transaction.atomic():
        held = (
            Appraisal.objects.select_for_update(of=("self",), no_key=True).select_related("case").get(pk=appraisal.pk)
        )
        if held.frozen_at:
            raise Refused(f"{held.year}年考核结果已于 {timezone.localdate(held.frozen_at)} 审定，不能再改。")
        role = body.get("role", "")
        if role and role not in held.body:
            raise Refused(f"{held.year}年的考核里没有“{role}”。")
        if "line" in body:
            held.extras = held.extras | {role: [*held.extras.get(role, []), body["line"]]}
        if "veto" in body:
            held.vetoes = held.vetoes | {role: [*held.vetoes.get(role, []), body["veto"]]}
        _compute(held)
        held.save()
        record(act, f"decisions.appraisal:{held.pk}", by, at, body)
    return held


def _compute(appraisal: Appraisal) -> None:
    """Fill in the sheets: facts of the year under the scheme, with what was decided by people."""
    registry = plan.registry_at(appraisal.revision)
    scheme, judged = registry.appraisals[appraisal.scheme], reads.closing(appraisal.year)
    appraisal.assessment = judged.digest
    appraisal.body = {
        role: sheet(
            scheme,
            reads.doing(registry, role, appraisal.year, judged),
            [line_of(plain) for plain in appraisal.extras.get(role, [])],
            [v["key"] for v in appraisal.vetoes.get(role, [])],
        ).to_dict()
        for role in scheme.units
    }
