"""From package files to a `Registry`, with everything that is wrong with them.

What is returned is closed: every reference inside it leads somewhere. A definition with a fault, and whatever refers to
it, is left out; the fault itself is told once, where it was written.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from yaml import Node, SequenceNode

from quanyu.registry.kinds import FOLDERS, KINDS, PACKAGE, Kind, Package
from quanyu.registry.model import Column, Contract, Form, Industry, Label, Quantity, Registry
from quanyu.registry.problem import Place, Problem, Refused
from quanyu.registry.reading import BAD, Link, Reading, did_you_mean

HEAD = "package.yaml"
INDUSTRIES = "industries.csv"
_NAMES = {kind.name: kind.zh for kind in KINDS.values()} | {"sections": "章节", "industries": "行业"}


def read_files(root: Path, packages: Sequence[str]) -> dict[str, str]:
    """The texts of these packages and of all they require, by posix path below `root`.

    Worked examples (`examples/`) and files other than .yaml and .csv define nothing and are left out.
    """
    files: dict[str, str] = {}
    wanted, seen = list(packages), set[str]()
    while wanted:
        package = wanted.pop()
        if package in seen:
            continue
        seen.add(package)
        here = root / package
        if package in packages and not (here / HEAD).is_file():
            known = sorted(p.parent.name for p in root.glob(f"*/{HEAD}"))
            raise Refused(f"没有名为「{package}」的定义包", did_you_mean(package, known))
        for path in sorted(p for p in here.rglob("*") if p.suffix in (".yaml", ".csv")):
            inside = path.relative_to(here)
            if inside.parts[0] != "examples" and not any(part.startswith(".") for part in inside.parts):
                text = path.read_text(encoding="utf-8-sig", errors="replace")
                files[(PurePosixPath(package) / inside.as_posix()).as_posix()] = text
        head = _head(f"{package}/{HEAD}", files.get(f"{package}/{HEAD}", ""))[0]
        wanted += head.requires if head else ()
    return dict(sorted(files.items()))


def digest(files: Mapping[str, str]) -> str:
    """sha256 (hex) over all paths and texts; the order they come in does not matter."""
    told = json.dumps(sorted(files.items()), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def load(root: Path, packages: Sequence[str]) -> tuple[Registry, list[Problem]]:
    """Read and understand packages: the registry of all that is sound, and all that is not."""
    return load_files(read_files(root, packages))


def load_files(files: Mapping[str, str]) -> tuple[Registry, list[Problem]]:
    """Understand package texts. Nothing is thrown: every fault is a `Problem` with file and line, in that order."""
    problems: list[Problem] = []
    heads = _heads(files, problems)
    shelf = _Shelf(problems)
    for package in heads:
        for path in sorted(files):
            if path.startswith(f"{package}/") and path != f"{package}/{HEAD}":
                _read_file(path, files[path], shelf)
    shelf.fill_contracts()
    shelf.fill_quantities()
    shelf.close()
    settings = {name: value for head in heads.values() for name, value in (head.settings or {}).items()}
    registry = Registry(digest=digest(files), packages=tuple(heads), settings=settings, **shelf.sound())
    return registry, sorted(problems, key=lambda p: (p.place, p.code))


# --- packages --------------------------------------------------------------------------------------------------------


def _head(path: str, text: str) -> tuple[Package | None, list[Problem]]:
    reading = Reading(path)
    node = _compose(reading, text)
    found = BAD if node is None else PACKAGE(reading, node)
    if found is not BAD and found.key != PurePosixPath(path).parent.name:
        reading.wrong("P111", node or Place(path, 1), f"key「{found.key}」与文件夹名不一致")
    return (None if found is BAD else found), reading.problems


def _heads(files: Mapping[str, str], problems: list[Problem]) -> dict[str, Package]:
    """The heads of all packages present, each after those it requires."""
    present = sorted({path.split("/", 1)[0] for path in files})
    heads: dict[str, Package] = {}
    for package in present:
        path = f"{package}/{HEAD}"
        if path not in files:
            first = next(name for name in sorted(files) if name.startswith(f"{package}/"))
            problems.append(Problem("P114", "wrong", Place(first, 1), f"定义包「{package}」缺少 {HEAD}"))
            continue
        head, faults = _head(path, files[path])
        problems += faults
        heads[package] = head or Package(package, Label(package), "", Place(path, 1))
    for head in heads.values():
        for name in head.requires:
            if name not in present:
                hint = did_you_mean(name, present)
                problems.append(Problem("P114", "wrong", head.place, f"需要的定义包「{name}」不在这里", hint))
    return _in_order(heads, problems)


def _in_order(heads: dict[str, Package], problems: list[Problem]) -> dict[str, Package]:
    ordered: dict[str, Package] = {}
    while len(ordered) < len(heads):
        ready = [
            k for k, h in heads.items() if k not in ordered and all(r in ordered or r not in heads for r in h.requires)
        ]
        if not ready:
            ring = [key for key in heads if key not in ordered]
            problems.append(Problem("P115", "wrong", heads[ring[0]].place, f"定义包互相依赖：{'、'.join(ring)}"))
            ready = ring
        ordered |= {key: heads[key] for key in ready}
    return ordered


# --- files -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Shelf:
    """All read so far: definitions by kind and key (`BAD` for the faulty), their places, what they refer to."""

    problems: list[Problem]
    values: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    links: dict[tuple[str, str], list[Link]] = field(default_factory=dict)

    def put(self, kind: str, key: str, value: Any, place: Place, links: list[Link]) -> None:
        if (kind, key) in self.places:
            first = self.places[kind, key]
            self.problems.append(
                Problem("P112", "wrong", place, f"{_NAMES[kind]}「{key}」已经定义过", f"先写在 {first}", subject=key)
            )
            return
        self.values[kind][key], self.places[kind, key], self.links[kind, key] = value, place, links
        if kind == "plans" and value is not BAD:
            for section in value.sections:
                self.put("sections", section.key, section, section.place, [Link(("plans",), key, section.place)])

    def fill_contracts(self) -> None:
        """Give each contract its columns: a report's are the fields of its form, the others are written out."""
        for key, contract in self.values["contracts"].items():
            if contract is BAD:
                continue
            head, _, form_key = contract.provider.partition(":")
            form = self.values["forms"].get(form_key)
            if (head == "report") is (contract.columns is not None):
                told = "报表的列取自报表，不必再写 columns" if head == "report" else "缺少 columns：没有报表可取"
                self.problems.append(Problem("P117", "wrong", contract.place, told, subject=key))
                self.values["contracts"][key] = BAD
            elif head == "report" and isinstance(form, Form):
                later = (f for f in self.values["forms"].values() if isinstance(f, Form) and f.edition_of == form_key)
                self.values["contracts"][key] = _columns(contract, form, *later)

    def fill_quantities(self) -> None:
        """An indicator that names no quantity counts one of its own: same key, name, unit and nature."""
        for key, indicator in list(self.values["indicators"].items()):
            if indicator is BAD or indicator.quantity:
                continue
            self.values["indicators"][key] = replace(indicator, quantity=key)
            own = Quantity(key, indicator.label, indicator.unit, indicator.nature, indicator.place)
            if ("quantities", key) not in self.places:
                self.put("quantities", key, own, own.place, [Link(("units",), own.unit, own.place)])
            self.links["indicators", key].append(Link(("quantities",), key, own.place))

    def close(self) -> None:
        """Tell dangling references, then leave out the faulty and all that leans on them."""
        for (kind, key), links in self.links.items():
            for link in links:
                if not any(link.key in self.values[k] for k in link.kinds):
                    known = [name for k in link.kinds for name in self.values[k]]
                    what = "、".join(_NAMES[k] for k in link.kinds)
                    told = f"没有名为「{link.key}」的{what}"
                    self.problems.append(
                        Problem("P113", "wrong", link.place, told, did_you_mean(link.key, known), subject=key)
                    )
                    self.values[kind][key] = BAD
        left = -1
        while left != (left := sum(value is not BAD for group in self.values.values() for value in group.values())):
            for (kind, key), links in self.links.items():
                if not all(any(self.values[k].get(link.key, BAD) is not BAD for k in link.kinds) for link in links):
                    self.values[kind][key] = BAD

    def sound(self) -> dict[str, dict[str, Any]]:
        """The definitions without fault, by attribute of `Registry`."""
        return {
            kind: {key: value for key, value in self.values[kind].items() if value is not BAD}
            for kind in (*KINDS, "industries")
        }


