"""The series: every indicator's points over the plan, as one immutable folder with a manifest.

`series/<digest>/manifest.json` names the snapshot and the revision (registry digest) it came from; one canonical JSON
file per indicator holds its points. The digest is over the manifest, so equal facts and definitions give equal bytes.
A point is computed from facts or published by somebody; where both exist the computed one is shown, the other kept.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

from quanyu.measures import query, units
from quanyu.measures.engines.duckdb import rows, run
from quanyu.measures.periods import LENGTHS, BadPeriod, Kind, Period, between, month_index
from quanyu.measures.points import DEFAULT_GRAINS, Origin, Point, State, plain, quotient
from quanyu.measures.source import Source
from quanyu.registry.model import Registry
from quanyu.registry.problem import Refused

MONTHS_BEFORE = 12  # the series opens this long before the plan, so that its first year has a year-ago
Group = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Growth:
    """Change against the same period of the year before: `percent` (同比 %), and for shares `points` (个百分点)."""

    now: Point
    before: Point
    percent: Decimal | None
    points: Decimal | None


@dataclass
class Series:
    """The artefact. `indicators` are keys that have a file, with or without points."""

    manifest: Mapping[str, Any]
    folder: Path | None = None
    _bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    _read: dict[str, dict[Group, dict[Period, Point]]] = field(default_factory=dict)
    _said: dict[str, dict[Period, Point]] = field(default_factory=dict)

    @classmethod
    def open(cls, home: Path, digest: str) -> Series:
        folder = home / "series" / digest
        if not (folder / "manifest.json").is_file():
            raise Refused(f"没有序列 {digest[:12]}", "先运行 quanyu measure")
        return cls(json.loads((folder / "manifest.json").read_text("utf-8")), folder)

    @property
    def digest(self) -> str:
        return hashlib.sha256(_canonical(self.manifest)).hexdigest()

    @property
    def indicators(self) -> tuple[str, ...]:
        return tuple(self.manifest["indicators"])

    @property
    def as_of(self) -> dt.date | None:
        return dt.date.fromisoformat(self.manifest["as_of"]) if self.manifest["as_of"] else None

    def write(self, home: Path) -> str:
        """Put the folder in place (nothing happens when it is there already) and return the digest."""
        folder = home / "series" / self.digest
        if not (folder / "manifest.json").is_file():
            folder.mkdir(parents=True, exist_ok=True)
            for key, body in self._bodies.items():
                (folder / f"{key}.json").write_bytes(_canonical(body))
            (folder / "manifest.json").write_bytes(_canonical(self.manifest))
        self.folder = folder
        return self.digest

    def points(self, indicator: str, grain: str = "zone", group: str = "") -> dict[Period, Point]:
        """An indicator's points in order of time: computed ones, and published ones where nothing could be computed."""
        self._load(indicator)
        computed = self._read[indicator].get((grain, group), {})
        if grain != "zone":
            return computed
        merged = {p: point for p, point in self._said[indicator].items() if p.kind != "span"}
        for period, point in computed.items():
            if point.state != "missing" or period not in merged:
                merged[period] = point
        return dict(sorted(merged.items()))

    def published(self, indicator: str) -> dict[Period, Point]:
        """What has been published about an indicator, spans of years too, in order of time."""
        self._load(indicator)
        return self._said[indicator]

    def at(self, indicator: str, period: Period, grain: str = "zone", group: str = "") -> Point | None:
        """What is known of an indicator at the end of a period: its latest point that ends by then and is not missing.

        The point carries its own period, so a page can say which one it shows. Only missing points: the latest of them.
        """
        fits = [p for t, p in self.points(indicator, grain, group).items() if t.last_month <= period.last_month]
        return next((p for p in reversed(fits) if p.state != "missing"), fits[-1] if fits else None)

    def groups(self, indicator: str, grain: str, period: Period) -> dict[str, Point]:
        """The breakdown of an indicator in one period, by group key; groups without any fact are absent."""
        self._load(indicator)
        found = ((g, held.get(period)) for (name, g), held in self._read[indicator].items() if name == grain)
        return {g: p for g, p in sorted(found, key=lambda item: item[0]) if p is not None}

    def growth(self, indicator: str, period: Period, grain: str = "zone", group: str = "") -> Growth | None:
        """Against the same period of the year before, None where either is missing or undefined."""
        held = self.points(indicator, grain, group)
        now, before = held.get(period), held.get(period.year_ago())
        if now is None or before is None or now.value is None or before.value is None:
            return None
        rise = Fraction(now.value) - Fraction(before.value)
        ratio = 100 * rise / abs(Fraction(before.value)) if before.value else None
        factor = self._bodies[indicator]["points_factor"]
        points = rise * Fraction(factor) if factor else None
        percent, share = (quotient(x.numerator, x.denominator) if x is not None else None for x in (ratio, points))
        return Growth(now, before, percent, share)

    def _load(self, indicator: str) -> None:
        if indicator in self._read:
            return
        if indicator not in self._bodies:
            if indicator not in self.manifest["indicators"] or self.folder is None:
                raise KeyError(indicator)
            self._bodies[indicator] = json.loads((self.folder / f"{indicator}.json").read_bytes())
        periods: dict[str, Period] = {}
        computed: dict[Group, dict[Period, Point]] = {}
        said: dict[Period, Point] = {}
        for row in self._bodies[indicator]["points"]:
            period = periods.setdefault(row[2], Period.parse(row[2]))
            point = _point(indicator, row, period)
            (said if point.origin == "published" else computed.setdefault((row[0], row[1]), {}))[period] = point
        self._read[indicator], self._said[indicator] = computed, said


