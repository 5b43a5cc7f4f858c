"""Is this report sound? Its cells, its relations, and what stands around it, in one list of complaints."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from quanyu.bureaus.reporting.reads.context import Numbers, contexts, rule_of, summed_lines
from quanyu.bureaus.reporting.reads.switches import standing, switches
from quanyu.facts.cells import Complaint, check_rows
from quanyu.facts.relations import numbers_of, quoted
from quanyu.people.models import Organisation
from quanyu.registry.identity import Rule
from quanyu.registry.model import Edit, Form, Registry

AROUND = {"previous": "上期 ", "last_year": "上年同期 ", "cumulated": "本年已报 ", "last_cumulated": "上年累计 "}


def complaints(
    registry: Registry, form: Form, organisation: Organisation, period: str, cells: Mapping[str, Any], *,
    lines: Sequence[Mapping[str, Any]] = (), on: dt.date,
) -> tuple[dict[str, Any], list[Complaint]]:  # fmt: skip
    """The clean cells, computed ones filled in, and every complaint: of cells, relations and edits, in that order.

    For a form of many lines give `lines`; the clean cells then are {"1": cells, "2": cells, …}, one for each.
    """
    rows = list(lines) if form.lines else [cells]
    checked = check_rows(form, rows, registry.units)
    found = [
        replace(c, line=n + 1 if form.lines else 0) for n in range(len(rows)) for c in checked.complaints.get(n, ())
    ]
    clean = [checked.row(n) for n in range(len(rows))]
    in_force = edits(registry, form, on)
    if in_force:
        around = contexts(registry, form, [organisation.pk], period)[organisation.pk]
        found += judged(registry, form, in_force, clean, around)
    return ({str(n): row for n, row in enumerate(clean, 1)} if form.lines else clean[0]), found


def edits(registry: Registry, form: Form, on: dt.date) -> list[tuple[Edit, Rule]]:
    """The edits of a form that count on a day, with the limits the zone set."""
    held, found = switches(on), []
    for edit in registry.edits.values():
        live, limits = standing(edit, on, held)
        if edit.form == form.key and live:
            found.append((replace(edit, limits=limits), rule_of(edit.rule)))
    return found


def judged(
    registry: Registry, form: Form, in_force: Sequence[tuple[Edit, Rule]], rows: Sequence[Mapping[str, Any]],
    around: Numbers,
) -> list[Complaint]:  # fmt: skip
    """What edits say of clean cells (one row, or the lines of a form that has many) within what stands around them."""
    own = {f.name for f in form.fields}
    whole = {f"{form.key}.{name}": value for name, value in summed_lines(form, rows).items()} if form.lines else {}
    lengths = sorted({n for _edit, rule in in_force for n in rule.names if n.startswith("length.")})
    seen = [numbers_of(form, c) | {n: len(str(c.get(n.removeprefix("length."), ""))) for n in lengths} for c in rows]
    found = []
    for edit, rule in in_force:
        limits = {f"limit.{name}": value for name, value in edit.limits.items()}
        by_line = form.lines and not rule.names.isdisjoint({*own, *lengths})
        for number, cells in enumerate(seen if by_line or not form.lines else [{}], start=1):
            known = {**around, **whole, **limits, **cells}
            values = {name: known.get(name) for name in rule.names}
            if rule.holds(values) is False:
                fields = edit.fields or tuple(f.name for f in form.fields if f.name in rule.names)
                said = quoted(rule, values, form, called(registry, form, rule))
                told = f"{_message(edit)}：{said}" if said else _message(edit)
                field = fields[0] if len(fields) == 1 else ""
                found.append(Complaint(field, edit.mood, told, edit.key, fields, number if by_line else 0))
    return found


def called(registry: Registry, form: Form, rule: Rule) -> dict[str, str]:
    """What names with a dot are called in sentences: 上期 7 行, 《企业研究开发项目情况》9 行."""
    words = {}
    for name in rule.names:
        head, _dot, rest = name.partition(".")
        others = (form,) if head in AROUND else registry.editions(head)
        f = next((f for other in others for f in other.fields if f.name == rest), None)
        if f:
            words[name] = AROUND.get(head, f"《{others[-1].label}》") + (f"{f.code} 行" if f.code else f.label.zh)
    return words


def _message(edit: Edit) -> str:
    """What the edit says, with the limits that count."""
    said = edit.message
    for name, limit in edit.limits.items():
        said = said.replace(f"{{{name}}}", f"{limit:,f}")
    return said
