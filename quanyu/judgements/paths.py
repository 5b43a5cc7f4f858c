"""Where an indicator should stand on a day if the promise were kept evenly: the path from baseline to target (序时).

Three shapes. *linear*: a straight line over the days. *compound*: the same growth rate every day, baseline × (target ÷
baseline)^elapsed; needs both above zero and says so when it falls back to the straight line. *stepped*: the registry's
values at year ends, joined by straight lines; the baseline (0 where there is none) is the first mark, the target the
last.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from itertools import pairwise

from quanyu.judgements.verdict import Reason
from quanyu.measures.periods import elapsed_share

_EXACTLY = Context(prec=40)
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Path:
    """From `baseline` on the eve of `start` to `target` on `end`. `fallback`: why another shape was asked for."""

    shape: str
    start: dt.date
    end: dt.date
    baseline: Fraction
    target: Fraction
    steps: Mapping[int, Decimal]
    fallback: Reason | None = None

    @classmethod
    def through(
        cls, shape: str, start: dt.date, end: dt.date, baseline: Decimal, target: Decimal, steps: Mapping[int, Decimal]
    ) -> Path:
        """A path of the shape asked for, or the straight line with the reason why not."""
        zh = en = ""
        if shape == "compound" and (baseline <= 0 or target <= 0):
            zh = "基期或目标不大于零，无法按复合增长推算，改按直线推算"
            en = "baseline or target is not above zero, so the path is a straight line, not compound growth"
        elif shape == "stepped" and not steps:
            zh, en = "未给出分年目标，改按直线推算", "no yearly milestones are given, so the path is a straight line"
        fallback = Reason.told("path_fallback", zh, en) if zh else None
        return cls("linear" if fallback else shape, start, end, Fraction(baseline), Fraction(target), steps, fallback)

    def elapsed(self, on: dt.date) -> Fraction:
        """The share of the path's days that are over at the end of `on`, 0 to 1."""
        return elapsed_share(self.start, self.end, on)

    def at(self, on: dt.date) -> Fraction:
        """The value the path has at the end of `on`; flat before its start and after its end."""
        gone = self.elapsed(on)
        if gone == 0:
            return self.baseline
        if gone == 1:
            return self.target
        if self.shape == "compound":
            low, high = _decimal(self.baseline), _decimal(self.target)
            return Fraction(_EXACTLY.multiply(low, _EXACTLY.power(_EXACTLY.divide(high, low), _decimal(gone))))
        if self.shape == "stepped":
            return self._stepped(on)
        return self.baseline + (self.target - self.baseline) * gone

    def _stepped(self, on: dt.date) -> Fraction:
        inside = {y: v for y, v in self.steps.items() if self.start.year <= y < self.end.year}
        marks = [(self.start - _DAY, self.baseline)]
        marks += [(dt.date(year, 12, 31), Fraction(value)) for year, value in sorted(inside.items())]
        marks.append((self.end, self.target))
        for (left, low), (right, high) in pairwise(marks):
            if on <= right:
                return low + (high - low) * elapsed_share(left + _DAY, right, on)
        return self.target


def _decimal(share: Fraction) -> Decimal:
    return _EXACTLY.divide(Decimal(share.numerator), Decimal(share.denominator))
