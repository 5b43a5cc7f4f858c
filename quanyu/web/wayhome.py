"""The way home of one figure as its page walks it: figure, division, facts, the plan's words, the sealed steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from quanyu.decisions.reads import Contribution, WayHome
from quanyu.measures.periods import BadPeriod
from quanyu.pagekit import format
from quanyu.pagekit.tables import Column, Table, link
from quanyu.people.reads import Permit
from quanyu.registry.model import LampState, Registry
from quanyu.web.frame import address


def names_open(permit: Permit) -> bool:
    """May this person read whose facts stand behind a figure? Who sees only their own house sees only how many."""
    return permit.everywhere("indicators")


@dataclass(frozen=True)
class Walk:
    """A way home beside the permit of who reads it."""

    registry: Registry
    home: WayHome
    permit: Permit

    @property
    def open(self) -> bool:
        return names_open(self.permit)

    @property
    def lamp(self) -> LampState:
        it = self.registry.indicators[self.home.indicator]
        return self.registry.lamps[it.lamps].states[self.home.verdict.state]

    @property
    def value(self) -> str:
        v = self.home.verdict
        return format.number(v.value, format.places(self.home.unit, v.baseline, v.target), v.point_state)

    @property
    def exact(self) -> str:
        """The figure as it is kept, where the page rounds it."""
        text = "" if self.home.value is None else format.number(self.home.value)
        return text if text != self.value else ""

    @property
    def chain(self) -> Iterator[tuple[str, str]]:
        return ((_(what), digest) for what, digest in self.home.chain)

    @property
    def table(self) -> Table:
        orgs, reports = self.permit.everywhere("organisations"), self.permit.everywhere("reports")

        def whose(c: Contribution) -> str:
            return link(address("organisation", c.organisation_id), c.organisation) if orgs else c.organisation

        def what(c: Contribution) -> str:
            words = format.tr(c.what)
            return link(address("report", c.report_id), words) if c.report_id and reports else words

        title = f"{format.tr(self.home.label)} {format.tr(self.home.period_label)}"
        return Table([
            Column(_("报送单位"), lambda c: c.organisation, show=whose, width=34),
            Column(_("内容"), lambda c: format.tr(c.what), show=what, width=26),
            Column(_("时期"), lambda c: spell(c.period), width=20),
            Column(_("数值"), lambda c: c.value, numeric=True, width=16),
            Column(_("报送时间"), lambda c: c.at.date() if c.at else None, absent="", width=14),
            Column(_("报送人"), lambda c: c.by or (_("系统导入") if c.subject else ""), width=16),
            Column(_("版次"), lambda c: c.version, show=lambda c: str(c.version), width=6),
            Column(_("来源"), lambda c: c.source, width=30),
        ], self.home.contributions if self.open else (), title)  # fmt: skip


def spell(written: str) -> str:
    """A report's period, or the days a title is held from and to, as people write them."""
    try:
        return format.period(written)
    except BadPeriod:
        return written.rstrip("—") + _("起") if written.endswith("—") else written
