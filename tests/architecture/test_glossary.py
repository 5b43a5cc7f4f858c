"""Every word of the glossary points at something that exists."""

import importlib
import pathlib
import re

ROOT = pathlib.Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs/GLOSSARY.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([^|]+) \| [^|]+ \| `([\w.]+)` \|", GLOSSARY, re.M)


def exists(identifier: str) -> bool:
    parts = identifier.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for name in parts[cut:]:
            if not hasattr(found, name):
                return False
            found = getattr(found, name)
        return True
    return False


def test_every_identifier_exists():
    assert len(ROWS) > 30
    assert [word for word, identifier in ROWS if not exists(identifier)] == []


def test_words_are_told_once():
    words = [word for row, _ in ROWS for word in row.split(", ")]
    assert len(words) == len(set(words))
