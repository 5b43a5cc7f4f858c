"""Keeping what a firm has typed, before anything is handed in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from quanyu.bureaus.reporting.models import Draft, LedgerMapping
from quanyu.bureaus.reporting.reads.draft import tidied
from quanyu.facts.acts.reports import clean_period
from quanyu.people.acts import record
from quanyu.people.models import Organisation, User
from quanyu.registry.model import Form, Ledger
from quanyu.registry.problem import Refused

SITTING = dt.timedelta(hours=1)
"""Saves of one person within this while are one sitting: the first of them is written into the record of acts."""


def save_draft(
    form: Form, organisation: Organisation, period: str, *, cells: Mapping[str, Any], by: User | None, at: dt.datetime,
    lines: Sequence[Mapping[str, Any]] | None = None, origins: Mapping[str, str] | None = None,
    notes: Mapping[str, str] | None = None, base: int | None = None,
) -> Draft:  # fmt: skip
    """Keep the cells as they were typed, wrong or not. What is None stays as it is; `cells` are the whole sheet.

    `base`: the version this desk started from. When somebody saved since, it is refused and says who and when; the
    same content again is the same draft. Cells whose text changes lose their origin unless `origins` says one.
    Effects, in order: the draft; one event at the beginning of a sitting.
    """
    period, kept = clean_period(form, period), {name: text for name, text in tidied(form, cells).items() if text}
    with transaction.atomic():
        same = {"form": form.key, "organisation": organisation, "period": period}
        Draft.objects.get_or_create(**same, defaults={"saved_at": at, "saved_by": by})
        draft = Draft.objects.select_for_update(of=("self",)).select_related("saved_by").get(**same)
        given = {name: text for name, text in draft.origins.items() if draft.cells.get(name) == kept.get(name)}
        content = {
            "cells": kept, "origins": given if origins is None else {n: o for n, o in origins.items() if n in kept},
            "lines": draft.lines if lines is None else list(lines),
            "notes": draft.notes if notes is None else {n: s for n, said in notes.items() if (s := said.strip())},
        }  # fmt: skip
        if draft.version and content == {name: getattr(draft, name) for name in content}:
            return draft
        if base is not None and base != draft.version:
            who, when = draft.saved_by or "系统", timezone.localtime(draft.saved_at)
            told = f"{who}已在 {when:%m月%d日 %H:%M} 保存过这张表，这里看到的不是最新的。"
            raise Refused(told, "请重新载入看看改了什么；若以这里填的为准，请再按一次“暂存”。")
        fresh = not draft.version or draft.saved_by != by or at - draft.saved_at > SITTING
        for name, value in content.items():
            setattr(draft, name, value)
        draft.version, draft.saved_at, draft.saved_by = draft.version + 1, at, by
        draft.save()
        if fresh:
            body = {"form": form.key, "period": period, "version": draft.version}
            record("reporting.save_draft", f"reporting.draft:{draft.pk}", by, at, body)
    return draft


def remember_mapping(
    ledger: Ledger, organisation: Organisation, columns: Mapping[str, str], categories: Mapping[str, str], unit: str,
    *, by: User | None, at: dt.datetime,
) -> LedgerMapping:  # fmt: skip
    """Remember how this organisation's ledger is to be read; words of earlier files stay known.

    Effects, in order: the mapping; one event when it changed.
    """
    with transaction.atomic():
        same = {"ledger": ledger.key, "organisation": organisation}
        LedgerMapping.objects.get_or_create(**same, defaults={"unit": unit, "at": at, "by": by})
        held = LedgerMapping.objects.select_for_update().get(**same)
        content = {
            "columns": held.columns | dict(columns), "categories": held.categories | dict(categories), "unit": unit,
        }  # fmt: skip
        if content == {name: getattr(held, name) for name in content}:
            return held
        for name, value in content.items():
            setattr(held, name, value)
        held.at, held.by = at, by
        held.save()
        record("reporting.remember_mapping", f"reporting.ledger_mapping:{held.pk}", by, at, {"ledger": ledger.key})
    return held
