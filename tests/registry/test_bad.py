"""Every check code has exactly one file in `bad/` that shows it, and that file shows nothing else.

A bad file is one YAML mapping, laid over the sound packages of `good/`:

    base: [small]            packages of good/ it starts from (this is the default; [] starts from nothing)
    at: [small/x.csv:3]      places of the fault, where the line itself cannot carry the mark
    also: [P225]             other codes that this fault cannot but raise (rare; say why in a comment)
    files:
      small/indicators/high_tech_enterprises.yaml: |     a whole new text,
        key: high_tech_enterprises
        unit: firn   # here                              with the faulty line marked `# here`
      small/plans/town.yaml: null                        or null: the file is gone
      small/tasks/grow.yaml: {"unit: firm": "unit: firn # here"}      or words replaced in the text of `good/`
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from quanyu.registry.check import check, codes, table
from quanyu.registry.load import load_files, read_files
from quanyu.registry.problem import Problem

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad").glob("*.yaml"))
MARK = "# here"


def changed(text: str | None, change: Any) -> str | None:
    """A file's text after one change of a bad file. Words to replace must be there."""
    if not isinstance(change, dict):
        return change
    assert text is not None
    for old, new in change.items():
        assert old in text, f"{old!r} is not in the good file"
        text = text.replace(old, new, 1)
    return text


def lay_out(case: dict[str, Any]) -> dict[str, str]:
    """The package texts of a bad file."""
    files: dict[str, str | None] = dict(read_files(HERE / "good", case.get("base", ["small"])))
    for path, change in case["files"].items():
        files[path] = changed(files.get(path), change)
    return {path: text for path, text in files.items() if text is not None}


def marked(files: dict[str, str], case: dict[str, Any]) -> set[str]:
    """Where the faults are, as `file:line`."""
    lines = ((path, n, line) for path, text in files.items() for n, line in enumerate(text.splitlines(), 1))
    return {f"{path}:{n}" for path, n, line in lines if line.rstrip().endswith(MARK)} | set(case.get("at", []))


def complaints(files: dict[str, str]) -> list[Problem]:
    registry, problems = load_files(files)
    return problems + check(registry)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_file_shows_its_code_at_the_marked_lines_and_nothing_else(path: Path) -> None:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    files = lay_out(case)
    found = complaints(files)
    expected = {(path.stem, place) for place in marked(files, case)}
    assert expected, "mark the faulty line with `# here`"
    shown = {(p.code, str(p.place)) for p in found if p.code not in case.get("also", [])}
    assert shown == expected, [str(p) for p in found]
    assert {p.code for p in found} - {path.stem} == set(case.get("also", []))


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_file_complains_in_its_mood_and_in_chinese(path: Path) -> None:
    moods = {code: mood for code, mood, _ in table()}
    found = complaints(lay_out(yaml.safe_load(path.read_text(encoding="utf-8"))))
    assert all(p.mood == moods[p.code] for p in found)
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in p.message) for p in found)


def test_every_code_has_one_bad_file_and_every_bad_file_a_code() -> None:
    assert sorted(path.stem for path in BAD) == sorted(codes())


def test_table_tells_every_code_once() -> None:
    assert [code for code, _, _ in table()] == sorted(codes())
    assert all(meaning for _, _, meaning in table())
