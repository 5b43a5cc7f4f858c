"""What a firm gets back for reporting: its own course, its place among others, and how far it is from policies."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext as _

from quanyu.bureaus.reporting.reads.versions import NUMERIC
from quanyu.facts import reads as facts
from quanyu.facts.models import Report
from quanyu.facts.relations import numbers_of
from quanyu.measures.periods import Period, between
from quanyu.pagekit import format
from quanyu.pagekit.charts import Line, line_chart
from quanyu.pagekit.format import tr
from quanyu.people.models import Organisation
from quanyu.registry.model import Benchmark, Document, Field, Form, Registry, Threshold, Unit

COURSE = 24
"""How many months the curve shows."""
PEERS = "reporting_peers"
"""The package setting: with fewer others than this a firm is not told its place."""
Numbers = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a firm stands among `others` of a group, as a quarter: 3 the highest, 0 the lowest. Never whose others."""

    group: str
    others: int
    quarter: int

    @property
    def quarters(self) -> list[tuple[str, bool]]:
        """The four quarters, lowest first, and whether it is the firm's."""
        names = _("后四分之一"), _("中下"), _("中上"), _("前四分之一")
        return [(name, i == self.quarter) for i, name in enumerate(names)]

    @property
    def words(self) -> str:
        return self.quarters[self.quarter][0]


@dataclass(frozen=True, slots=True)
class Held:
    """A firm's own share against what a policy asks for. `short`: how much the part lacks, in its unit (0: nothing).

    `months`: how many of the benchmark's months are on file. `place` None: too few others to tell.
    """

    benchmark: Benchmark
    field: Field
    unit: Unit | None
    share: Decimal | None
    months: int
    threshold: Threshold
    short: Decimal
    place: Place | None
    cited: tuple[tuple[Document, str], ...]

    @property
    def over(self) -> Decimal:
        """Percentage points above the threshold."""
        return (self.share or Decimal(0)) - self.threshold.least


@dataclass(frozen=True)
class Feedback:
    """The sheet of one firm for one period. `own`: period → its figures; `least`: how many others it takes to tell."""

    registry: Registry
    form: Form
    organisation: Organisation
    period: Period
    held: list[Held]
    own: Mapping[str, Numbers]
    least: int

    @property
    def field(self) -> Field:
        """What the curve is of: what the first benchmark counts."""
        return self.held[0].field if self.held else next(f for f in self.form.fields if f.type in NUMERIC)

    @property
    def chart(self) -> str:
        """The curve over two years."""
        shown, name = _last(self.period, COURSE), tr(self.field.label)
        points = [(i, self.own.get(str(p), {}).get(self.field.name)) for i, p in enumerate(shown)]
        said = "；".join(f"{format.period(p)} {format.number(v)}" for p, (_i, v) in zip(shown, points, strict=True))
        marks = [(i, f"{p.end:%y-%m}") for i, p in enumerate(shown)]
        unit = format.named(self.registry.units, self.field.unit, "")
        return line_chart(name, [Line(name, points, dots=True)], marks, unit, desc=said, width=1140, height=240)


def feedback(registry: Registry, form: Form, organisation: Organisation, period: str, on: dt.date) -> Feedback:
    """Three questions to the database, whatever the number of benchmarks."""
    here = Period.parse(period)
    live = [b for b in registry.benchmarks.values() if b.form == form.key and b.from_ <= on <= (b.to or on)]
    span = [str(p) for p in _last(here, max([COURSE, *(max(b.months, b.sized_over) for b in live)]))]
    rows = Report.objects.filter(form=form.key, organisation=organisation, period__in=span, line="")
    own = {r.period: numbers_of(form, r.cells) for r in rows.order_by("version")}
    same = Q(industry=organisation.industry) | Q(size=organisation.size)
    near = Organisation.objects.filter(same, kind=organisation.kind, closed_on=None).exclude(pk=organisation.pk)
    firms = {o.pk: o for o in near.only("industry", "size")}
    filed = facts.current_cells(form.key, period, firms)
    peers = [(firms[pk], numbers_of(form, cells)) for pk, cells in filed.items()]
    groups = {
        _("同行业"): [n for o, n in peers if o.industry and o.industry == organisation.industry],
        _("同规模"): [n for o, n in peers if o.size and o.size == organisation.size],
    }
    least = int(str(registry.settings.get(PEERS, 5)))
    held = [_against(registry, form, b, here, own, groups, least) for b in live]
    return Feedback(registry, form, organisation, here, held, own, least)


def _against(
    registry: Registry, form: Form, b: Benchmark, here: Period, own: Mapping[str, Numbers],
    groups: Mapping[str, list[Numbers]], least: int,
) -> Held:  # fmt: skip
    def total(name: str, months: int) -> Decimal:
        return sum((own.get(str(p), {}).get(name, Decimal(0)) for p in _last(here, months)), Decimal(0))

    field = next(f for f in form.fields if f.name == b.part)
    part, whole, size = total(b.part, b.months), total(b.whole, b.months), total(b.sized_by, b.sized_over)
    threshold = next(t for t in b.thresholds if t.upto is None or size <= t.upto)
    lacks = max(Decimal(0), threshold.least * whole / 100 - part)
    places = (_place(own.get(str(here), {}), name, others, b, least) for name, others in groups.items())
    return Held(
        benchmark=b, field=field, unit=registry.units.get(field.unit), share=100 * part / whole if whole else None,
        months=sum(bool(own.get(str(p))) for p in _last(here, b.months)), threshold=threshold,
        short=Decimal(math.ceil(lacks)) if field.type == "integer" else lacks,
        place=next((p for p in places if p), None),
        cited=tuple((registry.documents[c.document], c.clause) for c in b.cites),
    )  # fmt: skip


def _place(mine: Numbers, group: str, cells: list[Numbers], b: Benchmark, least: int) -> Place | None:
    """The quarter a firm's share of this period falls into among others who filed; None with fewer than `least`."""
    others = [n[b.part] / n[b.whole] for n in cells if b.part in n and n.get(b.whole)]
    if b.part not in mine or not mine.get(b.whole) or len(others) < least:
        return None
    own = mine[b.part] / mine[b.whole]
    below = sum(s < own for s in others) + Decimal(sum(s == own for s in others)) / 2
    return Place(group, len(others), min(3, int(4 * below / len(others))))


def _last(here: Period, months: int) -> list[Period]:
    """The periods of one kind within so many months up to this one's end; at least this one."""
    return list(between(here.last_month - max(months, len(here.months())) + 1, here.last_month, here.kind))
