"""Questions about the plans of firms (一企一策): which run, how far they are, what is late."""

from __future__ import annotations

import datetime as dt
from functools import cached_property

from django.db.models import QuerySet

from quanyu.bureaus.enterprises.models import FirmPlan, PlanMeasure
from quanyu.casework.models import Case
from quanyu.casework.words import RowLine, Said, left_until, soon_days
from quanyu.pagekit import format
from quanyu.people.models import Organisation, User

KIND = "enterprises.firm_plan"


def plans() -> QuerySet[FirmPlan]:
    """Every plan there was, the newest first."""
    seen = ("case__holder", "case__holder_organisation", "organisation__area")
    return FirmPlan.objects.select_related(*seen).prefetch_related("measures").order_by("-pk")


def running(firm: Organisation) -> FirmPlan | None:
    return plans().filter(organisation=firm, case__closed_at=None).first()


def measures_are_done(case: Case, by: User | None, on: dt.date) -> str:
    """Why a plan cannot be closed as reached: what is not done yet."""
    left = PlanMeasure.objects.filter(plan=case.pk, done_on=None).count()
    return f"还有 {left} 项措施没有完成。请先逐项办结。" if left else ""


class PlanLine(RowLine[FirmPlan]):
    """A plan in words."""

    @property
    def goal(self) -> str:
        return format.named(self.registry.pools, self.row.goal)

    @cached_property
    def measures(self) -> list[PlanMeasure]:
        return list(self.row.measures.all())

    @property
    def done(self) -> int:
        return sum(m.done_on is not None for m in self.measures)

    @property
    def next(self) -> PlanMeasure | None:
        return None if self.closed else next((m for m in self.measures if m.done_on is None), None)

    @property
    def overdue(self) -> bool:
        return self.next is not None and self.next.due_on < self.on

    def state(self, measure: PlanMeasure) -> Said:
        """✓ 11月3日完成, ■ 逾期 3 天, ● 剩 12 天."""
        if measure.done_on:
            return Said("done", f"✓ {format.date(measure.done_on)}")
        return left_until(None if self.closed else measure.due_on, self.on, soon_days(self.registry))

    @property
    def told(self) -> list[tuple[PlanMeasure, str, Said]]:
        """Each measure, who does it in words, how it stands."""
        return [(m, format.named(self.registry.roles, m.owner), self.state(m)) for m in self.measures]
