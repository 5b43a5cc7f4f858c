"""The fictional zone, drawn from a seed: firms, titles held, reports filed, with the flaws that real desks meet.

Pure and deterministic: the same settings and scale give the same rows on every machine (integer arithmetic, seeded
`random.Random` per topic). All counts, totals and flaw rates come from `packages/demo-zone/package.yaml`
(`settings.demo`); money is 千元 in `qy101` and `js01`, 万元 in `tj01`, as the forms say. Reports stream month by month,
so memory does not grow with their number.

Codes: 18 characters that pass GB 32100-2015, registered in area `990000`, which GB/T 2260 does not have: they check and
belong to nobody. Names begin with 演示· and carry a running number.
"""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from random import Random
from typing import Any

from stdnum.cn import uscc

from quanyu.demo.flaws import Flaws, Lot
from quanyu.demo.titles import Held, patents, spells

DRAWING = 1
"""Raise when the way of drawing changes, so that an older zone is recognised as another one."""


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm of the zone. `weight` is its share of the economy among the others, `effort` its R&D relative to that."""

    index: int
    name: str
    code: str
    area: str
    industry: str
    size: str
    opened_on: dt.date
    closed_on: dt.date | None
    weight: int
    effort: int
    heir: int | None = None  # index of the firm it was merged into

    @property
    def key(self) -> str:
        return f"demo-firm-{self.index:05d}"


@dataclass(frozen=True, slots=True)
class Filing:
    """One report as filed: `firm` is an index, None for the zone's department. `withdraw` ends the version before."""

    form: str
    firm: int | None
    period: str
    cells: Mapping[str, int | str]
    filed_at: dt.datetime  # wall clock of the zone, no time zone
    reason: str = ""
    withdraw: bool = False
    flaw: str = ""


