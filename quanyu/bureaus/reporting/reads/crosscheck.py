"""What each firm's R&D comes to by every reckoning, what no rule explains, and the letters sent about it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from quanyu.bureaus.reporting.models import Verification
from quanyu.facts import reads as facts
from quanyu.facts.magnitude import Beside
from quanyu.judgements.calibers import Move, Reckoned, parsed, reckon
from quanyu.measures.periods import Period, between
from quanyu.pagekit.format import exact, number, tr
from quanyu.people.models import Organisation
from quanyu.registry.model import Caliber, Form, Label, Registry, Unit

KIND = "reporting.verification"
Plain = dict[str, Any]


@dataclass
class Supplied:
    """What is on file of one firm and year: form → field → its sum in the base unit (None where a period lacks it), and
    how many periods of each form there are."""

    amounts: dict[str, dict[str, Decimal | Fraction | None]] = field(default_factory=lambda: defaultdict(dict))
    have: Counter[str] = field(default_factory=Counter)


def supplied(
    registry: Registry, years: Sequence[int], firms: Collection[int] | None = None
) -> dict[tuple[int, int], Supplied]:
    """By organisation id and year, whatever the calibers look at; one query a form."""
    found: dict[tuple[int, int], Supplied] = defaultdict(Supplied)
    for key, names in _used(registry).items():
        form, sums, counts = registry.forms[key], defaultdict[tuple[int, int, str], Decimal](Decimal), Counter[Any]()
        periods = {p: year for year in years for p in _periods(form, year)}
        rows = facts.filed_in(key, periods, firms).values_list("organisation_id", "period", "cells")
        for firm, period, cells in rows.iterator():
            found[firm, periods[period]].have[key] += 1
            for name in names & cells.keys():
                sums[firm, periods[period], name] += Decimal(cells[name])
                counts[firm, periods[period], name] += 1
        factors = {f.name: registry.units[f.unit].factor for f in form.fields if f.name in names}
        whole = len(periods) // len(years)
        for (firm, year, name), total in sums.items():
            complete = counts[firm, year, name] == whole
            found[firm, year].amounts[key][name] = total * factors[name] if complete else None
    return found


def _used(registry: Registry) -> dict[str, set[str]]:
    """The fields of each form that any caliber looks at."""
    used: dict[str, set[str]] = defaultdict(set)
    for c in registry.calibers.values():
        used[c.form] |= parsed(c.figure).names
        if c.base:
            texts = [*c.amounts.values(), *(t for s in c.steps for t in (s.of, s.limit or "0"))]
            own = {*c.amounts, *(s.key for s in c.steps), "rate"}
            used[registry.calibers[c.base].form] |= {n for t in texts for n in parsed(t).names} - own
    return used


def _periods(form: Form, year: int) -> list[str]:
    whole = Period.of_year(year)
    return [str(p) for p in between(whole.first_month, whole.last_month, form.period)]


def years(registry: Registry) -> list[int]:
    """The years that any department supplied figures for, the latest first."""
    forms = {c.form for c in registry.calibers.values() if c.base}
    return sorted({Period.parse(p).last_month // 12 for key in forms for p in facts.periods_of(key)}, reverse=True)


@dataclass(frozen=True)
class FirmYear:
    """One firm and year: every caliber as reckoned, how much of it is on file, and the last letter sent about it.

    `unit`: in which amounts of different sources are shown side by side, that of the firm's own books.
    """

    organisation: Organisation
    year: int
    unit: Unit
    reckoned: Sequence[Reckoned]
    have: Mapping[str, int]
    letter: Verification | None = None

    def amount(self, value: Fraction | None) -> Decimal | None:
        return None if value is None else exact(value / Fraction(self.unit.factor), 0)

    @property
    def worst(self) -> Reckoned | None:
        """The caliber with the largest unexplained rest."""
        known = [r for r in self.reckoned if r.rest is not None]
        return max(known, key=lambda r: abs(r.rest or 0), default=None)

    @property
    def rest(self) -> Fraction | None:
        return self.worst.rest if self.worst else None

    @property
    def state(self) -> str:
        """open: a letter is under way · told: the firm explained just this · asks: a letter should be sent ·
        lacks: something was not supplied · fine."""
        if self.letter and self.letter.case.closed_at is None:
            return "open"
        if any(r.asks for r in self.reckoned):
            same = self.letter and [f["rest"] for f in self.letter.figures] == [
                self._text(r.rest) for r in self.reckoned
            ]
            return "told" if same and self.letter and self.letter.case.phase == "done" else "asks"
        return "lacks" if any(r.figure is None for r in self.reckoned) else "fine"

    def plain(self, registry: Registry, say: Callable[[Label], str] = str) -> list[Plain]:
        """Every caliber as a letter keeps it and a page shows it: amounts in `unit`, None where nobody supplied one."""
        names, text, unit = {c.key: say(c.label) for c in registry.calibers.values()}, self._text, say(self.unit.label)
        return [
            {
                "label": names[r.caliber.key], "base": names.get(r.caliber.base, ""), "unit": unit, "asks": r.asks,
                "note": say(r.caliber.note) if r.caliber.note else "", "source": say(form.label),
                "have": self.have.get(form.key, 0), "of": len(_periods(form, self.year)), "figure": text(r.figure),
                "lawful": text(r.lawful), "rest": text(r.rest), "threshold": text(r.threshold),
                "above": [names[key] for key in r.above], "unverified": r.caliber.unverified,
                "steps": [
                    {"label": say(m.step.label), "change": text(m.change), "clause": clause(registry, m),
                     "concerned": text(m.concerned), "limit": text(m.limit) if m.capped else None,
                     "unverified": m.unverified} for m in r.moves
                ],
            }
            for r in self.reckoned for form in (registry.forms[r.caliber.form],)
        ]  # fmt: skip

    def _text(self, value: Fraction | None) -> str | None:
        return None if value is None else number(self.amount(value))


def crosscheck(registry: Registry, year: int, firms: Collection[int] | None = None) -> list[FirmYear]:
    """Every firm that anything is on file of, the largest unexplained rest first."""
    found = {firm: held for (firm, _year), held in supplied(registry, [year], firms).items()}
    letters = {v.organisation_id: v for v in Verification.objects.filter(year=year).select_related("case")}
    calibers = [c for c in registry.calibers.values() if not c.beside]
    unit, rows = unit_of(registry, next(c for c in calibers if not c.base)), list[FirmYear]()
    for pk, organisation in Organisation.objects.in_bulk(list(found if firms is None else firms)).items():
        held = found.get(pk, Supplied())
        reckoned = reckon(calibers, held.amounts, year)
        rows.append(FirmYear(organisation, year, unit, reckoned, held.have, letters.get(pk)))
    return sorted(rows, key=lambda r: (r.state not in ("asks", "open"), -abs(r.rest or 0), r.organisation.name))


def unit_of(registry: Registry, caliber: Caliber) -> Unit:
    """The unit of a caliber's figure, as its form has it."""
    names = parsed(caliber.figure).names
    return next(registry.units[f.unit] for f in registry.forms[caliber.form].fields if f.name in names)


