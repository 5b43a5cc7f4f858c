"""One figure of an indicator taken apart by park, industry or size: a table with bars, and the bars alone."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from quanyu.decisions.reads.promises import Promise
from quanyu.measures.periods import Period
from quanyu.measures.points import Point
from quanyu.pagekit import charts, format
from quanyu.pagekit.tables import Column, Table

GRAINS = {
    "area": (later("按园区"), later("园区")), "industry": (later("按行业"), later("行业")),
    "size": (later("按规模"), later("规模")),
}  # fmt: skip
SIZES = {"large": later("大型"), "medium": later("中型"), "small": later("小型"), "micro": later("微型")}


@dataclass(frozen=True)
class Breakdown:
    """An indicator's groups of one grain, (name, point) each, for one period."""

    grain: str
    period: Period
    rows: list[tuple[str, Point]]
    promise: Promise

    @property
    def title(self) -> str:
        return _(GRAINS[self.grain][0])

    @property
    def most(self) -> Decimal:
        return max((p.value for _name, p in self.rows if p.value is not None), default=Decimal(0))

    @property
    def table(self) -> Table:
        p, most = self.promise, self.most
        columns = [
            Column(_(GRAINS[self.grain][1]), lambda r: r[0], width=30),
            Column(_("对比"), lambda r: "", show=lambda r: charts.bar(r[1].value, most, r[0]), exported=False),
            Column(_("现值"), lambda r: format.rounded(r[1].value, p.places), p.unit_text, places=p.places,
                   numeric=True),
        ]  # fmt: skip
        return Table(columns, self.rows, f"{p.name} · {self.title} · {format.period(self.period)}")

    def bars(self) -> str:
        """The same as a picture of its own."""
        p, title = self.promise, self.table.title
        return charts.bars(title, [(group, point.value) for group, point in self.rows], p.unit_text, p.places)