class Shape:
    """The whole zone for a scale. `due_days`: form key → days after the period's end; `terms`: title → years it lasts.

    Without `scale` the zone has `firms` firms as the settings say; with it, that many, of which `scaled_reporters` per
    mille are above scale; the economy grows with these, counts of firms, titles and people with all, so ratios stay.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        due_days: Mapping[str, int],
        terms: Mapping[str, int],
        scale: int | None = None,
    ) -> None:
        self.settings, self.due_days, self.terms, self.scale = settings, due_days, terms, scale
        first, last = (_month_index(str(settings[k])) for k in ("from", "until"))
        self.months = range(first, last + 1)
        self.last_day = dt.date.fromisoformat(str(settings["last_day"]))
        above = next(e for e in settings["standings"] if e["title"] == "above_scale")
        base = max(int(n) for n in above["ends"].values())
        self.count = scale or int(settings["firms"])
        self.above = self.count * int(settings["scaled_reporters"]) // 1000 if scale else base
        self.base = base
        self.industrial = min(self.count, self.above * 115 // 100 + 3)  # all that ever were above scale

    @cached_property
    def digest(self) -> str:
        """Names this zone: equal digests mean equal rows."""
        said = json.dumps(
            [DRAWING, self.settings, dict(self.due_days), dict(self.terms), self.scale],
            sort_keys=True,
            ensure_ascii=False,
            default=str,
        )
        return hashlib.sha256(said.encode()).hexdigest()

    def scaled(self, number: int, by_firms: bool = True) -> int:
        """A count at this scale: half up, never nothing where there was something.

        It grows with all firms, or, without `by_firms`, with those above scale: sums over reports, titles of industry.
        """
        now, then = (self.count, int(self.settings["firms"])) if by_firms else (self.above, self.base)
        return max((2 * int(number) * now + then) // (2 * then), 1 if number else 0)

    def random(self, topic: str) -> Random:
        return Random(f"{self.settings['seed']}/{self.scale or 0}/{topic}")  # noqa: S311 - a drawing, not a secret

    @cached_property
    def firms(self) -> tuple[Firm, ...]:
        """All firms ever, in running order; the first `industrial` of them are industry and may be above scale."""
        s, rng = self.settings, self.random("firms")
        stems, area = s["stems"], str(s["code_area"])
        groups = {True: _lot(s["industries"]), False: _lot(s["further_industries"])}
        sizes = {big: _lot([[r[0], r[1 if big else 2], r] for r in s["sizes"]]) for big in (True, False)}
        parks, efforts = _lot(s["parks"]), _lot([[effort, weight] for weight, effort in s["rd_intensity"]])
        made = []
        for index in range(1, self.count + 1):
            big = index <= self.industrial
            industry, _, word = groups[big].draw(rng)
            _, _, (size, _, _, low, high) = sizes[big].draw(rng)
            opened = dt.date(2001, 1, 1) + dt.timedelta(days=rng.randrange(6000 if big else 6900))
            name = f"{s['prefix']}{rng.choice(stems)}{word}{index:04d}号公司"
            made.append(Firm(
                index, name, fictional_code(area, index), parks.draw(rng)[0], str(industry), size, opened, None,
                rng.randrange(int(low), int(high) + 1), int(efforts.draw(rng)[0]),
            ))  # fmt: skip
        self._part(made, rng)
        return tuple(made)

    def _part(self, made: list[Firm], rng: Random) -> None:
        """Some firms are merged into another or leave the zone, on the days the settings name."""
        taken = rng.sample([f.index for f in made[: self.above] if f.size == "small"], 8)
        for day in self.settings["flaws"]["merged"]:
            gone, heir = taken.pop(), taken.pop()
            made[gone - 1] = replace(made[gone - 1], closed_on=dt.date.fromisoformat(str(day)), heir=heir)
        for day in self.settings["flaws"]["moved"]:
            gone = taken.pop()
            made[gone - 1] = replace(made[gone - 1], closed_on=dt.date.fromisoformat(str(day)))

    @cached_property
    def titles(self) -> Mapping[str, Sequence[Held]]:
        """Every title held but patents, in the order of the settings: a later one may draw on an earlier one."""
        held: dict[str, Sequence[Held]] = {}
        for entry in self.settings["standings"]:
            held[entry["title"]] = spells(self, entry, held)
        return held

    def standings(self) -> Iterator[Held]:
        """Every title held, patents too."""
        for spell in self.titles.values():
            yield from spell
        yield from patents(self)

    def reporting(self, month: int) -> list[Firm]:
        """Who must file for a month: the firms above scale on its last day."""
        end = _end_of(month)
        return [self.firms[h.firm - 1] for h in self.titles["above_scale"] if h.holds(end)]

    def filings(self) -> Iterator[list[Filing]]:
        """All reports in batches: a month's first versions, what mended or withdrew them, then the other forms."""
        flaws = Flaws(self)
        for month in self.months:
            first, later = flaws.month(month, self._monthly(month))
            yield first
            yield later
            yield self._contracts(month)
            yield self._accounts(month)
            if month % 12 == 11:
                yield self._society(month // 12)

    def _year(self, name: str, month: int, group: str = "") -> int:
        totals = self.settings[group][name] if group else self.settings[name]
        return self.scaled(totals[month // 12], by_firms=False)

    def _monthly(self, month: int) -> Iterator[Filing]:
        """The month's report of every firm above scale as it ought to be: parts sum to wholes, firms to the zone."""
        firms, rng, end = self.reporting(month), self.random(f"qy101/{month}"), _end_of(month)
        heirs: dict[int, int] = {}
        for gone in self.firms:
            if gone.heir and gone.closed_on and gone.closed_on <= end:
                heirs[gone.heir] = heirs.get(gone.heir, 0) + gone.weight
        new = {h.firm for h in self.titles["high_tech"] if h.holds(end)}
        season = int(self.settings["season"][month % 12])
        size = [(f.weight + heirs.get(f.index, 0)) * (88 + int(rng.random() * 25)) for f in firms]
        effort = [w * f.effort * (3 if f.index in new else 1) for w, f in zip(size, firms, strict=True)]
        whole, efforts = sum(size), sum(effort)
        revenue, spent = (self._year(n, month) * season // 1000 for n in ("revenue", "rd_expense"))
        staff, applied = self._year("staff", month), self._year("patents_applied", month) * season // 1000
        period = _period(month)
        for firm, w, e in zip(firms, size, effort, strict=True):
            cells = _cells(
                rng,
                firm,
                revenue * w // whole,
                spent * e // efforts,
                staff * w // whole,
                applied * (w + 40 * e // efforts) // whole,
                firm.index in new,
            )
            yield Filing("qy101", firm.index, period, cells, _moment(rng, end, 2, self.due_days["qy101"]))

    def _contracts(self, month: int) -> list[Filing]:
        """Technology contracts registered in the month by the firms that signed some."""
        rng, end = self.random(f"js01/{month}"), _end_of(month)
        firms = rng.sample(self.firms, min(self.scaled(self.settings["contract_firms"]), len(self.firms)))
        shares = [f.weight + rng.randrange(100) for f in firms]
        total = self._year("contracts", month) * int(self.settings["season"][month % 12]) // 1000
        whole, filed = sum(shares), []
        for firm, share in zip(firms, shares, strict=True):
            amount = max(total * share // whole, 1)
            cells = {
                "contract_count": 1 + amount // 900,
                "contract_amount": amount,
                "technology_amount": amount * (60 + rng.randrange(36)) // 100,
            }
            filed.append(Filing("js01", firm.index, _period(month), cells, _moment(rng, end, 1, self.due_days["js01"])))
        return filed

    def _accounts(self, month: int) -> list[Filing]:
        """The zone's accounts, 万元, cumulated from January; a fourth quarter is revised in the autumn after."""
        if month % 3 != 2:
            return []
        rng, end, year, quarter = self.random(f"tj01/{month}"), _end_of(month), month // 12, month % 12 // 3
        share = int(self.settings["quarters"][quarter])
        final = {n: self._year(n, month, "economy") * share // 1000 for n in self.settings["economy"]}
        period, at = f"{year}-Q{quarter + 1}", _moment(rng, end, 14, self.due_days["tj01"])
        revised = dt.date(year + 1, 10, 26)
        if quarter < 3 or revised > self.last_day:
            return [Filing("tj01", None, period, final, at)]
        first = final | {"gdp": final["gdp"] * 994 // 1000}
        return [
            Filing("tj01", None, period, first, at),
            Filing("tj01", None, period, final, dt.datetime.combine(revised, dt.time(10, 0)), "年度最终核实"),
        ]

    def _society(self, year: int) -> list[Filing]:
        """The yearly figures of population, employment, fiscal outlay on S&T, literacy and skilled workers."""
        counts = {k: v[year] for k, v in self.settings["society"].items() if year in v}
        if not counts:
            return []
        cells: dict[str, int | str] = {k: v if isinstance(v, str) else self.scaled(v) for k, v in counts.items()}
        at = _moment(self.random(f"tj02/{year}"), dt.date(year, 12, 31), 40, self.due_days["tj02"])
        return [Filing("tj02", None, str(year), cells, at)]


def _cells(
    rng: Random, firm: Firm, revenue: int, rd: int, staff: int, applied: int, high_tech: bool
) -> dict[str, int | str]:
    """One firm's month, 千元: the eight R&D parts sum to the whole, every 其中 stays inside its item."""
    i = firm.index
    if rd < 40:
        rd = 0
    labour, materials, outsourced = rd * (340 + i % 90) // 1000, rd * (260 + i % 60) // 1000, rd * (20 + i % 60) // 1000
    depreciation, amortisation, design, trial = rd * 70 // 1000, rd * 15 // 1000, rd * 25 // 1000, rd * 50 // 1000
    months = labour // (8 + i % 4)  # at 8 to 11 千元 a person-month
    rd_staff = months * 5 // 4
    staff = max(staff, rd_staff * 2, 6)
    return {
        "revenue": revenue,
        "rd_expense": rd,
        "rd_labour": labour,
        "rd_materials": materials,
        "rd_depreciation": depreciation,
        "rd_amortisation": amortisation,
        "rd_design": design,
        "rd_trial": trial,
        "rd_outsourced": outsourced,
        "rd_outsourced_domestic": outsourced * 9 // 10,
        "rd_other": rd - labour - materials - depreciation - amortisation - design - trial - outsourced,
        "rd_gov_funded": rd * (i % 7) // 100,
        "rd_fixed_assets": rd * 8 // 100,
        "new_product_revenue": revenue * (8 + i % 25) // 100 if rd else 0,
        "hightech_revenue": revenue * (62 + i % 33) // 100 if high_tech else revenue * (i % 9) // 100,
        "export_revenue": revenue * (i % 5) * 7 // 100,
        "tax_paid": revenue * (18 + i % 24) // 1000,
        "super_deduction": rd * 92 // 100,
        "staff": staff,
        "rd_staff": rd_staff,
        "rd_fulltime": rd_staff * 7 // 10,
        "rd_person_months": months,
        "patents_applied": applied + (rng.random() < 0.28 if rd else 0),
        "rd_projects": 1 + rd // 900 if rd else 0,
        "electricity": revenue * (30 + i % 50) // 1000,
    }


def fictional_code(area: str, index: int) -> str:
    """A 统一社会信用代码 that checks and belongs to nobody; its organisation part keeps GB 11714's own check too."""
    body = f"{index:08d}"
    rest = 11 - sum(int(c) * w for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    stem = f"91{area}{body}{'X' if rest == 10 else rest % 11}"
    return stem + uscc.calc_check_digit(stem)


def _lot(rows: Sequence[Sequence[Any]]) -> Lot:
    return Lot(rows, list(accumulate(int(r[1]) for r in rows)))


def _month_index(text: str) -> int:
    year, month = text.split("-")
    return int(year) * 12 + int(month) - 1


def _period(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}"


def _end_of(month: int) -> dt.date:
    year, m = month // 12, month % 12 + 1
    return dt.date(year, m, calendar.monthrange(year, m)[1])


def _moment(rng: Random, end: dt.date, low: int, high: int) -> dt.datetime:
    """A working moment between `low` and `high` days after a period's end."""
    minute = int(rng.random() * 540)
    day = end + dt.timedelta(days=low + int(rng.random() * (high - low + 1)))
    return dt.datetime.combine(day, dt.time(8 + minute // 60, minute % 60))