def _columns(contract: Contract, *editions: Form) -> Contract:
    """Every field of every edition; months and choices are kept as text."""
    columns: dict[str, Column] = {}
    for f in (f for form in editions for f in form.fields):
        columns.setdefault(f.name, f.column)
    return replace(contract, columns=columns)


def _read_file(path: str, text: str, shelf: _Shelf) -> None:
    reading = Reading(path)
    inside = PurePosixPath(path).parts[1:]
    kind = FOLDERS.get(inside[0] if len(inside) > 1 else PurePosixPath(inside[0]).stem)
    if inside == (INDUSTRIES,):
        _read_industries(reading, text, shelf)
    elif kind is None or len(inside) > 2 or path.endswith(".csv") or (kind.alone and len(inside) == 1):
        folder = inside[0].removesuffix(".yaml")
        hint = did_you_mean(folder, [*FOLDERS, INDUSTRIES])
        reading.wrong("P102", Place(path, 1), f"不认识的文件「{'/'.join(inside)}」", hint)
    elif (node := _compose(reading, text)) is not None:
        for item in _items(kind, reading, node):
            _read_object(kind, reading, item, shelf)
    shelf.problems += reading.problems


def _items(kind: Kind, reading: Reading, node: Node) -> Iterator[Node]:
    if kind.alone:
        yield node
    elif isinstance(node, SequenceNode):
        yield from node.value
    else:
        reading.wrong("P101", node, f"{kind.zh}的文件应当是一个列表", "每一项以「- key: …」开头")


