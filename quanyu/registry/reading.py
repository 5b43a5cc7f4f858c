"""Reading YAML nodes into frozen values, with the line of everything and every fault noted.

A `Reader` takes the `Reading` in hand and a node, and returns a value, or `BAD` after noting what is wrong. Readers are
put together (`listed(ref("roles"))`), and `reader_of` makes the reader of a whole dataclass from its annotations.
Nothing is thrown: what cannot be read is noted and left out, and reading goes on to the end.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from quanyu.registry.codes import READING
from quanyu.registry.model import Label
from quanyu.registry.problem import Place, Problem

BAD: Final[Any] = object()
Value = Any  # what a reader makes of a node; each kind's dataclass says which type its fields take
Reader = Callable[["Reading", Node], Value]
Meant = dict[type[Any], Mapping[str, Reader]]  # by class and field: the reader, where the type does not tell
LeftOut = Mapping[type[Any], Mapping[str, Any]]  # by class and field: the value when it is not written

_TAG = "tag:yaml.org,2002:"
_KEY = re.compile(r"[a-z][a-z0-9_]*([.-][a-z0-9_]+)*")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PERIOD = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4]|-H[12]|-YTD(0[1-9]|1[0-2])|/[0-9]{4})?")
_DEEPEST = 20  # levels of `settings:`; an alias inside itself has no end


@dataclass(frozen=True, slots=True)
class Link:
    """A reference to another definition: the kinds it may be of, its key, and where it is written."""

    kinds: tuple[str, ...]
    key: str
    place: Place


@dataclass(slots=True)
class Reading:
    """The state of reading one file: what was found wrong so far, and what the object in hand refers to."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    item: str = ""  # the name in front of the value in hand

    def place(self, node: Node) -> Place:
        return Place(self.file, node.start_mark.line + 1)

    def wrong(self, code: str, at: Node | Place, message: str, hint: str = "") -> Value:
        """Note a fault and return `BAD`."""
        if code not in READING:
            raise KeyError(code)
        place = at if isinstance(at, Place) else self.place(at)
        self.problems.append(Problem(code, "wrong", place, message, hint))
        return BAD

    def pairs(self, node: Node) -> list[tuple[str, Node, Node]] | None:
        """The (name, name's node, value's node) of a mapping; None if it is none. Names written twice are noted."""
        if not isinstance(node, MappingNode):
            self.wrong("P106", node, f"「{self.item}」应当是映射（名: 值）", f"现在写的是{shape(node)}")
            return None
        seen: dict[str, tuple[str, Node, Node]] = {}
        for name, value in node.value:
            if not isinstance(name, ScalarNode):
                self.wrong("P106", name, "映射的名应当是一个词", f"现在写的是{shape(name)}")
            elif name.value in seen:
                first = self.place(seen[name.value][1]).line
                self.wrong("P105", name, f"「{name.value}」写了两次", f"第 {first} 行已经写过，只留一处")
            else:
                seen[name.value] = (name.value, name, value)
        return list(seen.values())


def shape(node: Node) -> str:
    """What a node is, in Chinese, for hints."""
    if isinstance(node, MappingNode):
        return "映射"
    if isinstance(node, SequenceNode):
        return "列表"
    return "空" if node.tag == _TAG + "null" else f"「{node.value}」"


