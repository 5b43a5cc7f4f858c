"""One indicator as pages speak of it: its words, figures as text, lamp, who leads, what is still to be done."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.utils.translation import gettext as _

from quanyu.decisions.reads.current import Judged
from quanyu.judgements.verdict import Verdict
from quanyu.pagekit import format
from quanyu.pagekit.format import tr
from quanyu.registry.model import Indicator, LampState, Registry, Unit

STATES = ("done", "ok", "warn", "late", "conflict", "none")
"""In the order they are told."""
BEHIND = ("warn", "late")


@dataclass(frozen=True)
class Promise:
    """An indicator beside its verdict, in the reader's language. Made anew for each request: it only formats."""

    registry: Registry
    indicator: Indicator
    verdict: Verdict

    @property
    def key(self) -> str:
        return self.indicator.key

    @property
    def name(self) -> str:
        return tr(self.indicator.label)

    @property
    def group(self) -> str:
        return tr(self.indicator.group)

    @cached_property
    def unit(self) -> Unit:
        return self.registry.units[self.indicator.unit]

    @property
    def unit_text(self) -> str:
        return tr(self.unit.label)

    @property
    def titled(self) -> str:
        return format.bracketed(self.name, self.unit_text)

    @property
    def unit_bracket(self) -> str:
        """The unit in brackets, to stand in smaller type after the name."""
        return format.bracketed("", self.unit_text)

    @property
    def lamp(self) -> LampState:
        return self.registry.lamps[self.indicator.lamps].states[self.verdict.state]

    @cached_property
    def places(self) -> int:
        return format.places(self.unit, self.verdict.baseline, self.verdict.target)

    def written(self, value: Decimal | None, what: str, on: dt.date) -> str:
        """A value as the plan prints it, its mark included (2.5*); `—` where the plan states none."""
        if value is None:
            return format.UNDEFINED
        held = self.registry.baseline(self.key, on) if what == "baseline" else self.registry.target(self.key, on)
        said = self.registry.statements.get(held.statement) if held else None
        return format.number(value) + (said.mark if said else "")

    @property
    def baseline(self) -> str:
        return self.written(self.verdict.baseline, "baseline", self.verdict.on)

    @property
    def target(self) -> str:
        text = self.written(self.verdict.target, "target", self.verdict.on)
        upper = self.verdict.target_upper
        return f"{text}—{format.number(upper)}" if upper is not None else text

    @property
    def marked(self) -> bool:
        """The plan printed a mark beside a figure."""
        return any(not text[-1:].isdigit() and text != format.UNDEFINED for text in (self.baseline, self.target))

    @property
    def value(self) -> str:
        return format.number(self.verdict.value, self.places, self.verdict.point_state)

    @property
    def value_period(self) -> str:
        return format.period(self.verdict.value_period) if self.verdict.value is not None else ""

    @property
    def last(self) -> str:
        """The last figure known where none is recent enough to be judged; always shown with its period."""
        return format.number(self.verdict.last_value, self.places) if self.verdict.last_period else ""

    @property
    def last_period(self) -> str:
        return format.period(self.verdict.last_period) if self.verdict.last_period else ""

    @property
    def rate(self) -> str:
        return format.percent(self.verdict.progress)

    @property
    def ahead(self) -> str:
        """How far progress is from the path: 低于序时 19.0 个百分点."""
        ahead = self.verdict.ahead
        if ahead is None:
            return ""
        size = format.number(abs(ahead), 1)
        if abs(ahead) < Decimal("0.05"):
            return _("与序时持平")
        if ahead < 0:
            return _("低于序时 %(size)s 个百分点") % {"size": size}
        return _("高于序时 %(size)s 个百分点") % {"size": size}

    @property
    def todo(self) -> str:
        return tr(self.verdict.todo)

    @property
    def reasons(self) -> list[str]:
        return [tr(r.text) for r in self.verdict.reasons]

    @property
    def reason(self) -> str:
        """All reasons in one line."""
        return ("；" if format.language() == "zh" else "; ").join(self.reasons)

    @property
    def owner(self) -> str:
        return holder(self.registry, self.indicator.owner)

    @property
    def owner_short(self) -> str:
        """Without what stands in brackets, for a narrow column."""
        return short(self.owner)

    @property
    def owner_default(self) -> bool:
        """The plan names nobody: the owner shown is a default."""
        return "owner" in self.indicator.unstated

    @property
    def source(self) -> str:
        return holder(self.registry, self.indicator.source)

    @property
    def binding(self) -> str:
        words = {"binding": _("约束性"), "expected": _("预期性"), "unstated": _("规划未写明")}
        return words[self.indicator.binding]


def holder(registry: Registry, role: str) -> str:
    """Who wears a role in this zone: the department the plan's package names, else the role itself."""
    department = registry.departments.get(registry.plan.holders.get(role, ""))
    if department:
        return tr(department.label)
    return tr(registry.roles[role].label) if role in registry.roles else format.UNDEFINED


def short(words: str) -> str:
    """A name without what stands in brackets behind it."""
    return re.split(r"[（(]", words)[0].strip()


def promise(registry: Registry, judged: Judged, key: str) -> Promise:
    return Promise(registry, registry.indicators[key], judged.verdicts[key])


def promises(registry: Registry, judged: Judged, main: bool | None = None) -> list[Promise]:
    """All judged indicators in the plan's order; `main`: only the plan's own table, or only the rest."""
    held = sorted(registry.indicators.values(), key=lambda i: (not i.main, i.order, i.key))
    return [
        Promise(registry, i, judged.verdicts[i.key])
        for i in held
        if i.key in judged.verdicts and main in (None, i.main)
    ]
