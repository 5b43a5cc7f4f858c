"""Raise warnings once, keep them up to date in silence, clear them when the reasons are gone; count the levers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from quanyu.casework import acts as casework
from quanyu.decisions.models import LeverCount, SeriesRun, Warning
from quanyu.decisions.reads import current_series
from quanyu.decisions.reads import warnings as reads
from quanyu.decisions.reads.levers import count as count_levers
from quanyu.decisions.reads.supervision import term_end
from quanyu.judgements.alerts import Finding
from quanyu.measures.periods import Period
from quanyu.measures.source import Source
from quanyu.people.acts import events_last, notify, record
from quanyu.people.models import User
from quanyu.plan import reads as plan
from quanyu.registry.model import SEVERITIES, Registry

NORMAL = "已回到正常"


def raise_warnings(*, at: dt.datetime, by: User | None = None) -> list[Warning]:
    """Hold all rules against the latest assessment; returns the warnings raised just now. Running again raises nothing.

    One warning an indicator at a time. While its case is open, its findings follow the figures and only a graver one
    is told. Once dealt with it is not raised again while the same reasons last; a new or graver one raises it anew.

    Effects, in order: the levers counted where they were not; cases of what is normal again closed by the clock;
    findings renewed, a notice where one became graver; new cases with their warnings; one notice to the office; events.
    """
    find_levers(at=at, by=by)
    registry, judged, raised = plan.registry(), reads.newest(), list[Warning]()
    found = reads.examined(registry, judged)
    with events_last():
        SeriesRun.objects.select_for_update().get(pk=current_series().pk)  # one at a time
        held = {w.indicator: w for w in Warning.objects.select_for_update(of=("self",)).filter(gone_at__isnull=True)}
        for key in registry.indicators:
            findings, known = found.get(key, []), held.get(key)
            if known is not None and (not findings or _anew(known, findings)):
                _gone(known, at, by)
            if known is not None and not known.gone_at:
                _renew(known, findings, str(judged.period), at, by)
            elif findings:
                raised.append(_raise(registry, key, findings, str(judged.period), at, by))
        if raised:
            worst = max(raised, key=lambda w: SEVERITIES.index(w.severity))  # type: ignore[arg-type]  # as it was raised
            office = registry.case_types[reads.KIND].parties["office"].role
            line = f"新增预警 {len(raised)} 项：{worst.case.title}" + ("等" if len(raised) > 1 else "")
            notify("warning", line, link=reverse("warnings"), at=at, role=office)
    return raised


def _anew(known: Warning, findings: Sequence[Finding]) -> bool:
    """A warning was dealt with, and now there is a reason it did not give, or a graver one."""
    if known.case.closed_at is None:
        return False
    told = {f["rule"] for f in known.findings}
    return _graver(known, findings) or any(f.rule not in told for f in findings)


def _graver(known: Warning, findings: Sequence[Finding]) -> bool:
    return SEVERITIES.index(findings[0].severity) > SEVERITIES.index(known.severity)  # type: ignore[arg-type]  # as it was raised


def _gone(known: Warning, at: dt.datetime, by: User | None) -> None:
    if known.case.closed_at is None:
        known.case = casework.take(known.case, "recover", by=None, at=at, note=NORMAL)
    known.gone_at = at
    known.save(update_fields=["gone_at"])
    record("decisions.clear_warning", f"decisions.warning:{known.pk}", by, at, {"indicator": known.indicator})


def _renew(known: Warning, findings: Sequence[Finding], period: str, at: dt.datetime, by: User | None) -> None:
    """The latest numbers, while somebody is still at it; what became graver is told once."""
    if known.case.closed_at is not None:
        return
    graver, severity = _graver(known, findings), findings[0].severity
    known.findings, known.severity = [f.to_dict() for f in findings], severity
    known.period, known.seen_at = period, at
    known.save(update_fields=["findings", "severity", "period", "seen_at"])
    if graver:
        role, organisation = known.case.sits("unit")
        notify("warning", f"预警加重：{known.case.title}，{findings[0].text.zh}", link=f"/cases/{known.pk}/", at=at,
               role=role, organisation=organisation, subject=known.case.tag)  # fmt: skip
        record("decisions.graver_warning", f"decisions.warning:{known.pk}", by, at, {"severity": severity})


def _raise(
    registry: Registry, key: str, findings: Sequence[Finding], period: str, at: dt.datetime, by: User | None
) -> Warning:
    rule = registry.alerts[findings[0].rule]
    due_on = term_end(registry, timezone.localdate(at), rule.within)
    case = casework.open_case(
        reads.KIND, title=f"{registry.indicators[key].label.zh}：{rule.label.zh}", by=None, at=at, agreed_on=due_on,
        parties={"unit": reads.responsible(registry, key, findings[0])}, subject=f"indicator:{key}",
    )  # fmt: skip
    made = Warning.objects.create(
        case=case, indicator=key, period=period, severity=findings[0].severity, raised_at=at, seen_at=at,
        findings=[f.to_dict() for f in findings],
    )  # fmt: skip
    body = {"indicator": key, "period": period, "findings": made.findings}
    record("decisions.raise_warning", f"decisions.warning:{made.pk}", by, at, body)
    return made


def find_levers(*, at: dt.datetime, by: User | None = None) -> LeverCount | None:
    """Count which firms each lever points to, by the series in use; None where the definitions hold no lever.

    Effects, in order: one LeverCount and one event, unless this series was counted already.
    """
    run = current_series()
    registry = plan.registry_at(run.revision)
    if not registry.levers:
        return None
    source, until = Source.open(settings.QUANYU_HOME, run.snapshot), Period.parse(run.until)
    held = LeverCount.objects.filter(run=run).first()
    body = None if held else count_levers(registry, source, until)
    with transaction.atomic():
        SeriesRun.objects.select_for_update().get(pk=run.pk)
        made, new = LeverCount.objects.get_or_create(run=run, defaults={"body": body, "made_at": at})
        if new:
            record("decisions.find_levers", f"decisions.seriesrun:{run.pk}", by, at, {"levers": len(registry.levers)})
    return made
