"""Who held which title from when to when: the holders at each year's end are exactly as many as the settings say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quanyu.demo.shape import Shape


@dataclass(frozen=True, slots=True)
class Held:
    """A title held from a day up to (not on) another. `firm` is an index; `person` a made-up code."""

    title: str
    level: str
    firm: int
    person: str
    valid_from: dt.date
    valid_to: dt.date | None = None

    def holds(self, on: dt.date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or self.valid_to > on)


def spells(shape: Shape, entry: Mapping[str, Any], held: Mapping[str, Sequence[Held]]) -> list[Held]:
    """Draws one entry of `standings`: each year some lose the title (firms that closed among them), others gain it.

    `levels`: level → weight, drawn per grant. `among`: industrial, firms, people, or a title already drawn (its holders
    at that year's end). A title that lasts some years is renewed for as long as it is kept: one `Held` per term.
    """
    title, among = str(entry["title"]), str(entry["among"])
    rng, levels = shape.random(f"title/{title}"), entry.get("levels", {"": 1})
    ends = {year: shape.scaled(n, among in ("firms", "people")) for year, n in entry["ends"].items()}
    kept: list[Held] = []
    done: list[Held] = []
    people = 0
    for number, (year, end) in enumerate(sorted(ends.items())):
        start, last = dt.date(year - (0 if number else 5), 1, 1), _last_day(shape, year)
        pool = _pool(shape, among, held, last)
        open_to = set(pool)
        lost = [] if among == "people" else [h for h in kept if h.firm not in open_to]
        stay = [h for h in kept if h.firm in open_to] if lost else kept
        more = max(len(kept) * int(entry.get("lost", 0)) // 1000 - len(lost), len(stay) - end, 0)
        dropped = rng.sample(range(len(stay)), more)
        lost = lost + [stay[k] for k in dropped]
        gone = set(dropped)
        kept = [h for k, h in enumerate(stay) if k not in gone]
        for h in lost:
            closed = shape.firms[h.firm - 1].closed_on
            done.append(replace(h, valid_to=closed if closed and closed <= last else _day(rng, start, last)))
        wanted = end - len(kept)
        if among == "people":
            takers: list[tuple[int, str]] = [
                (rng.choice(shape.firms).index, f"{shape.settings['person']}{title}{people + k:04d}")
                for k in range(1, wanted + 1)
            ]
            people += wanted
        else:
            have = {h.firm for h in kept} | {h.firm for h in lost}
            free = [f for f in pool if f not in have]
            takers = [(f, "") for f in rng.sample(free, min(wanted, len(free)))]
        granted = rng.choices(tuple(levels), weights=tuple(levels.values()), k=len(takers))
        kept += [
            Held(title, level, firm, person, _day(rng, max(start, shape.firms[firm - 1].opened_on), last))
            for (firm, person), level in zip(takers, granted, strict=True)
        ]
    term = shape.terms.get(title)
    until = _last_day(shape, max(ends))
    return [part for spell in done + kept for part in _terms(spell, term, until)]


def patents(shape: Shape) -> list[Held]:
    """Every grant of a patent; some inventions lapse each year. Large and R&D-minded firms get more of them."""
    said, rng = shape.settings["patents"], shape.random("patents")
    firms = shape.firms
    weights = list(accumulate(f.weight * (1 + f.effort) if f.closed_on is None else 0 for f in firms))
    first = shape.months[0] // 12

    def granted(level: str, number: int, start: dt.date, last: dt.date) -> list[Held]:
        owners = rng.choices(firms, cum_weights=weights, k=number)
        return [Held("patent", level, f.index, "", _day(rng, max(start, f.opened_on), last)) for f in owners]

    before = granted("invention", shape.scaled(said["before"]), dt.date(first - 7, 1, 1), dt.date(first - 1, 12, 31))
    in_force, rows = before, []
    for year in range(first, shape.months[-1] // 12 + 1):
        start, last = dt.date(year, 1, 1), _last_day(shape, year)
        for k in sorted(rng.sample(range(len(in_force)), shape.scaled(said["lapsed"][year])), reverse=True):
            rows.append(replace(in_force.pop(k), valid_to=_day(rng, start, last)))
        in_force += granted("invention", shape.scaled(said["invention"][year]), start, last)
        for level in ("utility", "design"):
            rows += granted(level, shape.scaled(said[level][year]), start, last)
    return rows + in_force


def _pool(shape: Shape, among: str, held: Mapping[str, Sequence[Held]], on: dt.date) -> list[int]:
    """The firms that may hold a title on a day, in running order, without repetition."""
    if among == "people":
        return []
    if among in ("firms", "industrial"):
        firms = shape.firms[: shape.industrial] if among == "industrial" else shape.firms
        return [f.index for f in firms if f.closed_on is None or f.closed_on > on]
    return sorted({h.firm for h in held[among] if h.holds(on)})


def _last_day(shape: Shape, year: int) -> dt.date:
    """The last day a year is known to: 31 December, or the end of the last month drawn."""
    last = shape.months[-1]
    return dt.date(year, 12, 31) if year < last // 12 else dt.date(year, last % 12 + 1, 28)


def _day(rng: Any, start: dt.date, last: dt.date) -> dt.date:
    return start + dt.timedelta(days=rng.randrange((last - start).days + 1))


def _terms(spell: Held, years: int | None, known: dt.date) -> list[Held]:
    """One spell as it was granted: a title that lasts `years` is renewed on the day the term before ends."""
    parts, start = [], spell.valid_from
    while years:
        until = dt.date(start.year + years, start.month, min(start.day, 28))
        if spell.valid_to is not None and until >= spell.valid_to:
            break
        parts.append(replace(spell, valid_from=start, valid_to=until))
        if until > known:
            return parts
        start = until
    return [*parts, replace(spell, valid_from=start)]
