"""口径待核: what the plan says twice and differently, both quotations side by side, and what was ruled."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from quanyu.pagekit import format
from quanyu.pagekit.format import tr
from quanyu.registry.check import table
from quanyu.registry.model import Registry, Ruling, Section, Statement
from quanyu.registry.problem import Problem
from quanyu.web.tasks import cited

QUALIFIERS = {"about": "约", "at_least": "≥", "more_than": ">", "at_most": "≤"}


@dataclass(frozen=True)
class Quote:
    """One statement as the page shows it: the figure as printed, what it is about, where."""

    registry: Registry
    statement: Statement

    @property
    def figure(self) -> str:
        s = self.statement
        unit = self.registry.units.get(s.unit)
        text = format.number(s.value)
        if s.upper is not None:
            text += f"—{format.number(s.upper)}"
        return QUALIFIERS.get(s.qualifier, "") + text + s.mark + (format.suffix(unit) if unit and s.value is not None else "")

    @property
    def subject(self) -> str:
        quantity = self.registry.quantities.get(self.statement.subject)
        return self.statement.name or (tr(quantity.label) if quantity else self.statement.subject)

    @property
    def period(self) -> str:
        return format.period(self.statement.period) if self.statement.period else ""

    @property
    def aspect(self) -> str:
        return {
            "stock": _("期末数"), "flow": _("当期数"), "cumulative": _("累计数"), "increment": _("新增数"),
            "share": _("比率"), "growth": _("增长"), "unstated": _("原文未说明是存量还是增量"),
        }[self.statement.aspect]  # fmt: skip

    @property
    def where(self) -> str:
        at = self._section
        lines = cited((self.statement.cite,))
        return f"{tr(at.label)} · {lines}" if at else lines

    @property
    def words(self) -> str:
        return self.statement.cite.quote

    @cached_property
    def _section(self) -> Section | None:
        line = min(self.statement.cite.lines, default=0)
        holding = [s for s in self.registry.plan.sections if s.first <= line <= s.last]
        return min(holding, key=lambda s: s.last - s.first, default=None)


@dataclass(frozen=True)
class Conflict:
    """One finding of the linter with its quotations, and the ruling that settles it (None while it waits)."""

    registry: Registry
    problem: Problem
    quotes: tuple[Quote, ...]
    ruling: Ruling | None

    @property
    def subject(self) -> str:
        key = self.problem.subject
        known = self.registry.indicators.get(key) or self.registry.quantities.get(key) or self.registry.tasks.get(key)
        return tr(known.label) if known else key

    @property
    def is_indicator(self) -> bool:
        return self.problem.subject in self.registry.indicators

    @property
    def contests(self) -> str:
        words = {"baseline": _("基期值"), "target": _("目标值")}
        return "、".join(words[c] for c in self.problem.contests)

    @property
    def ruled_value(self) -> str:
        r = self.ruling
        if r is None or r.value is None:
            return ""
        indicator = self.registry.indicators.get(r.subject)
        return format.quantity(r.value, self.registry.units.get(indicator.unit) if indicator else None)

    @property
    def draft(self) -> str:
        """A ruling to fill in: the YAML file an official completes and puts under `rulings/`."""
        p = self.problem
        what = p.contests[0] if p.contests else "note"
        choices = "".join(f"#   {q.statement.key}: {q.statement.value} {q.statement.unit}\n" for q in self.quotes)
        return (
            f"# {p.message}\n"
            f"# 各处说法：\n{choices}"
            f"subject: {p.subject}\nsettles: [{p.code}]\nwhat: {what}\n"
            "value:       # 裁定采用的值（必填）\nstatement:   # 采用哪一处说法的 key（可空）\n"
            "because:     # 依据（必填）\nby: {zh: }    # 裁定人或机构（必填）\non:          # 裁定日期 2026-01-01（必填）\n"
        )


class Conflicts:
    """All contradictions on a day: the open ones first, those that leave an indicator's rate open before the rest."""

    def __init__(self, registry: Registry, on: dt.date, show: str = "") -> None:
        self.registry, self.on, self.show = registry, on, show

    @cached_property
    def all(self) -> list[Conflict]:
        found = [p for p in self.registry.findings if p.statements]
        made = [
            Conflict(
                self.registry,
                p,
                tuple(Quote(self.registry, self.registry.statements[k]) for k in p.statements if k in self.registry.statements),
                self._ruling(p),
            )
            for p in found
        ]
        main = {i.key for i in self.registry.main_indicators}
        rank = lambda c: (c.ruling is not None, not c.problem.contests, c.problem.subject not in main, c.problem.code)  # noqa: E731 - a sort key read once
        return sorted(made, key=rank)

    def _ruling(self, problem: Problem) -> Ruling | None:
        held = self.registry.rulings.get(problem.ruling or "")
        return held if held and held.on <= self.on else None

    @property
    def open(self) -> list[Conflict]:
        return [c for c in self.all if c.ruling is None]

    @property
    def settled(self) -> list[Conflict]:
        return [c for c in self.all if c.ruling is not None]

    @property
    def blocking(self) -> list[Conflict]:
        return [c for c in self.open if c.problem.contests]

    @property
    def shown(self) -> list[Conflict]:
        return {"open": self.open, "settled": self.settled, "blocking": self.blocking}.get(self.show, self.all)

    @cached_property
    def omissions(self) -> list[tuple[str, str, int]]:
        """What the plan leaves out, by check: (code, meaning, how many)."""
        meaning = {code: words for code, _mood, words in table()}
        codes = [p.code for p in self.registry.findings if not p.statements]
        return [(code, meaning.get(code, ""), codes.count(code)) for code in sorted(set(codes))]

    def find(self, code: str, subject: str) -> Conflict | None:
        return next((c for c in self.all if (c.problem.code, c.problem.subject) == (code, subject)), None)
