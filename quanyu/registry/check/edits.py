"""What keeps a form, its editions, its edits and the views of it from working (codes P360 to P366)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from quanyu.registry.check.rule import rule
from quanyu.registry.identity import Unreadable, parse_expression, parse_rule
from quanyu.registry.model import Edit, Field, Form, Registry, View, ViewLine
from quanyu.registry.model.forms import COUNTED
from quanyu.registry.problem import Problem
from quanyu.registry.reading import did_you_mean

AROUND = ("previous", "last_year", "cumulated", "last_cumulated")
SPAN = ("period.first", "period.last", "period.number")


def _fields(registry: Registry, key: str) -> dict[str, Field]:
    """The fields of all editions of a form."""
    return {field.name: field for form in registry.editions(key) for field in form.fields}


def _names(registry: Registry, edit: Edit) -> set[str]:
    """What the rule of an edit may name."""
    own = _fields(registry, edit.form)
    names = {n for n, f in own.items() if f.type in COUNTED}
    found = names | {f"length.{n}" for n in own} | {f"limit.{n}" for n in edit.limits} | set(SPAN)
    found |= {f"{around}.{n}" for around in AROUND for n in (*names, "months", "rows")}
    for key in registry.first_editions:
        counted = [n for n, f in _fields(registry, key).items() if f.type in COUNTED]
        found |= {f"{key}.{n}" for n in (*counted, "months", "rows")}
    return found


@rule("P360", "wrong", "核对规则读不懂，或用了没有的项、没有写明的界限")
def edits_read(registry: Registry) -> Iterator[Problem]:
    for edit in registry.edits.values():
        names = _names(registry, edit)
        try:
            parse_rule(edit.rule, names)
        except Unreadable as fault:
            odd = next((n for n in sorted(parse_rule(edit.rule).names) if n not in names), "")
            told = f"核对规则「{edit.label}」读不懂：{fault}"
            yield Problem("P360", "wrong", edit.place, told, did_you_mean(odd, sorted(names)), edit.key)


@rule("P361", "wrong", "核对规则指着表上没有的项，或说到没有写明的界限")
def edits_point(registry: Registry) -> Iterator[Problem]:
    for edit in registry.edits.values():
        own = _fields(registry, edit.form)
        if first := registry.forms[edit.form].edition_of:
            told = f"核对规则「{edit.label}」指着「{edit.form}」，它是「{first}」的新版"
            yield Problem("P361", "wrong", edit.place, told, f"写 form: {first}", edit.key)
        for name in edit.fields:
            if name not in own:
                told = f"核对规则「{edit.label}」指着「{name}」，本表没有这一项"
                yield Problem("P361", "wrong", edit.place, told, did_you_mean(name, list(own)), edit.key)
        for name in re.findall(r"\{(\w*)\}", edit.message):
            if name not in edit.limits:
                told = f"核对规则「{edit.label}」的说明提到界限「{name}」，limits 里没有"
                yield Problem("P361", "wrong", edit.place, told, subject=edit.key)


@rule("P362", "wrong", "核对规则的起止颠倒")
def edits_last(registry: Registry) -> Iterator[Problem]:
    for edit in registry.edits.values():
        if edit.from_ and edit.to and edit.from_ > edit.to:
            told = f"核对规则「{edit.label}」的起止颠倒：{edit.from_} 到 {edit.to}"
            yield Problem("P362", "wrong", edit.place, told, subject=edit.key)


@rule("P363", "wrong", "计算项的公式读不懂，或用了印在它上面的计算项")
def formulas_read(registry: Registry) -> Iterator[Problem]:
    """Totals stand above their parts, so they are computed from the last line upwards."""
    for form in registry.forms.values():
        for at, field in enumerate(form.fields):
            later = {f.name for f in form.fields[at + 1 :]}
            known = [f.name for f in form.fields if f.type in COUNTED and (not f.formula or f.name in later)]
            try:
                if field.formula:
                    parse_expression(field.formula, known)
            except Unreadable as fault:
                told = f"「{field.label}」的公式「{field.formula}」读不懂：{fault}"
                yield Problem(
                    "P363", "wrong", field.place, told, "只能用本表的数字项，计算项要印在所用各项之上", form.key
                )


@rule("P364", "wrong", "选择项没有选项，选项代码重复，或不是选择项却有选项")
def options_listed(registry: Registry) -> Iterator[Problem]:
    for form in registry.forms.values():
        for field in form.fields:
            codes = [option.code for option in field.options]
            if bool(codes) is not (field.type == "choice") or len(set(codes)) < len(codes):
                told = f"「{field.label}」的选项写得不对"
                yield Problem("P364", "wrong", field.place, told, "type: choice 要有 options，代码各不相同", form.key)


@rule("P365", "wrong", "报表的新版写得不全，或改了旧项的类型与单位")
def editions_fit(registry: Registry) -> Iterator[Problem]:
    taken: set[tuple[str, str]] = set()
    for form in registry.forms.values():
        for fault in _edition_faults(registry, form, taken):
            yield Problem("P365", "wrong", form.place, f"「{form.label}」（{form.key}）{fault}", subject=form.key)
    for contract in registry.contracts.values():
        source = registry.forms.get(contract.provider.partition(":")[2])
        if source and source.edition_of:
            told = f"事实表「{contract.label}」取自报表的一版，应取自「{source.edition_of}」"
            yield Problem("P365", "wrong", contract.place, told, subject=contract.key)


def _edition_faults(registry: Registry, form: Form, taken: set[tuple[str, str]]) -> Iterator[str]:
    if bool(form.edition_of) is not bool(form.from_):
        yield "edition_of 与 from 要一起写"
    if not form.edition_of:
        return
    first = registry.forms[form.edition_of]
    if first.edition_of:
        yield f"接的「{first.key}」本身是新版，应接「{first.edition_of}」"
    if (form.edition_of, form.from_) in taken:
        yield f"与另一版同从 {form.from_} 起"
    taken.add((form.edition_of, form.from_))
    if (form.period, form.lines) != (first.period, first.lines):
        yield "的报告期种类或行数与原表不同，应另立一张表"
    old = {field.name: (field.type, field.unit) for field in first.fields}
    for field in form.fields:
        if old.get(field.name, (field.type, field.unit)) != (field.type, field.unit):
            yield f"改了「{field.label}」（{field.name}）的类型或单位，应另立一项"


@rule("P366", "wrong", "对照表的一行读不懂、单位换算不过去，或填不进另一张表")
def views_read(registry: Registry) -> Iterator[Problem]:
    for view in registry.views.values():
        for line in view.lines:
            if fault := _line_fault(registry, view, line):
                yield Problem(
                    "P366", "wrong", line.place, f"对照表「{view.label}」的「{line.label}」{fault}", subject=view.key
                )


def _line_fault(registry: Registry, view: View, line: ViewLine) -> str:
    fields = {name: f for name, f in _fields(registry, view.form).items() if f.unit}
    try:
        names = parse_expression(line.value, fields).names
    except Unreadable as fault:
        return f"读不懂：{fault}"
    if {registry.units[fields[n].unit].dimension for n in names} != {registry.units[line.unit].dimension}:
        return f"不能换算成{registry.units[line.unit].label}"
    if line.fills or view.fills:
        into = _fields(registry, view.fills).get(line.fills) if view.fills and line.fills else None
        if into is None or into.unit != line.unit:
            return "所填的项不在另一张表上，或单位不同"
    return ""
