"""How each kind of definition is written.

A definition is a mapping with the names of its class in `quanyu.registry.model`; a name may be left out when the class
gives it a default. What a type alone does not tell (that a word is the key of a unit, a period, a formula) is in
`MEANT`, one row a class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from yaml import Node

from quanyu.registry import model
from quanyu.registry.identity import Unreadable, parse_rule
from quanyu.registry.model.forms import COUNTED
from quanyu.registry.problem import Place

from quanyu.registry.reading import (  # isort: skip
    BAD, Link, Meant, Reader, Reading, keyed, label, listed, mapped, number, number_or_none, one_of, period, plain,
    reader_of, ref, text,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Package:
    """The head of one package: what it is called, which packages it builds on, its settings."""

    key: str
    label: model.Label
    version: str
    place: Place
    requires: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of definition: its attribute of `Registry`, its name for people, its reader, whether alone in its file."""

    name: str
    zh: str
    read: Reader
    alone: bool


def provider(reading: Reading, node: Node) -> Any:
    """`report:<form>`, `filing:<form>`, `standing` or `organisation`."""
    found = text(reading, node)
    if found is BAD or found in ("standing", "organisation"):
        return found
    head, _, form_key = found.partition(":")
    if head not in ("report", "filing") or not form_key:
        hint = "可用：report:<报表>、filing:<报表>、standing、organisation"
        return reading.wrong("P109", node, f"「provider」不能是「{found}」", hint)
    reading.links.append(Link(("forms",), form_key, reading.place(node)))
    return found


def rule(reading: Reading, node: Node) -> Any:
    """The text of an audit relation; whether its names are fields of the form is seen to when the form is whole."""
    words = text(reading, node)
    if words is not BAD:
        try:
            parse_rule(words)
        except Unreadable as fault:
            hint = "例：rd_expense >= rd_outsourced"
            return reading.wrong("P116", node, f"审核关系「{words}」读不懂：{fault}", hint)
    return words


def form(read: Reader) -> Reader:
    """A form: no field twice, and audit relations that name only its own numbers."""

    def read_form(reading: Reading, node: Node) -> Any:
        found = read(reading, node)
        if found is BAD:
            return BAD
        numbers, whole, seen = {f.name for f in found.fields if f.type in COUNTED}, found, set[str]()
        for place, name in [*((f.place, f.name) for f in found.fields), *((i.place, i.code) for i in found.identities)]:
            if name in seen:
                whole = reading.wrong("P112", place, f"「{name}」在本表已经写过")
            seen.add(name)
        for identity in found.identities:
            try:
                parse_rule(identity.rule, numbers)
            except Unreadable as fault:
                told = f"审核关系「{identity.rule}」读不懂：{fault}"
                whole = reading.wrong("P116", identity.place, told, "只能用本表的数字项")
        return whole

    return read_form


def document(read: Reader) -> Reader:
    """A document is written with a `label`, like everything else, though it is a label itself."""

    def read_document(reading: Reading, node: Node) -> Any:
        found = read(reading, node)
        return found if found is BAD else model.Document(found.label.zh, found.label.en, **found.rest())

    return read_document


@dataclass(frozen=True, slots=True)
class _Document:
    key: str
    label: model.Label
    place: Place
    number: str = ""
    note: model.Label | None = None
    unverified: bool = False

    def rest(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("key", "place", "number", "note", "unverified")}


_LAMPS = one_of("done", "ok", "warn", "late", "none", "conflict")
_ROLE, _ROLES = ref("roles", empty=True), listed(ref("roles"))

