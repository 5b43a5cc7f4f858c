"""What the zone's total of a period will be, from those who have reported by a day; and how well that went before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models.fields.json import KT

from quanyu.facts import reads as facts
from quanyu.facts.models import Report
from quanyu.judgements.nowcast import Estimate, nowcast
from quanyu.judgements.rolling import roll
from quanyu.measures.periods import LENGTHS, Period
from quanyu.registry.model import Field, Form, Registry

BACK, FEW, MANY = 12, 3, 2000
"""How many past periods are replayed; where more firms than this report, only a few."""
SETTING = "reporting_nowcast"
"""Setting of a package: `fields` (form → the field shown first), `slip_times` (see `Amounts.sound`)."""

Known = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Nowcast:
    """The total of `field`: `reported` by `firms`; `estimate` of all (None: nothing to go by, not even the past).

    `left_out`: firms whose amount looks like a wrong unit; they are estimated. Of `replayed` past periods, seen from
    the same day of theirs, `hits` came out inside the 80 % interval; `missed`: the middle error, a share of the total.
    """

    field: Field
    firms: int
    reported: float
    estimate: Estimate | None
    left_out: int
    replayed: int
    hits: int
    missed: float | None


class Amounts:
    """One field of a form's reports, every version of every firm, period by period."""

    def __init__(self, form: Form, field: Field, periods: Iterable[Period], slip_times: float) -> None:
        self.slip_times = slip_times
        self._rows: dict[str, dict[tuple[int, str], list[tuple[dt.date, float | None]]]] = {}
        rows = Report.objects.filter(form=form.key, period__in=[str(p) for p in periods]).order_by("version")
        names = ("period", "organisation_id", "line", "status", "filed_on")
        for period, firm, line, status, on, amount in rows.values_list(*names, KT(f"cells__{field.name}")):
            value = float(amount) if amount is not None and status == Report.Status.FILED else None
            self._rows.setdefault(period, {}).setdefault((firm, line), []).append((on, value))

    def known(self, period: Period, on: dt.date | None = None) -> dict[int, float]:
        """What each firm had reported by the end of a day (None: now)."""
        found: dict[int, float] = {}
        for (firm, _line), versions in self._rows.get(str(period), {}).items():
            held = [value for day, value in versions if on is None or day <= on]
            if held and held[-1] is not None:
                found[firm] = found.get(firm, 0.0) + held[-1]
        return found

    def sound(self, now: Known, before: Known) -> dict[int, float]:
        """Without amounts so many times more or less than the same firm's before that a wrong unit is likelier."""
        times = self.slip_times
        return {
            firm: value for firm, value in now.items()
            if not (value > 0 and before.get(firm, 0) > 0) or 1 / times < value / before[firm] < times
        }  # fmt: skip

    def seen(self, period: Period, on: dt.date) -> tuple[dict[int, float], dict[int, float]]:
        """As known on a day: the sound amounts of a period, and each firm's sound amount before."""
        last = period.previous()
        earlier, before = self.known(last.previous(), on), self.known(last, on)
        before = earlier | self.sound(before, earlier)
        return self.sound(self.known(period, on), before), before

    def replayed(self, periods: Iterable[Period], days: int) -> list[tuple[Estimate, float]]:
        """What would have been said so many days after the end of past periods, and what came in from those firms."""
        found = []
        for period in periods:
            actual = self.known(period)
            current, before = self.seen(period, period.end + dt.timedelta(days=days))
            said = nowcast(before, {f: v for f, v in current.items() if f in actual}, actual.keys())
            if said and actual:
                found.append((said, sum(actual.values())))
        return found


def fields_of(form: Form) -> list[Field]:
    """The fields whose sum over the firms means something for a period."""
    return [f for f in form.fields if f.type in ("integer", "decimal") and not f.stock]


def estimated(registry: Registry, form: Form, period: str, name: str, firms: Sequence[int], on: dt.date) -> Nowcast:
    """The nowcast of a field of a form's period on a day; `firms` are those who must report."""
    setting: Any = registry.settings.get(SETTING, {})
    offered = {f.name: f for f in fields_of(form)}
    names = (name, setting.get("fields", {}).get(form.key, ""), *offered)
    field = next(offered[n] for n in names if n in offered)
    now, expected = Period.parse(period), frozenset(firms)
    past = sorted((p for p in map(Period.parse, facts.periods_of(form.key)) if p < now), reverse=True)
    past = past[: BACK if len(firms) <= MANY else FEW]
    held = Amounts(form, field, {now, *past, *(p.previous() for p in past)}, float(setting.get("slip_times", 100)))
    known = {firm: value for firm, value in held.known(now, on).items() if firm in expected}
    current, before = held.seen(now, on)
    current = {firm: value for firm, value in current.items() if firm in expected}
    estimate = nowcast(before, current, expected) or _from_the_past([held.known(p) for p in reversed(past)], form)
    told = held.replayed(past, (on - now.end).days)
    errors = sorted(abs(said.value - came) / abs(came) for said, came in told if came)
    return Nowcast(
        field, len(known), sum(known.values()), estimate, len(known) - len(current), len(told),
        sum(said.low <= came <= said.high for said, came in told), errors[len(errors) // 2] if errors else None,
    )  # fmt: skip


def _from_the_past(totals: Sequence[Known], form: Form) -> Estimate | None:
    """While nobody has reported: what the totals so far let expect."""
    values = [sum(held.values()) for held in totals if held]
    said, _checks = roll(values, 12 // LENGTHS[form.period]) if values else ([None], [])
    if (then := said[-1]) is None:
        return None
    middle, half = then.ahead(then.known, 1)[0], then.spread.half(0.8, 1)
    return Estimate(middle, max(middle - half, 0.0) if min(values) >= 0 else middle - half, middle + half, 0.0)
