"""A scenario as a policy's file: the text as it is written, with new dated values of parameters put behind the old."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

import yaml

from quanyu.plan.reads import files
from quanyu.registry.load import load_files
from quanyu.registry.model import Policy
from quanyu.registry.problem import Refused


def draft(policy: Policy, changes: Mapping[str, str], since: dt.date, because: str) -> tuple[str, str]:
    """Path and text of the policy's file with these values from `since` on; refused when a check would refuse it."""
    for p in policy.parameters:
        if p.key in changes and (last := max((v.since for v in p.values), default=dt.date.min)) >= since:
            raise Refused(f"“{p.label}”已有自{last}起的数值，草案的{since}须晚于它。", "请把施行日期往后写。")
    held, path = files(), policy.place.file
    text = _with_values(held[path], changes, since, because)
    if wrong := [p for p in load_files(held | {path: text})[1] if p.blocks]:
        raise Refused(f"写出的草案没有通过检查：{wrong[0]}", "请改方案里的数值，或直接改政策文件。")
    return path, text


def _with_values(text: str, changes: Mapping[str, str], since: dt.date, because: str) -> str:
    """Put one entry behind each parameter's values; comments and everything else stay as they are."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    listed = _child(root, "parameters")
    put: list[tuple[int, str]] = []
    for node in listed.value if listed else ():
        key = _child(node, "key").value
        if key not in changes:
            continue
        entry = f"{{since: {since}, value: {changes[key]}, because: {json.dumps(because, ensure_ascii=False)}}}"
        values = _child(node, "values")
        whole, entry = (node, f"values: [{entry}]") if values is None else (values, entry)
        if whole.flow_style:
            end = whole.end_mark.index - 1
            first = text[:end].rstrip().endswith(("[", ",", "{"))
            put.append((end, entry if first else f", {entry}"))
        else:
            dash = "" if values is None else "- "
            put.append((_line_end(text, whole), f"\n{' ' * whole.start_mark.column}{dash}{entry}"))
    for at, words in sorted(put, reverse=True):
        text = text[:at] + words + text[at:]
    return text


def _child(node: yaml.Node, name: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for key, value in pairs if key.value == name), None)


def _line_end(text: str, node: yaml.Node) -> int:
    """Where the last line of a block ends (its own mark may lie beyond comments that follow)."""
    last = node
    while not isinstance(last, yaml.ScalarNode) and not last.flow_style and last.value:
        last = last.value[-1][1] if isinstance(last, yaml.MappingNode) else last.value[-1]
    end = len(text[: last.end_mark.index].rstrip())
    newline = text.find("\n", end)
    return len(text) if newline < 0 else newline
