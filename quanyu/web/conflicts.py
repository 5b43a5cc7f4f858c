"""口径待核: what the plan says twice and differently, both quotations side by side, and what was ruled."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache, cached_property

from django.utils.translation import gettext as _

from quanyu.pagekit import format
from quanyu.pagekit.format import tr
from quanyu.registry.check import table
from quanyu.registry.model import Registry, Ruling, Section, Statement
from quanyu.registry.problem import Problem
from quanyu.web.tasks import cited, listed

STATES = ("open", "doubt", "settled")
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
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
        after = format.suffix(unit) if unit and s.value is not None else ""
        return QUALIFIERS.get(s.qualifier, "") + text + s.mark + after

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

    @property
    def first_line(self) -> int:
        return min(self.statement.cite.lines, default=0)

    @cached_property
    def _section(self) -> Section | None:
        return self.registry.plan.section_at(self.first_line)


@dataclass(frozen=True)
class Finding:
    """One finding of the linter with its quotations, and the ruling that settles it (None while it waits)."""

    registry: Registry
    problem: Problem
    quotes: tuple[Quote, ...]
    ruling: Ruling | None

    @property
    def subject(self) -> str:
        return subject_name(self.registry, self.problem.subject)

    @property
    def meaning(self) -> str:
        """What the check looks for, in one line."""
        return meanings().get(self.problem.code, "")

    @property
    def state(self) -> str:
        """settled (a ruling stands), open (a rate waits for a ruling), doubt (to be cleared up, no rate waits)."""
        return "settled" if self.ruling else "open" if self.problem.contests else "doubt"

    @property
    def contests(self) -> str:
        words = {"baseline": _("基期值"), "target": _("目标值")}
        return listed(words[c] for c in self.problem.contests)

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
            "because:     # 依据（必填）\nby: {zh: }    # 裁定人或机构（必填）\n"
            "on:          # 裁定日期 2026-01-01（必填）\n"
        )


@dataclass(frozen=True)
class Clash:
    """All found about one subject: what the plan says of it, each place once under a letter, and the findings."""

    registry: Registry
    key: str
    findings: tuple[Finding, ...]

    @property
    def subject(self) -> str:
        return subject_name(self.registry, self.key)

    @property
    def is_indicator(self) -> bool:
        return self.key in self.registry.indicators

    @property
    def state(self) -> str:
        """The gravest state of its findings that bear on a rate, else of the rest."""
        states = {f.state for f in self.findings}
        return "open" if "open" in states else "settled" if "settled" in states else "doubt"

    @property
    def contests(self) -> str:
        open_ones = [f.contests for f in self.findings if f.state == "open"]
        return listed(w for words in open_ones for w in words.replace(", ", "、").split("、"))

    @cached_property
    def quotes(self) -> list[tuple[str, Quote, bool]]:
        """(letter, quotation, whether a ruling took it), in the plan's order."""
        once = {q.statement.key: q for f in self.findings for q in f.quotes}
        taken = {f.ruling.statement for f in self.findings if f.ruling}
        said = sorted(once.values(), key=lambda q: (min(q.statement.cite.lines, default=0), q.statement.period))
        return [(LETTERS[n % len(LETTERS)], q, q.statement.key in taken) for n, q in enumerate(said)]

    @cached_property
    def lines(self) -> list[tuple[Finding, str]]:
        """Each finding with the letters of the quotations it rests on; what waits for a ruling first."""
        letters = {q.statement.key: letter for letter, q, _taken in self.quotes}
        order = sorted(self.findings, key=lambda f: (STATES.index(f.state), f.problem.code))
        return [(f, listed(sorted(letters[q.statement.key] for q in f.quotes))) for f in order]

    @property
    def compared(self) -> bool:
        """The plan speaks of it in more than one place."""
        return len(self.quotes) > 1


class Conflicts:
    """All contradictions on a day: first those that leave an indicator's rate open, then doubts, then the settled."""

    def __init__(self, registry: Registry, on: dt.date, show: str = "") -> None:
        self.registry, self.on = registry, on
        self.show = show if show in STATES else ""

    @cached_property
    def findings(self) -> list[Finding]:
        said = self.registry.statements

        def quotes(p: Problem) -> tuple[Quote, ...]:
            return tuple(Quote(self.registry, said[k]) for k in p.statements if k in said)

        return [Finding(self.registry, p, quotes(p), self._ruling(p)) for p in self.registry.findings if p.statements]

    def _ruling(self, problem: Problem) -> Ruling | None:
        held = self.registry.rulings.get(problem.ruling or "")
        return held if held and held.on <= self.on else None

    @cached_property
    def all(self) -> list[Clash]:
        by_subject: dict[str, list[Finding]] = {}
        for finding in self.findings:
            by_subject.setdefault(finding.problem.subject, []).append(finding)
        main = {i.key: i.order for i in self.registry.main_indicators}
        made = [Clash(self.registry, key, tuple(found)) for key, found in by_subject.items()]
        last = len(main) + 1
        return sorted(made, key=lambda c: (STATES.index(c.state), main.get(c.key, last), c.quotes[0][1].first_line))

    def _in(self, state: str) -> list[Clash]:
        return [c for c in self.all if c.compared and c.state == state]

    @property
    def open(self) -> list[Clash]:
        return self._in("open")

    @property
    def doubts(self) -> list[Clash]:
        return self._in("doubt")

    @property
    def settled(self) -> list[Clash]:
        return self._in("settled")

    @property
    def shown(self) -> list[Clash]:
        return self._in(self.show) if self.show else [*self.open, *self.doubts, *self.settled]

    @cached_property
    def single(self) -> list[tuple[Finding, Quote]]:
        """What is doubtful about a thing the plan speaks of in one place only, in the plan's order."""
        found = [(f, f.quotes[0]) for c in self.all if not c.compared for f in c.findings]
        return sorted(found, key=lambda pair: (pair[1].first_line, pair[0].problem.code))

    @property
    def listed(self) -> list[Finding]:
        """The findings behind what is shown, one by one, for a file."""
        alone = [] if self.show else [f for f, _quote in self.single]
        return [*(f for c in self.shown for f, _letters in c.lines), *alone]

    @cached_property
    def omissions(self) -> list[tuple[str, str, int]]:
        """What the plan leaves out, by check: (code, meaning, how many)."""
        meaning = meanings()
        codes = [p.code for p in self.registry.findings if not p.statements]
        return [(code, meaning.get(code, ""), codes.count(code)) for code in sorted(set(codes))]

    def find(self, code: str, subject: str) -> Finding | None:
        return next((f for f in self.findings if (f.problem.code, f.problem.subject) == (code, subject)), None)


@cache
def meanings() -> dict[str, str]:
    """What each check looks for, by its code."""
    return {code: words for code, _mood, words in table()}


def subject_name(registry: Registry, key: str) -> str:
    known = registry.indicators.get(key) or registry.quantities.get(key) or registry.tasks.get(key)
    return tr(known.label) if known else key