def did_you_mean(word: str, known: list[str]) -> str:
    """A hint with the nearest known word, or with all of them when they are few, or nothing."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"是不是「{near[0]}」？"
    return f"可用：{'、'.join(sorted(known))}" if 0 < len(known) <= 12 else ""


# --- single values ---------------------------------------------------------------------------------------------------


def text(reading: Reading, node: Node) -> Value:
    """Words, exactly as written: `2020` and `'2020'` are the same words."""
    if not isinstance(node, ScalarNode) or node.tag in (_TAG + "bool", _TAG + "null"):
        return reading.wrong("P106", node, f"「{reading.item}」应当是文字", f"现在写的是{shape(node)}；文字可加引号")
    return node.value


def key(reading: Reading, node: Node) -> Value:
    """A key: lower-case English words joined by `_`, parts by `.` or `-`."""
    if not isinstance(node, ScalarNode) or not _KEY.fullmatch(node.value):
        return reading.wrong("P110", node, f"key 写法不对：{shape(node)}", "小写英文字母、数字和下划线，如 rd_to_gdp")
    return node.value


def number(reading: Reading, node: Node) -> Value:
    """An exact number, read from its digits and never through binary floating point."""
    return _digits(reading, node, _NUMBER, "数字", Decimal)


def whole(reading: Reading, node: Node) -> Value:
    """A whole number."""
    return _digits(reading, node, _WHOLE, "整数", int)


def or_none(reader: Reader) -> Reader:
    """A value, or an explicit `null`: it is known to be absent."""

    def read(reading: Reading, node: Node) -> Value:
        return None if node.tag == _TAG + "null" else reader(reading, node)

    return read


number_or_none = or_none(number)


def _digits(reading: Reading, node: Node, pattern: re.Pattern[str], what: str, make: Callable[[str], Value]) -> Value:
    if isinstance(node, ScalarNode) and pattern.fullmatch(node.value):
        return make(node.value)
    plain = unicodedata.normalize("NFKC", node.value).replace(",", "").strip() if isinstance(node, ScalarNode) else ""
    hint = f"写成 {plain}" if pattern.fullmatch(plain) else "用半角数字，不带千分号、单位和百分号"
    return reading.wrong("P107", node, f"「{reading.item}」应当是{what}，现在写的是{shape(node)}", hint)


def flag(reading: Reading, node: Node) -> Value:
    """Yes or no, written `true` or `false`."""
    if isinstance(node, ScalarNode) and node.value in ("true", "false") and node.tag == _TAG + "bool":
        return node.value == "true"
    return reading.wrong("P106", node, f"「{reading.item}」只能是 true 或 false", f"现在写的是{shape(node)}")


def date(reading: Reading, node: Node) -> Value:
    """A day that exists, written 2021-01-01."""
    if isinstance(node, ScalarNode) and _DATE.fullmatch(node.value):
        try:
            return dt.date.fromisoformat(node.value)
        except ValueError:
            return reading.wrong("P108", node, f"「{reading.item}」写了不存在的日子「{node.value}」")
    return reading.wrong("P108", node, f"「{reading.item}」应当是日期，现在写的是{shape(node)}", "写成 2021-01-01")


def period(reading: Reading, node: Node) -> Value:
    """A period in words of `quanyu.measures.periods`: 2020, 2024-09, 2024-Q3, 2024-H1, 2024-YTD09, 2021/2025."""
    if isinstance(node, ScalarNode) and _PERIOD.fullmatch(node.value):
        return node.value
    hint = "写成 2020、2024-09、2024-Q3、2024-H1、2024-YTD09 或 2021/2025"
    return reading.wrong("P108", node, f"「{reading.item}」应当是时期，现在写的是{shape(node)}", hint)


def one_of(*words: str) -> Reader:
    """One of a few fixed words."""

    def read(reading: Reading, node: Node) -> Value:
        if isinstance(node, ScalarNode) and node.value in words:
            return node.value
        return reading.wrong("P109", node, f"「{reading.item}」不能是{shape(node)}", f"可用：{'、'.join(words)}")

    return read


def ref(*kinds: str, empty: bool = False) -> Reader:
    """The key of another definition, of one of these kinds; with `empty`, "" says there is none."""

    def read(reading: Reading, node: Node) -> Value:
        found = text(reading, node)
        if found is not BAD and not (empty and found == ""):
            reading.links.append(Link(kinds, found, reading.place(node)))
        return found

    return read


def label(reading: Reading, node: Node) -> Value:
    """A name: `{zh: …, en: …}`, or the Chinese alone."""
    if not isinstance(node, ScalarNode):
        return _LABEL(reading, node)
    words = text(reading, node)
    return BAD if words is BAD else Label(words)


def plain(reading: Reading, node: Node, depth: int = 0) -> Value:
    """Free-form settings: numbers exact, the rest as written."""
    if depth > _DEEPEST and not isinstance(node, ScalarNode):
        return reading.wrong("P106", node, "settings 套得太深")
    if isinstance(node, SequenceNode):
        items = [plain(reading, item, depth + 1) for item in node.value]
        return BAD if BAD in items else items
    if isinstance(node, MappingNode):
        found = {
            plain(reading, name, depth + 1): plain(reading, value, depth + 1)
            for _, name, value in reading.pairs(node) or []
        }
        return BAD if BAD in found or BAD in found.values() else found
    if node.tag in (_TAG + "int", _TAG + "float"):
        return whole(reading, node) if node.tag == _TAG + "int" else number(reading, node)
    if node.tag == _TAG + "timestamp":
        return date(reading, node)
    if node.tag == _TAG + "bool":
        return flag(reading, node)
    return None if node.tag == _TAG + "null" else node.value


# --- values put together ---------------------------------------------------------------------------------------------


def listed(reader: Reader) -> Reader:
    """A list, as a tuple."""

    def read(reading: Reading, node: Node) -> Value:
        if not isinstance(node, SequenceNode):
            return reading.wrong("P106", node, f"「{reading.item}」应当是列表", f"现在写的是{shape(node)}")
        items = tuple(reader(reading, item) for item in node.value)
        return BAD if BAD in items else items

    return read


def mapped(name: Reader, value: Reader) -> Reader:
    """A mapping from read names to read values."""

    def read(reading: Reading, node: Node) -> Value:
        pairs = reading.pairs(node)
        if pairs is None:
            return BAD
        found = {name(reading, name_node): value(reading, value_node) for _, name_node, value_node in pairs}
        return BAD if BAD in found or BAD in found.values() else found

    return read


def keyed(cls: type[Any], named: str, meant: Meant, name: Reader = key) -> Reader:
    """A mapping `name: {…}` of `cls`, whose `named` field is that name."""
    body = _body(cls, meant, {}, named)

    def read(reading: Reading, node: Node) -> Value:
        values = mapped(name, body)(reading, node)
        return BAD if values is BAD else {found: cls(**{named: found}, **rest) for found, rest in values.items()}

    return read


def reader_of(cls: type[Any], meant: Meant, left_out: LeftOut) -> Reader:
    """The reader of a dataclass: a mapping with its fields, each read as its type or `meant` says.

    Fields without a default are required, save those with a value in `left_out`. `place` is filled in.
    """
    body = _body(cls, meant, left_out)

    def read(reading: Reading, node: Node) -> Value:
        values = body(reading, node)
        return BAD if values is BAD else cls(**values)

    return read


def _body(cls: type[Any], meant: Meant, left_out: LeftOut, named: str = "") -> Reader:
    """The fields of a dataclass as a dict; unknown names, missing ones and bad values are all noted."""
    types, own, otherwise = get_type_hints(cls), dict(meant.get(cls, {})), dict(left_out.get(cls, {}))
    taken = {f.name: f for f in fields(cls) if f.name not in ("place", named)}
    written = {name.removesuffix("_"): name for name in taken}  # `from` is a word of Python's
    readers = {
        name: own.get(name) or (key if name == "key" else _by_type(types[name], meant, left_out)) for name in taken
    }
    required = [n for n, f in taken.items() if f.default is f.default_factory is MISSING and n not in otherwise]
    placed = "place" in types

    def read(reading: Reading, node: Node) -> Value:
        pairs, outer = reading.pairs(node), reading.item
        if pairs is None:
            return BAD
        values = dict(otherwise)
        for name, name_node, value_node in pairs:
            reading.item = name
            if name in written:
                values[written[name]] = readers[written[name]](reading, value_node)
            else:
                bare = value_node.tag == _TAG + "null"
                hint = "花括号里的文字含逗号时要加引号" if bare else did_you_mean(name, list(written))
                values[name] = reading.wrong("P103", name_node, f"不认识「{name}」", hint)
        reading.item = outer
        for name in required:
            if name not in values:
                values[name] = reading.wrong("P104", node, f"缺少「{name.removesuffix('_')}」")
        if placed:
            values["place"] = reading.place(node)
        return BAD if BAD in values.values() else values

    return read


def _by_type(kind: Any, meant: Meant, left_out: LeftOut) -> Reader:
    """The reader that a type annotation asks for."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return one_of(*inner)
    if origin is tuple:
        return listed(_by_type(inner[0], meant, left_out))
    if origin is Mapping:
        return mapped(_by_type(inner[0], meant, left_out), _by_type(inner[1], meant, left_out))
    if type(None) in inner:
        return or_none(_by_type(inner[0], meant, left_out))
    return _PLAIN[kind] if kind in _PLAIN else reader_of(kind, meant, left_out)


_PLAIN: dict[type[Any], Reader] = {str: text, int: whole, bool: flag, Decimal: number, dt.date: date, Label: label}
_LABEL = reader_of(Label, {}, {})
