"""指标页: one indicator's course, breakdown and origin, from the assessment, the series and the definitions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.decisions.reads import Judged
from quanyu.decisions.reads.promises import Promise
from quanyu.decisions.reads.words import WINDOWS, in_words
from quanyu.judgements.forecast import Outlook
from quanyu.judgements.paths import Path
from quanyu.judgements.status import promised_path
from quanyu.measures import query
from quanyu.measures.formula import Arithmetic, Measure
from quanyu.measures.periods import Period, month_end, month_index
from quanyu.measures.points import Point
from quanyu.measures.series import Series
from quanyu.pagekit import charts, format
from quanyu.pagekit.charts import SERIES, Line
from quanyu.pagekit.format import named, tr
from quanyu.pagekit.tables import Column, Table
from quanyu.registry.model import Indicator, Ruling, Statement
from quanyu.web.breakdown import GRAINS, SIZES, Breakdown
from quanyu.web.outlook import Heading

ORIGINS = {"computed": later("按报送数据计算"), "published": later("公开发布数")}
UNSTATED = {
    "owner": later("牵头单位"), "source": later("供数部门"), "binding": later("约束性或预期性"),
    "annual_path": later("分年目标"), "definition": later("指标定义"), "formula": later("计算方法"),
    "window": later("当年还是累计"), "baseline": later("基期值"), "target": later("目标值"), "unit": later("计量单位"),
}  # fmt: skip
RECENT = 24
"""How many of its latest figures the page lists and a sparkline draws."""
PATHS = {"linear": later("直线"), "compound": later("等比增长"), "stepped": later("分年台阶")}


@dataclass(frozen=True)
class Figure:
    """One period of an indicator's course. Values in its unit; `growth` in %, `points` in 个百分点 on a year before."""

    period: Period
    point: Point
    growth: Decimal | None
    points: Decimal | None


@dataclass(frozen=True)
class Said:
    """What the plan says of an indicator in one place: the words, the number, where."""

    quote: str
    lines: str