def beside(registry: Registry, form: Form) -> Beside | None:
    """What the base caliber says of the firms of a file, as the size its first amount should about have."""
    caliber = next((c for c in registry.calibers.values() if c.base and c.form == form.key), None)
    if caliber is None:
        return None
    base, name = registry.calibers[caliber.base], caliber.figure.split()[0]
    factor = unit_of(registry, caliber).factor

    def of(period: str, firms: Collection[int]) -> dict[int, dict[str, Decimal]]:
        held = supplied(registry, [Period.parse(period).last_month // 12], firms)
        sums = {firm: parsed(base.figure).value(s.amounts.get(base.form, {})) for (firm, _year), s in held.items()}
        return {firm: {name: exact(v / Fraction(factor), 6)} for firm, v in sums.items() if v is not None}

    return of


def clause(registry: Registry, move: Move) -> str:
    """What a step rests on: the share or rate in words, and the document."""
    said = [d.because for d in (move.share, move.rate) if d]
    cited = [registry.documents[c.document] for c in move.step.cites]
    return "；".join([*said, *(f"{d.zh}（{d.number}）" if d.number else d.zh for d in cited)])


def sources(registry: Registry, organisation: Organisation, year: int) -> list[tuple[str, list[tuple[str, int]]]]:
    """The way home: each form looked at, with (period, report id) of what is on file."""
    found = []
    for key in dict.fromkeys(c.form for c in registry.calibers.values()):
        form = registry.forms[key]
        rows = facts.filed_in(key, _periods(form, year), [organisation.pk]).order_by("period")
        if held := list(rows.values_list("period", "pk")):
            found.append((tr(form.label), held))
    return found


def course(
    registry: Registry, organisation: Organisation, span: Sequence[int]
) -> list[tuple[Caliber, Unit, list[Decimal | None]]]:
    """The firm's own R&D over some years, and what stands beside it to see whether it is likely."""
    held, found = supplied(registry, span, [organisation.pk]), []
    for c in (c for c in registry.calibers.values() if c.beside or not c.base):
        unit = unit_of(registry, c)
        figures = [parsed(c.figure).value(held[organisation.pk, year].amounts.get(c.form, {})) for year in span]
        found.append((c, unit, [None if f is None else exact(f / Fraction(unit.factor), 0) for f in figures]))
    return found
