"""Where an indicator is heading, as its page says it: a sentence, the method with its record, lines for the chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from quanyu.decisions.reads.promises import Promise
from quanyu.judgements.forecast import METHODS, Outlook, Step
from quanyu.judgements.rolling import LEAST
from quanyu.measures.periods import Period
from quanyu.pagekit import format
from quanyu.pagekit.charts import SERIES, Band, Line
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, Table

Start = list[tuple[int, Decimal]]


@dataclass(frozen=True)
class Heading:
    """An outlook in words and lines; `known`: the figures the chart draws, by month."""

    promise: Promise
    outlook: Outlook
    known: Mapping[int, Decimal]

    @property
    def sentence(self) -> str:
        seen = self.outlook
        if not seen.steps:
            words = {"known": seen.known, "least": LEAST}
            return _("可比的历史数据只有 %(known)s 期，至少要 %(least)s 期才预测。") % words
        end = seen.steps[-1]
        words = {"when": self._when(end.month), "span": self._span(end.low, end.high)}
        words["chance"] = chance(seen.probability)
        words["value"] = self._number(end.middle) + format.suffix(self.promise.unit)
        if seen.probability is None:
            return _("按现有走势，%(when)s约为 %(value)s（80%% 区间 %(span)s），只作参考，不判断可能性。") % words
        said = _("按现有走势，%(when)s预计 %(value)s（80%% 区间 %(span)s），达到目标的可能性 %(chance)s。")
        return said % words

    @property
    def method(self) -> str:
        """What was done, on which figures, and how it fared before."""
        seen = self.outlook
        words = {"method": tr(METHODS[seen.method]), "since": format.period(seen.since), "n": f"{seen.checked:,}"}
        said = _("方法：%(method)s（在几种简单方法中按以往误差选出），用截至%(since)s的数。") % words
        if seen.coverage is None or seen.checked < LEAST:
            return said + _("可核对的以往预测有 %(n)s 次，还看不出方法的好坏。") % words
        words["coverage"] = format.percent(_exact(seen.coverage), 0)
        for name, share in (("times", seen.relative), ("score", seen.brier)):
            words[name] = format.UNDEFINED if share is None else format.number(_exact(share), 2)
        record = _(
            "过去 %(n)s 次回测：80%% 区间命中 %(coverage)s，误差为沿用最近值的 %(times)s 倍，"
            "可能性的 Brier 分 %(score)s（0 为全准，0.25 等于抛硬币）。"
        )
        return said + record % words

    @property
    def estimate(self) -> str:
        """The latest figure with late reports estimated; empty where none is late."""
        late = self.outlook.nowcast
        if late is None:
            return ""
        value, low, high = (self._number(v, 1 if self.promise.places else 0) for v in (late.value, late.low, late.high))
        words = {"value": value + format.suffix(self.promise.unit), "span": f"{low}—{high}"}
        words["share"] = format.percent(_exact(late.reported_share))
        return _("报齐后约 %(value)s（80%% 区间 %(span)s），已报 %(share)s") % words

    @property
    def reviews(self) -> Table | None:
        """How earlier forecasts of the end came out, once the end is known."""
        columns = [
            Column(_("提前"), lambda r: r.months, _("月"), numeric=True),
            Column(_("当时预计"), lambda r: self._number(r.step.middle), self.promise.unit_text, numeric=True),
            Column(_("80% 区间"), lambda r: self._span(r.step.low, r.step.high), numeric=True, minor=True),
            Column(_("可能性"), lambda r: chance(r.probability), numeric=True),
            Column(_("实际"), lambda r: self._number(r.actual), self.promise.unit_text, numeric=True),
            Column(_("命中"), lambda r: _("是") if r.hit else _("否")),
        ]
        return Table(columns, self.outlook.reviews, _("以往预测")) if self.outlook.reviews else None

    @property
    def drawn(self) -> list[tuple[Line, Band]]:
        """The outlook from here and, once the end is known, the one made a year before it."""
        seen, out = self.outlook, []
        if seen.steps:
            start = (Period.parse(seen.since).last_month, _exact(seen.value))
            out.append(self._fan(_("预测及80%区间"), [start], seen.steps, SERIES[1]))
        if seen.reviews:
            then = Period.parse(seen.reviews[0].asked)
            first = [(then.last_month, self.known[then.last_month])] if then.last_month in self.known else []
            words = _("%(when)s时的预测") % {"when": format.period(then)}
            out.append(self._fan(words, first, [seen.reviews[0].step], SERIES[2]))
        return out

    def _fan(self, words: str, first: Start, steps: Sequence[Step], colour: str) -> tuple[Line, Band]:
        course = first + [(s.month, _exact(s.middle)) for s in steps]
        band = [(m, v, v) for m, v in first] + [(s.month, _exact(s.low), _exact(s.high)) for s in steps]
        return Line(words, course, colour, "2 3", 2), Band(band, colour)

    def _when(self, month: int) -> str:
        year, index = divmod(month, 12)
        if index == 11 and self.promise.indicator.window == "year":
            return _("%(year)s年全年") % {"year": year}
        return _("%(year)s年末") % {"year": year} if index == 11 else format.period(Period.of_month(month))

    def _span(self, low: float, high: float) -> str:
        return f"{self._number(low)}—{self._number(high)}"

    def _number(self, value: float, finer: int = 0) -> str:
        return format.number(_exact(value), self.promise.places + finer)


def chance(probability: float | None) -> str:
    """A probability in whole per cent; never certain."""
    if probability is None:
        return format.UNDEFINED
    if probability < 0.01 or probability > 0.99:
        return _("不到 1%") if probability < 0.5 else _("99% 以上")
    return format.percent(_exact(probability), 0)


def _exact(value: float) -> Decimal:
    return Decimal(str(value))