def _read_object(kind: Kind, reading: Reading, node: Node, shelf: _Shelf) -> None:
    reading.links, reading.item = [], kind.zh
    value = kind.read(reading, node)
    key = value.key if value is not BAD else _written_key(node)
    stem = PurePosixPath(reading.file).stem
    if value is not BAD and kind.alone and key.rsplit(".", 1)[-1] != stem:
        value = reading.wrong("P111", node, f"key「{key}」与文件名「{stem}」不一致")
    if key:
        shelf.put(kind.name, key, value, reading.place(node), reading.links)


def _written_key(node: Node) -> str:
    """The key of a faulty object, so that references to it are not told as dangling."""
    if not isinstance(node, yaml.MappingNode):
        return ""
    return next((value.value for name, value in node.value if name.value == "key" and isinstance(value.value, str)), "")


def _compose(reading: Reading, text: str) -> Node | None:
    if "\ufffd" in text:
        line = text[: text.index("\ufffd")].count("\n") + 1
        reading.wrong("P101", Place(reading.file, line), "文件不是 UTF-8 编码", "另存为 UTF-8")
        return None
    try:
        node = yaml.compose(text, yaml.CSafeLoader)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = Place(reading.file, mark.line + 1 if mark else 1)
        reading.wrong("P101", where, f"YAML 写法有误：{getattr(fault, 'problem', fault)}", "检查缩进、冒号和引号")
        return None
    if node is None:
        reading.wrong("P101", Place(reading.file, 1), "文件是空的", "写上定义，或删去文件")
    return node


def _read_industries(reading: Reading, text: str, shelf: _Shelf) -> None:
    """`code,section,zh,en`: a section letter or a GB/T 4754 number on each line."""
    rows = csv.reader(StringIO(text))
    if next(rows, None) != ["code", "section", "zh", "en"]:
        reading.wrong("P101", Place(reading.file, 1), "第一行应当是 code,section,zh,en")
        return
    for row in rows:
        place = Place(reading.file, rows.line_num)
        if len(row) != 4 or not all(row[:3]):
            reading.wrong("P104", place, "每行四格：代码、门类、中文名、英文名", f"现在是 {len(row)} 格")
        else:
            code, section, zh, en = row
            links = [Link(("industries",), section, place)]
            shelf.put("industries", code, Industry(code, Label(zh, en), section, place), place, links)
