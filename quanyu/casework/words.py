"""How cases are said in lists and on their page: the mark of a phase, the days left, who holds it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from quanyu.casework import reads
from quanyu.casework.models import Case
from quanyu.pagekit import format
from quanyu.pagekit.format import tr
from quanyu.registry.model import CLOSED, CaseType, Phase, Registry

SOON = "casework_soon_days"
"""Setting of a package: how many days before its deadline a case counts as due soon."""
MARKS: dict[Phase, tuple[str, str]] = {
    "draft": ("none", "○"), "review": ("none", "◇"), "active": ("ok", "●"), "check": ("ok", "◇"), "done": ("done", "✓"),
    "void": ("none", "×"),
}  # fmt: skip


class Said(NamedTuple):
    """Words with the shape and colour of a lamp; `html` as a page shows it, in a file the words alone."""

    lamp: str
    words: str

    def __str__(self) -> str:
        return self.words

    @property
    def html(self) -> SafeString:
        return format_html('<span class="st {}">{}</span>', self.lamp, self.words) if self.words else SafeString("")


def soon_days(registry: Registry) -> int:
    return int(str(registry.settings.get(SOON, 7)))


def left_until(due_on: dt.date | None, on: dt.date, soon: int) -> Said:
    """How long until a day, as shape and words: ■ 逾期 3 天, ▲ 今天到期, ▲ 剩 2 天, ● 剩 12 天."""
    if due_on is None:
        return Said("none", "")
    days = (due_on - on).days
    if days < 0:
        return Said("late", "■ " + _("逾期 %(n)s 天") % {"n": -days})
    words = _("剩 %(n)s 天") % {"n": days} if days else _("今天到期")
    return Said("warn", f"▲ {words}") if days <= soon else Said("ok", f"● {words}")


@dataclass(frozen=True)
class CaseLine:
    """A case as lists speak of it. `asked_on`: it waits for what I say of it, until that day; `asked`: for my word."""

    case: Case
    registry: Registry
    on: dt.date
    asked: bool = False
    asked_on: dt.date | None = None

    @cached_property
    def kind(self) -> CaseType:
        """Its type as the definitions in force name it: a list does not open every revision there ever was."""
        now = self.registry.case_types.get(self.case.type)
        return now if now and self.case.state in now.states else reads.type_of(self.case)

    @property
    def type(self) -> str:
        return tr(self.kind.label)

    @property
    def state(self) -> Said:
        if self.asked:
            return Said("warn", "▲ " + _("征求我的意见"))
        lamp, shape = MARKS[self.kind.states[self.case.state].phase]
        return Said(lamp, f"{shape} {tr(self.kind.states[self.case.state].label)}")

    @property
    def due_on(self) -> dt.date | None:
        return self.asked_on if self.asked else self.case.due_on

    @property
    def left(self) -> Said:
        case = self.case
        if case.phase in CLOSED:
            return Said("none", "")
        if self.asked:
            return left_until(self.asked_on, self.on, soon_days(self.registry))
        if case.paused_on:
            return Said("none", "○ " + _("计时已暂停"))
        if case.awaits_year:
            return Said("none", "○ " + _("%(year)s年节假日未公布，期限待定") % {"year": case.awaits_year})
        return left_until(case.due_on, self.on, soon_days(self.registry))

    @property
    def holder(self) -> str:
        """Who must act: the person it was handed to, else the organisation, else the role."""
        case = self.case
        whole = case.holder or case.holder_organisation
        return str(whole) if whole else seat(self.registry, case.holder_role)


R = TypeVar("R")


@dataclass(frozen=True)
class RowLine(Generic[R]):
    """A trade's row that hangs on a case (`row.case`), as lists speak of it."""

    row: R
    registry: Registry
    on: dt.date

    @cached_property
    def case(self) -> CaseLine:
        return CaseLine(self.row.case, self.registry, self.on)  # type: ignore[attr-defined]  # every such row has one

    @property
    def closed(self) -> bool:
        return self.case.case.closed_at is not None


def seat(registry: Registry, role: str, organisation: str = "") -> str:
    """A seat in words: 虚构科技科 · 科技部门, or the role alone where any organisation's will do."""
    words = tr(registry.roles[role].label) if role in registry.roles else role
    return " · ".join(filter(None, (organisation, words))) or format.UNDEFINED
