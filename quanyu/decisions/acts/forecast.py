"""Forecast: where every indicator is heading, from each judged period."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.conf import settings

from quanyu.decisions import reads
from quanyu.decisions.acts.flow import keep
from quanyu.decisions.models import Forecast
from quanyu.decisions.reads.current import opening_period
from quanyu.judgements.figures import latest_figure
from quanyu.judgements.forecast import Course
from quanyu.judgements.nowcast import complete
from quanyu.measures import query
from quanyu.measures.periods import Period
from quanyu.measures.source import Source
from quanyu.people.models import User
from quanyu.plan import reads as plan


def forecast(*, at: dt.datetime, on: dt.date, by: User | None = None) -> list[Forecast]:
    """Forecast every indicator from each judged period of the series in use, by the targets that bind on a day.

    Late reports are estimated for the period pages open on and for the newest. What says the same as before is kept.

    Effects, in order: one Forecast per period that changed; one event when any did.
    """
    run, registry = reads.current_series(), plan.registry()
    figures, periods = reads.figures(run), [Period.parse(p) for p in reads.assessments_of(run)]
    courses = {key: Course.of(registry, it, figures, on) for key, it in registry.indicators.items()}
    measures, source = {m.key: m for m in query.measures(registry)}, Source.open(settings.QUANYU_HOME, run.snapshot)
    shown = {periods[-1], opening_period(periods)} if periods else set()

    def seen(key: str, period: Period) -> Any:
        figure = latest_figure(figures.points(key), courses[key].indicator, period)[1] if period in shown else None
        late = complete(registry, measures[key], source, figure) if figure and key in measures else None
        return replace(courses[key].outlook(period), nowcast=late).to_dict()

    bodies = {period: {key: seen(key, period) for key in courses} for period in periods}
    keep(Forecast, "decisions.forecast", "outlooks", bodies, run, on=on, at=at, by=by)
    return list(reads.forecasts_of(run).values())
