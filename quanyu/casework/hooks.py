"""Where rooms above tie in: guards and effects that case types name, and what a case page shows beside the case.

A room registers its own when it starts; `packages/core/hooks.yaml` lists them all, and start-up checks that each
listed one is provided once. A guard gives the reason against an action, or "". An effect runs inside the transaction
of the act that names it; what it raises undoes the act.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.http import HttpRequest

from quanyu.casework.models import Case
from quanyu.people.models import User
from quanyu.registry.load import load_files


@dataclass(frozen=True, slots=True)
class Moment:
    """An act as its hooks see it: the case, what was done, by whom (None: the clock), when, and what was said."""

    case: Case
    action: str
    by: User | None
    at: dt.datetime
    note: str = ""
    form: Mapping[str, Any] = field(default_factory=dict)


Guard = Callable[[Case, User | None, dt.date], str]
Effect = Callable[[Moment], None]
Panel = Callable[[HttpRequest, Case], tuple[str, dict[str, Any]]]

GUARDS: dict[str, Guard] = {}
EFFECTS: dict[str, Effect] = {}
PANELS: dict[str, Panel] = {}


def guard(key: str) -> Callable[[Guard], Guard]:
    """Register the guard that case types know by this key."""
    return lambda function: _once(GUARDS, key, function)


def effect(key: str) -> Callable[[Effect], Effect]:
    """Register the effect that case types know by this key."""
    return lambda function: _once(EFFECTS, key, function)


def panel(case_type: str) -> Callable[[Panel], Panel]:
    """Register what the page of a case type's cases shows beside the case: a template of the room and its context."""
    return lambda function: _once(PANELS, case_type, function)


def listed_hooks(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """Start-up: every hook that a package lists is provided by a room as what it is listed as, and no other is."""
    root = settings.PACKAGES
    names = [p.relative_to(root).as_posix() for p in root.glob("*/*.yaml") if p.name in ("package.yaml", "hooks.yaml")]
    listed = load_files({name: (root / name).read_text(encoding="utf-8") for name in names})[0].hooks
    provided = dict.fromkeys(GUARDS, "guard") | dict.fromkeys(EFFECTS, "effect")
    wrong = [f"{h.place}: 没有程序提供 {h.kind} “{k}”" for k, h in listed.items() if provided.get(k) != h.kind]
    wrong += [f"程序提供的“{key}”没有写进 hooks.yaml" for key in provided if key not in listed]
    return [Error(told, id="casework.E001") for told in wrong]


def _once(table: dict[str, Any], key: str, function: Any) -> Any:
    if table.setdefault(key, function) is not function:
        raise RuntimeError(f"two rooms provide {key}")
    return function