MEANT: Meant = {
    Package: {"settings": mapped(text, plain)},
    model.Cite: {"document": ref("documents")},
    model.Dated: {"value": number_or_none, "statement": ref("statements", empty=True)},
    model.Column: {"unit": ref("units", empty=True)},
    model.Field: {"unit": ref("units", empty=True)},
    model.Identity: {"rule": rule},
    model.Form: {
        "reporters": ref("titles", empty=True), "filled_by": _ROLE, "confirmed_by": _ROLE,
        "edition_of": ref("forms", empty=True), "from_": period,
    },
    model.Caliber: {"form": ref("forms"), "base": ref("calibers", empty=True), "at_most": listed(ref("calibers"))},
    model.Edit: {"form": ref("forms"), "rule": rule},
    model.Benchmark: {"form": ref("forms")},
    model.Screening: {"form": ref("forms")},
    model.View: {"form": ref("forms"), "fills": ref("forms", empty=True)},
    model.ViewLine: {"unit": ref("units", empty=True)},
    model.Section: {"parent": ref("sections", empty=True)},
    model.Plan: {"holders": mapped(ref("roles"), ref("departments"))},
    model.Area: {"kind": ref("organisation_kinds"), "parent": ref("areas", empty=True)},
    model.Department: {
        "kind": ref("organisation_kinds"), "area": ref("areas", empty=True), "parent": ref("departments", empty=True),
    },
    model.Quantity: {"unit": ref("units"), "part_of": ref("quantities", empty=True)},
    model.Growth: {"since": period, "of": ref("quantities", empty=True)},
    model.Statement: {
        "subject": ref("quantities"), "period": period, "unit": ref("units", empty=True),
        "parts": listed(ref("quantities")),
    },
    model.Derivation: {"result": ref("quantities"), "unit": ref("units")},
    model.Indicator: {
        "unit": ref("units"), "quantity": ref("quantities", empty=True), "source": _ROLE, "owner": _ROLE,
        "supports": _ROLES, "lamps": ref("lamps"),
    },
    model.Task: {
        "section": ref("sections"), "lead": _ROLE, "supports": _ROLES, "unit": ref("units", empty=True),
        "indicators": listed(ref("indicators")),
    },
    model.Ruling: {
        "subject": ref("indicators", "quantities", "tasks", "statements", "derivations"),
        "statement": ref("statements", empty=True),
    },
    model.AppraisalScheme: {"units": listed(ref("roles"))},
    model.AppraisalItem: {"slip": ref("slips", empty=True)},
    model.Amendment: {"subject": ref("indicators", "tasks")},
    model.Published: {"quantity": ref("quantities"), "period": period, "unit": ref("units")},
}  # fmt: skip
MEANT |= {
    model.Wording: {"words": mapped(text, text)},
    model.Party: {"role": _ROLE},
    model.Question: {"unit": ref("units", empty=True)},
    model.IndexGroup: {"indicators": listed(ref("indicators")), "weights": mapped(ref("indicators"), number)},
    model.Outcome: {"lamp": _LAMPS},
    model.Carriage: {"roles": _ROLES},
    model.Alert: {"indicators": listed(ref("indicators"))},
    model.Lever: {"indicators": listed(ref("indicators"))},
    model.LeverTest: {"unit": ref("units")},
    model.Oddity: {"form": ref("forms"), "title": ref("titles", empty=True)},
    model.Ledger: {"unit": ref("units"), "units": listed(ref("units"))},
    model.Action: {"guard": listed(ref("hooks")), "then": listed(ref("hooks"))},
    model.Trait: {"unit": ref("units", empty=True)},
    model.TraitSource: {"contract": ref("contracts", empty=True), "title": ref("titles", empty=True)},
    model.Parameter: {"unit": ref("units")},
    model.PoolRule: {"policy": ref("policies", empty=True)},
    model.Pool: {"title": ref("titles", empty=True), "lead": _ROLE},
    model.PointItem: {"unit": ref("units", empty=True)},
    model.PointScale: {"points": ref("points"), "weights": mapped(text, number), "full": mapped(text, number)},
    model.Foresight: {"titles": listed(ref("titles"))},
    model.Move: {
        "changes": mapped(ref("traits"), number),
        "sets": mapped(ref("traits"), text),
        "within": mapped(ref("traits"), ref("traits")),
    },
    model.Condition: {"unit": ref("units", empty=True)},
    model.ScoreItem: {"unit": ref("units", empty=True)},
    model.Policy: {
        "lead": _ROLE,
        "grants": ref("titles", empty=True),
        "stacking": ref("stackings", empty=True),
        "replaces": ref("policies", empty=True),
        "supports": listed(ref("indicators")),
    },
}
MEANT |= {
    model.Contract: {"provider": provider, "columns": keyed(model.Column, "name", MEANT)},
    model.CaseType: {
        "then": listed(ref("hooks")),
        **{
            name: keyed(cls, "key", MEANT)
            for name, cls in (("parties", model.Party), ("states", model.State), ("actions", model.Action))
        },
    },
    model.Index: {"groups": keyed(model.IndexGroup, "key", MEANT)},
    model.Round: {
        "outcomes": keyed(model.Outcome, "key", MEANT, one_of(*get_args(model.OutcomeKey))),
        "sections": mapped(one_of("overview", "indicators", "tasks", "problems", "index", "advice"), label),
        "scores": mapped(one_of("self", "third", "public"), label),
    },
    model.Lamps: {"states": keyed(model.LampState, "key", MEANT, _LAMPS)},
}
LEFT_OUT: Mapping[type[Any], Mapping[str, Any]] = {
    model.Contract: {"columns": None},  # a report's columns are the fields of its form
    model.Field: {"code": "", "unit": ""},
    model.Identity: {"mood": "wrong"},
}