def build(
    registry: Registry, source: Source, periods: Sequence[Period] | None = None, as_of: dt.date | None = None,
    grains: Sequence[str] = DEFAULT_GRAINS,
) -> Series:  # fmt: skip
    """Measure everything: each indicator over the months given (by default the plan's), at its own frequency."""
    months = list(periods) if periods is not None else plan_months(registry, source)
    by_kind: dict[str, Sequence[Period]] = {k: _ends(months, cast(Kind, k)) for k in LENGTHS}
    measured = query.measures(registry)
    found: dict[str, list[Point]] = {i: [] for i in registry.indicators}
    for point in run(measured, source, by_kind, grains=grains, as_of=as_of):
        found[point.measure].append(point)
    for point in _published(registry, source, as_of):
        found[point.measure].append(point)
    bodies = {key: _body(registry, key, points) for key, points in found.items()}
    manifest = {
        "snapshot": source.digest,
        "revision": registry.digest,
        "as_of": as_of.isoformat() if as_of else None,
        "last_month": str(months[-1]) if months else None,
        "grains": list(grains),
        "indicators": {k: hashlib.sha256(_canonical(bodies[k])).hexdigest() for k in sorted(bodies)},
    }
    return Series(manifest, None, bodies)


def plan_months(registry: Registry, source: Source) -> list[Period]:
    """The months a series covers: a year before the plan up to the last month that any report speaks of."""
    tables = [c.key for c in registry.contracts.values() if c.provider.startswith("report:")]
    first = month_index(registry.plan.starts_on) - MONTHS_BEFORE
    last = source.last_month([t for t in tables if t != "published"]) or source.last_month(tables)
    return [Period.of_month(m) for m in range(first, last + 1)] if last is not None else []


def _ends(months: Sequence[Period], kind: Kind) -> list[Period]:
    held = {m.last_month for m in months}
    return [p for p in between(min(held), max(held), kind) if p.last_month in held] if held else []


def _published(registry: Registry, source: Source, as_of: dt.date | None) -> list[Point]:
    """Published figures of each indicator's quantity, in the indicator's unit where the units allow it."""
    points = []
    by_quantity: dict[str, list[str]] = {}
    for i in registry.indicators.values():
        by_quantity.setdefault(i.quantity, []).append(i.key)
    for row in rows(source, "published", ("quantity", "published_value", "published_unit"), as_of):
        for key in by_quantity.get(str(row["quantity"]), ()):
            point = _published_point(registry, key, row)
            if point is not None:
                points.append(point)
    return points


def _published_point(registry: Registry, key: str, row: Mapping[str, Any]) -> Point | None:
    unit = registry.units.get(str(row["published_unit"]))
    own = registry.units[registry.indicators[key].unit]
    if unit is None or row["published_value"] is None:
        return None
    if units.dimension(unit.dimension) != units.dimension(own.dimension):
        return None
    try:
        period = Period.parse(row["period"])
    except BadPeriod:
        return None
    figure = Fraction(row["published_value"]) * Fraction(unit.factor) / Fraction(own.factor)
    value = quotient(figure.numerator, figure.denominator)
    stated = plain(Decimal(row["published_value"]))
    return Point(key, "zone", "", period, value, stated, Decimal(1), "ok", 1, 0, "published")


def _body(registry: Registry, key: str, points: list[Point]) -> dict[str, Any]:
    indicator = registry.indicators[key]
    unit = units.quantity(registry.units, indicator.unit)
    share = unit.dimension == ()
    return {
        "indicator": key,
        "unit": indicator.unit,
        "frequency": indicator.frequency,
        "points_factor": str(unit.factor * 100) if share else None,  # from the unit to percentage points
        "points": [
            [
                p.grain, p.group, str(p.period), _text(p.value), _text(p.numerator), _text(p.denominator), p.state,
                p.reports, p.expected, p.origin,
            ]
            for p in sorted(points, key=lambda p: (p.origin, p.grain, p.group, p.period))
        ],
    }  # fmt: skip


def _point(indicator: str, row: list[Any], period: Period) -> Point:
    grain, group, _, value, numerator, denominator, state, reports, expected, origin = row
    found, above, below = (_number(text) for text in (value, numerator, denominator))
    state, origin = cast(State, state), cast(Origin, origin)
    return Point(indicator, grain, group, period, found, above, below, state, reports, expected, origin)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
