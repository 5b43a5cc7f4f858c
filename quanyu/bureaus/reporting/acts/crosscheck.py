"""Ask a firm about the part of its figures that no rule explains."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from quanyu.bureaus.reporting.models import Verification
from quanyu.bureaus.reporting.reads import crosscheck as reads
from quanyu.casework import acts as casework
from quanyu.casework.reads import fits, seats_of
from quanyu.people.acts import events_last, in_turn, record
from quanyu.people.models import Organisation, User
from quanyu.plan import reads as plan
from quanyu.registry.model import Party, Registry
from quanyu.registry.problem import Refused


def may_ask(registry: Registry, user: User, on: dt.date) -> bool:
    """Does this person sit on a side of such letters that is not the firm's?"""
    posts = seats_of(user, on)
    parties = registry.case_types[reads.KIND].parties.values()
    return any(fits((p.role, None), posts) for p in parties if not registry.roles[p.role].own_only)


def firm_party(registry: Registry) -> Party:
    """The side of such letters that sits at the firm."""
    return next(p for p in registry.case_types[reads.KIND].parties.values() if registry.roles[p.role].own_only)


def ask_firm(organisation: Organisation, year: int, question: str, *, by: User, at: dt.datetime) -> Verification:
    """Send a letter (核实函) about a year to the firm; the figures as they stand now are kept with it.

    Refused: who may not ask, nothing to be explained, a letter about that year still open.
    Effects, in order: the case, held by the firm, with its notice; the letter; one event.
    """
    registry, on = plan.registry(), timezone.localdate(at)
    if not may_ask(registry, by, on):
        raise Refused("核实函由经办人员或科室负责人发出。")
    with events_last():
        in_turn([organisation.pk])
        (row,) = reads.crosscheck(registry, year, [organisation.pk])
        if row.state == "open" and row.letter:
            raise Refused(f"{year}年的差异已在核实：{row.letter.case}。", "请在该事项上办理，办结后可再发。")
        if row.state not in ("asks", "told"):
            raise Refused(f"{organisation}{year}年各口径的差额都在规则可解释的范围内。", "没有需要核实的内容。")
        firm = firm_party(registry)
        case = casework.open_case(
            reads.KIND, title=f"{organisation.name}{year}年研发费用口径差异核实", by=by, at=at,
            parties={firm.key: (firm.role, organisation.pk)}, form={"year": str(year), "question": question},
            subject=f"organisation:{organisation.pk}",
        )  # fmt: skip
        made = Verification.objects.create(case=case, organisation=organisation, year=year, figures=row.plain(registry))
        body = {"year": year, "figures": made.figures}
        record("reporting.ask_firm", f"reporting.verification:{made.pk}", by, at, body)
    return made
