"""The desk: one list page with search, filters, sorting, pages of 50 and downloads, over a query or a plain list.

Everything it needs comes in the address, so a view can be sent to a colleague and works without script.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import QueryDict

from quanyu.pagekit.tables import Column, Table

PAGE_SIZE = 50


@dataclass(frozen=True)
class Filter:
    """A choice that narrows the list: parameter name, words, (value, words) choices, and how a value narrows rows.

    `settled`: what the list is of when nothing else is asked; such a choice is always made and never cleared.
    """

    name: str
    label: str
    choices: Sequence[tuple[str, str]]
    narrow: Callable[[Any, str], Any]
    settled: str = ""


class FilterShown(NamedTuple):
    name: str
    label: str
    choices: Sequence[tuple[str, str]]
    chosen: str
    settled: bool


class Heading(NamedTuple):
    """A column's heading on the page: its words, and where a click sorts to ("" when it does not)."""

    text: str
    numeric: bool
    href: str = ""
    sorted: str = ""  # ascending | descending


class Desk:
    """`rows` is a QuerySet or a list; `search` narrows it by the typed words; unknown parameters are ignored."""

    def __init__(
        self, params: QueryDict, rows: Any, columns: Sequence[Column], *, title: str, filters: Sequence[Filter] = (),
        search: Callable[[Any, str], Any] | None = None, search_label: str = "", empty: str = "",
        notes: Sequence[str] = (), downloads: str = "",
    ) -> None:  # fmt: skip
        self.params, self.columns, self.title = params, columns, title
        self.search, self.search_label, self.empty, self.notes = search, search_label, empty, notes
        self._rows, self._filters, self._downloads = rows, filters, downloads

    @property
    def words(self) -> str:
        return self.params.get("q", "").strip() if self.search else ""

    @cached_property
    def filters(self) -> list[FilterShown]:
        shown = []
        for f in self._filters:
            asked = self.params.get(f.name, "")
            chosen = asked if asked in dict(f.choices) else f.settled
            shown.append(FilterShown(f.name, f.label, f.choices, chosen, bool(f.settled)))
        return shown

    @cached_property
    def rows(self) -> Any:
        """All rows that match, sorted; downloads take these."""
        rows = self._rows
        if self.search and self.words:
            rows = self.search(rows, self.words)
        for known, shown in zip(self._filters, self.filters, strict=True):
            if shown.chosen:
                rows = known.narrow(rows, shown.chosen)
        column, down = self._sorting
        if column is None:
            return rows
        if isinstance(rows, QuerySet):
            return rows.order_by(f"{'-' if down else ''}{column.order}")
        return sorted(rows, key=column.order, reverse=down)

    @property
    def _sorting(self) -> tuple[Column | None, bool]:
        asked = self.params.get("sort", "")
        found = [c for c in self.columns if c.name and c.order and c.name == asked.lstrip("-")]
        return (found[0] if found else None), asked.startswith("-")

    @cached_property
    def page(self) -> Page[Any]:
        return Paginator(self.rows, PAGE_SIZE).get_page(self.params.get("page"))

    @property
    def total(self) -> int:
        return self.page.paginator.count

    @property
    def narrowed(self) -> bool:
        return bool(self.words or any(f.chosen and not f.settled for f in self.filters))

    def table(self) -> Table:
        """Everything that matches, for a download."""
        return Table(self.columns, list(self.rows), self.title, self.notes)

    @property
    def shown(self) -> Table:
        """The page on the screen."""
        return Table(self.columns, list(self.page.object_list), self.title, self.notes, self.empty)

    @property
    def headings(self) -> list[Heading]:
        current, down = self._sorting
        out = []
        for c in self.columns:
            if not c.shown:
                continue
            state = ("descending" if down else "ascending") if c is current else ""
            href = ""
            if c.name and c.order:
                href = self.address(sort=c.name if state != "ascending" else f"-{c.name}", page="")
            out.append(Heading(c.heading, c.numeric, href, state))
        return out

    def address(self, path: str = "", **changes: str) -> str:
        """This desk's address with some parameters changed; an empty one is dropped."""
        return path + changed(self.params, changes) or "?"

    @property
    def cleared(self) -> str:
        """This desk with every condition dropped."""
        return self.address(q="", page="", **{f.name: "" for f in self._filters if not f.settled})

    @property
    def csv(self) -> str:
        return self.address(f"{self._downloads}.csv", page="")

    @property
    def xlsx(self) -> str:
        return self.address(f"{self._downloads}.xlsx", page="")

    @property
    def searchable(self) -> bool:
        return self.search is not None

    @property
    def downloadable(self) -> bool:
        return bool(self._downloads)

    @property
    def newer(self) -> str:
        return self.address(page=str(self.page.previous_page_number())) if self.page.has_previous() else ""

    @property
    def older(self) -> str:
        return self.address(page=str(self.page.next_page_number())) if self.page.has_next() else ""

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Parameters that the filter form carries along unseen: the sorting, and what the page around it asks for."""
        own = {"q", "page", *(each.name for each in self.filters)}
        return [(name, value) for name, value in self.params.items() if value and name not in own]


def changed(params: QueryDict, changes: Mapping[str, object]) -> str:
    """An address's `?…` with some parameters changed; an empty one is dropped, and "" is left of none."""
    held = params.copy()
    for name, value in changes.items():
        held[name] = str(value)
        if not held[name]:
            del held[name]
    return f"?{held.urlencode()}" if held else ""