def _kind(name: str, zh: str, cls: type[Any], alone: bool, wrap: Callable[[Reader], Reader] | None = None) -> Kind:
    read = reader_of(cls, MEANT, LEFT_OUT)
    return Kind(name, zh, wrap(read) if wrap else read, alone)


PACKAGE = reader_of(Package, MEANT, LEFT_OUT)
KINDS = {
    kind.name: kind
    for kind in (
        # lists: <kind>.yaml, or any files in the folder <kind>/
        _kind("units", "单位", model.Unit, False),
        _kind("roles", "角色", model.Role, False),
        _kind("organisation_kinds", "组织类别", model.OrganisationKind, False),
        _kind("titles", "资格称号", model.TitleKind, False),
        _kind("areas", "区域", model.Area, False),
        _kind("departments", "部门", model.Department, False),
        _kind("documents", "文件依据", _Document, False, document),
        _kind("quantities", "数量", model.Quantity, False),
        _kind("statements", "原文数字", model.Statement, False),
        _kind("derivations", "推算关系", model.Derivation, False),
        _kind("published", "公布数", model.Published, False),
        _kind("edits", "核对规则", model.Edit, False),
        _kind("screenings", "筛选规则", model.Screening, False),
        _kind("calibers", "口径", model.Caliber, False),
        _kind("benchmarks", "对标项", model.Benchmark, False),
        _kind("hooks", "挂接点", model.Hook, False),
        _kind("topics", "通知种类", model.Topic, False),
        _kind("slips", "督办单", model.Slip, False),
        _kind("levers", "抓手", model.Lever, False),
        _kind("plausibility", "异常规则", model.Oddity, False),
        _kind("traits", "企业特征", model.Trait, False),
        _kind("surveys", "问卷", model.Survey, False),
        _kind("risks", "核查规则", model.Risk, False),
        _kind("stackings", "叠加规则", model.Stacking, False),
        _kind("pools", "梯度", model.Pool, False),
        _kind("points", "创新积分", model.Points, False),
        _kind("point_scales", "积分权重", model.PointScale, False),
        _kind("foresights", "预见规则", model.Foresight, False),
        _kind("moves", "可做的改变", model.Move, False),
        _kind("letterheads", "发文名义", model.Letterhead, False),
        _kind("wordings", "公文用语", model.Wording, False),
        # one definition a file: <kind>/<key>.yaml
        _kind("contracts", "事实表", model.Contract, True),
        _kind("forms", "报表", model.Form, True, form),
        _kind("views", "对照表", model.View, True),
        _kind("lamps", "亮灯规则", model.Lamps, True),
        _kind("plans", "规划", model.Plan, True),
        _kind("indicators", "指标", model.Indicator, True),
        _kind("tasks", "任务", model.Task, True),
        _kind("strategies", "战略", model.Strategy, True),
        _kind("technologies", "技术领域", model.Technology, True),
        _kind("rulings", "裁定", model.Ruling, True),
        _kind("appraisals", "考核办法", model.AppraisalScheme, True),
        _kind("amendments", "规划调整", model.Amendment, True),
        _kind("case_types", "事项类型", model.CaseType, True),
        _kind("indices", "综合指数", model.Index, True),
        _kind("evaluations", "评估轮次", model.Round, True),
        _kind("alerts", "预警规则", model.Alert, True),
        _kind("ledgers", "辅助账", model.Ledger, True),
        _kind("layouts", "支付文件格式", model.Layout, True),
        _kind("policies", "政策", model.Policy, True),
        _kind("holidays", "节假日安排", model.Holidays, True),
    )
}
FOLDERS = {"facts" if name == "contracts" else name: kind for name, kind in KINDS.items()}
