"""The way home of a figure: its formula and its two sides, the facts behind it, who said them, the plan's words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop as later

from quanyu.decisions.reads.current import asked_period, assessments_of, current_series, opened, opening_period
from quanyu.decisions.reads.words import WINDOWS, in_words
from quanyu.facts.models import Report, Standing
from quanyu.judgements.figures import Figures, Points, comparable, latest_figure
from quanyu.judgements.status import judge
from quanyu.judgements.verdict import Reason, Verdict
from quanyu.measures import formula as f
from quanyu.measures import query
from quanyu.measures.engines import duckdb
from quanyu.measures.periods import Period, between, month_index
from quanyu.measures.points import Contribution as Contributed
from quanyu.measures.points import Point
from quanyu.measures.source import Source
from quanyu.plan import reads as plan
from quanyu.registry.model import Cite, Indicator, InForce, Label, Registry, Unit
from quanyu.registry.problem import Refused

ARTEFACTS = (later("定义"), later("快照"), later("指标结果"), later("研判"))
"""What `WayHome.chain` names."""


@dataclass(frozen=True, slots=True)
class Amount:
    """One side of the division: `text` in words, the contracts it reads, its exact value."""

    text: Label
    contracts: tuple[Label, ...]
    unit: Label
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Contribution:
    """One fact behind a figure: whose, for when, how much, and who put it on record when.

    `subject` names its row, `aggregate` the part of the formula it feeds.
    """

    subject: str
    aggregate: str
    organisation: str
    organisation_id: int
    what: Label
    period: str
    value: Decimal
    at: dt.datetime | None
    by: str
    version: int
    source: str

    @property
    def report_id(self) -> int | None:
        """The row of the report behind this fact; None for a title."""
        kind, _colon, row = self.subject.partition(":")
        return int(row) if kind == "facts.report" else None


@dataclass(frozen=True, slots=True)
class Quotation:
    """Where the plan says so: lines of a document and a short quotation."""

    document: Label
    lines: tuple[int, ...]
    quote: str


@dataclass(frozen=True, slots=True)
class WayHome:
    """Everything one figure rests on. `chain` is (artefact, digest) from definitions to assessment."""

    indicator: str
    label: Label
    formula: str
    words: Label
    unit: Unit
    window: Label
    asked: Period
    period: Period
    period_label: Label
    as_of: dt.date | None
    value: Decimal | None
    origin: str
    verdict: Verdict
    state_label: Label
    reasons: tuple[Reason, ...]
    numerator: Amount | None
    denominator: Amount | None
    reports: int
    expected: int
    contributions: tuple[Contribution, ...]
    total: int
    quotations: tuple[Quotation, ...]
    baseline: InForce | None
    target: InForce | None
    chain: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Overlay:
    """A series with one indicator counted anew, as known on a past day."""

    under: Figures
    anew: Points

    def points(self, indicator: str) -> Points:
        return {**self.under.points(indicator), **self.anew}

    def published(self, indicator: str) -> Points:
        return self.under.published(indicator)


def explain(
    indicator: str, period: Period | str | None = None, *, as_of: dt.date | None = None, limit: int = 20,
    offset: int = 0,
) -> WayHome:  # fmt: skip
    """The way home of a figure for a period (`opening_period` when none is named), `limit` facts from `offset`.

    `as_of` counts this one indicator again from the facts as known at the end of that day. Refused for an unknown
    indicator, or while nothing has been measured.
    """
    run = current_series()
    held = assessments_of(run)
    if period:
        asked = asked_period(period)
    elif as_of:
        asked = min(Period.parse(run.until), Period.of_month(month_index(as_of)))
    else:
        asked = opening_period([Period.parse(p) for p in held] or [Period.parse(run.until)])
    judged = held.get(str(asked))
    on = as_of or (judged.on if judged else timezone.localdate(run.made_at))
    chain = (run.revision, run.snapshot, run.digest, judged.digest if judged else "")
    return _explained(settings.QUANYU_HOME, chain, indicator, asked, on, as_of, limit, offset)


@lru_cache(maxsize=256)
def _explained(
    home: Path, chain: tuple[str, ...], indicator: str, asked: Period, on: dt.date, as_of: dt.date | None, limit: int,
    offset: int,
) -> WayHome:  # fmt: skip
    """The same digests always lead home the same way, so it is walked once per process."""
    revision, snapshot, series_digest, _assessment = chain
    registry = plan.registry_at(revision)
    it = registry.indicators.get(indicator)
    if it is None:
        raise Refused(f"没有名为“{indicator}”的指标。", "quanyu indicator list 列出全部指标。")
    source, measure = Source.open(home, snapshot), query.measure_of(registry, it)
    series: Figures = opened(home, series_digest)
    if as_of and measure:
        series = _Overlay(series, _as_known(measure, source, asked, as_of))
    verdict = judge(registry, it, series, asked, on)
    held, point = latest_figure(comparable(series, it, registry.plan), it, asked)
    total, behind = _behind(registry, it, measure, point, source, held, as_of, limit, offset)
    baseline, target = registry.baseline(indicator, on), registry.target(indicator, on)
    return WayHome(
        indicator=indicator, label=it.label, formula=it.formula,
        words=in_words(measure.tree, registry) if measure else Label(""),
        unit=registry.units[it.unit], window=WINDOWS[it.window][0],
        asked=asked, period=held, period_label=Label(held.label("zh"), held.label("en")), as_of=as_of,
        value=verdict.value, origin=verdict.origin, verdict=verdict,
        state_label=registry.lamps[it.lamps].states[verdict.state].label, reasons=verdict.reasons,
        numerator=_side(registry, measure, point, top=True), denominator=_side(registry, measure, point, top=False),
        reports=verdict.reports, expected=verdict.expected, contributions=behind, total=total,
        quotations=tuple(_quotations(registry, it, baseline, target)), baseline=baseline, target=target,
        chain=tuple(zip(ARTEFACTS, chain, strict=True)),
    )  # fmt: skip


def _as_known(measure: f.Measure, source: Source, asked: Period, as_of: dt.date) -> dict[Period, Point]:
    """The figures of the three years up to a period as they were known on a day: all that a verdict may look at."""
    periods = between(asked.last_month - 36, asked.last_month, measure.frequency)
    return {p.period: p for p in duckdb.run([measure], source, periods, ("zone",), as_of=as_of)}


def _side(registry: Registry, measure: f.Measure | None, point: Point | None, *, top: bool) -> Amount | None:
    """The numerator or the denominator of a computed figure; None for a published one and for what does not divide."""
    if measure is None or point is None or point.origin != "computed" or not (top or measure.divides):
        return None
    tree = measure.tree
    if measure.divides and isinstance(tree, f.Arithmetic):
        tree = tree.left if top else tree.right
    aggregates = [n for n in f.walk(tree) if isinstance(n, f.Aggregate)]
    unit = registry.units.get(measure.top_unit if top else measure.bottom_unit)
    contracts = tuple(registry.contracts[c].label for c in dict.fromkeys(a.contract for a in aggregates))
    value = point.numerator if top else point.denominator
    return Amount(in_words(tree, registry), contracts, unit.label if unit else Label(""), value)


def _behind(
    registry: Registry, it: Indicator, measure: f.Measure | None, point: Point | None, source: Source, held: Period,
    as_of: dt.date | None, limit: int, offset: int,
) -> tuple[int, tuple[Contribution, ...]]:  # fmt: skip
    """How many facts a figure rests on, and one page of them."""
    if point is not None and point.origin == "published":
        return _published(registry, it, held)
    if measure is None:
        return 0, ()
    total, rows = duckdb.contributors(measure, source, held, as_of=as_of, limit=limit, offset=offset)
    provider = {key: contract.provider.partition(":")[0] for key, contract in registry.contracts.items()}
    reports = [r.fact for r in rows if provider[r.contract] in ("report", "filing")]
    standings = [r.fact for r in rows if provider[r.contract] == "standing"]
    filed = Report.objects.select_related("filed_by").in_bulk(reports)
    granted = Standing.objects.select_related("recorded_by").in_bulk(standings)
    found = []
    for row in rows:
        what, period = _content(registry, measure, row), row.period or f"{row.since}—{row.until or ''}"
        told = (row.aggregate, row.name, row.firm, what, period, row.amount)
        report = filed.get(row.fact) if provider[row.contract] in ("report", "filing") else None
        standing = granted.get(row.fact) if provider[row.contract] == "standing" else None
        if report:
            by = (report.filed_at, str(report.filed_by or ""), report.version, report.source)
            found.append(Contribution(f"facts.report:{row.fact}", *told, *by))
        elif standing:
            by = (standing.recorded_at, str(standing.recorded_by or ""), 1, standing.decision)
            found.append(Contribution(f"facts.standing:{row.fact}", *told, *by))
        else:
            found.append(Contribution("", *told, None, "", 1, ""))
    return total, tuple(found)


def _content(registry: Registry, measure: f.Measure, row: Contributed) -> Label:
    """What one fact says: the title held (and by whom), or the cells of a form that feed the figure."""
    if row.title:
        title = registry.titles[row.title].label if row.title in registry.titles else Label(row.title)
        person = f" {row.person}" if row.person else ""
        return Label(title.zh + person, title.of("en") + person)
    form = registry.contracts[row.contract].label
    fed = next((in_words(a, registry) for a in measure.aggregates if a.text == row.aggregate), Label(""))
    return Label(f"{form.zh} · {fed.zh}", f"{form.of('en')} · {fed.en}")


def _published(registry: Registry, it: Indicator, held: Period) -> tuple[int, tuple[Contribution, ...]]:
    """The published figures of an indicator's quantity for the year or period a figure is of."""
    keys = [
        p.key for p in registry.published.values()
        if p.quantity == it.quantity and Period.parse(p.period).last_month == held.last_month
    ]  # fmt: skip
    form = registry.contracts["published"].provider.removeprefix("report:")
    rows = Report.objects.filter(form=form, line__in=keys).select_related("organisation", "filed_by").order_by("-id")
    newest = {r.line: r for r in reversed(rows)}.values()
    found = tuple(
        Contribution(
            f"facts.report:{r.pk}", "", str(r.organisation), r.organisation_id,
            registry.quantities[it.quantity].label,
            r.period, Decimal(r.cells["published_value"]), r.filed_at, str(r.filed_by or ""), r.version, r.source,
        )
        for r in newest
        if r.status == Report.Status.FILED
    )  # fmt: skip
    return len(found), found


def _quotations(registry: Registry, it: Indicator, *held: InForce | None) -> Iterable[Quotation]:
    """The plan's own words: of the indicator, then of the statements behind baseline and target; each place once."""
    cites: list[Cite] = list(it.cites)
    for value in held:
        if value and value.statement in registry.statements:
            cites.append(registry.statements[value.statement].cite)
    for cite in dict.fromkeys(cites):
        yield Quotation(registry.documents.get(cite.document, Label(cite.document)), cite.lines, cite.quote)
