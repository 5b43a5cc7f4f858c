"""A composite index as pages and papers show it: its method, chart, ranks with intervals, and every stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.decisions.reads.evaluation import Sum
from quanyu.judgements.index import Composite, Line, Spread
from quanyu.pagekit import charts, format
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, Table
from quanyu.registry.model import Registry

METHODS = {
    "target": later("与目标值之比，最高 100"), "min_max": later("最小—最大值"), "z_score": later("标准分"),
    "rank": later("名次"), "equal": later("指标等权"), "group": later("各组等权"), "given": later("给定权重"),
    "arithmetic": later("算术平均"), "geometric": later("几何平均"), "refuse": later("缺一项即不计算"),
    "leave_out": later("缺项不计，权重由其余分摊"), "carry": later("缺项沿用上年值"),
    "normalisation": later("归一化方法"), "weighting": later("权重方案"), "mean": later("合成方法"),
    "rest": later("权重扰动与相互作用"),
}  # fmt: skip


@dataclass(frozen=True)
class IndexCard:
    sum: Sum
    registry: Registry

    @property
    def title(self) -> str:
        return tr(self.sum.index.label)

    @property
    def parts(self) -> tuple[Composite, Spread]:
        """The result and its uncertainty; only for an index that could be computed."""
        assert self.sum.of and self.sum.spread
        return self.sum.of, self.sum.spread

    @property
    def method(self) -> str:
        i = self.sum.index
        means = _("组内%(within)s，组间%(across)s") % {"within": _(METHODS[i.within]), "across": _(METHODS[i.across])}
        words = [_(METHODS[i.normalisation]), _(METHODS[i.weighting]), means, _(METHODS[i.missing])]
        return ("；" if format.language() == "zh" else "; ").join(words)

    @property
    def latest(self) -> Decimal | None:
        return self.sum.of.totals[-1] if self.sum.of else None

    @property
    def rise(self) -> str:
        """From the first to the last of what is compared: 2020 55.9 → 2025 96.2."""
        ends = [f"{self.sum.names[n]} {format.number(self.parts[0].totals[n], 1)}" for n in (0, -1)]
        return " → ".join(ends)

    @property
    def chart(self) -> str:
        of, spread = self.parts
        if self.sum.index.compares == "parks":
            rows = sorted(zip(self.sum.names, of.totals, strict=True), key=lambda r: -(r[1] or 0))
            return charts.bars(_("指数得分"), rows, "", 1)
        years, ends = [int(name) for name in self.sum.names], []
        for n in (0, 2):
            course = [None if s is None else Decimal(str(s[n])) for s in spread.scores]
            ends.append(charts.Line("", list(zip(years, course, strict=True)), charts.SERIES[5], "4 3", 1.2))
        declared = charts.Line(self.title, list(zip(years, of.totals, strict=True)), dots=True)
        return charts.line_chart(self.title, [declared, *ends], [(y, str(y)) for y in years], "", height=240)

    @property
    def ranks(self) -> Table:
        """Totals and ranks, each with what other choices would have given."""
        of, spread = self.parts
        what = _("年份") if self.sum.index.compares == "years" else _("片区")
        return Table([
            Column(what, lambda r: r[0]), Column(_("指数"), lambda r: r[1], places=1, numeric=True),
            Column(_("名次"), lambda r: r[2], numeric=True),
            Column(_("名次区间"), lambda r: _span(r[3], 0), numeric=True),
            Column(_("名次中位数"), lambda r: r[3] and r[3][1], numeric=True, minor=True),
            Column(_("得分区间"), lambda r: _span(r[4], 1), numeric=True),
        ], list(zip(self.sum.names, of.totals, of.ranks, spread.ranks, spread.scores, strict=True)))  # fmt: skip

    @property
    def choices(self) -> list[tuple[str, Decimal]]:
        """Each choice and the share (%) of the shift it explains."""
        return [(_(METHODS[k]), Decimal(str(round(v * 100, 1)))) for k, v in self.parts[1].shares.items()]

    @property
    def choice_chart(self) -> str:
        return charts.bars(_("各种选择解释的变动"), self.choices, "%", 1)

    @property
    def strongest(self) -> str:
        """The choice that moves the result most; "" where none does."""
        name, share = max(self.choices[:-1], key=lambda c: c[1])
        return name if share else ""

    @property
    def stages(self) -> list[tuple[str, Table]]:
        """Raw values, scores, sums of the groups and totals, with the weights: what was done, step by step."""
        of, known = self.parts[0], self.registry
        each = [(tr(known.indicators[line.key].label), line) for line in of.lines]
        groups = [(tr(self.sum.index.groups[line.key].label), line) for line in of.groups]
        weight = Column(_("权重"), lambda r: r[1].weight * 100, "%", places=1, numeric=True)

        def raw(line: Line, n: int) -> str:
            unit = known.units[known.indicators[line.key].unit]
            return format.number(line.raw[n], unit.decimals) + ("*" if line.carried[n] else "")

        def score(line: Line, n: int) -> str:
            return format.number(line.scores[n], 2)

        def table(rows: list[tuple[str, Line]], cell: Callable[[Line, int], str], *more: Column) -> Table:
            units = [Column(unit, lambda r, n=n: cell(r[1], n), numeric=True) for n, unit in enumerate(self.sum.names)]
            return Table([Column(_("指标"), lambda r: r[0]), *more, *units], rows)

        whole = (self.title, Line("", Decimal(1), of.totals))
        return [
            (_("一、原始数值（* 为沿用上年值）"), table(each, raw)),
            (_("二、归一化得分与权重"), table(each, score, weight)),
            (_("三、各组得分、权重与合成结果"), table([*groups, whole], score, weight)),
        ]


def _span(triple: Any, places: int) -> str:
    """The 5th and the 95th percentile, once where they are the same."""
    if triple is None:
        return format.UNDEFINED
    return "—".join(dict.fromkeys(format.number(Decimal(str(triple[n])), places) for n in (0, 2)))