@dataclass(frozen=True)
class IndicatorPage:
    promise: Promise
    judged: Judged
    series: Series
    outlook: Outlook | None = None

    @property
    def key(self) -> str:
        return self.promise.key

    @cached_property
    def measure(self) -> Measure | None:
        """The indicator's formula, read; None where the package gives none."""
        return query.measure_of(self.promise.registry, self.promise.indicator)

    # -- the course -------------------------------------------------------------------------------------------------
    @cached_property
    def _points(self) -> dict[Period, Point]:
        """The zone's figures up to the period looked at, oldest first, in the indicator's own rhythm.

        A flow summed since January is comparable only at the year's end: of the rest only the latest is kept. Missing
        ones before the first figure, and after the last unless somebody owes a report, are not worth a line.
        """
        end = self.judged.period.last_month
        held = {t: p for t, p in self.series.points(self.key).items() if t.last_month <= end}
        newest = max((t.last_month for t in held), default=None)
        i = self.promise.indicator
        fit = {t: p for t, p in held.items() if not partial(i, t) or t.last_month == newest}
        known = [t for t, p in fit.items() if p.state != "missing"]
        return {t: p for t, p in fit.items() if known and known[0] <= t and (t <= known[-1] or p.expected)}

    @cached_property
    def history(self) -> list[Figure]:
        """Newest first. What is summed since January says so: 2024年1—9月, 2024年."""
        out = []
        for period, point in self._points.items():
            change = self.series.growth(self.key, period)
            shown = period
            if self.promise.indicator.window == "year" and point.origin == "computed":
                shown = period.year() if period.last_month % 12 == 11 else period.ytd()
            out.append(Figure(shown, point, change and change.percent, change and change.points))
        return out[::-1]

    @property
    def shares(self) -> bool:
        return self.promise.unit.dimension == "share"

    # -- the picture ------------------------------------------------------------------------------------------------
    @cached_property
    def path(self) -> Path | None:
        """The promised path; None where the promise contradicts itself or names no target."""
        p = self.promise
        return None if p.verdict.state == "conflict" else promised_path(p.registry, p.indicator, p.verdict.on)

    @cached_property
    def heading(self) -> Heading | None:
        """Where it is heading; None before anything was forecast."""
        whole = {t: p for t, p in self._points.items() if not partial(self.promise.indicator, t)}
        known = {t.last_month: p.value for t, p in whole.items() if p.value is not None}
        return Heading(self.promise, self.outlook, known) if self.outlook else None

    def chart(self, width: int = 760, height: int = 300) -> str:
        """Actual figures against the path and the target, from the eve of the plan to its end."""
        p, plan = self.promise, self.promise.registry.plan
        actual = [(t.last_month, point.value) for t, point in self._points.items() if not partial(p.indicator, t)]
        lines = [Line(_("实际"), actual, SERIES[0], width=2.2, dots=len(actual) < 30)]
        if self.path is not None:
            first, last = month_index(self.path.start) - 1, month_index(self.path.end)
            months = sorted({*range(first, last, 1 if self.path.shape == "compound" else 12), last})
            course = [(m, format.exact(self.path.at(month_end(m)), 6)) for m in months]
            lines.insert(0, Line(_("序时路径"), course, SERIES[5], "4 4", 1.5))
        fans = self.heading.drawn if self.heading else []
        lines += [line for line, _band in fans]
        spots = [m for line in lines for m, _v in line.points] + [month_index(plan.ends_on)]
        years = range(min(spots) // 12, max(spots) // 12 + 1)
        marks = [(y * 12 + 11, _("%(year)s年") % {"year": y}) for y in years]
        level = (p.verdict.target, _("%(year)s年目标 %(target)s") % {"year": p.verdict.target_year, "target": p.target})
        return charts.line_chart(
            p.titled, lines, marks, p.unit_text, desc=self.description,
            level=level if p.verdict.target is not None else None, bands=[band for _line, band in fans], width=width,
            height=height,
        )  # fmt: skip

    @property
    def small_chart(self) -> str:
        return self.chart(360, 250)

    @property
    def legend(self) -> list[tuple[str, str, str]]:
        """(colour, dash, words) of the lines that are drawn."""
        drawn = [(SERIES[0], "", _("实际"))]
        if self.path is not None:
            drawn.append((SERIES[5], "4 4", _("序时路径")))
        if self.promise.verdict.target is not None:
            drawn.append((SERIES[3], "7 4", _("目标")))
        fans = self.heading.drawn if self.heading else []
        return drawn + [(line.colour, line.dash or "", line.name) for line, _band in fans]

    @property
    def description(self) -> str:
        p = self.promise
        return _("基期 %(baseline)s，现值 %(value)s（%(period)s），目标 %(target)s。") % {
            "baseline": p.baseline, "value": p.value, "period": p.value_period or format.MISSING, "target": p.target,
        }  # fmt: skip

    # -- parks, industries, sizes -----------------------------------------------------------------------------------
    @cached_property
    def breakdowns(self) -> list[Breakdown]:
        """The latest figure by park and industry, largest first, and by size; a grain without figures is left out."""
        period = self._value_period
        out = []
        for grain in GRAINS:
            rows = [
                (self._group(grain, group), point)
                for group, point in sorted(self.series.groups(self.key, grain, period).items(), key=_by_size)
                if point.value is not None and point.origin == "computed" and (group or point.value)
            ]
            if grain != "size":
                rows.sort(key=lambda row: (-(row[1].value or 0), row[0]))
            if rows:
                out.append(Breakdown(grain, period, rows, self.promise))
        return out

    def _group(self, grain: str, group: str) -> str:
        registry = self.promise.registry
        if not group:
            return _("未登记")
        if grain == "size":
            return _(SIZES[group]) if group in SIZES else group
        return named(registry.areas if grain == "area" else registry.industries, group)

    # -- where it comes from ----------------------------------------------------------------------------------------
    @property
    def formula_words(self) -> str:
        return tr(in_words(self.measure.tree, self.promise.registry)) if self.measure else ""

    @property
    def window(self) -> str:
        """The span a formula reads."""
        return _(WINDOWS[self.measure.window][1]) if self.measure else ""

    @cached_property
    def point(self) -> Point | None:
        """The figure the verdict rests on."""
        return self.series.points(self.key).get(self._value_period)

    @property
    def _value_period(self) -> Period:
        return Period.parse(self.promise.verdict.value_period or str(self.judged.period))

    @property
    def parts(self) -> list[tuple[str, str, str]]:
        """Numerator and denominator: (which, in words, amount with unit)."""
        m, registry = self.measure, self.promise.registry
        if m is None or self.point is None or not isinstance(m.tree, Arithmetic) or not m.divides:
            return []
        over, under = (tr(in_words(side, registry)) for side in (m.tree.left, m.tree.right))
        return [
            (_("分子"), over, format.quantity(self.point.numerator, registry.units.get(m.top_unit))),
            (_("分母"), under, format.quantity(self.point.denominator, registry.units.get(m.bottom_unit))),
        ]

    @property
    def origin(self) -> str:
        return _(ORIGINS[self.promise.verdict.origin]) if self.promise.verdict.origin in ORIGINS else ""

    @property
    def said(self) -> list[tuple[str, list[Said]]]:
        """Document by document, where this indicator rests and every other statement about the same quantity."""
        registry = self.promise.registry
        cites = dict.fromkeys([*self.promise.indicator.cites, *(s.cite for s in self.statements)])
        found: dict[str, list[Said]] = {}
        for c in cites:
            said = Said(c.quote, "、".join(map(str, c.lines)) or c.clause)
            found.setdefault(tr(registry.documents.get(c.document, c.document)), []).append(said)
        return list(found.items())

    @property
    def statements(self) -> list[Statement]:
        registry = self.promise.registry
        return [s for s in registry.statements.values() if s.subject == self.promise.indicator.quantity]

    @property
    def rulings(self) -> list[Ruling]:
        registry = self.promise.registry
        return sorted((r for r in registry.rulings.values() if r.subject == self.key), key=lambda r: r.on)

    @property
    def contested(self) -> list[str]:
        return [p.message for p in self.promise.registry.contested(self.key, self.promise.verdict.on)]

    @property
    def unstated(self) -> list[tuple[str, str]]:
        """What the plan is silent on, and the default that is used instead."""
        p = self.promise
        defaults = {
            "owner": p.owner,
            "source": p.source,
            "annual_path": _("按%(path)s推算") % {"path": _(PATHS[p.indicator.path])},
            "window": self.window,
            "formula": self.formula_words,
            "definition": tr(p.indicator.note),
        }
        return [(_(UNSTATED.get(u, u)), defaults.get(u, "")) for u in p.indicator.unstated]

    def table(self) -> Table:
        p = self.promise
        none = format.UNDEFINED
        columns = [
            Column(_("数据期"), lambda f: str(f.period), show=lambda f: format.period(f.period), width=18),
            Column(_("现值"), lambda f: format.rounded(f.point.value, p.places), p.unit_text, places=p.places,
                   numeric=True, show=lambda f: format.number(f.point.value, p.places, f.point.state)),
            Column(_("同比"), lambda f: format.rounded(f.growth, 1), "%", places=1, numeric=True, absent=none,
                   show=lambda f: format.change(f.growth)),
            Column(_("同比变动"), lambda f: format.rounded(f.points, 2), _("个百分点"), places=2, numeric=True,
                   absent=none, show=lambda f: format.change(f.points, 2)),
            Column(_("应报"), lambda f: f.point.expected or None, numeric=True, minor=True, absent=none),
            Column(_("已报"), lambda f: f.point.reports if f.point.expected else None, numeric=True, minor=True,
                   absent=none),
            Column(_("来源"), lambda f: None if f.point.value is None else _(ORIGINS[f.point.origin]), width=18,
                   minor=True),
        ]  # fmt: skip
        if not self.shares:
            del columns[3]
        return Table(columns, self.history, p.name, [*p.reasons], _("还没有数据。"))

    @property
    def recent(self) -> Table:
        """The history as far as the page shows it."""
        return replace(self.table(), rows=self.history[:RECENT])

    @property
    def hidden(self) -> int:
        return max(0, len(self.history) - RECENT)

    def plain(self) -> dict[str, Any]:
        """The page's figures for machines; Decimals travel as text."""
        p = self.promise
        return {
            "indicator": self.key, "label": {"zh": p.indicator.label.zh, "en": p.indicator.label.en},
            "unit": p.indicator.unit, "formula": p.indicator.formula, "assessment": self.judged.digest,
            "series": self.judged.series, "verdict": p.verdict.to_dict(),
            "outlook": self.outlook and self.outlook.to_dict(), "figures": [_figure(f) for f in self.history],
            "breakdowns": {b.grain: {name: _text(point.value) for name, point in b.rows} for b in self.breakdowns},
        }  # fmt: skip


def _by_size(group: tuple[str, Point]) -> tuple[int, str]:
    known = list(SIZES)
    return (known.index(group[0]) if group[0] in known else len(known), group[0])


def _figure(f: Figure) -> dict[str, Any]:
    p = f.point
    return {
        "period": str(f.period), "value": _text(p.value), "state": p.state, "origin": p.origin, "reports": p.reports,
        "expected": p.expected, "growth_percent": _text(f.growth),
    }  # fmt: skip


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def partial(indicator: Indicator, period: Period) -> bool:
    """A flow summed since January that has not reached December: not to be compared with whole years."""
    return indicator.nature == "flow" and indicator.window == "year" and period.last_month % 12 != 11


def spark(series: Series, indicator: Indicator, until: Period) -> list[Decimal | None]:
    """The course of an indicator up to a period, for a line of a list; gaps stay gaps."""
    held = series.points(indicator.key).items()
    return [p.value for t, p in held if t.last_month <= until.last_month and not partial(indicator, t)][-RECENT:]
