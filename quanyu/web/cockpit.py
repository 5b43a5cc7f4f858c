"""规划驾驶页: where every main promise stands, from one assessment and the definitions in force, nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import groupby

from django.utils.translation import gettext as _

from quanyu.decisions.reads import Judged
from quanyu.decisions.reads.promises import BEHIND, STATES, Promise, promise, promises
from quanyu.measures.periods import elapsed_share
from quanyu.pagekit import format
from quanyu.pagekit.tables import Column, Table
from quanyu.registry.model import LampState, Registry

COORDINATE = 5
TILE = "cockpit_tile"
"""Setting of a package: the indicator whose figure stands in the summary strip."""


@dataclass(frozen=True)
class Filing:
    """How complete the firms' reports are."""

    reports: int
    expected: int
    period: str

    @property
    def share(self) -> Fraction:
        return Fraction(self.reports, self.expected)

    @property
    def missing(self) -> int:
        return self.expected - self.reports


@dataclass(frozen=True)
class Cockpit:
    registry: Registry
    judged: Judged
    slow_only: bool = False

    @cached_property
    def all(self) -> list[Promise]:
        return promises(self.registry, self.judged, main=True)

    @property
    def rows(self) -> list[Promise]:
        return [p for p in self.all if not self.slow_only or p.verdict.state in BEHIND]

    @property
    def dated(self) -> bool:
        """Some figures are too old to be judged and stand beside their period, which takes room."""
        return any(p.last for p in self.rows)

    @property
    def groups(self) -> list[tuple[str, list[Promise]]]:
        return [(name, list(rows)) for name, rows in groupby(self.rows, key=lambda p: p.group)]

    @cached_property
    def counts(self) -> list[tuple[LampState, int]]:
        """How many of the main indicators are in each state; those that are not judged only when there are any."""
        found = Counter(p.verdict.state for p in self.all)
        lamps = next(iter(self.registry.lamps.values())).states
        return [(lamps[s], found[s]) for s in STATES if s in lamps and (found[s] or s not in ("conflict", "none"))]

    @property
    def elapsed(self) -> Fraction:
        plan = self.registry.plan
        return elapsed_share(plan.starts_on, plan.ends_on, self.judged.period.end)

    @property
    def over(self) -> bool:
        """The plan's span has ended by the period looked at."""
        return self.judged.period.end >= self.registry.plan.ends_on

    @property
    def baseline_year(self) -> str:
        return _year([p.verdict.baseline_year for p in self.all])

    @property
    def target_year(self) -> str:
        return _year([p.verdict.target_year for p in self.all])

    @property
    def tasks(self) -> int:
        return len(self.registry.tasks)

    @property
    def tasks_unled(self) -> int:
        return sum(not t.lead or "lead" in t.unstated for t in self.registry.tasks.values())

    @property
    def filing(self) -> Filing | None:
        """Reports in hand against reports due, by the indicator that waits for the most reporters."""
        due = [v for v in self.judged.verdicts.values() if v.expected]
        if not due:
            return None
        v = max(due, key=lambda v: (v.expected, v.value_period))
        return Filing(min(v.reports, v.expected), v.expected, format.period(v.value_period))

    @property
    def tile(self) -> Promise | None:
        key = str(self.registry.settings.get(TILE, ""))
        return promise(self.registry, self.judged, key) if key in self.judged.verdicts else None

    @property
    def unjudged(self) -> int:
        """Indicators of the whole plan without a figure."""
        return self.judged.count("none")

    @property
    def contested(self) -> int:
        return self.judged.contested

    @property
    def coordinate(self) -> list[Promise]:
        """What needs a leader: late promises, the furthest behind first."""
        late = [p for p in self.all if p.verdict.state == "late"]
        return sorted(late, key=lambda p: p.verdict.ahead if p.verdict.ahead is not None else 0)[:COORDINATE]

    @property
    def wanting(self) -> list[Promise]:
        """Main indicators whose figure is missing or whose reporters have not all reported."""
        return [p for p in self.all if p.verdict.value is None or p.verdict.late_reports]

    @property
    def owners_default(self) -> bool:
        return any(p.owner_default for p in self.all)

    @property
    def marked(self) -> bool:
        return any(p.marked for p in self.all)

    def table(self) -> Table:
        """The main indicators as a file."""
        notes = [_("完成率 =（现值－基期）÷（目标－基期）；累计类指标 = 累计值 ÷ 目标。")]
        if self.marked:
            notes.append(_("* 为规划专栏所印星号，原文未作说明。"))
        if self.owners_default:
            notes.append(_("规划未写明牵头单位的指标，牵头为默认分工。"))
        title = _("主要指标完成情况（%(period)s）") % {"period": format.period(self.judged.period)}
        return Table(columns(), self.rows, title, notes)


def columns() -> list[Column]:
    """The columns of an indicator ledger, for files."""
    none = format.UNDEFINED
    return [
        Column(_("一级指标"), lambda p: p.group),
        Column(_("二级指标"), lambda p: p.name, width=40),
        Column(_("单位"), lambda p: p.unit_text),
        Column(_("基期年"), lambda p: str(p.verdict.baseline_year or "")),
        Column(_("基期值"), lambda p: p.verdict.baseline, numeric=True, absent=none),
        Column(_("原文标记"), lambda p: p.baseline.lstrip("−,.0123456789—")),
        Column(_("现值"), lambda p: format.rounded(p.verdict.value, p.places), numeric=True),
        Column(_("数据期"), lambda p: p.value_period),
        Column(_("目标年"), lambda p: str(p.verdict.target_year or "")),
        Column(_("目标值"), lambda p: p.verdict.target, numeric=True, absent=none),
        Column(_("完成率"), lambda p: _hundred(p.verdict.progress), "%", places=1, numeric=True, absent=none),
        Column(_("序时"), lambda p: _hundred(p.verdict.due), "%", places=1, numeric=True, absent=none),
        Column(_("状态"), lambda p: format.tr(p.lamp.label)),
        Column(_("还差"), lambda p: p.todo, width=28),
        Column(_("牵头"), lambda p: p.owner, width=20),
        Column(_("说明"), lambda p: p.reason, width=60),
    ]


def _hundred(share: Fraction | None) -> Decimal | None:
    return None if share is None else format.exact(share * 100, 1)


def _year(years: list[int | None]) -> str:
    """The year nearly all indicators share, for a heading."""
    known = Counter(y for y in years if y)
    return str(known.most_common(1)[0][0]) if known else ""
