"""Every sentence that pages and code mark for translation, against the English catalogue.

`python -m tests.web.catalogue` adds what is missing to the .po with an empty text, drops what is no longer used, and
compiles the .mo; an empty text fails `test_translations.py`.
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
PO = ROOT / "quanyu/locale/en/LC_MESSAGES/django.po"
KEYWORDS = ("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "later")
Message = str | tuple[str, str]


def marked() -> dict[Message, list[str]]:
    """Each sentence (or singular and plural) → the files it stands in."""
    found: dict[Message, list[str]] = {}
    for path in sorted((ROOT / "quanyu").rglob("*")):
        if path.suffix == ".html":
            code = templatize(path.read_text("utf-8"))
        elif path.suffix == ".py":
            code = path.read_text("utf-8")
        else:
            continue
        name = path.relative_to(ROOT).as_posix()
        for _line, function, message, _comments in extract_python(io.BytesIO(code.encode()), KEYWORDS, (), {}):
            if not message or not isinstance(message, (str, tuple)):
                continue
            if isinstance(message, tuple):
                texts = tuple(m for m in message if isinstance(m, str))
                message = (texts[0], texts[1]) if function == "ngettext" else texts[0]
            places = found.setdefault(message, [])
            if name not in places:
                places.append(name)
    return found


def english() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def update() -> list[Message]:
    """Bring the .po in line with the sources and compile it; the messages still without English."""
    old = english() if PO.exists() else Catalog(locale="en")
    new = Catalog(
        locale="en", project="quanyu", version="0.1", fuzzy=False, header_comment="# English texts of quanyu's pages.",
        msgid_bugs_address="", last_translator="quanyu", language_team="en",
    )  # fmt: skip
    for message, places in marked().items():
        held = old.get(message if isinstance(message, str) else message[0])
        new.add(message, held.string if held else "", locations=[(p, None) for p in places])
    new.revision_date = new.creation_date = old.creation_date
    with PO.open("wb") as file:
        write_po(file, new, width=120, sort_output=True)
    PO.with_suffix(".mo").write_bytes(compiled(new))
    return missing(new)


def compiled(catalog: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def missing(catalog: Catalog) -> list[Message]:
    """What has no English yet."""
    return [m.id for m in catalog if m.id and not (all(m.string) if isinstance(m.string, tuple) else m.string)]


if __name__ == "__main__":
    for message in update():
        print(message)
