"""How two sets of definitions differ, in words: what is new, what is gone, what changed from what to what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from quanyu.registry.kinds import KINDS
from quanyu.registry.model import Cite, Dated, Label, Registry, in_force

WORDS = {name: kind.zh for name, kind in KINDS.items()} | {"industries": "行业", "settings": "设置"}
FIELDS = {
    "label": "名称", "unit": "单位", "formula": "公式", "window": "统计窗口", "nature": "性质",
    "direction": "方向", "binding": "约束性", "path": "路径", "steps": "分年目标", "owner": "责任角色",
    "source": "数据来源角色", "frequency": "频次", "supports": "配合角色", "lead": "牵头角色", "due_on": "期限",
    "deliverable": "成果", "quantity": "数量", "value": "数值", "period": "时期", "unstated": "规划未写明",
    "cite": "出处", "cites": "出处", "note": "说明", "because": "理由", "by": "作出者", "on": "日期",
    "sees": "可见页面", "own_only": "只看本单位", "parent": "上级", "kind": "类型", "fields": "栏目",
    "identities": "审核关系", "columns": "列", "sections": "章节", "parts": "组成", "items": "条目",
    "years": "有效年数", "due_days": "报送期限（天）", "since": "生效日", "day": "完成时限", "case": "事项编号",
    "allow": "放过的检查", "holders": "承担单位", "baseline_year": "基期", "target_year": "目标年",
    "order": "次序", "main": "主要指标", "group": "分组", "unverified": "未核实",
}  # fmt: skip
SILENT = {"place", "key"}


def sentences(a: Registry, b: Registry) -> list[str]:
    """What changed from `a` to `b`, one sentence each, kind by kind, in the order of the definitions."""
    return [
        sentence
        for kind, word in WORDS.items()
        for sentence in _between(word, getattr(a, kind), getattr(b, kind), a, b)
    ]


def _between(word: str, old: Mapping[str, Any], new: Mapping[str, Any], a: Registry, b: Registry) -> Iterator[str]:
    for key in [*old, *(k for k in new if k not in old)]:
        if key not in new:
            yield f"删去{word} {_name(old[key], key)}"
        elif key not in old:
            yield f"新增{word} {_name(new[key], key)}"
        elif is_dataclass(new[key]) and type(new[key]) is not Label:
            yield from _inside(
                f"{word} {_name(new[key], key)}", old[key], new[key], (_unit(a, old[key]), _unit(b, new[key]))
            )
        elif old[key] != new[key]:
            yield f"{word} {key}：{_shown(old[key])} → {_shown(new[key])}"


def _inside(where: str, old: Any, new: Any, units: tuple[str, str]) -> Iterator[str]:
    """The fields in which one definition differs from what it was."""
    for field in fields(new):
        was, now = getattr(old, field.name), getattr(new, field.name)
        if field.name in SILENT or was == now:
            continue
        word = FIELDS.get(field.name, field.name)
        if field.name in ("baseline", "target"):
            year = getattr(new, f"{field.name}_year")
            what = "基期值" if field.name == "baseline" else "目标"
            yield from _dated(where, f"{year}年{what}" if year else what, was, now, units)
        elif _keyed(was) is not None and _keyed(now) is not None and (was or now):
            yield from _members(f"{where} · {word}", _keyed(was) or {}, _keyed(now) or {}, units)
        elif isinstance(now, Decimal) or isinstance(was, Decimal):
            yield f"{where}：{word} {_shown(was)}{units[0]} → {_shown(now)}{units[1]}"
        else:
            yield f"{where}：{word} {_shown(was)} → {_shown(now)}"


def _members(where: str, old: Mapping[str, Any], new: Mapping[str, Any], units: tuple[str, str]) -> Iterator[str]:
    for key in [*old, *(k for k in new if k not in old)]:
        if key not in new:
            yield f"{where}：删去 {_name(old[key], key)}"
        elif key not in old:
            yield f"{where}：新增 {_name(new[key], key)}"
        else:
            yield from _inside(f"{where} {_name(new[key], key)}", old[key], new[key], units)
    if set(old) == set(new) and list(old) != list(new):
        yield f"{where}：次序有变"


def _dated(
    where: str, what: str, old: tuple[Dated, ...], new: tuple[Dated, ...], units: tuple[str, str]
) -> Iterator[str]:
    """Dated values: each entry that is new, against what held before it; each that is gone; each written over."""
    was, now = {d.since: d for d in old}, {d.since: d for d in new}
    for since in sorted({*was, *now}):
        if since not in now:
            yield f"{where}：{what} 删去自 {since} 起的 {_shown(was[since].value)}{units[0]}"
        elif was.get(since) != now[since]:
            before = was.get(since) or in_force(new, since - dt.timedelta(days=1))
            first = f"{_shown(before.value)}{units[since not in was]}" if before else "未定"
            then = f"{_shown(now[since].value)}{units[1]}"
            value = f"{first} → {then}" if first != then else f"{then}，数值未变"
            over = "，改写了原有条目" if since in was else ""
            yield f"{where}：{what} {value}，自 {since}{over}，理由：{now[since].because}"


def _keyed(value: Any) -> dict[str, Any] | None:
    """Parts that have names of their own, by name; None for anything else: citations are told whole."""
    if isinstance(value, Mapping):
        return dict(value) if value and all(is_dataclass(v) for v in value.values()) else None
    if not isinstance(value, tuple):
        return None
    names = [getattr(v, "key", None) or getattr(v, "name", None) or getattr(v, "code", None) for v in value]
    return dict(zip(names, value, strict=True)) if all(names) and len(set(names)) == len(names) else None


def _name(value: Any, key: str) -> str:
    label = value if isinstance(value, Label) else getattr(value, "label", None)
    return label.zh if isinstance(label, Label) else key


def _unit(registry: Registry, value: Any) -> str:
    unit = registry.units.get(getattr(value, "unit", ""))
    return unit.label.zh if unit else ""


def _shown(value: Any) -> str:
    match value:
        case None | "" | ():
            return "（无）"
        case bool():
            return "是" if value else "否"
        case Decimal():
            return f"{value:f}"
        case dt.date():
            return value.isoformat()
        case Label():
            return value.zh
        case Cite():
            lines = "、".join(str(line) for line in value.lines)
            return f"{value.document}{f' 第 {lines} 行' if lines else ''}{value.clause}"
        case tuple():
            return "、".join(_shown(v) for v in value)
        case Mapping():
            return "、".join(f"{k} {_shown(v)}" for k, v in value.items()) or "（无）"
        case _ if is_dataclass(value):
            return "，".join(_shown(getattr(value, f.name)) for f in fields(value) if f.name not in SILENT)
        case _:
            return str(value)
