"""The files of departments: who may hand in which, what their columns mean, where their content lies for a moment."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet

from quanyu.bureaus.reporting.models import ColumnMapping, SuppliedFile
from quanyu.facts import reads as facts
from quanyu.facts import sheets
from quanyu.facts.sheets import Sheet
from quanyu.measures.periods import LENGTHS, Period, month_index
from quanyu.people.reads import Permit
from quanyu.registry.model import Form, Registry, Unit
from quanyu.registry.problem import Refused

HOURS = 1
"""A folder older than this belongs to a process that was killed."""
NEAR = 0.5
"""How alike a title and the name of a field must be to be guessed."""


def forms_of(held: Permit, registry: Registry) -> list[Form]:
    """The departments' forms this person may hand in: those their roles fill; the office, which sees every matter, all.

    A form that firms fill is not handed in here.
    """
    mine, every = {role.key for role, _own in held.hats}, held.may("supply") and held.everywhere("cases")
    return [
        f for f in registry.forms.values()
        if f.filled_by and not f.lines and not f.edition_of and f.key != "published"
        and not registry.roles[f.filled_by].own_only and held.may("supply") and (every or f.filled_by in mine)
    ]  # fmt: skip


def next_period(form: Form, on: dt.date) -> str:
    """The period a form is likely handed in for: the one after the last on file, or the last that is over."""
    length = LENGTHS[form.period]
    over = Period.ending(month_index(on) // length * length - 1, form.period)
    held = next(iter(facts.periods_of(form.key)), None)
    return str(min(Period.parse(held).following(), over, key=lambda p: p.last_month) if held else over)


def files(forms: Sequence[Form]) -> QuerySet[SuppliedFile]:
    """What was handed in, newest first."""
    rows = SuppliedFile.objects.filter(form__in=[f.key for f in forms]).select_related("taken", "by")
    return rows.defer("content", "refused")


@contextmanager
def laid_out(name: str, content: bytes) -> Iterator[Path]:
    """The content as a file under its own name, for as long as the block lasts. What a killed process left behind goes
    first."""
    root = Path(settings.QUANYU_HOME, "supply")
    root.mkdir(parents=True, exist_ok=True)
    limit = dt.timedelta(hours=HOURS).total_seconds()
    with tempfile.TemporaryDirectory(dir=root) as folder:
        now = Path(folder).stat().st_mtime
        for old in root.iterdir():
            if now - old.stat().st_mtime > limit:
                shutil.rmtree(old, ignore_errors=True)
        path = Path(folder, name)
        path.write_bytes(content)
        yield path


class ColumnLine(NamedTuple):
    """One column of a file on the page where it is told what it means."""

    number: int
    letter: str
    title: str
    sample: str
    chosen: str


@dataclass(frozen=True)
class Titles:
    """The heading of a file, some rows below it, and what its columns are taken to mean."""

    form: Form
    sheet: Sheet
    words: Sequence[str]
    below: Sequence[Sequence[Any]]

    @cached_property
    def digest(self) -> str:
        """The same for every file with these titles."""
        return hashlib.sha256("\n".join(sheets.heading(w) for w in self.words).encode()).hexdigest()

    @cached_property
    def mapping(self) -> ColumnMapping | None:
        return ColumnMapping.objects.filter(form=self.form.key, digest=self.digest).first()

    @cached_property
    def meant(self) -> list[str]:
        """What each column holds by the form's own words and what was confirmed before; "" where neither says."""
        names = sheets.names_of(self.form) | (self.mapping.columns if self.mapping else {})
        return [_meaning(w, names) for w in self.words]

    @property
    def clear(self) -> bool:
        """Is there nothing left to ask: a firm, and everything the form requires?"""
        held = set(self.meant)
        return bool(held & sheets.FIRM.keys()) and {f.name for f in self.form.fields if f.required} <= held

    @property
    def lines(self) -> list[ColumnLine]:
        """Every titled column with what it means, or else the field of the nearest name."""
        words = {sheets.heading(f.label.zh): f.name for f in self.form.fields}
        words |= sheets.aliases(sheets.FIRM | sheets.PERIOD)
        taken, found = set(self.meant), []
        for n, (title, chosen) in enumerate(zip(self.words, self.meant, strict=True)):
            if title and not chosen:
                bare = sheets.without_unit(sheets.heading(title))[0]
                near = get_close_matches(bare, [w for w, name in words.items() if name not in taken], 1, NEAR)
                chosen = words[near[0]] if near else ""
            taken.add(chosen)
            sample = "、".join(t for row in self.below if n < len(row) and (t := sheets.text_of(row[n])))
            if title:
                found.append(ColumnLine(n, self.sheet.letter(n), title, sample, chosen))
        return found


def titles_of(path: Path, form: Form) -> Titles:
    """The heading of the sheet that says most of the form, the upper row where two say as much; refused where no sheet
    has a row of titles."""
    own, best = sheets.names_of(form), None
    for sheet in sheets.read_sheets(path):
        for at, row in enumerate(islice(sheet.rows, sheets.HEADER_WITHIN)):
            words = [cell if isinstance(cell, str) else "" for cell in row]
            score = sum(bool(_meaning(w, own)) for w in words), sum(map(_is_title, words))
            if score[1] > 1 and (best is None or score > best[0]):
                best = score, Titles(form, sheet, words, list(islice(sheet.rows, at + 1, at + 4)))
    if best is None:
        raise Refused("没有找到表头。", "第一行应是列名，如“统一社会信用代码”“金额（万元）”，下面一行一家企业。")
    return best[1]


def _is_title(word: str) -> bool:
    """More letters than digits: a title or a name, no figure and no code."""
    return sum(c.isalpha() for c in word) > sum(c.isdigit() for c in word)


def _meaning(word: str, names: Mapping[str, str]) -> str:
    title = sheets.heading(word)
    return names.get(title) or names.get(sheets.without_unit(title)[0], "")


def title_key(title: str, registry: Registry) -> str:
    """A title as a mapping keeps it: without its unit where it states one, so that another unit is still converted."""
    plain = sheets.heading(title)
    bare, said = sheets.without_unit(plain)
    known = {sheets.heading(word) for u in registry.units.values() for word in (u.label.zh, u.label.en, u.key)}
    return bare if said in known else plain


def money_units(form: Form, registry: Registry) -> list[Unit]:
    """The units amounts of a form may stand in; empty where it has none."""
    if not any(f.unit in registry.units and registry.units[f.unit].dimension == "money" for f in form.fields):
        return []
    return [u for u in registry.units.values() if u.dimension == "money"]
