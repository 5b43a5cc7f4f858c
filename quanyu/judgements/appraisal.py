"""A unit's year in points (年终考核): every line with the fact it rests on, the sum, and the grade.

Exact: shares are fractions, points are rounded once to two places where a line is closed, half away from zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import Any

from quanyu.judgements.verdict import Verdict, decimal_of
from quanyu.registry.model import AppraisalItem, AppraisalScheme, Grade, Label


@dataclass(frozen=True, slots=True)
class Doing:
    """What a unit did in the year, as facts. `directives`, `reports`: pieces done in time, of those due.

    `verdicts`: the indicators it answers for, as judged at the year's end. `slips`: level → how many it was sent.
    """

    verdicts: Sequence[Verdict] = ()
    directives: tuple[int, int] = (0, 0)
    slips: Mapping[str, int] | None = None
    reports: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a unit's sheet. `of`: the indicator it is about, "" for counts; `told`: how the points came about."""

    item: str
    of: str
    base: Decimal
    points: Decimal
    told: Label
    counted: bool = True  # False: nothing to judge by; the line's base is left out of what could be earned

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON: points as text."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A unit's lines. `possible`: what could be earned; `total`: points, extras included, scaled to 100 of that."""

    lines: tuple[Line, ...]
    earned: Decimal
    possible: Decimal
    total: Decimal | None
    grade: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON: points as text."""
        return {
            "earned": str(self.earned), "possible": str(self.possible), "grade": self.grade,
            "total": None if self.total is None else str(self.total),
            "lines": [line.to_dict() for line in self.lines],
        }  # fmt: skip


def sheet(scheme: AppraisalScheme, doing: Doing, extra: Sequence[Line] = (), vetoes: Sequence[str] = ()) -> Sheet:
    """A unit's sheet under a scheme: its lines, `extra` ones decided on objection, and the best grade vetoes leave."""
    lines = [line for item in scheme.items for line in _lines(item, doing)]
    lines += extra
    earned = sum((line.points for line in lines), Decimal(0))
    possible = sum((line.base for line in lines if line.counted), Decimal(0))
    total = None if possible <= 0 else _cents(Fraction(earned) * 100 / Fraction(possible))
    return Sheet(tuple(lines), earned, possible, total, grade(scheme, total, vetoes))


def grade(scheme: AppraisalScheme, total: Decimal | None, vetoes: Sequence[str] = ()) -> str:
    """The grade of a total: the best band it reaches, not better than any veto allows; "" without a total."""
    if total is None:
        return ""
    keys = [g.key for g in scheme.grades]
    reached = next((g.key for g in scheme.grades if total >= g.from_), keys[-1])
    worst = [keys.index(v.grade) for v in scheme.vetoes if v.key in vetoes]
    return keys[max([keys.index(reached), *worst])]


def best_first(scheme: AppraisalScheme) -> tuple[Grade, ...]:
    """The bands from the best down."""
    return tuple(sorted(scheme.grades, key=lambda g: -g.from_))


def _lines(item: AppraisalItem, doing: Doing) -> list[Line]:
    if item.what == "indicators":
        return [_indicator(item, verdict, len(doing.verdicts)) for verdict in doing.verdicts]
    if item.what == "slips":
        sent = doing.slips or {}
        number = sum(n for level, n in sent.items() if item.slip in ("", level))
        points = -min(item.per * number, item.most)
        told = Label(f"{number} 张，每张扣 {item.per} 分，最多扣 {item.most} 分", f"{number} sent, −{item.per} each")
        return [Line(item.key, "", item.base, _cents(Fraction(item.base + points)), told, counted=item.base > 0)]
    kept, due = doing.directives if item.what == "directives" else doing.reports
    if due == 0:
        return [Line(item.key, "", item.base, Decimal(0), Label("没有应办的，不计", "nothing due"), counted=False)]
    missed = due - kept
    taken = min(item.per * missed, item.most)
    earned = max(Fraction(item.base) * kept / due - Fraction(taken), Fraction(-item.most))
    told = Label(
        f"应办 {due} 件，按时 {kept} 件：{item.base}×{kept}/{due}" + (f"，另扣 {taken} 分" if taken else ""),
        f"{kept} of {due} in time: {item.base}×{kept}/{due}" + (f", less {taken}" if taken else ""),
    )
    return [Line(item.key, "", item.base, _cents(earned), told)]


def _indicator(item: AppraisalItem, verdict: Verdict, number: int) -> Line:
    """Completion of what was due earns the line's share of the base; each step beyond or short adds or takes points."""
    base = Fraction(item.base) / number
    shown = _cents(base)
    if verdict.progress is None or not verdict.due:
        words = verdict.reasons[0].text if verdict.reasons else Label("没有可比的数", "no comparable figure")
        told = Label(f"不计：{words.zh}", f"left out: {words.of('en')}")
        return Line(item.key, verdict.indicator, shown, Decimal(0), told, counted=False)
    ratio = verdict.progress / verdict.due
    steps = (verdict.progress - verdict.due) * 100 / Fraction(item.step)
    whole = int(steps) if steps >= 0 else -int(-steps)
    beyond = max(min(Fraction(item.per) * whole, Fraction(item.most)), -Fraction(item.most))
    points = base * max(Fraction(0), min(ratio, Fraction(1))) + beyond
    done, due = (decimal_of(share * 100, 1) for share in (verdict.progress, verdict.due))
    told = Label(
        f"完成率 {done}%，序时 {due}%：{shown}×{decimal_of(max(Fraction(0), min(ratio, Fraction(1))), 4)}"
        + (f"，{'加' if beyond > 0 else '扣'} {abs(decimal_of(beyond, 2))} 分" if beyond else ""),
        f"{done}% of the promise, {due}% due" + (f", {decimal_of(beyond, 2):+} for the rest" if beyond else ""),
    )
    return Line(item.key, verdict.indicator, shown, _cents(points), told)


def _cents(points: Fraction) -> Decimal:
    return decimal_of(points, 2)


def _plain(value: Any) -> Any:
    if isinstance(value, Label):
        return {"zh": value.zh, "en": value.en}
    return str(value) if isinstance(value, Decimal) else value


def line_of(plain: Mapping[str, Any]) -> Line:
    """A line from its JSON."""
    told = plain["told"]
    base, points = Decimal(plain["base"]), Decimal(plain["points"])
    return Line(plain["item"], plain["of"], base, points, Label(told["zh"], told["en"]), plain["counted"])
