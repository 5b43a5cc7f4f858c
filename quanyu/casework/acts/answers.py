"""What was answered to a type's questions, as plain values, each checked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from quanyu.measures.periods import day
from quanyu.registry.model import Question
from quanyu.registry.problem import Refused

LONGEST = {"line": 200, "text": 10_000}
NUMBER = {"integer": re.compile(r"-?[0-9]{1,18}"), "decimal": re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?")}


def answers_to(questions: Sequence[Question], given: Mapping[str, Any]) -> dict[str, str]:
    """The answers by name, numbers as text, dates as 2026-11-23, empty ones left out. Unknown names are a bug."""
    if strange := sorted(set(given) - {q.name for q in questions}):
        raise TypeError(f"nobody asked for {', '.join(strange)}")
    found = {q.name: _answer(q, "" if given.get(q.name) is None else str(given[q.name]).strip()) for q in questions}
    return {name: value for name, value in found.items() if value}


def _answer(question: Question, text: str) -> str:
    """One answer in its plain form, or the sentence against it."""
    name = question.label
    if not text:
        if question.required:
            raise Refused(f"“{name}”没有填。", "请填写后再提交。")
        return ""
    if question.type == "choice" and text not in question.choices:
        raise Refused(f"“{name}”没有“{text}”这个选项。", f"可选：{'、'.join(map(str, question.choices.values()))}。")
    if question.type == "date":
        return day(text, str(name)).isoformat()
    if question.type in NUMBER:
        return _number(question, text)
    if len(text) > LONGEST.get(question.type, len(text)):
        raise Refused(f"“{name}”最多 {LONGEST[question.type]} 字，现在是 {len(text)} 字。", "请写短一些，或改传附件。")
    return text


def _number(question: Question, text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace("−", "-")
    if not NUMBER[question.type].fullmatch(plain):
        kind = "整数" if question.type == "integer" else "数"
        raise Refused(f"“{question.label}”应是{kind}，现在是“{text}”。", "请只填数字，不带单位。")
    low, high, value = question.minimum, question.maximum, Decimal(plain)
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = [f"不小于 {low:f}" if low is not None else "", f"不大于 {high:f}" if high is not None else ""]
        raise Refused(f"“{question.label}”应{'、'.join(filter(None, bounds))}，现在是 {plain}。", "请核对后再填。")
    return plain
